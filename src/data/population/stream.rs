//! A row per cell into a file, as the cells go by: for populations whose results, or whose cells, one does not want to
//! hold; broken off and resumed.

use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use super::{Population, metrics};
use crate::data::array_file::ArrayFile;
use crate::data::table::RowFile;
use crate::error::Result;
use crate::{interrupt, progress};

/// What a stream wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streamed {
    /// Rows in the file.
    pub rows: usize,
    /// How many of them were there from a stream that was broken off.
    pub resumed: usize,
}

/// Rows that are made together, for each thread.
const PIECE: usize = 64;

impl Population {
    /// Writes the measures of every cell ([`metrics`](Self::metrics) without the labels) into a CSV file, in parallel and
    /// in the cells' order, holding only the cells in work. The file appears when it is complete; until then its rows
    /// are in a file called `….part` beside it, from which `resume` goes on.
    ///
    /// # Errors
    /// When the path does not end in `.csv`, a cell cannot be read, the system refuses, `resume` finds rows of other
    /// cells, or on a requested stop; rows that were written stay.
    pub fn metrics_to(&self, path: impl AsRef<Path>, resume: bool) -> Result<Streamed> {
        let header: Vec<String> = metrics::measures().map(|(name, _)| name.to_string()).collect();
        self.rows_to(path.as_ref(), resume, "measuring", |places| {
            let blocks = self.blocks(places);
            let rows: Vec<Vec<Vec<String>>> = blocks
                .into_par_iter()
                .with_max_len(1)
                .map(|block| {
                    self.cells[block].iter().map(|cell| Ok(written(&metrics::measure(&*cell.get()?)))).collect()
                })
                .collect::<Result<_>>()?;
            Ok((header.clone(), rows.into_iter().flatten().collect()))
        })
    }

    /// Writes rows that `make` makes of some cells at a time, given by their places: the columns' names, the same for
    /// all, and a text per column for each cell. Otherwise as [`metrics_to`](Self::metrics_to).
    ///
    /// # Errors
    /// As [`metrics_to`](Self::metrics_to), and what `make` says.
    pub fn rows_to(
        &self,
        path: &Path,
        resume: bool,
        title: &str,
        mut make: impl FnMut(Range<usize>) -> Result<(Vec<String>, Vec<Vec<String>>)>,
    ) -> Result<Streamed> {
        let mut file = RowFile::open(path, &self.ids, resume)?;
        let resumed = file.rows();
        self.in_pieces(resumed, title, |places| {
            let (header, rows) = make(places.clone())?;
            file.push(&header, &self.ids[places], &rows)
        })?;
        file.finish()?;
        Ok(Streamed { rows: self.len(), resumed })
    }

    /// Writes an array with a row per cell as an npy file, of 64-bit numbers that `make` makes of some cells at a time,
    /// row by row; the ids go into a CSV file beside it (`z.npy`, `z.ids.csv`). Otherwise as [`rows_to`](Self::rows_to).
    ///
    /// # Errors
    /// When the path does not end in `.npy`, and as [`rows_to`](Self::rows_to).
    pub fn array_to(
        &self,
        path: &Path,
        columns: usize,
        resume: bool,
        title: &str,
        mut make: impl FnMut(Range<usize>) -> Result<Vec<f64>>,
    ) -> Result<Streamed> {
        let mut file = ArrayFile::open(path, &self.ids, columns, resume)?;
        let resumed = file.rows();
        self.in_pieces(resumed, title, |places| file.push(&make(places)?))?;
        file.finish()?;
        Ok(Streamed { rows: self.len(), resumed })
    }

    /// Calls `work` with some cells at a time from `from` on, as many as keep all threads busy.
    fn in_pieces(&self, from: usize, title: &str, mut work: impl FnMut(Range<usize>) -> Result<()>) -> Result<()> {
        let meter = progress::begin(title, self.len() as u64);
        meter.set(from as u64, "");
        let step = PIECE * rayon::current_num_threads();
        for start in (from..self.len()).step_by(step) {
            interrupt::check()?;
            let places = start..self.len().min(start + step);
            work(places.clone())?;
            meter.set(places.end as u64, "");
        }
        Ok(())
    }
}

