//! Protocols as wholes, beside scikit-learn's where it has the same.

#![allow(clippy::unwrap_used)]

use rand::Rng as _;
use serde_json::Value;

use super::classify::{LdaOptions, MajorityOptions};
use super::*;
use crate::data::{Labels, Matrix, Outcome};
use crate::run::seed as seeds;

fn blobs() -> (Matrix, Vec<usize>) {
    let rows: Vec<Vec<f64>> = include_str!("../../tests/fixtures/stats/blobs.csv")
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|v| v.parse().unwrap()).collect())
        .collect();
    let values = rows.iter().flat_map(|r| r[1..].to_vec()).collect();
    let ids = (0..rows.len()).map(|i| format!("cell{i}")).collect();
    (Matrix::numbered(ids, "x", 5, values).unwrap(), rows.iter().map(|r| r[0] as usize).collect())
}

/// Rows without any relation to labels.
fn noise(n: usize, columns: usize, index: u64) -> Matrix {
    let mut rng = seeds::stream(8, "noise", index);
    let values = (0..n * columns).map(|_| rng.gen_range(-1.0..1.0)).collect();
    Matrix::numbered((0..n).map(|i| format!("cell{i}")).collect(), "x", columns, values).unwrap()
}

fn knn(k: usize) -> CrossValidateOptions {
    CrossValidateOptions { candidates: KnnOptions { k, ..KnnOptions::default() }.into(), ..Default::default() }
}

fn folded(folds: Folding, how: CrossValidateOptions) -> CrossValidateOptions {
    CrossValidateOptions { folds: FoldOptions { folds: Some(folds), ..how.folds }, ..how }
}

#[test]
fn on_given_folds_come_scikit_learns_predictions_and_scores() {
    // scikit-learn 1.9.1: see tests/fixtures/stats.
    let reference: Value = serde_json::from_str(include_str!("../../tests/fixtures/stats/knn.json")).unwrap();
    let split: Vec<usize> = serde_json::from_value(reference["folds"].clone()).unwrap();
    let (x, classes) = blobs();
    let settings = reference["settings"].as_array().unwrap();
    assert_eq!(settings.len(), 6);
    for setting in settings {
        let pick = |keys: &[&str]| keys.iter().map(|k| (k.to_string(), setting[*k].clone())).collect();
        let knn: KnnOptions = serde_json::from_value(Value::Object(pick(&["k", "metric", "weights"]))).unwrap();
        let preparation: PreparationOptions = serde_json::from_value(Value::Object(pick(&["standardise"]))).unwrap();
        let recipe = Recipe { preparation, classifier: knn.into() };
        let how = CrossValidateOptions { candidates: recipe.into(), ..Default::default() };
        let how = folded(Folding::Numbers(split.clone()), how);
        let scores = cross_validate(&x, &Labels::from_clusters(&classes), &how, 0).unwrap();
        let expected: Vec<usize> = serde_json::from_value(setting["predictions"].clone()).unwrap();
        let predicted: Vec<usize> = (0..160).map(|i| scores.predictions.get(i).unwrap().parse().unwrap()).collect();
        assert_eq!(predicted, expected, "{}", scores.protocol);
        for (found, key) in [(&scores.fold_accuracy, "accuracy"), (&scores.fold_balanced, "balanced")] {
            let expected: Vec<f64> = serde_json::from_value(setting[key].clone()).unwrap();
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-14), "{found:?} {expected:?}");
        }
    }
}

