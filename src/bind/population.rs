//! Methods of a population.

use std::path::Path;
use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, EvalAltResult, FnPtr, Map, Position};

use super::conditions::conditions;
use super::handles::Neuron;
use super::morph::kinds;
use crate::data::{Labels, Population, SaveOptions, Table};
use crate::error::Error;
use crate::morph::JoinOptions;
use crate::script::fail::raise;
use crate::script::registry::{self, Handles};
use crate::script::takes::{Takes, part};
use crate::script::{At, Options, RhaiResultOf, show, values};

/// Cells that a preview shows.
const PREVIEWED: usize = 8;

/// What the options maps hold.
const TAKES: &[Takes] = &[Takes::new("Population.save", &[part::<crate::data::SaveOptions>()], &[])];

/// Installs the methods.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<Population>("Population");
    engine.register_iterator_result::<Population, Neuron>();
    engine.register_global_module(exported_module!(methods).into());
}

/// `for cell in cells` takes the neurons one by one: of a population in a file, none is held longer than its turn.
impl IntoIterator for Population {
    type Item = RhaiResultOf<Neuron>;
    type IntoIter = Box<dyn Iterator<Item = Self::Item>>;

    fn into_iter(self) -> Self::IntoIter {
        let places = 0..self.len();
        let read = move |place| self.cell(place).map_err(|e| raise(e, Position::NONE));
        Box::new(places.map(read))
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
        match usize::try_from(at).ok().filter(|&at| at < cells.len()) {
            Some(at) => cells.cell(at).at(&ctx),
            None => Err(Box::new(EvalAltResult::ErrorIndexNotFound(
                format!("{place} (there are {} cells)", cells.len()).into(),
                ctx.call_position(),
            ))),
        }
    }

    /// A cell by its id.
    #[rhai_fn(index_get, return_raw, pure)]
    pub fn cell_called(ctx: NativeCallContext, cells: &mut Population, id: &str) -> RhaiResultOf<Neuron> {
        let at = cells.ids().iter().position(|known| known == id);
        at.ok_or_else(|| Error::value(format!("no cell `{id}`"))).and_then(|at| cells.cell(at)).at(&ctx)
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
    ///
    /// ```rhai
    /// let sized = cells.with_labels(cells.ids.map(|id| if id.len() > 8 { "long" } else { "short" }));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn with_labels(ctx: NativeCallContext, cells: &mut Population, labels: Dynamic) -> RhaiResultOf<Population> {
        let labels = values::labels("the labels", &labels).at(&ctx)?;
        cells.with_labels("label", &labels).at(&ctx)
    }

