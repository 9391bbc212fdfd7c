//! Data sets that the field compares on: what each one is, where it comes from, and whether a folder holds it.
//!
//! A data set is declared once, in a file of `declared/`: sources and layout, label columns with the cells of each class,
//! unit and axes, what is done to the cells before a model sees them, and the settings of the paper. `nms data` shows it
//! and [checks](check()) a folder against it, the standard module `nms/presets` takes its settings from it, [`prepare()`]
//! makes the cells ready, and [`grow()`] makes cells with the same labels, unit and axes, on which scripts and tests run
//! where the real ones are not at hand.
//!
//! It is not a downloader: archives change and ask for consent, so a declaration says in words what to fetch.

pub mod check;
mod declaration;
mod grow;
mod prepare;
mod show;
#[cfg(test)]
mod tests;

pub use check::{Finding, Report, check};
pub use declaration::{
    Class, Dataset, Evaluation, Geometry, Grown, GrownGroup, LabelColumn, Model, Named, Prepare, Rescale, Source,
    Training, Turn, Views, Where, all, named,
};
pub use grow::grow;
pub use prepare::{load, prepare};
