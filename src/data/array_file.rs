//! An npy file that grows row by row and is seen when it is complete.
//!
//! Rows go into `….part` beside it, and the cells' ids, which an array cannot hold, into `….ids.csv`. A stream that is
//! broken off leaves both; resuming checks the ids, drops a row that was written half, and goes on behind the last whole
//! one.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::run::{atomic, npy};

/// A file of rows of 64-bit numbers for known ids, in their order.
pub(crate) struct ArrayFile {
    path: PathBuf,
    part: PathBuf,
    /// None where the file was complete already.
    out: Option<BufWriter<File>>,
    columns: usize,
    rows: usize,
}

impl ArrayFile {
    /// Begins the file, or goes on with one that was broken off; `ids` are those of all its rows.
    ///
    /// # Errors
    /// When the path does not end in `.npy`, the system refuses, or `resume` finds rows of other ids or columns.
    pub fn open(path: &Path, ids: &[String], columns: usize, resume: bool) -> Result<Self> {
        if path.extension().and_then(|e| e.to_str()) != Some("npy") {
            return Err(Error::value(format!("an array cannot be streamed into `{}`", path.display()))
                .help("the file's name must end in .npy"));
        }
        let part = PathBuf::from(format!("{}.part", path.display()));
        let names = path.with_extension("ids.csv");
        let listed = list(ids)?;
        let header = npy::header(&[ids.len(), columns]);
        let refused = |e: &std::io::Error| Error::io("cannot write", &part, e);
        let mut rows = 0;
        let old = [path, &part].into_iter().find(|file| resume && file.exists());
        if let Some(old) = old {
            let unlike = |what: &str| {
                Error::value(format!("it was written for other {what}"))
                    .in_file(old)
                    .help("delete it, or leave out `resume` to begin anew")
            };
            if std::fs::read(&names).is_ok_and(|found| found != listed) {
                return Err(unlike("cells"));
            }
            let bytes = std::fs::metadata(old).map_err(|e| Error::io("cannot read", old, &e))?.len() as usize;
            if bytes >= header.len() && !begins_with(old, &header)? {
                return Err(unlike("columns"));
            }
            rows = bytes.saturating_sub(header.len()) / (8 * columns.max(1));
            if old == path && rows == ids.len() {
                return Ok(ArrayFile { path: path.into(), part, out: None, columns, rows });
            }
        }
        if let Some(folder) = part.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|e| Error::io("cannot make the folder", folder, &e))?;
        }
        atomic::write(&names, &listed)?;
        let mut file = OpenOptions::new().create(true).append(true).open(&part).map_err(|e| refused(&e))?;
        let kept = if rows == 0 { 0 } else { header.len() + rows * columns * 8 };
        file.set_len(kept as u64).map_err(|e| refused(&e))?;
        if rows == 0 {
            file.write_all(&header).map_err(|e| refused(&e))?;
        }
        Ok(ArrayFile { path: path.into(), part, out: Some(BufWriter::new(file)), columns, rows })
    }

    /// Number of rows that are there.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Adds whole rows and hands them to the system.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn push(&mut self, values: &[f64]) -> Result<()> {
        let out = self.out.as_mut().ok_or_else(|| Error::internal("a row for a file that is complete"))?;
        let mut write = || {
            values.iter().try_for_each(|v| out.write_all(&v.to_le_bytes()))?;
            out.flush()
        };
        write().map_err(|e| Error::io("cannot write", &self.part, &e))?;
        self.rows += values.len() / self.columns.max(1);
        Ok(())
    }

    /// Syncs the file and puts it in its place.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn finish(self) -> Result<()> {
        let Some(out) = self.out else { return Ok(()) };
        let file = out.into_inner().map_err(|e| Error::io("cannot write", &self.part, e.error()))?;
        file.sync_all().map_err(|e| Error::io("cannot write", &self.part, &e))?;
        std::fs::rename(&self.part, &self.path).map_err(|e| Error::io("cannot write", &self.path, &e))
    }
}

/// The ids as a CSV file of one column.
fn list(ids: &[String]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written =
        std::iter::once("id").chain(ids.iter().map(String::as_str)).try_for_each(|id| writer.write_record([id]));
    written.map_err(|e| Error::internal(format!("cannot lay out ids: {e}")))?;
    writer.into_inner().map_err(|e| Error::internal(format!("cannot lay out ids: {e}")))
}

fn begins_with(path: &Path, header: &[u8]) -> Result<bool> {
    use std::io::Read;
    let mut found = vec![0; header.len()];
    let mut file = File::open(path).map_err(|e| Error::io("cannot read", path, &e))?;
    file.read_exact(&mut found).map_err(|e| Error::io("cannot read", path, &e))?;
    Ok(found == header)
}
