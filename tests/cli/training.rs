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
