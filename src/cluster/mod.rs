//! Clustering of rows of a matrix into groups.
//!
//! | method | groups | how many | other rows |
//! |---|---|---|---|
//! | [`kmeans()`] | compact, round | given | nearest centre |
//! | [`gmm()`] | Gaussian, soft | by information criterion | probabilities |
//! | [`hdbscan()`] | dense, of any shape and density, and noise | found | by mutual reachability |
//! | [`dbscan()`] | dense, of one density, and noise | found | nearest core row |
//! | [`optics()`] | valleys in an order by density, and noise | found | |
//! | [`agglomerative()`] | merged pair by pair, with a dendrogram | cut by number or height | |
//! | [`leiden()`] | communities of a graph of neighbours | by resolution | |
//!
//! Mixtures and k-means are our own, because the figures that a study reports (likelihood, BIC, membership) must be right
//! far from the components as well, and agree with scikit-learn's; so are HDBSCAN, OPTICS and Leiden. DBSCAN is linfa's,
//! merging is kodama's. For other rows without an entry, train a classifier on the labels ([`crate::evaluate`]).
//!
//! [`consensus()`] tells what several clusterings agree on. Clusters are numbered from 0 by decreasing size, so that the numbering does not depend on the random start; noise has
//! no label. How well clusters agree with known classes is a question for [`crate::metrics`].

mod agglomerative;
mod consensus;
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
#[cfg(test)]
mod testing;

pub use crate::distance::Metric;
pub use agglomerative::{Agglomerative, AgglomerativeOptions, Linkage, agglomerative};
pub use consensus::{Consensus, ConsensusOptions, consensus};
pub use dbscan::{Dbscan, DbscanOptions, dbscan};
pub use dendrogram::{Dendrogram, Merge};
pub use gaussians::Covariance;
pub use gmm::{Components, Criterion, GmmOptions, gmm};
pub use hdbscan::{Hdbscan, HdbscanOptions, Selection, hdbscan};
pub use kmeans::{Kmeans, KmeansOptions, kmeans};
pub use leiden::{EdgeWeights, Leiden, LeidenOptions, Objective, leiden, leiden_of_graph};
pub use mixture::{Candidate, Mixture};
pub use optics::{Optics, OpticsOptions, optics};
