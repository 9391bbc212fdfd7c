//! `train::`: training loops.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, EvalAltResult, FnPtr, Map};

use super::cells::cells_of;
use super::handles::ModelHandle;
use crate::augment::Pipeline;
use crate::error::{Error, Result};
use crate::nn::Model;
use crate::script::fail::guard;
use crate::script::registry::{self, Handles};
use crate::script::takes::{self, Takes, part};
use crate::script::{At, Options, RhaiResultOf, host};
use crate::train::{self, Checkpoint, DinoOptions, History, Progress};

/// What the options maps hold.
const TAKES: &[Takes] = &[Takes::new(
    "train::dino",
    &[part::<crate::train::DinoOptions>()],
    &[("on_step", "closure that is given each step's numbers"), takes::SEED],
)];

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<Rc<History>>("History");
    engine.register_static_module("train", exported_module!(namespace).into());
}

/// Where a training call of a run keeps its state. A session has no folder to resume from, so it keeps none.
fn checkpoint() -> Result<Checkpoint> {
    let (number, is_session) = host::with(|run| (run.draws("train::dino"), run.settings.text_sha256.is_none()));
    if is_session {
        return Ok(Checkpoint::default());
    }
    let path = host::out(&format!("checkpoints/dino-{number}.safetensors"))?;
    Ok(Checkpoint { path: Some(path), resume: host::resume() })
}

/// Calls a script's `on_step` closure. What it throws ends the training and is kept for the caller.
struct OnStep<'a> {
    ctx: &'a NativeCallContext<'a>,
    closure: Option<FnPtr>,
    thrown: Option<Box<EvalAltResult>>,
}

impl OnStep<'_> {
    fn call(&mut self, progress: &Progress) -> Result<()> {
        let Some(closure) = &self.closure else { return Ok(()) };
        let told = Map::from([
            ("step".into(), Dynamic::from(progress.step as i64)),
            ("loss".into(), Dynamic::from(progress.loss)),
            ("lr".into(), Dynamic::from(progress.lr)),
        ]);
        match closure.call_within_context::<Dynamic>(self.ctx, (told,)) {
            Ok(_) => Ok(()),
            Err(thrown) => {
                self.thrown = Some(thrown);
                Err(Error::value("`on_step` ended the training"))
            }
        }
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// Trains a model in place with the published options.
    ///
    /// ```rhai
    /// let history = train::dino(model, cells, views);
    /// ```
    #[rhai_fn(name = "dino", return_raw)]
    pub fn dino_as_published(
        ctx: NativeCallContext,
        model: ModelHandle,
        cells: Dynamic,
        views: Pipeline,
    ) -> RhaiResultOf<Rc<History>> {
        dino(ctx, model, cells, views, Map::new())
    }

    /// Trains a model in place by self-distillation (DINO) on views of neurons; gives the history of loss, learning rate,
    /// marginal teacher entropy and effective rank of the latents. Each neuron is centred on its soma.
    ///
    /// Options: `steps` (1000), `batch` (64 cells per step), `lr` (1e-4), `decay` (0.5 every fifth of the run),
    /// `momentum` (0.999, of the teacher), `centre_momentum` (0.9), `student_temperature` (0.9), `teacher_temperature`
    /// (0.06), `max_nodes` (1000), `log_every` (10 steps), `checkpoint_every` (100 steps), `autocast` (half precision
    /// products on CUDA), `seed`, `on_step` (a closure that is told `#{ step, loss, lr }`).
    ///
    /// `nms run` keeps a checkpoint in the run's folder; `--resume` goes on from it to the same numbers.
    ///
    /// ```rhai
    /// let history = train::dino(model, cells, views, #{ steps: 2000, batch: 64, lr: 1e-4 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn dino(
        ctx: NativeCallContext,
        model: ModelHandle,
        cells: Dynamic,
        views: Pipeline,
        options: Map,
    ) -> RhaiResultOf<Rc<History>> {
        let mut given = Options::new(&ctx, "train::dino", options);
        let closure = given.closure("on_step")?;
        let seed = given.seed()?;
        let options: DinoOptions = given.parse()?;
        let mut on_step = OnStep { ctx: &ctx, closure, thrown: None };
        let (cells, _) = cells_of("what a model learns from", &cells).at(&ctx)?;
        // A second handle on the same weights: the closure may use the model while it is trained.
        let mut trained: Model = model.borrow().shared();
        let outcome = guard(&ctx, || {
            train::dino(&mut trained, &cells, &views, &options, seed, &checkpoint()?, &mut |p| on_step.call(p))
        });
        match on_step.thrown {
            Some(thrown) => Err(thrown),
            None => outcome.map(Rc::new),
        }
    }

    /// The values of one series, such as `history["loss"]`, measured every `log_every` steps.
    #[rhai_fn(global, index_get, return_raw, pure)]
    pub fn series(ctx: NativeCallContext, history: &mut Rc<History>, name: &str) -> RhaiResultOf<Array> {
        let points = history.get(name).ok_or_else(|| {
            let names: Vec<&str> = history.series.iter().map(|(n, _)| n.as_str()).collect();
            Error::value(format!("the history has no series `{name}`")).help(format!("it has {}", names.join(", ")))
        });
        points.map(|p| p.iter().map(|&(_, value)| value.into()).collect()).at(&ctx)
    }

    /// Number of steps done.
    #[rhai_fn(global, get = "steps", pure)]
    pub fn steps(history: &mut Rc<History>) -> i64 {
        history.steps as i64
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe(history: &mut Rc<History>) -> String {
        history.to_string()
    }
}
