//! A neuron in one line, for the prompt and for messages.

use std::fmt;

use crate::morph::{Morphology, kind};

impl fmt::Display for Morphology {
    /// `Morphology(313862167, 11 170 samples, 9.3 mm cable, 146 bifurcations, 74 trees, soma ok)`; the length takes
    /// positions for micrometres.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trees = match self.n_roots() {
            1 => String::new(),
            n => format!("{n} trees, "),
        };
        write!(
            f,
            "Morphology({}, {}, {} cable, {}, {trees}{})",
            self.name,
            counted(self.len(), "sample"),
            length(self.total_length()),
            counted(self.n_bifurcations(), "bifurcation"),
            soma_state(self)
        )
    }
}

/// A count with its noun in the plural where it needs one: `1 sample`, `11 170 samples`.
pub(crate) fn counted(n: usize, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(n))
}

/// A count with a blank between groups of three digits.
pub(crate) fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            shown.push(' ');
        }
        shown.push(digit);
    }
    shown
}

/// A length in micrometres with a readable unit.
pub(crate) fn length(micrometres: f64) -> String {
    match micrometres {
        l if l >= 999.95 => format!("{:.1} mm", l / 1000.0),
        l if l >= 10.0 || l == 0.0 => format!("{l:.0} µm"),
        l if l >= 0.01 => format!("{l:.2} µm"),
        l => format!("{l:.1e} µm"),
    }
}

fn soma_state(neuron: &Morphology) -> String {
    let is_soma = |i: usize| neuron.kind[i] == kind::SOMA;
    let samples = (0..neuron.len()).filter(|&i| is_soma(i)).count();
    let starts = (0..neuron.len()).filter(|&i| is_soma(i) && !neuron.parent_of(i).is_some_and(is_soma)).count();
    match (starts, samples) {
        (0, _) => "no soma".into(),
        // One sample, or the three of NeuroMorpho.Org.
        (1, 1 | 3) => "soma ok".into(),
        (1, n) => format!("soma of {n} samples"),
        (n, _) => format!("{n} somata"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::parse_swc;

    #[test]
    fn one_informative_line() {
        let text = b"1 1 0 0 0 4 -1\n2 3 5 0 0 1 1\n3 3 6005 0 0 1 2\n4 3 5 80 0 1 2\n5 2 0 9 0 1 -1\n6 2 0 10 0 1 5\n";
        let neuron = parse_swc("cell", text).unwrap().morphology;
        assert_eq!(neuron.to_string(), "Morphology(cell, 6 samples, 6.1 mm cable, 1 bifurcation, 2 trees, soma ok)");
        assert_eq!(grouped(1_234_567), "1 234 567");
        assert_eq!(grouped(100), "100");
        assert_eq!(length(999.96), "1.0 mm");
    }
}
