//! The learning rate over the steps of a run.

use serde::{Deserialize, Serialize};

/// How the learning rate falls after its warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decline {
    /// By a factor every fifth of the run, smoothly: with one half the published schedule of GraphDINO.
    #[default]
    Exponential,
    /// Along half a cosine to the final rate (Loshchilov & Hutter 2017).
    Cosine,
    /// Not at all.
    Constant,
}

/// A linear warm-up, then a decline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// How the rate falls.
    pub decline: Decline,
    /// The rate after the warm-up.
    pub peak: f64,
    /// Steps of the warm-up.
    pub warmup: u64,
    /// Steps of the whole run.
    pub steps: u64,
    /// What an exponential decline multiplies the rate with every fifth of the run.
    pub decay: f64,
    /// The rate that a cosine ends at.
    pub last: f64,
}

impl Schedule {
    /// The rate of a step, counted from 0.
    pub fn at(&self, step: u64) -> f64 {
        if step < self.warmup {
            return self.peak * (step + 1) as f64 / self.warmup as f64;
        }
        let after = (step - self.warmup) as f64;
        match self.decline {
            Decline::Constant => self.peak,
            Decline::Exponential => self.peak * self.decay.powf(after / (self.steps / 5).max(1) as f64),
            Decline::Cosine => {
                let way = after / (self.steps - self.warmup).max(1) as f64;
                self.last + (self.peak - self.last) * (1.0 + (std::f64::consts::PI * way.min(1.0)).cos()) / 2.0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: Schedule =
        Schedule { decline: Decline::Exponential, peak: 1e-4, warmup: 2_000, steps: 100_000, decay: 0.5, last: 1e-6 };

    /// The values stated for the published run of 100,000 steps at 1e-4.
    #[test]
    fn the_published_schedule() {
        for (step, expected) in [(0, 5e-8), (1_999, 1e-4), (2_000, 1e-4), (22_000, 5e-5), (99_999, 3.35e-6)] {
            let rate = RUN.at(step);
            assert!((rate / expected - 1.0).abs() < 2e-3, "step {step}: {rate} for {expected}");
        }
    }

    #[test]
    fn cosines_end_at_the_last_rate_and_constants_stay() {
        let cosine = Schedule { decline: Decline::Cosine, ..RUN };
        for (step, expected) in [(0, 5e-8), (2_000, 1e-4), (51_000, 5.05e-5), (100_000, 1e-6)] {
            assert!((cosine.at(step) / expected - 1.0).abs() < 1e-9, "step {step}: {}", cosine.at(step));
        }
        let constant = Schedule { decline: Decline::Constant, warmup: 0, ..RUN };
        assert_eq!((constant.at(0), constant.at(99_999)), (1e-4, 1e-4));
    }
}
