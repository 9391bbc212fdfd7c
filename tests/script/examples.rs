//! Every example in the reference runs, and every function has one.
//!
//! The examples of a namespace or type are one script, each in a `try` of its own, behind a prelude that defines what
//! examples take for granted. An example that defines functions or imports modules is a script by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use nms::script::reference::{Kind, entries};

use super::catalog::catalog;
use crate::cli::{folder, nms};

/// What examples read.
const FILES: &str = r#"
    let grown = morph::synthesize_population(["granule", "basket"], 32, #{ seed: 5, axon: false }).resample(40);
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
    table::of(#{ specimen: grown.ids, rate: files.map(|file| file.len() * 0.5), layer: layers }).save("patch.csv");
    datasets::grow("act").save("data/act");
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
    ("groups", "cluster::kmeans(z, #{ clusters: 2, seed: 1 })"),
    ("predicted", "cells.labels()"),
    ("probabilities", "evaluate::fit(z, labels, #{ classifier: \"knn\" }).probabilities(z)"),
    ("figure", "plot::neuron(m)"),
    ("graph", "cells.select(0..12).nblast_knn(#{ k: 3 })"),
    ("model", "nn::graphdino(#{ dim: 8, depth: 1, heads: 2 })"),
    ("views", "augment::pipeline([augment::subsample(20)])"),
];

/// Examples of what needs files that no test can have: archives of others, checkpoints, a browser.
const ELSEWHERE: &[&str] = &["cells.zip", "cells.tar.gz", "ckpt.pt", "exit("];

fn run(folder: &Path, name: &str, script: &str) -> Result<(), String> {
    std::fs::write(folder.join(name), script).unwrap();
    let output = nms(folder, &["-q", "run", name, "--seed", "1", "--out", "results"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).to_string();
    let failed: Vec<&str> = said.lines().filter(|line| line.contains("FAILED")).collect();
    match output.status.success() && failed.is_empty() {
        true => Ok(()),
        false if failed.is_empty() => Err(said),
        false => Err(failed.join("\n")),
    }
}

/// The definitions that a script needs, in order.
fn prelude(script: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mentions = |text: &str, word: &str| text.split(|c| !is_word(c)).any(|w| w == word);
    let mut needed: BTreeSet<&str> = BTreeSet::new();
    for (name, _) in PRELUDE.iter().rev() {
        let of_others = PRELUDE.iter().any(|(other, how)| needed.contains(other) && mentions(how, name));
        if mentions(script, name) || of_others {
            needed.insert(name);
        }
    }
    let line = |(name, made): &(&str, &str)| format!("let {name} = {made};\n");
    PRELUDE.iter().filter(|(name, _)| needed.contains(name)).map(line).collect()
}

#[test]
fn every_function_has_an_example_and_every_example_runs() {
    let catalog = catalog();
    let entries = entries(&catalog, false);
    let (mut scripts, mut seen): (BTreeMap<String, Vec<(String, String)>>, BTreeSet<String>) = Default::default();
    let mut without = Vec::new();
    let properties: BTreeSet<&str> =
        entries.iter().filter(|e| e.kind == Kind::Property).map(|e| e.name.as_str()).collect();
    for entry in &entries {
        let printing = entry.name.ends_with("to_string") || entry.name.ends_with("to_debug");
        if entry.examples.is_empty()
            && entry.kind != Kind::Property
            && !printing
            && !properties.contains(entry.name.as_str())
        {
            without.push(entry.name.clone());
        }
        let group = entry.name.split("::").next().unwrap().split('.').next().unwrap().to_string();
        for example in &entry.examples {
            let needs_torch = ["nn::", "train::", "model"].iter().any(|word| example.contains(word));
            let is_elsewhere = ELSEWHERE.iter().any(|word| example.contains(word));
            if is_elsewhere || (needs_torch && cfg!(not(feature = "torch"))) || !seen.insert(example.clone()) {
                continue;
            }
            scripts.entry(group.clone()).or_default().push((entry.name.clone(), example.clone()));
        }
    }
    assert!(without.is_empty(), "functions without an example: {without:#?}");
    assert!(seen.len() > 250, "{} examples", seen.len());
    let folder = folder(&[]);
    run(folder.path(), "files.rhai", FILES).unwrap();
    let mut failures = Vec::new();
    for (group, examples) in &scripts {
        let mut together = String::new();
        for (name, example) in examples {
            let alone = example.lines().any(|line| line.starts_with("fn ") || line.starts_with("import "));
            if alone {
                if let Err(report) = run(folder.path(), "alone.rhai", &format!("{}{example}", prelude(example))) {
                    failures.push(format!("{name}\n{example}\n{report}"));
                }
                continue;
            }
            together += &format!("try {{\n{example}\n}} catch (e) {{ debug(\"FAILED {name}: \" + e); }}\n");
        }
        let script = format!("{}{together}", prelude(&together));
        if let Err(report) = run(folder.path(), &format!("{group}.rhai"), &script) {
            failures.push(format!("{group}\n{report}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
