//! Sinkhorn's balancing of targets (Caron et al. 2020, SwAV; Oquab et al. 2023, DINOv2).

use tch::Tensor;

use super::precise;

/// The targets that scores `[rows, prototypes]`, over their temperature, come to when they are scaled in turns so that
/// all prototypes take part alike, and each row sums to 1: `steps` turns towards the plan of optimal transport with an
/// entropy. The last turn is the rows', which sum to 1 exactly.
///
/// Computed with logarithms, since `exp(score / temperature)` itself would overflow.
pub fn sinkhorn(scores: &Tensor, steps: usize) -> Tensor {
    let mut log_plan = precise(scores);
    for _ in 0..steps {
        log_plan = &log_plan - log_plan.logsumexp([0], true);
        log_plan = &log_plan - log_plan.logsumexp([1], true);
    }
    if steps == 0 { log_plan.softmax(-1, log_plan.kind()) } else { log_plan.exp() }
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;

    #[test]
    fn rows_sum_to_one_and_prototypes_take_part_alike() {
        // The first prototype scores far above the rest: a softmax would give it everything.
        let scores = (Tensor::arange(40, (Kind::Float, Device::Cpu)) * 0.7).sin().reshape([10, 4]) * 5.0
            + Tensor::from_slice(&[500f32, 0.0, 0.0, -100.0]);
        let targets = sinkhorn(&scores, 50);
        let apart = |dim: i64, expected: f64| {
            (targets.sum_dim_intlist(dim, false, Kind::Float) - expected).abs().max().double_value(&[])
        };
        assert!(apart(1, 1.0) < 1e-5 && apart(0, 2.5) < 0.05, "{} {}", apart(1, 1.0), apart(0, 2.5));
        assert!(scores.softmax(-1, Kind::Float).select(1, 0).min().double_value(&[]) > 0.999);
    }
}
