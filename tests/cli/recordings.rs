//! Networks of recordings as a user trains them: the same numbers on any number of threads and after an interruption, and
//! bad input named.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{folder, nms};

/// Every kind of network and of training, small.
const SCRIPT: &str = r#"
    let worms = activity::simulate("worm", #{ animals: 3, frames: 150, seed: 1 }).recordings.aligned().zscore();
    let short = #{ context: 6, horizon: 3, batch: 20, steps: 12, log_every: 3, validation: 0.2, validate_every: 6 };
    let small = #{ hidden: 6, identity: 3, key: 3, readout: 5, lags: [1, 3], dropout: 0.2 };
    for model in [
        nn::mlp(#{ hidden: [8], lags: [1, 3], dropout: 0.3 }), nn::gru(#{ hidden: 5, rollout: "iterated" }),
        nn::relational(small), nn::relational(small + #{ messages: "concatenate", receiver: true, rollout: "iterated" }),
        nn::relational(small + #{ messages: "attention" }), nn::relational(small + #{ edges: false }),
    ] {
        let learnt = train::dynamics(model, worms, short);
        print(learnt.history["loss"]);
        print(learnt.history["validation_skill"]);
    }
    let told = train::classify(nn::mlp(#{ hidden: [8], lags: [1, 3] }), worms, #{ context: 6, steps: 8, balance: 0.5, smoothing: 0.1 });
    print(told.history["loss"]);
    let inferred = train::inference(nn::nri(#{ hidden: 6 }), worms, #{ frames: 20, steps: 4, batch: 8 });
    print(inferred.history["loss"]);
    let found = train::study(nn::relational(small), worms, #{
        context: 6, horizon: 3, seeds: 2, steps: STEPS, checkpoint_every: 50, choose: [#{ offset: 0.0 }, #{ weight_decay: 0.1 }],
    });
    print(found);
    found.networks[1][0].save(out("network.safetensors"));
    train::load_network(out("network.safetensors")).edges(worms).save(out("edges.csv"));
    print(train::study(nn::mlp(#{ hidden: [8] }), worms, #{ of: "states", steps: 8, lr: 0.01, without: ["AVAL"] }));
"#;

fn run(folder: &Path, out: &str, more: &[&str]) -> String {
    let args = [&["run", "train.rhai", "--seed", "5", "--device", "cpu", "-q", "--out", out], more].concat();
    let output = nms(folder, &args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn networks_of_recordings_repeat_on_any_number_of_threads_and_after_a_stop() {
    let script = SCRIPT.replace("STEPS", "400");
    let folder = folder(&[("train.rhai", &script)]);
    let one = run(folder.path(), "one", &["--threads", "1"]);
    let args = ["run", "train.rhai", "--seed", "5", "--device", "cpu", "-q", "--threads", "2", "--out", "two"];
    let mut child = nms(folder.path(), &args).stdout(std::process::Stdio::null()).spawn().unwrap();
    // Stopped within the study, some of whose networks are finished then.
    let reached = folder.path().join("two/checkpoints/study-1");
    let patience = Instant::now();
    while std::fs::read_dir(&reached).map_or(0, Iterator::count) < 4 && patience.elapsed() < Duration::from_secs(240) {
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(run(folder.path(), "two", &["--threads", "2", "--resume"]), one);
    for name in ["network.safetensors", "edges.csv"] {
        let read = |run: &str| std::fs::read(folder.path().join(run).join(name)).unwrap();
        assert!(read("one") == read("two"), "{name} differs");
    }
}

#[test]
fn what_no_network_of_recordings_can_be_is_named() {
    let preamble = r#"
        let worms = activity::simulate("worm", #{ animals: 3, frames: 60, seed: 1 }).recordings.aligned().zscore();
    "#;
    for (call, expected) in [
        ("nn::relational(#{ headz: 2 })", "did you mean `heads`?"),
        ("nn::relational(#{ messages: \"summ\" })", "did you mean \"sum\"?"),
        (
            "train::dynamics(nn::relational(#{ static_edges: false, dynamic_edges: false }), worms)",
            "neither a static part",
        ),
        ("train::dynamics(nn::mlp(#{ lags: [16] }), worms)", "a lag of 16 frames with a context of 16"),
        ("train::dynamics(nn::mlp(#{ dropout: 1.0 }), worms)", "`dropout` must be a share"),
        ("train::dynamics(nn::gru(), worms, #{ context: 50 })", "nothing to learn from has 50 frames"),
        ("train::dynamics(nn::gru(), worms, #{ horizn: 5 })", "did you mean `horizon`?"),
        ("train::dynamics(nn::gru(), worms, #{ teacher: 2.0 })", "`teacher` must lie between 0 and 1"),
        ("train::dynamics(nn::gru(), 5)", "must be recordings"),
        ("train::classify(nn::gru(), activity::simulate(\"springs\", #{ trajectories: 2 }).recordings)", "state"),
        ("train::study(nn::gru(), worms, #{ of: \"states\", smoothing: 1.0 })", "`smoothing`"),
        ("train::study(nn::gru(), worms, #{ of: \"stats\" })", "did you mean \"states\"?"),
        ("train::study(nn::gru(), worms, #{ seeds: 0 })", "0 seeds"),
        ("train::study(nn::gru(), worms, #{ choose: [#{ stepz: 3 }] })", "did you mean `steps`?"),
        ("train::inference(nn::nri(#{ prior: [0.5] }), worms)", "a prior of"),
        ("train::inference(nn::nri(), worms, #{ columns: 7 })", "7 columns"),
        ("train::inference(nn::nri(), worms, #{ noise: 0.1 })", "trajectories are not varied"),
        ("train::dynamics(nn::gru(), worms, #{ steps: 1 }).edges(worms)", "infers no signed edges"),
    ] {
        let folder = folder(&[("train.rhai", &format!("{preamble}{call}"))]);
        let output = nms(folder.path(), &["run", "train.rhai", "--device", "cpu", "--seed", "1"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).to_string();
        assert!(!output.status.success() && said.contains(expected), "{call}: {said}");
    }
}
