//! Measures of neurons: metrics by name and convention, Sholl analysis, segments.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, Map, Module};

use super::handles::{Neuron, Rows};
use super::morph::kinds;
use crate::data::{Population, ProfileOptions};
use crate::error::{Error, Result};
use crate::morph::measure::{self, Explanation, MetricOptions, Segments, Sholl, ShollOptions, Value};
use crate::script::fail::guard;
use crate::script::registry::{self, Handles};
use crate::script::takes::{self, Takes, part};
use crate::script::values::{array, number, texts};
use crate::script::{At, Options, RhaiResultOf};

type ShollHandle = Rc<Sholl>;
type SegmentsHandle = Rc<Segments>;
type ExplanationHandle = Rc<Explanation>;

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("metric", &[part::<crate::morph::measure::MetricOptions>()], &[takes::KINDS]),
    Takes::new("metrics", &[part::<crate::morph::measure::MetricOptions>()], &[takes::KINDS]),
    Takes::new("profiles", &[part::<ProfileOptions>()], &[]),
    Takes::new("sholl", &[part::<crate::morph::measure::ShollOptions>()], &[takes::KINDS]),
];

/// Installs the methods and the handles' types.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine
        .handle::<ShollHandle>("Sholl")
        .handle::<SegmentsHandle>("Segments")
        .handle::<ExplanationHandle>("Explanation");
    engine.register_global_module(exported_module!(of_neurons).into());
    engine.register_global_module(exported_module!(of_populations).into());
    engine.register_global_module(exported_module!(tables).into());
}

/// What belongs into the namespace `morph`.
pub(super) fn of_morph() -> Module {
    exported_module!(namespace)
}

/// Options of a metric; `type` may be a name, a number or an array of them.
fn metric_options(ctx: &NativeCallContext, function: &'static str, options: Map) -> RhaiResultOf<MetricOptions> {
    let mut given = Options::new(ctx, function, options);
    let kinds = given.handle_with("type", kinds)?;
    Ok(MetricOptions { kinds, ..given.parse()? })
}

fn sholl_options(ctx: &NativeCallContext, options: Map) -> RhaiResultOf<ShollOptions> {
    let mut given = Options::new(ctx, "sholl", options);
    let kinds = given.handle_with("type", kinds)?;
    Ok(ShollOptions { kinds, ..given.parse()? })
}

/// Spheres so far apart.
fn sholl_step(step: &Dynamic) -> Result<ShollOptions> {
    let step = number("the step of `sholl`", step)?;
    Ok(ShollOptions { step, ..ShollOptions::default() })
}

/// A value as scripts hold it: a number, an array, an array of arrays, or a map.
fn shown(value: Value) -> Dynamic {
    match value {
        Value::Number(number) => number.into(),
        Value::List(values) => array(values).into(),
        Value::Rows(rows) => array(rows.into_iter().map(|row| Dynamic::from_array(array(row)))).into(),
        Value::Stats(stats) => {
            stats.fields().into_iter().map(|(name, v)| (name.into(), v.into())).collect::<Map>().into()
        }
    }
}

