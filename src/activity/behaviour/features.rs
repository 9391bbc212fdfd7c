//! What linear classifiers see of a frame.

use crate::activity::Recording;
use crate::evaluate::classify::Block;

/// A row for each frame: all neurons, and their differences from some frames before, a lag after the other. Where the
/// recording does not reach back that far, a difference is 0.
pub fn features(recording: &Recording, frames: &[usize], lags: &[usize]) -> Block {
    let n = recording.len();
    let mut values = Vec::with_capacity(frames.len() * n * (lags.len() + 1));
    for &t in frames {
        let now = recording.frame(t);
        values.extend_from_slice(now);
        for &lag in lags {
            match t.checked_sub(lag) {
                Some(before) => values.extend(now.iter().zip(recording.frame(before)).map(|(a, b)| a - b)),
                None => values.extend(std::iter::repeat_n(0.0, n)),
            }
        }
    }
    Block::new(n * (lags.len() + 1), values)
}
