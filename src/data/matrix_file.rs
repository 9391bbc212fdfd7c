//! Matrices as files: CSV for people and spreadsheets, npy for NumPy.

use std::path::Path;

use super::Matrix;
use crate::error::{Error, Result};
use crate::run::{atomic, npy};

impl Matrix {
    /// Writes the matrix: `.csv` with a header, the cells' ids first and numbers that read back exactly; `.npy` with the
    /// numbers alone, 64-bit, `[rows, columns]`.
    ///
    /// # Errors
    /// When the ending is another, or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let bytes = match path.extension().and_then(|e| e.to_str()) {
            Some("csv") => {
                self.to_csv().map_err(|e| Error::internal(format!("cannot lay out `{}`: {e}", path.display())))?
            }
            Some("npy") => npy::bytes(&[self.rows(), self.cols()], self.values())?,
            _ => {
                return Err(Error::value(format!("a matrix cannot be saved as `{}`", path.display()))
                    .help("the file's name must end in .csv or .npy"));
            }
        };
        atomic::write(path, &bytes)
    }

    fn to_csv(&self) -> std::io::Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(std::iter::once("id").chain(self.columns().iter().map(String::as_str)))?;
        for (id, row) in self.ids().iter().zip(self.iter_rows()) {
            writer.write_field(id)?;
            writer.write_record(row.iter().map(f64::to_string))?;
        }
        writer.into_inner().map_err(|e| std::io::Error::other(e.to_string()))
    }
}

impl std::fmt::Display for Matrix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.columns().iter().take(3).map(String::as_str).collect();
        let more = if self.cols() > 3 { ", …" } else { "" };
        write!(f, "Matrix({} rows, {} columns: {}{more})", self.rows(), self.cols(), names.join(", "))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn files_hold_the_numbers_exactly() {
        let folder = tempfile::tempdir().unwrap();
        let ids = ["a, b".to_string(), "c".to_string()].into();
        let matrix = Matrix::numbered(ids, "z", 2, vec![0.1, -2.5e-300, 1.0 / 3.0, 4.0]).unwrap();
        let csv = folder.path().join("z.csv");
        matrix.save(&csv).unwrap();
        let text = std::fs::read_to_string(csv).unwrap();
        assert!(text.starts_with("id,z1,z2\n\"a, b\",0.1,-0.0000"));
        let third: f64 = text.lines().nth(2).unwrap().split(',').nth(1).unwrap().parse().unwrap();
        assert_eq!(third, 1.0 / 3.0);
        let npy = folder.path().join("z.npy");
        matrix.save(&npy).unwrap();
        let bytes = std::fs::read(npy).unwrap();
        let file = npyz::NpyFile::new(&bytes[..]).unwrap();
        assert_eq!(file.shape(), [2, 2]);
        assert_eq!(file.into_vec::<f64>().unwrap(), matrix.values());
        assert!(matrix.save(&folder.path().join("z.xlsx")).unwrap_err().help.is_some());
    }
}