#[test]
fn cells_without_a_label_are_left_out_and_the_report_says_so() {
    let (x, classes) = blobs();
    let class = ["spiny", "aspiny", "sparse", "rare"];
    let labels = Labels::new(classes.iter().enumerate().map(|(i, &c)| (i % 16 != 0).then_some(class[c])));
    let how = CrossValidateOptions { folds: FoldOptions { repeats: 3, ..Default::default() }, ..knn(5) };
    let scores = cross_validate(&x, &labels, &how, 4).unwrap();
    assert_eq!((scores.cells, scores.left_out, scores.fold_accuracy.len()), (150, 10, 15));
    assert_eq!(scores.confusion.cells(), 450);
    assert_eq!(scores.predictions.codes().iter().filter(|c| c.is_none()).count(), 10);
    assert!(scores.accuracy > 0.85 && scores.accuracy < 1.0, "{}", scores.accuracy);
    assert_eq!(scores, cross_validate(&x, &labels, &how, 4).unwrap());
    assert_ne!(scores.fold_accuracy, cross_validate(&x, &labels, &how, 5).unwrap().fold_accuracy);
    let report = scores.to_string();
    let head = report.lines().next().unwrap();
    assert!(head.starts_with("accuracy 0.") && head.contains(" ± 0.0"), "{head}");
    assert!(head.contains("(3 x 5 folds, 150 cells, 10 without a label left out, 5-NN; majority class 0."), "{head}");
    assert_eq!(report.lines().count(), 12, "{report}");
    // All that a result owes.
    assert_eq!((scores.origin().function, scores.origin().seed), ("evaluate::cross_validate", Some(4)));
    assert_eq!((scores.table().unwrap().len(), scores.per_fold().unwrap().len()), (150, 15));
    assert_eq!(scores.per_class().unwrap().ids().to_vec(), ["aspiny", "rare", "sparse", "spiny"]);
    let probabilities = scores.probabilities.as_ref().unwrap();
    assert!(probabilities.iter_rows().all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 1e-12));
    let accuracy = scores.summary(Score::Accuracy).unwrap();
    let interval = accuracy.interval.unwrap();
    assert!(interval.low < accuracy.pooled && accuracy.pooled < interval.high && interval.low > 0.8, "{interval:?}");
    let over_folds = accuracy.over_folds.unwrap();
    assert!(over_folds.low < scores.accuracy && scores.accuracy < over_folds.high);
}

#[test]
fn leaving_one_out_is_scored_over_all_cells() {
    let (x, classes) = blobs();
    let labels = Labels::from_clusters(&classes);
    let how = folded(Folding::LEAVE_ONE_OUT, knn(1));
    let scores = cross_validate(&x, &labels, &how, 0).unwrap();
    // A cell's neighbour by a plain loop.
    let right = (0..160).filter(|&i| {
        let distance = |j: usize| x.row(i).iter().zip(x.row(j)).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        let nearest = (0..160).filter(|&j| j != i).min_by(|&a, &b| distance(a).total_cmp(&distance(b))).unwrap();
        classes[nearest] == classes[i]
    });
    assert_eq!(scores.accuracy, right.count() as f64 / 160.0);
    assert_eq!((scores.balanced_accuracy, scores.accuracy_sd), (scores.confusion.balanced_accuracy(), None));
    assert!(scores.to_string().contains("(each of 160 cells held out in turn, 1-NN;"), "{scores}");
    // One by one, without the search that serves all folds.
    let mut standard = how;
    standard.candidates.0[0].preparation.pca = Some(5);
    assert_eq!(cross_validate(&x, &labels, &standard, 0).unwrap().accuracy, scores.accuracy);
}

