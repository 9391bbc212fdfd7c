//! Where a neuron's cable lies: its length in each cell of a grid. [`DensitySum`] adds up the maps of many.

mod sum;

use std::fmt;
use std::path::Path;

use serde::Deserialize;

pub(crate) use self::sum::DensitySum;
use super::raster::cells_of_edge;
use crate::error::{Error, Result};
use crate::morph::geometry::{bounds, distance};
use crate::morph::{Kinds, Morphology};
use crate::run::{atomic, npy};

/// How a density map is made.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DensityOptions {
    /// The plane to project on, or `xyz` for a map of space.
    pub plane: DensityPlane,
    /// Side of a cell, µm.
    pub bin: f64,
    /// Standard deviation of the Gaussian that smooths the map, µm; 0 for none.
    pub sigma: f64,
    /// Lowest and highest coordinate on each axis of the map, µm; by default round the whole cable. Cells start at whole
    /// multiples of `bin`, so that maps of several neurons fit onto each other.
    pub limits: Option<Vec<[f64; 2]>>,
    /// Only cable of these types; all neurites where `None`.
    #[serde(skip)]
    pub kinds: Option<Kinds>,
}

impl Default for DensityOptions {
    fn default() -> Self {
        DensityOptions { plane: DensityPlane::Xy, bin: 10.0, sigma: 0.0, limits: None, kinds: None }
    }
}

/// The axes of a density map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DensityPlane {
    /// Seen along z.
    #[default]
    Xy,
    /// Seen along y.
    Xz,
    /// Seen along x.
    Zy,
    /// Not projected: a map of space.
    Xyz,
}

impl DensityPlane {
    /// The numbers of its axes, in order.
    pub fn axes(self) -> &'static [usize] {
        match self {
            DensityPlane::Xy => &[0, 1],
            DensityPlane::Xz => &[0, 2],
            DensityPlane::Zy => &[2, 1],
            DensityPlane::Xyz => &[0, 1, 2],
        }
    }

    /// The names of its axes, in order.
    pub fn names(self) -> Vec<&'static str> {
        self.axes().iter().map(|&axis| ["x", "y", "z"][axis]).collect()
    }
}

/// Cable length on a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Density {
    /// The axes.
    pub plane: DensityPlane,
    /// Side of a cell, µm.
    pub bin: f64,
    /// Lower corner of the first cell on each axis, µm.
    pub origin: Vec<f64>,
    /// Number of cells on each axis.
    pub shape: Vec<usize>,
    /// Cable length in each cell, µm, of one neuron or the mean of several; the last axis varies fastest.
    pub values: Vec<f64>,
    /// How many neurons it is the mean of.
    pub neurons: usize,
}

/// The most cells that a map may have: 400 MB.
const MAX_CELLS: f64 = 5e7;
/// Standard deviations at which the smoothing Gaussian is cut off.
const REACH: f64 = 4.0;

impl DensityOptions {
    fn check(&self) -> Result<()> {
        let DensityOptions { bin, sigma, .. } = *self;
        if !(bin.is_finite() && bin > 0.0) {
            return Err(Error::value(format!("`bin` is {bin}, expected a length above 0 µm")));
        }
        if !(sigma.is_finite() && sigma >= 0.0) {
            return Err(Error::value(format!("`sigma` is {sigma}, expected a length in µm, 0 or more")));
        }
        Ok(())
    }

    /// Cells beyond which a point's light is cut off.
    fn reach(&self) -> i64 {
        if self.sigma > 0.0 { (REACH * self.sigma / self.bin).ceil() as i64 } else { 0 }
    }

