//! `nms bundle`: a script with all that it takes, sent to somebody else.

use std::path::Path;

use super::{folder, nms, said};

const SCRIPT: &str = "#!/usr/bin/env -S nms run\n//! Grows cells.\nimport \"lib/grow\" as grow;\n\
    let t = table::load(\"cells.csv\");\nlet kind = param(\"kind\", \"basket\", \"what is grown\");\n\
    let more = param(\"more\", \"more.csv\", \"a table\");\n\
    print(`${t.len} ${table::load(more).len} ${grow::nodes(kind)}`);\nresult(#{ nodes: grow::nodes(kind) });\n";

/// A folder with a script, its module and its data.
fn project() -> tempfile::TempDir {
    let folder = folder(&[("cells.csv", "id,x\na,1\n"), ("more.csv", "id,x\na,1\nb,2\n")]);
    std::fs::create_dir_all(folder.path().join("scripts/lib")).unwrap();
    std::fs::write(folder.path().join("scripts/x.rhai"), SCRIPT).unwrap();
    let module = "import \"nms/report\" as report;\n\
                  fn nodes(kind) { report::mean([0, 2 * morph::synthesize(kind).n_nodes]) }\n";
    std::fs::write(folder.path().join("scripts/lib/grow.rhai"), module).unwrap();
    folder
}

/// Another folder with the same data, and what was bundled.
fn elsewhere(from: &Path) -> tempfile::TempDir {
    let folder = folder(&[]);
    for name in ["cells.csv", "more.csv", "x.nms"] {
        std::fs::copy(from.join(name), folder.path().join(name)).unwrap();
    }
    folder
}

#[test]
fn a_colleague_gets_the_same_numbers() {
    let here = project();
    let made = said(nms(here.path(), &["bundle", "scripts/x.rhai", "--param", "kind=granule", "--seed", "7"]));
    insta::assert_snapshot!(made, @r"
    exit 0
    --- stdout
    --- stderr
    wrote x.nms: x.rhai, 2 modules, seed 7, the digests of `cells.csv`, `more.csv`
    ");
    let own = said(nms(here.path(), &["-q", "run", "scripts/x.rhai", "--param", "kind=granule", "--seed", "7"]));
    assert!(own.starts_with("exit 0") && own.contains("1 2 "), "{own}");
    let there = elsewhere(here.path());
    assert_eq!(said(nms(there.path(), &["-q", "run", "x.nms", "--out", "o"])), own);
    let record = std::fs::read_to_string(there.path().join("o/run.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["parameters"]["kind"]["origin"]["file"], "x.nms");
    assert_eq!((&record["seed"], &record["script"]["path"]), (&7.into(), &"x.nms".into()));
    assert_eq!(record["modules"].as_object().unwrap().len(), 2);
    // What the command line says wins.
    let basket = said(nms(there.path(), &["-q", "run", "x.nms", "--param", "kind=basket", "--seed", "8"]));
    let alike = said(nms(here.path(), &["-q", "run", "scripts/x.rhai", "--seed", "8"]));
    assert_eq!(basket, alike);
    assert_ne!(basket, own);
    let help = said(nms(there.path(), &["run", "x.nms", "--help"]));
    assert!(help.contains("Grows cells.") && help.contains("Bundled with kind=granule, seed 7, nms "), "{help}");
}

#[test]
fn other_versions_and_other_data_are_refused_with_the_reason() {
    let here = project();
    said(nms(here.path(), &["bundle", "scripts/x.rhai"]));
    let path = here.path().join("x.nms");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace(concat!("nms = \"", env!("CARGO_PKG_VERSION")), "nms = \"0.0.9")).unwrap();
    let refused = said(nms(here.path(), &["run", "x.nms"]));
    assert!(refused.starts_with("exit 2") && refused.contains("the bundle was made with nms 0.0.9"), "{refused}");
    assert!(refused.contains("--any-version") && !here.path().join("runs").exists(), "{refused}");
    assert!(said(nms(here.path(), &["-q", "run", "x.nms", "--any-version"])).starts_with("exit 0"));

    std::fs::write(&path, text).unwrap();
    std::fs::write(here.path().join("more.csv"), "id,x\na,1\nb,3\n").unwrap();
    let refused = said(nms(here.path(), &["run", "x.nms"]));
    assert!(refused.contains("`more.csv` is not what it was when the bundle was made"), "{refused}");
    assert!(said(nms(here.path(), &["-q", "run", "x.nms", "--any-data"])).starts_with("exit 0"));
    // Other data that were asked for by name are no mistake.
    assert!(said(nms(here.path(), &["-q", "run", "x.nms", "--param", "more=cells.csv"])).starts_with("exit 0"));
}

#[test]
fn what_cannot_be_bundled_is_said() {
    let here =
        folder(&[("x.rhai", "let n = \"a\";\nimport n + \"b\" as b;\nprint(param(\"k\", 1));"), ("x.nms", "mine")]);
    let refused = said(nms(here.path(), &["bundle", "x.rhai"]));
    assert!(refused.contains("x.rhai:2 imports a module whose name is computed"), "{refused}");
    std::fs::write(here.path().join("x.rhai"), "print(param(\"k\", 1));").unwrap();
    let refused = said(nms(here.path(), &["bundle", "x.rhai"]));
    assert!(refused.contains("`x.nms` is there already, and is no bundle"), "{refused}");
    let refused = said(nms(here.path(), &["bundle", "x.rhai", "-o", "y.nms", "--param", "kk=1"]));
    assert!(refused.contains("did you mean `k`?"), "{refused}");
    said(nms(here.path(), &["bundle", "x.rhai", "-o", "y.nms"]));
    let broken = std::fs::read_to_string(here.path().join("y.nms")).unwrap().replace("seed = 0", "seed = \"no\"");
    std::fs::write(here.path().join("y.nms"), broken).unwrap();
    let refused = said(nms(here.path(), &["run", "y.nms"]));
    assert!(refused.starts_with("exit 2") && refused.contains("y.nms"), "{refused}");
}
