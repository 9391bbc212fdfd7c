//! Protocols as scripts write them.

use nms::script::session::{Session, Setup};

use super::toys::feed;

/// A session with an embedding `z`, a poorer one `z2`, `labels` and `labs` of 90 cells of three types.
fn session() -> Session {
    let mut s = Session::new(nms::bind::install, &Setup::default());
    feed(&mut s, &[&script()]);
    s
}

/// The same as a table file, which is what scripts load.
fn script() -> String {
    let folder = tempfile::tempdir().unwrap().keep();
    let mut first = "id,x1,x2,type,lab\n".to_string();
    let mut second = "id,y1,y2\n".to_string();
    for i in 0..90 {
        let (t, w, v) = (i % 3, f64::from(i * 37 % 11) / 11.0, f64::from(i * 53 % 17) / 17.0);
        let kind = ["basket", "martinotti", "pyramidal"][t as usize];
        let lab = ["north", "south", "east"][(i / 3 % 3) as usize];
        first += &format!("c{i},{:.4},{:.4},{kind},{lab}\n", 0.5 + 1.2 * f64::from(t) + w, v - f64::from(t));
        second += &format!("c{i},{:.4},{v:.4}\n", 0.1 + 3.0 * w + 0.4 * f64::from(t));
    }
    std::fs::write(folder.join("z.csv"), first).unwrap();
    std::fs::write(folder.join("z2.csv"), second).unwrap();
    let path = folder.display();
    format!(
        "let dir = \"{path}\"; let t = table::load(\"{path}/z.csv\"); let labels = t.labels(\"type\"); \
         let labs = t.labels(\"lab\"); let z = t.select([\"x1\", \"x2\"]); let z2 = table::load(\"{path}/z2.csv\");"
    )
}

fn refusal(s: &mut Session, line: &str) -> String {
    s.feed(line).unwrap_err().diagnostic.message
}

#[test]
fn a_whole_protocol_takes_ten_lines() {
    let mut s = session();
    let report = feed(
        &mut s,
        &[
            "let folds = evaluate::folds(labels, #{ folds: 5, repeats: 2, seed: 7 });",
            "let knn = evaluate::cross_validate(z, labels, #{ classifier: \"knn\", k: [1, 3, 5], folds: folds, seed: 1 });",
            "let probe = evaluate::cross_validate(z, labels, #{ classifier: \"logistic\", standardise: true, folds: folds });",
            "let machine = evaluate::svm(#{ kernel: \"poly\", degree: 2, coef0: 1 });",
            "let svm = evaluate::cross_validate(z, labels, #{ classifier: machine, standardise: true, folds: folds });",
            "let labwise = evaluate::cross_validate(z, labels, #{ groups: labs });",
            "let test = evaluate::permutation_test(z, labels, #{ folds: folds, shuffles: 19, within: labs });",
            "let pair = evaluate::compare(z, z2, labels, #{ folds: folds, flips: 200 });",
            "let all = evaluate::compare_many(#{ shape: z, sizes: z2 }, labels, #{ folds: folds, flips: 200 });",
            "[knn.accuracy > 0.9, probe.accuracy > 0.9, svm.accuracy > 0.9, labwise.accuracy > 0.9, test.p == 0.05, \
             pair.difference > 0.1 && pair.p_flips < 0.05, all.scores().ids[0] == \"shape\"]",
        ],
    );
    assert_eq!(report, "[true, true, true, true, true, true, true]");
    // What they print.
    let printed = feed(&mut s, &["knn.to_string()"]);
    assert!(printed.contains("(2 x 5 folds, 90 cells, best of 3 on 5 inner folds; majority class 0.33)"), "{printed}");
    assert!(feed(&mut s, &["labwise.to_string()"]).contains("each of 3 groups held out in turn"));
    assert_eq!(feed(&mut s, &["folds"]), "Folds(2 x 5 folds, 90 cells; seed 7)");
    assert_eq!(feed(&mut s, &["machine"]), "ClassifierOptions(SVM (poly, C 1))");
    assert_eq!(
        feed(&mut s, &["svm.probabilities == () && svm.summary.keys().contains(\"log_loss\") == false"]),
        "true"
    );
    assert_eq!(feed(&mut s, &["knn.per_fold().len() == 10 && knn.summary.accuracy.interval.low > 0.8"]), "true");
    assert_eq!(feed(&mut s, &["knn.origin.options.candidates.len()"]), "3");
}

