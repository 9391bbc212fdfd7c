//! Charts of results: what clustering, evaluation and measuring give, each kind in its own file.
//!
//! They take plain numbers and names, not the results themselves, so that anything can be drawn that has them; the script
//! bindings read scores, tables and dendrograms into that form.

mod bars;
mod clustermap;
mod confusion;
mod distributions;
mod facets;
mod histogram;
mod lines;
mod matrix;
mod silhouette;
mod tiles;
mod tree;

pub use bars::{Bar, BarsOptions, bars};
pub use clustermap::{ClustermapOptions, clustermap};
pub use confusion::{ConfusionOptions, Counts, confusion};
pub use distributions::{Compare, DistributionsOptions, Group, Shape, distributions};
pub use facets::{FacetsOptions, facets};
pub use histogram::{HistogramOptions, histogram};
pub use lines::{Line, LinesOptions, lines};
pub use matrix::{MatrixOptions, matrix};
pub use silhouette::{SilhouetteOptions, silhouette};
pub use tree::Merges;
