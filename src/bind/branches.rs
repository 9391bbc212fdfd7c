//! Pictures of a neuron's branches: `plot::dendrogram`, `plot::sholl`, and `show()` for the terminal.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use super::handles::Neuron;
use super::plot::drawn;
use super::rows::matrix_of;
use crate::data::Labels;
use crate::error::Result;
use crate::morph::measure::Sholl;
use crate::plot::{self, Figure, Plane, ShollProfile};
use crate::script::registry;
use crate::script::takes::{self, Takes, part};
use crate::script::{At, Options, RhaiResultOf, show, values};

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("plot::dendrogram", &[part::<crate::plot::DendrogramOptions>()], &[takes::THEME]),
    Takes::new("plot::sholl", &[part::<crate::plot::ShollPlotOptions>()], &[takes::LABELS, takes::THEME]),
];

/// Installs the neuron's method; the figures belong to `plot`.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.register_global_module(exported_module!(methods).into());
}

/// The functions of `plot`.
pub(super) fn functions() -> Module {
    exported_module!(namespace)
}

/// The profile of a Sholl analysis, or means of the rows of `cells.sholl(…)`.
fn profiles(value: &Dynamic, labels: Option<&Labels>) -> Result<Vec<ShollProfile>> {
    if let Some(sholl) = value.read_lock::<Rc<Sholl>>() {
        return Ok(vec![ShollProfile::of(&sholl)]);
    }
    ShollProfile::of_classes(&*matrix_of("what `plot::sholl` draws", value)?, labels)
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// A neuron's branches without their course in space: how they fork, how long and how thick they are.
    ///
    /// ```rhai
    /// plot::dendrogram(morph::synthesize("pyramidal")).save(out("branches.svg"));
    /// ```
    #[rhai_fn(name = "dendrogram", return_raw)]
    pub fn dendrogram_plainly(ctx: NativeCallContext, m: Neuron) -> RhaiResultOf<Figure> {
        dendrogram(ctx, m, Map::new())
    }

    /// A neuron's branches along an axis of path length. Options: `title`, `width_mm` (120), `height_mm` (as the tips
    /// need), `thickness` (`"radius"`, `"uniform"`), `color` (`"type"`, `"uniform"`), `unit` (`"µm"`).
    ///
    /// ```rhai
    /// plot::dendrogram(m, #{ title: m.name, color: "uniform" }).save(out("branches.svg"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn dendrogram(ctx: NativeCallContext, m: Neuron, options: Map) -> RhaiResultOf<Figure> {
        drawn(&ctx, Options::new(&ctx, "plot::dendrogram", options), move |options| plot::dendrogram(&m, options))
    }

    /// A Sholl profile: that of a neuron, or the mean of a population's cells with a band of one standard deviation.
    ///
    /// ```rhai
    /// plot::sholl(m.sholl(10)).save(out("sholl.svg"));
    /// ```
    #[rhai_fn(name = "sholl", return_raw)]
    pub fn sholl_plainly(ctx: NativeCallContext, profile: Dynamic) -> RhaiResultOf<Figure> {
        sholl(ctx, profile, Map::new())
    }

    /// Sholl profiles. Options: `labels` (a mean line for each class), `title`, `width_mm` (110), `height_mm` (70), `unit`
    /// (`"µm"`).
    ///
    /// ```rhai
    /// plot::sholl(cells.sholl(10), #{ labels: cells.labels() }).save(out("sholl.svg"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn sholl(ctx: NativeCallContext, profile: Dynamic, options: Map) -> RhaiResultOf<Figure> {
        let mut given = Options::new(&ctx, "plot::sholl", options);
        let labels = given.handle_with("labels", values::labels)?;
        let profiles = profiles(&profile, labels.as_deref()).at(&ctx)?;
        drawn(&ctx, given, move |options| plot::sholl(&profiles, options))
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod methods {
    /// Draws the neuron in the terminal's characters, seen along z, with a scale bar.
    ///
    /// ```rhai
    /// morph::synthesize("purkinje", #{ seed: 7 }).show();
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn show(ctx: NativeCallContext, m: &mut Neuron) -> RhaiResultOf<()> {
        let (columns, rows) = show::room();
        let drawn = plot::preview(m, Plane::Xy, columns, rows, "µm").at(&ctx)?;
        show::print(&drawn);
        Ok(())
    }
}
