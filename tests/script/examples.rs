//! Every example in the reference runs, and every function has one.
//!
//! The examples are dealt out to as many scripts as there are cores, each example in a `try` of its own, behind a prelude
//! that defines what examples take for granted. An example that defines functions is a script by itself.

use std::collections::BTreeSet;
use std::path::Path;
use std::thread;

use nms::script::reference::{Entry, Kind, entries};

use super::catalog::catalog;
use crate::cli::{folder, nms};

/// What examples read.
const FILES: &str = r#"
    let grown = morph::synthesize_population(["granule", "basket"], 32, #{ seed: 5, axon: false }).scale(0.25).resample(10);
    grown.save("cells");
    let files = grown.ids.map(|id| id + ".swc");
    let layers = grown.ids.map(|id| if id.starts_with("granule") { "4" } else { "5" });
    let labs = grown.ids.map(|id| if id.ends_with("1") || id.ends_with("2") { "a" } else { "b" });
    let label = grown.labels().to_array();
    table::of(#{ id: files, file: files, label: label, layer: layers, lab: labs, type: label }).save("cells/labels.csv");
    grown[0].save("cell.swc");
    grown.save("cells.parquet");
    grown[0].save("a.swc");
    grown[1].save("b.swc");
    grown.metrics().save("metrics.csv");
    table::of(#{ id: grown.ids, rate: files.map(|file| file.len() * 0.5), layer: layers }).save("patch.csv");
    datasets::grow("act").save("data/act");
    let worm = activity::simulate("worm", #{ animals: 1, frames: 60, seed: 1 });
    activity::connectome(worm.edges[0]).relations(worm.recordings[0].neurons).save("edges.csv");
"#;

/// What examples take for granted: a variable, and how it is made.
const PRELUDE: &[(&str, &str)] = &[
    ("cells", "morph::load_dir(\"cells\", #{ labels: \"labels.csv\" })"),
    ("m", "cells[0]"),
    ("a", "cells[0]"),
    ("b", "cells[1]"),
    ("t", "cells.metrics()"),
    ("before", "t"),
    ("after", "t"),
    ("z", "t.matrix()"),
    ("z2", "reduce::pca(z).scores"),
    ("labels", "cells.labels()"),
    ("labs", "t.ids.map(|id| if id.ends_with(\"1\") || id.ends_with(\"2\") { \"a\" } else { \"b\" })"),
    ("groups", "cluster::kmeans(z, #{ clusters: 2, seed: 1 })"),
    ("predicted", "cells.labels()"),
    ("probabilities", "evaluate::fit(z, labels, #{ classifier: \"knn\" }).probabilities(z)"),
    ("figure", "plot::neuron(m)"),
    ("worms", "activity::simulate(\"worm\", #{ animals: 3, frames: 600, seed: 1 }).recordings"),
    ("worm", "worms[0]"),
    ("graph", "activity::relations(worms.zscore(), #{ method: \"var\", order: 1 })"),
    ("model", "nn::graphdino(#{ dim: 8, depth: 1, heads: 2 })"),
    ("views", "augment::pipeline([augment::subsample(20)])"),
    ("history", "train::dino(model, cells, views, #{ steps: 2, batch: 8 })"),
];

/// Examples of what needs files that no test can have (archives of others, checkpoints), or ends the script.
const ELSEWHERE: &[&str] = &["cells.zip", "cells.tar.gz", "ckpt.pt", "nn::load(\"model.safetensors\")", "exit("];

/// Examples that compare all cells with all; a dozen cells do.
const OF_PAIRS: &[&str] = &["nblast", "persistence_distances"];

/// Runs a script, and gives what failed in it.
fn failures(folder: &Path, name: &str, script: &str) -> Vec<String> {
    let file = format!("{name}.rhai");
    std::fs::write(folder.join(&file), script).unwrap();
    let output = nms(folder, &["-q", "run", &file, "--seed", "1", "--out", name, "--threads", "1"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).to_string();
    let failed: Vec<String> = said.lines().filter(|line| line.contains("FAILED")).map(str::to_string).collect();
    if failed.is_empty() && !output.status.success() { vec![said] } else { failed }
}

fn mentions(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == word)
}

/// The definitions that a script needs, in order.
fn prelude(script: &str) -> String {
    let mut needed: BTreeSet<&str> = BTreeSet::new();
    for (name, _) in PRELUDE.iter().rev() {
        let of_others = PRELUDE.iter().any(|(other, how)| needed.contains(other) && mentions(how, name));
        if mentions(script, name) || of_others {
            needed.insert(name);
        }
    }
    if cfg!(not(feature = "torch")) {
        // What there is then calls other things models, and has no histories.
        needed.remove("model");
        needed.remove("history");
    }
    let line = |(name, made): &(&str, &str)| format!("let {name} = {made};\n");
    PRELUDE.iter().filter(|(name, _)| needed.contains(name)).map(line).collect()
}

/// Whether a name must have an example: what prints a handle and what reads a property need none.
fn needs_example(entry: &Entry, properties: &BTreeSet<&str>) -> bool {
    let prints = entry.name.ends_with("to_string") || entry.name.ends_with("to_debug");
    entry.kind != Kind::Property && !prints && !properties.contains(entry.name.as_str())
}

/// An example whose training takes two steps: that shows whether it runs, and takes no minutes.
fn quick(example: &str) -> String {
    let mut parts = example.split("steps: ");
    let mut quick = parts.next().unwrap_or_default().to_string();
    for part in parts {
        quick += "steps: 2";
        quick += part.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    if example.contains("train::") && !example.contains("steps:") {
        for last in ["cells, views)", "cells.labels())", "(), worms.aligned().zscore())"] {
            quick = quick.replace(last, &format!("{}, #{{ steps: 2 }})", &last[..last.len() - 1]));
        }
    }
    quick
}

/// Whether a test can run it in this build.
fn can_run(example: &str) -> bool {
    let has_model = mentions(example, "model") && !example.contains("let model");
    let needs_torch = has_model || example.contains("nn::") || example.contains("train::");
    !ELSEWHERE.iter().any(|word| example.contains(word)) && (cfg!(feature = "torch") || !needs_torch)
}

#[test]
fn every_function_has_an_example_and_every_example_runs() {
    let catalog = catalog();
    let entries = entries(&catalog, false);
    let properties: BTreeSet<&str> =
        entries.iter().filter(|e| e.kind == Kind::Property).map(|e| e.name.as_str()).collect();
    let without: Vec<&str> = entries
        .iter()
        .filter(|entry| entry.examples.is_empty() && needs_example(entry, &properties))
        .map(|entry| entry.name.as_str())
        .collect();
    assert!(without.is_empty(), "functions without an example: {without:#?}");

    let mut seen = BTreeSet::new();
    let all = entries.iter().flat_map(|entry| entry.examples.iter().map(move |example| (&entry.name, example)));
    let all: Vec<_> = all.filter(|(_, example)| can_run(example) && seen.insert(*example)).collect();
    assert!(all.len() > 300, "{} examples", all.len());

    let folder = folder(&[]);
    for (from, to) in [("plain.npz", "worm1.npz"), ("plain.npz", "worms/one.npz")] {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/activity").join(from);
        let to = folder.path().join(to);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(fixture, to).unwrap();
    }
    assert_eq!(failures(folder.path(), "files", FILES), [""; 0]);
    // A tree that has lost its soma is a second root.
    std::fs::create_dir(folder.path().join("raw")).unwrap();
    let forest = "1 1 0 0 0 5 -1\n2 3 9 0 0 1 1\n3 3 19 0 0 1 2\n4 3 30 0 0 1 -1\n5 3 40 0 0 1 4\n";
    std::fs::write(folder.path().join("raw/granule_1.swc"), forest).unwrap();
    // A table of another program, whose ids are called differently.
    let patch = folder.path().join("patch.csv");
    let text = std::fs::read_to_string(&patch).unwrap();
    std::fs::write(&patch, text.replacen("id,", "specimen,", 1)).unwrap();

    let (alone, shared): (Vec<_>, Vec<_>) = all.iter().partition(|(_, example)| example.contains("fn "));
    let workers = thread::available_parallelism().map_or(2, usize::from).clamp(2, 16);
    let mut scripts = vec![String::new(); workers];
    for (at, (name, example)) in shared.iter().enumerate() {
        let example = quick(example);
        let of_pairs = OF_PAIRS.iter().any(|word| example.contains(word));
        let few = if of_pairs { "let cells = cells.select(0..12);\n" } else { "" };
        scripts[at % workers] +=
            &format!("try {{\n{few}{example}\n}} catch (e) {{ debug(\"FAILED {name}: \" + e); }}\n");
    }
    scripts.extend(alone.iter().map(|(_, example)| example.to_string()));
    let next = std::sync::Mutex::new(scripts.iter().enumerate());
    let failed: Vec<String> = thread::scope(|scope| {
        let work = || {
            let mut failed = Vec::new();
            loop {
                let Some((at, script)) = next.lock().unwrap().next() else { return failed };
                let script = format!("{}{script}", prelude(script));
                failed.extend(failures(folder.path(), &format!("examples{at}"), &script));
            }
        };
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        running.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
