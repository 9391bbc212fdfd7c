//! The shapes of distributions: boxes, violins, and points spread so that they do not cover each other.

use super::Shape;
use crate::plot::canvas::Canvas;
use crate::plot::layout::Layout;
use crate::plot::marks::At;
use crate::plot::theme::{Color, Marker, theme};
use crate::plot::ticks::drawable;
use crate::quantile::quantile;

/// Draws the box or violin of values around `centre`, `half` its width. Strips have none.
pub(super) fn draw(
    canvas: &mut Canvas,
    layout: &Layout,
    (centre, half): (f64, f64),
    values: &[f64],
    color: Color,
    kind: Shape,
    points: bool,
) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match kind {
        _ if sorted.is_empty() => {}
        Shape::Box => boxed(canvas, layout, (centre, half), &sorted, color, !points),
        Shape::Violin => {
            violin(canvas, layout, (centre, half), &sorted, color);
            boxed(canvas, layout, (centre, 0.14 * half), &sorted, theme().background, false);
        }
        Shape::Strip => {}
    }
}

fn boxed(canvas: &mut Canvas, layout: &Layout, (centre, half): At, sorted: &[f64], color: Color, outliers: bool) {
    let theme = theme();
    let [low, middle, high] = [0.25, 0.5, 0.75].map(|share| quantile(sorted, share));
    let reach = 1.5 * (high - low);
    let within = |v: &&f64| **v >= low - reach && **v <= high + reach;
    let ends = (sorted.iter().find(within), sorted.iter().rev().find(within));
    let width = theme.line_mm;
    let y = |v: f64| layout.y_at(v);
    let (lowest, highest) = (*ends.0.unwrap_or(&low), *ends.1.unwrap_or(&high));
    for (from, to) in [(low, lowest.min(low)), (high, highest.max(high))] {
        canvas.polyline(&[(centre, y(from)), (centre, y(to))], theme.ink, width);
        canvas.polyline(&[(centre - 0.4 * half, y(to)), (centre + 0.4 * half, y(to))], theme.ink, width);
    }
    let corners =
        [(centre - half, y(low)), (centre + half, y(low)), (centre + half, y(high)), (centre - half, y(high))];
    canvas.outlined(&corners, (color.faded(0.45), 1.0), (theme.ink, width));
    canvas.polyline(&[(centre - half, y(middle)), (centre + half, y(middle))], theme.ink, 2.0 * width);
    if outliers {
        for &v in sorted.iter().filter(|v| !within(v)) {
            canvas.point((centre, y(v)), (Marker::Circle, 0.35), theme.ink, 0.7);
        }
    }
}

/// Steps of a violin's outline, and how many of the values each step looks at, at most.
const STEPS: usize = 80;

