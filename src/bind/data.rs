//! Methods of labels and of matrices with named rows.

use std::path::Path;
use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, EvalAltResult, Map};

use super::handles::Rows;
use crate::data::{Labels, Matrix};
use crate::error::{Error, did_you_mean};
use crate::script::registry::Handles;
use crate::script::{At, RhaiResultOf, values};

/// Installs the methods.
pub(super) fn install(engine: &mut Engine) {
    engine.handle::<Rc<Labels>>("Labels").handle::<Rc<Matrix>>("Matrix");
    engine.register_global_module(exported_module!(labels).into());
    engine.register_global_module(exported_module!(matrix).into());
}

fn place(ctx: &NativeCallContext, index: i64, len: usize) -> RhaiResultOf<usize> {
    let at = if index < 0 { index + len as i64 } else { index };
    usize::try_from(at).ok().filter(|&at| at < len).ok_or_else(|| {
        Box::new(EvalAltResult::ErrorIndexNotFound(format!("{index} (there are {len})").into(), ctx.call_position()))
    })
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod labels {
    use crate::script::values::array;
    use rhai::Array;

    type LabelsHandle = Rc<Labels>;

    /// Number of cells.
    #[rhai_fn(get = "len", name = "len", pure)]
    pub fn len(labels: &mut LabelsHandle) -> i64 {
        labels.len() as i64
    }

    /// The classes' names, in order.
    #[rhai_fn(get = "classes", pure)]
    pub fn classes(labels: &mut LabelsHandle) -> Array {
        array(labels.classes().iter().cloned())
    }

    /// Number of cells of each class.
    ///
    /// ```rhai
    /// print(cells.labels().counts());
    /// ```
    #[rhai_fn(pure)]
    pub fn counts(labels: &mut LabelsHandle) -> Map {
        labels.classes().iter().zip(labels.counts()).map(|(c, n)| (c.as_str().into(), (n as i64).into())).collect()
    }

    /// The label of a cell; `()` where it has none.
    #[rhai_fn(index_get, return_raw, pure)]
    pub fn label(ctx: NativeCallContext, labels: &mut LabelsHandle, cell: i64) -> RhaiResultOf<Dynamic> {
        let cell = place(&ctx, cell, labels.len())?;
        Ok(labels.get(cell).map_or(Dynamic::UNIT, |l| l.to_string().into()))
    }

    /// The labels as an array of texts, `()` for missing ones.
    ///
    /// ```rhai
    /// let names = cells.labels().to_array();
    /// ```
    #[rhai_fn(pure)]
    pub fn to_array(labels: &mut LabelsHandle) -> Array {
        (0..labels.len()).map(|i| labels.get(i).map_or(Dynamic::UNIT, |l| l.to_string().into())).collect()
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe(labels: &mut LabelsHandle) -> String {
        labels.to_string()
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod matrix {
    use crate::script::values::array;
    use rhai::Array;

    /// Number of rows.
    #[rhai_fn(get = "rows", pure)]
    pub fn rows(matrix: &mut Rows) -> i64 {
        matrix.rows() as i64
    }

    /// Number of columns.
    #[rhai_fn(get = "cols", pure)]
    pub fn cols(matrix: &mut Rows) -> i64 {
        matrix.cols() as i64
    }

    /// The rows' ids.
    #[rhai_fn(get = "ids", pure)]
    pub fn ids(matrix: &mut Rows) -> Array {
        array(matrix.ids().iter().cloned())
    }

    /// The columns' names.
    #[rhai_fn(get = "columns", pure)]
    pub fn columns(matrix: &mut Rows) -> Array {
        array(matrix.columns().iter().cloned())
    }

    /// One row as an array of numbers; -1 is the last.
    #[rhai_fn(index_get, return_raw, pure)]
    pub fn row(ctx: NativeCallContext, matrix: &mut Rows, index: i64) -> RhaiResultOf<Array> {
        Ok(array(matrix.row(place(&ctx, index, matrix.rows())?).iter().copied()))
    }

    /// One column as an array of numbers, by name.
    #[rhai_fn(index_get, return_raw, pure)]
    pub fn column(ctx: NativeCallContext, matrix: &mut Rows, name: &str) -> RhaiResultOf<Array> {
        let names = matrix.columns();
        let at = names.iter().position(|n| n == name).ok_or_else(|| {
            let meant = did_you_mean(name, names.iter().map(String::as_str));
            let meant = meant.map_or(String::new(), |m| format!("; did you mean `{m}`?"));
            Error::value(format!("no column `{name}`{meant}")).help(format!("columns: {}", names.join(", ")))
        });
        let at = at.at(&ctx)?;
        Ok(array(matrix.iter_rows().map(|row| row[at])))
    }

    /// The rows at these places, in this order.
    ///
    /// ```rhai
    /// let first = z.select(0..10);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn select(ctx: NativeCallContext, matrix: &mut Rows, places: Dynamic) -> RhaiResultOf<Rows> {
        let places = values::counts("the places", &places).at(&ctx)?;
        for &at in &places {
            place(&ctx, at as i64, matrix.rows())?;
        }
        Ok(Rc::new(matrix.select(&places)))
    }

    /// Writes the matrix: `.csv` with the ids first, or `.npy`.
    ///
    /// ```rhai
    /// z.save(out("embedding.csv"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn save(ctx: NativeCallContext, matrix: &mut Rows, path: &str) -> RhaiResultOf<()> {
        matrix.save(Path::new(path)).at(&ctx)
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe(matrix: &mut Rows) -> String {
        matrix.to_string()
    }
}
