//! A neuron in a quarter of the memory, exactly.
//!
//! A [`Morphology`] takes 46 bytes per sample, of which little is information: coordinates of a file are decimal numbers
//! with a few digits, a sample's parent is nearly always the sample before it, and types and numbers change only
//! where a branch starts. [`Packed`] keeps coordinates as whole multiples of a power of ten ([`decimal`]) and the rest
//! as runs ([`runs`]): some 17 bytes per sample. Unpacking takes some microseconds and gives back every bit; where a
//! number is not a decimal of nine digits (after a rotation, say), a neuron's coordinates are kept as they are.
//!
//! It is a form for holding and storing many neurons. Nothing is measured on it.

mod decimal;
mod runs;

use std::sync::Arc;

pub(crate) use decimal::Decimals;
use runs::Runs;

use super::{Morphology, NO_PARENT};

/// A neuron, packed.
#[derive(Clone, Debug, PartialEq)]
pub struct Packed {
    name: Arc<str>,
    /// x, y and z of each sample in turn.
    position: Decimals,
    radius: Decimals,
    /// Most parents are the sample before: runs that go up by one. A root begins a run, for [`NO_PARENT`] plus one is 0.
    parent: Runs<u32>,
    kind: Runs<u16>,
    id: Runs<i64>,
}

/// A packed neuron's parts, as they are written into files.
pub(crate) struct Parts<'a> {
    pub position: &'a Decimals,
    pub radius: &'a Decimals,
    pub parent: Vec<u32>,
    pub kind: Vec<u16>,
    /// Nothing where the samples are numbered from 1.
    pub id: Option<Vec<i64>>,
}

impl Packed {
    /// Packs a neuron.
    pub fn new(neuron: &Morphology) -> Self {
        Packed {
            name: Arc::clone(&neuron.name),
            position: Decimals::new(neuron.position.as_flattened()),
            radius: Decimals::new(&neuron.radius),
            parent: Runs::new(&neuron.parent, next_parent),
            kind: Runs::new(&neuron.kind, same),
            id: Runs::new(&neuron.id, next_id),
        }
    }

    /// The neuron, every bit as it was.
    pub fn unpack(&self) -> Morphology {
        let n = self.len();
        let flat = self.position.to_vec();
        Morphology {
            name: Arc::clone(&self.name),
            parent: self.parent.to_vec(n, next_parent),
            position: flat.as_chunks().0.to_vec(),
            radius: self.radius.to_vec(),
            kind: self.kind.to_vec(n, same),
            id: self.id.to_vec(n, next_id),
        }
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.radius.len()
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the neuron is called.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The memory that the neuron takes, in bytes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.name.len()
            + self.position.bytes()
            + self.radius.bytes()
            + self.parent.bytes()
            + self.kind.bytes()
            + self.id.bytes()
    }

    /// The parts, for writing.
    pub(crate) fn parts(&self) -> Parts<'_> {
        let n = self.len();
        let id = self.id.to_vec(n, next_id);
        Parts {
            position: &self.position,
            radius: &self.radius,
            parent: self.parent.to_vec(n, next_parent),
            kind: self.kind.to_vec(n, same),
            id: Some(id).filter(|id| id.iter().zip(1..).any(|(&id, place)| id != place)),
        }
    }

    /// A neuron of parts that were read; nothing where they do not make one: lists of different length, or a parent
    /// that does not come before its child.
    pub(crate) fn from_parts(
        name: Arc<str>,
        position: Decimals,
        radius: Decimals,
        parent: &[u32],
        kind: &[u16],
        id: Option<&[i64]>,
    ) -> Option<Self> {
        let n = radius.len();
        let ordered = parent.iter().zip(0u32..).all(|(&parent, place)| parent == NO_PARENT || parent < place);
        let fits = position.len() == 3 * n && parent.len() == n && kind.len() == n;
        if n == 0 || !fits || !ordered || id.is_some_and(|id| id.len() != n) {
            return None;
        }
        let id = match id {
            Some(id) => Runs::new(id, next_id),
            None => Runs::new(&(1..=n as i64).collect::<Vec<_>>(), next_id),
        };
        Some(Packed { name, position, radius, parent: Runs::new(parent, next_parent), kind: Runs::new(kind, same), id })
    }
}

