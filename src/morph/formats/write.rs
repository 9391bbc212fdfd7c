//! Writing a neuron to a file of the format that its ending names.

use std::fmt::Write as _;
use std::path::Path;

use super::{Format, SomaStyle, write_parquet};
use crate::error::{Error, Result};
use crate::morph::Morphology;
use crate::run::atomic;

/// How a neuron is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct WriteOptions {
    /// How its soma is written; as it is.
    pub soma: SomaStyle,
}

impl Morphology {
    /// Writes the neuron as the file's ending says: `.swc`, `.nml` (NeuroML 2) or `.parquet` (navis' layout). A file
    /// that is there is replaced only when the new one is complete. With the soma as it is, what is written reads back
    /// identical, but for the name, which is the file's.
    ///
    /// # Errors
    /// An ending that is not among them, a neuron that no reader could take (see [`to_swc`](Morphology::to_swc)), and
    /// when the system refuses.
    pub fn write(&self, path: impl AsRef<Path>, options: &WriteOptions) -> Result<()> {
        let path = path.as_ref();
        let format = Format::to_write(path)?;
        let neuron = self.with_soma(options.soma);
        let text = match format {
            Format::Parquet => return write_parquet(path, [(&*neuron.name, &*neuron)]),
            Format::Neuroml => neuron.to_neuroml(),
            _ => neuron.to_swc(),
        };
        atomic::write(path, text.map_err(|e| e.in_file(path))?.as_bytes())
    }

    /// Refuses what no reader could take.
    pub(super) fn require_writable(&self) -> Result<()> {
        let bad = |i: usize| !self.radius[i].is_finite() || self.position[i].iter().any(|v| !v.is_finite());
        if let Some(i) = (0..self.len()).find(|&i| bad(i)) {
            return Err(Error::value(format!(
                "`{}` cannot be written: sample {} has a position or radius that is not finite",
                self.name, self.id[i]
            )));
        }
        let mut ids = self.id.clone();
        ids.sort_unstable();
        let repeated = ids.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
        match repeated.or(ids.first().copied().filter(|&id| id < 0)) {
            None => Ok(()),
            Some(id) => Err(Error::value(format!(
                "`{}` cannot be written: sample number {id} is negative or occurs twice",
                self.name
            ))
            .help("number the samples anew first: `renumbered`")),
        }
    }
}

/// The shortest decimal that reads back as the same float; very large and small ones with an exponent.
pub(super) fn push_number(text: &mut String, value: f64) {
    let plain = value == 0.0 || (1e-5..1e15).contains(&value.abs());
    let _ = if plain { write!(text, "{value}") } else { write!(text, "{value:e}") };
}
