//! Scores: agreement of groupings, quality of predictions, of groups and of maps.
//!
//! [`agreement()`] compares two groupings whose names need not correspond (clusters and expert types): pairs of cells and
//! mutual information, raw and corrected for chance. [`report()`] and [`confusion`] compare predictions with the truth,
//! class by class and by name; [`log_loss`] and [`roc_auc`] judge what a classifier says of every class. [`silhouette()`]
//! asks whether groups are apart in the data, [`map_quality()`] whether a map in fewer dimensions keeps neighbours.
//!
//! Labels are [`Labels`](crate::data::Labels) of the same cells in the same order; a cell without a label on either side
//! is left out, and results say how many were.

mod agreement;
mod by_class;
mod chance;
mod classification;
mod compactness;
mod contingency;
mod displacement;
mod map_quality;
mod pairs;
mod probability;
pub mod rank_test;
mod ranking;
mod report;
mod silhouette;

pub use agreement::{Agreement, agreement, ami, ari, completeness, fowlkes_mallows, homogeneity, nmi, rand, v_measure};
pub use chance::{KappaOptions, KappaWeights, kappa, matthews};
pub use classification::{ClassScore, Confusion, Normalise, accuracy, balanced_accuracy, confusion};
pub use compactness::{calinski_harabasz, davies_bouldin};
pub use displacement::displacement;
pub use map_quality::{
    MapQuality, MapQualityOptions, continuity, map_quality, neighbour_preservation, trustworthiness,
};
pub use probability::{TopOptions, brier, log_loss, top_k_accuracy};
pub(crate) use ranking::area_under_roc;
pub use ranking::{Against, PrecisionOptions, RocOptions, average_precision, roc_auc};
pub use report::{Average, AverageOptions, Averages, Report, f1, precision, recall, report};
pub use silhouette::{GroupWidth, Silhouette, SilhouetteOptions, silhouette};
