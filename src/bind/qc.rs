//! What quality control found in a population.

use std::rc::Rc;

use rhai::Map;
use rhai::plugin::*;

use crate::data::{Population, Table};
use crate::quality::Report;
use crate::script::registry::{self, Handles};
use crate::script::takes::{self, Takes, part};
use crate::script::{At, Options, RhaiResultOf};

/// What a check found.
type Found = Rc<Report>;

/// What the options maps hold.
const TAKES: &[Takes] = &[Takes::new("qc", &[part::<crate::quality::QcOptions>()], &[takes::SEED])];

/// Installs the methods.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<Found>("Qc");
    engine.register_global_module(exported_module!(methods).into());
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod methods {
    use rhai::Dynamic;

    /// Looks for cells that would bias a result: cut arbors, steps in depth, constant radii, other units, duplicates.
    ///
    /// ```rhai
    /// print(cells.qc().table.where(#{ flags: "cut" }));
    /// ```
    #[rhai_fn(name = "qc", return_raw, pure)]
    pub fn qc_plainly(ctx: NativeCallContext, cells: &mut Population) -> RhaiResultOf<Found> {
        qc(ctx, cells, Map::new())
    }

    /// Looks for cells that would bias a result. Options: `batch` (a label column, such as the laboratory: can it be
    /// told from the measures better than when it is shuffled?), `within` (a label column, such as the cell type, within
    /// which batches are shuffled), `seed`.
    ///
    /// ```rhai
    /// let report = cells.qc(#{ batch: "lab", within: "type" });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn qc(ctx: NativeCallContext, cells: &mut Population, options: Map) -> RhaiResultOf<Found> {
        let mut given = Options::new(&ctx, "qc", options);
        let seed = given.seed()?;
        cells.qc(&given.parse()?, seed).map(Rc::new).at(&ctx)
    }

    /// A row per cell, the worst first: `bias` (0 without a flag), `flags` (`cut`, `z_steps`, `constant_radii`, `unit`,
    /// `duplicate`), `pull` (how far its measures lie from the others'), and each rule's value.
    ///
    /// ```rhai
    /// cells.qc().table.save(out("qc.csv"));
    /// ```
    #[rhai_fn(get = "table", pure)]
    pub fn table(report: &mut Found) -> Table {
        report.table.clone()
    }

    /// How well the measures tell the batches apart: a map of `accuracy`, `shuffled` and `shuffled_sd` (balanced accuracy
    /// with batches as they are and shuffled) and `p`; `()` where no batch was named.
    #[rhai_fn(get = "batch", pure)]
    pub fn batch(report: &mut Found) -> Dynamic {
        let Some(batch) = &report.batch else { return Dynamic::UNIT };
        Dynamic::from(Map::from([
            ("accuracy".into(), batch.accuracy.into()),
            ("shuffled".into(), batch.shuffled.into()),
            ("shuffled_sd".into(), batch.shuffled_sd.into()),
            ("p".into(), batch.p.into()),
        ]))
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe(report: &mut Found) -> String {
        report.to_string()
    }
}
