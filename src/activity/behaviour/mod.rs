//! Telling the state of an animal from its neurons, in animals never seen.
//!
//! [`leave_one_out()`] judges classifiers in closed form and linear softmax; learned models implement [`Classify`] and go
//! through [`leave_one_out_with`]. States of released recordings are often drawn from some of the neurons themselves
//! ([`LABEL_NEURONS`]): a score with those among the inputs is partly circular, so give both.

mod features;
mod leave_one_out;
mod linear;

pub use features::features;
pub use leave_one_out::{AnimalStates, LeaveOneOutOptions, StateScores, leave_one_out, leave_one_out_with};
pub use linear::{StateModel, Trained};

use super::Recording;
use crate::error::Result;

/// The neurons from whose activity Kato et al. (2015) drew the states, as later work leaves them out.
pub const LABEL_NEURONS: [&str; 8] = ["AVAL", "AVAR", "SMDDL", "SMDDR", "SMDVL", "SMDVR", "RIBL", "RIBR"];

/// The merging of Kato's seven states into four.
pub const FOUR_STATES: [(&str, &str); 7] = [
    ("fwd", "forward"),
    ("slow", "forward"),
    ("rev1", "reversal"),
    ("rev2", "reversal"),
    ("revsus", "sustained reversal"),
    ("vt", "turn"),
    ("dt", "turn"),
];

/// What tells states.
pub trait Classify {
    /// The state in each of these frames, as a number of the states that were learnt.
    ///
    /// # Errors
    /// When the neurons are not those that were learnt from, and on a requested stop.
    fn classify(&self, recording: &Recording, frames: &[usize]) -> Result<Vec<usize>>;
}
