//! Functions that fail, panic, count what lives and take options: what the host is tested with.

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;

use nms::error::{Error, Kind};
use nms::script::session::{Session, Setup};
use nms::script::trace::Failure;
use nms::script::{At, Options, RhaiResultOf};
use rhai::plugin::*;
use rhai::{Dynamic, FnPtr, Map};

thread_local! {
    /// Number of models that nobody has dropped yet.
    pub static ALIVE: Cell<usize> = const { Cell::new(0) };
}

/// A handle that is counted.
#[derive(Debug)]
pub struct Inner;

impl Drop for Inner {
    fn drop(&mut self) {
        ALIVE.set(ALIVE.get() - 1);
    }
}

/// The handle as scripts hold it.
pub type Model = Rc<Inner>;

#[derive(Clone, Debug, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TrainOptions {
    epochs: usize,
    lr: f64,
    seed: u64,
}

impl Default for TrainOptions {
    fn default() -> Self {
        TrainOptions { epochs: 1, lr: 0.1, seed: 0 }
    }
}

#[export_module]
mod toy {
    /// Makes a model.
    pub fn model() -> Model {
        ALIVE.set(ALIVE.get() + 1);
        Rc::new(Inner)
    }

    /// Reads a file that is not there.
    #[rhai_fn(return_raw)]
    pub fn load(ctx: NativeCallContext, path: &str) -> RhaiResultOf<Model> {
        let cause = std::io::Error::from(std::io::ErrorKind::NotFound);
        Err(Error::io("cannot open", Path::new(path), &cause).help("is the path right?")).at(&ctx)
    }

    /// The same with options.
    #[rhai_fn(name = "load", return_raw)]
    pub fn load_with(ctx: NativeCallContext, path: &str, options: Map) -> RhaiResultOf<Model> {
        drop(options);
        load(ctx, path)
    }

    /// Gives what its options say.
    #[rhai_fn(return_raw)]
    pub fn train(ctx: NativeCallContext, options: Map) -> RhaiResultOf<Dynamic> {
        let mut given = Options::new(&ctx, "toy::train", options);
        let on_step = given.closure("on_step")?;
        let options: TrainOptions = given.parse()?;
        for step in 0..options.epochs {
            if let Some(f) = &on_step {
                let _ignored: Dynamic = f.call_within_context(&ctx, (step as i64,))?;
            }
        }
        Ok(Dynamic::from(format!("{} epochs, lr {}", options.epochs, options.lr)))
    }

    /// Panics.
    pub fn panic() -> i64 {
        panic!("index out of bounds in a library")
    }

    /// Panics behind a guard.
    #[rhai_fn(return_raw)]
    pub fn guarded_panic(ctx: NativeCallContext) -> RhaiResultOf<i64> {
        nms::script::fail::guard(&ctx, || -> nms::error::Result<i64> { panic!("tensor shapes differ") })
    }

    /// Calls a closure.
    #[rhai_fn(return_raw)]
    pub fn apply(ctx: NativeCallContext, f: FnPtr) -> RhaiResultOf<Dynamic> {
        f.call_within_context(&ctx, (1_i64,))
    }

    /// Fails like a broken invariant.
    #[rhai_fn(return_raw)]
    pub fn fault(ctx: NativeCallContext) -> RhaiResultOf<i64> {
        Err(Error::new(Kind::Internal, "3 values do not fill 2 rows")).at(&ctx)
    }

    /// Number of layers.
    #[rhai_fn(get = "n_layers", pure, global)]
    pub fn n_layers(_model: &mut Model) -> i64 {
        3
    }

    /// Writes the model to a file.
    #[rhai_fn(global, pure)]
    pub fn save(_model: &mut Model, path: &str) {
        let _ = path;
    }

    /// One line.
    #[rhai_fn(name = "to_string", name = "to_debug", global, pure)]
    pub fn to_string(_model: &mut Model) -> String {
        "Model(3 layers)".into()
    }
}

/// Installs the namespace `toy`.
pub fn install(engine: &mut rhai::Engine) {
    engine.register_type_with_name::<Model>("Model");
    engine.register_static_module("toy", exported_module!(toy).into());
    // The standard module of reports names it; no test here calls what it would hold.
    engine.register_static_module("pages", rhai::Module::new().into());
}

/// A session with the toys.
pub fn session() -> Session {
    Session::new(install, &Setup::default())
}

/// The value of the last of some inputs, as the session shows it.
pub fn feed(session: &mut Session, inputs: &[&str]) -> String {
    let mut shown = String::new();
    for input in inputs {
        shown = match session.feed(input) {
            Ok(value) => session.show(&value),
            Err(failure) => panic!("{input}\n{}", failure.diagnostic.plain_text()),
        };
    }
    shown
}

/// The failure of a script.
pub fn failure(script: &str) -> Box<Failure> {
    session().run_text("cells.rhai", script).expect_err("the script should fail")
}

/// The report of a script that fails.
pub fn report(script: &str) -> String {
    failure(script).diagnostic.plain_text()
}
