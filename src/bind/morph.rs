//! `morph::`: neurons.

use std::path::Path;
use std::sync::Arc;

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use super::cells::population_of;
use super::handles::Neuron;
use crate::data::{Labels, LoadOptions, Population, load_dir};
use crate::error::Result;
use crate::morph::{JoinOptions, Kinds, Place, Summary, WriteOptions, read};
use crate::script::registry::{self, Handles};
use crate::script::takes::{self, Takes, part};
use crate::script::{At, Options, RhaiResultOf, host, values};

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("morph::load_dir", &[part::<crate::data::LoadOptions>()], &[]),
    Takes::new("morph::population", &[], &[takes::LABELS]),
    Takes::new("morph::synthesize", &[part::<crate::morph::SynthesisOptions>()], &[takes::SEED]),
    Takes::new("morph::synthesize_population", &[part::<crate::morph::SynthesisOptions>()], &[takes::SEED]),
    Takes::new("joined", &[part::<crate::morph::JoinOptions>()], &[]),
    Takes::new("Morphology.save", &[part::<crate::morph::WriteOptions>()], &[]),
];

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<Neuron>("Morphology");
    let mut module = exported_module!(namespace);
    module.combine_flatten(super::measure::of_morph());
    module.combine_flatten(super::nblast::functions());
    module.combine_flatten(exported_module!(super::diagnose::namespace));
    engine.register_static_module("morph", module.into());
}

