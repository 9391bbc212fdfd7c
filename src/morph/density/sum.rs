//! Maps of many neurons added up.
//!
//! Only cells with cable are kept, so a sum of ten thousand neurons takes no more room than the space that they fill; and
//! since smoothing is linear, the sum is smoothed once instead of every neuron.

use std::collections::HashMap;

use super::{Density, DensityOptions, Grid};
use crate::error::Result;

/// The sum of maps that have the same plane and bin.
#[derive(Clone, Debug, Default)]
pub(crate) struct DensitySum {
    /// Cable length by the cell's place on each axis; 0 on axes that the maps lack.
    cells: HashMap<[i64; 3], f64>,
    neurons: usize,
}

impl DensitySum {
    /// Adds a map that is not smoothed. The order of additions decides on the last digits, so it must not depend on
    /// threads.
    pub fn add(&mut self, map: &Density) {
        self.neurons += 1;
        let first: Vec<i64> = map.origin.iter().map(|v| (v / map.bin).round() as i64).collect();
        for (at, value) in map.values.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            let (mut rest, mut cell) = (at, [0; 3]);
            for (k, &n) in map.shape.iter().enumerate().rev() {
                cell[k] = first[k] + (rest % n) as i64;
                rest /= n;
            }
            *self.cells.entry(cell).or_default() += value;
        }
    }

    /// The mean of each sum, smoothed as the options say, all on one grid: cells of different maps are the same places.
    ///
    /// # Errors
    /// When an option is out of range, or a map would have more than 50 million cells.
    pub fn means(sums: &[DensitySum], options: &DensityOptions) -> Result<Vec<Density>> {
        options.check()?;
        let axes = options.plane.axes().len();
        let reach = options.reach();
        let wanted = options.map_cells(|| {
            let ends = |k: usize| {
                let places = sums.iter().flat_map(|sum| sum.cells.keys()).map(|cell| cell[k]);
                places.fold(None, |ends: Option<[i64; 2]>, v| {
                    Some(ends.map_or([v, v + 1], |[low, high]| [low.min(v), high.max(v + 1)]))
                })
            };
            (0..axes).map(|k| ends(k).unwrap_or([0, 1]).map(|v| v as f64)).collect()
        })?;
        let full: Vec<[i64; 2]> = wanted.iter().map(|[low, high]| [low - reach, high + reach]).collect();
        let mean = |sum: &DensitySum| {
            let mut grid = Grid::new(full.clone())?;
            let share = 1.0 / sum.neurons.max(1) as f64;
            sum.cells.iter().for_each(|(cell, value)| grid.add(&cell[..axes], share * value));
            if reach > 0 {
                grid.smooth(options.sigma / options.bin, reach as usize)?;
            }
            Ok(Density {
                plane: options.plane,
                bin: options.bin,
                origin: wanted.iter().map(|[low, _]| *low as f64 * options.bin).collect(),
                shape: wanted.iter().map(|[low, high]| (high - low) as usize).collect(),
                values: grid.cropped(&wanted),
                neurons: sum.neurons,
            })
        };
        sums.iter().map(mean).collect()
    }
}
