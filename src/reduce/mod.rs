//! Projections of a matrix onto fewer dimensions.
//!
//! [`Pca`] is linear: its components can be read, and other data can be projected with them. [`tsne()`] draws a map in
//! which near cells stay near; distances between far groups, and the sizes of groups, mean nothing there. [`umap()`] does the
//! same by another road, and places new cells readily. How good a map is, [`tsne_divergence`] measures for the one, and
//! [`map_quality`](crate::metrics::map_quality()) for maps of any origin.

mod affinity;
mod attraction;
mod lanczos;
mod pca;
mod quadtree;
mod repulsion;
mod scaling;
mod sparse;
#[cfg(test)]
mod testing;
mod tsne;
mod tsne_place;
mod umap;

pub use affinity::tsne_divergence;
pub use pca::{Components, Pca, PcaOptions, pca};
pub use tsne::{Tsne, TsneOptions, tsne};
pub use umap::{Start, Umap, UmapOptions, umap};
