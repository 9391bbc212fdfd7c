//! The learning rate over the steps of a run.

/// Linear warm-up, then halving at a steady pace (the published schedule).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// The rate after the warm-up.
    pub peak: f64,
    /// Steps of the warm-up.
    pub warmup: u64,
    /// Steps in which the rate falls by `decay`.
    pub pace: u64,
    /// What the rate is multiplied with at that pace.
    pub decay: f64,
}

impl Schedule {
    /// The published schedule of a run: a fiftieth of it to warm up, half the rate every fifth.
    pub fn published(peak: f64, decay: f64, steps: u64) -> Schedule {
        Schedule { peak, warmup: steps / 50, pace: (steps / 5).max(1), decay }
    }

    /// The rate of a step, counted from 0.
    pub fn at(&self, step: u64) -> f64 {
        if step < self.warmup {
            self.peak * (step + 1) as f64 / self.warmup as f64
        } else {
            self.peak * self.decay.powf((step - self.warmup) as f64 / self.pace as f64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values stated for the published run of 100,000 steps at 1e-4.
    #[test]
    fn the_published_schedule() {
        let schedule = Schedule::published(1e-4, 0.5, 100_000);
        for (step, expected) in [(0, 5e-8), (1_999, 1e-4), (2_000, 1e-4), (22_000, 5e-5), (99_999, 3.35e-6)] {
            let rate = schedule.at(step);
            assert!((rate / expected - 1.0).abs() < 2e-3, "step {step}: {rate} for {expected}");
        }
    }
}
