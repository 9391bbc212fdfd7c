//! Inner products and squared distances between all rows of one block and all rows of another.
//!
//! These are the inner loops of k-means, of mixtures and of the search for neighbours. One side is kept as [`Panels`],
//! eight rows side by side, so that a processor's vector holds the same column of several rows; the other side's values
//! are spread over the lanes. A lane's sum runs over the columns in order and is fused, so every number is the same
//! whatever the vectors' width, the blocking and the number of threads. Nothing here allocates but [`Panels::new`].
//!
//! It is not a library of linear algebra: factorisations are `faer`'s.

mod panels;
mod tile;

pub use panels::{AT_ONCE, LANES, Panels};
pub use tile::{inner_products, squared_distances};
