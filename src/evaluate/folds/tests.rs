//! Folds beside scikit-learn's and the published ones, and what cannot be folded.

#![allow(clippy::unwrap_used)]

use super::*;

fn labels(counts: &[usize]) -> Labels {
    let cells = counts.iter().enumerate().flat_map(|(class, &n)| std::iter::repeat_n(class, n));
    Labels::from_clusters(&cells.collect::<Vec<_>>())
}

fn ids(n: usize) -> Arc<[String]> {
    (0..n).map(|i| format!("c{i}")).collect()
}

fn made(labels: &Labels, options: FoldOptions) -> Folds {
    Folds::new(labels, Some(&ids(labels.len())), &options, 3).unwrap()
}

fn refused(labels: &Labels, options: FoldOptions) -> String {
    Folds::new(labels, Some(&ids(labels.len())), &options, 3).unwrap_err().to_string()
}

fn count(folds: usize) -> FoldOptions {
    FoldOptions { folds: Some(Folding::Count(folds)), ..FoldOptions::default() }
}

#[test]
fn morphvaes_split_is_that_of_its_notebooks() {
    // numpy 2.4.6, CPython 3.11.7: see tests/fixtures/stats.
    let reference: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../../../tests/fixtures/stats/morphvae.json")).unwrap();
    for case in &reference {
        let list = |key: &str| -> Vec<usize> {
            let mut cells: Vec<usize> = serde_json::from_value(case[key].clone()).unwrap();
            cells.sort_unstable();
            cells
        };
        let n = case["cells"].as_u64().unwrap() as usize;
        let sizes = (n != 275).then(|| (list("train").len(), list("validation").len()));
        let options = FoldOptions {
            split: Some(NamedSplit::Morphvae),
            train: sizes.map(|s| s.0),
            validation: sizes.map(|s| s.1),
            ..FoldOptions::default()
        };
        let labels = labels(&[n - 30, 30]);
        let folds = made(&labels, options.clone());
        assert_eq!((folds.splits()[0].training(0), folds.splits()[0].held_out(0)), (list("train"), list("test")));
        assert_ne!(made(&labels, FoldOptions { numpy_seed: 18, ..options }), folds);
    }
    assert!(
        refused(&labels(&[20, 20]), FoldOptions { split: Some(NamedSplit::Morphvae), ..FoldOptions::default() })
            .contains("is of 275 cells, found 40")
    );
}

#[test]
fn treemocos_folds_and_acts_cells_are_taken_by_name() {
    let cells = labels(&[10, 10]);
    let by = Labels::new((0..20).map(|i| (i != 4).then(|| format!("{}.0", i % 10))));
    let options = FoldOptions { split: Some(NamedSplit::Treemoco), by: Some(by), ..FoldOptions::default() };
    let folds = made(&cells, options.clone());
    assert_eq!(folds.splits()[0].held_out(0), [8, 9, 18, 19]);
    assert_eq!(folds.splits()[0].training(0).len(), 15);
    assert_eq!(folds.to_string(), "Folds(TreeMoCo's folds 8 and 9, 4 cells held out, 15 learnt from, 1 in no role)");
    assert!(refused(&cells, FoldOptions { by: None, ..options }).contains("needs the column of fold numbers"));

    let act: Arc<[String]> =
        ["swc/313862167.swc", "471077468_transformed", "318808427", "1", "314822529"].map(String::from).into();
    let options = FoldOptions { split: Some(NamedSplit::Act), ..FoldOptions::default() };
    let folds = Folds::new(&labels(&[3, 2]), Some(&act), &options, 0).unwrap();
    let roles = [Role::Training, Role::Held(0), Role::Held(0), Role::Unused, Role::Training];
    assert_eq!(folds.splits()[0].roles, roles);
    let all: Arc<[String]> =
        include_str!("act_split.csv").lines().skip(1).map(|l| l.split(',').next().unwrap().into()).collect();
    let folds = Folds::new(&labels(&[200, 230]), Some(&all), &options, 0).unwrap();
    assert_eq!((folds.held_out(), folds.splits()[0].training(0).len()), (43, 387));
    // The paper's comparison: five folds.
    let five = FoldOptions { split: Some(NamedSplit::Graphdino), ..FoldOptions::default() };
    assert_eq!((made(&cells, five.clone()).folds(), made(&cells, five).way()), (5, Way::Stratified));
}

#[test]
fn groups_are_held_out_whole() {
    // scikit-learn 1.9.1: see tests/fixtures/stats.
    let reference: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/fixtures/stats/group_folds.json")).unwrap();
    let of: Vec<usize> = serde_json::from_value(reference["groups"].clone()).unwrap();
    let groups = Labels::from_clusters(&of);
    let cells = Labels::new((0..64).map(|i| (i != 5).then(|| (i % 2).to_string())));
    let together = |split: &Split| {
        for (cell, other) in (0..64).flat_map(|a| (0..a).map(move |b| (a, b))) {
            let unused = [cell, other].iter().any(|&c| split.roles[c] == Role::Unused);
            assert!(unused || of[cell] != of[other] || split.roles[cell] == split.roles[other]);
        }
    };
    let whole = Labels::from_clusters(&vec![0; 64]);
    let dealt = made(&whole, FoldOptions { groups: Some(groups.clone()), ..count(4) });
    let mut sizes: Vec<usize> = (0..4).map(|fold| dealt.splits()[0].held_out(fold).len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, serde_json::from_value::<Vec<usize>>(reference["sizes"].clone()).unwrap());
    together(&dealt.splits()[0]);
    let each = made(&cells, FoldOptions { groups: Some(groups.clone()), ..FoldOptions::default() });
    assert_eq!((each.way(), each.folds(), each.held_out()), (Way::LeaveOneGroupOut, 9, 63));
    assert_eq!(each.splits()[0].names, (0..9).map(|g| g.to_string()).collect::<Vec<_>>());
    together(&each.splits()[0]);
    let ten = refused(&cells, FoldOptions { groups: Some(groups.clone()), ..count(10) });
    assert!(ten.contains("9 groups of labelled cells (0, 1,") && ten.contains("at least 10"), "{ten}");
    let loo = FoldOptions { folds: Some(Folding::LEAVE_ONE_OUT), groups: Some(groups.clone()), ..Default::default() };
    assert!(refused(&cells, loo).contains("leaves others of its group"));
    assert!(refused(&cells, FoldOptions { groups: Some(groups), repeats: 2, ..count(3) }).contains("one way only"));
    let logo = FoldOptions { folds: Some(Folding::Named(NamedFolds::LeaveOneGroupOut)), ..FoldOptions::default() };
    assert!(refused(&cells, logo).contains("needs `groups`"));
}

