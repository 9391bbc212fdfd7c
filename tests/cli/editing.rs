//! Scripts that edit neurons, and that diagnose and repair files.

use super::{folder, nms, said};

/// A soma with a stem of 10 that forks into 8 and 3.
const CELL: &str = "1 1 0 0 0 4 -1\n2 3 4 0 0 1 1\n3 3 14 0 0 1 2\n4 3 14 8 0 1 3\n5 2 14 -3 0 1 3\n";

fn run(script: &str) -> String {
    let broken = CELL.replace("1 3\n5", "1 77\n5").replace("14 -3 0 1", "14 -3 0 NA");
    let folder = folder(&[("script.rhai", script), ("cell.swc", CELL), ("broken.swc", &broken)]);
    said(nms(folder.path(), &["run", "script.rhai", "--out", "out", "-q"]))
}

#[test]
fn neurons_and_populations_have_the_same_methods() {
    let said = run(r#"
        let one  = morph::load("cell.swc");
        let many = morph::population([one]);
        for edit in [
            |m| m.resample(1), |m| m.resample(2.0, #{ even: true }), |m| m.smooth(), |m| m.smooth(#{ window: 3 }),
            |m| m.downsample(#{ every: 2 }), |m| m.prune(#{ length: 5 }), |m| m.prune(#{ type: "axon" }),
            |m| m.prune(#{ box: [[13, -9, -9], [15, -1, 9]] }), |m| m.crop(#{ sphere: #{ radius: 12 } }),
            |m| m.mirror("x"), |m| m.rotate("y", 30), |m| m.rotate([1, 1, 0], 30.5, #{ about: "centre" }),
            |m| m.scale(2), |m| m.scale([1, 1, 2]), |m| m.scale(#{ from: "nm" }), |m| m.translate([1, 2, 3]),
            |m| m.align(), |m| m.align(#{ pia: "x" }), |m| m.longest_path(),
        ] {
            let alone = edit.call(one);
            let among = edit.call(many);
            if alone.n_nodes != among[0].n_nodes || alone.total_length != among[0].total_length {
                throw `${alone} is not ${among[0]}`;
            }
            print(`${alone.n_nodes} ${alone.total_length}`);
        }
        print(one.neurites());
        print(many.trees());
        print(one.subtree(3).n_nodes + one.subtree([4, 5]).n_roots);
    "#);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[..3], ["exit 0", "--- stdout", "23 21.0"], "{said}");
    assert!(said.contains("\n4 18.0\n") && said.contains("Population(1 cell, 4 samples)"), "{said}");
    assert!(said.contains("\n5\n--- stderr"), "{said}");
}

#[test]
fn edits_say_what_they_do_not_take() {
    let said = run(r#"
        let m = morph::load("cell.swc");
        for edit in [
            || m.resample(0), || m.prune(#{}), || m.prune(#{ lenght: 5 }), || m.mirror("w"), || m.rotate("y", "far"),
            || m.scale(-1), || m.translate([1, 2]), || m.align(#{ about: "center" }), || (3).scale(2),
        ] {
            try { edit.call(); print("fine?"); } catch (e) { print(e.message); }
        }
    "#);
    for expected in [
        "the step is `0`, expected a distance above 0",
        "pruning needs one rule",
        "unknown option `lenght` of `prune`; did you mean `length`?",
        "`w` is no axis, expected x, y, z, -x, -y, -z or three numbers",
        "the angle of `rotate` must be a number, found \"far\"",
        "the factor is `-1`, expected a number above 0",
        "the vector of `translate` must be three numbers, found 2",
        "did you mean \"centre\"?",
        "only a neuron or a population can be edited, found a whole number",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    assert!(!said.contains("fine?"), "{said}");
}

#[test]
fn a_plan_is_printed_edited_stored_and_applied() {
    let said = run(r#"
        let plan = morph::diagnose("broken.swc");
        print(plan);
        for finding in plan.findings { print(`${finding.code} ${finding.line} ${finding.accepted}`); }
        plan.set("missing_radius", #{ value: 0.5 });
        plan.accept("forest", #{ file: "broken.swc" });
        plan.save(out("plan.json"));
        print(morph::load_plan(out("plan.json")).apply(out("repaired")));
        let m = morph::load(out("repaired/broken.swc"));
        print(`${m.n_nodes} samples, ${m.n_roots} tree`);
        try { plan.accept("jmup") } catch (e) { print(e.message + "; " + e.help) }
        print(plan.validation.filter(|check| !check.passed).map(|check| check.name));
    "#);
    for expected in [
        "Plan(1 file: 1 with errors, 0 with warnings only; 2 of ",
        "\nmissing_radius 5 true\n",
        "\nmissing_parent 4 true\n",
        "\nforest 4 false\n",
        "wrote 1 of 1 file\n  broken.swc: missing_radius: set the radius to 0.5; missing_parent: make it a root; forest: join",
        "\n5 samples, 1 tree\n",
        "`jmup` is no code of a finding; did you mean `jump`?",
        "[\"invalid parents\", \"float columns\", \"positive radius\"]",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
}
