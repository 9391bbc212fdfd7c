//! Scores: agreement of clusterings, quality of predictions.
//!
//! [`agreement()`] compares two groupings whose names need not correspond (clusters and expert types): Rand index and
//! mutual information, raw and corrected for chance. [`confusion`] compares predictions with the truth, class by class
//! and by name. All take two [`Labels`](crate::data::Labels) of the same cells; a cell without a label on either side
//! is left out, and every result says how many were used.

mod agreement;
mod classification;
mod pairs;
pub mod rank_test;

pub use agreement::{Agreement, agreement, ami, ari, nmi, v_measure};
pub use classification::{ClassScore, Confusion, accuracy, balanced_accuracy, confusion};
