//! Stratified folds: each holds every class in proportion.
//!
//! A fold number per cell, from 0, with scikit-learn's
//! allocation: fold sizes differ by at most one cell, and a class's share of the folds too.

use rand::seq::SliceRandom;

use crate::error::{Error, Result};
use crate::run::seed;

/// Stratified folds of cells with these class numbers, shuffled within each class.
///
/// A class with fewer cells than folds is missing from some folds; see [`warn_of_rare_classes`].
///
/// # Errors
/// When there are fewer than two folds, or every class has fewer cells than there are folds.
pub fn stratified(classes: &[usize], names: &[String], folds: usize, seed: u64) -> Result<Vec<usize>> {
    let counts = counts(classes, names.len());
    let largest = counts.iter().max().copied().unwrap_or(0);
    if folds < 2 {
        return Err(Error::value(format!("`{folds}` folds, expected at least 2"))
            .help("or hold out each cell in turn with `folds: \"loo\"`"));
    }
    if folds > largest {
        return Err(Error::value(format!("`{folds}` folds, but no class has more than {largest} cells"))
            .help(format!("ask for at most {largest} folds, or hold out each cell in turn with `folds: \"loo\"`")));
    }
    let mut split = allocate(classes, names.len(), folds);
    for class in 0..names.len() {
        let cells: Vec<usize> = (0..classes.len()).filter(|&cell| classes[cell] == class).collect();
        let mut of_class: Vec<usize> = cells.iter().map(|&cell| split[cell]).collect();
        of_class.shuffle(&mut seed::stream(seed, "folds", class as u64));
        for (cell, fold) in cells.into_iter().zip(of_class) {
            split[cell] = fold;
        }
    }
    Ok(split)
}

/// Warns of classes with fewer cells than folds: some folds hold out none of them, and their scores rest on few cells.
pub fn warn_of_rare_classes(classes: &[usize], names: &[String], folds: usize) {
    for (name, count) in names.iter().zip(counts(classes, names.len())) {
        if (1..folds).contains(&count) {
            tracing::warn!("class `{name}` has only {count} cells for {folds} folds: some folds hold out none of it");
        }
    }
}

/// Folds before shuffling: the cells sorted by class are dealt out to the folds in turn, which says how many cells of
/// each class a fold gets; within a class, the first cells go to the first fold.
fn allocate(classes: &[usize], n_classes: usize, folds: usize) -> Vec<usize> {
    // Classes are dealt in the order of their first cells, as scikit-learn does.
    let mut order: Vec<usize> = Vec::new();
    for &class in classes {
        if !order.contains(&class) {
            order.push(class);
        }
    }
    let counts = counts(classes, n_classes);
    let mut split = vec![0; classes.len()];
    let mut dealt = 0;
    for class in order {
        let mut share = vec![0usize; folds];
        for _ in 0..counts[class] {
            share[dealt % folds] += 1;
            dealt += 1;
        }
        let sequence = share.iter().enumerate().flat_map(|(fold, &n)| std::iter::repeat_n(fold, n));
        let cells = (0..classes.len()).filter(|&cell| classes[cell] == class);
        for (cell, fold) in cells.zip(sequence) {
            split[cell] = fold;
        }
    }
    split
}

fn counts(classes: &[usize], n_classes: usize) -> Vec<usize> {
    let mut counts = vec![0; n_classes];
    classes.iter().for_each(|&class| counts[class] += 1);
    counts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn names() -> Vec<String> {
        ["a", "b", "c"].map(String::from).to_vec()
    }

    #[test]
    fn unshuffled_folds_are_scikit_learns() {
        let reference: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/fixtures/stats/knn.json")).unwrap();
        let read = |key: &str| -> Vec<usize> { serde_json::from_value(reference[key].clone()).unwrap() };
        assert_eq!(allocate(&read("uneven"), 3, 5), read("uneven_folds"));
    }

    #[test]
    fn shuffled_folds_keep_every_class_in_proportion() {
        let classes: Vec<usize> = (0..97).map(|i| if i % 10 == 0 { 2 } else { i % 3 % 2 }).collect();
        let split = stratified(&classes, &names(), 4, 11).unwrap();
        assert_eq!(split, stratified(&classes, &names(), 4, 11).unwrap());
        assert_ne!(split, stratified(&classes, &names(), 4, 12).unwrap());
        let spread = |sizes: Vec<usize>| sizes.iter().max().unwrap() - sizes.iter().min().unwrap();
        let size = |fold, class: Option<usize>| {
            (0..97).filter(|&i| split[i] == fold && class.is_none_or(|c| classes[i] == c)).count()
        };
        assert!(spread((0..4).map(|fold| size(fold, None)).collect()) <= 1);
        for class in 0..3 {
            assert!(spread((0..4).map(|fold| size(fold, Some(class))).collect()) <= 1);
        }
    }

    #[test]
    fn impossible_folds_are_refused_and_rare_classes_are_not() {
        let classes = [0, 0, 0, 0, 0, 1, 1, 2];
        assert!(stratified(&classes, &names(), 5, 0).is_ok());
        assert!(stratified(&classes, &names(), 6, 0).unwrap_err().message.contains("no class has more than 5 cells"));
        assert!(stratified(&classes, &names(), 1, 0).unwrap_err().message.contains("expected at least 2"));
    }
}