#[test]
fn nothing_of_a_fold_is_learnt_outside_it() {
    // Each class has a few cells far out, all in one fold: whatever is measured with them is measured otherwise.
    let (x, classes) = blobs();
    let labels = Labels::from_clusters(&classes);
    let split: Vec<usize> = (0..160).map(|i| i % 4).collect();
    let recipe = Recipe {
        preparation: PreparationOptions { standardise: true, pca: Some(3) },
        classifier: LdaOptions::default().into(),
    };
    let how = folded(Folding::Numbers(split), CrossValidateOptions { candidates: recipe.into(), ..knn(1) });
    let plain = cross_validate(&x, &labels, &how, 0).unwrap();
    let moved = x.values().iter().enumerate().map(|(at, v)| if at / 5 % 4 == 2 { v * 50.0 - 9.0 } else { *v });
    let moved = Matrix::new(x.ids().clone(), x.columns().clone(), moved.collect()).unwrap();
    let after = cross_validate(&moved, &labels, &how, 0).unwrap();
    // Fold 2 holds the moved cells out: what others learn changes, what is learnt for it does not.
    assert_ne!(plain.fold_accuracy[0], after.fold_accuracy[0]);
    let alone = |z: &Matrix| {
        let rows: Vec<usize> = (0..160).filter(|i| i % 4 != 2).collect();
        fit(&z.select(&rows), &labels.select(&rows), &how, 0).unwrap()
    };
    assert_eq!(alone(&x).predict(&x).unwrap(), alone(&moved).predict(&x).unwrap());
    let held: Vec<usize> = (0..160).filter(|i| i % 4 == 2).collect();
    assert_eq!(after.predictions.select(&held), alone(&x).predict(&moved.select(&held)).unwrap());
}

#[test]
fn candidates_are_chosen_on_inner_folds_and_reported() {
    let (x, classes) = blobs();
    let labels = Labels::from_clusters(&classes);
    let candidates = [1, 5, 100].map(|k| Recipe::from(KnnOptions { k, ..KnnOptions::default() })).to_vec();
    let how = CrossValidateOptions { candidates: Candidates(candidates), ..Default::default() };
    let scores = cross_validate(&x, &labels, &how, 1).unwrap();
    // A hundred neighbours know the largest class only.
    assert!(scores.folds.iter().all(|f| f.chosen == "1-NN" || f.chosen == "5-NN"), "{:?}", scores.folds);
    assert!(scores.protocol.ends_with("best of 3 on 5 inner folds"), "{}", scores.protocol);
    let trained = fit(&x, &labels, &how, 1).unwrap();
    assert!(trained.to_string().contains("-NN, 160 cells, 4 classes: 0, 1, 2, 3"), "{trained}");
    // By noise alone no choice helps: nested choice is not fooled by many candidates.
    let many: Vec<Recipe> = (1..12).map(|k| KnnOptions { k, ..KnnOptions::default() }.into()).collect();
    let how = CrossValidateOptions { candidates: Candidates(many), ..Default::default() };
    let coins = Labels::new((0..160).map(|i| Some(["a", "b"][i % 2])));
    let chance = cross_validate(&noise(160, 4, 0), &coins, &how, 1).unwrap();
    assert!((0.35..0.65).contains(&chance.accuracy), "{chance}");
}

#[test]
fn groups_are_predicted_from_other_groups() {
    // Each laboratory shifts its cells: within a laboratory types are plain, across laboratories they are not.
    let mut values = Vec::new();
    let mut rng = seeds::stream(2, "labs", 0);
    for cell in 0..120 {
        let (lab, kind) = (cell % 4, cell / 4 % 2);
        values.push(10.0 * lab as f64 + if lab % 2 == 0 { 2.0 } else { -2.0 } * kind as f64 + rng.gen_range(-0.3..0.3));
    }
    let x = Matrix::numbered((0..120).map(|i| i.to_string()).collect(), "x", 1, values).unwrap();
    let labels = Labels::new((0..120).map(|i| Some(["a", "b"][i / 4 % 2])));
    let labs = Labels::new((0..120).map(|i| Some(["north", "south", "east", "west"][i % 4])));
    let plain = cross_validate(&x, &labels, &knn(3), 0).unwrap();
    let how = CrossValidateOptions { folds: FoldOptions { groups: Some(labs), ..Default::default() }, ..knn(3) };
    let across = cross_validate(&x, &labels, &how, 0).unwrap();
    assert!(plain.accuracy > 0.95 && across.accuracy < 0.7, "{plain}\n{across}");
    assert_eq!(across.per_fold().unwrap().ids().to_vec(), ["east", "north", "south", "west"]);
    assert!(across.protocol.starts_with("each of 4 groups held out in turn, 120 cells"));
    // Dealt within laboratories, labels are still told.
    let test =
        permutation_test(&x, &labels, &knn(3), &PermutationOptions { shuffles: 30, within: how.folds.groups }, 0);
    assert!((test.unwrap().p - 1.0 / 31.0).abs() < 1e-12);
}

