//! Windows of recordings, as a run draws them.

use rand::Rng as _;
use rand_distr::{Distribution as _, StandardNormal};
use sha2::{Digest as _, Sha256};

use super::options::FitOptions;
use crate::activity::Recording;
use crate::activity::splits::Segment;
use crate::error::{Error, Result};
use crate::nn::activity::windows;
use crate::run::seed::{derive, stream};
use crate::train::prefetch::{Supply, chosen};

/// Windows that are computed together: fixed, so that sums are formed in the same order however many threads there are.
const GROUP: usize = 48;
/// Windows that are held out are computed in larger groups, and thinned to this number.
const HELD_OUT: (usize, usize) = (128, 2000);

/// Windows that are computed together.
#[derive(Clone, Debug)]
pub struct Group {
    /// Their numbers in the supply.
    pub numbers: Vec<usize>,
    /// What is seen: rows x context x neurons.
    pub seen: Vec<f32>,
    /// What follows: rows x horizon x neurons.
    pub coming: Vec<f32>,
    /// Numbers from 0 to 1 that decide what an iterated forecast is shown: rows x horizon.
    pub coins: Vec<f32>,
    /// The seed of what is dropped.
    pub seed: u64,
    /// Rows of the whole batch.
    pub of: usize,
}

/// The windows of some recordings. A window is known by the recording and the last frame that it sees.
pub struct Frames<'a> {
    recordings: Vec<&'a Recording>,
    /// Recording and frame of each window: those to learn from, then those held out.
    windows: Vec<(usize, usize)>,
    training: usize,
    context: usize,
    horizon: usize,
    batch: usize,
    seed: u64,
    options: &'a FitOptions,
}