#[test]
fn folds_and_classifiers_are_stored() {
    let mut s = session();
    let lines = [
        "let folds = evaluate::folds(labels, #{ folds: 3, seed: 1, ids: t.ids }); folds.save(dir + \"/folds.json\");",
        "let again = evaluate::load_folds(dir + \"/folds.json\");",
        "let a = evaluate::cross_validate(z, labels, #{ folds: folds }).accuracy;",
        "a == evaluate::cross_validate(z, labels, #{ folds: again }).accuracy",
    ];
    assert_eq!(feed(&mut s, &lines), "true");
    assert_eq!(feed(&mut s, &["folds.held_out(0).len() == 30 && folds.training(0).len() == 60"]), "true");
    let lines = [
        "let model = evaluate::fit(z, labels, #{ classifier: \"lda\", standardise: true }); model.save(dir + \"/m.json\");",
        "let read = evaluate::load(dir + \"/m.json\");",
        "read.predict(z).len() == 90 && read.probabilities(z).columns == read.classes && read.classes.len() == 3",
    ];
    assert_eq!(feed(&mut s, &lines), "true");
    assert_eq!(
        feed(&mut s, &["model"]),
        "Classifier(standardised, linear discriminant, 90 cells, 3 classes: basket, martinotti, pyramidal)"
    );
    let interval = "let b = evaluate::bootstrap(labels, read.predict(z), #{ score: \"kappa\", resamples: 500 }); \
                    b.low <= b.value && b.value <= b.high";
    assert_eq!(feed(&mut s, &[interval]), "true");
    let curve = "evaluate::learning_curve(z, labels, #{ k: 1, shares: [0.2, 1.0] }).table().len()";
    assert_eq!(feed(&mut s, &[curve]), "2");
    let given = "let f = []; for i in 0..90 { f.push(i % 4); } evaluate::cross_validate(z, labels, #{ folds: f }).fold_accuracy.len()";
    assert_eq!(feed(&mut s, &[given]), "4");
    let by_id = "evaluate::cross_validate(z, labels, #{ folds: [[\"c0\", \"c1\", \"c5\"]] }).predictions.len()";
    assert_eq!(feed(&mut s, &[by_id]), "90");
}

#[test]
fn what_cannot_be_done_is_said_with_its_cure() {
    let mut s = session();
    for (line, expected) in [
        ("evaluate::cross_validate(z, labels, #{ classifier: \"smv\" })", "is unknown: \"smv\"; did you mean \"svm\"?"),
        ("evaluate::cross_validate(z, labels, #{ classifier: 3 })", "must be a name, found a whole number"),
        ("evaluate::cross_validate(z, labels, #{ classifier: \"svm\", kernal: \"rbf\" })", "did you mean `kernel`?"),
        ("evaluate::cross_validate(z, labels, #{ c: 1.0 })", "unknown option `c` of `evaluate::cross_validate`"),
        (
            "evaluate::cross_validate(z, labels, #{ k: [] })",
            "option `k` of `evaluate::cross_validate` is an empty list",
        ),
        ("evaluate::cross_validate(z, labels, #{ k: [1, \"x\"] })", "option `k` of `evaluate::cross_validate` must be"),
        ("evaluate::cross_validate(z, labels, #{ folds: \"leave\" })", "expected a number of folds, \"loo\""),
        ("evaluate::cross_validate(z, labels, #{ folds: evaluate::folds(labels), repeats: 2 })", "are made already"),
        ("evaluate::cross_validate(z, labels, #{ folds: 31 })", "`31` folds, but no class has more than 30 cells"),
        ("evaluate::compare(z, z.select([0, 1, 2]), labels, #{})", "there is no row in the second for `c3`"),
        ("evaluate::folds(labels, #{ split: \"morphvae\" })", "MorphVAE's split is of 275 cells, found 90"),
        ("evaluate::folds(labels).held_out(5)", "no fold 5: there are 5"),
        ("evaluate::permutation_test(z, labels, #{ shuffles: 0 })", "`0` shuffles"),
        ("evaluate::load(dir + \"/none.json\")", "no such file"),
    ] {
        let message = refusal(&mut s, line);
        assert!(message.contains(expected), "{line}\n{message}");
    }
}
