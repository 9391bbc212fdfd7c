//! One step: the networks' answers to groups of cells, the loss of all of them and its gradient.
//!
//! Groups are computed in parallel, each on a tape of its own. A loss that is a sum over cells goes forwards and back one
//! group at a time, so that only the groups in work are in memory. A loss that compares cells waits for the answers of all
//! groups; its gradient with respect to the answers then goes back on every group's tape.

use rayon::prelude::*;
use tch::{Device, Kind, Tensor};

use super::loss::{Answers, Loss, Objective};
use crate::data::Batch;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::nn::{Architecture, Graphs, Tape, Var, Weights, encode};

/// Cells that are computed together.
#[derive(Clone, Debug)]
pub struct Group {
    /// Their views: the first view of every cell, then the second where there are two.
    pub batch: Batch,
    /// The cells, by their places among those trained on.
    pub cells: Vec<usize>,
}

/// What scores are asked of the networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readout {
    /// None: the latents are enough.
    Latent,
    /// Those of the projector.
    Projector,
    /// Those of classes, by a linear layer on the latents whose weights are named [`CLASSIFIER`].
    Classifier,
}

/// The name of the layer that scores classes.
pub const CLASSIFIER: &str = "classifier";

/// What a step computes with.
pub struct Step<'a> {
    /// The model.
    pub architecture: &'a Architecture,
    /// The loss.
    pub objective: &'a dyn Objective,
    /// What it is computed from beside the latents.
    pub readout: Readout,
    /// Views of each cell.
    pub views: usize,
    /// Lets CUDA compute matrix products in half precision.
    pub autocast: bool,
    /// What the loss is multiplied with on its way back, so that half precision keeps small gradients.
    pub scale: f64,
    /// Where to compute.
    pub device: Device,
}

/// What a step measured.
#[derive(Debug)]
pub struct Measured {
    /// The loss.
    pub loss: f64,
    /// The loss' gradient for all of the student's weights in one row; none where none was asked for.
    pub gradient: Option<Tensor>,
    /// The student's latents, `[rows, latent]`, first views first.
    pub latents: Tensor,
    /// What the loss measured beside itself.
    pub sums: Vec<Tensor>,
}

/// A second network, which is only asked: no gradient reaches it.
pub enum Second<'a> {
    /// A teacher, whose scores of prototypes are wanted.
    Teacher {
        /// Its weights.
        weights: &'a Weights,
        /// What its scores are centred on, `[1, prototypes]`.
        centre: &'a Tensor,
    },
    /// The encoder itself, where the student is a readout of its latents.
    Encoder(&'a Weights),
}

/// The second network as it travels to a thread.
enum Asked {
    Nobody,
    Teacher(Weights, Tensor),
    Encoder(Weights),
}

impl Asked {
    fn new(second: Option<&Second>) -> Asked {
        match second {
            None => Asked::Nobody,
            Some(Second::Teacher { weights, centre }) => Asked::Teacher(weights.shared(), centre.shallow_clone()),
            Some(Second::Encoder(weights)) => Asked::Encoder(weights.shared()),
        }
    }
}

/// A group's answers, with the tape that leads back from them.
struct Recorded {
    answers: Answers,
    tape: Tape,
    student: Weights,
    latent: Var,
    scores: Option<Var>,
}