/// Numbers as a CSV file has them: exact, nothing for NaN.
fn written(numbers: &[f64]) -> Vec<String> {
    numbers.iter().map(|v| if v.is_nan() { String::new() } else { v.to_string() }).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::cell::Cell;
    use std::fs;
    use std::sync::Arc;

    use super::*;
    use crate::data::Table;
    use crate::data::table::LoadOptions;
    use crate::error::Error;
    use crate::morph::testing::forest;
    use crate::run::seed;

    fn population() -> Population {
        Population::new((0..300).map(|i| Arc::new(forest(&mut seed::stream(8, "stream", i), 30, 2))).collect())
    }

    #[test]
    fn streamed_rows_are_the_measures() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csv");
        let cells = population();
        assert_eq!(cells.metrics_to(&path, false).unwrap(), Streamed { rows: 300, resumed: 0 });
        let read = Table::load(&path, &LoadOptions::default()).unwrap();
        assert_eq!(read.ids(), cells.ids());
        // Without a fork, what is measured at forks is NaN, which equals itself by its bits only.
        let bits = |table: &Table| table.matrix().unwrap().0.values().iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&read), bits(&cells.metrics().unwrap()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        // A file that is complete is not written again.
        assert_eq!(cells.metrics_to(&path, true).unwrap().resumed, 300);
        assert!(cells.metrics_to(folder.path().join("m.json"), false).is_err());
    }

    #[test]
    fn a_stream_that_was_broken_off_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let (path, part) = (folder.path().join("m.csv"), folder.path().join("m.csv.part"));
        let cells = population();
        let made = Cell::new(0);
        let run = |resume, stop_at: usize| {
            cells.rows_to(&path, resume, "t", |places| {
                if places.start >= stop_at {
                    return Err(Error::value("stopped"));
                }
                made.set(made.get() + places.len());
                Ok((vec!["n".into()], places.map(|place| vec![place.to_string()]).collect()))
            })
        };
        assert!(run(false, 200).is_err());
        assert!(!path.exists() && part.exists());
        let first = made.replace(0);
        // A row that was written half is made again.
        let mut text = fs::read_to_string(&part).unwrap();
        text.truncate(text.len() - 2);
        fs::write(&part, &text).unwrap();
        let done = run(true, 999).unwrap();
        assert_eq!((done.rows, done.resumed, made.get()), (300, first - 1, 300 - first + 1));
        let read = Table::load(&path, &LoadOptions::default()).unwrap();
        assert_eq!(read.column("n").unwrap().as_numbers().unwrap()[299], 299.0);
        assert!(!part.exists());
        // Rows of other cells, or of other columns, are not gone on from.
        assert!(cells.select(&[1, 0]).unwrap().rows_to(&path, true, "t", |_| Ok((Vec::new(), Vec::new()))).is_err());
        fs::rename(&path, &part).unwrap();
        let text = fs::read_to_string(&part).unwrap();
        fs::write(&part, text.lines().take(5).map(|l| format!("{l}\n")).collect::<String>()).unwrap();
        let other = cells.metrics_to(&path, true).unwrap_err();
        assert!(other.message.contains("other columns"), "{other}");
    }

    #[test]
    fn an_array_that_was_broken_off_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let (path, part) = (folder.path().join("z.npy"), folder.path().join("z.npy.part"));
        let cells = population();
        let run = |cells: &Population, resume, stop_at: usize| {
            cells.array_to(&path, 2, resume, "t", |places| {
                if places.start >= stop_at {
                    return Err(Error::value("stopped"));
                }
                Ok(places.flat_map(|place| [place as f64, 0.5]).collect())
            })
        };
        assert!(run(&cells, false, 200).is_err());
        assert!(!path.exists() && part.exists());
        // A row that was written half is made again.
        let mut bytes = fs::read(&part).unwrap();
        bytes.truncate(bytes.len() - 3);
        fs::write(&part, &bytes).unwrap();
        let other = run(&cells.select(&[1, 0]).unwrap(), true, 999).unwrap_err();
        assert!(other.message.contains("other cells"), "{other}");
        let done = run(&cells, true, 999).unwrap();
        assert!(done.rows == 300 && done.resumed > 0 && done.resumed < 300 && !part.exists());
        let bytes = fs::read(&path).unwrap();
        let read = npyz::NpyFile::new(&bytes[..]).unwrap();
        assert_eq!(read.shape(), [300, 2]);
        let expected: Vec<f64> = (0..300).flat_map(|place| [f64::from(place), 0.5]).collect();
        assert_eq!(read.into_vec::<f64>().unwrap(), expected);
        let ids = fs::read_to_string(folder.path().join("z.ids.csv")).unwrap();
        assert!(ids.lines().skip(1).eq(cells.ids().iter().map(String::as_str)));
        assert_eq!(run(&cells, true, 0).unwrap().resumed, 300);
        let wider = cells.array_to(&path, 3, true, "t", |_| Ok(Vec::new())).unwrap_err();
        assert!(wider.message.contains("other columns"), "{wider}");
        assert!(cells.array_to(&folder.path().join("z.txt"), 2, false, "t", |_| Ok(Vec::new())).is_err());
    }
}
