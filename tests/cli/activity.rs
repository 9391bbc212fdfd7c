//! The scripts of the worm's dynamics and behaviour, as a user without data runs them.

use std::path::Path;

use super::{folder, nms, said};

#[test]
fn activity_scripts_run_on_simulated_animals() {
    for (script, files) in [
        ("celegans_dynamics", ["forecasts.csv", "ridge.json", "skill.svg", "rollouts.svg"]),
        ("celegans_behaviour", ["behaviour.csv", "lda_without.json", "phases.svg", "traces.svg"]),
        ("celegans_relations", ["recovery.csv", "stability.csv", "ridge.graphml", "network.svg"]),
    ] {
        let folder = folder(&[]);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(format!("{script}.rhai"));
        let path = path.display().to_string();
        let said = said(nms(folder.path(), &["-q", "run", &path, "--smoke", "--seed", "1", "--out", "out"]));
        assert!(said.starts_with("exit 0\n"), "{script}: {said}");
        for file in files {
            assert!(folder.path().join("out").join(file).exists(), "{script} left no {file}");
        }
    }
}