#[test]
fn impossible_requests_are_refused() {
    let (x, classes) = blobs();
    let labels = Labels::from_clusters(&classes);
    let refuse = |how: &CrossValidateOptions| cross_validate(&x, &labels, how, 0).unwrap_err().message;
    assert!(refuse(&folded(Folding::Count(71), knn(5))).contains("no class has more than 70 cells"));
    assert!(refuse(&folded(Folding::Count(20), knn(5))).contains("fewer cells: `3` (15)"));
    assert!(refuse(&knn(150)).contains("`150` neighbours asked for, but only 128 cells"));
    assert!(refuse(&knn(0)).contains("`0` neighbours"));
    let twice = FoldOptions { folds: Some(Folding::LEAVE_ONE_OUT), repeats: 2, ..Default::default() };
    assert!(refuse(&CrossValidateOptions { folds: twice, ..knn(5) }).contains("one way only"));
    let wrong = |labels: &Labels| cross_validate(&x, labels, &knn(5), 0).unwrap_err().message;
    assert!(wrong(&Labels::from_clusters(&[0; 160])).contains("the labels have 1 classes"));
    assert!(wrong(&Labels::from_clusters(&[0; 5])).contains("5 labels for 160 cells"));
    let empty = Matrix::numbered([].into(), "x", 5, vec![]).unwrap();
    let none = cross_validate(&empty, &Labels::from_clusters(&[]), &knn(5), 0).unwrap_err().message;
    assert!(none.contains("0 classes"), "{none}");
    let mut broken = x.values().to_vec();
    broken[7] = f64::NAN;
    let broken = Matrix::new(x.ids().clone(), x.columns().clone(), broken).unwrap();
    let error = cross_validate(&broken, &labels, &knn(5), 0).unwrap_err();
    assert!(error.message.contains("row 2 (`cell1`), column `x3` is NaN"), "{error}");
    let none = CrossValidateOptions { candidates: Candidates(vec![]), ..Default::default() };
    assert!(refuse(&none).contains("no classifier to choose"));
    // A group that alone has both classes leaves one class to learn from.
    let groups = Labels::new((0..160).map(|i| Some(if classes[i] == 0 { "a" } else { "b" })));
    let two = Labels::new(classes.iter().map(|&c| Some(if c == 0 { "x" } else { "y" })));
    let how = CrossValidateOptions {
        candidates: LogisticOptions::default().into(),
        folds: FoldOptions { groups: Some(groups.clone()), ..Default::default() },
        ..Default::default()
    };
    let error = cross_validate(&x, &two, &how, 0).unwrap_err().message;
    assert!(error.contains("cells to learn from are all of one class"), "{error}");
    let test = permutation_test(&x, &two, &CrossValidateOptions { folds: how.folds, ..knn(3) }, &Default::default(), 0);
    assert!(test.unwrap_err().message.contains("each group has cells of one class only"));
}

