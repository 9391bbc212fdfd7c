//! Clustering of rows of a matrix into groups.
//!
//! [`gmm()`] fits a Gaussian mixture and chooses its number of components by an information criterion; [`kmeans()`] splits
//! rows into compact groups and gives a mixture its start. Both are our own, because the figures that a study reports
//! (likelihood, BIC, membership) must be right far from the components as well, and agree with scikit-learn's.
//!
//! Clusters are numbered from 0 by decreasing size, so that the numbering does not depend on the random start. How well
//! clusters agree with known classes is a question for [`crate::metrics`].

mod agglomerative;
mod dbscan;
mod dendrogram;
mod estimate;
mod expectation;
mod gaussians;
mod gmm;
mod hdbscan;
mod input;
mod kmeans;
mod leiden;
mod lloyd;
mod mixture;
mod optics;
mod rows;
mod space;
#[cfg(test)]
mod testing;

pub use agglomerative::{Agglomerative, AgglomerativeOptions, Linkage, agglomerative};
pub use dbscan::{Dbscan, DbscanOptions, dbscan};
pub use dendrogram::{Dendrogram, Merge};
pub use gaussians::Covariance;
pub use gmm::{Components, Criterion, GmmOptions, gmm};
pub use hdbscan::{Hdbscan, HdbscanOptions, Selection, hdbscan};
pub use kmeans::{Kmeans, KmeansOptions, kmeans};
pub use leiden::{EdgeWeights, Leiden, LeidenOptions, Objective, leiden, leiden_of_graph};
pub use mixture::{Candidate, Mixture};
pub use optics::{Optics, OpticsOptions, optics};
pub use space::Metric;
