//! Graphs inferred from activity, and the connectome, for scripts.

use std::path::Path;
use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Map, Module};

use super::set_of;
use crate::activity::RecordingSet;
use crate::activity::connectome::{
    self, Connectome, Contact, EdgeRecovery, InferOptions, RecoveryOptions, Relations, Stability,
};
use crate::bind::handles::Rows;
use crate::data::Table;
use crate::data::table::Column;
use crate::error::{Error, Result, did_you_mean};
use crate::script::registry::{self, Handles};
use crate::script::takes::{SEED, Takes, part};
use crate::script::values::{self, array, texts};
use crate::script::{At, Options, RhaiResultOf, host};

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new(
        "activity::relations",
        &[part::<InferOptions>()],
        &[("lambda", "number; 1000 for \"ridge\", else 1"), ("name", "text; of a matrix or of a mean")],
    ),
    Takes::new(
        "evaluate::edges",
        &[part::<RecoveryOptions>()],
        &[
            ("connectome", "connectome, the path of its file, or a matrix of known edges"),
            ("recordings", "recordings of these neurons"),
            SEED,
        ],
    ),
];

/// Installs types and what they offer.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine
        .handle::<Relations>("Relations")
        .handle::<Rc<Connectome>>("Connectome")
        .handle::<Rc<EdgeRecovery>>("EdgeRecovery")
        .handle::<Rc<Stability>>("Stability");
    crate::bind::outcome::methods::<EdgeRecovery>(engine);
    crate::bind::outcome::methods::<Stability>(engine);
    engine.register_global_module(exported_module!(methods).into());
}

/// The functions that belong into the namespace `activity`.
pub(super) fn functions() -> Module {
    exported_module!(of_activity)
}

/// The functions that belong into the namespace `evaluate`.
pub(super) fn judging() -> Module {
    exported_module!(of_evaluate)
}

/// Several relations, as an array has them.
fn all(what: &str, items: &[Dynamic]) -> Result<Vec<Relations>> {
    let one = |item: &Dynamic| {
        item.clone().try_cast::<Relations>().ok_or_else(|| {
            Error::value(format!("{what} must be relations, found {}", values::type_of(item)))
                .help("`activity::relations(recordings)` infers some")
        })
    };
    items.iter().map(one).collect()
}

fn contact(kind: &str) -> Result<Contact> {
    Contact::ALL.into_iter().find(|c| c.name() == kind).ok_or_else(|| {
        let near = did_you_mean(kind, Contact::ALL.map(Contact::name));
        let cure = near.map_or("one of \"any\", \"chemical\", \"gap\"".into(), |n| format!("did you mean \"{n}\"?"));
        Error::value(format!("there are no contacts of the kind \"{kind}\"")).help(cure)
    })
}

