//! Writing SWC so that reading it gives the same neuron back, bit by bit.

use std::fmt::Write as _;
use std::path::Path;

use crate::error::Result;
use crate::morph::formats::write::push_number;
use crate::morph::{Morphology, NO_PARENT};
use crate::run::atomic;

impl Morphology {
    /// The neuron as SWC text: samples depth-first, so parents come before their children; ids as they are; numbers
    /// with as many digits as reading them back exactly takes.
    ///
    /// # Errors
    /// When two samples share an id or have a negative one, or a number is not finite: no reader could take that.
    pub fn to_swc(&self) -> Result<String> {
        self.require_writable()?;
        let mut text = String::with_capacity(48 * self.len() + 64);
        text.push_str("# id type x y z radius parent\n");
        for i in 0..self.len() {
            let parent = match self.parent[i] {
                NO_PARENT => -1,
                p => self.id[p as usize],
            };
            // Writing to a string cannot fail.
            let _ = write!(text, "{} {}", self.id[i], self.kind[i]);
            for value in self.position[i].iter().chain([&self.radius[i]]) {
                text.push(' ');
                push_number(&mut text, *value);
            }
            let _ = writeln!(text, " {parent}");
        }
        Ok(text)
    }

    /// Writes the neuron as an SWC file; one that is there is replaced only when the new one is complete.
    ///
    /// # Errors
    /// As [`to_swc`](Self::to_swc), and when the file cannot be written.
    pub fn write_swc(&self, path: impl AsRef<Path>) -> Result<()> {
        atomic::write(path.as_ref(), self.to_swc().map_err(|e| e.in_file(path.as_ref()))?.as_bytes())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::morph::{parse_swc, read_swc};

    #[test]
    fn extreme_numbers_survive() {
        let text = "7 1 -0.0 1e-300 123456.78901234567 1e-8 -1\n3 300 0.1 -999999999999999.9 2 0.30000000000000004 7\n";
        let first = parse_swc("x", text.as_bytes()).unwrap().morphology;
        let again = parse_swc("x", first.to_swc().unwrap().as_bytes()).unwrap().morphology;
        assert_eq!(first, again);
        // `==` takes -0 for 0.
        assert!(again.position[0][0].is_sign_negative());
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cell.swc");
        std::fs::write(&path, "old").unwrap();
        let neuron = parse_swc("cell", b"1 1 0 0 0 4 -1\n2 3 5 0 0 1 1\n").unwrap().morphology;
        neuron.write_swc(&path).unwrap();
        assert_eq!(read_swc(&path).unwrap().morphology, neuron);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let error = neuron.write_swc(path.join("below-a-file.swc")).unwrap_err();
        assert_eq!(error.kind, crate::error::Kind::File);
    }

    #[test]
    fn what_no_reader_could_take_is_refused() {
        let mut neuron = parse_swc("cell", b"1 1 0 0 0 4 -1\n2 3 5 0 0 1 1\n").unwrap().morphology;
        neuron.id[1] = 1;
        assert!(neuron.to_swc().unwrap_err().message.contains("sample number 1"));
        assert!(neuron.renumbered().to_swc().is_ok());
        neuron.radius[0] = f64::NAN;
        assert!(neuron.to_swc().unwrap_err().message.contains("not finite"));
    }
}
