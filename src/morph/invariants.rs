//! What every neuron must be like, checked: for tests, and for whoever builds one by hand.

use crate::error::{Error, Result};
use crate::morph::Morphology;

impl Morphology {
    /// Checks what the other methods take for granted: at least one sample, arrays of one length, parents before their
    /// children, subtrees that are contiguous, the tree of a soma first where there is a soma, ids that differ, and
    /// finite numbers. In n log n time.
    ///
    /// # Errors
    /// With the first rule that does not hold, and where.
    pub fn check_invariants(&self) -> Result<()> {
        let broken = |what: String| Err(Error::internal(format!("`{}` is no sound neuron: {what}", self.name)));
        let n = self.len();
        if n == 0 {
            return broken("it has no sample".into());
        }
        let lengths = [self.position.len(), self.radius.len(), self.kind.len(), self.id.len()];
        if lengths.iter().any(|&l| l != n) {
            return broken(format!("its arrays have lengths {n} and {lengths:?}"));
        }
        // The path from the root to the sample before: a parent must lie on it, or its subtree was left already.
        let mut path: Vec<usize> = Vec::new();
        for i in 0..n {
            match self.parent_of(i) {
                None => path.clear(),
                Some(parent) => {
                    while path.last().is_some_and(|&at| at != parent) {
                        path.pop();
                    }
                    if path.is_empty() {
                        return broken(format!("sample {i} stands outside of the subtree of its parent {parent}"));
                    }
                }
            }
            path.push(i);
        }
        let first_tree = self.roots().nth(1).unwrap_or(n);
        if let Some(soma) = self.soma().filter(|&soma| soma >= first_tree) {
            return broken(format!("the soma, sample {soma}, is not in the first tree"));
        }
        let finite = |i: usize| self.radius[i].is_finite() && self.position[i].iter().all(|v| v.is_finite());
        if let Some(i) = (0..n).find(|&i| !finite(i)) {
            return broken(format!("sample {i} has a position or radius that is not finite"));
        }
        let mut ids = self.id.clone();
        ids.sort_unstable();
        match ids.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => broken(format!("the id {} occurs twice", pair[0])),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::{NO_PARENT, testing::forest};
    use crate::run::seed;

    #[test]
    fn each_rule_is_noticed_when_it_is_broken() {
        let sound = forest(&mut seed::stream(1, "invariants", 0), 50, 3);
        sound.check_invariants().unwrap();
        let says = |spoil: fn(&mut Morphology), words: &str| {
            let mut m = sound.clone();
            spoil(&mut m);
            let error = m.check_invariants().unwrap_err();
            assert!(error.message.contains(words), "{error}");
        };
        says(|m| m.parent.clear(), "no sample");
        says(|m| m.kind.truncate(9), "arrays");
        says(|m| m.parent[1] = 1, "subtree of its parent");
        says(|m| m.radius[7] = f64::NAN, "not finite");
        says(|m| m.id[3] = m.id[4], "occurs twice");
        let mut late = sound.clone();
        late.kind.fill(3);
        late.check_invariants().unwrap();
        late.kind[49] = 1;
        assert!(late.roots().count() == 3 && late.check_invariants().is_err());
        let mut scattered = sound;
        scattered.parent = vec![0; 50];
        scattered.parent[0] = NO_PARENT;
        scattered.parent[3] = 1;
        assert!(scattered.check_invariants().unwrap_err().message.contains("outside of the subtree"));
    }
}