impl Step<'_> {
    /// Computes the loss and its gradient.
    ///
    /// # Errors
    /// When stopped on request.
    pub fn measure(&self, student: &Weights, second: Option<&Second>, groups: Vec<Group>) -> Result<Measured> {
        let rows = rows_of(&groups);
        // Tensors may move to a thread, but not be shared with one.
        let jobs: Vec<_> = groups.into_iter().map(|group| (group, student.leaves(), Asked::new(second))).collect();
        if self.objective.is_separable() {
            let parts = jobs.into_par_iter().map(|(group, student, asked)| {
                let recorded = self.answer(group, student, asked, Tape::recording())?;
                let (loss, seeds) = self.differentiate(&recorded.answers, rows);
                let gradient = recorded.back(seeds)?;
                Ok::<_, Error>((loss, gradient.0, gradient.1))
            });
            return self.sum(parts.collect::<Result<Vec<_>>>()?);
        }
        let recorded = jobs.into_par_iter();
        let recorded = recorded.map(|(group, student, asked)| self.answer(group, student, asked, Tape::recording()));
        let recorded: Vec<Recorded> = recorded.collect::<Result<_>>()?;
        let sizes: Vec<i64> = recorded.iter().map(|r| r.answers.cells.len() as i64).collect();
        let all = self.gather(recorded.iter().map(|r| &r.answers));
        let (loss, seeds) = self.differentiate(&all, rows);
        let latents = self.scatter(seeds.0, &sizes);
        let scores = self.scatter(seeds.1, &sizes);
        let jobs: Vec<_> = recorded.into_iter().zip(latents.into_iter().zip(scores)).collect();
        let gradients: Vec<Tensor> =
            jobs.into_par_iter().map(|(r, seeds)| Ok::<_, Error>(r.back(seeds)?.0)).collect::<Result<_>>()?;
        let gradient = gradients.into_iter().reduce(|sum, part| sum + part);
        Ok(Measured { loss: loss.value.double_value(&[]), gradient, latents: all.latent, sums: loss.sums })
    }

    /// Computes the loss of all groups together, without a gradient.
    ///
    /// # Errors
    /// When stopped on request.
    pub fn judge(&self, student: &Weights, second: Option<&Second>, groups: Vec<Group>) -> Result<Measured> {
        let rows = rows_of(&groups);
        let jobs: Vec<_> = groups.into_iter().map(|group| (group, student.shared(), Asked::new(second))).collect();
        let jobs = jobs.into_par_iter();
        let answers = jobs
            .map(|(group, student, asked)| Ok::<_, Error>(self.answer(group, student, asked, Tape::silent())?.answers));
        let answers: Vec<Answers> = answers.collect::<Result<_>>()?;
        let all = self.gather(answers.iter());
        let loss = tch::no_grad(|| self.objective.loss(&all, rows));
        Ok(Measured { loss: loss.value.double_value(&[]), gradient: None, latents: all.latent, sums: loss.sums })
    }

    /// Asks the networks about one group.
    fn answer(&self, group: Group, student: Weights, asked: Asked, mut tape: Tape) -> Result<Recorded> {
        interrupt::check()?;
        let graphs = Graphs::new(&group.batch, self.device);
        let project = self.readout == Readout::Projector;
        let ask = |weights: &Weights, tape: &mut Tape, project: bool| {
            tch::autocast(self.autocast, || encode(self.architecture, weights, &graphs, tape, project))
        };
        let (mut taught, mut centre) = (None, None);
        let encoded = match asked {
            Asked::Nobody => ask(&student, &mut tape, project)?,
            Asked::Teacher(weights, its_centre) => {
                taught = ask(&weights, &mut Tape::silent(), true)?.logits.map(|scores| scores.value);
                centre = Some(its_centre);
                ask(&student, &mut tape, project)?
            }
            Asked::Encoder(weights) => ask(&weights, &mut Tape::silent(), project)?,
        };
        let (latent, mut scores) = (encoded.latent, encoded.logits);
        if self.readout == Readout::Classifier {
            let layer = student.scope("");
            let [classes] = tape.segment([&latent], |[z]| [layer.linear(CLASSIFIER, &z.to_kind(Kind::Float))]);
            scores = Some(classes);
        }
        let answers = Answers {
            latent: latent.value.shallow_clone(),
            scores: scores.as_ref().map(|s| s.value.shallow_clone()),
            taught,
            centre,
            cells: group.cells,
        };
        Ok(Recorded { answers, tape, student, latent, scores })
    }

    /// The loss, and its gradients with respect to latents and scores, multiplied with the scale.
    fn differentiate(&self, answers: &Answers, rows: f64) -> (Loss, (Option<Tensor>, Option<Tensor>)) {
        let leaf = |t: &Tensor| t.detach().set_requires_grad(true);
        let leaves = Answers {
            latent: leaf(&answers.latent),
            scores: answers.scores.as_ref().map(leaf),
            taught: answers.taught.as_ref().map(Tensor::shallow_clone),
            centre: answers.centre.as_ref().map(Tensor::shallow_clone),
            cells: answers.cells.clone(),
        };
        let loss = tch::with_grad(|| self.objective.loss(&leaves, rows));
        (&loss.value * self.scale).backward();
        let gradient = |leaf: &Tensor| Some(leaf.grad()).filter(Tensor::defined);
        let seeds = (gradient(&leaves.latent), leaves.scores.as_ref().and_then(gradient));
        (Loss { value: loss.value.detach(), sums: loss.sums }, seeds)
    }

    /// The answers of several groups as those of one.
    fn gather<'b>(&self, groups: impl Iterator<Item = &'b Answers> + Clone) -> Answers {
        let all = |of: fn(&Answers) -> Option<&Tensor>| {
            let parts: Option<Vec<&Tensor>> = groups.clone().map(of).collect();
            parts.filter(|parts| !parts.is_empty()).map(|parts| self.in_views(&parts))
        };
        let latent = all(|a| Some(&a.latent));
        Answers {
            latent: latent.unwrap_or_else(|| Tensor::zeros([0, 0], (Kind::Float, self.device))),
            scores: all(|a| a.scores.as_ref()),
            taught: all(|a| a.taught.as_ref()),
            centre: groups.clone().find_map(|a| a.centre.as_ref().map(Tensor::shallow_clone)),
            cells: groups.flat_map(|a| a.cells.clone()).collect(),
        }
    }

    /// Rows of several groups: the first views of all, then the second.
    fn in_views(&self, parts: &[&Tensor]) -> Tensor {
        let views = self.views as i64;
        let stretch = |view: i64, part: &Tensor| {
            let cells = part.size()[0] / views;
            part.narrow(0, view * cells, cells)
        };
        let pieces: Vec<Tensor> =
            (0..views).flat_map(|view| parts.iter().map(move |part| stretch(view, part))).collect();
        Tensor::cat(&pieces, 0)
    }

    /// The rows of each group again, `cells` being the numbers of their cells.
    fn scatter(&self, all: Option<Tensor>, cells: &[i64]) -> Vec<Option<Tensor>> {
        let Some(all) = all else { return cells.iter().map(|_| None).collect() };
        let total: i64 = cells.iter().sum();
        let mut at = 0;
        let part = |&count: &i64| {
            let views: Vec<Tensor> =
                (0..self.views as i64).map(|view| all.narrow(0, view * total + at, count)).collect();
            at += count;
            Some(Tensor::cat(&views, 0))
        };
        cells.iter().map(part).collect()
    }

    /// Adds up the groups' parts.
    fn sum(&self, parts: Vec<(Loss, Tensor, Answers)>) -> Result<Measured> {
        let latents = self.in_views(&parts.iter().map(|(.., answers)| &answers.latent).collect::<Vec<_>>());
        let sum =
            parts.into_iter().map(|(loss, gradient, _)| (loss, gradient)).reduce(|(mut sum, total), (loss, part)| {
                sum.value += loss.value;
                sum.sums.iter_mut().zip(&loss.sums).for_each(|(total, part)| *total += part);
                (sum, total + part)
            });
        let (loss, gradient) = sum.ok_or_else(|| Error::internal("a step without cells"))?;
        let value = loss.value.double_value(&[]);
        Ok(Measured { loss: value, gradient: Some(gradient), latents, sums: loss.sums })
    }
}

