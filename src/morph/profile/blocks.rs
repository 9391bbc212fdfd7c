//! The columns of each block, in time linear in the samples (but for sorting).

use super::bins::{histogram, quantiles, weighted_quantiles};
use super::{Block, Profile, Reach};
use crate::error::Result;
use crate::morph::NO_PARENT;
use crate::morph::measure::Section;
use crate::morph::persistence::{Filter, Origin, PersistenceOptions};

/// What is added to a length before its logarithm is taken, in the neuron's unit: small beside any that matters.
const SMALL: f64 = 0.01;
const FIVE: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];

/// A piece of cable: a sample that is no root, with its parent.
struct Edge {
    node: usize,
    parent: usize,
    length: f64,
}

impl Profile<'_> {
    pub(super) fn block(&self, block: Block, scales: &Reach) -> Result<Vec<f64>> {
        let width = block.facts().width;
        let cable = |at: &dyn Fn(&Edge) -> f64, limits: [f64; 2]| {
            logarithms(histogram(self.edges().map(|e| (at(&e), e.length)), limits, width))
        };
        Ok(match block {
            Block::Size => self.sizes(),
            Block::Sholl => self.crossings(scales.radius, width),
            Block::Depth => cable(&|e| middle(&self.depth, e), scales.depth),
            Block::Lateral => cable(&|e| middle(&self.lateral, e), [0.0, scales.radius]),
            Block::Path => cable(&|e| self.path[e.node], [0.0, scales.path]),
            Block::Order => {
                let sections = self.arbor.sections().map(|s| (f64::from(s.order), s.length));
                logarithms(histogram(sections, [0.0, width as f64], width))
            }
            Block::Moments => self.moments(),
            Block::Sections => self.section_quantiles(),
            Block::Persistence => self.bars(scales.path, width / 2)?,
            Block::Radius => self.radii(),
            Block::Types => self.types(),
        })
    }

    fn edges(&self) -> impl Iterator<Item = Edge> {
        let parents = self.arbor.neuron.parent.iter().enumerate().filter(|(_, parent)| **parent != NO_PARENT);
        parents.map(|(node, &parent)| Edge { node, parent: parent as usize, length: self.arbor.edge_length[node] })
    }

    /// The mean over the cable.
    fn mean(&self, at: impl Fn(&Edge) -> f64) -> f64 {
        let (sum, total) = self.edges().fold((0.0, 0.0), |(sum, total), e| (sum + at(&e) * e.length, total + e.length));
        if total > 0.0 { sum / total } else { 0.0 }
    }

    fn sizes(&self) -> Vec<f64> {
        let (neuron, reach) = (self.arbor.neuron, self.reach());
        let centre = neuron.centre();
        let offset = [0, 1, 2]
            .map(|k| self.mean(|e| (neuron.position[e.node][k] + neuron.position[e.parent][k]) / 2.0 - centre[k]));
        let sizes = [
            neuron.n_stems() as f64,
            neuron.n_bifurcations() as f64,
            neuron.n_tips() as f64,
            self.edges().map(|e| e.length).sum(),
            reach.radius,
            reach.path,
            reach.depth[1] - reach.depth[0],
            self.lateral.iter().copied().fold(0.0, f64::max),
            offset.iter().map(|v| v * v).sum::<f64>().sqrt(),
        ];
        sizes.map(f64::ln_1p).to_vec()
    }

    /// Crossings of spheres at `count` radii up to `reach`, told from the ends of each edge.
    fn crossings(&self, reach: f64, count: usize) -> Vec<f64> {
        // An edge crosses the spheres behind that of its nearer end, up to that of its farther one: +1 and -1 at the ends.
        let sphere = |radius: f64| ((radius / reach * count as f64).ceil() as usize).saturating_sub(1).min(count);
        let mut change = vec![0.0; count + 1];
        for edge in self.edges() {
            let (a, b) = (self.radial[edge.node], self.radial[edge.parent]);
            change[sphere(a.min(b))] += 1.0;
            change[sphere(a.max(b))] -= 1.0;
        }
        let crossed = change[..count].iter().scan(0.0, |sum, by| {
            *sum += by;
            Some(*sum)
        });
        logarithms(crossed.collect())
    }

    fn moments(&self) -> Vec<f64> {
        let depth = |e: &Edge| middle(&self.depth, e);
        let lateral = |e: &Edge| middle(&self.lateral, e);
        let (mean, side) = (self.mean(depth), self.mean(lateral));
        let sd = self.mean(|e| (depth(e) - mean).powi(2)).sqrt();
        let spread = self.mean(|e| (lateral(e) - side).powi(2)).sqrt();
        let third = self.mean(|e| (depth(e) - mean).powi(3));
        let skewness = if sd > 0.0 { third / sd.powi(3) } else { 0.0 };
        let radial = weighted_quantiles(self.edges().map(|e| (middle(&self.radial, &e), e.length)).collect(), FIVE);
        let shape = [mean.signum() * mean.abs().ln_1p(), sd.ln_1p(), spread.ln_1p(), skewness];
        shape.into_iter().chain(radial.map(f64::ln_1p)).collect()
    }

    fn section_quantiles(&self) -> Vec<f64> {
        let has_length = |s: &&Section| s.length > 0.0;
        let lengths = |terminal: bool| -> Vec<f64> {
            let chosen = self.arbor.sections().filter(has_length).filter(|s| s.is_terminal() == terminal);
            chosen.map(|s| s.length).collect()
        };
        // A section that comes back to where it began has no tortuosity; 5 stands for it and for all more winding ones.
        let winding = |s: &Section| (s.length / s.chord.max(f64::MIN_POSITIVE)).clamp(1.0, 5.0);
        let tortuosity = self.arbor.sections().filter(has_length).map(winding).collect();
        let three = [lengths(true), lengths(false), tortuosity];
        three.into_iter().flat_map(|values| quantiles(values, FIVE)).map(|v| (v + SMALL).ln()).collect()
    }

    fn bars(&self, reach: f64, count: usize) -> Result<Vec<f64>> {
        let options = PersistenceOptions { filter: Filter::Path, from: Origin::Soma, ..Default::default() };
        let bars = self.arbor.neuron.persistence(&options)?.bars;
        let limits = [0.0, reach];
        let long = histogram(bars.iter().map(|b| (b.length(), 1.0)), limits, count);
        let merged = histogram(bars.iter().map(|b| (b.merge, b.length())), limits, count);
        Ok(logarithms([long, merged].concat()))
    }

    fn radii(&self) -> Vec<f64> {
        let radius = &self.arbor.neuron.radius;
        let own = quantiles(self.edges().map(|e| radius[e.node]).collect(), [0.05, 0.25, 0.5, 0.75, 0.95]);
        let first = radius.first().copied().unwrap_or(0.0);
        own.into_iter().chain([first]).map(|r| (r.max(0.0) + SMALL).ln()).collect()
    }

    fn types(&self) -> Vec<f64> {
        let kind = &self.arbor.neuron.kind;
        (1..=4).map(|wanted| self.mean(|e| f64::from(u8::from(kind[e.node] == wanted)))).collect()
    }
}

/// The middle of an edge.
fn middle(values: &[f64], edge: &Edge) -> f64 {
    (values[edge.node] + values[edge.parent]) / 2.0
}

fn logarithms(values: Vec<f64>) -> Vec<f64> {
    values.into_iter().map(f64::ln_1p).collect()
}
