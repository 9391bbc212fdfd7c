//! Writing a population as a folder that [`super::load_dir`] reads back.

use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::Population;
use super::label_table::FILE;
use crate::error::{Error, Result};
use crate::morph::{Format, SomaStyle, WriteOptions};
use crate::run::atomic;
use crate::{interrupt, progress};

/// The label table that is written.
const TABLE: &str = "labels.csv";

/// How a population is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SaveOptions {
    /// The format of the cells' files: `swc`, `nml` or `parquet`.
    pub format: Format,
    /// How somata are written; as they are.
    pub soma: SomaStyle,
}

impl Default for SaveOptions {
    fn default() -> Self {
        SaveOptions { format: Format::Swc, soma: SomaStyle::AsIs }
    }
}

impl Population {
    /// Writes the population; see [`save_with`](Self::save_with).
    ///
    /// # Errors
    /// As [`save_with`](Self::save_with).
    pub fn save(&self, folder: impl AsRef<Path>) -> Result<()> {
        self.save_with(folder, &SaveOptions::default())
    }

    /// Writes the population into one Parquet file where the path ends in `.parquet`, which [`open`](super::open) opens.
    ///
    /// Elsewhere it writes one file per cell, called after its id, and `labels.csv` with the file of each cell and all
    /// label columns. Files of the same name are replaced, each only when it is complete; the table comes last.
    ///
    /// # Errors
    /// When the format is one that is only read, an id cannot be a file name, a cell cannot be written (see
    /// [`Morphology::to_swc`](crate::morph::Morphology::to_swc)), the system refuses, or on a requested stop.
    pub fn save_with(&self, folder: impl AsRef<Path>, options: &SaveOptions) -> Result<()> {
        let folder = folder.as_ref();
        if folder.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet")) {
            return self.save_stored(folder);
        }
        let SaveOptions { format, soma } = *options;
        if !Format::WRITTEN.contains(&format) {
            return Err(Error::value(format!("{} can be read but not written", format.name()))
                .help("formats that can be written: `swc`, `nml`, `parquet`"));
        }
        let files = self.ids.iter().map(|id| file_name(id, format)).collect::<Result<Vec<PathBuf>>>()?;
        let parents = files.iter().filter_map(|f| folder.join(f).parent().map(Path::to_path_buf));
        for parent in parents.collect::<std::collections::BTreeSet<_>>() {
            std::fs::create_dir_all(&parent).map_err(|e| Error::io("cannot make folder", &parent, &e))?;
        }
        let meter = progress::begin("writing neurons", self.len() as u64);
        let done = AtomicU64::new(0);
        files.par_iter().zip(self.cells.par_iter()).try_for_each(|(file, cell)| {
            interrupt::check()?;
            cell.get()?.write(folder.join(file), &WriteOptions { soma })?;
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
fn file_name(id: &str, format: Format) -> Result<PathBuf> {
    // An id that is a path ends like the file it was read from.
    let stem = match id.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && Format::of_ending(ending) == Some(format) => stem,
        _ => id,
    };
    let file = PathBuf::from(if stem.len() < id.len() { id.to_string() } else { format!("{id}.{}", format.ending()) });
    let plain = file.components().all(|part| matches!(part, Component::Normal(_)));
    let hidden = file.components().any(|part| part.as_os_str().to_string_lossy().starts_with('.'));
    if !plain || hidden || id.is_empty() || id.contains('\0') {
        return Err(Error::value(format!("the id `{}` cannot be a file name", id.escape_debug()))
            .help("call the cell otherwise: a file name, without `..` or a dot in front"));
    }
    Ok(file)
}