fn violin(canvas: &mut Canvas, layout: &Layout, (centre, half): At, sorted: &[f64], color: Color) {
    let theme = theme();
    let (least, largest) = (sorted[0], sorted[sorted.len() - 1]);
    let n = sorted.len() as f64;
    let mean = sorted.iter().sum::<f64>() / n;
    let sd = (sorted.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let quartiles = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 1.34;
    let spread = if quartiles > 0.0 { sd.min(quartiles) } else { sd };
    // Silverman (1986), equation 3.31.
    let bandwidth = 0.9 * spread * n.powf(-0.2);
    if !(bandwidth > 0.0 && largest > least) {
        // All values are one: a line, as wide as a violin.
        let y = layout.y_at(least);
        return canvas.polyline(&[(centre - half, y), (centre + half, y)], color, 2.0 * theme.line_mm);
    }
    let density = |at: f64| {
        let from = sorted.partition_point(|&v| v < at - 4.0 * bandwidth);
        let to = sorted.partition_point(|&v| v <= at + 4.0 * bandwidth);
        sorted[from..to].iter().map(|v| (-0.5 * ((v - at) / bandwidth).powi(2)).exp()).sum::<f64>()
    };
    let at = |step: usize| least + (largest - least) * step as f64 / STEPS as f64;
    let densities: Vec<f64> = (0..=STEPS).map(|step| density(at(step))).collect();
    let highest = densities.iter().copied().fold(0.0, f64::max);
    let side = |sign: f64| {
        let densities = &densities;
        (0..=STEPS).map(move |step| (centre + sign * half * densities[step] / highest, layout.y_at(at(step))))
    };
    let corners: Vec<At> = side(-1.0).chain(side(1.0).rev()).collect();
    canvas.outlined(&corners, (color.faded(0.45), 1.0), (theme.ink, 0.6 * theme.line_mm));
}

/// A line at the median of points.
pub(super) fn median_line(canvas: &mut Canvas, layout: &Layout, (centre, half): At, values: &[f64]) {
    if values.is_empty() {
        return;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let y = layout.y_at(quantile(&sorted, 0.5));
    let theme = theme();
    canvas.polyline(&[(centre - 0.8 * half, y), (centre + 0.8 * half, y)], theme.ink, 2.0 * theme.line_mm);
}

/// Places of points: each as near to the centre as no earlier point of about its height hinders, and within `spread`
/// where the crowd is too dense for that. Values that cannot be drawn have none.
pub(super) fn scattered(
    values: impl Iterator<Item = f64>,
    (centre, spread): (f64, f64),
    radius: f64,
    y: impl Fn(f64) -> f64,
) -> Vec<Option<At>> {
    let heights: Vec<Option<f64>> = values.map(|v| drawable(v).then(|| y(v))).collect();
    let mut order: Vec<usize> = (0..heights.len()).filter(|&i| heights[i].is_some()).collect();
    order.sort_by(|&a, &b| heights[a].unwrap_or(0.0).total_cmp(&heights[b].unwrap_or(0.0)));
    let mut places = vec![None; heights.len()];
    let step = 2.1 * radius;
    let lanes = if spread > 0.0 { (spread / step) as i64 } else { 0 };
    // The lowest free height of each lane: a point may take a lane whose last point it clears.
    let mut taken = vec![f64::NEG_INFINITY; (2 * lanes + 1) as usize];
    for (turn, i) in order.into_iter().enumerate() {
        let Some(height) = heights[i] else { continue };
        let near = (0..=lanes).flat_map(|k| if (turn % 2 == 0) == (k % 2 == 0) { [k, -k] } else { [-k, k] });
        let free = near.map(|k| (k, (k + lanes) as usize)).find(|&(_, lane)| taken[lane] + step <= height);
        let offset = match free {
            Some((k, lane)) => {
                taken[lane] = height;
                k as f64 * step
            }
            // Too dense: evenly over the width, in an order without pattern (golden ratio).
            None => spread * (2.0 * (turn as f64 * 0.618_033_988_75).fract() - 1.0),
        };
        places[i] = Some((centre + offset, height));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_numpys() {
        // numpy.quantile([1, 2, 4, 8], [0.25, 0.5, 0.75]) gives 1.75, 3, 5 (numpy 2.3).
        assert_eq!([0.25, 0.5, 0.75].map(|s| quantile(&[1.0, 2.0, 4.0, 8.0], s)), [1.75, 3.0, 5.0]);
        assert_eq!(quantile(&[7.0], 0.25), 7.0);
    }

    #[test]
    fn points_with_room_do_not_touch_and_crowds_stay_within() {
        let values = [1.0, 1.05, 1.1, 5.0, f64::NAN];
        let places = scattered(values.into_iter(), (0.0, 5.0), 0.5, |v| v);
        assert_eq!(places[4], None);
        let known: Vec<At> = places.into_iter().flatten().collect();
        for (i, a) in known.iter().enumerate() {
            for b in &known[..i] {
                assert!((a.0 - b.0).hypot(a.1 - b.1) >= 1.0, "{a:?} {b:?}");
            }
        }
        let crowd = scattered(std::iter::repeat_n(3.0, 1000), (10.0, 4.0), 0.5, |v| v);
        assert!(crowd.iter().flatten().all(|p| (p.0 - 10.0).abs() <= 4.0));
        assert!(
            scattered([1.0, 1.0].into_iter(), (2.0, 0.0), 0.5, |v| v).iter().all(|p| p.is_some_and(|p| p.0 == 2.0))
        );
    }
}
