//! Folds as values.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, Map, Module};

use super::super::handles::Rows;
use super::protocol::Call;
use crate::data::Table;
use crate::evaluate::Folds;
use crate::script::{At, RhaiResultOf, values};

pub(super) fn module() -> Module {
    exported_module!(namespace)
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// Five stratified folds of the cells that have a label.
    ///
    /// ```rhai
    /// let folds = evaluate::folds(labels);
    /// ```
    #[rhai_fn(name = "folds", return_raw)]
    pub fn folds_plainly(ctx: NativeCallContext, labels: Dynamic) -> RhaiResultOf<Rc<Folds>> {
        folds(ctx, labels, Map::new())
    }

    /// Which cells are held out, as a value that can be stored and used for several embeddings.
    ///
    /// Options: `folds` (5; a number, `"loo"` for each cell in turn, a fold number for each cell, or a list of ids for
    /// each fold), `groups` (labels such as the laboratory: each group in turn, or with a number of folds, whole groups
    /// dealt out), `repeats` (1), `stratify` (true), `rare` (`"error"`, `"drop"`, `"keep"`: classes with fewer cells than
    /// folds), `ids` (`cells.ids` or a matrix, by which folds find rows of another order), `seed`.
    ///
    /// Published splits, by `split`: `"morphvae"` (numpy's generator with seed 17; other sizes by `train` and
    /// `validation`), `"treemoco"` (with `by`, the column of its folds: learns from 0 to 7, tests on 8 and 9), `"act"`
    /// (the cells that trained and validated the published GraphDINO; needs `ids`), `"graphdino"` (five folds).
    ///
    /// ```rhai
    /// let folds = evaluate::folds(labels, #{ folds: 3, repeats: 2, seed: 1 });
    /// print(evaluate::cross_validate(z, labels, #{ folds: folds, k: 3 }));
    /// folds.save(out("folds.json"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn folds(ctx: NativeCallContext, labels: Dynamic, options: Map) -> RhaiResultOf<Rc<Folds>> {
        let labels = values::labels("the labels", &labels).at(&ctx)?;
        let mut call = Call::new(&ctx, "evaluate::folds", options)?;
        let ids = call.value("ids")?.map(|given| match given.read_lock::<Rows>() {
            Some(matrix) => Ok(Arc::clone(matrix.ids())),
            None => values::texts("option `ids` of `evaluate::folds`", &given).map(Into::into),
        });
        let ids = ids.transpose().at(&ctx)?;
        let options = call.fold_options()?;
        let seed = call.seed;
        call.finish()?;
        Folds::new(&labels, ids.as_ref(), &options, seed).map(Rc::new).at(&ctx)
    }

    /// Folds that were saved as JSON.
    ///
    /// ```rhai
    /// evaluate::folds(labels).save(out("folds.json"));
    /// let folds = evaluate::load_folds(out("folds.json"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn load_folds(ctx: NativeCallContext, path: &str) -> RhaiResultOf<Rc<Folds>> {
        Folds::load(Path::new(path)).map(Rc::new).at(&ctx)
    }

    /// Number of folds of a split.
    #[rhai_fn(global, get = "folds", pure)]
    pub fn count(folds: &mut Rc<Folds>) -> i64 {
        folds.folds() as i64
    }

    /// Number of splits.
    #[rhai_fn(global, get = "repeats", pure)]
    pub fn repeats(folds: &mut Rc<Folds>) -> i64 {
        folds.splits().len() as i64
    }

    /// The places of the cells that a fold (counted from 0) of the first split holds out.
    ///
    /// ```rhai
    /// let tested = evaluate::folds(labels).held_out(0);
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn held_out(ctx: NativeCallContext, folds: &mut Rc<Folds>, fold: i64) -> RhaiResultOf<Array> {
        places(folds, fold, |split, fold| split.held_out(fold)).at(&ctx)
    }

    /// The places of the cells that are learnt from while a fold (counted from 0) of the first split is held out.
    ///
    /// ```rhai
    /// let learnt = evaluate::folds(labels).training(0);
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn training(ctx: NativeCallContext, folds: &mut Rc<Folds>, fold: i64) -> RhaiResultOf<Array> {
        places(folds, fold, |split, fold| split.training(fold)).at(&ctx)
    }

    /// A row for each cell: the fold that holds it out, `training`, or nothing.
    ///
    /// ```rhai
    /// let table = evaluate::folds(labels).table();
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn table(ctx: NativeCallContext, folds: &mut Rc<Folds>) -> RhaiResultOf<Table> {
        folds.table().at(&ctx)
    }

    /// Writes the folds: as `.json` for `evaluate::load_folds`, else as a table.
    ///
    /// ```rhai
    /// evaluate::folds(labels).save(out("folds.csv"));
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn save(ctx: NativeCallContext, folds: &mut Rc<Folds>, path: &str) -> RhaiResultOf<()> {
        folds.save(Path::new(path)).at(&ctx)
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe(folds: &mut Rc<Folds>) -> String {
        folds.to_string()
    }
}

fn places(
    folds: &Folds,
    fold: i64,
    of: impl Fn(&crate::evaluate::folds::Split, usize) -> Vec<usize>,
) -> crate::error::Result<Array> {
    let count = folds.folds();
    match usize::try_from(fold).ok().filter(|&fold| fold < count) {
        Some(fold) => Ok(values::array(of(&folds.splits()[0], fold).into_iter().map(|cell| cell as i64))),
        None => Err(crate::error::Error::value(format!("no fold {fold}: there are {count}, counted from 0"))),
    }
}
