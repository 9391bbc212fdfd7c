//! The cross entropy of classes.

use tch::{Device, Kind, Reduction, Tensor};

use super::{Answers, Loss, Objective, precise};

/// Cross entropy between scores and classes, with smoothed targets and a weight per class.
#[derive(Clone, Debug)]
pub struct CrossEntropy {
    /// The class of each cell trained on.
    pub classes: Vec<i64>,
    /// The weight of each class; their mean over the cells trained on is 1.
    pub weights: Vec<f32>,
    /// The share of each target that is spread over all classes (Szegedy et al. 2016).
    pub smoothing: f64,
}

impl CrossEntropy {
    /// The loss of each row, `[rows]`, less its weight.
    pub fn of(&self, scores: &Tensor, classes: &Tensor) -> Tensor {
        scores.cross_entropy_loss::<Tensor>(classes, None, Reduction::None, -100, self.smoothing)
    }
}

impl Objective for CrossEntropy {
    fn is_separable(&self) -> bool {
        true
    }

    /// Its sums are the share of right predictions, and by class the shares of rows of the class and of right ones.
    fn loss(&self, answers: &Answers, rows: f64) -> Loss {
        let scores = answers.scores.as_ref().expect("classification asks for scores");
        let scores = precise(scores);
        let classes: Vec<i64> = answers.cells.iter().map(|&cell| self.classes[cell]).collect();
        let weights: Vec<f32> = classes.iter().map(|&class| self.weights[class as usize]).collect();
        let classes = Tensor::from_slice(&classes).to_device(scores.device());
        let weights = Tensor::from_slice(&weights).to_device(scores.device());
        let value = (self.of(&scores, &classes) * weights).sum(scores.kind()) / rows;
        let right = scores.argmax(1, false).eq_tensor(&classes).to_kind(Kind::Float);
        let of_class = classes.one_hot(self.weights.len() as i64).to_kind(Kind::Float);
        let by_class = |t: &Tensor| t.sum_dim_intlist(0, false, Kind::Float) / rows;
        let sums =
            vec![right.sum(Kind::Float) / rows, by_class(&of_class), by_class(&(&of_class * right.unsqueeze(1)))];
        Loss { value, sums }
    }
}

/// Mean over the classes of the share of their rows that are right, from the sums of [`CrossEntropy`].
pub fn balanced_accuracy(sums: &[Tensor]) -> f64 {
    let values = |t: &Tensor| Vec::<f32>::try_from(t.to_device(Device::Cpu)).unwrap_or_default();
    let (all, right) = (values(&sums[1]), values(&sums[2]));
    let shares: Vec<f64> =
        all.iter().zip(&right).filter(|(n, _)| **n > 0.0).map(|(n, r)| f64::from(*r) / f64::from(*n)).collect();
    shares.iter().sum::<f64>() / shares.len() as f64
}
