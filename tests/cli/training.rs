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
fn a_closure_may_use_the_model_while_it_trains_and_the_record_says_what_computed() {
    let script = r#"
        let cells = morph::synthesize_population(["granule", "basket"], 3, #{ axon: false, seed: 2 });
        let views = augment::pipeline([augment::subsample(20)]);
        let model = nn::graphdino(#{ dim: 8, depth: 1, heads: 2, prototypes: 20, projector_dim: 16, positional_dim: 4 });
        let seen = [];
        train::dino(model, cells, views, #{ steps: 3, batch: 3, lr: 0.01, on_step: |at| seen.push(model.embed(cells)[0][0]) });
        print(`${seen.len()} ${seen[0] != seen[2]} ${seen[2] == model.embed(cells)[0][0]}`);
    "#;
    let folder = folder(&[("train.rhai", script)]);
    assert_eq!(run(folder.path(), "o", &[]), "3 true true\n");
    let record = std::fs::read_to_string(folder.path().join("o/run.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!((&record["engine"]["device"], &record["engine"]["gpu"]), (&"cpu".into(), &serde_json::Value::Null));
    assert!(record["engine"]["libtorch"].as_str().unwrap().starts_with("2."), "{}", record["engine"]);
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

/// Every recipe, with the options that change how a step is made.
const RECIPES: &str = r#"
    let cells = morph::synthesize_population(["granule", "basket"], 5, #{ axon: false, seed: 2 });
    let kinds = cells.labels();
    let views = augment::pipeline([augment::drop_branches(3), augment::subsample(25), augment::rotate("y")]);
    let model = nn::encoder(#{ dim: 8, positional_dim: 4, blocks: [nn::ac_attention(#{ heads: 2 }), nn::ac_attention()],
                               projector: #{ kind: "dino", hidden: 16, bottleneck: 8, prototypes: 20 } });
    let common = #{ steps: 60, batch: 4, lr: 1e-3, checkpoint_every: 7, log_every: 5, max_nodes: 60 };
    let history = train::dino(model, cells, views, common + #{
        schedule: "cosine", accumulate: 2, clip: 1.0, weight_decay: 0.01, validation: 0.2, validate_every: 20,
        momentum: #{ from: 0.9, to: 1.0, shape: "cosine" }, teacher_temperature: #{ from: 0.04, to: 0.07, over: 0.3 },
        student_temperature: 0.1, centring: "sinkhorn", koleo: 0.1,
    });
    print(history["validation_loss"]);
    print(history["uniformity"]);
    history = train::contrastive(model, cells, views, common + #{ steps: 400, temperature: 0.2 });
    print(history["alignment"]);
    let shapes = nn::morphology_encoder(#{ dim: 8, depth: 2, latent: 6 });
    let views = augment::pipeline([augment::drop_branches(1), augment::subsample(20..=40), augment::rotate("y")]);
    history = train::profiles(shapes, cells, views, common + #{ validation: 0.2, profile: #{ blocks: ["size", "sholl"] } });
    print(history["loss"]);
    shapes.embed(cells, #{ views: augment::pipeline([augment::rewire()]), seed: 3 }).save(out("rewired.csv"));
    let types = train::classify(model, cells, kinds, common + #{ views: views, validation: 0.2, balanced: true });
    print(types.history["loss"]);
    types = train::classify(model, cells, kinds, common + #{ mode: "probe", lr: 0.05, schedule: "constant", batch: 10 });
    print(types.history["accuracy"]);
    types.save(out("types.safetensors"));
    model.save(out("model.safetensors"));
    train::load_classifier(out("types.safetensors")).probabilities(cells).save(out("z.csv"));
"#;

#[test]
fn every_recipe_repeats_on_any_number_of_threads_and_after_a_stop() {
    let folder = folder(&[("train.rhai", RECIPES)]);
    let one = run(folder.path(), "one", &["--threads", "1"]);
    let args = ["run", "train.rhai", "--seed", "5", "--device", "cpu", "-q", "--threads", "2", "--out", "two"];
    let mut child = nms(folder.path(), &args).stdout(std::process::Stdio::null()).spawn().unwrap();
    let checkpoint = folder.path().join("two/checkpoints/contrastive-1.safetensors");
    let patience = Instant::now();
    while !checkpoint.exists() && patience.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(run(folder.path(), "two", &["--threads", "2", "--resume"]), one);
    same_files(folder.path(), "one", "two");
}

#[test]
fn closures_hear_of_steps_and_epochs_and_a_run_ends_when_nothing_improves() {
    let script = r#"
        let cells = morph::synthesize_population(["granule", "basket"], 5, #{ axon: false, seed: 2 });
        let views = augment::pipeline([augment::subsample(25)]);
        let model = nn::encoder(#{ dim: 8, positional_dim: 4, blocks: [nn::ac_attention()] });
        let heard = #{ steps: 0, epochs: [] };
        // A rate at which nothing is learnt: the loss on the cells held out stays where it is.
        let history = train::contrastive(model, cells, views, #{
            steps: 500, batch: 4, lr: 1e-30, validation: 0.2, validate_every: 3, patience: 2, log_every: 2,
            on_step: |at| { heard.steps += 1; },
            on_epoch: |at| { heard.epochs.push([at.epoch, at.step, at.accuracy >= 0.0]); },
        });
        print(heard.steps);
        print(heard.epochs);
        print(history.steps);
        print(history["validation_loss"].len());
    "#;
    let folder = folder(&[("train.rhai", script)]);
    let said = run(folder.path(), "out", &[]);
    // Eight cells to learn from make two batches: the first validation is the best, two more end the run.
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines, ["9", "[[1, 2, true], [2, 4, true], [3, 6, true], [4, 8, true]]", "9", "3"], "{said}");
}

#[test]
fn readouts_learn_classes_and_a_probe_leaves_the_encoder_alone() {
    let script = r#"
        let cells = morph::synthesize_population(["granule", "basket"], 6, #{ axon: false, seed: 3 });
        let kinds = cells.labels();
        let model = nn::encoder(#{ dim: 8, positional_dim: 4, blocks: [nn::ac_attention()], pool: "mean" });
        let before = model.embed(cells);
        let probe = train::classify(model, cells, kinds, #{ mode: "probe", lr: 0.05, steps: 80, batch: 12, max_nodes: 200 });
        print(metrics::accuracy(kinds, probe.predict(cells)));
        print(model.embed(cells)[3] == before[3]);
        let tuned = train::classify(model, cells, kinds, #{ lr: 0.01, steps: 40, batch: 12, max_nodes: 200, smoothing: 0.1 });
        print(metrics::accuracy(kinds, tuned.predict(cells)));
        print(model.embed(cells)[3] == before[3]);
        print(tuned);
    "#;
    let folder = folder(&[("train.rhai", script)]);
    let said = run(folder.path(), "out", &[]);
    let lines: Vec<&str> = said.lines().collect();
    let accuracy = |line: usize| lines[line].parse::<f64>().unwrap();
    assert!(accuracy(0) > 0.8 && accuracy(2) > 0.8, "{said}");
    assert_eq!([lines[1], lines[3]], ["true", "false"], "{said}");
    assert!(lines[4].starts_with("NeuronClassifier(2 classes: basket, granule, loss "), "{said}");
}

#[test]
fn a_collapse_is_warned_of_and_bad_options_are_refused_by_name() {
    let preamble = r#"
        let cells = morph::synthesize_population(["granule"], 6, #{ axon: false, seed: 2 });
        let views = augment::pipeline([augment::subsample(25)]);
        // In a unit so large that all cells are points.
        let model = nn::graphdino(#{ unit: 1e9, positional: "none", dim: 8, depth: 1, heads: 2, prototypes: 20 });
    "#;
    let said = |call: &str| {
        let folder = folder(&[("train.rhai", &format!("{preamble}{call}"))]);
        let output = nms(folder.path(), &["run", "train.rhai", "--device", "cpu", "--seed", "1"]).output().unwrap();
        String::from_utf8_lossy(&output.stderr).to_string()
    };
    let collapsed = said(
        "train::dino(model, cells, views, #{ steps: 30, lr: 1e-30, log_every: 2, teacher_temperature: 1e-4, centre_momentum: 1.0 })",
    );
    for sign in
        ["collapse: the teacher uses about 1 of 20 prototypes; set `centring: \"sinkhorn\"`", "nearly the same latent"]
    {
        assert!(collapsed.contains(sign), "{collapsed}");
    }
    for (call, expected) in [
        ("train::dino(model, cells, views, #{ momentm: 0.9 })", "did you mean `momentum`?"),
        ("train::dino(model, cells, views, #{ momentum: 1.5 })", "`momentum` must lie between 0 and 1, not 1.5"),
        (
            "train::dino(model, cells, views, #{ momentum: \"x\" })",
            "must be a number, or a map `#{ from, to, over, shape }`",
        ),
        ("train::dino(model, cells, views, #{ momentum: #{ from: 0.9 } })", "needs `to`"),
        ("train::dino(model, cells, views, #{ centring: \"sinkhron\" })", "did you mean \"sinkhorn\"?"),
        ("train::dino(model, cells, views, #{ patience: 3 })", "`patience` needs cells that are held out"),
        ("train::contrastive(model, cells, views, #{ batch: 1 })", "has nothing to tell a cell from"),
        ("train::profiles(model, cells, views, #{ batch: 1 })", "has no distances to learn"),
        ("train::profiles(model, cells, views, #{ agreement: -1 })", "`agreement` must be 0 or more, not -1"),
        ("train::profiles(model, cells, views, #{ profile: #{ blocks: [\"dept\"] } })", "did you mean \"depth\"?"),
        ("train::classify(model, cells, [\"a\", \"b\"])", "2 labels for 6 cells"),
        ("train::classify(model, cells, cells.labels())", "there are 1 classes"),
    ] {
        let said = said(call);
        assert!(said.contains(expected), "{call}: {said}");
    }
}
