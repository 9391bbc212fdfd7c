//! Methods of a population.

use std::path::Path;
use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, EvalAltResult, FnPtr};

use super::handles::{Neuron, Rows};
use super::morph::kinds;
use crate::data::{Labels, Population};
use crate::error::Error;
use crate::morph::JoinOptions;
use crate::script::{At, RhaiResultOf, values};

/// Installs the methods.
pub(super) fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Population>("Population");
    engine.register_iterator::<Population>();
    engine.register_global_module(exported_module!(methods).into());
}

impl IntoIterator for Population {
    type Item = Neuron;
    type IntoIter = std::vec::IntoIter<Neuron>;

    fn into_iter(self) -> Self::IntoIter {
        self.cells().to_vec().into_iter()
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod methods {
    use crate::script::values::array;
    use rhai::Array;

    /// Number of cells.
    #[rhai_fn(get = "len", name = "len", pure)]
    pub fn len(cells: &mut Population) -> i64 {
        cells.len() as i64
    }

    /// A cell by its place; -1 is the last.
    #[rhai_fn(index_get, return_raw, pure)]
    pub fn cell(ctx: NativeCallContext, cells: &mut Population, place: i64) -> RhaiResultOf<Neuron> {
        let at = if place < 0 { place + cells.len() as i64 } else { place };
        let cell = usize::try_from(at).ok().and_then(|at| cells.get(at)).cloned();
        cell.ok_or_else(|| {
            Box::new(EvalAltResult::ErrorIndexNotFound(
                format!("{place} (there are {} cells)", cells.len()).into(),
                ctx.call_position(),
            ))
        })
    }

    /// A cell by its id.
    #[rhai_fn(index_get, return_raw, pure)]
    pub fn cell_called(ctx: NativeCallContext, cells: &mut Population, id: &str) -> RhaiResultOf<Neuron> {
        let at = cells.ids().iter().position(|known| known == id);
        at.and_then(|at| cells.get(at)).cloned().ok_or_else(|| Error::value(format!("no cell `{id}`"))).at(&ctx)
    }

    /// The cells' ids.
    #[rhai_fn(get = "ids", pure)]
    pub fn ids(cells: &mut Population) -> Array {
        array(cells.ids().iter().cloned())
    }

    /// The label columns' names.
    #[rhai_fn(get = "columns", pure)]
    pub fn columns(cells: &mut Population) -> Array {
        array(cells.columns().map(String::from))
    }

    /// The labels of the label column.
    ///
    /// ```rhai
    /// print(cells.labels());
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn labels(ctx: NativeCallContext, cells: &mut Population) -> RhaiResultOf<Rc<Labels>> {
        cells.labels(None).map(Rc::new).at(&ctx)
    }

    /// The labels of a column by name.
    ///
    /// ```rhai
    /// print(cells.labels("layer"));
    /// ```
    #[rhai_fn(name = "labels", return_raw, pure)]
    pub fn labels_of(ctx: NativeCallContext, cells: &mut Population, column: &str) -> RhaiResultOf<Rc<Labels>> {
        cells.labels(Some(column)).map(Rc::new).at(&ctx)
    }

    /// The population with labels: one text per cell.
    #[rhai_fn(return_raw)]
    pub fn with_labels(ctx: NativeCallContext, cells: &mut Population, labels: Dynamic) -> RhaiResultOf<Population> {
        let labels = values::labels("the labels", &labels).at(&ctx)?;
        cells.with_labels("label", &labels).at(&ctx)
    }

    /// The cells for which the closure says true.
    ///
    /// ```rhai
    /// let large = cells.filter(|c| c.n_nodes > 1000);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn filter(ctx: NativeCallContext, cells: &mut Population, keep: FnPtr) -> RhaiResultOf<Population> {
        let mut kept = Vec::new();
        for (place, cell) in cells.iter().enumerate() {
            crate::interrupt::check().at(&ctx)?;
            if keep.call_within_context::<bool>(&ctx, (Neuron::clone(cell),))? {
                kept.push(place);
            }
        }
        cells.select(&kept).at(&ctx)
    }

    /// The cells at these places, in this order.
    #[rhai_fn(return_raw)]
    pub fn select(ctx: NativeCallContext, cells: &mut Population, places: Dynamic) -> RhaiResultOf<Population> {
        let places = values::counts("the places", &places).at(&ctx)?;
        cells.select(&places).at(&ctx)
    }

    /// The cells without the samples of a type; see the neuron's `without`. A cell of which nothing would be left
    /// is an error.
    ///
    /// ```rhai
    /// let dendrites = cells.without("axon");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn without(ctx: NativeCallContext, cells: &mut Population, kind: Dynamic) -> RhaiResultOf<Population> {
        let kinds = kinds("the type", &kind).at(&ctx)?;
        let (cells, removals) = cells.without(&kinds).at(&ctx)?;
        // Pieces that lost their tree must not go unnoticed; re-attaching is what one asked for.
        match removals.total.new_roots > 0 || !removals.only_soma.is_empty() {
            true => tracing::warn!("{removals}"),
            false => tracing::info!("{removals}"),
        }
        Ok(cells)
    }

    /// The cells with their somata (or first roots) at the origin.
    #[rhai_fn(return_raw)]
    pub fn centered(ctx: NativeCallContext, cells: &mut Population) -> RhaiResultOf<Population> {
        cells.centered().at(&ctx)
    }

    /// The cells with the pieces of forests joined at their nearest points.
    #[rhai_fn(return_raw)]
    pub fn joined(ctx: NativeCallContext, cells: &mut Population) -> RhaiResultOf<Population> {
        let (cells, joins) = cells.joined(&JoinOptions::default()).at(&ctx)?;
        tracing::info!("{joins}");
        Ok(cells)
    }

    /// Numbers of size and shape, one row per cell, as a neuron's `metrics()` gives them.
    ///
    /// ```rhai
    /// cells.metrics().save(out("metrics.csv"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn metrics(ctx: NativeCallContext, cells: &mut Population) -> RhaiResultOf<Rows> {
        cells.metrics().map(Rc::new).at(&ctx)
    }

    /// Writes one SWC file per cell and `labels.csv` into a folder, which `morph::load_dir` reads back.
    ///
    /// ```rhai
    /// cells.save(out("cells"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn save(ctx: NativeCallContext, cells: &mut Population, folder: &str) -> RhaiResultOf<()> {
        cells.save(Path::new(folder)).at(&ctx)
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe(cells: &mut Population) -> String {
        cells.to_string()
    }
}