#[test]
fn rare_classes_are_named_dropped_or_kept() {
    let cells = labels(&[12, 8, 3, 1]);
    let error = refused(&cells, count(5));
    assert!(error.starts_with("5 folds, but these classes have fewer cells: `2` (3), `3` (1)"), "{error}");
    assert!(error.contains("rare: \"drop\""), "{error}");
    let dropped = made(&cells, FoldOptions { rare: Rare::Drop, ..count(5) });
    assert_eq!((dropped.held_out(), dropped.splits()[0].roles[21]), (20, Role::Unused));
    assert_eq!(made(&cells, FoldOptions { rare: Rare::Keep, ..count(5) }).held_out(), 24);
    assert_eq!(made(&cells, FoldOptions { stratify: false, ..count(5) }).held_out(), 24);
    assert!(refused(&cells, count(13)).contains("no class has more than 12 cells"));
    assert!(refused(&cells, FoldOptions { stratify: false, ..count(25) }).contains("`25` folds of 24 cells"));
}

#[test]
fn given_folds_are_followed_and_faults_in_them_named() {
    let cells = Labels::new(["a", "a", "b", "", "b", "a"].map(Some));
    let numbers = |of: &[usize]| FoldOptions { folds: Some(Folding::Numbers(of.to_vec())), ..FoldOptions::default() };
    let folds = made(&cells, numbers(&[7, 2, 2, 7, 7, 2]));
    assert_eq!(folds.splits()[0].names, ["2", "7"]);
    assert_eq!((folds.splits()[0].held_out(1), folds.splits()[0].training(1)), (vec![0, 4], vec![1, 2, 5]));
    assert!(refused(&cells, numbers(&[1, 2])).contains("2 fold numbers for 6 cells"));
    assert!(refused(&cells, numbers(&[1; 6])).contains("same fold number"));

    let lists = |of: &[&[&str]]| {
        let lists = of.iter().map(|list| list.iter().map(ToString::to_string).collect()).collect();
        FoldOptions { folds: Some(Folding::Ids(lists)), ..FoldOptions::default() }
    };
    let folds = made(&cells, lists(&[&["c0", "c2"]]));
    assert_eq!((folds.splits()[0].held_out(0), folds.splits()[0].training(0)), (vec![0, 2], vec![1, 4, 5]));
    assert!(refused(&cells, lists(&[&["c0"], &["c01"]])).contains("no cell is called `c01`, which fold 2 names"));
    assert!(refused(&cells, lists(&[&["c0"], &["c1", "c0"]])).contains("`c0` is in folds 1 and 2"));
    assert!(refused(&cells, lists(&[&["c3"]])).contains("holds out no cell that has a label"));
    assert!(refused(&Labels::new([None::<&str>; 3]), count(2)).contains("none of the 3 cells has a label"));
}

#[test]
fn folds_are_stored_and_find_rows_of_another_order() {
    let folder = tempfile::tempdir().unwrap();
    let cells = labels(&[10, 6]);
    let folds = made(&cells, FoldOptions { repeats: 2, ..count(3) });
    assert_eq!(folds.to_string(), "Folds(2 x 3 folds, 16 cells; seed 3)");
    let path = folder.path().join("folds.json");
    folds.save(&path).unwrap();
    assert_eq!(Folds::load(&path).unwrap(), folds);
    folds.save(&folder.path().join("folds.csv")).unwrap();
    assert_eq!(folds.table().unwrap().names().collect::<Vec<_>>(), ["fold_1", "fold_2"]);
    let turned: Arc<[String]> = ids(16).iter().rev().cloned().collect();
    let again = folds.for_rows(&turned).unwrap();
    assert!((0..16).all(|i| again.splits()[1].roles[i] == folds.splits()[1].roles[15 - i]));
    let other: Arc<[String]> = (0..16).map(|i| format!("d{i}")).collect();
    let error = folds.for_rows(&other).unwrap_err().message;
    assert_eq!(error, "there is no row in the folds for `d0`, `d1`, `d2`, `d3`, `d4` and 11 more");
    let nameless = Folds::new(&cells, None, &count(3), 0).unwrap();
    assert!(nameless.for_rows(&ids(15)).unwrap_err().message.contains("folds of 16 cells for 15 rows"));
    std::fs::write(
        &path,
        "{\"way\":\"given\",\"ids\":null,\"splits\":[{\"roles\":[0,1],\"names\":[\"1\"]}],\"seed\":null}",
    )
    .unwrap();
    assert!(Folds::load(&path).unwrap_err().message.contains("one role for each cell"));
    std::fs::write(&path, "{").unwrap();
    assert_eq!(Folds::load(&path).unwrap_err().line, Some(1));
    assert!(Folds::load(&folder.path().join("folds.csv")).is_err());
}
