//! A neuron in the making: samples are added in depth-first order, kept ones under their ids, new ones numbered on.

use crate::error::{Error, Result};
use crate::morph::{Morphology, NO_PARENT, Sample};

/// The largest neuron that an edit makes. 50 million samples take 2 GB; nobody means more than that.
const MAX_SAMPLES: f64 = 5e7;

/// A growing neuron.
pub(super) struct Draft<'a> {
    source: &'a Morphology,
    made: Morphology,
    next_id: i64,
}

impl<'a> Draft<'a> {
    /// An empty draft for an edit of `source`, with room for `capacity` samples.
    pub fn of(source: &'a Morphology, capacity: usize) -> Self {
        let made = Morphology {
            name: source.name.clone(),
            parent: Vec::with_capacity(capacity),
            position: Vec::with_capacity(capacity),
            radius: Vec::with_capacity(capacity),
            kind: Vec::with_capacity(capacity),
            id: Vec::with_capacity(capacity),
        };
        let next_id = source.id.iter().copied().max().map_or(1, |id| id.saturating_add(1));
        Draft { source, made, next_id }
    }

    /// Adds a sample of the source under a parent of the draft ([`NO_PARENT`]: as a root); gives back its new index.
    pub fn keep(&mut self, sample: usize, parent: u32) -> u32 {
        let Morphology { id, kind, position, radius, .. } = self.source;
        self.push(
            Sample { id: id[sample], kind: kind[sample], position: position[sample], radius: radius[sample] },
            parent,
        )
    }

    /// Adds a new sample at `t` (0 to 1) of the way from the source's sample `from` to its child `to`, of the child's
    /// type and with a radius in between.
    pub fn between(&mut self, from: usize, to: usize, t: f64, parent: u32) -> u32 {
        let m = self.source;
        let mix = |a: f64, b: f64| a + t * (b - a);
        let position = std::array::from_fn(|axis| mix(m.position[from][axis], m.position[to][axis]));
        let radius = mix(m.radius[from], m.radius[to]);
        self.make(m.kind[to], position, radius, parent)
    }

    fn make(&mut self, kind: u16, position: [f64; 3], radius: f64, parent: u32) -> u32 {
        let id = self.next_id;
        self.next_id = self.next_id.saturating_add(1);
        self.push(Sample { id, kind, position, radius }, parent)
    }

    fn push(&mut self, sample: Sample, parent: u32) -> u32 {
        let at = self.made.len() as u32;
        self.made.parent.push(parent);
        self.made.position.push(sample.position);
        self.made.radius.push(sample.radius);
        self.made.kind.push(sample.kind);
        self.made.id.push(sample.id);
        at
    }

    /// The neuron.
    ///
    /// # Errors
    /// When nothing was added, `what` saying what was done; or when there were no numbers left for new samples.
    pub fn finish(self, what: &str) -> Result<Morphology> {
        if self.made.is_empty() {
            return Err(Error::value(format!("{what} leaves nothing of `{}`", self.source.name))
                .help("ask for less, or leave this step out for this neuron"));
        }
        if self.next_id == i64::MAX {
            return Err(Error::value(format!("`{}` has no sample numbers left for new samples", self.source.name))
                .help("number the samples anew first: `renumbered()`"));
        }
        Ok(self.made)
    }
}

impl Draft<'_> {
    /// The neuron, where the edit left pieces that stood inside others: puts it into depth-first order first.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn finish_pieces(self, what: &str) -> Result<Morphology> {
        let made = self.finish(what)?;
        Ok(Morphology::from_unordered(&made.name, &made.samples(), &made.parent))
    }
}

impl Morphology {
    /// The samples for which `keep` holds, without re-attaching: a sample whose parent goes becomes a root.
    pub(super) fn retained(&self, keep: &[bool], what: &str) -> Result<Morphology> {
        let mut place = vec![NO_PARENT; self.len()];
        let mut draft = Draft::of(self, self.len());
        for i in (0..self.len()).filter(|&i| keep[i]) {
            place[i] = draft.keep(i, self.parent_of(i).map_or(NO_PARENT, |p| place[p]));
        }
        draft.finish_pieces(what)
    }
}

/// Refuses an edit that would make more samples than any machine holds.
pub(super) fn require_size(expected: f64, cause: &str) -> Result<()> {
    if expected <= MAX_SAMPLES {
        return Ok(());
    }
    Err(Error::value(format!("{cause} would give {expected:.1e} samples, expected at most {MAX_SAMPLES:.0e}"))
        .help("take a larger step, or see whether the positions are in the unit that you mean"))
}