/// One column of a table by its name.
fn column(table: &crate::data::Matrix, name: &str) -> Result<Array> {
    let at = table.columns().iter().position(|c| c == name).ok_or_else(|| {
        Error::value(format!("no column `{name}`")).help(format!("columns: {}", table.columns().join(", ")))
    })?;
    Ok(array(table.iter_rows().map(|row| row[at])))
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// The table of metrics: for each its `name`, `unit` (positions taken for micrometres), `level` (what it has a value
    /// for), `definition`, `source`, and the names that other tools have in its place (`neurom`, `lmeasure`, `navis`).
    ///
    /// ```rhai
    /// for metric in morph::metrics() { print(`${metric.name} [${metric.unit}]: ${metric.definition}`); }
    /// ```
    #[rhai_fn(name = "metrics")]
    pub fn metric_table() -> Array {
        let row = |m: &measure::Metric| {
            let mut row = Map::new();
            let facts = [("name", m.name), ("unit", m.unit), ("level", m.level.name())];
            for (key, value) in facts.into_iter().chain([("definition", m.definition), ("source", m.source)]) {
                row.insert(key.into(), value.into());
            }
            for theirs in m.theirs.iter() {
                row.insert(theirs.convention.name().into(), theirs.name.into());
            }
            row
        };
        array(measure::metrics().iter().map(row))
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod of_neurons {
    /// A metric by its name; `morph::metrics()` lists them. One with a value for each section, fork, edge or neurite
    /// gives an array.
    ///
    /// ```rhai
    /// print(m.metric("total_length"));
    /// ```
    #[rhai_fn(name = "metric", return_raw, pure)]
    pub fn metric_plainly(ctx: NativeCallContext, m: &mut Neuron, name: &str) -> RhaiResultOf<Dynamic> {
        m.metric(name, &MetricOptions::default()).map(shown).at(&ctx)
    }

    /// A metric by its name. Options: `as` (whose definition: `"nms"`, `"neurom"`, `"lmeasure"`, `"navis"`; the tool's own
    /// names work as well), `type` (`"axon"`, `"dendrite"`, …, a number, or an array of them), `reduce` (makes one number
    /// of many: `"sum"`, `"mean"`, `"median"`, `"min"`, `"max"`, `"sd"`, `"count"`). A function of L-Measure under its own
    /// name gives a map of `total`, `count`, `min`, `mean`, `max`, `sd`.
    ///
    /// ```rhai
    /// print(m.metric("total_length", #{ as: "lmeasure" }));
    /// print(m.metric("section_lengths", #{ type: "axon", reduce: "median" }));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn metric(ctx: NativeCallContext, m: &mut Neuron, name: &str, options: Map) -> RhaiResultOf<Dynamic> {
        let options = metric_options(&ctx, "metric", options)?;
        m.metric(name, &options).map(shown).at(&ctx)
    }

    /// A metric in every convention that has it, side by side, and why the numbers differ. Of a metric with many values
    /// the means are compared.
    ///
    /// ```rhai
    /// print(m.explain("total_length"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn explain(ctx: NativeCallContext, m: &mut Neuron, name: &str) -> RhaiResultOf<ExplanationHandle> {
        m.explain(name).map(Rc::new).at(&ctx)
    }

    /// Sholl analysis with spheres `step` apart about the soma, out to the end of the neuron; crossings are counted by
    /// edges.
    ///
    /// ```rhai
    /// let s = m.sholl(10);
    /// print(s.crossings);
    /// ```
    #[rhai_fn(name = "sholl", return_raw, pure)]
    pub fn sholl_by_step(ctx: NativeCallContext, m: &mut Neuron, step: Dynamic) -> RhaiResultOf<ShollHandle> {
        if step.is::<Map>() {
            return sholl(ctx, m, step.cast());
        }
        m.sholl(&sholl_step(&step).at(&ctx)?).map(Rc::new).at(&ctx)
    }

    /// Sholl analysis. Options: `step` (10, in the file's unit) or `radii` (ascending), `centre` (an array of x, y, z; the
    /// soma, or the first root), `type` (`"axon"`, `"dendrite"`, …, or an array of them), `soma_edges` (false: edges that
    /// start at the soma do not count).
    ///
    /// ```rhai
    /// m.sholl(#{ step: 20, type: "dendrite" }).save(out("sholl.csv"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn sholl(ctx: NativeCallContext, m: &mut Neuron, options: Map) -> RhaiResultOf<ShollHandle> {
        let options = sholl_options(&ctx, options)?;
        m.sholl(&options).map(Rc::new).at(&ctx)
    }

    /// The segment analysis of navis: for each run between roots, forks and leaves its length, tortuosity, distance to the
    /// root, Strahler order, radii and volume. Edges at the soma count.
    ///
    /// ```rhai
    /// m.segments().save(out("segments.csv"));
    /// ```
    #[rhai_fn(pure)]
    pub fn segments(m: &mut Neuron) -> SegmentsHandle {
        Rc::new(m.segments())
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod of_populations {
    /// Shape profiles of the cells: a matrix with one row each, ready for `evaluate`, `cluster` and `reduce`.
    ///
    /// ```rhai
    /// print(evaluate::cross_validate(cells.profiles(), cells.labels(), #{ classifier: "knn", folds: "loo" }));
    /// ```
    #[rhai_fn(name = "profiles", return_raw, pure)]
    pub fn profiles_plainly(ctx: NativeCallContext, cells: &mut Population) -> RhaiResultOf<Rows> {
        profiles(ctx, cells, Map::new())
    }

    /// Shape profiles of the cells: how cable lies over depth, over the distance from the vertical through the soma, along
    /// the path and over branch orders; crossings of spheres; lengths and tortuosity of sections; the path-length barcode;
    /// sizes, radii and types. Every column has mean 0 over these cells, and every block of columns the same weight; bins
    /// reach as far as nine of ten of these cells. Nothing changes when a cell is turned about the vertical.
    ///
    /// Options: `blocks` (all; an array of `"size"`, `"sholl"`, `"depth"`, `"lateral"`, `"path"`, `"order"`, `"moments"`,
    /// `"sections"`, `"persistence"`, `"radius"`, `"types"`), `vertical` (`"y"`; the axis that depth is measured along).
    ///
    /// ```rhai
    /// let shapes = cells.profiles(#{ blocks: ["size", "sholl", "depth"], vertical: "z" });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn profiles(ctx: NativeCallContext, cells: &mut Population, options: Map) -> RhaiResultOf<Rows> {
        let options: ProfileOptions = Options::new(&ctx, "profiles", options).parse()?;
        guard(&ctx, || {
            let neurons = cells.neurons()?;
            crate::data::profiles(&neurons, Arc::clone(cells.ids()), &options).map(Rc::new)
        })
    }

    /// A metric of each cell, as an array of numbers.
    ///
    /// ```rhai
    /// let lengths = cells.metric("total_length");
    /// ```
    #[rhai_fn(name = "metric", return_raw, pure)]
    pub fn metric_plainly(ctx: NativeCallContext, cells: &mut Population, name: &str) -> RhaiResultOf<Array> {
        cells.metric(name, &MetricOptions::default()).map(array).at(&ctx)
    }

    /// A metric of each cell, as an array of numbers. Options as for a neuron: `as`, `type`, and `reduce`, which a metric
    /// with many values for each cell needs.
    ///
    /// ```rhai
    /// let lengths = cells.metric("section_lengths", #{ type: "axon", reduce: "mean" });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn metric(ctx: NativeCallContext, cells: &mut Population, name: &str, options: Map) -> RhaiResultOf<Array> {
        let options = metric_options(&ctx, "metric", options)?;
        cells.metric(name, &options).map(array).at(&ctx)
    }

    /// Metrics of each cell by their names, one row per cell. Options as for `metric`.
    ///
    /// ```rhai
    /// cells.metrics(["total_length", "n_tips"], #{ as: "neurom", type: "axon" }).save(out("axons.csv"));
    /// ```
    #[rhai_fn(name = "metrics", return_raw, pure)]
    pub fn metrics_named(
        ctx: NativeCallContext,
        cells: &mut Population,
        names: Dynamic,
        options: Map,
    ) -> RhaiResultOf<Rows> {
        let names = texts("the names of metrics", &names).at(&ctx)?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        cells.metrics_named(&names, &metric_options(&ctx, "metrics", options)?).map(Rc::new).at(&ctx)
    }

    /// Metrics of each cell by their names, in our convention, one row per cell.
    ///
    /// ```rhai
    /// let sizes = cells.metrics(["total_length", "n_tips"]);
    /// ```
    #[rhai_fn(name = "metrics", return_raw, pure)]
    pub fn metrics_named_plainly(ctx: NativeCallContext, cells: &mut Population, names: Dynamic) -> RhaiResultOf<Rows> {
        metrics_named(ctx, cells, names, Map::new())
    }

    /// Crossings of each cell with the same spheres, `step` apart: one row per cell, one column per sphere.
    ///
    /// ```rhai
    /// cells.sholl(10).save(out("sholl.csv"));
    /// ```
    #[rhai_fn(name = "sholl", return_raw, pure)]
    pub fn sholl_by_step(ctx: NativeCallContext, cells: &mut Population, step: Dynamic) -> RhaiResultOf<Rows> {
        if step.is::<Map>() {
            return sholl(ctx, cells, step.cast());
        }
        cells.sholl(&sholl_step(&step).at(&ctx)?).map(Rc::new).at(&ctx)
    }

    /// Crossings of each cell with the same spheres; options as for a neuron.
    ///
    /// ```rhai
    /// let profiles = cells.sholl(#{ step: 20, type: "axon" });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn sholl(ctx: NativeCallContext, cells: &mut Population, options: Map) -> RhaiResultOf<Rows> {
        let options = sholl_options(&ctx, options)?;
        cells.sholl(&options).map(Rc::new).at(&ctx)
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod tables {
    /// Radii of the spheres.
    #[rhai_fn(get = "radii", pure)]
    pub fn radii(sholl: &mut ShollHandle) -> Array {
        array(sholl.radii.iter().copied())
    }

    /// Edges that cross each sphere.
    #[rhai_fn(get = "crossings", pure)]
    pub fn crossings(sholl: &mut ShollHandle) -> Array {
        array(sholl.crossings.iter().map(|&n| n as i64))
    }

    /// Cable length between each sphere and the one before.
    #[rhai_fn(get = "lengths", pure)]
    pub fn lengths(sholl: &mut ShollHandle) -> Array {
        array(sholl.lengths.iter().copied())
    }

    /// Forks between each sphere and the one before.
    #[rhai_fn(get = "forks", pure)]
    pub fn forks(sholl: &mut ShollHandle) -> Array {
        array(sholl.forks.iter().map(|&n| n as i64))
    }

    /// Tips between each sphere and the one before.
    #[rhai_fn(get = "tips", pure)]
    pub fn tips(sholl: &mut ShollHandle) -> Array {
        array(sholl.tips.iter().map(|&n| n as i64))
    }

    /// Writes one row for each sphere as `.csv` or `.npy`.
    ///
    /// ```rhai
    /// m.sholl(10).save(out("sholl.csv"));
    /// ```
    #[rhai_fn(name = "save", return_raw, pure)]
    pub fn save_sholl(ctx: NativeCallContext, sholl: &mut ShollHandle, path: &str) -> RhaiResultOf<()> {
        sholl.save(Path::new(path)).at(&ctx)
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_sholl(sholl: &mut ShollHandle) -> String {
        sholl.to_string()
    }

    /// Number of segments.
    #[rhai_fn(get = "len", name = "len", pure)]
    pub fn n_segments(segments: &mut SegmentsHandle) -> i64 {
        segments.rows.len() as i64
    }

    /// A column by its name: `length`, `tortuosity`, `root_dist`, `strahler_index`, `radius_mean`, `radius_min`,
    /// `radius_max`, `volume`.
    #[rhai_fn(index_get, return_raw, pure)]
    pub fn segment_column(ctx: NativeCallContext, segments: &mut SegmentsHandle, name: &str) -> RhaiResultOf<Array> {
        segments.matrix().and_then(|table| column(&table, name)).at(&ctx)
    }

    /// The table as a matrix, a row for each segment.
    ///
    /// ```rhai
    /// let rows = m.segments().to_matrix();
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn to_matrix(ctx: NativeCallContext, segments: &mut SegmentsHandle) -> RhaiResultOf<Rows> {
        segments.matrix().map(Rc::new).at(&ctx)
    }

    /// Writes one row for each segment as `.csv` or `.npy`.
    ///
    /// ```rhai
    /// m.segments().save(out("segments.csv"));
    /// ```
    #[rhai_fn(name = "save", return_raw, pure)]
    pub fn save_segments(ctx: NativeCallContext, segments: &mut SegmentsHandle, path: &str) -> RhaiResultOf<()> {
        segments.save(Path::new(path)).at(&ctx)
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_segments(segments: &mut SegmentsHandle) -> String {
        segments.to_string()
    }

    /// The lines of an explanation: maps of `convention`, `called`, `value`, `unit` and `why`.
    #[rhai_fn(get = "lines", pure)]
    pub fn lines(explanation: &mut ExplanationHandle) -> Array {
        let line = |l: &measure::Line| {
            let facts: [(&str, Dynamic); 5] = [
                ("convention", l.convention.name().into()),
                ("called", l.called.clone().into()),
                ("value", l.value.into()),
                ("unit", l.unit.into()),
                ("why", l.why.clone().into()),
            ];
            facts.into_iter().map(|(key, value)| (key.into(), value)).collect::<Map>()
        };
        array(explanation.lines.iter().map(line))
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_explanation(explanation: &mut ExplanationHandle) -> String {
        explanation.to_string()
    }
}
