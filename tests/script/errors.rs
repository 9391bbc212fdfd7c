//! How failures read.

use nms::script::trace::Cause;

use super::toys::{failure, feed, report, session};

#[test]
fn domain_errors_have_place_and_help() {
    insta::assert_snapshot!(report("let a = 1;\nlet m = toy::load(\"nope.swc\");\n"), @r#"
    error: cannot open `nope.swc`: no such file or folder
     --> cells.rhai:2:9
    2 | let m = toy::load("nope.swc");
      |         ^^^^^^^^^
      = help: is the path right?
    "#);
    insta::assert_snapshot!(report("toy::train(#{ epoch: 3 });"), @r"
    error: unknown option `epoch` of `toy::train`; did you mean `epochs`?
     --> cells.rhai:1:1
    1 | toy::train(#{ epoch: 3 });
      | ^^^^^^^^^^
      = help: options: `epochs`, `lr`, `on_step`, `seed`
    ");
}

#[test]
fn unknown_names_come_with_the_nearest() {
    insta::assert_snapshot!(report("toy::laod(\"x\")"), @r#"
    error: unknown function `toy::laod`; did you mean `toy::load`?
     --> cells.rhai:1:1
    1 | toy::laod("x")
      | ^^^^^^^^^
      = help: `toy` has `apply`, `fault`, `guarded_panic`, `load`, `model`, `panic`, `train`
    "#);
    insta::assert_snapshot!(report("toi::load(\"x\")"), @r#"
    error: unknown namespace `toi`; did you mean `toy`?
     --> cells.rhai:1:1
    1 | toi::load("x")
      | ^^^^^^^^^
      = help: there are `toy`; other modules need an `import "…" as toi;`
    "#);
    insta::assert_snapshot!(report("let steps = 3;\nprint(step + 1);"), @r"
    error: unknown variable `step`; did you mean `steps`?
     --> cells.rhai:2:7
    2 | print(step + 1);
      |       ^^^^
    ");
    insta::assert_snapshot!(report("load(\"x\")"), @r#"
    error: unknown function `load`; did you mean `toy::load`?
     --> cells.rhai:1:1
    1 | load("x")
      | ^^^^
      = help: `toy::load(path)`
    "#);
    insta::assert_snapshot!(report("let m = toy::model();\nm.n_layer"), @r"
    error: Model has no property `n_layer`; did you mean `n_layers`?
     --> cells.rhai:2:3
    2 | m.n_layer
      |   ^^^^^^^
      = help: properties: `n_layers`
    ");
    insta::assert_snapshot!(report("let m = toy::model();\nm.sav(\"x\")"), @r#"
    error: Model has no method `sav`; did you mean `save`?
     --> cells.rhai:2:3
    2 | m.sav("x")
      |   ^^^
      = help: methods: `save`, `to_debug`, `to_string`
    "#);
}

#[test]
fn known_names_say_what_they_take() {
    insta::assert_snapshot!(report("toy::load(3)"), @r"
    error: `toy::load` takes (path) or (path, options), not (int)
     --> cells.rhai:1:1
    1 | toy::load(3)
      | ^^^^^^^^^
      = help: `toy::load(path: string)`
              `toy::load(path: string, options: map)`
    ");
    insta::assert_snapshot!(report("toy::model(1, 2)"), @r"
    error: `toy::model` takes (), not (int, int)
     --> cells.rhai:1:1
    1 | toy::model(1, 2)
      | ^^^^^^^^^^
      = help: `toy::model()`
    ");
    insta::assert_snapshot!(report("let m = toy::model();\nm.save(3)"), @r"
    error: `save` of Model takes (path), not (int)
     --> cells.rhai:2:3
    2 | m.save(3)
      |   ^^^^
      = help: `Model.save(path: string)`
    ");
    insta::assert_snapshot!(report("let m = toy::model();\nm.save"), @r"
    error: `save` is a method of Model, not a property
     --> cells.rhai:2:3
    2 | m.save
      |   ^^^^
      = help: call it: `.save(path)`
    ");
    insta::assert_snapshot!(report("let m = toy::model();\nm.n_layers()"), @r"
    error: `n_layers` is a property of Model, not a method
     --> cells.rhai:2:3
    2 | m.n_layers()
      |   ^^^^^^^^
      = help: write it without brackets: `.n_layers`
    ");
    insta::assert_snapshot!(report("let f = |x| x;\nf(3)"), @r"
    error: `f` is a variable, not a function
     --> cells.rhai:2:1
    2 | f(3)
      | ^
      = help: a closure in a variable is called `f.call(…)`
    ");
    insta::assert_snapshot!(report("let m = toy::model();\nm + 1"), @r"
    error: `+` is not defined between Model and int
     --> cells.rhai:2:3
    2 | m + 1
      |   ^
    ");
    insta::assert_snapshot!(report("let x = 3;\nfn f() { x }\nf()"), @r"
    error: the variable `x` is not known here
     --> cells.rhai:2:10
    2 | fn f() { x }
      |          ^
      = help: a function does not see variables outside it: pass it as an argument, or declare a `const` and write `global::NAME`
    ");
    insta::assert_snapshot!(report("fn area(r) { r * r }\narea(1, 2)"), @r"
    error: `area` takes (r), not (int, int)
     --> cells.rhai:2:1
    2 | area(1, 2)
      | ^^^^
      = help: `area(r)`
    ");
    insta::assert_snapshot!(report("let t = toy;"), @r"
    error: `toy` is a namespace, not a value
     --> cells.rhai:1:9
    1 | let t = toy;
      |         ^^^
      = help: write `toy::…`
    ");
}

#[test]
fn syntax_errors_point_at_the_place() {
    insta::assert_snapshot!(report("let a = 1\nlet b = 2;"), @r"
    error: syntax error: missing `;` before this
     --> cells.rhai:2:1
    2 | let b = 2;
      | ^^^
      = help: every statement but the last ends in `;`
    ");
    insta::assert_snapshot!(report("let a = (1 + 2;"), @r"
    error: syntax error: expecting `)` for a matching ( in this expression
     --> cells.rhai:1:15
    1 | let a = (1 + 2;
      |               ^
    ");
    insta::assert_snapshot!(report("fn f( {"), @r"
    error: syntax error: expecting `)` to close the parameters list of function `f`
     --> cells.rhai:1:7
    1 | fn f( {
      |       ^
    ");
    insta::assert_snapshot!(report("let new = 3;"), @r"
    error: syntax error: `new` is a word of the language and cannot be a name
     --> cells.rhai:1:5
    1 | let new = 3;
      |     ^^^
    ");
    insta::assert_snapshot!(report("let a = [1, 2"), @r"
    error: syntax error: expecting `]` to end this array literal
     --> cells.rhai:1:14
    1 | let a = [1, 2
      |              ^
    ");
}

#[test]
fn the_language_s_own_errors_are_told_plainly() {
    insta::assert_snapshot!(report("let a = [1, 2];\na[5]"), @r"
    error: index 5 is outside an array of 2 items
     --> cells.rhai:2:3
    2 | a[5]
      |   ^
    ");
    insta::assert_snapshot!(report("let m = #{a: 1};\nm.b"), @r#"
    error: the map has no key `b`
     --> cells.rhai:2:3
    2 | m.b
      |   ^
      = help: ask `"b" in map` first where a key may be missing
    "#);
    insta::assert_snapshot!(report("1 / 0"), @r"
    error: division by zero: 1 / 0
     --> cells.rhai:1:3
    1 | 1 / 0
      |   ^
    ");
    insta::assert_snapshot!(report("const K = 1;\nK = 2;"), @r"
    error: `K` is a constant
     --> cells.rhai:2:1
    2 | K = 2;
      | ^
      = help: declare it with `let K = …` to change it
    ");
    insta::assert_snapshot!(report("throw \"no cells\";"), @r#"
    error: no cells
     --> cells.rhai:1:1
    1 | throw "no cells";
      | ^^^^^
    "#);
    insta::assert_snapshot!(report("throw #{ message: \"no cells\", help: \"look again\" };"), @r#"
    error: no cells
     --> cells.rhai:1:1
    1 | throw #{ message: "no cells", help: "look again" };
      | ^^^^^
      = help: look again
    "#);
    insta::assert_snapshot!(report("if 3 { }"), @r"
    error: syntax error: expecting a boolean expression, not a number
     --> cells.rhai:1:4
    1 | if 3 { }
      |    ^
    ");
}

#[test]
fn calls_that_led_there_are_listed() {
    let lines = [
        "fn outer(n) {",
        "    toy::apply(|x| middle(x + n))",
        "}",
        "fn middle(x) {",
        "    toy::load(`${x}.swc`)",
        "}",
        "outer(1);",
    ];
    insta::assert_snapshot!(report(&lines.join("\n")), @r"
    error: cannot open `2.swc`: no such file or folder
     --> cells.rhai:5:5
    5 |     toy::load(`${x}.swc`)
      |     ^^^^^^^^^
      = called from cells.rhai:2:20 in a closure
      = called from cells.rhai:2:5 in `outer`
      = called from cells.rhai:7:1
      = help: is the path right?
    ");
}

#[test]
fn long_traces_are_cut_in_the_middle() {
    let report = report("fn down(n) {\n    if n == 0 { toy::load(\"x\") } else { down(n - 1) }\n}\ndown(40);");
    assert_eq!(report.matches("called from").count(), 12);
    assert!(report.contains("= … 29 more calls"), "{report}");
    assert!(report.contains("= called from cells.rhai:4:1\n"), "{report}");
}

#[test]
fn errors_can_be_caught_and_read() {
    let mut s = session();
    let script = r#"let got = (); try { toy::load("nope.swc"); } catch (e) { got = e; } [got.kind, got.path, got.line, got.help]"#;
    assert_eq!(feed(&mut s, &[script]), r#"["file", "nope.swc", (), "is the path right?"]"#);
    let script = r#"let m = ""; try { toy::guarded_panic(); } catch (e) { m = e.kind; } m"#;
    assert_eq!(feed(&mut s, &[script]), "\"internal\"");
    let script = r#"let m = ""; try { toy::train(#{ lr: "x" }); } catch (e) { m = e.message; } m"#;
    assert_eq!(feed(&mut s, &[script]), "\"option `lr` of `toy::train` must be a number, found \\\"x\\\"\"");
}

#[test]
fn faults_of_nms_are_told_apart_from_faults_of_the_script() {
    assert_eq!(failure("toy::fault()").cause, Cause::Internal);
    assert_eq!(failure("toy::guarded_panic()").cause, Cause::Internal);
    assert_eq!(failure("toy::load(\"x\")").cause, Cause::Script);
    let report = report("let a = 1;\ntoy::guarded_panic();");
    let report = report.split(": tensor").collect::<Vec<_>>();
    assert!(report[1].starts_with(" shapes differ\n --> cells.rhai:2:1"), "{report:?}");
}

#[test]
fn an_error_in_a_session_names_the_input() {
    let mut s = session();
    feed(&mut s, &["let a = 1;", "fn f(x) {\n    toy::load(x)\n}"]);
    let failure = s.feed("\nf(\"nope\")").unwrap_err();
    insta::assert_snapshot!(failure.diagnostic.plain_text(), @r"
    error: cannot open `nope`: no such file or folder
     --> input 2:2:5
    2 |     toy::load(x)
      |     ^^^^^^^^^
      = called from 2:1
      = help: is the path right?
    ");
}
