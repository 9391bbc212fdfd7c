//! A CSV file that grows row by row and is seen when it is complete.
//!
//! Rows go into `….part` beside it. A stream that is broken off leaves that file; resuming checks its rows against the
//! ids that they should have, drops a row that was written half, and goes on behind the last whole one.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::ID;
use crate::error::{Error, Result};

/// A file of rows for known ids, in their order.
pub(crate) struct RowFile {
    path: PathBuf,
    part: PathBuf,
    /// None where the file was complete already.
    out: Option<csv::Writer<BufWriter<File>>>,
    header: Option<Vec<String>>,
    rows: usize,
}

impl RowFile {
    /// Begins the file, or goes on with one that was broken off; `ids` are those of all its rows.
    ///
    /// # Errors
    /// When the path does not end in `.csv`, the system refuses, or `resume` finds rows of other ids.
    pub fn open(path: &Path, ids: &[String], resume: bool) -> Result<Self> {
        if path.extension().and_then(|e| e.to_str()) != Some("csv") {
            return Err(Error::value(format!("rows cannot be streamed into `{}`", path.display()))
                .help("the file's name must end in .csv"));
        }
        let part = PathBuf::from(format!("{}.part", path.display()));
        if resume && path.exists() {
            let found = Found::read(path, ids)?;
            if found.rows == ids.len() {
                return Ok(RowFile { path: path.into(), part, out: None, header: found.header, rows: found.rows });
            }
        }
        let found = if resume && part.exists() { Found::read(&part, ids)? } else { Found::default() };
        if let Some(folder) = part.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|e| Error::io("cannot make the folder", folder, &e))?;
        }
        let refused = |e: &std::io::Error| Error::io("cannot write", &part, e);
        let file = OpenOptions::new().create(true).append(true).open(&part).map_err(|e| refused(&e))?;
        file.set_len(found.end).map_err(|e| refused(&e))?;
        let out = Some(csv::Writer::from_writer(BufWriter::new(file)));
        Ok(RowFile { path: path.into(), part, out, header: found.header, rows: found.rows })
    }

    /// Number of rows that are there.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Adds rows and hands them to the system.
    ///
    /// # Errors
    /// When the columns are not those of the rows before, or the system refuses.
    pub fn push(&mut self, header: &[String], ids: &[String], rows: &[Vec<String>]) -> Result<()> {
        let known = self.header.get_or_insert_with(Vec::new);
        let is_new = known.is_empty() && self.rows == 0;
        if !is_new && known != header {
            return Err(Error::value(format!(
                "rows of other columns: `{}` has {}, found {}",
                self.part.display(),
                known.join(", "),
                header.join(", ")
            ))
            .help("every row needs the same columns; leave out `resume` to begin anew"));
        }
        let Some(out) = &mut self.out else {
            return Err(Error::internal("a row for a file that is complete"));
        };
        let mut write = || -> std::result::Result<(), csv::Error> {
            if is_new {
                out.write_record(std::iter::once(ID).chain(header.iter().map(String::as_str)))?;
            }
            for (id, row) in ids.iter().zip(rows) {
                out.write_record(std::iter::once(id).chain(row))?;
            }
            Ok(out.flush()?)
        };
        write().map_err(|e| match e.kind() {
            csv::ErrorKind::Io(cause) => Error::io("cannot write", &self.part, cause),
            _ => Error::value(format!("a row of `{}` has not one text for each column", self.part.display())),
        })?;
        if is_new {
            *known = header.to_vec();
        }
        self.rows += rows.len();
        Ok(())
    }

    /// Syncs the file and puts it in its place.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn finish(self) -> Result<()> {
        let Some(out) = self.out else { return Ok(()) };
        let refused = |e: &std::io::Error| Error::io("cannot write", &self.part, e);
        let mut buffer = out.into_inner().map_err(|e| refused(e.error()))?;
        if self.rows == 0 {
            buffer.write_all(b"id\n").map_err(|e| refused(&e))?;
        }
        let file = buffer.into_inner().map_err(|e| refused(e.error()))?;
        file.sync_all().map_err(|e| refused(&e))?;
        std::fs::rename(&self.part, &self.path).map_err(|e| Error::io("cannot write", &self.path, &e))
    }
}

/// What a file of rows holds.
#[derive(Default)]
struct Found {
    header: Option<Vec<String>>,
    rows: usize,
    /// Where its last whole row ends, in bytes.
    end: u64,
}

impl Found {
    fn read(path: &Path, ids: &[String]) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|e| Error::io("cannot read", path, &e))?;
        // What stands behind the last end of a line was written half.
        let whole = bytes.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        let mut reader = csv::Reader::from_reader(&bytes[..whole]);
        let header: Vec<String> = match reader.headers() {
            Ok(header) => header.iter().skip(1).map(String::from).collect(),
            Err(_) => return Ok(Found::default()),
        };
        let mut found = Found { header: None, rows: 0, end: 0 };
        let mut record = csv::StringRecord::new();
        // A row that cannot be read ends what is kept.
        while let Ok(true) = reader.read_record(&mut record) {
            if ids.get(found.rows).map(String::as_str) != record.get(0) {
                let id = record.get(0).unwrap_or_default();
                let error =
                    Error::value(format!("row {} is of `{id}`: it was written for other cells", found.rows + 1));
                return Err(error.in_file(path).help("delete it, or leave out `resume` to begin anew"));
            }
            found.rows += 1;
            found.end = reader.position().byte();
        }
        if found.rows > 0 {
            found.header = Some(header);
        }
        Ok(found)
    }
}
