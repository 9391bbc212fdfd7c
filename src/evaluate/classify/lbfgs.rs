//! Minimising a smooth convex function with the memory of a few gradients: L-BFGS (Nocedal & Wright 2006, 7.2).

use std::collections::VecDeque;

use crate::error::Result;
use crate::interrupt;

/// Steps that the curvature is estimated from.
const MEMORY: usize = 12;
/// Sufficient decrease, as a share of what the slope promises.
const DECREASE: f64 = 1e-4;
/// Largest share of the slope that may be left at the end of a step.
const CURVATURE: f64 = 0.9;
/// Rounding of the function's value, relative: below it, values cannot tell whether a step goes down.
const ROUNDING: f64 = 1e-14;

/// Where a search has ended.
#[derive(Clone, Debug)]
pub(super) struct Minimum {
    pub(super) at: Vec<f64>,
    pub(super) value: f64,
    pub(super) steps: usize,
    pub(super) converged: bool,
}

/// Minimises `f`, which gives the value and writes the gradient; ends when no component of the gradient is above `tol`.
pub(super) fn minimise(
    start: Vec<f64>,
    tol: f64,
    max_steps: usize,
    mut f: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Result<Minimum> {
    let mut at = start;
    let mut gradient = vec![0.0; at.len()];
    let mut value = f(&at, &mut gradient);
    let mut past: VecDeque<(Vec<f64>, Vec<f64>, f64)> = VecDeque::with_capacity(MEMORY);
    let mut steps = 0;
    while largest(&gradient) > tol && steps < max_steps {
        interrupt::check()?;
        let direction = descent(&gradient, &past);
        let first = if past.is_empty() { 1.0 / dot(&gradient, &gradient).sqrt().max(1.0) } else { 1.0 };
        let Some(next) = line_search(&mut f, &at, value, &gradient, &direction, first)? else {
            // The rounding of the value hides any further descent.
            break;
        };
        let moved = difference(&next.at, &at);
        let turned = difference(&next.gradient, &gradient);
        let curvature = dot(&moved, &turned);
        if curvature > 0.0 {
            if past.len() == MEMORY {
                past.pop_front();
            }
            past.push_back((moved, turned, 1.0 / curvature));
        }
        (at, value, gradient) = (next.at, next.value, next.gradient);
        steps += 1;
    }
    let converged = largest(&gradient) <= tol;
    Ok(Minimum { at, value, steps, converged })
}

/// The quasi-Newton direction: the two-loop recursion over past steps.
fn descent(gradient: &[f64], past: &VecDeque<(Vec<f64>, Vec<f64>, f64)>) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut shares = Vec::with_capacity(past.len());
    for (moved, turned, inverse) in past.iter().rev() {
        let share = inverse * dot(moved, &direction);
        add(&mut direction, -share, turned);
        shares.push(share);
    }
    if let Some((_, turned, inverse)) = past.back() {
        let scale = 1.0 / (inverse * dot(turned, turned));
        direction.iter_mut().for_each(|v| *v *= scale);
    }
    for ((moved, turned, inverse), share) in past.iter().zip(shares.into_iter().rev()) {
        let back = inverse * dot(turned, &direction);
        add(&mut direction, share - back, moved);
    }
    direction
}

struct Point {
    at: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

/// A step that decreases the value and flattens the slope enough: doubling, then halving the interval (Lewis & Overton
/// 2013). Nothing where sixty trials find none.
fn line_search(
    f: &mut impl FnMut(&[f64], &mut [f64]) -> f64,
    from: &[f64],
    value: f64,
    gradient: &[f64],
    direction: &[f64],
    first: f64,
) -> Result<Option<Point>> {
    let slope = dot(gradient, direction);
    if slope >= 0.0 {
        return Ok(None);
    }
    let (mut low, mut high, mut step) = (0.0, f64::INFINITY, first);
    let mut point = Point { at: from.to_vec(), value, gradient: gradient.to_vec() };
    for _ in 0..60 {
        interrupt::check()?;
        point.at.copy_from_slice(from);
        add(&mut point.at, step, direction);
        point.value = f(&point.at, &mut point.gradient);
        let end_slope = dot(&point.gradient, direction);
        // Where values agree to rounding, slopes still tell (Hager & Zhang 2005, approximate Wolfe conditions).
        let same = (point.value - value).abs() <= ROUNDING * value.abs();
        let decreased = point.value <= value + DECREASE * step * slope;
        if !(decreased || same && end_slope <= (2.0 * DECREASE - 1.0) * slope) {
            high = step;
        } else if end_slope < CURVATURE * slope {
            low = step;
        } else {
            return Ok(Some(point));
        }
        step = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * low };
    }
    Ok(None)
}

fn largest(v: &[f64]) -> f64 {
    v.iter().fold(0.0, |m, x| x.abs().max(m))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], share: f64, what: &[f64]) {
    to.iter_mut().zip(what).for_each(|(t, w)| *t += share * w);
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_stretched_bowl_is_descended_to_its_bottom() {
        // Curvatures from 1 to 10,000 and a quartic: the minimum is at 1, 2, …, 20.
        let bowl = |x: &[f64], g: &mut [f64]| -> f64 {
            let mut value = 0.0;
            for (i, (x, g)) in x.iter().zip(g).enumerate() {
                let (away, steep) = (x - (i + 1) as f64, 10f64.powf(4.0 * i as f64 / 19.0));
                value += 0.5 * steep * away * away + away.powi(4);
                *g = steep * away + 4.0 * away.powi(3);
            }
            value
        };
        let found = minimise(vec![0.0; 20], 1e-9, 1000, bowl).unwrap();
        assert!(found.converged && found.value < 1e-18, "{found:?}");
        assert!(found.at.iter().enumerate().all(|(i, x)| (x - (i + 1) as f64).abs() < 1e-9));
        assert!(found.steps < 900, "{}: scipy 1.17.1 takes 674 of its own", found.steps);
        assert!(!minimise(vec![0.0; 20], 1e-9, 3, bowl).unwrap().converged);
    }
}
