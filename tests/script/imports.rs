//! Where imports look, and how failures in imported files are told.

use std::path::Path;

use nms::script::resolver::Standard;
use nms::script::session::{Session, Setup};

use super::toys::{install, session};

/// Writes files into a folder.
fn files(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// Runs `main.rhai` among some files; gives the report with the folder's name taken out, or the value.
fn run(list: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path(), list);
    let mut s = session();
    match s.run_file(&folder.path().join("main.rhai")) {
        Ok(value) => s.show(&value),
        Err(failure) => failure.diagnostic.plain_text().replace(&format!("{}/", folder.path().display()), ""),
    }
}

#[test]
fn names_are_relative_to_the_importing_file() {
    let value = run(&[
        ("main.rhai", "import \"lib/b\" as b; b::two()"),
        ("lib/b.rhai", "import \"inner/c\" as c; fn two() { c::one() + 1 }"),
        ("lib/inner/c.rhai", "fn one() { 1 }"),
    ]);
    assert_eq!(value, "2");
}

#[test]
fn an_error_in_an_imported_function_names_both_files() {
    let report = run(&[
        ("main.rhai", "import \"lib/b\" as b;\n\nfn pretrain(path) {\n    b::read(path)\n}\n\npretrain(\"x.swc\");\n"),
        ("lib/b.rhai", "fn read(path) {\n    inner(path)\n}\n\nfn inner(path) {\n    toy::load(path)\n}\n"),
    ]);
    insta::assert_snapshot!(report, @r"
    error: cannot open `x.swc`: no such file or folder
     --> lib/b.rhai:6:5
    6 |     toy::load(path)
      |     ^^^^^^^^^
      = called from lib/b.rhai:2:5 in `read`
      = called from main.rhai:4:5 in `pretrain`
      = called from main.rhai:7:1
      = help: is the path right?
    ");
}

#[test]
fn an_error_while_importing_names_the_import() {
    let report =
        run(&[("main.rhai", "let x = 1;\nimport \"b\" as b;\n"), ("b.rhai", "let a = 1;\nlet b = a + oops;\n")]);
    insta::assert_snapshot!(report, @r"
    error: unknown variable `oops`
     --> b.rhai:2:13
    2 | let b = a + oops;
      |             ^^^^
      = imported from main.rhai:2:8
    ");
    let report = run(&[("main.rhai", "import \"b\" as b;\n"), ("b.rhai", "// line\ntoy::load(\"y\");\n")]);
    insta::assert_snapshot!(report, @r#"
    error: cannot open `y`: no such file or folder
     --> b.rhai:2:1
    2 | toy::load("y");
      | ^^^^^^^^^
      = imported from main.rhai:1:8
      = help: is the path right?
    "#);
}

#[test]
fn a_closure_called_from_a_module_is_told_in_its_own_file() {
    let report = run(&[
        ("main.rhai", "import \"b\" as b;\nlet k = 3;\nb::each(|x| x + k + toy::load(\"z\"));\n"),
        ("b.rhai", "fn each(f) {\n    f.call(1)\n}\n"),
    ]);
    insta::assert_snapshot!(report, @r#"
    error: cannot open `z`: no such file or folder
     --> main.rhai:3:21
    3 | b::each(|x| x + k + toy::load("z"));
      |                     ^^^^^^^^^
      = called from b.rhai:2:7 in `each`
      = called from main.rhai:3:1
      = help: is the path right?
    "#);
}

#[test]
fn missing_files_and_paths_outside_are_refused() {
    insta::assert_snapshot!(run(&[("main.rhai", "import \"lib/nope\" as n;")]), @r#"
    error: cannot import "lib/nope": cannot read `lib/nope.rhai`: no such file or folder
     --> main.rhai:1:8
    1 | import "lib/nope" as n;
      |        ^^^^^^^^^^
      = help: there is no folder `lib`
    "#);
    insta::assert_snapshot!(run(&[("main.rhai", "import \"../x\" as n;")]), @r#"
    error: cannot import "../x": absolute paths and `..` are not allowed
     --> main.rhai:1:8
    1 | import "../x" as n;
      |        ^^^^^^
      = help: keep a script and its modules in one folder, and name modules relative to the importing file
    "#);
    insta::assert_snapshot!(run(&[("main.rhai", "import \"nms/reprot\" as r;")]), @r#"
    error: no standard module `nms/reprot`; did you mean `nms/report`?
     --> main.rhai:1:8
    1 | import "nms/reprot" as r;
      |        ^^^^^^^^^^^^
      = help: there are `nms/grids`, `nms/presets`, `nms/protocols`, `nms/report`
    "#);
    insta::assert_snapshot!(run(&[("main.rhai", "import \"report\" as r;")]), @r#"
    error: cannot import "report": cannot read `report.rhai`: no such file or folder
     --> main.rhai:1:8
    1 | import "report" as r;
      |        ^^^^^^^^
      = help: the standard module is `nms/report`
    "#);
}

#[test]
fn circles_are_refused() {
    let report =
        run(&[("main.rhai", "import \"a\" as a;"), ("a.rhai", "import \"b\" as b;"), ("b.rhai", "import \"a\" as a;")]);
    insta::assert_snapshot!(report, @r#"
    error: `a` is imported in a circle: a.rhai -> b.rhai -> a.rhai
     --> b.rhai:1:8
    1 | import "a" as a;
      |        ^^^
      = imported from a.rhai:1:8
      = imported from main.rhai:1:8
      = help: move what both modules need into a third
    "#);
}

#[test]
fn a_folder_overrides_the_standard_modules_and_no_std_hides_them() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path(), &[("nms/report.rhai", "fn mean(v) { 77 }")]);
    let script = "import \"nms/report\" as r; r::mean([1])";
    let with = |standard| Session::new(install, &Setup { standard, ..Setup::default() }).run_text("x", script);
    assert_eq!(with(Standard::Folder(folder.path().into())).unwrap().as_int().unwrap(), 77);
    assert_eq!(with(Standard::Embedded).unwrap().as_float().unwrap(), 1.0);
    let message = with(Standard::Nowhere).unwrap_err().diagnostic.message;
    assert_eq!(message, "no module `nms/report`: the standard library is switched off");
}

#[test]
fn the_report_module_formats_numbers() {
    let mut s = session();
    let script = r#"
        import "nms/report" as report;
        [report::plus_minus([0.81, 0.79, 0.84]), report::fixed(-0.05, 1), report::fixed(-0.04, 1), report::fixed(2, 0),
         report::fixed(12.3456, 2), report::sd([5]), report::markdown([#{a: 1, b: 0.5}, #{a: "x", b: 2.0}])]
    "#;
    let value = s.run_text("t", script).unwrap();
    // The spread is 0.02516 by hand: the squared deviations of 0.81, 0.79, 0.84 from 0.81333 sum to 0.0012667.
    insta::assert_snapshot!(s.show(&value), @r#"["0.813 ± 0.025", "-0.1", "0.0", "2", "12.35", 0.0, "| a | b |\n| --- | --- |\n| 1 | 0.500 |\n| x | 2.000 |"]"#);
}