impl Recorded {
    /// Goes back from the gradients of the answers to that of the weights, in one row.
    fn back(self, (latent, scores): (Option<Tensor>, Option<Tensor>)) -> Result<(Tensor, Answers)> {
        let mut seeds = Vec::new();
        if let Some(gradient) = latent.filter(|_| self.latent.is_recorded()) {
            seeds.push((&self.latent, gradient));
        }
        if let (Some(value), Some(gradient)) = (&self.scores, scores) {
            seeds.push((value, gradient));
        }
        self.tape.backward_from(&seeds)?;
        Ok((self.student.gradient(), self.answers))
    }
}

impl Measured {
    /// The mean of several batches' measurements; latents are those of the last.
    pub fn mean(parts: Vec<Measured>) -> Option<Measured> {
        let count = parts.len() as f64;
        let sum = parts.into_iter().reduce(|sum, part| Measured {
            loss: sum.loss + part.loss,
            gradient: sum.gradient.zip(part.gradient).map(|(a, b)| a + b),
            latents: part.latents,
            sums: sum.sums.iter().zip(&part.sums).map(|(a, b)| a + b).collect(),
        })?;
        if count == 1.0 {
            return Some(sum);
        }
        Some(Measured {
            loss: sum.loss / count,
            gradient: sum.gradient.map(|g| g / count),
            latents: sum.latents,
            sums: sum.sums.iter().map(|s| s / count).collect(),
        })
    }
}

