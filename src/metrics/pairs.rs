//! The cells that two labellings have in common.

use crate::data::Labels;
use crate::error::{Error, Result};

/// Class numbers of the cells that have a label on both sides, each in its own labelling's numbering.
pub(super) struct Pairs {
    pub(super) codes: Vec<(usize, usize)>,
    /// Number of cells without a label on one side or both.
    pub(super) left_out: usize,
}

/// Pairs up the labels; `what` names the score.
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub(super) fn pairs(a: &Labels, b: &Labels, what: &str) -> Result<Pairs> {
    if a.len() != b.len() {
        return Err(Error::value(format!("{what}: {} labels on one side, {} on the other", a.len(), b.len()))
            .help("both must come from the same cells in the same order"));
    }
    let both = a.codes().iter().zip(b.codes()).filter_map(|(a, b)| Some(((*a)? as usize, (*b)? as usize)));
    let codes: Vec<(usize, usize)> = both.collect();
    if codes.is_empty() {
        return Err(Error::value(format!("{what}: none of the {} cells has both labels", a.len())));
    }
    let left_out = a.len() - codes.len();
    Ok(Pairs { codes, left_out })
}