impl<'a> Frames<'a> {
    /// All windows of segments; of each, those of the last `validation` are held out, and none lies on both sides.
    ///
    /// # Errors
    /// When nothing is left to learn from, or neurons differ or have missing values.
    pub fn of_segments(
        train: &'a [Segment],
        (context, horizon): (usize, usize),
        options: &'a FitOptions,
        seed: u64,
    ) -> Result<Frames<'a>> {
        let (mut training, mut held_out) = (Vec::new(), Vec::new());
        for (number, segment) in train.iter().enumerate() {
            let frames = segment.frames.len();
            let cut = segment.frames.start + (frames as f64 * (1.0 - options.validation)).round() as usize;
            let part = |frames: std::ops::Range<usize>| Segment { recording: segment.recording.clone(), frames };
            let ends = |s: Segment| s.ends(context, horizon).map(move |end| (number, end));
            training.extend(ends(part(segment.frames.start..cut)));
            held_out.extend(ends(part(cut..segment.frames.end)));
        }
        let recordings = train.iter().map(|s| &s.recording).collect();
        Frames::new(recordings, training, held_out, (context, horizon), options, seed)
    }

    /// Windows that end at given frames of recordings; of each recording, the last `validation` are held out.
    ///
    /// # Errors
    /// As [`of_segments`](Self::of_segments).
    pub fn of_frames(
        train: impl Iterator<Item = (&'a Recording, &'a [usize])>,
        context: usize,
        options: &'a FitOptions,
        seed: u64,
    ) -> Result<(Frames<'a>, Vec<usize>)> {
        let (mut recordings, mut training, mut held_out) = (Vec::new(), Vec::new(), Vec::new());
        let (mut order, mut order_held_out, mut before) = (Vec::new(), Vec::new(), 0);
        for (number, (recording, frames)) in train.enumerate() {
            recordings.push(recording);
            let cut = (frames.len() as f64 * (1.0 - options.validation)).round() as usize;
            training.extend(frames[..cut].iter().map(|&t| (number, t)));
            held_out.extend(frames[cut..].iter().map(|&t| (number, t)));
            order.extend(before..before + cut);
            order_held_out.extend(before + cut..before + frames.len());
            before += frames.len();
        }
        order.extend(order_held_out);
        Ok((Frames::new(recordings, training, held_out, (context, 0), options, seed)?, order))
    }

    fn new(
        recordings: Vec<&'a Recording>,
        training: Vec<(usize, usize)>,
        held_out: Vec<(usize, usize)>,
        (context, horizon): (usize, usize),
        options: &'a FitOptions,
        seed: u64,
    ) -> Result<Frames<'a>> {
        options.check()?;
        let nothing = || {
            Error::value(format!("nothing to learn from has {context} frames with {horizon} behind"))
                .help("give longer recordings, or a shorter context and horizon")
        };
        let first = recordings.first().ok_or_else(nothing)?;
        if let Some(other) = recordings.iter().find(|r| r.neurons() != first.neurons()) {
            return Err(Error::value(format!(
                "recordings `{}` and `{}` have different neurons",
                first.name(),
                other.name()
            ))
            .help("`.aligned()` gives animals the same neurons in the same order"));
        }
        recordings.iter().try_for_each(|r| r.require_finite("training"))?;
        if training.is_empty() {
            return Err(nothing());
        }
        if options.validation > 0.0 && held_out.is_empty() {
            return Err(Error::value(format!("`validation: {}` holds out no whole window", options.validation))
                .help("hold out a larger share"));
        }
        let (count, batch) = (training.len(), options.batch.min(training.len()));
        let windows = training.into_iter().chain(held_out).collect();
        Ok(Frames { recordings, windows, training: count, context, horizon, batch, seed, options })
    }

    /// The neurons.
    pub fn neurons(&self) -> &std::sync::Arc<[String]> {
        self.recordings[0].neurons()
    }

    /// The first 16 hexadecimal digits of a SHA-256 of all that is learnt from.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for recording in &self.recordings {
            hash.update(recording.name().as_bytes());
            recording.neurons().iter().for_each(|n| hash.update(n.as_bytes()));
            recording.traces().iter().for_each(|v| hash.update(v.to_le_bytes()));
        }
        for (recording, frame) in &self.windows {
            hash.update((*recording as u64).to_le_bytes());
            hash.update((*frame as u64).to_le_bytes());
        }
        hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Windows as they are.
    fn plain(&self, numbers: &[usize], of: usize, seed: u64) -> Group {
        let (mut seen, mut coming) = (Vec::new(), Vec::new());
        for &number in numbers {
            let (recording, end) = self.windows[number];
            let recording = self.recordings[recording];
            seen.extend(windows(recording, &[end], self.context));
            (end + 1..=end + self.horizon).for_each(|t| coming.extend(recording.frame(t).iter().map(|&v| v as f32)));
        }
        let coins = vec![1.0; numbers.len() * self.horizon];
        Group { numbers: numbers.to_vec(), seen, coming, coins, seed, of }
    }

    /// Windows with noise, offsets and scales, as training sees them.
    fn varied(&self, numbers: &[usize], of: usize, index: u64) -> Group {
        let mut group = self.plain(numbers, of, derive(self.seed, "dropout", index));
        let mut rng = stream(self.seed, "windows", index);
        let n = self.neurons().len();
        let mut normal = |scale: f64| -> f64 {
            let z: f64 = StandardNormal.sample(&mut rng);
            scale * z
        };
        let FitOptions { noise, offset, scale, .. } = *self.options;
        if offset > 0.0 || scale > 0.0 {
            let rows = group.seen.chunks_exact_mut(self.context * n);
            let mut coming = group.coming.chunks_exact_mut((self.horizon * n).max(1));
            for seen in rows {
                let change: Vec<(f32, f32)> =
                    (0..n).map(|_| (normal(scale).exp() as f32, normal(offset) as f32)).collect();
                let apply = |frames: &mut [f32]| {
                    frames.iter_mut().zip(change.iter().cycle()).for_each(|(v, (s, o))| *v = *v * s + o);
                };
                apply(seen);
                coming.next().into_iter().for_each(apply);
            }
        }
        if noise > 0.0 {
            group.seen.iter_mut().for_each(|v| *v += normal(noise) as f32);
        }
        group.coins.iter_mut().for_each(|coin| *coin = rng.gen_range(0.0..1.0));
        group
    }
}

