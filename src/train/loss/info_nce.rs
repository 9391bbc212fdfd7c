//! InfoNCE (van den Oord et al. 2018) between two views of each cell, as SimCLR forms it (Chen et al. 2020).

use serde::{Deserialize, Serialize};
use tch::{Kind, Reduction, Tensor};

use super::{Answers, Loss, Objective, unit_rows};

/// Where views are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Space {
    /// After the projector, which takes the loss' demands off the latents (Chen et al. 2020).
    #[default]
    Projector,
    /// At the latents themselves.
    Latent,
}

/// Each view must pick the other view of its cell among all other views of the batch, by its cosine.
#[derive(Clone, Copy, Debug)]
pub struct InfoNce {
    /// What cosines are divided by.
    pub temperature: f64,
    /// Where views are compared.
    pub space: Space,
}

impl InfoNce {
    /// The mean cross entropy of the picks; and the share of right ones.
    pub fn of(&self, x: &Tensor) -> (Tensor, Tensor) {
        let z = unit_rows(x);
        let (rows, device) = (z.size()[0], z.device());
        let oneself = Tensor::eye(rows, (Kind::Bool, device));
        let scores = (z.matmul(&z.tr()) / self.temperature).masked_fill(&oneself, f64::NEG_INFINITY);
        let place = Tensor::arange(rows, (Kind::Int64, device));
        let other = Tensor::cat(&[place.narrow(0, rows / 2, rows - rows / 2), place.narrow(0, 0, rows / 2)], 0);
        let right = scores.argmax(1, false).eq_tensor(&other).to_kind(Kind::Float).mean(Kind::Float);
        let value = scores.cross_entropy_loss::<Tensor>(&other, None, Reduction::Mean, -100, 0.0);
        (value, right)
    }
}

impl Objective for InfoNce {
    fn is_separable(&self) -> bool {
        false
    }

    /// Its sum is the share of views that pick their other view.
    fn loss(&self, answers: &Answers, _rows: f64) -> Loss {
        let x = match (self.space, &answers.scores) {
            (Space::Projector, Some(scores)) => scores,
            _ => &answers.latent,
        };
        let (value, right) = self.of(x);
        Loss { value, sums: vec![right] }
    }
}
