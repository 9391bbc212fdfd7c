//! The DINO loss (Caron et al. 2021), as GraphDINO uses it.

use serde::Deserialize;
use tch::{Kind, Tensor};

/// Temperatures of the two softmaxes.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, serde::Serialize)]
pub struct Temperatures {
    /// Of the student's.
    pub student: f64,
    /// Of the teacher's; the lower, the more one-hot its targets.
    pub teacher: f64,
}

/// Cross entropy between each view's student and the other view's teacher.
#[derive(Clone, Copy, Debug)]
pub struct DinoLoss {
    /// Temperatures of the two softmaxes.
    pub temperatures: Temperatures,
}

/// Keeps the logarithm of a probability finite, as the published code does by adding this inside it.
const FLOOR: f64 = 1e-20;

impl DinoLoss {
    /// The teacher's targets: `softmax((logits - centre) / temperature)`, `[graphs, prototypes]`.
    pub fn targets(&self, teacher_logits: &Tensor, centre: &Tensor) -> Tensor {
        ((teacher_logits - centre) / self.temperatures.teacher).softmax(-1, Kind::Float)
    }

    /// The sum over both crossings and all cells; the first half of the rows is the first view of each cell, the second
    /// half the second. Divide by the number of rows for the published loss.
    pub fn sum(&self, targets: &Tensor, student_logits: &Tensor) -> Tensor {
        let half = targets.size()[0] / 2;
        // log(p + 1e-20), computed where p itself would underflow.
        let log_p = (student_logits / self.temperatures.student)
            .log_softmax(-1, Kind::Float)
            .logaddexp(&Tensor::from(FLOOR.ln() as f32).to_device(student_logits.device()));
        let crossed = Tensor::cat(&[targets.narrow(0, half, half), targets.narrow(0, 0, half)], 0);
        -(crossed * log_p).sum(Kind::Float)
    }
}
