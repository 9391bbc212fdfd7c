//! The tree while it grows: finely traced, without radii; and its translation into a [`Morphology`].

use super::class::Calibre;
use super::vector::{Vector, along, distance};
use crate::morph::{Morphology, NO_PARENT, Sample, kind};

/// A growing neuron. Node 0 is the soma; a parent always comes before its children.
pub(super) struct Sketch {
    pub position: Vec<Vector>,
    pub parent: Vec<u32>,
    pub kind: Vec<u16>,
    pub radius: Vec<f64>,
}

impl Sketch {
    /// A soma of a radius (µm) at the origin.
    pub fn new(soma: f64) -> Self {
        Sketch { position: vec![[0.0; 3]], parent: vec![NO_PARENT], kind: vec![kind::SOMA], radius: vec![soma] }
    }

    pub fn len(&self) -> usize {
        self.parent.len()
    }

    /// Adds a node and returns its index. Its radius is given by [`thicken`](Self::thicken), once the arbor is whole.
    pub fn push(&mut self, parent: u32, position: Vector, kind: u16) -> u32 {
        self.position.push(position);
        self.parent.push(parent);
        self.kind.push(kind);
        self.radius.push(0.0);
        (self.len() - 1) as u32
    }

    /// Distance from a node to its parent, in µm.
    fn edge(&self, node: usize) -> f64 {
        distance(self.position[node], self.position[self.parent[node] as usize])
    }

    /// Gives radii to the arbor that is the nodes from `first` on; `stem(i)` is the radius (µm) of its `i`-th stem.
    ///
    /// From the stems outwards: a branch thins exponentially along its length, and at a bifurcation the daughters take
    /// up the mother's `r^(3/2)` (Rall 1959) in proportion to the cable that each of them feeds. Nothing gets thinner
    /// than the class's tips.
    pub fn thicken(&mut self, first: usize, calibre: &Calibre, mut stem: impl FnMut() -> f64) {
        // Cable in and below each node, and the sum of that over each node's children.
        let mut cable = vec![0.0; self.len() - first];
        let mut below = vec![0.0; self.len() - first];
        for node in (first..self.len()).rev() {
            cable[node - first] = below[node - first] + self.edge(node);
            if let Some(parent) = (self.parent[node] as usize).checked_sub(first) {
                below[parent] += cable[node - first];
            }
        }
        for node in first..self.len() {
            let parent = self.parent[node] as usize;
            self.radius[node] = match parent.checked_sub(first) {
                None => stem().max(calibre.tip),
                Some(mother) => {
                    let share = cable[node - first] / below[mother].max(f64::MIN_POSITIVE);
                    let thinned = self.radius[parent] * (-self.edge(node) / calibre.taper).exp();
                    (thinned * share.powf(2.0 / 3.0)).max(calibre.tip)
                }
            };
        }
    }

    /// The neuron, sampled at even distances of about `step` (µm) along each unbranched stretch, then enlarged by
    /// `scale`. Branch points, tips and the starts of stems keep their places. Numbers are rounded to 1e-4 µm, the
    /// four digits of tracing tools: so a cell is written into few bytes and reads back the same.
    pub fn sampled(&self, name: &str, step: f64, scale: f64) -> Morphology {
        let mut children = vec![0u32; self.len()];
        for &parent in &self.parent[1..] {
            children[parent as usize] += 1;
        }
        let mut samples = vec![self.sample(1, 0)];
        let mut parents = vec![NO_PARENT];
        // For each kept node its place among the samples.
        let mut place = vec![0u32; self.len()];
        let mut stretch = Vec::new();
        for end in 1..self.len() {
            if children[end] == 1 && self.parent[end] != 0 {
                continue;
            }
            stretch.clear();
            stretch.push(end);
            let mut start = self.parent[end] as usize;
            while children[start] == 1 && start != 0 && self.parent[start] != 0 {
                stretch.push(start);
                start = self.parent[start] as usize;
            }
            stretch.push(start);
            stretch.reverse();
            let length: f64 = stretch[1..].iter().map(|&node| self.edge(node)).sum();
            // A stem starts on the soma's surface: between it and the centre there is nothing to sample.
            let pieces = if start == 0 { 1 } else { (length / step).round().max(1.0) as usize };
            let mut last = place[start];
            let (mut at, mut walked) = (1, 0.0);
            for piece in 1..pieces {
                let goal = length * piece as f64 / pieces as f64;
                while at + 1 < stretch.len() && walked + self.edge(stretch[at]) < goal {
                    walked += self.edge(stretch[at]);
                    at += 1;
                }
                let (from, to) = (stretch[at - 1], stretch[at]);
                let part = (goal - walked) / self.edge(to).max(f64::MIN_POSITIVE);
                let mut sample = self.sample(samples.len() as i64 + 1, to);
                sample.position = between(self.position[from], self.position[to], part);
                samples.push(sample);
                parents.push(last);
                last = samples.len() as u32 - 1;
            }
            samples.push(self.sample(samples.len() as i64 + 1, end));
            parents.push(last);
            place[end] = samples.len() as u32 - 1;
        }
        for sample in &mut samples {
            sample.position = sample.position.map(|x| rounded(x * scale));
            sample.radius = rounded(sample.radius * scale);
        }
        let mut neuron = Morphology::from_unordered(name, &samples, &parents);
        // Numbered as a file in this order would be.
        neuron.id = (1..=neuron.len() as i64).collect();
        neuron
    }