    /// First cell and one past the last cell of the map on each axis: within `limits` where they are given, else so far
    /// round the cells of the cable that nothing of its light is lost.
    fn map_cells(&self, cable: impl FnOnce() -> Vec<[f64; 2]>) -> Result<Vec<[i64; 2]>> {
        let axes = self.plane.axes();
        let room = self.reach() as f64;
        let limits: Vec<[f64; 2]> = match &self.limits {
            Some(limits) => {
                let usable = |&[low, high]: &[f64; 2]| low.is_finite() && high.is_finite() && low < high;
                if limits.len() != axes.len() || !limits.iter().all(usable) {
                    return Err(Error::value(format!(
                        "`limits` are {limits:?}, expected a pair for each of {} axes",
                        axes.len()
                    ))
                    .help("for example [[-200, 200], [-300, 300]]"));
                }
                limits.iter().map(|&[low, high]| [(low / self.bin).floor(), (high / self.bin).ceil()]).collect()
            }
            None => cable().into_iter().map(|[low, high]| [low - room, high + room]).collect(),
        };
        let cells: f64 = limits.iter().map(|[low, high]| high - low + 2.0 * room).product();
        if cells > MAX_CELLS || limits.iter().flatten().any(|v| v.abs() > 1e15) {
            return Err(Error::value(format!("a map with cells of {} µm would have {cells:.1e} cells", self.bin))
                .help("take a larger `bin`, or set `limits`"));
        }
        Ok(limits.into_iter().map(|pair| pair.map(|v| v as i64)).collect())
    }
}

impl Morphology {
    /// The map of the neurites' cable: each edge is divided exactly at the limits of cells. An edge is of the type of its
    /// lower sample, and edges at soma samples are no cable, as in [`total_length`](Self::total_length), which is the
    /// map's total.
    ///
    /// Smoothing keeps the total: by default the map reaches four standard deviations beyond the cable. What is beyond
    /// given limits is cut off.
    ///
    /// # Errors
    /// When an option is out of range, a position is not finite, or the map would have more than 50 million cells.
    pub fn density(&self, options: &DensityOptions) -> Result<Density> {
        options.check()?;
        let DensityOptions { plane, bin, sigma, .. } = *options;
        let edges: Vec<[usize; 2]> = self.cable(options.kinds.as_ref()).collect();
        if let Some(i) = edges.iter().flatten().find(|&&i| !self.position[i].iter().all(|v| v.is_finite())) {
            return Err(Error::value(format!(
                "sample {} of `{}` has a position that is not finite",
                self.id[*i], self.name
            )));
        }
        let reach = options.reach();
        let wanted = options.map_cells(|| {
            let ends: Vec<[f64; 3]> = edges.iter().flatten().map(|&i| self.position[i]).collect();
            let (low, high) = if ends.is_empty() { ([0.0; 3], [0.0; 3]) } else { bounds(&ends) };
            plane.axes().iter().map(|&k| [(low[k] / bin).floor(), (high[k] / bin).floor() + 1.0]).collect()
        })?;
        // The map is made so much larger that cable beyond its limits shines in.
        let full: Vec<[i64; 2]> = wanted.iter().map(|[low, high]| [low - reach, high + reach]).collect();
        let mut map = Grid::new(full)?;
        match *plane.axes() {
            [a, b] => self.add_edges(&mut map, &edges, bin, [a, b]),
            _ => self.add_edges(&mut map, &edges, bin, [0, 1, 2]),
        }
        if reach > 0 {
            map.smooth(sigma / bin, reach as usize)?;
        }
        let values = map.cropped(&wanted);
        let shape = wanted.iter().map(|[low, high]| (high - low) as usize).collect();
        let origin = wanted.iter().map(|[low, _]| *low as f64 * bin).collect();
        Ok(Density { plane, bin, origin, shape, values, neurons: 1 })
    }

    /// Edges that are cable: lower and upper sample.
    pub(super) fn cable<'a>(&'a self, kinds: Option<&'a Kinds>) -> impl Iterator<Item = [usize; 2]> + 'a {
        let chosen = move |i: usize| !self.is_soma(i) && kinds.is_none_or(|kinds| kinds.contains(self.kind[i]));
        (0..self.len())
            .filter(move |&i| chosen(i))
            .filter_map(move |i| self.parent_of(i).filter(|&p| !self.is_soma(p)).map(|p| [i, p]))
    }

    fn add_edges<const D: usize>(&self, map: &mut Grid, edges: &[[usize; 2]], bin: f64, axes: [usize; D]) {
        for &[lower, upper] in edges {
            let length = distance(self.position[lower], self.position[upper]);
            let [from, to] = [upper, lower].map(|i| axes.map(|axis| self.position[i][axis]));
            cells_of_edge(from, to, bin, |cell, share| map.add(&cell, share * length));
        }
    }
}

impl Density {
    /// Sum of the map: cable length, µm.
    pub fn total(&self) -> f64 {
        self.values.iter().sum()
    }

