//! What a function may be given as rows of numbers: a matrix, a table, the scores of a PCA, a map.

use std::rc::Rc;

use rhai::Dynamic;

use super::handles::Rows;
use crate::data::Table;
use crate::error::{Error, Result};
use crate::reduce::{Pca, Tsne, Umap};
use crate::script::values;

/// The rows of a matrix, the scores of a PCA, a t-SNE or UMAP map, or a table's columns of numbers; its columns of texts are left out, which
/// the log says.
///
/// # Errors
/// When the value is something else, or a table without numbers; `what` names the argument.
pub fn matrix_of(what: &str, value: &Dynamic) -> Result<Rows> {
    if let Some(matrix) = value.read_lock::<Rows>() {
        return Ok(Rc::clone(&matrix));
    }
    if let Some(pca) = value.read_lock::<Rc<Pca>>() {
        return Ok(Rc::new(pca.scores().clone()));
    }
    if let Some(fit) = value.read_lock::<Rc<Tsne>>() {
        return Ok(Rc::new(fit.map.clone()));
    }
    if let Some(fit) = value.read_lock::<Rc<Umap>>() {
        return Ok(Rc::new(fit.map.clone()));
    }
    if let Some(table) = value.read_lock::<Table>() {
        let (matrix, texts) = table.matrix()?;
        if !texts.is_empty() {
            tracing::info!("{what}: columns of texts are left out: {}", texts.join(", "));
        }
        return Ok(Rc::new(matrix));
    }
    Err(Error::value(format!("{what} must be a matrix or a table, found {}", values::type_of(value)))
        .help("model.embed(cells) and reduce::tsne(z) give matrices, cells.metrics() a table"))
}
