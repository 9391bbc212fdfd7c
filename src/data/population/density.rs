//! Where the cable of a population lies: the mean of its cells' density maps, each cell moved to its soma first.

use serde::Deserialize;

use super::Population;
use crate::data::Labels;
use crate::error::{Error, Result};
use crate::morph::{Density, DensityOptions, DensityPlane, DensitySum, Kinds};

/// How a density map of a population is made; the options but `align` are those of [`DensityOptions`].
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PopulationDensityOptions {
    /// The plane to project on, or `xyz` for a map of space.
    pub plane: DensityPlane,
    /// Side of a cell, µm.
    pub bin: f64,
    /// Standard deviation of the Gaussian that smooths the map, µm; 0 for none.
    pub sigma: f64,
    /// Lowest and highest coordinate on each axis of the map, µm; by default round all cable.
    pub limits: Option<Vec<[f64; 2]>>,
    /// Only cable of these types; all neurites where `None`.
    #[serde(skip)]
    pub kinds: Option<Kinds>,
    /// Where cells are put upon each other.
    pub align: Align,
}

impl Default for PopulationDensityOptions {
    fn default() -> Self {
        let DensityOptions { plane, bin, sigma, limits, kinds } = DensityOptions::default();
        PopulationDensityOptions { plane, bin, sigma, limits, kinds, align: Align::default() }
    }
}

/// Where cells are put upon each other before their maps are added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// Each soma at the origin, or the first root of a cell without soma.
    #[default]
    Soma,
    /// Cells stay where their files put them, as in an atlas.
    None,
}

/// Cells whose maps are held at once.
const BLOCK: usize = 64;

impl Population {
    /// The mean map of all cells' cable: in each cell of the grid the mean over neurons of their cable length, µm. Its
    /// total is the mean of their total lengths.
    ///
    /// # Errors
    /// As [`Morphology::density`](crate::morph::Morphology::density), when there is no cell, and on a requested stop.
    pub fn density(&self, options: &PopulationDensityOptions) -> Result<Density> {
        let one = vec![Some(0); self.len()];
        let mut maps = self.mean_densities(&one, 1, options)?;
        maps.pop().ok_or_else(|| Error::internal("no map of the population"))
    }

    /// The mean map of the cells of each class, in the classes' order, all on one grid; cells without a label are left
    /// out.
    ///
    /// # Errors
    /// As [`density`](Self::density), and when labels do not match the cells in number or none has one.
    pub fn densities(&self, labels: &Labels, options: &PopulationDensityOptions) -> Result<Vec<(String, Density)>> {
        labels.require_len(self.len(), "a density map by label")?;
        let classes = labels.classes();
        if classes.is_empty() {
            return Err(Error::value("no cell has a label to make density maps by"));
        }
        let codes: Vec<Option<usize>> = labels.codes().iter().map(|code| code.map(|c| c as usize)).collect();
        Ok(classes.iter().cloned().zip(self.mean_densities(&codes, classes.len(), options)?).collect())
    }

