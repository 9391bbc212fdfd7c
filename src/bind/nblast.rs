//! NBLAST for scripts: one pair, a population, and its graph of nearest neighbours.

use std::path::Path;
use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, EvalAltResult, Map, Module};

use super::handles::{Neuron, Rows};
use super::morph::kinds;
use crate::data::Population;
use crate::morph::nblast::{Dotprops, KnnGraph, NblastOptions, score};
use crate::script::registry::{self, Handles};
use crate::script::takes::{self, Takes, part};
use crate::script::{At, Options, RhaiResultOf, values};

/// A graph of nearest neighbours.
type Graph = Rc<KnnGraph>;

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("morph::nblast", &[part::<crate::morph::nblast::NblastOptions>()], &[takes::KINDS]),
    Takes::new("nblast", &[part::<crate::morph::nblast::NblastOptions>()], &[takes::KINDS]),
    Takes::new(
        "nblast_knn",
        &[part::<crate::morph::nblast::NblastOptions>()],
        &[takes::KINDS, ("k", "whole number; 10")],
    ),
];

/// Installs the methods.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<Graph>("KnnGraph");
    engine.register_global_module(exported_module!(methods).into());
}

/// The functions that belong into the namespace `morph`.
pub(super) fn functions() -> Module {
    exported_module!(of_morph)
}

fn parsed(mut given: Options<'_>) -> RhaiResultOf<NblastOptions> {
    let kinds = given.handle_with("type", kinds)?;
    Ok(NblastOptions { kinds, ..given.parse()? })
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod of_morph {
    /// The NBLAST score of two neurons, normalised, the mean of both directions: about 1 for equal ones.
    ///
    /// ```rhai
    /// print(morph::nblast(a.centered(), b.centered()));
    /// ```
    #[rhai_fn(name = "nblast", return_raw)]
    pub fn nblast_plainly(ctx: NativeCallContext, query: Neuron, target: Neuron) -> RhaiResultOf<f64> {
        nblast(ctx, query, target, Map::new())
    }

    /// The NBLAST score of two neurons that lie in one space, in µm. Options: `scores` (`"mean"`, `"forward"`, `"min"`,
    /// `"max"` of the two directions), `normalised` (true), `use_alpha` (false), `resample` (1.0, µm; 0 takes the samples),
    /// `tangent_k` (5 points), `type`.
    ///
    /// ```rhai
    /// print(morph::nblast(a, b, #{ scores: "forward", normalised: false }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn nblast(ctx: NativeCallContext, query: Neuron, target: Neuron, options: Map) -> RhaiResultOf<f64> {
        let options = parsed(Options::new(&ctx, "morph::nblast", options))?;
        let [query, target] = [query, target].map(|m| Dotprops::new(&m, &options));
        Ok(score(&query.at(&ctx)?, &target.at(&ctx)?, &options))
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod methods {
    use crate::script::values::array;
    use rhai::Array;

    /// The NBLAST scores of all pairs of cells, normalised, the mean of both directions.
    #[rhai_fn(name = "nblast", return_raw, pure)]
    pub fn nblast_plainly(ctx: NativeCallContext, cells: &mut Population) -> RhaiResultOf<Rows> {
        nblast(ctx, cells, Map::new())
    }

    /// The NBLAST scores of all pairs of cells: rows are queries, columns are targets. Options as for `morph::nblast`.
    ///
    /// ```rhai
    /// cells.centered().nblast(#{ use_alpha: true }).save(out("nblast.csv"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn nblast(ctx: NativeCallContext, cells: &mut Population, options: Map) -> RhaiResultOf<Rows> {
        cells.nblast(&parsed(Options::new(&ctx, "nblast", options))?).map(Rc::new).at(&ctx)
    }

    /// Each cell with its `k` (10) best matches, without holding all scores. Further options as for `morph::nblast`.
    ///
    /// ```rhai
    /// cells.centered().nblast_knn(#{ k: 5 }).save(out("neighbours.csv"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn nblast_knn(ctx: NativeCallContext, cells: &mut Population, options: Map) -> RhaiResultOf<Graph> {
        let mut given = Options::new(&ctx, "nblast_knn", options);
        let k = given.handle_with("k", values::count)?.unwrap_or(10);
        cells.nblast_knn(k, &parsed(given)?).map(Rc::new).at(&ctx)
    }

    /// Number of cells.
    #[rhai_fn(get = "len", name = "len", pure)]
    pub fn len(graph: &mut Graph) -> i64 {
        graph.len() as i64
    }

    /// The neighbours of a cell, by its id, best first: maps of `id` and `score`.
    ///
    /// ```rhai
    /// print(cells.nblast_knn(#{ k: 3 }).neighbours(cells[0].name));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn neighbours(ctx: NativeCallContext, graph: &mut Graph, id: &str) -> RhaiResultOf<Array> {
        let place = graph.ids().iter().position(|known| known == id);
        let place = place.ok_or_else(|| {
            let refused = EvalAltResult::ErrorIndexNotFound(format!("no cell `{id}`").into(), ctx.call_position());
            Box::new(refused)
        })?;
        let entry = |cell: usize, score: f64| -> Map {
            [("id".into(), graph.ids()[cell].clone().into()), ("score".into(), Dynamic::from(score))].into()
        };
        Ok(array(graph.neighbours(place).into_iter().map(|near| entry(near.cell, near.score))))
    }

    /// Writes the edges as CSV: source, target, rank, score.
    ///
    /// ```rhai
    /// cells.nblast_knn(#{ k: 3 }).save(out("graph.csv"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn save(ctx: NativeCallContext, graph: &mut Graph, path: &str) -> RhaiResultOf<()> {
        graph.save(Path::new(path)).at(&ctx)
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe(graph: &mut Graph) -> String {
        graph.to_string()
    }
}
