//! Editing neurons: the same methods on one neuron and on all cells of a population.
//!
//! A method takes either of them; on a population it runs in parallel, with progress. `without`, `centered`, `joined` and `reroot` stand with their types, for they also report.

use std::sync::Arc;

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use super::handles::Neuron;
use crate::data::Population;
use crate::error::{Error, Result};
use crate::morph::{
    About, AlignOptions, CropOptions, Direction, DownsampleOptions, Factor, LongestPathOptions, Morphology,
    PruneOptions, Removal, ResampleOptions, ScaleOptions, SmoothOptions,
};
use crate::script::registry;
use crate::script::takes::{Takes, part};
use crate::script::{At, Options, RhaiResultOf, values};

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("resample", &[part::<crate::morph::ResampleOptions>()], &[]),
    Takes::new("smooth", &[part::<crate::morph::SmoothOptions>()], &[]),
    Takes::new("downsample", &[part::<crate::morph::DownsampleOptions>()], &[]),
    Takes::new("prune", &[part::<crate::morph::PruneOptions>()], &[]),
    Takes::new("crop", &[part::<crate::morph::CropOptions>()], &[]),
    Takes::new("mirror", &[part::<crate::morph::About>()], &[]),
    Takes::new("rotate", &[part::<crate::morph::About>()], &[]),
    Takes::new("scale", &[part::<crate::morph::ScaleOptions>()], &[]),
    Takes::new("align", &[part::<crate::morph::AlignOptions>()], &[]),
    Takes::new("longest_path", &[part::<crate::morph::LongestPathOptions>()], &[]),
];

/// Installs the methods.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    registry::receivers("m", &["Morphology", "Population"]);
    engine.register_global_module(exported_module!(of_both).into());
    engine.register_global_module(exported_module!(apart).into());
}

/// Puts a neuron, or every cell of a population, through an edit; `doing` titles the progress of many.
fn edited(subject: &Dynamic, doing: &str, edit: impl Fn(&Morphology) -> Result<Morphology> + Sync) -> Result<Dynamic> {
    if let Some(neuron) = subject.read_lock::<Neuron>() {
        return edit(&neuron).map(|edited| Dynamic::from(Arc::new(edited)));
    }
    match subject.read_lock::<Population>() {
        Some(cells) => cells.edited(doing, edit).map(Dynamic::from),
        None => Err(not_editable(subject)),
    }
}

/// The same for an edit that removes `what`; pieces that lose their tree are said.
fn reduced(
    subject: &Dynamic,
    what: &str,
    edit: impl Fn(&Morphology) -> Result<(Morphology, Removal)> + Sync,
) -> Result<Dynamic> {
    if let Some(neuron) = subject.read_lock::<Neuron>() {
        let (rest, removal) = edit(&neuron)?;
        if removal.new_roots > 0 {
            let (name, pieces) = (&neuron.name, removal.new_roots);
            tracing::warn!("{name}: without {what}, {pieces} pieces hang on nothing and are roots now");
        }
        return Ok(Dynamic::from(Arc::new(rest)));
    }
    let Some(cells) = subject.read_lock::<Population>() else { return Err(not_editable(subject)) };
    let (cells, removals) = cells.reduced(what, edit)?;
    match removals.total.new_roots > 0 || !removals.only_soma.is_empty() {
        true => tracing::warn!("{removals}"),
        false => tracing::info!("{removals}"),
    }
    Ok(Dynamic::from(cells))
}

fn not_editable(subject: &Dynamic) -> Error {
    Error::value(format!("only a neuron or a population can be edited, found {}", values::type_of(subject)))
}

/// An axis by name, or a direction as three numbers.
fn direction(what: &str, value: &Dynamic) -> Result<Direction> {
    if value.is_string() {
        return Direction::parse(&values::text(what, value)?);
    }
    Direction::of(three(what, value)?)
}

fn three(what: &str, value: &Dynamic) -> Result<[f64; 3]> {
    let numbers = values::numbers(what, value)?;
    <[f64; 3]>::try_from(numbers.as_slice())
        .map_err(|_| Error::value(format!("{what} must be three numbers, found {}", numbers.len())))
}

