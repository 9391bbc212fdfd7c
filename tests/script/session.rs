//! What lasts from one input to the next, and what does not.

use nms::script::session::Session;
use nms::script::trace::Cause;

use super::toys::{ALIVE, feed, session};

#[test]
fn variables_functions_and_imports_persist() {
    let mut s = session();
    let inputs = [
        "let x = 2",
        "fn twice(n) { 2 * n }",
        "import \"nms/report\" as report;",
        "fn spread(v) { report::sd(v) }",
        "twice(x) + spread([1.0, 2.0, 3.0])",
    ];
    assert_eq!(feed(&mut s, &inputs), "5.0");
    assert_eq!(feed(&mut s, &["fn twice(n) { n + n + 1 }", "twice(1)"]), "3");
    assert_eq!(feed(&mut s, &["report::mean([1, 2])"]), "1.5");
}

#[test]
fn closures_of_earlier_inputs_can_be_called() {
    let mut s = session();
    assert_eq!(feed(&mut s, &["let k = 10", "let f = |x| x * k;", "f.call(4)"]), "40");
    assert_eq!(feed(&mut s, &["toy::apply(f)"]), "10");
}

#[test]
fn the_last_value_is_ans() {
    let mut s = session();
    assert_eq!(feed(&mut s, &["20 + 1", "2 * ans"]), "42");
    assert_eq!(feed(&mut s, &["let y = 1;", "ans"]), "42");
}

#[test]
fn shadowed_handles_are_freed() {
    let mut s = session();
    feed(&mut s, &["let m = toy::model();", "let m = toy::model();", "let m = toy::model();"]);
    assert_eq!(ALIVE.get(), 1);
    assert_eq!(feed(&mut s, &["m.n_layers"]), "3");
    let alive = |s: &mut Session, lines: &[&str]| {
        lines.iter().for_each(|line| drop(s.feed(line)));
        ALIVE.get()
    };
    assert_eq!(alive(&mut s, &["m = toy::model()", "for i in 0..5 { let n = toy::model(); }"]), 1);
    assert_eq!(alive(&mut s, &["fn grown() { let n = toy::model(); n.n_layers }", "grown()"]), 1);
    // The last value is kept as `ans`, and no longer than that.
    assert_eq!(alive(&mut s, &["toy::model()"]), 2);
    assert_eq!(alive(&mut s, &["toy::model()"]), 2);
    assert_eq!(alive(&mut s, &["1"]), 1);
    // So it is where a line fails, by an error or by a panic.
    assert_eq!(alive(&mut s, &["let m = toy::model(); throw 1"]), 1);
    assert_eq!(alive(&mut s, &["{ let inner = toy::model(); toy::panic() }"]), 1);
    // A closure holds what it uses until it is shadowed itself.
    assert_eq!(alive(&mut s, &["let hold = || m.n_layers", "let m = 1"]), 1);
    assert_eq!(alive(&mut s, &["let hold = 1", "1"]), 0);
}

#[test]
fn values_show_as_scripts_write_them() {
    let mut s = session();
    assert_eq!(feed(&mut s, &["\"text\""]), "\"text\"");
    assert_eq!(feed(&mut s, &["toy::model()"]), "Model(3 layers)");
    assert_eq!(feed(&mut s, &["[toy::model(), 1.5, \"a\"]"]), "[Model(3 layers), 1.5, \"a\"]");
    assert_eq!(feed(&mut s, &["#{a: 1}"]), "#{\"a\": 1}");
}

#[test]
fn a_failure_leaves_the_session_usable() {
    let mut s = session();
    feed(&mut s, &["let x = 1"]);
    let failure = s.feed("{ let inner = 5; toy::panic() }").unwrap_err();
    assert_eq!(failure.cause, Cause::Internal);
    assert!(failure.diagnostic.message.contains("index out of bounds in a library"));
    assert!(s.feed("inner").is_err());
    assert_eq!(feed(&mut s, &["x"]), "1");
}

#[test]
fn incomplete_input_is_told_from_wrong_input() {
    let s = session();
    for text in ["fn f(x) {", "let a = [1,", "toy::train(#{", "1 +", "\"open", "`a ${1 +", "if true {\n 1", "let x ="] {
        assert!(s.is_incomplete(text), "{text}");
    }
    for text in ["1 2", "f(x))", "let 3 = 4", "1 + 1", "", "unknown_name", "let a = ];"] {
        assert!(!s.is_incomplete(text), "{text}");
    }
}

#[test]
fn a_semicolon_at_the_end_hides_the_value() {
    let s = session();
    assert!(s.is_silenced("1 + 2;"));
    assert!(s.is_silenced("1 + 2; // why"));
    assert!(!s.is_silenced("1 + 2 // ;"));
    assert!(!s.is_silenced("\";\""));
}

#[test]
fn deep_recursion_works_alike_in_every_build() {
    let mut s = session();
    assert_eq!(feed(&mut s, &["fn down(n) { if n == 0 { 0 } else { 1 + down(n - 1) } }", "down(60)"]), "60");
    let failure = s.feed("down(100)").unwrap_err();
    assert_eq!(failure.diagnostic.message, "calls are nested too deep");
}

#[test]
fn eval_is_switched_off() {
    assert_eq!(session().feed("eval(\"1\")").unwrap_err().diagnostic.message, "`eval` is switched off");
}

#[test]
fn constants_reach_functions_as_global_on_later_inputs_too() {
    let mut s = session();
    assert_eq!(feed(&mut s, &["const K = 3;", "fn k() { global::K + 1 }", "k()"]), "4");
}

#[test]
fn what_only_reads_works_on_constants() {
    let mut s = Session::new(nms::bind::install, &nms::script::session::Setup::default());
    feed(
        &mut s,
        &["const C = morph::synthesize_population([\"granule\"], 6, #{ seed: 1, axon: false }); const M = C[0]; \
           const T = C.metrics(); const Z = T.matrix(); const L = C.labels(); const F = plot::neuron(M); \
           const W = activity::simulate(\"worm\", #{ animals: 2, frames: 60, seed: 1 }).recordings;"],
    );
    for (call, shown) in [
        ("C.select(0..2).filter(|c| true).len", "2"),
        ("C.resample(40).scale(2).centered().len", "6"),
        ("M.resample(40).crop(#{ sphere: #{ radius: 50 } }).n_nodes > 0", "true"),
        ("T.head(2).select([\"n_nodes\"]).sort(\"n_nodes\").len", "2"),
        ("T.describe().len > 0", "true"),
        ("Z.select([0, 1]).rows", "2"),
        ("reduce::pca(Z).transform(Z).rows", "6"),
        ("L.counts().granule", "6"),
        ("F.to_svg().len > 100", "true"),
        ("W.zscore()[0].cut(0, 20).frames", "20"),
    ] {
        assert_eq!(feed(&mut s, &[call]), shown, "{call}");
    }
}