#[test]
fn comparisons_match_rows_by_id_and_find_what_is_better() {
    let (x, classes) = blobs();
    let labels = Labels::from_clusters(&classes);
    let order: Vec<usize> = (0..160).rev().collect();
    let how = CrossValidateOptions { folds: FoldOptions { repeats: 2, ..Default::default() }, ..knn(5) };
    let options = CompareOptions { flips: 500 };
    // The same rows in another order are the same embedding.
    let same = compare(&x, &x.select(&order), &labels, &how, &options, 0).unwrap();
    assert_eq!((same.difference, same.only, same.p_mcnemar, same.p_flips), (0.0, [0, 0], 1.0, 1.0));
    let better = compare(&x, &noise(160, 5, 1), &labels, &how, &options, 0).unwrap();
    assert!(better.difference > 0.4 && better.p_folds.unwrap() < 1e-4 && better.p_flips < 0.003, "{better}");
    assert!(better.interval.unwrap().low > 0.3 && better.p_mcnemar < 1e-10);
    assert_eq!(better.table().unwrap().len(), 10);
    assert!((better.only[0] + better.only[1]) < 160);
    let other = noise(159, 5, 1);
    let error = compare(&x, &other, &labels, &how, &options, 0).unwrap_err().message;
    assert_eq!(error, "there is no row in the second for `cell159`");
    let twice = x.select(&[vec![0], (0..159).collect()].concat());
    let error = compare(&x, &twice, &labels, &how, &options, 0).unwrap_err().message;
    assert!(error.contains("rows 1 and 2 are both called `cell0`"), "{error}");

    let named = [("noise", noise(160, 5, 1)), ("shape", x.clone()), ("turned", x.select(&order))];
    let named: Vec<(String, Matrix)> = named.into_iter().map(|(n, z)| (n.to_string(), z)).collect();
    // Labels go by the first, whose rows are in the cells' order.
    let all = compare_many(&named, &labels, &how, &options, 0).unwrap();
    assert_eq!(all.scores_table().unwrap().ids().to_vec(), ["shape", "turned", "noise"]);
    assert_eq!(all.table().unwrap().ids().to_vec(), ["shape - turned", "shape - noise", "turned - noise"]);
    assert_eq!(all.p_holm[0], 1.0);
    assert!((all.p_holm[1] - 3.0 * all.pairs[1].p_flips).abs() < 1e-12);
    assert!(all.to_string().lines().count() == 9, "{all}");
    assert!(compare_many(&named[..1], &labels, &how, &options, 0).unwrap_err().message.contains("1 embeddings"));
}

#[test]
fn chance_is_not_taken_for_a_finding() {
    // Sixty tests of noise: about one in twenty is below 0.05, whatever the test.
    let coins = Labels::new((0..60).map(|i| Some(["a", "b"][i % 2])));
    let how =
        CrossValidateOptions { judging: JudgingOptions { resamples: 100, ..JudgingOptions::default() }, ..knn(3) };
    let (mut shuffled, mut flipped, mut folds) = (0, 0, 0);
    for index in 0..60 {
        let z = noise(60, 3, 100 + index);
        let options = PermutationOptions { shuffles: 39, within: None };
        shuffled += usize::from(permutation_test(&z, &coins, &how, &options, index).unwrap().p <= 0.05);
        let options = CompareOptions { flips: 99 };
        let pair = compare(&z, &noise(60, 3, 500 + index), &coins, &how, &options, index).unwrap();
        flipped += usize::from(pair.p_flips <= 0.05);
        folds += usize::from(pair.p_folds.unwrap() <= 0.05);
    }
    // 10 of 60 or more would come once in a thousand.
    assert!(shuffled < 10 && flipped < 10 && folds < 10, "{shuffled} {flipped} {folds}");
    let (x, classes) = blobs();
    let test = permutation_test(&x, &Labels::from_clusters(&classes), &knn(5), &Default::default(), 0).unwrap();
    assert!((test.p - 1.0 / 201.0).abs() < 1e-12 && test.mean < 0.5, "{test}");
    assert_eq!(test.table().unwrap().len(), 200);
}

