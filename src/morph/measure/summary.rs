//! A choice of numbers for each cell: what a learnt embedding should be compared with, and what tables of cells hold.

use super::arbor::Arbor;
use super::cell::ROWS;
use super::value::Value;
use crate::morph::Morphology;

/// Size and shape of one neuron in numbers, in our convention and in the unit of its positions.
///
/// All are finite where the neuron has what they measure; a mean over sections or forks is NaN where there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    values: [f64; Summary::NAMES.len()],
}

impl Summary {
    /// The numbers' names, in the order of [`values`](Self::values); [`metrics`](super::metrics) says what each is.
    pub const NAMES: [&'static str; 35] = [
        "n_nodes",
        "n_roots",
        "n_stems",
        "n_bifurcations",
        "n_tips",
        "total_length",
        "extent_x",
        "extent_y",
        "extent_z",
        "max_distance",
        "mean_distance",
        "centre_offset",
        "max_path_length",
        "mean_radius",
        "max_radius",
        "n_sections",
        "total_area",
        "total_volume",
        "mean_section_length",
        "mean_terminal_length",
        "mean_tortuosity",
        "mean_taper",
        "samples_per_section",
        "max_branch_order",
        "strahler_order",
        "mean_partition_asymmetry",
        "mean_tip_asymmetry",
        "mean_local_angle",
        "mean_remote_angle",
        "mean_sibling_ratio",
        "mean_power_relation",
        "soma_radius",
        "soma_surface_area",
        "soma_volume",
        "length_fraction_above_soma",
    ];

    /// The numbers.
    pub fn values(&self) -> [f64; Summary::NAMES.len()] {
        self.values
    }

    /// A number by its name; none for a name that is not among [`NAMES`](Self::NAMES).
    pub fn get(&self, name: &str) -> Option<f64> {
        Summary::NAMES.iter().position(|n| *n == name).map(|at| self.values[at])
    }
}

impl Morphology {
    /// The numbers of [`Summary::NAMES`].
    pub fn summary(&self) -> Summary {
        let arbor = Arbor::new(self);
        let mut values = [f64::NAN; Summary::NAMES.len()];
        // The table begins with these rows, which a test holds it to; those numbers of cells exist for every neuron.
        for (value, row) in values.iter_mut().zip(&ROWS) {
            if let Ok(Value::Number(number)) = (row.compute)(&arbor).map(Value::finite_or_nan) {
                *value = number;
            }
        }
        Summary { values }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::measure::Value;
    use crate::morph::{SynthesisOptions, classes, parse_swc, synthesize};

    #[test]
    fn the_table_begins_with_these_names() {
        for (name, row) in Summary::NAMES.iter().zip(&ROWS) {
            assert_eq!(*name, row.name);
        }
    }

    #[test]
    fn grown_cells_have_all_numbers_and_a_point_has_those_it_can() {
        for (class, _) in classes() {
            let neuron = synthesize(class, &SynthesisOptions::default(), 5).unwrap();
            let summary = neuron.summary();
            for (name, value) in Summary::NAMES.iter().zip(summary.values()) {
                assert!(value.is_finite(), "{class}: {name} is {value}");
                assert_eq!(neuron.metric(name, &Default::default()).unwrap(), Value::Number(value));
            }
        }
        let point = parse_swc("t", b"1 1 0 0 0 2 -1\n").unwrap().morphology.summary();
        assert_eq!((point.get("total_length"), point.get("soma_radius")), (Some(0.0), Some(2.0)));
        assert!(point.get("mean_tortuosity").unwrap().is_nan());
    }

    #[test]
    fn counts_are_those_of_the_neuron() {
        let neuron = synthesize("basket", &SynthesisOptions::default(), 5).unwrap();
        let summary = neuron.summary();
        let of = |name| summary.get(name).unwrap();
        assert_eq!(of("n_bifurcations"), neuron.n_bifurcations() as f64);
        assert_eq!(of("n_tips"), neuron.n_tips() as f64);
        assert_eq!(of("n_stems"), neuron.n_stems() as f64);
        assert!((of("total_length") - neuron.total_length()).abs() < 1e-9 * neuron.total_length());
    }
}
