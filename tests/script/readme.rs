//! The scripts of the README, run as a reader would: each in a folder that has what it names.
//!
//! A block is run behind a prelude that defines what it takes for granted: `cells`, `m`, `z`. Blocks that train or
//! load models need a build with libtorch and are left to it. A fence ```` ```rhai,ignore ```` would be left out; none is.

use std::path::Path;

use crate::cli::{folder, nms};

/// What comes before each block: grown cells, an embedding.
const PRELUDE: &str = r#"
    let cells = morph::load_dir("cells", #{ labels: "labels.csv" });
    let m = cells[0];
    let z = cells.metrics().matrix();
"#;

/// What blocks read: a folder of cells with labels and layers.
const FILES: &str = r#"
    let grown = morph::synthesize_population(["basket", "pyramidal"], 16, #{ seed: 5 });
    grown.save("cells");
    let layers = grown.ids.map(|id| if id.starts_with("basket") { "4" } else { "5" });
    let files = grown.ids.map(|id| id + ".swc");
    table::of(#{ id: files, file: files, label: grown.labels().to_array(), layer: layers }).save("cells/labels.csv");
"#;

/// A neuron in Neurolucida's format.
const ASC: &str = r#"("CellBody" (CellBody) (0 0 0 5) (3 3 0 5) (0 6 0 5) (-3 3 0 5))
((Dendrite) (0 6 0 2) (0 20 0 2) (0 40 3 1) ( (10 60 5 1) (12 90 5 0.5) | (-10 60 0 1) (-14 80 0 0.5) ))
((Axon) (0 0 0 1) (0 -30 0 1) (5 -90 2 0.5))
"#;

/// The blocks of a Markdown text fenced as `rhai`, with the line that each begins on.
fn blocks(text: &str) -> Vec<(usize, String)> {
    let (mut blocks, mut open): (Vec<(usize, String)>, bool) = (Vec::new(), false);
    for (number, line) in text.lines().enumerate() {
        match (open, line) {
            (false, "```rhai") => {
                blocks.push((number + 2, String::new()));
                open = true;
            }
            (true, "```") => open = false,
            (true, line) => {
                if let Some((_, block)) = blocks.last_mut() {
                    block.push_str(line);
                    block.push('\n');
                }
            }
            _ => {}
        }
    }
    blocks
}

fn run(folder: &Path, name: &str, script: &str) -> Result<(), String> {
    std::fs::write(folder.join(name), script).unwrap();
    let output = nms(folder, &["-q", "run", name, "--seed", "1", "--out", "results"]).output().unwrap();
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).to_string()),
    }
}

#[test]
fn the_scripts_of_the_readme_run() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let blocks = blocks(&readme);
    assert!(blocks.len() >= 4, "the README shows scripts");
    let folder = folder(&[("cell.asc", ASC)]);
    run(folder.path(), "files.rhai", FILES).unwrap();
    let mut failures = Vec::new();
    for (line, block) in &blocks {
        let needs_torch = ["nn::", "train::"].iter().any(|namespace| block.contains(namespace));
        if needs_torch && cfg!(not(feature = "torch")) {
            continue;
        }
        if block.contains("nn::load(\"model.safetensors\")") {
            let model = "nn::graphdino(#{ dim: 8, depth: 1, heads: 2 }).save(\"model.safetensors\");";
            run(folder.path(), "model.rhai", model).unwrap();
        }
        // A script of its own begins with what it is for, and takes nothing for granted.
        let whole = block.starts_with("//!") || needs_torch;
        let script = if whole { block.clone() } else { format!("{PRELUDE}{block}") };
        if let Err(report) = run(folder.path(), "block.rhai", &script) {
            failures.push(format!("README.md:{line}\n{block}\n{report}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
