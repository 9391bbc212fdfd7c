//! Populations in one file, as scripts use them.

use super::{folder, nms, said};

fn run(folder: &std::path::Path, script: &str, args: &[&str]) -> String {
    std::fs::write(folder.join("script.rhai"), script).unwrap();
    said(nms(folder, &[&["run", "script.rhai", "--out", "out", "--seed", "1", "-q"], args].concat()))
}

const GROW: &str = r#"
    let cells = morph::synthesize_population(["granule", "basket"], 4, #{ seed: 1, axon: false });
    cells.save(out("cells.parquet"));
    let stored = morph::open(out("cells.parquet"));
"#;

#[test]
fn a_stored_population_is_chosen_from_measured_and_iterated() {
    let folder = folder(&[]);
    let script = format!(
        "{GROW}{}",
        r#"
        print(stored);
        let basket = stored.where(#{ label: "basket", n_nodes: [100, ()] });
        print([basket.len, basket.ids == cells.where(#{ label: "basket" }).ids]);
        print(stored.metrics()["total_length"] == cells.metrics()["total_length"]);
        let length = 0.0;
        for cell in stored { length += cell.total_length; }
        let same = 0.0;
        for cell in cells { same += cell.total_length; }
        print(length == same && stored[-1].name == cells[-1].name && stored[stored.ids[0]].n_nodes == cells[0].n_nodes);
        stored.metrics_to(out("m.csv"));
        print(table::load(out("m.csv"))["n_tips"] == cells.metrics()["n_tips"]);
        stored.map_to(out("t.csv"), |cell| #{ name: cell.name, tips: cell.n_tips });
        print(table::load(out("t.csv"))["tips"] == cells.metrics()["n_tips"]);
        print(stored.qc());
        stored.map_to(out("u.csv"), |cell| #{ x: cell.nonsense });
        "#
    );
    let said = run(folder.path(), &script, &[]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "exit 1", "{said}");
    assert!(lines[2].starts_with("Population(8 cells, ") && lines[2].ends_with("labels: label (2 classes))"), "{said}");
    assert_eq!(lines[3..8], ["[4, true]", "true", "true", "true", "true"], "{said}");
    assert!(lines[8].starts_with("Qc(8 cells, "), "{said}");
    assert!(said.contains("nonsense") && said.contains("script.rhai"), "{said}");
}

#[test]
fn a_run_that_resumes_goes_on_with_its_rows() {
    let folder = folder(&[]);
    let script = format!(
        "{GROW}stored.map_to(out(\"t.csv\"), |cell| {{
            if cell.name == \"basket_2\" {{ table::load(\"power.csv\"); }}
            #{{ tips: cell.n_tips }}
        }});
        print(\"done\");"
    );
    let stopped = run(folder.path(), &script, &[]);
    assert!(stopped.starts_with("exit 1") && stopped.contains("cannot read `power.csv`"), "{stopped}");
    assert!(!folder.path().join("out/t.csv").exists());
    std::fs::write(folder.path().join("power.csv"), "id\na\n").unwrap();
    let resumed = run(folder.path(), &script, &["--resume"]);
    assert!(resumed.starts_with("exit 0\n--- stdout\ndone"), "{resumed}");
    assert_eq!(std::fs::read_to_string(folder.path().join("out/t.csv")).unwrap().lines().count(), 9);
}

#[test]
fn a_damaged_file_is_named() {
    let folder = folder(&[("cells.parquet", "PAR1 and then nothing")]);
    let said = run(folder.path(), "morph::open(\"cells.parquet\");", &[]);
    assert!(said.contains("error: cells.parquet: damaged or no Parquet file"), "{said}");
}
