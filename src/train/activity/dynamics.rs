//! Learning to forecast: the mean squared error over windows, horizon and neurons.

use serde_json::json;
use tch::{Kind, Tensor};

use super::options::{DynamicsOptions, FitOptions};
use super::recipe::{self, Lesson, Part};
use super::windows::{Frames, Group};
use crate::activity::Recording;
use crate::activity::forecast::Forecast;
use crate::activity::splits::Segment;
use crate::error::Result;
use crate::nn::Weights;
use crate::nn::activity::{Design, Guide, Network, Outlook, Shape, Task, forecast};
use crate::run::seed::stream;
use crate::train::course::{self, Moment, Plan, Recipe};
use crate::train::history::History;
use crate::train::step::Measured;

/// A network that has learnt to forecast, and what was measured meanwhile.
#[derive(Debug)]
pub struct Dynamics {
    /// The network.
    pub network: Network,
    /// Loss, learning rate and gradient norm; `validation_loss` and `validation_skill` where frames are held out.
    pub history: History,
}

/// Trains a fresh network to forecast.
///
/// # Errors
/// When an option makes no sense, recordings have different neurons, missing values or too few frames, and on a requested
/// stop, with the state in the checkpoint.
pub fn dynamics(
    design: &Design,
    train: &[Segment],
    options: &DynamicsOptions,
    fit: &FitOptions,
    lesson: Lesson,
) -> Result<Dynamics> {
    options.teacher.check("teacher", "lie between 0 and 1", |v| (0.0..=1.0).contains(&v))?;
    design.check(options.context)?;
    let frames = Frames::of_segments(train, (options.context, options.horizon), fit, lesson.seed)?;
    let shape = Shape {
        neurons: frames.neurons().to_vec(),
        context: options.context,
        task: Task::Forecast { horizon: options.horizon },
    };
    let mut network = Network::new(design.clone(), shape, lesson.seed, lesson.device)?;
    let architecture = network.described();
    let learns = json!({ "recipe": "dynamics", "network": architecture, "teacher": options.teacher });
    let shape = network.shape().clone();
    let mut recipe = Forecasts { design, shape: &shape, options };
    let plan = Plan {
        architecture,
        run: recipe::describe(learns, fit, lesson.seed, &frames),
        options: &fit.loop_options(),
        checkpoint: lesson.checkpoint,
        observe: lesson.observe,
        half_precision: false,
        suspects: "look for traces that are not z-scored",
    };
    let history = course::follow(&mut recipe, network.weights_mut(), &frames, plan)?;
    Ok(Dynamics { network, history })
}

struct Forecasts<'a> {
    design: &'a Design,
    shape: &'a Shape,
    options: &'a DynamicsOptions,
}

impl Forecasts<'_> {
    /// The share of a group in the error of its batch, and the same of persistence.
    fn loss(&self, weights: &Weights, group: Group, guided: Option<f64>) -> Result<Part> {
        let (n, device) = (self.shape.neurons.len(), weights.device());
        let seen = recipe::frames(&group.seen, &group, n, device);
        let coming = recipe::frames(&group.coming, &group, n, device);
        let shown = guided.filter(|_| self.design.outlook() == Outlook::Iterated).map(|probability| {
            let shown: Vec<f32> = group.coins.iter().map(|&c| f32::from(f64::from(c) < probability)).collect();
            Tensor::from_slice(&shown).reshape([group.numbers.len() as i64, -1]).to_device(device)
        });
        let guide = shown.as_ref().map(|shown| Guide { coming: &coming, shown });
        let mut rng = guided.map(|_| stream(group.seed, "dropout", 0));
        let told = forecast(self.design, weights, self.shape, &seen, guide.as_ref(), rng.as_mut());
        let values = (group.of * n * self.options.horizon) as f64;
        let error = |told: &Tensor| (told - &coming).square().sum(Kind::Float) / values;
        let still = tch::no_grad(|| error(&seen.narrow(1, seen.size()[1] - 1, 1)));
        Ok((error(&told), vec![still]))
    }
}

impl Recipe for Forecasts<'_> {
    type Group = Group;

    fn measure(&self, weights: &Weights, groups: Vec<Group>, at: Moment) -> Result<Measured> {
        let teacher = self.options.teacher.at(at.step, at.steps);
        recipe::measure(weights, groups, |weights, group| self.loss(weights, group, Some(teacher)))
    }

    fn judge(&self, weights: &Weights, groups: Vec<Group>, _at: Moment) -> Result<Vec<(&'static str, f64)>> {
        let judged = recipe::judge(weights, groups, |weights, group| self.loss(weights, group, None))?;
        let still = judged.sums[0].double_value(&[]);
        Ok(vec![("validation_loss", judged.loss), ("validation_skill", 1.0 - judged.loss / still)])
    }

    fn series(&self, _measured: &Measured) -> Vec<(&'static str, f64)> {
        Vec::new()
    }
}

impl Forecast for Dynamics {
    fn predict(&self, recording: &Recording, ends: &[usize], horizon: usize) -> Result<Vec<f64>> {
        self.network.predict(recording, ends, horizon)
    }
}

impl std::fmt::Display for Dynamics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{}", self.network, self.history)
    }
}
