//! A pipeline: augmentations one after the other.

use std::sync::Arc;

use super::view::{Augmentation, View};
use crate::error::{Error, Result};
use crate::run::seed::Rng;

/// Augmentations applied in order; cheap to copy and to share between threads.
#[derive(Clone, Debug)]
pub struct Pipeline {
    steps: Arc<[Arc<dyn Augmentation>]>,
    /// For each step, the number of nodes that the steps after it want to find.
    floors: Arc<[usize]>,
}

impl Pipeline {
    /// Composes the steps.
    pub fn new(steps: Vec<Arc<dyn Augmentation>>) -> Pipeline {
        let mut floors: Vec<usize> = steps
            .iter()
            .rev()
            .scan(2, |floor, step| {
                let after = *floor;
                *floor = step.wants().max(*floor);
                Some(after)
            })
            .collect();
        floors.reverse();
        Pipeline { steps: steps.into(), floors: floors.into() }
    }

    /// Draws one view of a prepared neuron.
    pub fn draw(&self, neuron: &View, rng: &mut Rng) -> View {
        let mut view = neuron.clone();
        for (step, &floor) in self.steps.iter().zip(self.floors.iter()) {
            step.apply(&mut view, floor, rng);
        }
        view
    }

    /// As a script would write it.
    pub fn describe(&self) -> String {
        let steps: Vec<String> = self.steps.iter().map(|s| s.describe()).collect();
        format!("pipeline([{}])", steps.join(", "))
    }
}

/// Refuses a standard deviation that is negative or not a number.
///
/// # Errors
/// On such a value; `what` names the augmentation.
pub fn require_sd(what: &str, sd: f64) -> Result<f64> {
    if sd.is_finite() && sd >= 0.0 {
        return Ok(sd);
    }
    Err(Error::value(format!("`{what}` needs a standard deviation of at least 0, not {sd}"))
        .help("it is in the unit of the neurons, usually micrometres"))
}

/// Refuses a count below a smallest one.
///
/// # Errors
/// On such a value; `what` names the augmentation.
pub fn require_count(what: &str, count: i64, least: i64) -> Result<usize> {
    usize::try_from(count)
        .ok()
        .filter(|_| count >= least)
        .ok_or_else(|| Error::value(format!("`{what}` needs a number of at least {least}, not {count}")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::augment::{DropBranches, Jitter, Rotate, Subsample, Translate, rotate::Axis, rotate::Mode};
    use crate::morph::NO_PARENT;
    use crate::run::seed::stream;
    use rand::Rng as _;

    /// A random tree in depth-first order.
    fn tree(n: usize, seed: u64) -> View {
        let mut rng = stream(seed, "tree", 0);
        let mut parent = vec![NO_PARENT];
        let mut path = vec![0u32];
        while parent.len() < n {
            // Mostly long unbranched stretches, as traced neurons have.
            if path.len() > 1 && rng.gen_bool(0.06) {
                let keep = rng.gen_range(1..path.len());
                path.truncate(keep);
            }
            parent.push(path[path.len() - 1]);
            path.push(parent.len() as u32 - 1);
        }
        View {
            position: (0..n).map(|i| [i as f32, 0.0, 0.0]).collect(),
            radius: (0..n).map(|i| i as f32 * 0.5).collect(),
            kind: (0..n).map(|i| (i % 5) as u16).collect(),
            parent,
            sample: (0..n as u32).collect(),
            anchor: 0,
        }
    }

    fn published() -> Pipeline {
        Pipeline::new(vec![
            Arc::new(DropBranches { count: 10 }),
            Arc::new(Subsample::to(200)),
            Arc::new(Rotate { axis: Axis::Fixed(1), mode: Mode::Proper }),
            Arc::new(Jitter { sd: 1.0 }),
            Arc::new(Translate { sd: 10.0 }),
        ])
    }

    #[test]
    fn views_are_trees_of_the_wanted_size_that_keep_the_soma() {
        let neuron = tree(1000, 1);
        for index in 0..50 {
            let view = published().draw(&neuron, &mut stream(3, "views", index));
            assert_eq!((view.len(), view.sample[view.anchor as usize]), (200, 0));
            assert_eq!(view.parent.iter().filter(|&&p| p == NO_PARENT).count(), 1);
            assert!(view.parent.iter().enumerate().skip(1).all(|(i, &p)| (p as usize) < i));
        }
    }

    #[test]
    fn kept_nodes_keep_their_ancestry() {
        let neuron = tree(500, 5);
        let view = Pipeline::new(vec![Arc::new(Subsample::to(60))]).draw(&neuron, &mut stream(1, "views", 0));
        for (node, &parent) in view.parent.iter().enumerate().skip(1) {
            // The new parent is the nearest kept one among the old ancestors.
            let mut above = neuron.parent[view.sample[node] as usize];
            while !view.sample.contains(&above) {
                above = neuron.parent[above as usize];
            }
            assert_eq!(above, view.sample[parent as usize]);
        }
        for (node, &sample) in view.sample.iter().enumerate() {
            assert_eq!((view.radius[node], view.kind[node]), (sample as f32 * 0.5, (sample % 5) as u16));
        }
    }

    #[test]
    fn draws_repeat_and_differ() {
        let neuron = tree(1000, 2);
        let draw = |index| published().draw(&neuron, &mut stream(9, "views", index));
        assert_eq!(draw(4), draw(4));
        assert_ne!(draw(4), draw(5));
    }

    #[test]
    fn a_cut_never_leaves_too_few_nodes() {
        let neuron = tree(205, 3);
        for index in 0..50 {
            let view = published().draw(&neuron, &mut stream(4, "views", index));
            assert_eq!(view.len(), 200);
        }
    }

    #[test]
    fn forests_and_tiny_neurons_pass_through() {
        let mut forest = tree(300, 6);
        forest.parent[150] = NO_PARENT;
        let view = published().draw(&forest, &mut stream(4, "views", 0));
        assert!(view.len() >= 200 && view.parent.iter().filter(|&&p| p == NO_PARENT).count() <= 2);
        let single = tree(1, 1);
        assert_eq!(published().draw(&single, &mut stream(4, "views", 0)).len(), 1);
    }

    #[test]
    fn descriptions_read_like_scripts() {
        assert_eq!(
            published().describe(),
            "pipeline([drop_branches(10), subsample(200), rotate(\"y\"), jitter(1.0), translate(10.0)])"
        );
    }
}
