//! Rewiring: the same samples on another tree, to ask a model whether it looks at the tree.

use rand::seq::SliceRandom;

use super::view::{Augmentation, View};
use crate::run::seed::Rng;

/// Puts every sample but the soma (with its position, radius and type) at a random place of the tree: neighbours in space
/// are no longer neighbours in the tree. No augmentation to learn from, but a control: what a model makes of the result is
/// what it knows without the tree.
#[derive(Clone, Debug)]
pub struct Rewire;

impl Augmentation for Rewire {
    fn apply(&self, view: &mut View, _floor: usize, rng: &mut Rng) {
        let anchor = view.anchor as usize;
        let places: Vec<usize> = (0..view.len()).filter(|&node| node != anchor).collect();
        let mut from = places.clone();
        from.shuffle(rng);
        let old = view.clone();
        for (to, from) in places.into_iter().zip(from) {
            view.position[to] = old.position[from];
            view.radius[to] = old.radius[from];
            view.kind[to] = old.kind[from];
            view.sample[to] = old.sample[from];
        }
    }

    fn describe(&self) -> String {
        "rewire()".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::morph::NO_PARENT;
    use crate::run::seed::stream;

    #[test]
    fn samples_stay_whole_and_the_soma_stays_where_it_is() {
        let n = 50u32;
        let whole = View {
            position: (0..n).map(|i| [i as f32, 0.0, 0.0]).collect(),
            radius: (0..n).map(|i| i as f32).collect(),
            kind: (0..n).map(|i| i as u16).collect(),
            parent: (0..n).map(|i| if i == 0 { NO_PARENT } else { (i - 1) / 2 }).collect(),
            sample: (0..n).collect(),
            anchor: 0,
        };
        let mut view = whole.clone();
        Rewire.apply(&mut view, 2, &mut stream(1, "rewire", 0));
        assert_eq!((&view.parent, view.sample[0]), (&whole.parent, 0));
        assert!(
            (0..n as usize).all(|i| view.radius[i] == view.sample[i] as f32 && view.position[i][0] == view.radius[i])
        );
        let moved = (0..n as usize).filter(|&i| view.sample[i] != i as u32).count();
        assert!(moved > 40, "{moved} moved");
        view.sample.sort_unstable();
        assert_eq!(view.sample, whole.sample);
    }
}
