//! Neurons: the type, readers and writers, diagnosis, editing, geometry, synthesis.

pub mod diagnose;
mod edit;
mod geometry;
mod invariants;
mod kinds;
mod morphology;
mod show;
mod swc;
mod synthesis;
#[cfg(test)]
pub(crate) mod testing;
mod write;

pub use edit::{
    About, AlignOptions, Bounds, CropOptions, Cut, Direction, DownsampleOptions, Factor, Join, JoinOptions,
    LongestPathOptions, Pivot, PruneOptions, Removal, ResampleOptions, ScaleOptions, SmoothOptions, Sphere, Unit,
};
pub use geometry::Summary;
pub use kinds::{Kinds, kind_name};
pub use morphology::{Morphology, NO_PARENT, Sample, kind};
pub(crate) use show::{counted, grouped};
pub(crate) use swc::name_of;
pub use swc::{Reading, Warning, WarningCode, parse_swc, read_swc};
pub use synthesis::{SynthesisOptions, classes, synthesize, synthesize_population};