fn next_parent(parent: u32) -> u32 {
    parent.wrapping_add(1)
}

fn next_id(id: i64) -> i64 {
    id.wrapping_add(1)
}

fn same(kind: u16) -> u16 {
    kind
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::testing::{data, forest};
    use crate::morph::{SynthesisOptions, parse_swc, read_swc, synthesize};
    use crate::run::seed;

    fn unpacks(neuron: &Morphology) -> Packed {
        let packed = Packed::new(neuron);
        let again = packed.unpack();
        // Bits, not values: -0 must stay.
        let bits = |m: &Morphology| {
            let numbers = m.position.as_flattened().iter().chain(&m.radius);
            numbers.map(|v| v.to_bits()).collect::<Vec<_>>()
        };
        assert_eq!(bits(&again), bits(neuron));
        assert_eq!(
            (&again.parent, &again.kind, &again.id, &again.name),
            (&neuron.parent, &neuron.kind, &neuron.id, &neuron.name)
        );
        packed
    }

    #[test]
    fn a_grown_cell_takes_a_third_of_the_memory() {
        for class in ["pyramidal", "purkinje", "granule"] {
            let neuron = synthesize(class, &SynthesisOptions::default(), 3).unwrap();
            let packed = unpacks(&neuron);
            let per_sample = packed.bytes() as f64 / neuron.len() as f64;
            assert!(per_sample < 20.0, "{class}: {per_sample} bytes per sample");
        }
    }

    #[test]
    fn any_neuron_unpacks_to_itself() {
        unpacks(&parse_swc("one", b"9 0 1e15 -0 1e-300 0 -1\n").unwrap().morphology);
        unpacks(&parse_swc("t", b"1 1 -0.0 214748.3647 -214748.3647 5 -1\n2 3 0.1 0.2 0.3 0 1\n").unwrap().morphology);
        for i in 0..20 {
            unpacks(&forest(&mut seed::stream(3, "pack", i), 200, 4));
        }
        let chain = Morphology {
            name: "chain".into(),
            parent: std::iter::once(NO_PARENT).chain(0..99_999).collect(),
            position: (0..100_000).map(|i| [f64::from(i), 0.5, -0.25]).collect(),
            radius: vec![1.0; 100_000],
            kind: vec![3; 100_000],
            id: (1..=100_000).rev().collect(),
        };
        unpacks(&chain);
    }

    #[test]
    fn parts_that_make_no_neuron_are_refused() {
        let numbers = |n: usize| Decimals::new(&vec![1.0; n]);
        let make = |n: usize, parent: &[u32]| {
            Packed::from_parts("x".into(), numbers(6), numbers(n), parent, &[1, 3], None).is_some()
        };
        assert!(make(2, &[NO_PARENT, 0]));
        assert!(!make(2, &[NO_PARENT, 1]) && !make(2, &[NO_PARENT]) && !make(1, &[NO_PARENT, 0]));
    }

    #[test]
    fn real_cells_unpack_to_themselves() {
        let Some(data) = data() else { return };
        let (mut bytes, mut samples) = (0, 0);
        for set in ["act_allen", "fly_medulla", "bbp_rat_ssc"] {
            let files = std::fs::read_dir(data.join(set)).unwrap().map(|e| e.unwrap().path());
            for file in files.filter(|f| f.extension().is_some_and(|e| e == "swc")).take(30) {
                let neuron = read_swc(&file).unwrap().morphology;
                bytes += unpacks(&neuron).bytes();
                samples += neuron.len();
            }
        }
        assert!(samples == 0 || bytes as f64 / (samples as f64) < 24.0, "{bytes} bytes for {samples} samples");
    }
}
