//! The factor that keeps small gradients alive in half precision (Micikevicius et al. 2018).

use serde::{Deserialize, Serialize};

/// Steps without an overflow after which the factor is doubled.
const PATIENCE: u64 = 2000;

/// A power of two that losses are multiplied with, found by trial: halved when a gradient overflows, doubled when none has
/// for long. The defaults are PyTorch's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossScale {
    factor: f64,
    good: u64,
    /// Without half precision the factor stays 1, and an overflow is an error.
    moving: bool,
}

impl LossScale {
    /// The factor at a run's start.
    pub fn new(half_precision: bool) -> LossScale {
        LossScale { factor: if half_precision { 65_536.0 } else { 1.0 }, good: 0, moving: half_precision }
    }

    /// What the loss is multiplied with.
    pub fn factor(&self) -> f64 {
        self.factor
    }

    /// Whether overflows are expected now and then.
    pub fn is_moving(&self) -> bool {
        self.moving
    }

    /// Takes note of a step; `finite` says whether its gradient was.
    pub fn note(&mut self, finite: bool) {
        if !self.moving {
            return;
        }
        if !finite {
            (self.factor, self.good) = ((self.factor / 2.0).max(1.0), 0);
            return;
        }
        self.good += 1;
        if self.good == PATIENCE {
            (self.factor, self.good) = (self.factor * 2.0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_moves_by_twos_and_only_in_half_precision() {
        let mut scale = LossScale::new(true);
        scale.note(false);
        assert_eq!(scale.factor(), 32_768.0);
        (0..PATIENCE).for_each(|_| scale.note(true));
        assert_eq!(scale.factor(), 65_536.0);
        (0..100).for_each(|_| scale.note(false));
        assert_eq!(scale.factor(), 1.0);
        let mut single = LossScale::new(false);
        single.note(false);
        assert_eq!((single.factor(), single.is_moving()), (1.0, false));
    }
}
