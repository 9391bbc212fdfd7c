//! One cell of a population: in memory whole or packed, or in a file.

use std::sync::Arc;

use super::stored::Row;
use crate::error::Result;
use crate::morph::{Morphology, Packed};

/// A cell, however it is kept. Cloning shares it; [`get`](Cell::get) gives the neuron.
#[derive(Clone, Debug)]
pub struct Cell {
    form: Form,
    /// Whether the soma is moved to the origin when the neuron is asked for. Differences of decimals are no decimals:
    /// moving the neuron itself would double its memory.
    centred: bool,
}

#[derive(Clone, Debug)]
enum Form {
    Whole(Arc<Morphology>),
    Packed(Arc<Packed>),
    Stored(Row),
}

impl Cell {
    /// A neuron that is shared with others as it is.
    pub fn whole(neuron: Arc<Morphology>) -> Self {
        Cell { form: Form::Whole(neuron), centred: false }
    }

    /// A neuron in packed form.
    pub fn packed(neuron: &Morphology) -> Self {
        Cell { form: Form::Packed(Arc::new(Packed::new(neuron))), centred: false }
    }

    /// A row of a file.
    pub(super) fn stored(row: Row) -> Self {
        Cell { form: Form::Stored(row), centred: false }
    }

    /// The neuron: shared, unpacked in microseconds, or read from its file.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged; names it.
    pub fn get(&self) -> Result<Arc<Morphology>> {
        let neuron = match &self.form {
            Form::Whole(neuron) => Arc::clone(neuron),
            Form::Packed(packed) => Arc::new(packed.unpack()),
            Form::Stored(row) => Arc::new(row.read()?.unpack()),
        };
        Ok(if self.centred { Arc::new(neuron.centered()) } else { neuron })
    }

    /// The neuron in packed form; one that is packed already is shared.
    pub(super) fn to_packed(&self) -> Result<Arc<Packed>> {
        match &self.form {
            Form::Packed(packed) if !self.centred => Ok(Arc::clone(packed)),
            Form::Stored(row) if !self.centred => row.read(),
            _ => Ok(Arc::new(Packed::new(&*self.get()?))),
        }
    }

    /// The cell with its soma, or else first root, at the origin. Nothing is read for it.
    #[must_use]
    pub(super) fn centered(&self) -> Cell {
        match &self.form {
            Form::Whole(neuron) => Cell::whole(Arc::new(neuron.centered())),
            form => Cell { form: form.clone(), centred: true },
        }
    }

    /// Number of samples, which is known without reading.
    pub fn n_nodes(&self) -> usize {
        match &self.form {
            Form::Whole(neuron) => neuron.len(),
            Form::Packed(packed) => packed.len(),
            Form::Stored(row) => row.n_nodes(),
        }
    }

    /// The memory that the cell takes, in bytes; next to none where it is in a file.
    pub fn bytes(&self) -> usize {
        let own = match &self.form {
            // Parent, position, radius, type, number.
            Form::Whole(neuron) => size_of::<Morphology>() + neuron.len() * (4 + 24 + 8 + 2 + 8),
            Form::Packed(packed) => packed.bytes(),
            Form::Stored(_) => 0,
        };
        size_of::<Self>() + own
    }

    /// The row of a file that this cell is, unchanged.
    pub(super) fn row(&self) -> Option<&Row> {
        match &self.form {
            Form::Stored(row) if !self.centred => Some(row),
            _ => None,
        }
    }

    /// Cells of one block are read together.
    pub(super) fn block(&self) -> Option<(usize, usize)> {
        match &self.form {
            Form::Stored(row) => Some(row.group()),
            _ => None,
        }
    }
}

/// Cells are equal if their neurons are; those that cannot be read are not.
impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        matches!((self.get(), other.get()), (Ok(a), Ok(b)) if a == b)
    }
}