/// SWC types: one by name or number, or an array of them.
pub(super) fn kinds(what: &str, value: &Dynamic) -> Result<Kinds> {
    if let Some(items) = value.read_lock::<rhai::Array>() {
        return items.iter().map(|item| kinds(what, item)).collect();
    }
    match value.as_int() {
        Ok(number) => Kinds::parse(&number.to_string()),
        Err(_) => Kinds::parse(&values::text(what, value)?),
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    use crate::script::values::array;
    use rhai::Array;

    /// Reads a neuron from a file: SWC, Neurolucida ASCII (`.asc`), MorphIO's HDF5 (`.h5`), NeuroML 2 (`.nml`) or navis'
    /// Parquet skeletons. `cells.zip!a/b.swc` is a member of an archive, `cells.parquet!12345` a neuron of a file that
    /// holds several. What is unusual about it is said as a warning; nothing is repaired unasked.
    ///
    /// ```rhai
    /// let m = morph::load("cell.swc");
    /// let n = morph::load("cells.zip!L5/cell.asc");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn load(ctx: NativeCallContext, path: &str) -> RhaiResultOf<Neuron> {
        host::note_input(&Place::of(Path::new(path)).file).at(&ctx)?;
        let reading = read(path).at(&ctx)?;
        for warning in &reading.warnings {
            tracing::warn!("{path}: {}", warning.message);
        }
        Ok(Arc::new(reading.morphology))
    }

    /// Reads the neurons below a folder, in an archive, or that a pattern matches.
    ///
    /// ```rhai
    /// let cells = morph::load_dir("cells");
    /// ```
    #[rhai_fn(name = "load_dir", return_raw)]
    pub fn load_dir_plainly(ctx: NativeCallContext, folder: &str) -> RhaiResultOf<Population> {
        load_all(ctx, folder, Map::new())
    }

    /// Reads many neurons, in parallel: the files of all formats (see `load`) below a folder, those that a pattern such
    /// as `"cells/L5_*/*.swc"` matches (`**` stands for any folders), the members of a zip, tar or tar.gz archive, or
    /// all neurons of one file. A file that cannot be read is reported and the others go through.
    ///
    /// Options: `labels` (a CSV file with a column `file` and any others), `label` (the column that `.labels()` gives;
    /// `"label"`), `join` (joins the pieces of forests at their nearest points), `max_gap` (largest gap to join, in the
    /// files' unit), `strict` (stops at the first bad file), `recursive` (true), `pattern` (such as `"L5_*"`).
    ///
    /// ```rhai
    /// let cells = morph::load_dir("cells", #{ labels: "labels.csv", label: "layer" });
    /// let some = morph::load_dir("cells.tar.gz", #{ pattern: "L5_*" });
    /// ```
    #[rhai_fn(name = "load_dir", return_raw)]
    pub fn load_all(ctx: NativeCallContext, folder: &str, options: Map) -> RhaiResultOf<Population> {
        let options: LoadOptions = Options::new(&ctx, "morph::load_dir", options).parse()?;
        host::note_input(Path::new(folder)).at(&ctx)?;
        if Path::new(folder).extension().is_some_and(|e| e == "parquet") && Path::new(folder).is_file() {
            return crate::data::population::open(folder).at(&ctx);
        }
        let loaded = load_dir(folder, &options).at(&ctx)?;
        if loaded.searched != Path::new(folder) {
            host::note_input(&loaded.searched).at(&ctx)?;
        }
        if !loaded.report.is_clean() {
            tracing::warn!("{}", loaded.report);
        }
        Ok(loaded.population)
    }

    /// Opens a population that `cells.save("cells.parquet")` wrote, at once however large it is: labels and measures are
    /// at hand, and a neuron is read when it is asked for.
    ///
    /// ```rhai
    /// let cells = morph::open("cells.parquet");
    /// print(cells.where(#{ n_nodes: [1000, ()] }).len);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn open(ctx: NativeCallContext, path: &str) -> RhaiResultOf<Population> {
        host::note_input(Path::new(path)).at(&ctx)?;
        crate::data::population::open(path).at(&ctx)
    }

    /// A population of these neurons, in this order.
    ///
    /// ```rhai
    /// let cells = morph::population([morph::load("a.swc"), morph::load("b.swc")]);
    /// ```
    #[rhai_fn(name = "population", return_raw)]
    pub fn population_without_labels(ctx: NativeCallContext, neurons: Array) -> RhaiResultOf<Population> {
        population_of("a population", &neurons.into()).at(&ctx)
    }

    /// A population of these neurons with the option `labels`: one text per neuron.
    ///
    /// ```rhai
    /// let cells = morph::population([a, b], #{ labels: ["basket", "pyramidal"] });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn population(ctx: NativeCallContext, neurons: Array, options: Map) -> RhaiResultOf<Population> {
        let mut given = Options::new(&ctx, "morph::population", options);
        let labels = given.handle_with("labels", values::labels)?;
        given.finish()?;
        let cells = population_of("a population", &neurons.into()).at(&ctx)?;
        match labels {
            Some(labels) => cells.with_labels("label", &labels).at(&ctx),
            None => Ok(cells),
        }
    }

    /// Grows a neuron of a class; `morph::classes()` lists them.
    ///
    /// ```rhai
    /// let m = morph::synthesize("pyramidal");
    /// ```
    #[rhai_fn(name = "synthesize", return_raw)]
    pub fn synthesize_plainly(ctx: NativeCallContext, class: &str) -> RhaiResultOf<Neuron> {
        synthesize(ctx, class, Map::new())
    }

    /// Grows a neuron of a class. Options: `axon` (true), `scale` (1.0), `step_um` (2.5, distance of samples), `seed`.
    ///
    /// ```rhai
    /// let m = morph::synthesize("purkinje", #{ seed: 7 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn synthesize(ctx: NativeCallContext, class: &str, options: Map) -> RhaiResultOf<Neuron> {
        let mut given = Options::new(&ctx, "morph::synthesize", options);
        let seed = given.seed()?;
        crate::morph::synthesize(class, &given.parse()?, seed).map(Arc::new).at(&ctx)
    }

    /// Grows a population: `per_class` neurons of each class, labelled with it. Options as for `synthesize`.
    ///
    /// ```rhai
    /// let cells = morph::synthesize_population(["pyramidal", "basket"], 30, #{ seed: 7 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn synthesize_population(
        ctx: NativeCallContext,
        classes: Dynamic,
        per_class: i64,
        options: Map,
    ) -> RhaiResultOf<Population> {
        let mut given = Options::new(&ctx, "morph::synthesize_population", options);
        let seed = given.seed()?;
        let classes = values::texts("the classes", &classes).at(&ctx)?;
        let names: Vec<&str> = classes.iter().map(String::as_str).collect();
        let per_class = usize::try_from(per_class).unwrap_or(0);
        let grown = crate::morph::synthesize_population(&names, per_class, &given.parse()?, seed).at(&ctx)?;
        let (neurons, labels): (Vec<Neuron>, Vec<_>) = grown.into_iter().map(|(m, class)| (Arc::new(m), class)).unzip();
        Population::new(neurons).with_labels("label", &Labels::new(labels.into_iter().map(Some))).at(&ctx)
    }

    /// The classes that can be grown, with a line on each.
    ///
    /// ```rhai
    /// for class in morph::classes().keys() { print(class); }
    /// ```
    #[rhai_fn(name = "classes")]
    pub fn classes() -> Map {
        crate::morph::classes().map(|(name, about)| (name.into(), about.into())).collect()
    }

    /// The neuron's name: its file's without the ending.
    #[rhai_fn(global, get = "name", pure)]
    pub fn name(m: &mut Neuron) -> String {
        m.name.to_string()
    }

    /// Number of samples.
    #[rhai_fn(global, get = "n_nodes", pure)]
    pub fn n_nodes(m: &mut Neuron) -> i64 {
        m.len() as i64
    }

    /// Number of trees: 1, or more for a forest.
    #[rhai_fn(global, get = "n_roots", pure)]
    pub fn n_roots(m: &mut Neuron) -> i64 {
        m.n_roots() as i64
    }

    /// Number of neurites that leave the soma.
    #[rhai_fn(global, get = "n_stems", pure)]
    pub fn n_stems(m: &mut Neuron) -> i64 {
        m.n_stems() as i64
    }

    /// Number of samples of neurites with two or more children.
    #[rhai_fn(global, get = "n_bifurcations", pure)]
    pub fn n_bifurcations(m: &mut Neuron) -> i64 {
        m.n_bifurcations() as i64
    }

    /// Number of tips of neurites.
    #[rhai_fn(global, get = "n_tips", pure)]
    pub fn n_tips(m: &mut Neuron) -> i64 {
        m.n_tips() as i64
    }

    /// Cable length of the neurites, in the file's unit.
    #[rhai_fn(global, get = "total_length", pure)]
    pub fn total_length(m: &mut Neuron) -> f64 {
        m.total_length()
    }

    /// Extent along x, y and z.
    #[rhai_fn(global, get = "extent", pure)]
    pub fn extent(m: &mut Neuron) -> Array {
        array(m.extent())
    }

    /// Numbers of size and shape by name, in our convention: counts, lengths, extents, distances, radii, surface, volume,
    /// tortuosity, taper, orders, asymmetries, angles, soma. NaN where there is no section or fork to measure.
    /// `morph::metrics()` says what each is.
    ///
    /// ```rhai
    /// print(m.metrics().max_path_length);
    /// ```
    #[rhai_fn(global, pure)]
    pub fn metrics(m: &mut Neuron) -> Map {
        let values = m.summary().values();
        Summary::NAMES.iter().zip(values).map(|(name, value)| ((*name).into(), value.into())).collect()
    }

    /// The neuron without the samples of a type: `"axon"`, `"dendrite"`, `"basal"`, `"apical"`, `"soma"` or a number.
    /// Samples whose parent goes hang on their nearest ancestor that stays; what has none is said.
    ///
    /// ```rhai
    /// let dendrite = m.without("axon");
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn without(ctx: NativeCallContext, m: &mut Neuron, kind: Dynamic) -> RhaiResultOf<Neuron> {
        let kinds = kinds("the type", &kind).at(&ctx)?;
        let (neuron, removal) = m.without(&kinds).at(&ctx)?;
        if removal.new_roots > 0 {
            tracing::warn!(
                "{}: without {kinds}, {} pieces hang on nothing and are roots now",
                m.name,
                removal.new_roots
            );
        }
        Ok(Arc::new(neuron))
    }

    /// The neuron with its soma (or first root) at the origin.
    ///
    /// ```rhai
    /// let centred = m.centered();
    /// ```
    #[rhai_fn(global, pure)]
    pub fn centered(m: &mut Neuron) -> Neuron {
        Arc::new(m.centered())
    }

    /// The neuron with the pieces of a forest joined into one tree at their nearest points.
    #[rhai_fn(global, name = "joined", return_raw, pure)]
    pub fn joined_plainly(ctx: NativeCallContext, m: &mut Neuron) -> RhaiResultOf<Neuron> {
        joined(ctx, m, Map::new())
    }

    /// The neuron with pieces joined; option `max_gap`: the largest gap to bridge, in the file's unit.
    ///
    /// ```rhai
    /// let whole = m.joined(#{ max_gap: 50.0 });
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn joined(ctx: NativeCallContext, m: &mut Neuron, options: Map) -> RhaiResultOf<Neuron> {
        let options: JoinOptions = Options::new(&ctx, "joined", options).parse()?;
        m.joined(&options).map(|(neuron, _)| Arc::new(neuron)).at(&ctx)
    }

    /// The neuron turned round so that the sample of this number is the root of its tree.
    ///
    /// ```rhai
    /// let turned = m.reroot(1);
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn reroot(ctx: NativeCallContext, m: &mut Neuron, id: i64) -> RhaiResultOf<Neuron> {
        m.rerooted(id).map(Arc::new).at(&ctx)
    }

    /// Writes the neuron; the ending says how: `.swc`, `.nml` (NeuroML 2) or `.parquet` (as navis reads it). What is
    /// written reads back identical.
    ///
    /// ```rhai
    /// m.save(out("cell.swc"));
    /// ```
    #[rhai_fn(global, name = "save", return_raw, pure)]
    pub fn save_plainly(ctx: NativeCallContext, m: &mut Neuron, path: &str) -> RhaiResultOf<()> {
        m.write(path, &WriteOptions::default()).at(&ctx)
    }

    /// Writes the neuron with the option `soma`: the shape that its soma is written in, `"as_is"`, `"one_point"`,
    /// `"three_points"` (as NeuroMorpho.Org has it) or `"contour"` (an outline of 16 samples).
    ///
    /// ```rhai
    /// m.save(out("cell.swc"), #{ soma: "three_points" });
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn save(ctx: NativeCallContext, m: &mut Neuron, path: &str, options: Map) -> RhaiResultOf<()> {
        let options: WriteOptions = Options::new(&ctx, "Morphology.save", options).parse()?;
        m.write(path, &options).at(&ctx)
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe(m: &mut Neuron) -> String {
        m.to_string()
    }
}
