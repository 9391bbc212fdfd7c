//! `train::`: training loops.

pub(super) mod recordings;

use std::path::Path;
use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, EvalAltResult, FnPtr, Map};

use super::cells::cells_of;
use super::device;
use super::handles::{ModelHandle, Neuron, Rows};
use crate::augment::Pipeline;
use crate::data::Labels;
use crate::error::{Error, Result};
use crate::nn::Model;
use crate::script::fail::guard;
use crate::script::registry::{self, Handles};
use crate::script::takes::{Extra, SEED, Takes, part};
use crate::script::{At, Options, RhaiResultOf, host, values};
use crate::train::activity::{FitOptions, StatesOptions};
use crate::train::{
    self, Checkpoint, Classifier, ClassifyOptions, ContrastiveOptions, Course, DinoOptions, Event, History,
    LoopOptions, ProfilesOptions,
};

/// What every training call takes beside the options of its loop.
const CALL: &[Extra; 3] = &[
    ("on_step", "closure that is told `#{ step, epoch, loss, lr }`"),
    ("on_epoch", "closure that is told `#{ epoch, step, loss, … }`"),
    SEED,
];

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("train::dino", &[part::<LoopOptions>(), part::<DinoOptions>()], CALL),
    Takes::new("train::contrastive", &[part::<LoopOptions>(), part::<ContrastiveOptions>()], CALL),
    Takes::new("train::profiles", &[part::<LoopOptions>(), part::<ProfilesOptions>()], CALL),
    // Of neurons, and of recordings.
    Takes::new("train::classify", &[part::<LoopOptions>(), part::<ClassifyOptions>()], CALL).with(
        &[part::<FitOptions>(), part::<StatesOptions>()],
        &[("views", "pipeline of augmentations; each neuron as it is"), recordings::DROP],
    ),
];

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<Rc<History>>("History").handle::<Rc<Classifier>>("NeuronClassifier");
    recordings::install(engine);
    let mut module = exported_module!(namespace);
    module.combine_flatten(recordings::functions());
    engine.register_static_module("train", module.into());
}

/// Where a training call of a run keeps its state. A session has no folder to resume from, so it keeps none.
fn checkpoint(function: &'static str) -> Result<Checkpoint> {
    let (number, is_session) = host::with(|run| (run.draws(function), run.settings.text_sha256.is_none()));
    if is_session {
        return Ok(Checkpoint::default());
    }
    let name = function.rsplit("::").next().unwrap_or(function);
    let path = host::out(&format!("checkpoints/{name}-{number}.safetensors"))?;
    Ok(Checkpoint { path: Some(path), resume: host::resume() })
}

/// Calls a script's `on_step` and `on_epoch` closures. What they throw ends the training and is kept for the caller.
struct Observer<'a> {
    ctx: &'a NativeCallContext<'a>,
    on_step: Option<FnPtr>,
    on_epoch: Option<FnPtr>,
    thrown: Option<Box<EvalAltResult>>,
}

impl Observer<'_> {
    fn call(&mut self, event: &Event) -> Result<()> {
        let (closure, name) = match event {
            Event::Step(_) => (&self.on_step, "on_step"),
            Event::Epoch(_) => (&self.on_epoch, "on_epoch"),
        };
        let Some(closure) = closure else { return Ok(()) };
        match closure.call_within_context::<Dynamic>(self.ctx, (told(event),)) {
            Ok(_) => Ok(()),
            Err(thrown) => {
                self.thrown = Some(thrown);
                Err(Error::value(format!("`{name}` ended the training")))
            }
        }
    }
}

/// An event as a script sees it.
fn told(event: &Event) -> Map {
    let whole = |n: u64| Dynamic::from(n as i64);
    match event {
        Event::Step(at) => Map::from([
            ("step".into(), whole(at.step)),
            ("epoch".into(), whole(at.epoch)),
            ("loss".into(), Dynamic::from(at.loss)),
            ("lr".into(), Dynamic::from(at.lr)),
        ]),
        Event::Epoch(end) => {
            let mut map: Map = end.measured.iter().map(|(k, v)| (k.into(), Dynamic::from(*v))).collect();
            map.insert("epoch".into(), whole(end.epoch));
            map.insert("step".into(), whole(end.step));
            map.insert("loss".into(), Dynamic::from(end.loss));
            map
        }
    }
}

