//! What a run does with its cells before the first step: thins them, holds some out, and notes what they are.

use std::sync::Arc;

use rand::seq::SliceRandom;
use rayon::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::course::Course;
use crate::augment::{Augmentation, Pipeline, Subsample, View};
use crate::error::{Error, Result};
use crate::morph::Morphology;
use crate::run::seed::stream;

/// Centres the neurons and thins the large ones.
pub fn prepare(cells: &[Arc<Morphology>], max_nodes: usize, seed: u64) -> Result<Vec<View>> {
    if cells.is_empty() {
        return Err(Error::value("there are no cells to train on").help("was everything filtered out?"));
    }
    if let Some(cell) = cells.iter().find(|c| c.len() < 2) {
        return Err(Error::value(format!("`{}` has a single sample, so it has no shape to learn from", cell.name))
            .help("leave out such cells: cells.filter(|c| c.n_nodes > 1)"));
    }
    let thin = Subsample::to(max_nodes);
    Ok(cells
        .par_iter()
        .enumerate()
        .map(|(i, cell)| {
            let mut view = View::whole(cell);
            thin.apply(&mut view, 2, &mut stream(seed, "thin", i as u64));
            view
        })
        .collect())
}

/// The cells to learn from and those held out, by place; at least one is held out where a share is asked for.
pub fn split(cells: usize, share: f64, seed: u64) -> Result<(Vec<usize>, Vec<usize>)> {
    let mut order: Vec<usize> = (0..cells).collect();
    if share == 0.0 {
        return Ok((order, Vec::new()));
    }
    let out = ((share * cells as f64).round() as usize).max(1);
    if out >= cells {
        return Err(Error::value(format!("`validation: {share}` would leave none of {cells} cells to learn from"))
            .help("hold out a smaller share, or bring more cells"));
    }
    order.shuffle(&mut stream(seed, "validation split", 0));
    let mut held_out = order.split_off(cells - out);
    order.sort_unstable();
    held_out.sort_unstable();
    Ok((order, held_out))
}

/// What must be equal for a run to be resumed.
pub fn describe(course: &Course, views: Option<&Pipeline>, description: Value) -> Value {
    let mut hash = Sha256::new();
    for cell in course.cells {
        hash.update(cell.name.as_bytes());
        for (position, parent) in cell.position.iter().zip(&cell.parent) {
            position.iter().for_each(|v| hash.update(v.to_le_bytes()));
            hash.update(parent.to_le_bytes());
        }
    }
    let cells: String = hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect();
    json!({
        "learns": description,
        "options": course.options,
        "seed": course.seed,
        "views": views.map(Pipeline::describe),
        "cells": cells,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn held_out_cells_are_apart_from_the_rest() {
        let (training, held_out) = split(20, 0.1, 3).unwrap();
        assert_eq!((training.len(), held_out.len()), (18, 2));
        assert!(held_out.iter().all(|cell| !training.contains(cell)));
        assert_eq!(split(20, 0.1, 3).unwrap(), (training, held_out));
        assert_eq!(split(3, 0.0, 3).unwrap(), (vec![0, 1, 2], vec![]));
        assert_eq!(split(4, 0.01, 3).unwrap().1.len(), 1);
        assert!(split(2, 0.9, 3).unwrap_err().message.contains("none of 2 cells"));
    }
}
