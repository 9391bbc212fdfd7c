//! Training as a user runs it: the same numbers on any number of threads, and after an interruption.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{folder, nms};

const SCRIPT: &str = r#"
    let cells = morph::synthesize_population(["granule", "basket"], 4, #{ axon: false, seed: 2 });
    let views = augment::pipeline([augment::drop_branches(3), augment::subsample(30), augment::rotate("y")]);
    let model = nn::graphdino(#{ dim: 8, depth: 2, heads: 2, prototypes: 20, projector_dim: 16, positional_dim: 4 });
    let history = train::dino(model, cells, views, #{ steps: 300, batch: 6, lr: 1e-3, checkpoint_every: 20 });
    model.save(out("model.safetensors"));
    model.embed(cells).save(out("z.csv"));
    print(history["loss"]);
"#;

/// Runs the script to its end and gives what it printed.
fn run(folder: &Path, out: &str, more: &[&str]) -> String {
    let args = [&["run", "train.rhai", "--seed", "5", "--device", "cpu", "-q", "--out", out], more].concat();
    let output = nms(folder, &args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn same_files(folder: &Path, a: &str, b: &str) {
    for name in ["model.safetensors", "z.csv"] {
        let read = |run: &str| std::fs::read(folder.join(run).join(name)).unwrap();
        assert!(read(a) == read(b), "{name} of {a} and {b} differ");
    }
}

#[test]
fn threads_do_not_change_the_numbers() {
    let folder = folder(&[("train.rhai", SCRIPT)]);
    let one = run(folder.path(), "one", &["--threads", "1"]);
    let two = run(folder.path(), "two", &["--threads", "2"]);
    assert_eq!(one, two);
    same_files(folder.path(), "one", "two");
}

/// A stack of every kind of block, on neurons of different sizes.
const STACK: &str = r#"
    let cells = morph::synthesize_population(["granule", "basket"], 3, #{ axon: false, seed: 2 });
    let views = augment::pipeline([augment::drop_branches(3), augment::rotate("y")]);
    let model = nn::encoder(#{
        features: ["position", "radius", "type", "branch_order"], dim: 8, positional_dim: 4, pool: "mean",
        blocks: [nn::gat(#{ heads: 2, edge_features: true }), nn::gat(#{ version: 1 }), nn::gin(), nn::gcn(),
                 nn::ac_attention(#{ heads: 2 }), nn::transformer(#{ heads: 2 })],
        projector: #{ kind: "dino", hidden: 16, bottleneck: 8, prototypes: 20 },
    });
    let history = train::dino(model, cells, views, #{ steps: 8, batch: 5, lr: 1e-3, max_nodes: 60, sign_flips: true });
    model.save(out("model.safetensors"));
    nn::load(out("model.safetensors")).embed(cells).save(out("z.csv"));
    print(history["loss"]);
    print(model);
"#;

#[test]
fn encoders_of_all_blocks_train_to_the_same_numbers_on_any_number_of_threads() {
    let folder = folder(&[("train.rhai", STACK)]);
    let one = run(folder.path(), "one", &["--threads", "1"]);
    assert_eq!(one, run(folder.path(), "two", &["--threads", "2"]));
    same_files(folder.path(), "one", "two");
    for line in ["Model(latent 8, 6 blocks,", "0: nn::gat(#{ ", "pool: mean over nodes", "20 prototypes"] {
        assert!(one.contains(line), "{one}");
    }
}

#[test]
fn misspelt_parts_of_a_model_are_named() {
    for (script, said) in [
        ("nn::encoder(#{ features: [\"positon\"] })", "unknown: \"positon\"; did you mean \"position\"?"),
        ("nn::encoder(#{ pool: \"main\" })", "did you mean \"mean\"?"),
        ("nn::encoder(#{ blocks: [3] })", "must be an array of Block"),
        ("nn::gat(#{ haeds: 3 })", "did you mean `heads`?"),
        ("nn::gat(#{ version: 3 })", "must be 1 or 2, found `3`"),
        ("nn::encoder(#{ blocks: [nn::gin()] })", "no block lets the class token see the nodes"),
    ] {
        let folder = folder(&[("train.rhai", script)]);
        let output = nms(folder.path(), &["run", "train.rhai", "--device", "cpu"]).output().unwrap();
        let report = String::from_utf8_lossy(&output.stderr).to_string();
        assert!(!output.status.success() && report.contains(said), "{script}: {report}");
    }
}

#[test]
fn a_run_that_was_stopped_goes_on_to_the_same_numbers() {
    let folder = folder(&[("train.rhai", SCRIPT)]);
    let unbroken = run(folder.path(), "unbroken", &[]);
    let args = ["run", "train.rhai", "--seed", "5", "--device", "cpu", "-q", "--out", "broken"];
    let mut child = nms(folder.path(), &args).stdout(std::process::Stdio::null()).spawn().unwrap();
    let checkpoint = folder.path().join("broken/checkpoints/dino-1.safetensors");
    let patience = Instant::now();
    while !checkpoint.exists() && patience.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(2));
    }
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!folder.path().join("broken/model.safetensors").exists());
    assert_eq!(run(folder.path(), "broken", &["--resume"]), unbroken);
    same_files(folder.path(), "unbroken", "broken");
}
