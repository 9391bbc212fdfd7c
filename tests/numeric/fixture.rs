//! Reference data that lies outside the project.

use std::path::{Path, PathBuf};

#[cfg(feature = "torch")]
use npyz::npz::NpzArchive;

#[allow(clippy::print_stderr)] // a test that is skipped must be seen
/// The folder of a data set, or `None` (said on the terminal) where the data are not at hand.
pub fn data(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("NMS_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let folder = root.join(name);
    if folder.exists() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no data at {} (set NMS_DATA to the folder that holds them)", folder.display());
    None
}

/// A JSON file.
pub fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path).expect("the fixture is there")).expect("the fixture is JSON")
}

/// Arrays of a NumPy archive, as 64-bit numbers.
#[cfg(feature = "torch")]
pub struct Npz(NpzArchive<std::io::BufReader<std::fs::File>>);

#[cfg(feature = "torch")]
impl Npz {
    pub fn open(path: &Path) -> Npz {
        Npz(NpzArchive::open(path).expect("the fixture is a NumPy archive"))
    }

    pub fn get(&mut self, name: &str) -> (Vec<usize>, Vec<f64>) {
        let array = self.0.by_name(name).expect("the archive can be read").unwrap_or_else(|| panic!("no array {name}"));
        let columns_first = array.order() == npyz::Order::Fortran;
        let shape: Vec<usize> = array.shape().iter().map(|&n| n as usize).collect();
        let mut numbers: Vec<f64> = match array.dtype().descr().as_str() {
            "'<f4'" => array.into_vec::<f32>().expect("f32").into_iter().map(f64::from).collect(),
            "'<f8'" => array.into_vec::<f64>().expect("f64"),
            "'|u1'" => array.into_vec::<u8>().expect("u8").into_iter().map(f64::from).collect(),
            "'<i4'" => array.into_vec::<i32>().expect("i32").into_iter().map(f64::from).collect(),
            other => panic!("{name} is of kind {other}"),
        };
        if columns_first && let [rows, cols] = shape[..] {
            numbers = (0..rows * cols).map(|i| numbers[(i % cols) * rows + i / cols]).collect();
        }
        (shape, numbers)
    }

    pub fn f32(&mut self, name: &str) -> Vec<f32> {
        self.get(name).1.into_iter().map(|v| v as f32).collect()
    }
}

/// The largest absolute difference.
#[cfg(feature = "torch")]
pub fn distance(a: &[f32], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max)
}