    /// Cable length per area, µm/µm², or of a map of space per volume, µm/µm³.
    pub fn per_size(&self) -> Vec<f64> {
        let size = self.bin.powi(self.shape.len() as i32);
        self.values.iter().map(|length| length / size).collect()
    }

    /// Writes the map: `.npy` with the array alone, `.csv` with the lower corner and the length of each cell that is not
    /// empty.
    ///
    /// # Errors
    /// When the ending is another, or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let bytes = match path.extension().and_then(|e| e.to_str()) {
            Some("csv") => self.to_csv().into_bytes(),
            Some("npy") => npy::bytes(&self.shape, &self.values)?,
            _ => {
                return Err(Error::value(format!("a density map cannot be saved as `{}`", path.display()))
                    .help("the file's name must end in .csv or .npy"));
            }
        };
        atomic::write(path, &bytes)
    }

    fn to_csv(&self) -> String {
        let mut text = self.plane.names().join(",") + ",length\n";
        for (at, value) in self.values.iter().enumerate().filter(|(_, v)| **v != 0.0) {
            let (mut rest, mut corner) = (at, vec![0.0; self.shape.len()]);
            for (k, &n) in self.shape.iter().enumerate().rev() {
                corner[k] = self.origin[k] + (rest % n) as f64 * self.bin;
                rest /= n;
            }
            corner.iter().for_each(|v| text.push_str(&format!("{v},")));
            text.push_str(&format!("{value}\n"));
        }
        text
    }
}

impl fmt::Display for Density {
    /// `Density(xy, 40 x 62 cells of 10 µm, 5.4 mm cable)`; of several neurons, `…, 5.4 mm cable, mean of 30 neurons)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shape: Vec<_> = self.shape.iter().map(usize::to_string).collect();
        let cable = super::show::length(self.total());
        let mean = if self.neurons == 1 { String::new() } else { format!(", mean of {} neurons", self.neurons) };
        write!(
            f,
            "Density({}, {} cells of {} µm, {cable} cable{mean})",
            self.plane.names().concat(),
            shape.join(" x "),
            self.bin
        )
    }
}

/// Numbers on the cells of a box.
struct Grid {
    /// First cell and one past the last on each axis.
    limits: Vec<[i64; 2]>,
    values: Vec<f64>,
}

impl Grid {
    fn new(limits: Vec<[i64; 2]>) -> Result<Grid> {
        let cells = limits.iter().map(|[low, high]| (high - low).max(0) as usize).product();
        Ok(Grid { limits, values: vec![0.0; cells] })
    }

    /// Adds to a cell; cells beyond the box are left out.
    fn add(&mut self, cell: &[i64], value: f64) {
        let mut at = 0;
        for (&cell, &[low, high]) in cell.iter().zip(&self.limits) {
            if cell < low || cell >= high {
                return;
            }
            at = at * (high - low) as usize + (cell - low) as usize;
        }
        self.values[at] += value;
    }

    /// Smooths along each axis with a Gaussian of `sigma` cells, cut off at `reach` cells.
    fn smooth(&mut self, sigma: f64, reach: usize) -> Result<()> {
        let weights: Vec<f64> = (0..=reach).map(|i| (-0.5 * (i as f64 / sigma).powi(2)).exp()).collect();
        let sum = weights[0] + 2.0 * weights[1..].iter().sum::<f64>();
        let mut stride = 1;
        for &[low, high] in self.limits.iter().rev() {
            crate::interrupt::check()?;
            let n = (high - low) as usize;
            let mut line = vec![0.0; n];
            for first in (0..self.values.len()).filter(|at| at / stride % n == 0) {
                for (i, value) in line.iter_mut().enumerate() {
                    *value = self.values[first + i * stride];
                }
                for i in 0..n {
                    let near = i.saturating_sub(reach)..=(i + reach).min(n - 1);
                    let total: f64 = near.map(|j| weights[i.abs_diff(j)] * line[j]).sum();
                    self.values[first + i * stride] = total / sum;
                }
            }
            stride *= n;
        }
        Ok(())
    }

