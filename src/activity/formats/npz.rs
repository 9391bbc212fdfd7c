//! Recordings as NumPy archives.
//!
//! Members: `traces` (frames x neurons), `neuron_names` (texts), `dt` (seconds), and where they are known `states` (whole
//! numbers, -1 for not known) with `state_names`, and `identified` (booleans). Arrays of objects, which are Python's
//! pickles, are never read.

use std::io::{Cursor, Read};

use npyz::{DType, NpyFile, Order, TypeChar};
use zip::ZipArchive;

use crate::activity::{Recording, States};
use crate::error::{Error, Result};

/// The most bytes that a member is unpacked to.
const LARGEST: u64 = 4 << 30;
const MEMBERS: &str = "a recording has `traces` (frames x neurons), `neuron_names` and `dt`, optionally `states` with \
                       `state_names`, and `identified`";

pub(super) fn parse(name: &str, bytes: &[u8]) -> Result<Recording> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| {
        Error::format(format!("no NumPy archive: {e}")).help("the file is damaged or unfinished: copy it again")
    })?;
    let mut get = |member: &str| -> Result<Option<Array>> { Array::read(&mut archive, member) };
    let missing = |member: &str| Error::format(format!("the archive has no `{member}`")).help(MEMBERS);
    let traces = get("traces")?.ok_or_else(|| missing("traces"))?;
    let [frames, neurons] = traces.shape[..] else {
        return Err(Error::format(format!("`traces` has {} dimensions, expected 2", traces.shape.len())).help(MEMBERS));
    };
    let names = get("neuron_names")?.ok_or_else(|| missing("neuron_names"))?.texts("neuron_names")?;
    if names.len() != neurons {
        return Err(
            Error::format(format!("{} neuron names for {neurons} columns of `traces`", names.len())).help(MEMBERS)
        );
    }
    let dt = get("dt")?.ok_or_else(|| missing("dt"))?.numbers("dt")?;
    let &[dt] = dt.as_slice() else {
        return Err(Error::format(format!("`dt` has {} values, expected 1", dt.len())).help(MEMBERS));
    };
    let mut recording = Recording::new(name, names, traces.numbers("traces")?, dt)?;
    if let Some(flags) = get("identified")? {
        recording = recording.with_identified(flags.numbers("identified")?.iter().map(|&v| v != 0.0).collect())?;
    }
    if let Some(states) = get("states")? {
        let names = get("state_names")?.ok_or_else(|| missing("state_names"))?.texts("state_names")?;
        let codes = states.numbers("states")?;
        if codes.len() != frames {
            return Err(Error::format(format!("{} states for {frames} frames", codes.len())).help(MEMBERS));
        }
        let code = |v: f64| (v >= 0.0).then_some(v as u32);
        recording = recording.with_states(States::new(names.into(), codes.into_iter().map(code).collect())?)?;
    }
    Ok(recording)
}

/// What a member holds.
enum Values {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
}

struct Array {
    shape: Vec<usize>,
    values: Values,
}

impl Array {
    /// A member, or nothing where the archive lacks it.
    fn read(archive: &mut ZipArchive<Cursor<&[u8]>>, member: &str) -> Result<Option<Array>> {
        let fault = |why: String| {
            Error::format(format!("`{member}` cannot be read: {why}"))
                .help("the file is damaged or unfinished: copy it again")
        };
        let file = match archive.by_name(&format!("{member}.npy")) {
            Ok(file) => file,
            Err(zip::result::ZipError::FileNotFound) => return Ok(None),
            Err(e) => return Err(fault(e.to_string())),
        };
        let mut bytes = Vec::new();
        // What is read counts, not what the archive claims.
        file.take(LARGEST).read_to_end(&mut bytes).map_err(|e| fault(e.to_string()))?;
        let npy = NpyFile::new(&bytes[..]).map_err(|e| fault(e.to_string()))?;
        let mut shape = Vec::new();
        let mut count: u64 = 1;
        for &side in npy.shape() {
            count = count
                .checked_mul(side)
                .filter(|&c| c <= bytes.len() as u64)
                .ok_or_else(|| fault(format!("a shape of {:?} in {} bytes", npy.shape(), bytes.len())))?;
            shape.push(side as usize);
        }
        let columns_first = npy.order() == Order::Fortran;
        let DType::Plain(kind) = npy.dtype() else {
            return Err(fault("it holds records, expected plain numbers or texts".into()));
        };
        macro_rules! numbers {
            ($t:ty) => {
                npy.into_vec::<$t>().map(|v| v.into_iter().map(|x| x as f64).collect::<Vec<f64>>())
            };
        }
        let size = kind.size_field();
        let values = match (kind.type_char(), size) {
            (TypeChar::Float, 4) => numbers!(f32),
            (TypeChar::Float, 8) => numbers!(f64),
            (TypeChar::Int, 1) => numbers!(i8),
            (TypeChar::Int, 2) => numbers!(i16),
            (TypeChar::Int, 4) => numbers!(i32),
            (TypeChar::Int, 8) => numbers!(i64),
            (TypeChar::Uint, 1) => numbers!(u8),
            (TypeChar::Uint, 2) => numbers!(u16),
            (TypeChar::Uint, 4) => numbers!(u32),
            (TypeChar::Uint, 8) => numbers!(u64),
            (TypeChar::Bool, _) => {
                npy.into_vec::<bool>().map(|v| v.into_iter().map(|b| f64::from(u8::from(b))).collect())
            }
            (TypeChar::UnicodeStr, _) => {
                let texts = npy.into_vec::<String>().map_err(|e| fault(e.to_string()))?;
                return Ok(Some(Array { shape, values: Values::Texts(texts) }));
            }
            (TypeChar::ByteStr, _) => {
                let texts = npy.into_vec::<Vec<u8>>().map_err(|e| fault(e.to_string()))?;
                let texts = texts.iter().map(|b| String::from_utf8_lossy(b).into_owned()).collect();
                return Ok(Some(Array { shape, values: Values::Texts(texts) }));
            }
            (other, _) => return Err(fault(format!("values of kind `{other}`, expected numbers or texts"))),
        };
        let mut values = values.map_err(|e| fault(e.to_string()))?;
        if let (true, [rows, columns]) = (columns_first, &shape[..]) {
            values = (0..rows * columns).map(|i| values[(i % columns) * rows + i / columns]).collect();
        }
        Ok(Some(Array { shape, values: Values::Numbers(values) }))
    }

    fn numbers(self, member: &str) -> Result<Vec<f64>> {
        match self.values {
            Values::Numbers(values) => Ok(values),
            Values::Texts(_) => Err(Error::format(format!("`{member}` holds texts, expected numbers")).help(MEMBERS)),
        }
    }

    fn texts(self, member: &str) -> Result<Vec<String>> {
        match self.values {
            Values::Texts(texts) => Ok(texts),
            Values::Numbers(_) => Err(Error::format(format!("`{member}` holds numbers, expected texts")).help(MEMBERS)),
        }
    }
}