    fn sample(&self, id: i64, node: usize) -> Sample {
        Sample { id, kind: self.kind[node], position: self.position[node], radius: self.radius[node] }
    }
}

/// A length in µm to four digits behind the point; never -0.
fn rounded(length: f64) -> f64 {
    (length * 1e4).round() / 1e4 + 0.0
}

fn between(a: Vector, b: Vector, part: f64) -> Vector {
    along(a, part, along(b, -1.0, a))
}

#[cfg(test)]
mod tests {
    use super::super::class::Around;
    use super::*;

    /// A stem of 10 µm from the soma that forks into branches of 30 and 10 µm.
    fn fork() -> Sketch {
        let mut sketch = Sketch::new(5.0);
        let stem = sketch.push(0, [0.0, 5.0, 0.0], kind::DENDRITE);
        let mother = sketch.push(stem, [0.0, 15.0, 0.0], kind::DENDRITE);
        sketch.push(mother, [30.0, 15.0, 0.0], kind::DENDRITE);
        sketch.push(mother, [0.0, 25.0, 0.0], kind::DENDRITE);
        sketch
    }

    #[test]
    fn radii_follow_rall_and_do_not_fall_below_the_tips() {
        let mut sketch = fork();
        // No taper, so that only the fork changes the radius.
        sketch.thicken(1, &Calibre { stem: Around(1.0, 0.0), tip: 0.01, taper: f64::INFINITY }, || 1.0);
        assert_eq!(sketch.radius[..3], [5.0, 1.0, 1.0]);
        let power = |node: usize| sketch.radius[node].powf(1.5);
        assert!((power(3) - 0.75).abs() < 1e-12 && (power(4) - 0.25).abs() < 1e-12);
        sketch.thicken(1, &Calibre { stem: Around(1.0, 0.0), tip: 0.5, taper: 10.0 }, || 1.0);
        assert_eq!(sketch.radius[1], 1.0);
        assert!(sketch.radius[2..].iter().all(|&r| r == 0.5), "exp(-1) is below the tip's radius");
    }

    #[test]
    fn sampling_keeps_ends_and_spaces_evenly() {
        let neuron = fork().sampled("fork", 4.0, 2.0);
        // Soma, stem's start, 10/4 -> 3 pieces (rounding half up), 30/4 -> 8, 10/4 -> 3; all enlarged twice.
        assert_eq!(neuron.len(), 1 + 1 + 3 + 8 + 3);
        assert_eq!(neuron.position[1], [0.0, 10.0, 0.0]);
        assert_eq!(neuron.position[4], [0.0, 30.0, 0.0]);
        assert_eq!(neuron.position[5], [7.5, 30.0, 0.0]);
        assert_eq!(neuron.position[12], [60.0, 30.0, 0.0]);
        assert_eq!(neuron.parent[13], 4);
        assert_eq!(neuron.id, (1..=16).collect::<Vec<i64>>());
    }
}
