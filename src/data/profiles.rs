//! The shape profiles of a population as one matrix, ready for distances.

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Matrix;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::morph::profile::{BLOCKS, Block, Profile, Scales};
use crate::morph::{Direction, Morphology};

/// What goes into profiles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProfileOptions {
    /// The blocks of columns.
    pub blocks: Vec<Block>,
    /// The axis that depth is measured along.
    pub vertical: Direction,
}

impl Default for ProfileOptions {
    fn default() -> Self {
        ProfileOptions { blocks: BLOCKS.iter().map(|facts| facts.block).collect(), vertical: Direction::Y }
    }
}

/// The profiles of neurons, one row each named by `ids`. Every column has mean 0, those in which all neurons are alike are
/// 0, and every block has the same weight: the mean squared distance of a row from the origin is the number of blocks.
/// Bins reach as far as nine of ten of these neurons, so rows of two calls cannot be compared.
///
/// # Errors
/// When there are no neurons or blocks, a block is named twice, or a position is not finite.
pub fn profiles(cells: &[Arc<Morphology>], ids: Arc<[String]>, options: &ProfileOptions) -> Result<Matrix> {
    let ProfileOptions { blocks, vertical } = options;
    if blocks.is_empty() || cells.is_empty() {
        return Err(Error::value(format!("profiles of {} cells in {} blocks say nothing", cells.len(), blocks.len())));
    }
    if let Some((_, twice)) = blocks.iter().enumerate().find(|(i, block)| blocks[..*i].contains(block)) {
        return Err(Error::value(format!("`blocks` names `{}` a second time", twice.facts().name)));
    }
    let reaches: Vec<_> = cells.par_iter().map(|cell| Profile::new(cell, *vertical).reach()).collect();
    let scales = Scales::of(&reaches);
    let row = |cell: &Arc<Morphology>| {
        interrupt::check()?;
        Profile::new(cell, *vertical).columns(blocks, &scales)
    };
    let mut rows: Vec<Vec<f64>> = cells.par_iter().map(row).collect::<Result<_>>()?;
    let mut first = 0;
    for block in blocks {
        let width = block.facts().width;
        balance(&mut rows, first, width);
        first += width;
    }
    let columns = blocks.iter().flat_map(|block| block.columns()).collect();
    Matrix::new(ids, columns, rows.concat())
}

/// Brings the columns of one block to mean 0 and a common spread, and the block to weight 1.
fn balance(rows: &mut [Vec<f64>], first: usize, width: usize) {
    let count = rows.len() as f64;
    let spread: Vec<(f64, f64)> = (first..first + width)
        .map(|column| {
            let mean = rows.iter().map(|row| row[column]).sum::<f64>() / count;
            let variance = rows.iter().map(|row| (row[column] - mean).powi(2)).sum::<f64>() / count;
            (mean, variance.sqrt())
        })
        .collect();
    // Columns that differ by rounding alone are alike.
    let alike = |&(mean, sd): &(f64, f64)| sd <= 1e-9 * mean.abs().max(1.0);
    let varying = spread.iter().filter(|s| !alike(s)).count().max(1) as f64;
    for row in rows {
        for (value, s) in row[first..first + width].iter_mut().zip(&spread) {
            *value = if alike(s) { 0.0 } else { (*value - s.0) / (s.1 * varying.sqrt()) };
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::{SynthesisOptions, synthesize};

    #[test]
    fn blocks_weigh_the_same_and_likes_are_near() {
        let cells: Vec<Arc<Morphology>> = ["pyramidal", "basket", "martinotti"]
            .into_iter()
            .flat_map(|class| (0..4).map(move |seed| (class, seed)))
            .map(|(class, seed)| Arc::new(synthesize(class, &SynthesisOptions::default(), seed).unwrap()))
            .collect();
        let ids: Arc<[String]> = (0..cells.len()).map(|i| i.to_string()).collect();
        let options = ProfileOptions::default();
        let found = profiles(&cells, Arc::clone(&ids), &options).unwrap();
        let squares: f64 = found.values().iter().map(|v| v * v).sum::<f64>() / cells.len() as f64;
        assert!((squares - options.blocks.len() as f64).abs() < 1e-6, "{squares}");
        let apart =
            |a: usize, b: usize| -> f64 { found.row(a).iter().zip(found.row(b)).map(|(x, y)| (x - y).powi(2)).sum() };
        for a in 0..cells.len() {
            let nearest = (0..cells.len()).filter(|&b| b != a).min_by(|&b, &c| apart(a, b).total_cmp(&apart(a, c)));
            assert_eq!(nearest.unwrap() / 4, a / 4, "the nearest of {a}");
        }
        let depth = ProfileOptions { blocks: vec![Block::Depth], ..options.clone() };
        assert_eq!(profiles(&cells, ids.clone(), &depth).unwrap().columns().len(), 20);
        let twice = ProfileOptions { blocks: vec![Block::Depth, Block::Depth], ..options };
        assert!(profiles(&cells, ids, &twice).unwrap_err().message.contains("`depth` a second time"));
        assert!(profiles(&[], Arc::from([]), &depth).is_err());
    }
}
