//! The DINO loss (Caron et al. 2021), as GraphDINO uses it, and what keeps it from collapse.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::{Answers, Loss, Objective, koleo, sinkhorn};

/// What keeps all cells from falling to one prototype.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Centring {
    /// A running mean of the teacher's scores is subtracted, as published.
    #[default]
    Mean,
    /// Targets are balanced over the prototypes within each batch by Sinkhorn's iteration.
    Sinkhorn,
}

/// Cross entropy between each view's student and the other view's teacher.
#[derive(Clone, Copy, Debug)]
pub struct DinoLoss {
    /// Temperature of the student's softmax.
    pub student_temperature: f64,
    /// Temperature of the teacher's; the lower, the more one-hot its targets.
    pub teacher_temperature: f64,
    /// What keeps targets spread over the prototypes.
    pub centring: Centring,
    /// Iterations of Sinkhorn's balancing.
    pub sinkhorn_steps: usize,
    /// Weight of the KoLeo regulariser on the latents of each view.
    pub koleo: f64,
}

/// Keeps the logarithm of a probability finite, as the published code does by adding this inside it.
const FLOOR: f64 = 1e-20;

impl DinoLoss {
    /// The teacher's targets, `[rows, prototypes]`: `softmax((scores - centre) / temperature)`, or balanced.
    pub fn targets(&self, taught: &Tensor, centre: &Tensor) -> Tensor {
        match self.centring {
            Centring::Mean => ((taught - centre) / self.teacher_temperature).softmax(-1, Kind::Float),
            Centring::Sinkhorn => sinkhorn(&(taught / self.teacher_temperature), self.sinkhorn_steps),
        }
    }

    /// The sum over both crossings and all cells. Divide by the number of rows for the published loss.
    fn sum(&self, targets: &Tensor, scores: &Tensor) -> Tensor {
        let half = targets.size()[0] / 2;
        // log(p + 1e-20), computed where p itself would underflow.
        let log_p = (scores / self.student_temperature)
            .log_softmax(-1, Kind::Float)
            .logaddexp(&Tensor::from(FLOOR.ln() as f32).to_device(scores.device()));
        let crossed = Tensor::cat(&[targets.narrow(0, half, half), targets.narrow(0, 0, half)], 0);
        -(crossed * log_p).sum(Kind::Float)
    }
}

impl Objective for DinoLoss {
    fn is_separable(&self) -> bool {
        self.centring == Centring::Mean && self.koleo == 0.0
    }

    /// Its sums are those of the teacher's scores and of its targets, over the number of rows.
    fn loss(&self, answers: &Answers, rows: f64) -> Loss {
        let [scores, taught, centre] = [&answers.scores, &answers.taught, &answers.centre]
            .map(|t| t.as_ref().expect("self-distillation asks for scores of both networks and has a centre"));
        let targets = tch::no_grad(|| self.targets(taught, centre));
        let mut value = self.sum(&targets, scores) / rows;
        if self.koleo > 0.0 {
            let half = targets.size()[0] / 2;
            let views = [0, half].map(|from| koleo(&answers.latent.narrow(0, from, half)));
            value += (&views[0] + &views[1]) * (self.koleo / 2.0);
        }
        let mean_scores = taught.sum_dim_intlist(0, true, Kind::Float) / rows;
        let mean_target = targets.sum_dim_intlist(0, false, Kind::Float) / rows;
        Loss { value, sums: vec![mean_scores, mean_target] }
    }
}
