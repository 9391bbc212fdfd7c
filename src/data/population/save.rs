//! Writing a population as a folder that [`super::load_dir`] reads back.

use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::Population;
use super::label_table::FILE;
use crate::error::{Error, Result};
use crate::run::atomic;
use crate::{interrupt, progress};

/// The label table that is written.
const TABLE: &str = "labels.csv";

impl Population {
    /// Writes the population into one Parquet file where the path ends in `.parquet`, which [`open`](super::open) opens.
    ///
    /// Elsewhere it writes one SWC file per cell, called after its id, and `labels.csv` with the file of each cell and
    /// all label columns. Files of the same name are replaced, each only when it is complete; the table comes last.
    ///
    /// # Errors
    /// When an id cannot be a file name, a cell cannot be written (see
    /// [`Morphology::to_swc`](crate::morph::Morphology::to_swc)), the system refuses, or on a requested stop.
    pub fn save(&self, folder: impl AsRef<Path>) -> Result<()> {
        let folder = folder.as_ref();
        if folder.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet")) {
            return self.save_stored(folder);
        }
        let files = self.ids.iter().map(|id| file_name(id)).collect::<Result<Vec<PathBuf>>>()?;
        let parents = files.iter().filter_map(|f| folder.join(f).parent().map(Path::to_path_buf));
        for parent in parents.collect::<std::collections::BTreeSet<_>>() {
            std::fs::create_dir_all(&parent).map_err(|e| Error::io("cannot make folder", &parent, &e))?;
        }
        let meter = progress::begin("writing neurons", self.len() as u64);
        let done = AtomicU64::new(0);
        files.par_iter().zip(self.cells.par_iter()).try_for_each(|(file, cell)| {
            interrupt::check()?;
            cell.get()?.write_swc(folder.join(file))?;
            meter.set(done.fetch_add(1, Ordering::Relaxed) + 1, "");
            Ok(())
        })?;
        self.write_table(&folder.join(TABLE), &files)
    }

    fn write_table(&self, path: &Path, files: &[PathBuf]) -> Result<()> {
        let fault = |e: csv::Error| Error::internal(format!("the label table cannot be written: {e}"));
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record([FILE].into_iter().chain(self.columns())).map_err(fault)?;
        for (i, file) in files.iter().enumerate() {
            let file = file.to_string_lossy().replace('\\', "/");
            let labels = self.columns.iter().map(|c| c.values[i].as_deref().unwrap_or(""));
            writer.write_record([file.as_str()].into_iter().chain(labels)).map_err(fault)?;
        }
        let bytes = writer.into_inner().map_err(|e| Error::internal(format!("the label table is not whole: {e}")))?;
        atomic::write(path, &bytes)
    }
}

/// The file of a cell, below the folder: an id may name a folder below it, but none above or beside it.
fn file_name(id: &str) -> Result<PathBuf> {
    let ends = id.to_ascii_lowercase().ends_with(".swc");
    let file = PathBuf::from(if ends { id.to_string() } else { format!("{id}.swc") });
    let plain = file.components().all(|part| matches!(part, Component::Normal(_)));
    let hidden = file.components().any(|part| part.as_os_str().to_string_lossy().starts_with('.'));
    if !plain || hidden || id.is_empty() || id.contains('\0') {
        return Err(Error::value(format!("the id `{}` cannot be a file name", id.escape_debug()))
            .help("call the cell otherwise: a file name, without `..` or a dot in front"));
    }
    Ok(file)
}
