//! Signs of collapse: how many prototypes the teacher uses, how many dimensions the latents fill, how close the views of
//! a cell lie and how evenly cells spread.

use tch::{Device, Kind, Tensor};

use super::loss::unit_rows;

/// Entropy in nats of the teacher's mean target over a batch. The logarithm of the number of prototypes when all are
/// used alike; near 0 when one has swallowed the rest.
pub fn marginal_entropy(mean_target: &Tensor) -> f64 {
    -(mean_target * (mean_target + 1e-20).log()).sum(Kind::Double).double_value(&[])
}

/// Number of dimensions that latents fill: the exponential of the entropy of the covariance's eigenvalue shares (after
/// Roy & Vetterli 2007). 1 when all lie on a line, their width when they fill all dimensions alike.
pub fn effective_rank(latents: &Tensor) -> f64 {
    let z = on_processor(latents);
    let centred = &z - z.mean_dim(0, true, Kind::Double);
    let covariance = centred.tr().matmul(&centred);
    let values = covariance.linalg_eigvalsh("L").clamp_min(0.0);
    let total = values.sum(Kind::Double).double_value(&[]);
    // Latents that are not finite have no rank; the loss will say so.
    if !total.is_finite() || total <= 0.0 {
        return 1.0;
    }
    marginal_entropy(&(values / total)).exp()
}

/// Mean squared distance between the two views of a cell, latents being scaled to length 1 (Wang & Isola 2020): 0 when
/// views agree, about 2 when they have nothing in common. The first half of the rows are the first views.
pub fn alignment(latents: &Tensor) -> f64 {
    let z = unit_rows(&on_processor(latents));
    let half = z.size()[0] / 2;
    let apart = z.narrow(0, 0, half) - z.narrow(0, half, half);
    apart.square().sum_dim_intlist(-1, false, Kind::Double).mean(Kind::Double).double_value(&[])
}

/// Logarithm of the mean of `exp(-2 d²)` over pairs of cells, `d` being the distance of their first views' latents scaled
/// to length 1 (Wang & Isola 2020): 0 when all cells lie in one place, towards -4 when they spread over the sphere.
/// NaN for a single cell.
pub fn uniformity(latents: &Tensor) -> f64 {
    let z = unit_rows(&on_processor(latents));
    let first = z.narrow(0, 0, z.size()[0] / 2);
    let squares = first.pdist(2.0).square();
    (squares * -2.0).exp().mean(Kind::Double).log().double_value(&[])
}

/// What is measured of the latents of pairs of views, by the names of the history's series.
pub fn of_pairs(latents: &Tensor) -> [(&'static str, f64); 3] {
    [
        ("effective_rank", effective_rank(latents)),
        ("alignment", alignment(latents)),
        ("uniformity", uniformity(latents)),
    ]
}

fn on_processor(latents: &Tensor) -> Tensor {
    latents.to_device(Device::Cpu).to_kind(Kind::Double)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_of_known_clouds() {
        let line =
            Tensor::arange(12, (Kind::Float, Device::Cpu)).reshape([12, 1]) * Tensor::from_slice(&[1f32, 2.0, -1.0]);
        assert!((effective_rank(&line) - 1.0).abs() < 1e-6);
        let cross = Tensor::from_slice(&[1f32, 0., 0., -1., 0., 0., 0., 1., 0., 0., -1., 0., 0., 0., 1., 0., 0., -1.]);
        assert!((effective_rank(&cross.reshape([6, 3])) - 3.0).abs() < 1e-6);
        assert_eq!(effective_rank(&Tensor::ones([4, 3], (Kind::Float, Device::Cpu))), 1.0);
    }

    #[test]
    fn entropy_of_known_targets() {
        let even = Tensor::full([8], 0.125, (Kind::Float, Device::Cpu));
        assert!((marginal_entropy(&even) - 8f64.ln()).abs() < 1e-6);
    }

    #[test]
    fn views_that_agree_and_cells_that_coincide() {
        let one = Tensor::from_slice(&[1f32, 0.0, 0.0, 2.0]).reshape([2, 2]);
        let twice = Tensor::cat(&[&one, &(&one * 3.0)], 0);
        assert!(alignment(&twice).abs() < 1e-12);
        // Two cells at a right angle: d² = 2.
        assert!((uniformity(&twice) + 4.0).abs() < 1e-12);
        assert!(uniformity(&Tensor::ones([6, 4], (Kind::Float, Device::Cpu))).abs() < 1e-12);
    }
}