    /// The cells for which the closure says true.
    ///
    /// ```rhai
    /// let large = cells.filter(|c| c.n_nodes > 1000);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn filter(ctx: NativeCallContext, cells: &mut Population, keep: FnPtr) -> RhaiResultOf<Population> {
        let mut kept = Vec::new();
        for (place, cell) in cells.iter().enumerate() {
            crate::interrupt::check().at(&ctx)?;
            if keep.call_within_context::<bool>(&ctx, (cell.at(&ctx)?,))? {
                kept.push(place);
            }
        }
        cells.select(&kept).at(&ctx)
    }

    /// The cells that meet all conditions on ids, labels and measures, as a table's `where` takes them. Of a population in
    /// a file no geometry is read.
    ///
    /// ```rhai
    /// let large = cells.where(#{ total_length: [1000, ()], layer: "4" });
    /// ```
    #[rhai_fn(name = "where", return_raw, pure)]
    pub fn cells_where(ctx: NativeCallContext, cells: &mut Population, what: Map) -> RhaiResultOf<Population> {
        conditions(&what).and_then(|conditions| cells.filtered(&conditions)).at(&ctx)
    }

    /// The cells at these places, in this order.
    ///
    /// ```rhai
    /// let few = cells.select([0, 2, 4]);
    /// let first = cells.select(0..10);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn select(ctx: NativeCallContext, cells: &mut Population, places: Dynamic) -> RhaiResultOf<Population> {
        let places = values::counts("the places", &places).at(&ctx)?;
        cells.select(&places).at(&ctx)
    }

    /// Part `shard` (counted from 0) of `shards` parts of about equal size, in order: what one run of a sweep over
    /// `shard=0..8` works on. The parts in their order are the whole.
    ///
    /// ```rhai
    /// let mine = cells.shard(0, 2);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn shard(ctx: NativeCallContext, cells: &mut Population, shard: i64, shards: i64) -> RhaiResultOf<Population> {
        cells.shard(shard, shards).at(&ctx)
    }

    /// The cells without the samples of a type; see the neuron's `without`. A cell of which nothing would be left
    /// is an error.
    ///
    /// ```rhai
    /// let dendrites = cells.without("axon");
    /// ```
    #[rhai_fn(return_raw, pure)]
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
    ///
    /// ```rhai
    /// let centred = cells.centered();
    /// ```
    #[rhai_fn(pure)]
    pub fn centered(cells: &mut Population) -> Population {
        cells.centered()
    }

    /// The cells with the pieces of forests joined at their nearest points.
    ///
    /// ```rhai
    /// let whole = cells.joined();
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn joined(ctx: NativeCallContext, cells: &mut Population) -> RhaiResultOf<Population> {
        let (cells, joins) = cells.joined(&JoinOptions::default()).at(&ctx)?;
        tracing::info!("{joins}");
        Ok(cells)
    }

    /// A table of one row per cell: its labels, then numbers of size and shape, as a neuron's `metrics()` gives them.
    ///
    /// ```rhai
    /// cells.metrics().save(out("metrics.csv"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn metrics(ctx: NativeCallContext, cells: &mut Population) -> RhaiResultOf<Table> {
        cells.metrics().at(&ctx)
    }

    /// The first cells as a table fitted to the terminal, with their labels, samples and length (µm). A population is
    /// shown so at the prompt.
    ///
    /// ```rhai
    /// print(cells.preview());
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn preview(ctx: NativeCallContext, cells: &mut Population) -> RhaiResultOf<String> {
        let first: Vec<usize> = (0..cells.len().min(PREVIEWED)).collect();
        if first.is_empty() {
            return Ok(cells.to_string());
        }
        let all = cells.select(&first).and_then(|few| few.metrics()).at(&ctx)?;
        // A label that is called as the ids are is in the table under another name, and is left out here.
        let is_shown = |name: &&str| matches!(*name, "n_nodes" | "total_length") || cells.columns().any(|c| c == *name);
        let names: Vec<&str> = all.names().filter(is_shown).collect();
        let rows = all.select(&names).at(&ctx)?;
        let more = cells.len() - first.len();
        let rest = if more > 0 { format!("\n… {more} more cells") } else { String::new() };
        Ok(format!("{cells}\n{}{rest}", show::table(&rows)))
    }

    /// Writes one file that ends in `.parquet`, which `morph::open` opens; or, into a folder, one SWC file per cell and
    /// `labels.csv`, which `morph::load_dir` reads back.
    ///
    /// ```rhai
    /// cells.save(out("cells.parquet"));
    /// ```
    #[rhai_fn(name = "save", return_raw, pure)]
    pub fn save_plainly(ctx: NativeCallContext, cells: &mut Population, folder: &str) -> RhaiResultOf<()> {
        cells.save(Path::new(folder)).at(&ctx)
    }

    /// Writes one file per cell and `labels.csv` into a folder. Options: `format` (`"swc"`, `"nml"` or `"parquet"`),
    /// `soma` (`"as_is"`, `"one_point"`, `"three_points"` or `"contour"`).
    ///
    /// ```rhai
    /// cells.save(out("cells"), #{ format: "nml" });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn save(ctx: NativeCallContext, cells: &mut Population, folder: &str, options: Map) -> RhaiResultOf<()> {
        let options: SaveOptions = Options::new(&ctx, "Population.save", options).parse()?;
        cells.save_with(Path::new(folder), &options).at(&ctx)
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe(cells: &mut Population) -> String {
        cells.to_string()
    }
}