/// Sample numbers: one or an array.
fn ids(what: &str, value: &Dynamic) -> Result<Vec<i64>> {
    match values::whole(what, value) {
        Ok(id) => Ok(vec![id]),
        Err(_) => Ok(values::counts(what, value)?.into_iter().map(|id| id as i64).collect()),
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod of_both {
    /// With samples this far apart along the cable, in the file's unit. Forks, tips, roots, somata and changes of
    /// type stay; new samples get radii in between and new numbers.
    ///
    /// ```rhai
    /// let even = morph::synthesize("basket", #{ seed: 1 }).resample(1.0);
    /// ```
    #[rhai_fn(name = "resample", return_raw, pure)]
    pub fn resample_plainly(ctx: NativeCallContext, m: &mut Dynamic, step: Dynamic) -> RhaiResultOf<Dynamic> {
        resample(ctx, m, step, Map::new())
    }

    /// Resamples with the option `even` (false): adapts the step so that it divides every section evenly.
    ///
    /// ```rhai
    /// let even = morph::synthesize("basket", #{ seed: 1 }).resample(1.0, #{ even: true });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn resample(ctx: NativeCallContext, m: &mut Dynamic, step: Dynamic, options: Map) -> RhaiResultOf<Dynamic> {
        let options: ResampleOptions = Options::new(&ctx, "resample", options).parse()?;
        let step = values::number("the step of `resample`", &step).at(&ctx)?;
        edited(m, "resampling", |m| m.resampled(step, &options)).at(&ctx)
    }

    /// With a smoother course: a moving average over 5 samples.
    #[rhai_fn(name = "smooth", return_raw, pure)]
    pub fn smooth_plainly(ctx: NativeCallContext, m: &mut Dynamic) -> RhaiResultOf<Dynamic> {
        smooth(ctx, m, Map::new())
    }

    /// With a smoother course; ends, forks and somata stay. Options: `window` (5 samples, odd) for a moving average,
    /// or `sigma` (in the file's unit) for a Gaussian along the path; `radii` (false) smooths radii too.
    ///
    /// ```rhai
    /// let calm = morph::synthesize("basket", #{ seed: 1 }).smooth(#{ sigma: 5.0 });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn smooth(ctx: NativeCallContext, m: &mut Dynamic, options: Map) -> RhaiResultOf<Dynamic> {
        let options: SmoothOptions = Options::new(&ctx, "smooth", options).parse()?;
        edited(m, "smoothing", |m| m.smoothed(&options)).at(&ctx)
    }

    /// With fewer samples; forks, tips, somata and changes of type stay. One option: `every` (keeps every n-th sample
    /// of a section) or `tolerance` (keeps the course within this distance).
    ///
    /// ```rhai
    /// let thin = morph::synthesize("basket", #{ seed: 1 }).downsample(#{ tolerance: 0.5 });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn downsample(ctx: NativeCallContext, m: &mut Dynamic, options: Map) -> RhaiResultOf<Dynamic> {
        let options: DownsampleOptions = Options::new(&ctx, "downsample", options).parse()?;
        edited(m, "thinning", |m| m.downsampled(&options)).at(&ctx)
    }

    /// Without what one rule names: `type`; `length` (terminal twigs shorter than it; `recursive: true` until none is;
    /// `exact: true` takes it off every tip instead); `order` (branches of a higher order); `strahler` (of this
    /// Strahler order or below); `box` (two corners); `distance` or `path_distance` (farther from soma or root;
    /// `exact: true` cuts the path there).
    ///
    /// ```rhai
    /// let clean = morph::synthesize("basket", #{ seed: 1 }).prune(#{ length: 10.0 });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn prune(ctx: NativeCallContext, m: &mut Dynamic, options: Map) -> RhaiResultOf<Dynamic> {
        let options: PruneOptions = Options::new(&ctx, "prune", options).parse()?;
        reduced(m, &options.to_string(), |m| m.pruned(&options)).at(&ctx)
    }

    /// The part inside `box` (two corners) or `sphere` (`#{ radius, centre }`; the neuron's centre where none is given).
    /// Option `cut`: `"boundary"` (exactly there, the default) or `"samples"` (at the last sample inside).
    ///
    /// ```rhai
    /// let core = morph::synthesize("basket", #{ seed: 1 }).crop(#{ sphere: #{ radius: 100 } });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn crop(ctx: NativeCallContext, m: &mut Dynamic, options: Map) -> RhaiResultOf<Dynamic> {
        let options: CropOptions = Options::new(&ctx, "crop", options).parse()?;
        reduced(m, "what is outside", |m| m.cropped(&options)).at(&ctx)
    }

    /// Mirrored: `"x"` turns left and right over. A direction as three numbers is taken as well.
    ///
    /// ```rhai
    /// let other = morph::synthesize("basket", #{ seed: 1 }).mirror("x");
    /// ```
    #[rhai_fn(name = "mirror", return_raw, pure)]
    pub fn mirror_plainly(ctx: NativeCallContext, m: &mut Dynamic, axis: Dynamic) -> RhaiResultOf<Dynamic> {
        mirror(ctx, m, axis, Map::new())
    }

    /// Mirrored with the option `about`: `"origin"` (the default), `"centre"` or three numbers.
    #[rhai_fn(return_raw, pure)]
    pub fn mirror(ctx: NativeCallContext, m: &mut Dynamic, axis: Dynamic, options: Map) -> RhaiResultOf<Dynamic> {
        let options: About = Options::new(&ctx, "mirror", options).parse()?;
        let across = direction("the axis of `mirror`", &axis).at(&ctx)?;
        edited(m, "mirroring", |m| m.mirrored(across, &options)).at(&ctx)
    }

    /// Turned about an axis (`"x"`, `"-y"`, … or three numbers) through the origin by degrees, counterclockwise for whom
    /// the axis points at.
    ///
    /// ```rhai
    /// let turned = morph::synthesize("basket", #{ seed: 1 }).rotate("y", 30);
    /// ```
    #[rhai_fn(name = "rotate", return_raw, pure)]
    pub fn rotate_plainly(
        ctx: NativeCallContext,
        m: &mut Dynamic,
        axis: Dynamic,
        degrees: Dynamic,
    ) -> RhaiResultOf<Dynamic> {
        rotate(ctx, m, axis, degrees, Map::new())
    }

    /// Turned with the option `about`: `"origin"` (the default), `"centre"` or three numbers.
    #[rhai_fn(return_raw, pure)]
    pub fn rotate(
        ctx: NativeCallContext,
        m: &mut Dynamic,
        axis: Dynamic,
        degrees: Dynamic,
        options: Map,
    ) -> RhaiResultOf<Dynamic> {
        let options: About = Options::new(&ctx, "rotate", options).parse()?;
        let axis = direction("the axis of `rotate`", &axis).at(&ctx)?;
        let degrees = values::number("the angle of `rotate`", &degrees).at(&ctx)?;
        edited(m, "turning", |m| m.rotated(axis, degrees, &options)).at(&ctx)
    }

    /// Scaled about the origin: by one factor (radii too) or by three for the axes (positions only); or with options:
    /// `factor`, or `from` and `to` (units: `"nm"`, `"um"`, `"mm"`, `"m"`; `to` is `"um"` unless said), and `about`.
    ///
    /// ```rhai
    /// let micrometres = morph::synthesize("basket", #{ seed: 1 }).scale(#{ from: "nm" });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn scale(ctx: NativeCallContext, m: &mut Dynamic, by_or_options: Dynamic) -> RhaiResultOf<Dynamic> {
        let what = "the factor of `scale`";
        let options = match by_or_options.read_lock::<Map>().map(|map| map.clone()) {
            Some(map) => Options::new(&ctx, "scale", map).parse()?,
            None => {
                let factor = match values::number(what, &by_or_options) {
                    Ok(factor) => Ok(Factor::All(factor)),
                    Err(error) if values::numbers(what, &by_or_options).is_err() => Err(error),
                    Err(_) => three(what, &by_or_options).map(Factor::Axes),
                };
                ScaleOptions { factor: Some(factor.at(&ctx)?), ..ScaleOptions::default() }
            }
        };
        edited(m, "scaling", |m| m.scaled(&options)).at(&ctx)
    }

    /// Moved by a vector of three numbers.
    ///
    /// ```rhai
    /// let moved = morph::synthesize("basket", #{ seed: 1 }).translate([10, 0, 0]);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn translate(ctx: NativeCallContext, m: &mut Dynamic, by: Dynamic) -> RhaiResultOf<Dynamic> {
        let by = three("the vector of `translate`", &by).at(&ctx)?;
        edited(m, "moving", |m| m.translated(by)).at(&ctx)
    }

    /// Turned so that its longest principal axis is along y, the second along x.
    #[rhai_fn(name = "align", return_raw, pure)]
    pub fn align_plainly(ctx: NativeCallContext, m: &mut Dynamic) -> RhaiResultOf<Dynamic> {
        align(ctx, m, Map::new())
    }

    /// Turned into a common orientation. Options: `pia` (direction towards the pia) or `angle` (of the pia in the xy
    /// plane, degrees from +y, counterclockwise); without them by principal axes. `to` (`"y"`): where pia or first axis
    /// points then. `about` (`"centre"`).
    ///
    /// ```rhai
    /// let upright = morph::synthesize("pyramidal", #{ seed: 1 }).align(#{ angle: 12.5 });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn align(ctx: NativeCallContext, m: &mut Dynamic, options: Map) -> RhaiResultOf<Dynamic> {
        let options: AlignOptions = Options::new(&ctx, "align", options).parse()?;
        edited(m, "aligning", |m| m.aligned(&options)).at(&ctx)
    }

    /// The longest path from a root to a tip, as one chain.
    #[rhai_fn(name = "longest_path", return_raw, pure)]
    pub fn longest_path_plainly(ctx: NativeCallContext, m: &mut Dynamic) -> RhaiResultOf<Dynamic> {
        longest_path(ctx, m, Map::new())
    }

    /// The longest path; with `from_root: false` between any two ends.
    ///
    /// ```rhai
    /// let backbone = morph::synthesize("basket", #{ seed: 1 }).longest_path(#{ from_root: false });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn longest_path(ctx: NativeCallContext, m: &mut Dynamic, options: Map) -> RhaiResultOf<Dynamic> {
        let options: LongestPathOptions = Options::new(&ctx, "longest_path", options).parse()?;
        edited(m, "finding the longest path", |m| m.longest_path(&options)).at(&ctx)
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod apart {
    /// The sample of this number and everything below it, as a neuron; an array of numbers gives several subtrees.
    ///
    /// ```rhai
    /// let m = morph::synthesize("basket", #{ seed: 1 });
    /// let branch = m.subtree(10);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn subtree(ctx: NativeCallContext, m: &mut Neuron, id: Dynamic) -> RhaiResultOf<Neuron> {
        let ids = ids("the sample of `subtree`", &id).at(&ctx)?;
        m.subtrees(&ids).map(Arc::new).at(&ctx)
    }

    /// The trees of a forest, as a population.
    ///
    /// ```rhai
    /// print(m.trees().len);
    /// ```
    #[rhai_fn(pure)]
    pub fn trees(m: &mut Neuron) -> Population {
        Population::new(m.trees().into_iter().map(Arc::new).collect())
    }

    /// The neurites, without the soma, as a population.
    ///
    /// ```rhai
    /// print(morph::synthesize("basket", #{ seed: 1 }).neurites().len);
    /// ```
    #[rhai_fn(pure)]
    pub fn neurites(m: &mut Neuron) -> Population {
        Population::new(m.neurites().into_iter().map(Arc::new).collect())
    }

    /// The trees of all cells, with the labels of their cells.
    ///
    /// ```rhai
    /// let trees = cells.trees();
    /// ```
    #[rhai_fn(name = "trees", return_raw, pure)]
    pub fn trees_of_all(ctx: NativeCallContext, cells: &mut Population) -> RhaiResultOf<Population> {
        cells.taken_apart("splitting", Morphology::trees).at(&ctx)
    }

    /// The neurites of all cells, with the labels of their cells.
    ///
    /// ```rhai
    /// let neurites = cells.neurites();
    /// ```
    #[rhai_fn(name = "neurites", return_raw, pure)]
    pub fn neurites_of_all(ctx: NativeCallContext, cells: &mut Population) -> RhaiResultOf<Population> {
        cells.taken_apart("splitting", Morphology::neurites).at(&ctx)
    }
}
