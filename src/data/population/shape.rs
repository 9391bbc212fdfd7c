//! Comparing the cells of a population by shape: barcodes and NBLAST, in parallel.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use serde::Deserialize;

use super::Population;
use crate::data::Matrix;
use crate::error::{Error, Result};
use crate::morph::Kinds;
use crate::morph::nblast::{Dotprops, KnnGraph, NblastOptions, all_by_all, nearest_neighbours};
use crate::morph::persistence::{
    Barcode, Direction, DistanceOptions, Filter, Ground, ImageOptions, ImageScale, ImageWeight, Metric, Origin,
    PersistenceOptions,
};
use crate::{interrupt, progress};

/// How cells become pictures of their barcodes: [`PersistenceOptions`] and [`ImageOptions`] in one.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PersistenceImagesOptions {
    /// See [`PersistenceOptions::filter`].
    pub filter: Filter,
    /// See [`PersistenceOptions::axis`].
    pub axis: Direction,
    /// See [`PersistenceOptions::from`].
    pub from: Origin,
    /// See [`PersistenceOptions::kinds`].
    #[serde(skip)]
    pub kinds: Option<Kinds>,
    /// See [`ImageOptions::resolution`]; 32, so that a row has 1024 numbers.
    pub resolution: usize,
    /// See [`ImageOptions::limits`]; by default the range of all cells' bars.
    pub limits: Option<[f64; 4]>,
    /// See [`ImageOptions::bandwidth`].
    pub bandwidth: Option<f64>,
    /// See [`ImageOptions::sigma`].
    pub sigma: Option<f64>,
    /// See [`ImageOptions::weight`].
    pub weight: ImageWeight,
    /// See [`ImageOptions::scale`].
    pub scale: ImageScale,
}

impl Default for PersistenceImagesOptions {
    fn default() -> Self {
        let PersistenceOptions { filter, axis, from, kinds } = PersistenceOptions::default();
        let ImageOptions { limits, bandwidth, sigma, weight, scale, .. } = ImageOptions::default();
        PersistenceImagesOptions { filter, axis, from, kinds, resolution: 32, limits, bandwidth, sigma, weight, scale }
    }
}

/// How the barcodes of cells are compared: [`PersistenceOptions`] and [`DistanceOptions`] in one.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PersistenceDistancesOptions {
    /// See [`PersistenceOptions::filter`].
    pub filter: Filter,
    /// See [`PersistenceOptions::axis`].
    pub axis: Direction,
    /// See [`PersistenceOptions::from`].
    pub from: Origin,
    /// See [`PersistenceOptions::kinds`].
    #[serde(skip)]
    pub kinds: Option<Kinds>,
    /// See [`DistanceOptions::metric`].
    pub metric: Metric,
    /// See [`DistanceOptions::order`].
    pub order: f64,
    /// See [`DistanceOptions::ground`].
    pub ground: Ground,
}

impl Default for PersistenceDistancesOptions {
    fn default() -> Self {
        let PersistenceOptions { filter, axis, from, kinds } = PersistenceOptions::default();
        let DistanceOptions { metric, order, ground } = DistanceOptions::default();
        PersistenceDistancesOptions { filter, axis, from, kinds, metric, order, ground }
    }
}

impl Population {
    /// The picture of each cell's barcode as a row: an embedding that nothing was learnt for. All pictures have the same
    /// limits; a cell without bars is a row of zeros.
    ///
    /// # Errors
    /// As [`Morphology::persistence`](crate::morph::Morphology::persistence) and [`Barcode::image`]; when no cell has a
    /// bar; on a requested stop.
    pub fn persistence_images(&self, options: &PersistenceImagesOptions) -> Result<Matrix> {
        let PersistenceImagesOptions { filter, axis, from, ref kinds, .. } = *options;
        let barcodes = self.barcodes(&PersistenceOptions { filter, axis, from, kinds: kinds.clone() })?;
        let limits = options.limits.or_else(|| {
            let wider = |[a, b, c, d]: [f64; 4], [e, f, g, h]: [f64; 4]| [a.min(e), b.max(f), c.min(g), d.max(h)];
            barcodes.iter().filter_map(Barcode::limits).reduce(wider)
        });
        if limits.is_none() {
            return Err(
                Error::value("no cell has a bar to draw").help("see that the cells have samples of this `type`")
            );
        }
        let PersistenceImagesOptions { resolution, bandwidth, sigma, weight, scale, .. } = *options;
        let image = ImageOptions { resolution, limits, bandwidth, sigma, weight, scale };
        let rows: Vec<Vec<f64>> = barcodes
            .par_iter()
            .map(|barcode| {
                interrupt::check()?;
                barcode.image(&image).map(|image| image.values)
            })
            .collect::<Result<_>>()?;
        Matrix::numbered(self.ids().clone(), "p", resolution * resolution, rows.concat())
    }