/// What every training call takes beside its own options.
struct Call<'a> {
    function: &'static str,
    cells: Vec<Neuron>,
    seed: u64,
    options: LoopOptions,
    observer: Observer<'a>,
}

impl<'a> Call<'a> {
    /// Takes the common options out of the map.
    fn new(
        ctx: &'a NativeCallContext<'a>,
        function: &'static str,
        cells: &Dynamic,
        given: &mut Options,
    ) -> RhaiResultOf<Call<'a>> {
        let (on_step, on_epoch) = (given.closure("on_step")?, given.closure("on_epoch")?);
        let seed = given.seed()?;
        let options = given.part()?;
        let (cells, _) = cells_of("what a model learns from", cells).at(ctx)?;
        let observer = Observer { ctx, on_step, on_epoch, thrown: None };
        Ok(Call { function, cells, seed, options, observer })
    }

    /// Trains; an error that a closure threw is the call's.
    fn run<T>(mut self, train: impl FnOnce(Course) -> Result<T>) -> RhaiResultOf<T> {
        let ctx = self.observer.ctx;
        let outcome = guard(ctx, || {
            train(Course {
                cells: &self.cells,
                options: &self.options,
                seed: self.seed,
                checkpoint: &checkpoint(self.function)?,
                observe: &mut |event: &Event| self.observer.call(event),
            })
        });
        match self.observer.thrown {
            Some(thrown) => Err(thrown),
            None => outcome,
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

    /// Trains a model in place by self-distillation (DINO) on pairs of views of neurons; gives the history of loss,
    /// learning rate, gradient norm, marginal teacher entropy, and of the latents effective rank, alignment and uniformity.
    /// Each neuron is centred on its soma. A run that collapses is warned of, with what to change.
    ///
    /// Options of the loop, which every training function takes:
    ///
    /// - `steps` (1000), `batch` (64 cells), `accumulate` (1 batch per step);
    /// - `lr` (1e-4), `schedule` (`"exponential"`: times `decay`, 0.5, every fifth of the run; `"cosine"` down to `lr_end`,
    ///   0; `"constant"`), `warmup` (0.02 of the run), `clip` (none; the largest gradient norm), `weight_decay` (0);
    /// - `validation` (0; the share of the cells that is held out), `validate_every` (100 steps), `patience` (none; ends the
    ///   run after so many validations without a new lowest loss; the weights are the last step's);
    /// - `max_nodes` (1000), `sign_flips` (false; flips the signs of Laplacian encodings at random), `autocast` (false; half
    ///   precision products on CUDA, with scaled losses), `log_every` (10 steps), `checkpoint_every` (100 steps), `seed`;
    /// - `on_step`, a closure that is told `#{ step, epoch, loss, lr }`, and `on_epoch`, one that is told `#{ epoch, step,
    ///   loss, … }` with the last value of every series.
    ///
    /// Its own options: `momentum` (0.999, of the teacher), `centre_momentum` (0.9), `student_temperature` (0.9),
    /// `teacher_temperature` (0.06), `centring` (`"mean"`, or `"sinkhorn"` with `sinkhorn_steps`, 3), `koleo` (0; weight
    /// of what keeps latents apart). Momentum and temperatures may change: `#{ from: 0.04, to: 0.07, over: 0.3, shape:
    /// "linear" }` goes from one value to the other in the first 0.3 of the run (`shape` may be `"cosine"`).
    ///
    /// `nms run` keeps a checkpoint in the run's folder; `--resume` goes on from it to the same numbers.
    ///
    /// ```rhai
    /// let history = train::dino(model, cells, views, #{
    ///     steps: 2000, lr: 5e-4, schedule: "cosine", clip: 3.0,
    ///     momentum: #{ from: 0.996, to: 1.0, shape: "cosine" }, student_temperature: 0.1, centring: "sinkhorn",
    /// });
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
        let call = Call::new(&ctx, "train::dino", &cells, &mut given)?;
        let options: DinoOptions = given.parse()?;
        // A second handle on the same weights: the closure may use the model while it is trained.
        let mut trained: Model = model.borrow().shared();
        call.run(|course| train::dino(&mut trained, &views, &options, course)).map(Rc::new)
    }

    /// Contrastive training with the default options.
    ///
    /// ```rhai
    /// let history = train::contrastive(model, cells, views);
    /// ```
    #[rhai_fn(name = "contrastive", return_raw)]
    pub fn contrastive_by_default(
        ctx: NativeCallContext,
        model: ModelHandle,
        cells: Dynamic,
        views: Pipeline,
    ) -> RhaiResultOf<Rc<History>> {
        contrastive(ctx, model, cells, views, Map::new())
    }

    /// Trains a model in place with InfoNCE (SimCLR, Chen et al. 2020): each view must find the other view of its neuron
    /// among all others of the batch. Gives the history of loss, learning rate, gradient norm, `accuracy` (the share of
    /// views that find theirs), and of the latents effective rank, alignment and uniformity.
    ///
    /// Options: those of the loop, as `train::dino` takes them; `temperature` (0.1, or a map as there), `space`
    /// (`"projector"`: views are compared after the projector; `"latent"`).
    ///
    /// ```rhai
    /// let history = train::contrastive(model, cells, views, #{ steps: 2000, lr: 1e-3, schedule: "cosine" });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn contrastive(
        ctx: NativeCallContext,
        model: ModelHandle,
        cells: Dynamic,
        views: Pipeline,
        options: Map,
    ) -> RhaiResultOf<Rc<History>> {
        let mut given = Options::new(&ctx, "train::contrastive", options);
        let call = Call::new(&ctx, "train::contrastive", &cells, &mut given)?;
        let options: ContrastiveOptions = given.parse()?;
        let mut trained: Model = model.borrow().shared();
        call.run(|course| train::contrastive(&mut trained, &views, &options, course)).map(Rc::new)
    }

    /// Learning from shape profiles with the default options.
    ///
    /// ```rhai
    /// let history = train::profiles(model, cells, views);
    /// ```
    #[rhai_fn(name = "profiles", return_raw)]
    pub fn profiles_by_default(
        ctx: NativeCallContext,
        model: ModelHandle,
        cells: Dynamic,
        views: Pipeline,
    ) -> RhaiResultOf<Rc<History>> {
        profiles(ctx, model, cells, views, Map::new())
    }

    /// Trains a model in place so that distances between embeddings are those between the cells' shape profiles
    /// (`cells.profiles()`), whatever views of the cells it sees. Gives the history of loss (0 when all distances are right,
    /// 1 when all cells lie in one place), learning rate, gradient norm, and of the latents effective rank, alignment and
    /// uniformity. Made for `nn::morphology_encoder`, and works with any encoder.
    ///
    /// Options: those of the loop, as `train::dino` takes them; `profile`, a map of the options of `cells.profiles`; `agreement`
    /// (1; weight of the views of one cell lying in one place, beside the distances between cells).
    ///
    /// ```rhai
    /// let model = nn::morphology_encoder();
    /// let views = augment::pipeline([augment::drop_branches(2), augment::subsample(100..=400), augment::rotate("y")]);
    /// train::profiles(model, cells, views, #{ steps: 800, batch: 32, lr: 1e-3, schedule: "cosine", clip: 1.0 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn profiles(
        ctx: NativeCallContext,
        model: ModelHandle,
        cells: Dynamic,
        views: Pipeline,
        options: Map,
    ) -> RhaiResultOf<Rc<History>> {
        let mut given = Options::new(&ctx, "train::profiles", options);
        let call = Call::new(&ctx, "train::profiles", &cells, &mut given)?;
        let options: ProfilesOptions = given.parse()?;
        let mut trained: Model = model.borrow().shared();
        call.run(|course| train::profiles(&mut trained, &views, &options, course)).map(Rc::new)
    }

    /// Trains a model with a linear readout to tell classes, with the default options.
    ///
    /// ```rhai
    /// let types = train::classify(model, cells, cells.labels());
    /// ```
    #[rhai_fn(name = "classify", return_raw)]
    pub fn classify_by_default(
        ctx: NativeCallContext,
        model: ModelHandle,
        cells: Dynamic,
        labels: Dynamic,
    ) -> RhaiResultOf<Rc<Classifier>> {
        classify(ctx, model, cells, labels, Map::new())
    }

    /// Trains a model in place, with a linear readout of its latents, to tell classes; gives the classifier, which
    /// predicts other cells and holds the history. Cells without a label are left out.
    ///
    /// Options: those of the loop, as `train::dino` takes them; `mode` (`"fine_tune"`: encoder and readout learn together;
    /// `"probe"`: the encoder stays as it is, for which `lr: 0.01` is apt), `views` (a pipeline; without one each neuron is
    /// seen as it is), `balanced` (false; every class weighs the same), `smoothing` (0; of the targets). On cells held out
    /// by `validation`, neurons are seen as they are, and loss, accuracy and balanced accuracy are measured.
    ///
    /// ```rhai
    /// let types = train::classify(model, cells, cells.labels(), #{ mode: "probe", lr: 0.01, steps: 300 });
    /// print(types.predict(cells));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn classify(
        ctx: NativeCallContext,
        model: ModelHandle,
        cells: Dynamic,
        labels: Dynamic,
        options: Map,
    ) -> RhaiResultOf<Rc<Classifier>> {
        let labels = values::labels("the labels", &labels).at(&ctx)?;
        let mut given = Options::new(&ctx, "train::classify", options);
        let views = given.handle::<Pipeline>("views")?;
        let call = Call::new(&ctx, "train::classify", &cells, &mut given)?;
        let options: ClassifyOptions = given.parse()?;
        let mut trained: Model = model.borrow().shared();
        call.run(|course| train::classify(&mut trained, &labels, views.as_ref(), &options, course)).map(Rc::new)
    }

    /// A classifier of neurons that was saved.
    ///
    /// ```rhai
    /// train::classify(model, cells, cells.labels()).save(out("types.safetensors"));
    /// print(train::load_classifier(out("types.safetensors")).classes);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn load_classifier(ctx: NativeCallContext, path: &str) -> RhaiResultOf<Rc<Classifier>> {
        let path = Path::new(path);
        host::note_input(path).at(&ctx)?;
        guard(&ctx, || Classifier::load(path, device::chosen()?).map(Rc::new))
    }

    /// The most probable class of each neuron.
    ///
    /// ```rhai
    /// let predicted = train::classify(model, cells, cells.labels()).predict(cells);
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn predict(ctx: NativeCallContext, types: &mut Rc<Classifier>, cells: Dynamic) -> RhaiResultOf<Rc<Labels>> {
        guard(&ctx, || {
            let (cells, ids) = cells_of("what a classifier predicts", &cells)?;
            types.predict(&cells, ids).map(Rc::new)
        })
    }

    /// The probability of each class given each neuron: a column for each class.
    ///
    /// ```rhai
    /// let p = train::classify(model, cells, cells.labels()).probabilities(cells);
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn probabilities(ctx: NativeCallContext, types: &mut Rc<Classifier>, cells: Dynamic) -> RhaiResultOf<Rows> {
        guard(&ctx, || {
            let (cells, ids) = cells_of("what a classifier judges", &cells)?;
            types.probabilities(&cells, ids).map(Rc::new)
        })
    }

    /// The names of the classes.
    #[rhai_fn(global, get = "classes", pure)]
    pub fn classes(types: &mut Rc<Classifier>) -> Array {
        values::array(types.classes().iter().cloned())
    }

    /// What was measured in training; empty for a classifier that was loaded.
    #[rhai_fn(global, get = "history", pure)]
    pub fn history(types: &mut Rc<Classifier>) -> Rc<History> {
        Rc::new(types.history.clone())
    }

    /// Writes the encoder, the readout and the classes' names as safetensors.
    ///
    /// ```rhai
    /// train::classify(model, cells, cells.labels()).save(out("types.safetensors"));
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn save(ctx: NativeCallContext, types: &mut Rc<Classifier>, path: &str) -> RhaiResultOf<()> {
        guard(&ctx, || types.save(Path::new(path)))
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe_classifier(types: &mut Rc<Classifier>) -> String {
        types.to_string()
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