/// A connectome, the path of its file, or a matrix of known edges.
fn connectome_of(value: &Dynamic) -> Result<Rc<Connectome>> {
    if let Some(known) = value.read_lock::<Rc<Connectome>>() {
        return Ok(Rc::clone(&known));
    }
    if let Some(matrix) = value.read_lock::<Rows>() {
        return Connectome::of_matrix("known edges", &matrix).map(Rc::new);
    }
    let path = values::text("a connectome", value)
        .map_err(|e| e.help("give the path of a CSV file of edges, or a matrix of known ones"))?;
    host::note_input(Path::new(&path))?;
    Connectome::read(path).map(Rc::new)
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod of_activity {
    /// The graph that ridge regression infers from recordings.
    #[rhai_fn(name = "relations", return_raw)]
    pub fn relations_plainly(ctx: NativeCallContext, of: Dynamic) -> RhaiResultOf<Relations> {
        relations(ctx, of, Map::new())
    }

    /// A graph of neurons: inferred from recordings of the same neurons, taken from a square matrix (the receiver's row,
    /// the sender's column), or the mean of an array of relations.
    ///
    /// Options with recordings: `method` (`"ridge"`, `"var"`, `"correlation"`, `"difference"`, `"partial"`), `lambda` (1000
    /// for ridge, else 1), `lags` (`[0, 1, 2, 4, 8]`, of ridge), `horizon` (16 frames, of ridge), `order` (4, of VAR),
    /// `frames` (3, of differences). Option with a matrix or an array: `name`.
    ///
    /// ```rhai
    /// let graph = activity::relations(worms.aligned().zscore(), #{ method: "var", order: 4 });
    /// print(graph.strongest(20));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn relations(ctx: NativeCallContext, of: Dynamic, options: Map) -> RhaiResultOf<Relations> {
        let mut given = Options::new(&ctx, "activity::relations", options);
        if let Some(matrix) = of.read_lock::<Rows>() {
            let name = given.handle_with("name", values::text)?.unwrap_or_else(|| "relations".into());
            given.finish()?;
            return Relations::of_matrix(name, &matrix).at(&ctx);
        }
        if let Some(items) = of.read_lock::<Array>()
            && items.first().is_some_and(|i| i.is::<Relations>())
        {
            let name = given.handle_with("name", values::text)?.unwrap_or_else(|| "mean".into());
            given.finish()?;
            return all("a mean", &items).and_then(|all| Relations::mean(name, &all)).at(&ctx);
        }
        let set = set_of("what relations are inferred from", &of).at(&ctx)?;
        let options: InferOptions = given.parse()?;
        connectome::infer(&set, &options).at(&ctx)
    }

    /// Reads an anatomical connectome: a CSV file with a row for each edge, columns `source`, `target`, and optionally
    /// `weight` and `type` (`chemical` or `electrical`). Takes a matrix of known edges as well, such as a simulation's.
    ///
    /// ```rhai
    /// let anatomy = activity::connectome("edges.csv");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn connectome(ctx: NativeCallContext, of: Dynamic) -> RhaiResultOf<Rc<Connectome>> {
        connectome_of(&of).at(&ctx)
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod of_evaluate {
    /// How well relations find the contacts of a connectome, without recordings to compare with.
    #[rhai_fn(name = "edges", return_raw)]
    pub fn edges_plainly(
        ctx: NativeCallContext,
        relations: Relations,
        truth: Dynamic,
    ) -> RhaiResultOf<Rc<EdgeRecovery>> {
        edges(ctx, relations, [("connectome".into(), truth)].into())
    }

    /// How well relations find the contacts of a connectome: the area under the ROC curve of absolute weights for contacts
    /// of any kind, chemical synapses and gap junctions, with a permutation test over neurons' names, beside correlations
    /// of the same recordings. An area that is not above these does not recover the connectome, and the answer says so.
    ///
    /// Options: `connectome` (or the path of its file, or a matrix of known edges), `recordings` (of these neurons),
    /// `permutations` (2000), `seed`.
    ///
    /// ```rhai
    /// let simulated = activity::simulate("worm", #{ animals: 3, frames: 500, seed: 1 });
    /// let worms = simulated.recordings.zscore();
    /// let graph = activity::relations(worms, #{ method: "var", order: 1 });
    /// print(evaluate::edges(graph, #{ connectome: simulated.edges[0], recordings: worms, permutations: 200, seed: 1 }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn edges(ctx: NativeCallContext, relations: Relations, options: Map) -> RhaiResultOf<Rc<EdgeRecovery>> {
        let mut given = Options::new(&ctx, "evaluate::edges", options);
        let truth = given.handle_with("connectome", |_, value| connectome_of(value))?;
        let truth = given.require("connectome", truth)?;
        let recordings: Option<RecordingSet> = given.handle_with("recordings", set_of)?;
        let seed = given.seed()?;
        let options: RecoveryOptions = given.parse()?;
        connectome::recovery(&relations, &truth, recordings.as_ref(), &options, seed).map(Rc::new).at(&ctx)
    }

    /// How alike relations are that several animals, seeds or settings gave: the mean, spread and sign of every edge, and
    /// the rank correlation of weights.
    ///
    /// ```rhai
    /// let graphs = [];
    /// for worm in worms.aligned().zscore() { graphs.push(activity::relations(worm)); }
    /// print(evaluate::edge_stability(graphs));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn edge_stability(ctx: NativeCallContext, relations: Array) -> RhaiResultOf<Rc<Stability>> {
        all("what is compared", &relations).and_then(|all| connectome::stability(&all)).map(Rc::new).at(&ctx)
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod methods {
    /// What inferred the relations.
    #[rhai_fn(get = "name", pure)]
    pub fn name(relations: &mut Relations) -> String {
        relations.name().to_string()
    }

    /// Number of neurons.
    #[rhai_fn(get = "len", pure)]
    pub fn len(relations: &mut Relations) -> i64 {
        relations.len() as i64
    }

    /// The neurons.
    #[rhai_fn(get = "neurons", pure)]
    pub fn neurons(relations: &mut Relations) -> Array {
        array(relations.neurons().iter().cloned())
    }

    /// The weights: the receiver's row, the sender's column.
    ///
    /// ```rhai
    /// plot::matrix(graph.matrix(), #{ center: 0 }).save(out("weights.svg"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn matrix(ctx: NativeCallContext, relations: &mut Relations) -> RhaiResultOf<Rows> {
        relations.matrix().map(Rc::new).at(&ctx)
    }

    /// A row for each edge, the strongest first: `source`, `target`, `weight`.
    ///
    /// ```rhai
    /// print(graph.edges().head(10));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn edges(ctx: NativeCallContext, relations: &mut Relations) -> RhaiResultOf<Table> {
        let (edges, names) = (relations.edges(), relations.neurons());
        let columns = vec![
            Column::texts("source", edges.iter().map(|e| Some(&names[e.1]))),
            Column::texts("target", edges.iter().map(|e| Some(&names[e.0]))),
            Column::numbers("weight", edges.iter().map(|e| e.2).collect::<Vec<f64>>()),
        ];
        let ids = edges.iter().map(|e| format!("{} -> {}", names[e.1], names[e.0])).collect();
        Table::new(ids, columns).at(&ctx)
    }

    /// The strongest edges alone.
    ///
    /// ```rhai
    /// graph.strongest(40).save(out("strongest.graphml"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn strongest(ctx: NativeCallContext, relations: &mut Relations, count: i64) -> RhaiResultOf<Relations> {
        let count = values::count("the number of edges", &count.into()).at(&ctx)?;
        Ok(relations.strongest(count))
    }

    /// The relations among these neurons, in this order.
    ///
    /// ```rhai
    /// print(graph.only(["AVAL", "AVAR", "AVBL"]));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn only(ctx: NativeCallContext, relations: &mut Relations, names: Array) -> RhaiResultOf<Relations> {
        texts("names", &names.into()).and_then(|names| relations.only(&names)).at(&ctx)
    }

    /// The graph as GraphML text, which programs that draw graphs read.
    ///
    /// ```rhai
    /// print(graph.strongest(5).to_graphml());
    /// ```
    #[rhai_fn(pure)]
    pub fn to_graphml(relations: &mut Relations) -> String {
        relations.to_graphml()
    }

    /// Writes the edges as `.csv` or `.graphml`.
    ///
    /// ```rhai
    /// graph.save(out("graph.graphml"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn save(ctx: NativeCallContext, relations: &mut Relations, path: &str) -> RhaiResultOf<()> {
        relations.save(Path::new(path)).at(&ctx)
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe(relations: &mut Relations) -> String {
        relations.to_string()
    }

    /// Contacts of any kind among some neurons, as relations.
    #[rhai_fn(name = "relations", return_raw, pure)]
    pub fn any_contacts(
        ctx: NativeCallContext,
        connectome: &mut Rc<Connectome>,
        names: Array,
    ) -> RhaiResultOf<Relations> {
        contacts(ctx, connectome, names, "any")
    }

    /// Contacts among some neurons, as relations: `"any"` kind in either direction, `"chemical"` synapses from sender to
    /// receiver, or `"gap"` junctions.
    ///
    /// ```rhai
    /// let anatomy = activity::connectome("edges.csv");
    /// plot::network(graph, #{ beside: anatomy.relations(graph.neurons, "chemical") }).save(out("graph.svg"));
    /// ```
    #[rhai_fn(name = "relations", return_raw, pure)]
    pub fn contacts(
        ctx: NativeCallContext,
        connectome: &mut Rc<Connectome>,
        names: Array,
        kind: &str,
    ) -> RhaiResultOf<Relations> {
        let names = texts("names", &names.into()).at(&ctx)?;
        contact(kind).and_then(|kind| connectome.relations(kind, &names)).at(&ctx)
    }

    /// Number of neurons and other cells.
    #[rhai_fn(get = "len", pure)]
    pub fn cells(connectome: &mut Rc<Connectome>) -> i64 {
        connectome.len() as i64
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_connectome(connectome: &mut Rc<Connectome>) -> String {
        connectome.to_string()
    }

    /// What may be said of the relations, in a sentence.
    #[rhai_fn(get = "verdict", pure)]
    pub fn verdict(recovery: &mut Rc<EdgeRecovery>) -> String {
        recovery.verdict()
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_recovery(recovery: &mut Rc<EdgeRecovery>) -> String {
        recovery.to_string()
    }

    /// Spearman's correlation of the weights of two relations, the mean over pairs of them.
    #[rhai_fn(get = "agreement", pure)]
    pub fn agreement(stability: &mut Rc<Stability>) -> f64 {
        stability.agreement
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_stability(stability: &mut Rc<Stability>) -> String {
        stability.to_string()
    }
}