    /// The distances of all cells' barcodes, a row and a column for each cell.
    ///
    /// # Errors
    /// As [`Morphology::persistence`](crate::morph::Morphology::persistence) and [`Barcode::distance`].
    pub fn persistence_distances(&self, options: &PersistenceDistancesOptions) -> Result<Matrix> {
        let PersistenceDistancesOptions { filter, axis, from, ref kinds, metric, order, ground } = *options;
        let barcodes = self.barcodes(&PersistenceOptions { filter, axis, from, kinds: kinds.clone() })?;
        let distance = DistanceOptions { metric, order, ground };
        distance.check()?;
        let n = self.len();
        let meter = progress::begin("comparing barcodes", (n * n.saturating_sub(1) / 2) as u64);
        let done = AtomicU64::new(0);
        // The part of each row right of the diagonal.
        let rows: Vec<Vec<f64>> = (0..n)
            .into_par_iter()
            .map(|i| {
                let row = barcodes[i + 1..].iter().map(|other| barcodes[i].distance(other, &distance)).collect();
                let compared = (n - 1 - i) as u64;
                meter.set(done.fetch_add(compared, Ordering::Relaxed) + compared, "");
                row
            })
            .collect::<Result<_>>()?;
        let mut values = vec![0.0; n * n];
        for (i, row) in rows.iter().enumerate() {
            for (j, &value) in (i + 1..).zip(row) {
                values[i * n + j] = value;
                values[j * n + i] = value;
            }
        }
        self.square(values)
    }

    /// The NBLAST scores of all pairs: the row is the query, the column the target. It holds as many numbers as there are
    /// pairs; for many cells see [`nblast_knn`](Self::nblast_knn).
    ///
    /// # Errors
    /// As [`Dotprops::new`], and on a requested stop.
    pub fn nblast(&self, options: &NblastOptions) -> Result<Matrix> {
        let values = all_by_all(&self.dotprops(options)?, options)?;
        self.square(values)
    }

    /// Each cell with the `k` cells that score best with it. All pairs are scored, but only the best are kept, so memory
    /// grows with the number of cells and not with its square.
    ///
    /// # Errors
    /// As [`Dotprops::new`] and [`nearest_neighbours`].
    pub fn nblast_knn(&self, k: usize, options: &NblastOptions) -> Result<KnnGraph> {
        let neighbours = nearest_neighbours(&self.dotprops(options)?, k, options)?;
        Ok(KnnGraph::new(self.ids().clone(), &neighbours))
    }

    fn barcodes(&self, options: &PersistenceOptions) -> Result<Vec<Barcode>> {
        self.each("computing barcodes", |cell| cell.persistence(options))
    }

    fn dotprops(&self, options: &NblastOptions) -> Result<Vec<Dotprops>> {
        self.each("finding tangents", |cell| Dotprops::new(cell, options))
    }

    /// A matrix with a row and a column for each cell.
    fn square(&self, values: Vec<f64>) -> Result<Matrix> {
        Matrix::new(self.ids().clone(), self.ids().clone(), values)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::morph::testing;

    fn cells(n: u64) -> Population {
        let grow = |i| testing::forest(&mut crate::run::seed::stream(4, "shape", i), 60 + 10 * i as usize, 2);
        Population::new((0..n).map(|i| Arc::new(grow(i))).collect())
    }

    #[test]
    fn pictures_of_a_population_share_their_limits() {
        let cells = cells(4);
        let options = PersistenceImagesOptions { resolution: 8, ..Default::default() };
        let rows = cells.persistence_images(&options).unwrap();
        assert_eq!((rows.rows(), rows.cols()), (4, 64));
        let barcodes = cells.barcodes(&PersistenceOptions::default()).unwrap();
        let all: Vec<[f64; 4]> = barcodes.iter().map(|b| b.limits().unwrap()).collect();
        let limits = [0, 1, 2, 3].map(|k| {
            let ends = all.iter().map(|l| l[k]);
            if k % 2 == 0 { ends.fold(f64::INFINITY, f64::min) } else { ends.fold(f64::NEG_INFINITY, f64::max) }
        });
        let alone = ImageOptions { resolution: 8, limits: Some(limits), ..Default::default() };
        assert_eq!(rows.row(2), barcodes[2].image(&alone).unwrap().values);
        let axon = PersistenceImagesOptions { kinds: Some(Kinds::one(77)), ..Default::default() };
        assert!(cells.persistence_images(&axon).is_err());
    }

    #[test]
    fn distances_and_scores_are_square_and_agree_with_pairs() {
        let cells = cells(5);
        let distances = cells.persistence_distances(&PersistenceDistancesOptions::default()).unwrap();
        let barcodes = cells.barcodes(&PersistenceOptions::default()).unwrap();
        let options = NblastOptions::default();
        let scores = cells.nblast(&options).unwrap();
        let near = cells.nblast_knn(2, &options).unwrap();
        for i in 0..5 {
            assert_eq!((distances.row(i)[i], scores.row(i)[i]), (0.0, 1.0));
            for j in 0..5 {
                assert_eq!(distances.row(i)[j], distances.row(j)[i]);
                let pair = barcodes[i.min(j)].distance(&barcodes[i.max(j)], &DistanceOptions::default()).unwrap();
                assert_eq!(distances.row(i)[j], pair);
            }
            let best = (0..5).filter(|&j| j != i).map(|j| scores.row(i)[j]).fold(f64::NEG_INFINITY, f64::max);
            assert_eq!(near.neighbours(i)[0].score, best);
        }
    }
}
