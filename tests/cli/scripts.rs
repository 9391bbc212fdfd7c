//! The scripts that come with the program, and the tests of the standard modules, run as a user runs them.

use std::path::{Path, PathBuf};

use super::{folder, nms, said};

/// The `.rhai` files of a folder of the project, in order.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == "rhai")).collect();
    files.sort();
    files
}

/// Runs a script into the folder `out`.
fn run(script: &Path, more: &[&str]) -> String {
    let folder = folder(&[]);
    let script = script.display().to_string();
    said(nms(
        folder.path(),
        &[&["-q", "--device", "cpu", "run", &script, "--out", "out", "--seed", "1"], more].concat(),
    ))
}

#[test]
fn the_standard_modules_do_what_they_say() {
    let tests = files("stdlib/tests");
    let named = |path: &PathBuf| path.file_name().unwrap().to_owned();
    let modules: Vec<_> = files("stdlib/nms").iter().map(named).collect();
    assert_eq!(tests.iter().map(named).collect::<Vec<_>>(), modules, "every module has a file of tests");
    for test in tests {
        let said = run(&test, &[]);
        assert!(said.starts_with("exit 0\n"), "{}: {said}", test.display());
    }
}

/// What the examples of the standard modules may use.
const PRELUDE: &str = r#"
import "nms/grids" as grids;
import "nms/presets" as presets;
import "nms/protocols" as protocols;
import "nms/report" as report;
datasets::grow("act", #{ seed: 1 }).save("data/act");
let data   = "data/act";
let all    = presets::grown("treemoco");
let bbp    = presets::grown("bbp");
"#;

/// The examples in the documentation of a module: runs of indented lines.
fn examples(text: &str) -> Vec<String> {
    let mut examples: Vec<String> = vec![String::new()];
    for line in text.lines() {
        let comment = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
        match comment.and_then(|comment| comment.strip_prefix("     ")) {
            Some(code) => examples.last_mut().unwrap().push_str(&format!("{code}\n")),
            None => examples.push(String::new()),
        }
    }
    examples.retain(|example| !example.is_empty());
    examples
}

#[test]
fn examples_of_the_standard_modules_run() {
    let mut script = PRELUDE.to_string();
    let mut run = 0;
    for module in files("stdlib/nms") {
        let text = std::fs::read_to_string(&module).unwrap();
        let functions = text.lines().filter(|line| line.starts_with("fn ")).count();
        let examples = examples(&text);
        assert!(examples.len() > functions, "{} has functions without an example", module.display());
        for example in examples {
            // Training takes the scripts' own tests; MorphVAE's split is of 275 cells, which the module's tests make.
            let needs_more = ["train::", "nn::", "model.", "morphvae(z"].iter().any(|word| example.contains(word));
            if !needs_more {
                let cells = if example.contains("treemoco") { "all" } else { "bbp" };
                let imports = |line: &&str| !line.trim_start().starts_with("import ");
                let example: String = example.lines().filter(imports).map(|line| format!("{line}\n")).collect();
                script += &format!(
                    "{{\nlet cells = {cells}; let labels = cells.labels();\n\
                     let z = protocols::baseline(cells); let m = protocols::measures(cells);\n{example};\n}}\n"
                );
                run += 1;
            }
        }
    }
    assert!(run >= 30, "{run} examples run");
    let folder = folder(&[("script.rhai", &script)]);
    let said = said(nms(folder.path(), &["-q", "-q", "run", "script.rhai", "--out", "out"]));
    assert!(said.starts_with("exit 0\n"), "{said}");
}

#[test]
fn every_script_says_what_it_needs_and_leaves() {
    for script in files("scripts") {
        let text = std::fs::read_to_string(&script).unwrap();
        let header: String = text.lines().take_while(|line| line.starts_with("//!")).collect();
        for part in ["Data:", "Outputs:", "Time:"] {
            assert!(header.contains(part), "{} has no `{part}` in its header", script.display());
        }
    }
}

/// The scripts that stand on grown cells or trajectories where they are asked for a tiny run.
fn of_tiny_runs() -> Vec<(PathBuf, String)> {
    let read = |path: PathBuf| (path.clone(), std::fs::read_to_string(path).unwrap());
    files("scripts").into_iter().map(read).filter(|(_, text)| text.contains("param(\"smoke\"")).collect()
}

#[test]
fn scripts_run_on_grown_cells() {
    let scripts = of_tiny_runs();
    assert_eq!(scripts.len(), 12);
    for (script, text) in scripts {
        let said = run(&script, &["--param", "smoke=true"]);
        if cfg!(feature = "torch") || !text.contains("nn::") {
            assert!(said.starts_with("exit 0\n"), "{}: {said}", script.display());
        } else {
            // Without libtorch a script goes as far as its first model: cells, labels and settings are right.
            let first = if text.contains("nn::graphdino") { "nn::graphdino" } else { "nn::nri" };
            let why = format!("error: cannot call `{first}`: models need libtorch");
            assert!(said.starts_with("exit 1\n") && said.contains(&why), "{}: {said}", script.display());
        }
    }
}

/// A cross-validation protocol with the standard modules, and the same without them.
const WITH: &str = r#"import "nms/protocols" as protocols;
let cells = morph::load_dir("cells", #{ labels: "labels.csv" }).without("axon");
print(protocols::summary(protocols::graphdino(cells.metrics(), cells.labels())));"#;

const WITHOUT: &str = r#"let cells  = morph::load_dir("cells", #{ labels: "labels.csv" }).without("axon");
let z      = cells.metrics();
let truth  = cells.labels();
let scores = evaluate::cross_validate(z, truth, #{ classifier: "knn", k: 5, folds: 5 });
let groups = cluster::gmm(z, #{ components: 1..=20, criterion: "bic", covariance: "diag" });
let round  = |x| (x * 1000).round() / 1000;
print(scores);
print(`clusters ${groups.components}, ARI ${round.call(metrics::ari(groups.labels, truth))}, AMI ${round.call(metrics::ami(groups.labels, truth))}`);"#;

#[test]
fn a_protocol_is_three_lines_or_fifteen() {
    assert!(WITH.lines().count() <= 3 && WITHOUT.lines().count() <= 15);
    let grow = r#"morph::synthesize_population(["basket", "granule", "tufted"], 22, #{ seed: 1, step_um: 10.0 }).save("cells")"#;
    let folder = folder(&[("with.rhai", WITH), ("without.rhai", WITHOUT)]);
    assert!(said(nms(folder.path(), &["-q", "-c", grow])).starts_with("exit 0"));
    let run = |script: &str, more: &[&str]| {
        let said = said(nms(
            folder.path(),
            &[&["-q", "run", script, "--seed", "1", "--out", &format!("{script}.out")], more].concat(),
        ));
        assert!(said.starts_with("exit 0\n"), "{said}");
        said
    };
    // Both draw their seeds in the same order, so the numbers are the same, zeros at their ends aside.
    let (with, without) = (run("with.rhai", &[]), run("without.rhai", &["--no-std"]));
    let number = |word: &str| word.trim_end_matches(',').parse::<f64>().map_or(word.to_string(), |v| v.to_string());
    let words = |text: &str| text.split_whitespace().map(number).collect::<Vec<_>>();
    assert_eq!(words(&with), words(&without));
}
