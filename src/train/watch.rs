//! Watches a run for collapse, and says what to change.

use super::history::History;
use super::step::Measured;

/// Measurements in a row that must be bad before anything is said.
const PATIENCE: usize = 5;
/// Measurements at a run's start that say nothing yet.
const GRACE: usize = 5;

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ailment {
    FewPrototypes,
    EvenTargets,
    FlatLatents,
    OnePlace,
}

const AILMENTS: [Ailment; 4] = [Ailment::FewPrototypes, Ailment::EvenTargets, Ailment::FlatLatents, Ailment::OnePlace];

/// What is measured at one step; a loss without a teacher has no prototypes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signs {
    /// Entropy of the teacher's mean target, in nats.
    pub teacher_entropy: Option<f64>,
    /// Number of prototypes.
    pub prototypes: usize,
    /// Rows of the batch.
    pub rows: usize,
    /// Dimensions that the latents fill.
    pub effective_rank: f64,
    /// Dimensions that the latents have.
    pub width: usize,
    /// How evenly cells spread.
    pub uniformity: f64,
}

/// Counts bad measurements.
#[derive(Debug, Default)]
pub struct Watch {
    seen: usize,
    strikes: [usize; AILMENTS.len()],
}

impl Watch {
    /// Takes a measurement; gives a warning for each ailment that has just lasted too long.
    pub fn look(&mut self, signs: &Signs) -> Vec<String> {
        self.seen += 1;
        let mut warnings = Vec::new();
        if self.seen <= GRACE || signs.rows < 8 {
            return warnings;
        }
        for (strikes, ailment) in self.strikes.iter_mut().zip(AILMENTS) {
            *strikes = if signs.show(ailment) { *strikes + 1 } else { 0 };
            if *strikes == PATIENCE {
                warnings.push(signs.say(ailment));
            }
        }
        warnings
    }
}

impl Signs {
    /// The signs of latents that the history has just taken up; there is no teacher.
    pub fn of(history: &History, measured: &Measured) -> Signs {
        let size = measured.latents.size();
        let last = |name| history.last(name).unwrap_or(f64::NAN);
        Signs {
            rows: size.first().map_or(0, |&n| n as usize),
            width: size.last().map_or(0, |&n| n as usize),
            effective_rank: last("effective_rank"),
            uniformity: last("uniformity"),
            ..Signs::default()
        }
    }

    fn show(&self, ailment: Ailment) -> bool {
        let all = (self.prototypes as f64).ln();
        // One-hot targets of `rows` views can name no more than as many prototypes.
        let reachable = all.min((self.rows as f64).ln());
        match (ailment, self.teacher_entropy) {
            (Ailment::FewPrototypes, Some(entropy)) => entropy < 0.4 * reachable,
            // Above what one-hot targets can reach, and all that is possible: each target is even.
            (Ailment::EvenTargets, Some(entropy)) => all > reachable && entropy > 0.99 * all,
            (Ailment::FewPrototypes | Ailment::EvenTargets, None) => false,
            (Ailment::FlatLatents, _) => self.effective_rank < 1.5 && self.width >= 4,
            (Ailment::OnePlace, _) => self.uniformity > -0.05,
        }
    }

    fn say(&self, ailment: Ailment) -> String {
        match ailment {
            Ailment::FewPrototypes => format!(
                "collapse: the teacher uses about {:.0} of {} prototypes; set `centring: \"sinkhorn\"`, raise \
                 `teacher_temperature`, or give the model the projector `#{{ kind: \"dino\" }}`",
                self.teacher_entropy.unwrap_or(0.0).exp(),
                self.prototypes
            ),
            Ailment::EvenTargets => "collapse: the teacher's targets are the same for all prototypes, so there is \
                                     nothing to learn; lower `teacher_temperature`"
                .to_string(),
            Ailment::FlatLatents => format!(
                "collapse: the latents fill about {:.1} of {} dimensions; lower `lr`, add `koleo: 0.1`, or draw views \
                 that differ more",
                self.effective_rank, self.width
            ),
            Ailment::OnePlace => "collapse: all cells have nearly the same latent; lower `lr` or the temperature, add \
                                  `koleo: 0.1`, and check that the cells are in micrometres"
                .to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WELL: Signs = Signs {
        teacher_entropy: Some(4.0),
        prototypes: 1000,
        rows: 128,
        effective_rank: 12.0,
        width: 32,
        uniformity: -2.5,
    };

    fn warnings(signs: Signs) -> Vec<String> {
        let mut watch = Watch::default();
        (0..30).flat_map(|_| watch.look(&signs)).collect()
    }

    #[test]
    fn collapse_is_named_once_with_what_to_change() {
        assert!(warnings(WELL).is_empty());
        // The published checkpoint: 1.93 nat, 7 of 1000 prototypes.
        let published = warnings(Signs { teacher_entropy: Some(1.93), ..WELL });
        assert_eq!(published.len(), 1);
        assert!(published[0].contains("about 7 of 1000 prototypes") && published[0].contains("sinkhorn"));
        for (signs, said) in [
            (Signs { teacher_entropy: Some(6.9), ..WELL }, "lower `teacher_temperature`"),
            (Signs { effective_rank: 1.2, teacher_entropy: None, ..WELL }, "about 1.2 of 32 dimensions"),
            (Signs { uniformity: -0.01, ..WELL }, "nearly the same latent"),
        ] {
            let warnings = warnings(signs);
            assert!(warnings.len() == 1 && warnings[0].contains(said), "{warnings:?}");
        }
    }

    #[test]
    fn a_bad_moment_is_no_collapse() {
        let mut watch = Watch::default();
        for step in 0..100 {
            let rank = if step % PATIENCE == 0 { 12.0 } else { 1.0 };
            assert!(watch.look(&Signs { effective_rank: rank, ..WELL }).is_empty());
        }
        // A handful of cells fills few dimensions whatever one does.
        assert!(warnings(Signs { effective_rank: 1.0, rows: 6, ..WELL }).is_empty());
    }
}