fn rows_of(groups: &[Group]) -> f64 {
    groups.iter().map(|g| g.batch.graphs()).sum::<usize>() as f64
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::augment::View;
    use crate::morph::NO_PARENT;
    use crate::nn::{GraphDinoOptions, initialise};
    use crate::train::loss::{Centring, DinoLoss, Geometry, InfoNce, Space};

    /// Two views of each of five cells, chains of different lengths and bends.
    fn views(cells: std::ops::Range<usize>) -> Vec<View> {
        let view = |cell: usize, which: usize| {
            let nodes = 3 + cell;
            View {
                position: (0..nodes)
                    .map(|i| [i as f32, (i * (cell + 1)) as f32 * 0.3, (which + cell) as f32 * 0.2])
                    .collect(),
                radius: vec![1.0; nodes],
                kind: vec![3; nodes],
                parent: (0..nodes as u32).map(|i| if i == 0 { NO_PARENT } else { (i - 1) / 2 * 2 }).collect(),
                sample: (0..nodes as u32).collect(),
                anchor: 0,
            }
        };
        (0..2).flat_map(|which| cells.clone().map(move |cell| view(cell, which))).collect()
    }

    /// Losses that compare cells give the same gradient however cells are grouped, and it is the slope of the loss.
    #[test]
    fn losses_over_a_whole_batch_go_back_through_groups() {
        let small =
            GraphDinoOptions { dim: 8, depth: 2, heads: 2, prototypes: 12, positional_dim: 2, ..Default::default() };
        let architecture = small.architecture().unwrap();
        let student = initialise(&architecture, 3);
        let teacher = initialise(&architecture, 4);
        let centre = Tensor::zeros([1, 12], (Kind::Float, Device::Cpu));
        let group = |cells: std::ops::Range<usize>| Group {
            batch: Batch::new(&views(cells.clone()), &architecture.layout()),
            cells: cells.collect(),
        };
        let balanced = DinoLoss {
            student_temperature: 0.3,
            teacher_temperature: 0.5,
            centring: Centring::Sinkhorn,
            sinkhorn_steps: 3,
            koleo: 0.2,
        };
        let targets = Geometry { targets: (0..15).map(|i| ((i * i) as f32).sin()).collect(), width: 3, agreement: 0.7 };
        let objectives: [&dyn Objective; 4] = [
            &targets,
            &balanced,
            &DinoLoss { centring: Centring::Mean, koleo: 0.0, ..balanced },
            &InfoNce { temperature: 0.5, space: Space::Projector },
        ];
        for objective in objectives {
            let step = Step {
                architecture: &architecture,
                objective,
                readout: Readout::Projector,
                views: 2,
                autocast: false,
                scale: 1.0,
                device: Device::Cpu,
            };
            let second = Second::Teacher { weights: &teacher, centre: &centre };
            let measure = |groups| step.measure(&student, Some(&second), groups).unwrap();
            let (whole, parts) = (measure(vec![group(0..5)]), measure(vec![group(0..2), group(2..5)]));
            let (gradient, other) = (whole.gradient.unwrap(), parts.gradient.unwrap());
            let length = gradient.square().sum(Kind::Double).sqrt().double_value(&[]);
            let apart = (&gradient - &other).square().sum(Kind::Double).sqrt().double_value(&[]);
            assert!((whole.loss - parts.loss).abs() < 1e-5 && apart < 1e-4 * length, "{apart} of {length}");
            assert!((&whole.latents - &parts.latents).abs().max().double_value(&[]) < 1e-5);
            let value = |by: f64| {
                let moved = student.copied();
                let moved = moved.with(&moved.split(&(student.flat() + &gradient * (by / length))));
                step.judge(&moved, Some(&second), vec![group(0..5)]).unwrap().loss
            };
            let slope = (value(2e-3) - value(-2e-3)) / 4e-3;
            assert!((slope / length - 1.0).abs() < 0.03, "slope {slope} for {length}");
        }
    }
}
