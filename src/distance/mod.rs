//! How far apart the rows of a matrix are, and which are nearest.
//!
//! A [`Space`] is a matrix made ready for one [`Metric`]: it gives the distances of rows from all others, block by block,
//! and exact nearest neighbours ([`Neighbours`]). Clustering, scores, classifiers and maps all rest on it, so that near means
//! the same to all of them.
//!
//! Distances are sums of squared differences in double precision, not expanded into products, so equal rows are at distance
//! 0 and equal distances are equal to the last bit. Nothing is indexed: in the tens of dimensions that embeddings have,
//! trees and graphs are slower than comparing all pairs, or not exact. Time grows with the square of the number of rows.

mod metric;
mod neighbours;
mod search;
mod space;

pub use metric::Metric;
pub(crate) use metric::{require_numbers, require_same_columns};
pub use neighbours::Neighbours;
pub(crate) use neighbours::nearest;
pub use space::Space;