impl Supply<Group> for Frames<'_> {
    fn per_epoch(&self) -> u64 {
        (self.training / self.batch) as u64
    }

    fn batch(&self, number: u64) -> Vec<Group> {
        let chosen = chosen((0..self.training).collect(), self.batch, number, self.seed);
        let groups = chosen.chunks(GROUP).zip(number * self.batch as u64..);
        groups.map(|(numbers, index)| self.varied(numbers, self.batch, index)).collect()
    }

    fn holds_out(&self) -> bool {
        self.windows.len() > self.training
    }

    fn held_out(&self) -> Vec<Group> {
        let every = (self.windows.len() - self.training).div_ceil(HELD_OUT.1).max(1);
        let numbers: Vec<usize> = (self.training..self.windows.len()).step_by(every).collect();
        numbers.chunks(HELD_OUT.0).map(|part| self.plain(part, numbers.len(), 0)).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn recording() -> Recording {
        let traces = (0..60).flat_map(|t| [f64::from(t), -f64::from(t)]).collect();
        Recording::new("w", vec!["A".into(), "B".into()], traces, 1.0).unwrap()
    }

    #[test]
    fn windows_lie_on_one_side_and_an_epoch_sees_each_once() {
        let segments = [Segment::whole(&recording())];
        let plain = FitOptions { noise: 0.0, offset: 0.0, scale: 0.0, ..FitOptions::default() };
        let options = FitOptions { validation: 0.5, batch: 6, ..plain };
        let frames = Frames::of_segments(&segments, (4, 3), &options, 1).unwrap();
        assert_eq!((frames.training, frames.windows.len()), (24, 48));
        let mut seen: Vec<usize> =
            (0..frames.per_epoch()).flat_map(|b| frames.batch(b)).flat_map(|g| g.numbers).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..24).collect::<Vec<_>>());
        let group = &frames.batch(0)[0];
        let n = group.numbers.len();
        assert_eq!((group.seen.len(), group.coming.len(), group.coins.len()), (n * 4 * 2, n * 3 * 2, n * 3));
        // The first frame that comes follows the last one that is seen, and none lies behind the cut.
        let last = group.seen[6];
        assert_eq!((group.coming[0], group.coming[1]), (last + 1.0, -last - 1.0));
        assert!(group.coming.iter().all(|v| v.abs() < 30.0));
        assert!(frames.held_out().iter().all(|g| g.seen.iter().all(|v| v.abs() >= 30.0)));
    }

    #[test]
    fn offsets_and_scales_move_what_is_seen_and_what_comes_alike() {
        let segments = [Segment::whole(&recording())];
        let options = FitOptions { offset: 0.5, scale: 0.3, noise: 0.0, batch: 5, ..FitOptions::default() };
        let frames = Frames::of_segments(&segments, (4, 3), &options, 1).unwrap();
        let groups = frames.batch(3);
        let row: Vec<f32> = groups[0].seen[..8].iter().chain(&groups[0].coming[..6]).copied().collect();
        let steps: Vec<f32> =
            row.chunks_exact(2).map(|f| f[0]).collect::<Vec<_>>().windows(2).map(|w| w[1] - w[0]).collect();
        assert!(steps.iter().all(|s| (s - steps[0]).abs() < 1e-4) && (steps[0] - 1.0).abs() > 1e-3, "{steps:?}");
        let again: Vec<f32> = frames.batch(3)[0].seen.clone();
        assert_eq!(again, groups[0].seen);
    }

    #[test]
    fn what_cannot_be_learnt_from_is_refused() {
        let segments = [Segment::whole(&recording())];
        let refused = |context, horizon, options: FitOptions| {
            Frames::of_segments(&segments, (context, horizon), &options, 1).err().unwrap().message
        };
        assert!(refused(40, 30, FitOptions::default()).contains("nothing to learn from"));
        assert!(refused(4, 3, FitOptions { validation: 0.05, ..FitOptions::default() }).contains("no whole window"));
        assert!(refused(4, 3, FitOptions { noise: f64::NAN, ..FitOptions::default() }).contains("`noise`"));
        assert!(refused(4, 3, FitOptions { patience: Some(1), ..FitOptions::default() }).contains("frames that are"));
        let gap = Recording::new("g", vec!["A".into(), "B".into()], vec![f64::NAN; 80], 1.0).unwrap();
        let gaps = [Segment::whole(&gap)];
        assert!(Frames::of_segments(&gaps, (4, 3), &FitOptions::default(), 1).is_err());
    }
}
