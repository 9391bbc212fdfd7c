//! Resampling by arc length.

use super::draft::{Draft, require_size};
use super::sections::Stretch;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::morph::{Morphology, NO_PARENT};

/// How a neuron is resampled.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResampleOptions {
    /// Adapts the step in every section so that it divides evenly: the nearest whole number of steps, at least one.
    /// Without it samples stand exactly one step apart, and the last stretch of a section is shorter.
    pub even: bool,
}

impl Morphology {
    /// The neuron with samples `step` apart along its sections.
    ///
    /// Roots, forks, tips, soma samples, first samples of neurites and samples where the type changes stay, with their
    /// ids; all others go, and new ones are numbered on from the largest id. A new sample lies on the old path, has the
    /// section's type, and a radius interpolated linearly by arc length. As straight lines replace curves, the cable can
    /// only get shorter; it keeps its length where sections are straight.
    ///
    /// # Errors
    /// When `step` (in the unit of the positions) is not a positive number, or so small that more than 50 million
    /// samples would result; on a requested stop.
    pub fn resampled(&self, step: f64, options: &ResampleOptions) -> Result<Morphology> {
        if !(step > 0.0 && step.is_finite()) {
            return Err(Error::value(format!("the step is `{step}`, expected a distance above 0")));
        }
        let edge_lengths = self.edge_lengths();
        require_size(self.length_all_edges() / step + self.len() as f64, &format!("a step of `{step}`"))?;
        let mut place = vec![NO_PARENT; self.len()];
        let mut draft = Draft::of(self, self.len());
        for stretch in self.stretches() {
            interrupt::check()?;
            let section = match stretch {
                Stretch::Root(root) => {
                    place[root] = draft.keep(root, NO_PARENT);
                    continue;
                }
                Stretch::Section(section) => section,
            };
            let mut above = place[section.from];
            if self.is_cable(&section) {
                let arc = section.arc_lengths(&edge_lengths);
                let path: Vec<usize> = section.path().collect();
                let mut edge = 1;
                for target in targets(arc[arc.len() - 1], step, options.even) {
                    while arc[edge] < target {
                        edge += 1;
                    }
                    // The edge has a length: the arc passes the target on it.
                    let t = (target - arc[edge - 1]) / (arc[edge] - arc[edge - 1]);
                    above = draft.between(path[edge - 1], path[edge], t, above);
                }
            }
            place[section.last()] = draft.keep(section.last(), above);
        }
        draft.finish("resampling")
    }
}

/// Where on a section of this length new samples stand: strictly between its ends.
fn targets(length: f64, step: f64, even: bool) -> impl Iterator<Item = f64> {
    // A last stretch of less than a billionth of a step comes from rounding.
    let pieces = if even { (length / step).round().max(1.0) } else { (length / step - 1e-9).ceil().max(1.0) };
    let step = if even { length / pieces } else { step };
    (1..pieces as u64).map(move |k| k as f64 * step)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::parse_swc;

    fn read(text: &str) -> Morphology {
        parse_swc("cell", text.as_bytes()).unwrap().morphology
    }

    /// Soma, a stem of two straight pieces of 3 and 4 that forks.
    const FORK: &str = "1 1 0 0 0 5 -1\n7 3 5 0 0 2 1\n8 3 8 0 0 1 7\n9 3 8 4 0 3 8\n10 3 18 4 0 3 9\n11 3 8 5 0 1 9\n";

    #[test]
    fn new_samples_lie_on_the_old_path_one_step_apart() {
        let m = read(FORK).resampled(2.0, &ResampleOptions::default()).unwrap();
        assert_eq!(m.id, [1, 7, 12, 13, 14, 9, 15, 16, 17, 18, 10, 11]);
        assert_eq!(m.position[2..5], [[7.0, 0.0, 0.0], [8.0, 1.0, 0.0], [8.0, 3.0, 0.0]]);
        // Two thirds of the way from radius 2 to 1; a quarter and three quarters of the way from 1 to 3.
        let expected = [2.0 - 2.0 / 3.0, 1.5, 2.5];
        assert!(m.radius[2..5].iter().zip(expected).all(|(r, e)| (r - e).abs() < 1e-12), "{:?}", m.radius);
        assert_eq!(m.parent, [NO_PARENT, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 5]);
    }

    #[test]
    fn an_even_step_divides_every_section() {
        let m = read(FORK).resampled(2.0, &ResampleOptions { even: true }).unwrap();
        // 7 / 2 is nearest to 4 pieces of 1.75, 10 is 5 pieces of 2, and 1 is one piece.
        assert_eq!(m.len(), 2 + 4 + 5 + 1);
        assert_eq!(m.position[2], [6.75, 0.0, 0.0]);
        // Only the corner at (8, 0) is cut.
        let expected = 18.0 - (1.25 + 0.5 - 1.25f64.hypot(0.5));
        assert!((m.total_length() - expected).abs() < 1e-12);
    }

    #[test]
    fn a_step_of_nonsense_is_refused() {
        for step in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(read(FORK).resampled(step, &ResampleOptions::default()).is_err(), "{step}");
        }
        let error = read(FORK).resampled(1e-9, &ResampleOptions::default()).unwrap_err();
        assert!(error.message.contains("samples, expected at most"), "{error}");
    }
}