    /// The mean map of the cells of each group.
    fn mean_densities(
        &self,
        groups: &[Option<usize>],
        n: usize,
        options: &PopulationDensityOptions,
    ) -> Result<Vec<Density>> {
        if self.is_empty() {
            return Err(Error::value("no cell to make a density map of"));
        }
        let PopulationDensityOptions { plane, bin, sigma, limits, kinds, align } = options.clone();
        let whole = DensityOptions { plane, bin, sigma, limits, kinds };
        let own = DensityOptions { sigma: 0.0, limits: None, ..whole.clone() };
        let cells = if align == Align::Soma { &self.centered() } else { self };
        let mut sums = vec![DensitySum::default(); n];
        let members: Vec<usize> = (0..groups.len()).filter(|&cell| groups[cell].is_some()).collect();
        // In blocks, so that few maps are held at once, and in the cells' order, so that sums do not depend on threads.
        for block in members.chunks(BLOCK) {
            let maps = cells.select(block)?.each("mapping cable", |neuron| neuron.density(&own))?;
            for (&cell, map) in block.iter().zip(&maps) {
                if let Some(group) = groups[cell] {
                    sums[group].add(map);
                }
            }
        }
        DensitySum::means(&sums, &whole)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::morph::{Morphology, parse_swc, testing};

    fn population(cells: Vec<Morphology>) -> Population {
        Population::new(cells.into_iter().map(Arc::new).collect())
    }

    fn stick(name: &str, x: f64, length: f64) -> Morphology {
        let text = format!("1 1 {x} 0 0 4 -1\n2 3 {x} 5 0 1 1\n3 3 {} 5 0 1 2\n", x + length);
        parse_swc(name, text.as_bytes()).unwrap().morphology
    }

    #[test]
    fn the_mean_is_that_of_cells_moved_to_their_somata() {
        let cells = population(vec![stick("a", 1000.0, 15.0), stick("b", -77.0, 35.0)]);
        let map = cells.density(&Default::default()).unwrap();
        assert_eq!((map.shape.clone(), map.origin.clone(), map.neurons), (vec![4, 1], vec![0.0, 0.0], 2));
        assert!(map.values.iter().zip([10.0, 7.5, 5.0, 2.5]).all(|(a, b)| (a - b).abs() < 1e-12), "{:?}", map.values);
        assert!((map.per_size()[0] - 0.1).abs() < 1e-12);
        assert!(map.to_string().ends_with("mean of 2 neurons)"), "{map}");
        let apart = cells.density(&PopulationDensityOptions { align: Align::None, ..Default::default() }).unwrap();
        assert!(apart.shape[0] > 100);
    }

    #[test]
    fn totals_are_mean_lengths_in_two_and_three_dimensions_and_by_label() {
        let grow = |i| testing::forest(&mut crate::run::seed::stream(5, "maps", i), 80, 2);
        let grown: Vec<Morphology> = (0..100).map(grow).collect();
        let lengths: Vec<f64> = grown.iter().map(Morphology::total_length).collect();
        let mean = |of: &dyn Fn(usize) -> bool| {
            let chosen: Vec<f64> = (0..100).filter(|&i| of(i)).map(|i| lengths[i]).collect();
            chosen.iter().sum::<f64>() / chosen.len() as f64
        };
        let cells = population(grown);
        for plane in [DensityPlane::Xy, DensityPlane::Zy, DensityPlane::Xyz] {
            for sigma in [0.0, 12.0] {
                let options = PopulationDensityOptions { plane, sigma, bin: 20.0, ..Default::default() };
                let map = cells.density(&options).unwrap();
                assert!((map.total() / mean(&|_| true) - 1.0).abs() < 1e-9, "{map}");
            }
        }
        let labels = Labels::new((0..100).map(|i| (i % 7 != 0).then_some(if i % 2 == 0 { "even" } else { "odd" })));
        let maps = cells.densities(&labels, &PopulationDensityOptions { sigma: 10.0, ..Default::default() }).unwrap();
        assert_eq!(maps.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["even", "odd"]);
        assert_eq!((&maps[0].1.shape, &maps[0].1.origin), (&maps[1].1.shape, &maps[1].1.origin));
        assert!((maps[0].1.total() / mean(&|i| i % 7 != 0 && i % 2 == 0) - 1.0).abs() < 1e-9);
        assert_eq!(maps[0].1.neurons + maps[1].1.neurons, labels.known().0.len());
    }

    #[test]
    fn one_cell_alone_has_its_own_map_and_limits_cut() {
        let cells = population(vec![stick("a", 0.0, 35.0)]);
        let alone = cells.cell(0).unwrap().density(&DensityOptions { sigma: 7.0, ..Default::default() }).unwrap();
        let map = cells.density(&PopulationDensityOptions { sigma: 7.0, ..Default::default() }).unwrap();
        assert_eq!((&map.shape, &map.origin), (&alone.shape, &alone.origin));
        assert!(map.values.iter().zip(&alone.values).all(|(a, b)| (a - b).abs() < 1e-12));
        let limits = Some(vec![[10.0, 30.0], [0.0, 10.0]]);
        let cut = cells.density(&PopulationDensityOptions { limits, ..Default::default() }).unwrap();
        assert!(cut.values.iter().zip([10.0, 10.0]).all(|(a, b)| (a - b).abs() < 1e-12), "{:?}", cut.values);
    }

    #[test]
    fn what_has_no_map_says_why() {
        let cells = population(vec![stick("a", 0.0, 35.0)]);
        let fails = |o: PopulationDensityOptions| cells.density(&o).unwrap_err().message;
        assert!(fails(PopulationDensityOptions { bin: 0.0, ..Default::default() }).contains("`bin`"));
        assert!(fails(PopulationDensityOptions { sigma: f64::NAN, ..Default::default() }).contains("`sigma`"));
        assert!(population(vec![]).density(&Default::default()).unwrap_err().message.contains("no cell"));
        let none = Labels::new(vec![None::<&str>]);
        assert!(cells.densities(&none, &Default::default()).unwrap_err().message.contains("no cell has a label"));
        assert!(cells.densities(&Labels::from_clusters(&[0, 1]), &Default::default()).is_err());
        let soma = population(vec![parse_swc("s", b"1 1 0 0 0 4 -1\n").unwrap().morphology]);
        assert_eq!(soma.density(&Default::default()).unwrap().values, [0.0]);
    }
}