#[test]
fn a_bootstrap_draws_cells_or_groups() {
    let truth = Labels::new((0..80).map(|i| Some(["a", "b"][i % 2])));
    // Groups of eight are right or wrong as a whole.
    let guess = Labels::new((0..80).map(|i| Some(if i / 8 % 4 == 0 { ["b", "a"][i % 2] } else { ["a", "b"][i % 2] })));
    let options = BootstrapOptions { resamples: 2000, ..Default::default() };
    let cells = bootstrap(&truth, &guess, None, &options, 1).unwrap();
    let groups = Labels::new((0..80).map(|i| Some((i / 8).to_string())));
    let options = BootstrapOptions { groups: Some(groups), ..options };
    let whole = bootstrap(&truth, &guess, None, &options, 1).unwrap();
    assert_eq!((cells.value, whole.value, cells.units, whole.units), (0.7, 0.7, 80, 10));
    assert!((cells.sd - (0.7 * 0.3 / 80.0f64).sqrt()).abs() < 0.005, "{}", cells.sd);
    assert!((whole.sd - (0.7 * 0.3 / 10.0f64).sqrt()).abs() < 0.01, "{}", whole.sd);
    assert!(cells.to_string().starts_with("accuracy 0.700, 95 % interval 0."), "{cells}");
    let loss = BootstrapOptions { score: Score::LogLoss, ..Default::default() };
    assert!(bootstrap(&truth, &guess, None, &loss, 1).unwrap_err().message.contains("nothing defines the log loss"));
    assert!(bootstrap(&truth, &Labels::from_clusters(&[0]), None, &loss, 1).is_err());
    let few = BootstrapOptions { resamples: 3, ..Default::default() };
    assert!(bootstrap(&truth, &guess, None, &few, 1).unwrap_err().message.contains("`3` resamples"));
}

#[test]
fn a_curve_rises_with_cells() {
    let (x, classes) = blobs();
    let labels = Labels::from_clusters(&classes);
    let options = CurveOptions { shares: vec![1.0, 0.05, 0.3] };
    let curve = learning_curve(&x, &labels, &knn(1), &options, 0).unwrap();
    let means: Vec<f64> = curve.points.iter().map(|p| p.mean).collect();
    assert!(means[0] < means[2] && curve.points[0].learnt < 10.0, "{curve}");
    let whole = cross_validate(&x, &labels, &knn(1), 0).unwrap();
    assert_eq!((means[2], curve.points[2].learnt), (whole.accuracy, 128.0));
    assert_eq!(curve.table().unwrap().names().collect::<Vec<_>>(), ["share", "learnt", "mean", "sd", "low", "high"]);
    assert!(learning_curve(&x, &labels, &knn(1), &CurveOptions { shares: vec![0.0] }, 0).is_err());
}

#[test]
fn a_classifier_is_stored_and_read() {
    let (x, classes) = blobs();
    let labels = Labels::new(classes.iter().map(|&c| (c < 3).then(|| c.to_string())));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("types.json");
    let recipe = Recipe {
        preparation: PreparationOptions { standardise: true, pca: Some(4) },
        classifier: SvmOptions::default().into(),
    };
    let how = CrossValidateOptions { candidates: recipe.into(), ..Default::default() };
    let model = fit(&x, &labels, &how, 0).unwrap();
    model.save(&path).unwrap();
    let again = Trained::load(&path).unwrap();
    assert_eq!(again, model);
    assert_eq!(again.classes(), ["0", "1", "2"]);
    assert_eq!(again.predict(&x).unwrap(), model.predict(&x).unwrap());
    assert_eq!(again.origin()["function"], "evaluate::fit");
    let error = model.probabilities(&x).unwrap_err().message;
    assert_eq!(error, "SVM (rbf, C 1) gives no probabilities");
    assert_eq!(model.decisions(&x).unwrap().columns().to_vec(), ["0", "1", "2"]);
    assert!(model.predict(&noise(3, 2, 0)).unwrap_err().message.contains("learnt from 5 columns"));
    std::fs::write(&path, "{}").unwrap();
    assert!(Trained::load(&path).unwrap_err().message.starts_with("no classifier"));
    let majority = CrossValidateOptions { candidates: MajorityOptions::default().into(), ..Default::default() };
    let scores = cross_validate(&x, &labels, &majority, 0).unwrap();
    assert!((scores.summary(Score::Accuracy).unwrap().pooled - scores.chance).abs() < 1e-12);
}