    /// The values within narrower limits.
    fn cropped(&self, limits: &[[i64; 2]]) -> Vec<f64> {
        let cells: usize = limits.iter().map(|[low, high]| (high - low) as usize).product();
        let index = |mut rest: usize| {
            let mut place = vec![0; limits.len()];
            for (k, [low, high]) in limits.iter().enumerate().rev() {
                let n = (high - low) as usize;
                place[k] = low + (rest % n) as i64;
                rest /= n;
            }
            let own =
                |at: usize, (cell, [low, high]): (&i64, &[i64; 2])| at * (high - low) as usize + (cell - low) as usize;
            place.iter().zip(&self.limits).fold(0, own)
        };
        (0..cells).map(|at| self.values[index(at)]).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::{parse_swc, testing};

    #[test]
    fn the_map_holds_all_cable_in_two_and_in_three_dimensions() {
        let mut rng = crate::run::seed::stream(3, "density", 0);
        for pieces in [1, 5] {
            let neuron = testing::forest(&mut rng, 300, pieces);
            for plane in [DensityPlane::Xy, DensityPlane::Xz, DensityPlane::Zy, DensityPlane::Xyz] {
                for sigma in [0.0, 13.0] {
                    let map = neuron.density(&DensityOptions { plane, sigma, ..Default::default() }).unwrap();
                    assert!((map.total() / neuron.total_length() - 1.0).abs() < 1e-12, "{map}");
                }
            }
        }
    }

    #[test]
    fn lengths_are_counted_by_hand_and_types_apart() {
        let text = b"1 1 0 0 0 4 -1\n2 3 5 5 0 1 1\n3 3 25 5 0 1 2\n4 2 25 35 0 1 3\n";
        let neuron = parse_swc("t", text).unwrap().morphology;
        let map = neuron.density(&DensityOptions::default()).unwrap();
        assert_eq!((map.shape.clone(), map.origin.clone()), (vec![3, 4], vec![0.0, 0.0]));
        let by_hand = [5., 0., 0., 0., 10., 0., 0., 0., 10., 10., 10., 5.];
        assert!(map.values.iter().zip(by_hand).all(|(a, b)| (a - b).abs() < 1e-12), "{:?}", map.values);
        let axon = DensityOptions { kinds: Some(Kinds::one(2)), ..Default::default() };
        assert!((neuron.density(&axon).unwrap().total() - 30.0).abs() < 1e-12);
        let cut = DensityOptions { limits: Some(vec![[0.0, 20.0], [0.0, 10.0]]), ..Default::default() };
        assert_eq!(neuron.density(&cut).unwrap().values, [5.0, 10.0]);
        assert_eq!(map.to_csv().lines().nth(1), Some("0,0,5"));
    }

    #[test]
    fn a_smoothed_point_is_a_gaussian() {
        let neuron = parse_swc("t", b"1 3 5 5 0 1 -1\n2 3 5.001 5 0 1 1\n").unwrap().morphology;
        let map = neuron.density(&DensityOptions { sigma: 20.0, ..Default::default() }).unwrap();
        assert_eq!(map.shape, [17, 17]);
        let at = |x: i32, y: i32| map.values[((x + 8) * 17 + y + 8) as usize];
        assert!((at(1, 0) / at(0, 0) - (-0.125f64).exp()).abs() < 1e-12);
        assert!((at(-2, 3) / at(0, 0) - (-(4.0 + 9.0) / 8.0f64).exp()).abs() < 1e-12);
        // Within limits beside the point, its light is the same.
        let beside =
            DensityOptions { sigma: 20.0, limits: Some(vec![[20.0, 30.0], [0.0, 10.0]]), ..Default::default() };
        assert!((neuron.density(&beside).unwrap().values[0] / at(2, 0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn odd_neurons_and_options_have_answers() {
        let soma = parse_swc("t", b"1 1 0 0 0 4 -1\n").unwrap().morphology;
        assert_eq!(soma.density(&DensityOptions::default()).unwrap().values, [0.0]);
        for options in [
            DensityOptions { bin: 0.0, ..Default::default() },
            DensityOptions { sigma: f64::NAN, ..Default::default() },
            DensityOptions { limits: Some(vec![[0.0, 1.0]]), ..Default::default() },
            DensityOptions { limits: Some(vec![[0.0, 1e12], [0.0, 1e12]]), ..Default::default() },
        ] {
            assert!(soma.density(&options).is_err(), "{options:?}");
        }
    }
}
