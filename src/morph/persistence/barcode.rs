//! The bars of a neuron, and the numbers that sum them up.

use std::fmt;
use std::path::Path;

use crate::error::{Error, Result};
use crate::morph::counted;
use crate::run::atomic;

/// One branch: born at its tip, gone where it merges with a branch whose tip has a larger value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// The filter's value at the tip; TMD's first column.
    pub tip: f64,
    /// The filter's value at the fork where it merges, or where the neurite starts; TMD's second column.
    pub merge: f64,
    /// Number of the neurite, from 0, in the order of the samples.
    pub neurite: u32,
    /// SWC type of the neurite's first sample.
    pub kind: u16,
}

impl Bar {
    /// Length of the bar, 0 or more.
    pub fn length(&self) -> f64 {
        (self.tip - self.merge).abs()
    }

    /// The smaller and the larger end.
    pub fn interval(&self) -> (f64, f64) {
        (self.tip.min(self.merge), self.tip.max(self.merge))
    }
}

/// The bars of a neuron: one per tip, neurite by neurite, the longest of each first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Barcode {
    /// The bars; their ends are finite.
    pub bars: Vec<Bar>,
    /// What the values are, as an axis is labelled: `radial distance (µm)`.
    pub quantity: String,
}

impl Barcode {
    /// Number of bars, which is the number of tips.
    pub fn len(&self) -> usize {
        self.bars.len()
    }

    /// Whether there is no bar: no sample was of the types asked for.
    pub fn is_empty(&self) -> bool {
        self.bars.is_empty()
    }

    /// Sum of the bars' lengths, in the filter's unit.
    pub fn total_length(&self) -> f64 {
        self.bars.iter().map(Bar::length).sum()
    }

    /// Persistent entropy, the Shannon entropy of the bars' shares of the total length, in nats (Chintakunta et al. 2015,
    /// Pattern Recognition 48:391-401): 0 for one bar, ln n for n bars of one length; 0 where all bars are empty.
    pub fn entropy(&self) -> f64 {
        let total = self.total_length();
        let shares = self.bars.iter().map(|bar| bar.length() / total).filter(|&share| share > 0.0);
        // Where the total is 0, no share is above it. Adding 0 makes the -0 of a lone bar a plain 0.
        -shares.map(|share| share * share.ln()).sum::<f64>() + 0.0
    }

    /// The barcode of each neurite, in order.
    pub fn neurites(&self) -> Vec<Barcode> {
        let same = |a: &Bar, b: &Bar| a.neurite == b.neurite;
        let piece = |bars: &[Bar]| Barcode { bars: bars.to_vec(), quantity: self.quantity.clone() };
        self.bars.chunk_by(same).map(piece).collect()
    }

    /// Smallest and largest value of tips, then of merges; `None` without bars.
    pub fn limits(&self) -> Option<[f64; 4]> {
        let range = |end: fn(&Bar) -> f64| {
            let values = self.bars.iter().map(end);
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
        };
        let ((a, b), (c, d)) = (range(|bar| bar.tip), range(|bar| bar.merge));
        (!self.is_empty()).then_some([a, b, c, d])
    }

    /// Writes the bars as CSV: `neurite,type,tip,merge`, with numbers that read back exactly.
    ///
    /// # Errors
    /// When the file's name does not end in `.csv`, or it cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        if path.extension().is_none_or(|ending| ending != "csv") {
            return Err(Error::value(format!("a barcode cannot be saved as `{}`", path.display()))
                .help("the file's name must end in .csv"));
        }
        let mut text = String::from("neurite,type,tip,merge\n");
        for Bar { tip, merge, neurite, kind } in &self.bars {
            text.push_str(&format!("{neurite},{kind},{tip},{merge}\n"));
        }
        atomic::write(path, text.as_bytes())
    }
}

impl fmt::Display for Barcode {
    /// `Barcode(34 bars, radial distance (µm), longest 412.3, entropy 3.12)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let longest = self.bars.iter().map(Bar::length).fold(0.0, f64::max);
        let (bars, entropy) = (counted(self.len(), "bar"), self.entropy());
        write!(f, "Barcode({bars}, {}, longest {longest:.1}, entropy {entropy:.2})", self.quantity)
    }
}
