//! Distances between latents against given distances between cells (after Park et al. 2019, relational knowledge
//! distillation by distances).

use tch::{Kind, Tensor};

use super::{Answers, Loss, Objective, precise};

/// The latents of two views of cells shall lie as far apart as the cells' targets do; two views of one cell in one place.
#[derive(Debug)]
pub struct Geometry {
    /// The target of each cell trained on, `[cells, width]` row by row. Plain numbers: threads share them.
    pub targets: Vec<f32>,
    /// Numbers per target.
    pub width: usize,
    /// Weight of the views of one cell lying in one place, beside what pairs of cells ask for. Without it those views are
    /// one pair among hundreds.
    pub agreement: f64,
}

impl Geometry {
    /// `sum (d(z_i, z_j) - d(t_i, t_j))² / sum d(t_i, t_j)²` over all pairs of rows. 0 when all distances are right, 1 when
    /// all latents lie in one place.
    pub fn of(z: &Tensor, targets: &Tensor) -> Tensor {
        let (found, wanted) = (distances(&precise(z)), distances(&precise(targets)));
        let kind = found.kind();
        (found - &wanted).square().sum(kind) / wanted.square().sum(kind).clamp_min(f64::from(f32::MIN_POSITIVE))
    }
}

/// Mean squared distance between the two views of a cell.
fn apart(z: &Tensor, cells: i64) -> Tensor {
    let z = precise(z);
    let moved = z.narrow(0, 0, cells) - z.narrow(0, cells, cells);
    moved.square().sum(moved.kind()) / cells as f64
}

/// Mean squared distance between targets.
fn mean_square(targets: &Tensor) -> Tensor {
    let targets = precise(targets);
    distances(&targets).square().mean(targets.kind()).clamp_min(f64::from(f32::MIN_POSITIVE))
}

/// Euclidean distances between rows. The small number under the root gives coincident rows a slope of 0.
fn distances(rows: &Tensor) -> Tensor {
    let apart = rows.unsqueeze(0) - rows.unsqueeze(1);
    (apart.square().sum_dim_intlist(-1, false, rows.kind()) + 1e-12).sqrt()
}

impl Objective for Geometry {
    fn is_separable(&self) -> bool {
        false
    }

    fn loss(&self, answers: &Answers, _rows: f64) -> Loss {
        let of = |&cell: &usize| &self.targets[cell * self.width..(cell + 1) * self.width];
        let targets: Vec<f32> = answers.cells.iter().flat_map(of).copied().collect();
        let cells = answers.cells.len() as i64;
        let targets =
            Tensor::from_slice(&targets).reshape([cells, self.width as i64]).to_device(answers.latent.device());
        let views = answers.latent.size()[0] / cells.max(1);
        let targets = targets.repeat([views, 1]);
        let mut value = Geometry::of(&answers.latent, &targets);
        if views == 2 && self.agreement > 0.0 {
            value += apart(&answers.latent, cells) / mean_square(&targets) * self.agreement;
        }
        Loss { value: value.to_kind(Kind::Float), sums: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;

    /// Three points of which two are 3, 4 and 5 apart.
    fn triangle(scale: f64) -> Tensor {
        Tensor::from_slice(&[0.0, 0.0, 3.0, 0.0, 0.0, 4.0]).reshape([3, 2]) * scale
    }

    #[test]
    fn right_distances_cost_nothing_and_one_place_costs_one() {
        let of = |z: &Tensor| Geometry::of(z, &triangle(1.0)).double_value(&[]);
        let turned = triangle(1.0).matmul(&Tensor::from_slice(&[0.6, 0.8, -0.8, 0.6]).reshape([2, 2]));
        assert!(of(&(turned + 7.0)) < 1e-10);
        assert!((of(&Tensor::zeros([3, 2], (Kind::Double, Device::Cpu))) - 1.0).abs() < 1e-5);
        // Twice too far: every distance is off by itself. Half again too far: by half of itself.
        assert!((of(&triangle(2.0)) - 1.0).abs() < 1e-10 && (of(&triangle(1.5)) - 0.25).abs() < 1e-10);
    }

    #[test]
    fn views_of_one_cell_belong_together() {
        let latent = Tensor::cat(&[triangle(1.0), triangle(1.0) + 1.0], 0);
        let targets = Geometry { targets: vec![0.0, 0.0, 3.0, 0.0, 0.0, 4.0], width: 2, agreement: 0.5 };
        let answers = |latent| Answers { latent, scores: None, taught: None, centre: None, cells: vec![0, 1, 2] };
        let value = |latent| targets.loss(&answers(latent), 6.0).value.double_value(&[]);
        assert!(value(Tensor::cat(&[triangle(1.0), triangle(1.0)], 0)) < 1e-6);
        // 2 between views, squared; 100 / 9 between targets; and what pairs of cells ask for.
        let pairs = Geometry { agreement: 0.0, ..targets };
        let rest = pairs.loss(&answers(latent.shallow_clone()), 6.0).value.double_value(&[]);
        let targets = Geometry { agreement: 0.5, ..pairs };
        let whole = targets.loss(&answers(latent), 6.0).value.double_value(&[]);
        assert!(rest > 0.01 && (whole - rest - 0.5 * 2.0 / (100.0 / 9.0)).abs() < 1e-5, "{whole} and {rest}");
    }
}
