//! Editing: each operation gives a new neuron and leaves the old one as it was.
//!
//! What all of them keep: the depth-first order, ids of samples that stay (a sample that an edit makes gets a number
//! above the largest one), and everything that they do not speak of. They work on forests, on pieces without a soma and
//! on single samples, in linear time and without recursion unless they say otherwise. None repairs a file on the way:
//! that is [`super::diagnose`]'s business.
//!
//! Edits that follow the cable (resampling, smoothing, thinning) work on [sections]: the stretches between
//! samples that must stay where they are, which are roots, forks, tips, soma samples, the first samples of neurites and
//! samples at which the type changes. The link between a soma and the first sample of a neurite is no cable (see
//! [`super::geometry`]) and is never resampled.

mod align;
mod crop;
mod direction;
mod downsample;
mod draft;
mod join;
mod longest_path;
#[cfg(test)]
mod property_tests;
mod prune;
mod remove;
mod reroot;
mod resample;
mod sections;
mod smooth;
mod split;
mod transform;

pub use align::AlignOptions;
pub use crop::{Bounds, CropOptions, Cut, Sphere};
pub use direction::Direction;
pub use downsample::DownsampleOptions;
pub use join::{Join, JoinOptions};
pub use longest_path::LongestPathOptions;
pub use prune::PruneOptions;
pub use remove::Removal;
pub use resample::ResampleOptions;
pub use smooth::SmoothOptions;
pub use transform::{About, Factor, Pivot, ScaleOptions, Unit};
