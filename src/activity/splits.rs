//! What is learnt from, and what is judged on.
//!
//! Neighbouring frames are nearly equal, so a frame is all but known where its neighbours were learnt from. Hence splits
//! here are of whole animals or of contiguous stretches; [`random_frames`] is there to show what it does to scores.

use std::ops::Range;

use rand::seq::SliceRandom as _;

use super::{Recording, RecordingSet};
use crate::error::{Error, Result};
use crate::run::seed;

/// A stretch of one recording. Windows of it lie within it altogether, targets too.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// The recording.
    pub recording: Recording,
    /// The frames.
    pub frames: Range<usize>,
}

impl Segment {
    /// All frames of a recording.
    pub fn whole(recording: &Recording) -> Self {
        Segment { recording: recording.clone(), frames: 0..recording.frames() }
    }

    /// The last frames that windows of `context` frames with `horizon` frames behind see.
    pub fn ends(&self, context: usize, horizon: usize) -> Range<usize> {
        let first = self.frames.start + context - 1;
        first..self.frames.end.saturating_sub(horizon).max(first)
    }
}

/// One way of learning and judging.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// What is judged: the animal left out, or the one whose later frames are judged.
    pub name: String,
    /// To learn from.
    pub train: Vec<Segment>,
    /// To choose settings on; may be empty.
    pub validation: Vec<Segment>,
    /// To judge on.
    pub test: Vec<Segment>,
}

/// Each animal left out in turn. Of each animal learnt from, the first `share` of the frames is to learn from and the
/// rest to choose settings on.
///
/// # Errors
/// When there are fewer than two animals, or the share is not within 0 to 1 (0 excluded).
pub fn leave_one_animal_out(set: &RecordingSet, share: f64) -> Result<Vec<Split>> {
    if set.len() < 2 {
        return Err(Error::value("one animal cannot be left out of one").help("give two recordings or more"));
    }
    if !(share > 0.0 && share <= 1.0) {
        return Err(Error::value(format!("a share of `{share}` to learn from")).help("give more than 0 and 1 at most"));
    }
    let split = |left_out: usize| {
        let others = set.recordings().iter().enumerate().filter(|(i, _)| *i != left_out).map(|(_, r)| r);
        let cut = |r: &Recording| (r.frames() as f64 * share).round() as usize;
        let part = |r: &Recording, frames: Range<usize>| Segment { recording: r.clone(), frames };
        Split {
            name: set.recordings()[left_out].name().to_string(),
            train: others.clone().map(|r| part(r, 0..cut(r))).collect(),
            validation: others.map(|r| part(r, cut(r)..r.frames())).filter(|s| !s.frames.is_empty()).collect(),
            test: vec![Segment::whole(&set.recordings()[left_out])],
        }
    };
    Ok((0..set.len()).map(split).collect())
}

/// A recording in `count` contiguous blocks, each judged in turn by what is learnt of the others; `gap` frames on either
/// side of the block are left out of both.
///
/// # Errors
/// When there are fewer than two blocks, or a block has no frame.
pub fn blocks(recording: &Recording, count: usize, gap: usize) -> Result<Vec<Split>> {
    let frames = recording.frames();
    if count < 2 || count > frames {
        return Err(
            Error::value(format!("{count} blocks of {frames} frames")).help("give from 2 to the number of frames")
        );
    }
    let part = |frames: Range<usize>| Segment { recording: recording.clone(), frames };
    let split = |block: usize| {
        let (from, to) = (frames * block / count, frames * (block + 1) / count);
        let before = 0..from.saturating_sub(gap);
        let behind = (to + gap).min(frames)..frames;
        Split {
            name: format!("{} block {}", recording.name(), block + 1),
            train: [before, behind].into_iter().filter(|r| !r.is_empty()).map(part).collect(),
            validation: Vec::new(),
            test: vec![part(from..to)],
        }
    };
    Ok((0..count).map(split).collect())
}

/// The split of POCO (Duan et al. 2025): patches of `patch` frames (the last takes the rest), each of which is split in
/// time into 60 % to learn from, 20 % to choose settings on and 20 % to judge on.
///
/// # Errors
/// When the patch has fewer than 5 frames.
pub fn poco(recording: &Recording, patch: usize) -> Result<Split> {
    if patch < 5 {
        return Err(Error::value(format!("patches of {patch} frames")).help("POCO's have 1000"));
    }
    let frames = recording.frames();
    let patches = (frames / patch).max(1);
    let mut split =
        Split { name: recording.name().to_string(), train: Vec::new(), validation: Vec::new(), test: Vec::new() };
    for p in 0..patches {
        let (from, to) = (p * patch, if p + 1 == patches { frames } else { (p + 1) * patch });
        let at = |tenths: usize| from + (to - from) * tenths / 10;
        let part = |frames: Range<usize>| Segment { recording: recording.clone(), frames };
        split.train.push(part(from..at(6)));
        split.validation.push(part(at(6)..at(8)));
        split.test.push(part(at(8)..to));
    }
    Ok(split)
}

