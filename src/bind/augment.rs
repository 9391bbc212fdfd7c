//! `augment::`: what turns one neuron into the many views that a model learns from.

use std::sync::Arc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, Map};

use super::handles::Step;
use crate::augment::pipeline::{require_count, require_sd};
use crate::augment::rotate::{Axis, Mode};
use crate::augment::{DropBranches, Jitter, Pipeline, Rewire, Rotate, Subsample, Translate};
use crate::error::Error;
use crate::script::registry::{self, Handles};
use crate::script::takes::{Takes, part};
use crate::script::{At, Options, RhaiResultOf, values};

/// What the options maps hold.
const TAKES: &[Takes] = &[Takes::new("augment::rotate", &[part::<RotateOptions>()], &[])];

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<Step>("Augmentation").handle::<Pipeline>("Pipeline");
    engine.register_static_module("augment", exported_module!(namespace).into());
    engine
        .register_fn("to_string", |step: &mut Step| step.describe())
        .register_fn("to_debug", |step: &mut Step| step.describe())
        .register_fn("to_string", |pipeline: &mut Pipeline| pipeline.describe())
        .register_fn("to_debug", |pipeline: &mut Pipeline| pipeline.describe());
}

#[derive(Default, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
struct RotateOptions {
    mode: Mode,
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// Composes augmentations; a training loop draws views of neurons with it.
    ///
    /// ```rhai
    /// let views = augment::pipeline([augment::drop_branches(10), augment::subsample(200), augment::rotate("y")]);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn pipeline(ctx: NativeCallContext, steps: Array) -> RhaiResultOf<Pipeline> {
        let step = |(i, value): (usize, Dynamic)| {
            let found = values::type_of(&value);
            value.clone().try_cast::<Step>().ok_or_else(|| {
                Error::value(format!("step {} of `augment::pipeline` is no augmentation but {found}", i + 1))
                    .help("steps are made by augment::subsample(200), augment::rotate(\"y\") and the like")
            })
        };
        steps.into_iter().enumerate().map(step).collect::<Result<Vec<_>, _>>().map(Pipeline::new).at(&ctx)
    }

    /// Cuts the distal part of a terminal branch off, `count` times (Weis et al. 2023).
    ///
    /// ```rhai
    /// augment::drop_branches(10)
    /// ```
    #[rhai_fn(return_raw)]
    pub fn drop_branches(ctx: NativeCallContext, count: i64) -> RhaiResultOf<Step> {
        require_count("augment::drop_branches", count, 0).map(|count| Arc::new(DropBranches { count }) as Step).at(&ctx)
    }

    /// Thins a neuron to at most `nodes` nodes; the soma stays (Weis et al. 2023).
    ///
    /// ```rhai
    /// augment::subsample(200)
    /// ```
    #[rhai_fn(return_raw)]
    pub fn subsample(ctx: NativeCallContext, nodes: i64) -> RhaiResultOf<Step> {
        require_count("augment::subsample", nodes, 2).map(|nodes| Arc::new(Subsample::to(nodes)) as Step).at(&ctx)
    }

    /// Thins each view to a number of nodes drawn anew from a range, evenly on a logarithmic scale: what learns from such
    /// views depends little on how densely neurons were traced.
    ///
    /// ```rhai
    /// augment::subsample(100..=400)
    /// ```
    #[rhai_fn(name = "subsample", return_raw)]
    pub fn subsample_within(ctx: NativeCallContext, nodes: std::ops::RangeInclusive<i64>) -> RhaiResultOf<Step> {
        let (least, most) = (*nodes.start(), *nodes.end());
        let step = require_count("augment::subsample", least, 2).and_then(|nodes| {
            let most = require_count("augment::subsample", most, least)?;
            Ok(Arc::new(Subsample { nodes, most }) as Step)
        });
        step.at(&ctx)
    }

    /// Puts every sample but the soma at a random place of the tree. A control: `model.embed(cells, #{ views })` with it
    /// shows what the model knows without the tree.
    ///
    /// ```rhai
    /// augment::rewire()
    /// ```
    pub fn rewire() -> Step {
        Arc::new(Rewire) as Step
    }

    /// Rotates by a random angle about the axis `"x"`, `"y"` or `"z"`, or at random in space with `"any"`.
    ///
    /// ```rhai
    /// augment::rotate("y")
    /// ```
    #[rhai_fn(name = "rotate", return_raw)]
    pub fn rotate_properly(ctx: NativeCallContext, axis: &str) -> RhaiResultOf<Step> {
        rotate(ctx, axis, Map::new())
    }

    /// Rotates with options: `mode: "published"` squashes and mirrors the plane across the axis as well, as the published
    /// GraphDINO code does; `"proper"` is the default.
    ///
    /// ```rhai
    /// augment::rotate("y", #{ mode: "published" })
    /// ```
    #[rhai_fn(return_raw)]
    pub fn rotate(ctx: NativeCallContext, axis: &str, options: Map) -> RhaiResultOf<Step> {
        let RotateOptions { mode } = Options::new(&ctx, "augment::rotate", options).parse()?;
        Axis::parse(axis).map(|axis| Arc::new(Rotate { axis, mode }) as Step).at(&ctx)
    }

    /// Adds Gaussian noise of this standard deviation (in the neurons' unit) to every coordinate of every node.
    ///
    /// ```rhai
    /// augment::jitter(1.0)
    /// ```
    #[rhai_fn(return_raw)]
    pub fn jitter(ctx: NativeCallContext, sd: Dynamic) -> RhaiResultOf<Step> {
        let what = "augment::jitter";
        values::number(what, &sd).and_then(|sd| require_sd(what, sd)).map(|sd| Arc::new(Jitter { sd }) as Step).at(&ctx)
    }

    /// Moves the whole cell by a Gaussian vector of this standard deviation per axis (in the neurons' unit).
    ///
    /// ```rhai
    /// augment::translate(10.0)
    /// ```
    #[rhai_fn(return_raw)]
    pub fn translate(ctx: NativeCallContext, sd: Dynamic) -> RhaiResultOf<Step> {
        let what = "augment::translate";
        values::number(what, &sd)
            .and_then(|sd| require_sd(what, sd))
            .map(|sd| Arc::new(Translate { sd }) as Step)
            .at(&ctx)
    }
}
