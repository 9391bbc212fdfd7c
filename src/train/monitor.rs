//! Signs of collapse: how many prototypes the teacher uses, and how many dimensions the latents fill.

use tch::{Kind, Tensor};

/// Entropy in nats of the teacher's mean target over a batch. The logarithm of the number of prototypes when all are
/// used alike; near 0 when one has swallowed the rest.
pub fn marginal_entropy(mean_target: &Tensor) -> f64 {
    -(mean_target * (mean_target + 1e-20).log()).sum(Kind::Double).double_value(&[])
}

/// Number of dimensions that latents fill: the exponential of the entropy of the covariance's eigenvalue shares (after
/// Roy & Vetterli 2007). 1 when all lie on a line, their width when they fill all dimensions alike.
pub fn effective_rank(latents: &Tensor) -> f64 {
    let z = latents.to_device(tch::Device::Cpu).to_kind(Kind::Double);
    let centred = &z - z.mean_dim(0, true, Kind::Double);
    let covariance = centred.tr().matmul(&centred);
    let values = covariance.linalg_eigvalsh("L").clamp_min(0.0);
    let total = values.sum(Kind::Double).double_value(&[]);
    if total <= 0.0 {
        return 1.0;
    }
    marginal_entropy(&(values / total)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_of_known_clouds() {
        let line = Tensor::arange(12, (Kind::Float, tch::Device::Cpu)).reshape([12, 1])
            * Tensor::from_slice(&[1f32, 2.0, -1.0]);
        assert!((effective_rank(&line) - 1.0).abs() < 1e-6);
        let cross = Tensor::from_slice(&[1f32, 0., 0., -1., 0., 0., 0., 1., 0., 0., -1., 0., 0., 0., 1., 0., 0., -1.]);
        assert!((effective_rank(&cross.reshape([6, 3])) - 3.0).abs() < 1e-6);
        assert_eq!(effective_rank(&Tensor::ones([4, 3], (Kind::Float, tch::Device::Cpu))), 1.0);
    }

    #[test]
    fn entropy_of_known_targets() {
        let even = Tensor::full([8], 0.125, (Kind::Float, tch::Device::Cpu));
        assert!((marginal_entropy(&even) - 8f64.ln()).abs() < 1e-6);
    }
}