/// Frames split at random: those learnt from and those judged on. Says as a warning which share of the latter leaks: has
/// a neighbour in the same bout (or, without states, any neighbour) among the former.
///
/// # Errors
/// When the share is not between 0 and 1.
pub fn random_frames(recording: &Recording, share: f64, seed: u64) -> Result<(Vec<usize>, Vec<usize>)> {
    if !(share > 0.0 && share < 1.0) {
        return Err(Error::value(format!("a share of `{share}` to judge on")).help("give more than 0 and less than 1"));
    }
    let mut frames: Vec<usize> = (0..recording.frames()).collect();
    frames.shuffle(&mut seed::stream(seed, "random frames", 0));
    let cut = (frames.len() as f64 * share).round() as usize;
    let mut train = frames.split_off(cut);
    let mut test = frames;
    train.sort_unstable();
    test.sort_unstable();
    let leaking = leak(recording, &train, &test);
    if leaking > 0.0 {
        tracing::warn!(
            "{:.0} % of the frames to judge on have a neighbour in the same state to learn from: scores will be too good; \
             split by animals or contiguous blocks",
            100.0 * leaking
        );
    }
    Ok((train, test))
}

/// The share of the frames judged on that have a neighbour in the same state among the frames learnt from.
pub fn leak(recording: &Recording, train: &[usize], test: &[usize]) -> f64 {
    let mut learnt = vec![false; recording.frames()];
    train.iter().for_each(|&t| learnt[t] = true);
    let same = |a: usize, b: usize| recording.states().is_none_or(|s| s.codes()[a] == s.codes()[b]);
    let near = |t: usize| [t.checked_sub(1), Some(t + 1)].into_iter().flatten();
    let leaks = |&&t: &&usize| near(t).any(|u| u < learnt.len() && learnt[u] && same(t, u));
    test.iter().filter(leaks).count() as f64 / test.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn recording(name: &str, frames: usize) -> Recording {
        Recording::new(name, vec!["A".into()], (0..frames).map(|t| t as f64).collect(), 1.0).unwrap()
    }

    #[test]
    fn an_animal_left_out_is_in_no_other_part() {
        let set = RecordingSet::new(["a", "b", "c"].map(|n| recording(n, 50)).to_vec()).unwrap();
        for split in leave_one_animal_out(&set, 0.8).unwrap() {
            assert!(split.train.iter().chain(&split.validation).all(|s| s.recording.name() != split.name));
            assert_eq!((split.train.len(), split.validation.len()), (2, 2));
            assert_eq!((split.train[0].frames.clone(), split.validation[0].frames.clone()), (0..40, 40..50));
        }
        assert!(leave_one_animal_out(&set, 1.0).unwrap()[0].validation.is_empty());
        assert!(leave_one_animal_out(&set, 0.0).is_err());
    }

    #[test]
    fn windows_of_a_segment_lie_within_it() {
        let segment = Segment { recording: recording("a", 50), frames: 10..30 };
        assert_eq!(segment.ends(4, 3), 13..27);
        assert!(Segment { frames: 10..12, ..segment }.ends(4, 3).is_empty());
    }

    #[test]
    fn blocks_cover_all_frames_once_and_keep_their_distance() {
        let splits = blocks(&recording("a", 103), 10, 5).unwrap();
        let judged: Vec<usize> = splits.iter().flat_map(|s| s.test[0].frames.clone()).collect();
        assert_eq!(judged, (0..103).collect::<Vec<_>>());
        for split in &splits {
            let learnt: Vec<usize> = split.train.iter().flat_map(|s| s.frames.clone()).collect();
            assert!(split.test[0].frames.clone().all(|t| learnt.iter().all(|&u| u.abs_diff(t) > 5)));
        }
    }

    #[test]
    fn pocos_patches_are_split_in_time() {
        let split = poco(&recording("a", 3137), 1000).unwrap();
        assert_eq!(split.train[0].frames, 0..600);
        assert_eq!(split.validation[2].frames, 2682..2909);
        assert_eq!(split.test[2].frames, 2909..3137);
        assert_eq!(poco(&recording("a", 700), 1000).unwrap().test.len(), 1);
    }

    #[test]
    fn random_frames_leak_and_blocks_do_not() {
        let r = recording("a", 1000);
        let (train, test) = random_frames(&r, 0.2, 3).unwrap();
        assert_eq!((train.len(), test.len()), (800, 200));
        // Both neighbours are judged as well with probability about 0.04.
        assert!(leak(&r, &train, &test) > 0.9);
        let split = &blocks(&r, 5, 1).unwrap()[2];
        let frames = |s: &[Segment]| s.iter().flat_map(|s| s.frames.clone()).collect::<Vec<_>>();
        assert_eq!(leak(&r, &frames(&split.train), &frames(&split.test)), 0.0);
    }
}
