//! UMAP's descent: edges pull their ends together, random other rows push (McInnes, Healy & Melville 2018, algorithm 5).
//!
//! An edge's turn comes as often as its weight says. Turns follow each other in one order on one thread, each seeing what
//! the last one did, so the same seed gives the same map; steps taken at once from one state, as parallel programs take
//! them, are another algorithm and depend on who comes first.

use rand::Rng as _;

use super::super::sparse::Sparse;
use super::power::Power;
use crate::error::Result;
use crate::interrupt;
use crate::progress::Meter;
use crate::run::seed::Rng;

/// Largest change of a coordinate by one turn, before the step size.
const LARGEST: f64 = 4.0;

/// How rows pull and push.
#[derive(Clone, Debug)]
pub(super) struct Forces {
    /// The curve of memberships in the map.
    pub(super) a: f64,
    pub(super) b: Power,
    /// Rows that push, for each one that pulls.
    pub(super) negatives: f64,
    /// Weight of the push.
    pub(super) repulsion: f64,
    /// Step size at the beginning; it falls to 0 in a straight line.
    pub(super) rate: f64,
    /// Passes over the graph.
    pub(super) epochs: usize,
}

/// An edge and when its turns come, counted in epochs.
struct Edge {
    head: u32,
    tail: u32,
    every: f64,
    next: f64,
    next_push: f64,
}

impl Forces {
    /// How far one end of a pair at this squared distance is pulled, per unit of the way.
    #[inline(always)]
    fn pull(&self, squared: f64) -> f64 {
        if squared > 0.0 {
            let power = self.a * self.b.of(squared);
            -2.0 * self.b.exponent() * power / (squared * (1.0 + power))
        } else {
            0.0
        }
    }

    /// How far it is pushed.
    #[inline(always)]
    fn push(&self, squared: f64) -> f64 {
        if squared > 0.0 {
            2.0 * self.repulsion * self.b.exponent() / ((1e-3 + squared) * (1.0 + self.a * self.b.of(squared)))
        } else {
            0.0
        }
    }

    /// The edges whose turn comes at least once.
    fn edges(&self, graph: &Sparse) -> Vec<Edge> {
        let largest = graph.values.iter().fold(0.0f64, |m, &v| m.max(v));
        let every = |weight: f64| largest / weight;
        let edges =
            (0..graph.len()).flat_map(|head| graph.row(head).map(move |(tail, weight)| (head as u32, tail, weight)));
        edges
            .filter(|&(_, _, weight)| weight > 0.0 && every(weight) <= self.epochs as f64)
            .map(|(head, tail, weight)| {
                let every = every(weight);
                Edge { head, tail, every, next: every, next_push: every / self.negatives }
            })
            .collect()
    }

    fn rate_at(&self, epoch: usize) -> f64 {
        self.rate * (1.0 - epoch as f64 / self.epochs as f64)
    }

    /// Moves all points along the graph's edges.
    ///
    /// # Errors
    /// When a stop was asked for.
    pub(super) fn arrange<const D: usize>(
        &self,
        points: &mut [[f64; D]],
        graph: &Sparse,
        rng: &mut Rng,
        meter: &dyn Meter,
    ) -> Result<()> {
        let mut edges = self.edges(graph);
        for epoch in 0..self.epochs {
            interrupt::check()?;
            let (now, rate) = (epoch as f64, self.rate_at(epoch));
            for edge in edges.iter_mut().filter(|edge| edge.next <= now) {
                let (head, tail) = (edge.head as usize, edge.tail as usize);
                let (mut own, mut other) = (points[head], points[tail]);
                let pull = self.pull(squared(&own, &other));
                for axis in 0..D {
                    let change = rate * (pull * (own[axis] - other[axis])).clamp(-LARGEST, LARGEST);
                    own[axis] += change;
                    other[axis] -= change;
                }
                points[tail] = other;
                edge.next += edge.every;
                let pushes = ((now - edge.next_push) * self.negatives / edge.every).max(0.0) as usize;
                for _ in 0..pushes {
                    let random = rng.gen_range(0..points.len() as u32) as usize;
                    if random != head {
                        self.push_away(&mut own, &points[random], rate);
                    }
                }
                edge.next_push += pushes as f64 * edge.every / self.negatives;
                points[head] = own;
            }
            meter.set(epoch as u64 + 1, "");
        }
        Ok(())
    }

    /// Moves one new point, which `near` pulls with these weights, among points that stay.
    ///
    /// `largest` is the largest weight of all new points' edges.
    pub(super) fn place<const D: usize>(
        &self,
        own: &mut [f64; D],
        near: &[(u32, f64)],
        largest: f64,
        points: &[[f64; D]],
        rng: &mut Rng,
    ) {
        let every = |weight: f64| largest / weight;
        let mut edges: Vec<Edge> = near
            .iter()
            .filter(|&&(_, weight)| weight > 0.0 && every(weight) <= self.epochs as f64)
            .map(|&(tail, weight)| {
                let every = every(weight);
                Edge { head: 0, tail, every, next: every, next_push: every / self.negatives }
            })
            .collect();
        for epoch in 0..self.epochs {
            let (now, rate) = (epoch as f64, self.rate_at(epoch));
            for edge in edges.iter_mut().filter(|edge| edge.next <= now) {
                let other = &points[edge.tail as usize];
                let pull = self.pull(squared(own, other));
                for axis in 0..D {
                    own[axis] += rate * (pull * (own[axis] - other[axis])).clamp(-LARGEST, LARGEST);
                }
                edge.next += edge.every;
                let pushes = ((now - edge.next_push) * self.negatives / edge.every).max(0.0) as usize;
                for _ in 0..pushes {
                    let random = rng.gen_range(0..points.len() as u32) as usize;
                    self.push_away(own, &points[random], rate);
                }
                edge.next_push += pushes as f64 * edge.every / self.negatives;
            }
        }
    }

    #[inline(always)]
    fn push_away<const D: usize>(&self, own: &mut [f64; D], other: &[f64; D], rate: f64) {
        let push = self.push(squared(own, other));
        for axis in 0..D {
            own[axis] += rate * (push * (own[axis] - other[axis])).clamp(-LARGEST, LARGEST);
        }
    }
}

#[inline(always)]
fn squared<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    let mut sum = 0.0;
    for axis in 0..D {
        sum += (a[axis] - b[axis]) * (a[axis] - b[axis]);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forces_are_the_gradient_of_the_cross_entropy() {
        let forces = Forces { a: 1.6, b: Power::new(0.9), negatives: 5.0, repulsion: 1.0, rate: 1.0, epochs: 10 };
        let membership = |d2: f64| 1.0 / (1.0 + forces.a * d2.powf(forces.b.exponent()));
        for d in [0.3f64, 1.0, 4.0] {
            let h = 1e-6;
            let slope = |of: &dyn Fn(f64) -> f64| (of(d + h) - of(d - h)) / (2.0 * h);
            // Per unit of the way: the derivative of ln w along the line, over the distance.
            let pull = slope(&|d| membership(d * d).ln()) / d;
            assert!((forces.pull(d * d) / pull - 1.0).abs() < 1e-6);
            // The push is softened by 0.001 where points are close.
            let push = slope(&|d| (1.0 - membership(d * d)).ln()) / d;
            assert!((forces.push(d * d) * (1e-3 + d * d) / (d * d) / push - 1.0).abs() < 1e-6);
        }
    }
}
