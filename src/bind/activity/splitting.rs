//! Splits of one recording for scripts: contiguous blocks, POCO's patches, and frames at random.

use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Map};
use serde::{Deserialize, Serialize};

use crate::activity::splits::{self, Segment, Split};
use crate::activity::{Recording, RecordingSet};
use crate::error::Result;
use crate::script::registry;
use crate::script::takes::{SEED, Takes, part};
use crate::script::values::array;
use crate::script::{At, Options, RhaiResultOf};

/// What the options maps hold.
const TAKES: &[Takes] =
    &[Takes::new("blocks", &[part::<Blocks>()], &[]), Takes::new("random_frames", &[part::<Random>()], &[SEED])];

/// Installs the methods.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.register_global_module(exported_module!(methods).into());
}

/// Blocks of a recording.
#[derive(Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Blocks {
    count: usize,
    gap: usize,
}

impl Default for Blocks {
    fn default() -> Self {
        Blocks { count: 10, gap: 0 }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Random {
    share: f64,
}

impl Default for Random {
    fn default() -> Self {
        Random { share: 0.2 }
    }
}

/// Stretches as recordings of their own, named by their frames.
fn pieces(segments: &[Segment]) -> Result<Dynamic> {
    let cut = |s: &Segment| -> Result<Recording> {
        let name = format!("{} frames {} to {}", s.recording.name(), s.frames.start, s.frames.end);
        Ok(s.recording.cut(s.frames.start, s.frames.end)?.renamed(name))
    };
    let pieces = segments.iter().map(cut).collect::<Result<Vec<_>>>()?;
    match pieces.is_empty() {
        true => Ok(Dynamic::UNIT),
        false => RecordingSet::new(pieces).map(Dynamic::from),
    }
}

/// A split as a map of sets of recordings; a part without a frame is `()`.
fn parts(split: &Split) -> Result<Map> {
    Ok([
        ("name".into(), Dynamic::from(split.name.clone())),
        ("train".into(), pieces(&split.train)?),
        ("validation".into(), pieces(&split.validation)?),
        ("test".into(), pieces(&split.test)?),
    ]
    .into())
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod methods {
    /// The recording in ten contiguous blocks, each judged in turn.
    #[rhai_fn(name = "blocks", return_raw, pure)]
    pub fn blocks_plainly(ctx: NativeCallContext, recording: &mut Recording) -> RhaiResultOf<Array> {
        blocks(ctx, recording, Map::new())
    }

    /// The recording in contiguous blocks, each judged in turn by what is learnt of the others: maps of `name`, `train` and
    /// `test`, which are sets of recordings. Options: `count` (10), `gap` (0: frames on either side of a block that are left
    /// out of both).
    ///
    /// ```rhai
    /// for fold in worm.blocks(#{ count: 5, gap: 20 }) { print(fold.test); }
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn blocks(ctx: NativeCallContext, recording: &mut Recording, options: Map) -> RhaiResultOf<Array> {
        let o: Blocks = Options::new(&ctx, "blocks", options).parse()?;
        let splits = splits::blocks(recording, o.count, o.gap).at(&ctx)?;
        let maps = splits.iter().map(|s| parts(s).map(Dynamic::from)).collect::<Result<Array>>();
        maps.at(&ctx)
    }

    /// The recording as POCO (Duan et al. 2025) splits it: patches of 1000 frames, each in time into 60 % `train`, 20 %
    /// `validation` and 20 % `test`.
    ///
    /// ```rhai
    /// print(worm.poco_split().test);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn poco_split(ctx: NativeCallContext, recording: &mut Recording) -> RhaiResultOf<Map> {
        splits::poco(recording, 1000).and_then(|s| parts(&s)).at(&ctx)
    }

    /// Frames split at random, which leaks: neighbouring frames are nearly equal, and a warning says how many of those
    /// judged have a neighbour among those learnt from. Gives a map of the frames' numbers `train` and `test`, and the share
    /// `leak`. Options: `share` (0.2: of the frames to judge on), `seed`.
    ///
    /// ```rhai
    /// print(worm.random_frames(#{ share: 0.2, seed: 1 }).leak);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn random_frames(ctx: NativeCallContext, recording: &mut Recording, options: Map) -> RhaiResultOf<Map> {
        let mut given = Options::new(&ctx, "random_frames", options);
        let seed = given.seed()?;
        let o: Random = given.parse()?;
        let (train, test) = splits::random_frames(recording, o.share, seed).at(&ctx)?;
        let leak = splits::leak(recording, &train, &test);
        let frames = |all: Vec<usize>| Dynamic::from(array(all.into_iter().map(|t| t as i64)));
        Ok([("train".into(), frames(train)), ("test".into(), frames(test)), ("leak".into(), Dynamic::from_float(leak))]
            .into())
    }
}
