//! Measuring neurons: every number with its convention.
//!
//! Tools agree on names and not on what they mean. So each number is asked for by name *and* [`Convention`]
//! ([`Morphology::metric`]), one [table](metrics) says what each name means and which other tools have it under which
//! name, and [`Morphology::explain`] sets the tools' numbers side by side and says why they differ.
//!
//! * [`Arbor`] is the neuron cut into sections, computed once in linear time; everything about branches reads it.
//! * `neurom`, `lmeasure` and `navis` hold the definitions of those tools, written from their papers, documentation and
//!   the numbers that they print; `cell` the numbers that are this program's own.
//! * [`Sholl`] and [`Segments`] are tables of their own; [`Summary`] is a choice of numbers for each cell.
//!
//! What it is not: persistence, NBLAST and density maps compare shapes by other means than named numbers.

mod arbor;
mod cell;
mod convention;
mod explain;
pub mod lmeasure;
mod measured;
pub mod navis;
pub mod neurom;
mod sholl;
mod soma;
mod space;
mod summary;
mod table;
mod value;

pub use arbor::{Arbor, Fork, NO_SECTION, Section, TypeOf};
pub use convention::{Convention, MetricOptions};
pub use explain::{Explanation, Line};
pub use navis::{Segment, Segments};
pub use sholl::{Sholl, ShollOptions};
pub use soma::{Soma, SomaForm};
pub use summary::Summary;
pub use table::{Level, Metric, Theirs, find, metrics};
pub use value::{Reduce, Stats, Value};

#[cfg(doc)]
use crate::morph::Morphology;
