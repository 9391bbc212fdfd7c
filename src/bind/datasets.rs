//! `datasets::`: the data sets of the field, as they are declared, checked, loaded and stood in for.

use std::path::Path;
use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use crate::data::{Population, Table};
use crate::datasets::{self, Dataset, Report};
use crate::error::{Error, Result};
use crate::script::registry::{self, Handles};
use crate::script::takes::{self, Takes, part};
use crate::script::{At, Options, RhaiResultOf, host};

/// What a check found.
type Checked = Rc<Report>;

/// What the options maps hold.
const TAKES: &[Takes] = &[Takes::new("datasets::grow", &[part::<GrowOptions>()], &[takes::SEED])];

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<Rc<Dataset>>("Dataset").handle::<Checked>("DataReport");
    engine.register_static_module("datasets", exported_module!(namespace).into());
}

/// How many stand-in cells are grown.
#[derive(serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
struct GrowOptions {
    times: usize,
}

impl Default for GrowOptions {
    fn default() -> Self {
        GrowOptions { times: 1 }
    }
}

/// The settings of a data set as a map.
fn settings(set: &Dataset) -> Result<Dynamic> {
    rhai::serde::to_dynamic(set).map_err(|e| Error::internal(format!("the settings of `{}`: {e}", set.name)))
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    use crate::script::values::array;
    use rhai::Array;

    /// The names of the data sets that are known.
    ///
    /// ```rhai
    /// print(datasets::names());
    /// ```
    #[rhai_fn(return_raw)]
    pub fn names(ctx: NativeCallContext) -> RhaiResultOf<Array> {
        Ok(array(datasets::all().at(&ctx)?.into_iter().map(|set| set.name)))
    }

    /// A data set by name. It prints as what to fetch, how to lay it out, and what to know.
    ///
    /// ```rhai
    /// print(datasets::get("act"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn get(ctx: NativeCallContext, name: &str) -> RhaiResultOf<Rc<Dataset>> {
        datasets::named(name).map(Rc::new).at(&ctx)
    }

    /// What is declared of a data set, as a map: `sources`, `columns`, `geometry`, `prepare`, `views`, `model`,
    /// `training`, `evaluation`, …
    ///
    /// ```rhai
    /// print(datasets::get("act").settings.views.subsample);
    /// ```
    #[rhai_fn(global, get = "settings", return_raw, pure)]
    pub fn settings_of(ctx: NativeCallContext, set: &mut Rc<Dataset>) -> RhaiResultOf<Dynamic> {
        settings(set).at(&ctx)
    }

    /// The data set's short name.
    #[rhai_fn(global, name = "name", get = "name", pure)]
    pub fn name_of(set: &mut Rc<Dataset>) -> String {
        set.name.clone()
    }

    /// The ids of its cells, where they are known.
    #[rhai_fn(global, get = "ids", pure)]
    pub fn ids(set: &mut Rc<Dataset>) -> Array {
        array(set.ids().into_iter().map(|(id, _)| id.to_string()))
    }

    /// Reads a data set's folder and prepares its cells as the published pipelines do: scaled, turned upright, joined,
    /// without axon, centred, as it is declared.
    ///
    /// ```rhai
    /// let cells = datasets::load("act", "data/act");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn load(ctx: NativeCallContext, name: &str, folder: &str) -> RhaiResultOf<Population> {
        host::note_input(Path::new(folder)).at(&ctx)?;
        let (cells, report) = datasets::named(name).and_then(|set| datasets::load(&set, Path::new(folder))).at(&ctx)?;
        if !report.is_clean() {
            tracing::warn!("{report}");
        }
        Ok(cells)
    }

    /// Prepares cells of a data set that have been read by other means.
    ///
    /// ```rhai
    /// let cells = datasets::prepare("act", datasets::grow("act"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn prepare(ctx: NativeCallContext, name: &str, cells: Population) -> RhaiResultOf<Population> {
        datasets::named(name).and_then(|set| datasets::prepare(&set, &cells)).at(&ctx)
    }

    /// Grows cells that stand in for a data set: with its label columns, unit and axes, not yet prepared.
    ///
    /// ```rhai
    /// print(datasets::grow("act").labels());
    /// ```
    #[rhai_fn(name = "grow", return_raw)]
    pub fn grow_plainly(ctx: NativeCallContext, name: &str) -> RhaiResultOf<Population> {
        grow(ctx, name, Map::new())
    }

    /// Grows stand-in cells. Options: `times` (1), how many times as many of each group as are declared; `seed`.
    ///
    /// ```rhai
    /// let many = datasets::grow("bbp", #{ times: 3, seed: 1 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn grow(ctx: NativeCallContext, name: &str, options: Map) -> RhaiResultOf<Population> {
        let mut given = Options::new(&ctx, "datasets::grow", options);
        let seed = given.seed()?;
        let GrowOptions { times } = given.parse()?;
        datasets::named(name).and_then(|set| datasets::grow(&set, times, seed)).at(&ctx)
    }

    /// Checks a folder against a data set's declaration, as `nms data check` does: counts, labels, ids, unit and axes.
    ///
    /// ```rhai
    /// let report = datasets::check("act", "data/act");
    /// if !report.clean { print(report.findings); }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn check(ctx: NativeCallContext, name: &str, folder: &str) -> RhaiResultOf<Checked> {
        host::note_input(Path::new(folder)).at(&ctx)?;
        datasets::named(name).and_then(|set| datasets::check(&set, Path::new(folder))).map(Rc::new).at(&ctx)
    }

    /// Whether nothing was missing, extra or odd.
    #[rhai_fn(global, get = "clean", pure)]
    pub fn clean(report: &mut Checked) -> bool {
        report.is_clean()
    }

    /// What was found, a row each: `kind` (`missing`, `extra`, `odd`), `about`, `message`, `help`.
    #[rhai_fn(global, get = "findings", return_raw, pure)]
    pub fn findings(ctx: NativeCallContext, report: &mut Checked) -> RhaiResultOf<Table> {
        report.table().at(&ctx)
    }

    /// What is as it should be, a text each.
    #[rhai_fn(global, get = "notes", pure)]
    pub fn notes(report: &mut Checked) -> Array {
        array(report.notes.iter().cloned())
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe_report(report: &mut Checked) -> String {
        report.to_string()
    }

    #[rhai_fn(global, name = "to_string", pure)]
    pub fn describe(set: &mut Rc<Dataset>) -> String {
        set.to_string().trim_end().to_string()
    }

    #[rhai_fn(global, name = "to_debug", pure)]
    pub fn describe_briefly(set: &mut Rc<Dataset>) -> String {
        format!("Dataset({}: {})", set.name, set.title)
    }
}
