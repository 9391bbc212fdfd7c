//! Neurons: the type, readers and writers, diagnosis and repair, editing, geometry, measures, synthesis.

mod density;
pub mod diagnose;
mod edit;
mod fractal;
mod geometry;
pub mod hull;
mod invariants;
mod kinds;
pub mod measure;
mod morphology;
mod packed;
pub mod nblast;
pub mod persistence;
mod raster;
mod show;
mod swc;
mod synthesis;
#[cfg(test)]
pub(crate) mod testing;
mod write;

pub use density::{Density, DensityOptions, DensityPlane};
pub use edit::{
    About, AlignOptions, Bounds, CropOptions, Cut, Direction, DownsampleOptions, Factor, Join, JoinOptions,
    LongestPathOptions, Pivot, PruneOptions, Removal, ResampleOptions, ScaleOptions, SmoothOptions, Sphere, Unit,
};
pub use fractal::{BoxCount, FractalMethod, FractalOptions};
pub use hull::{Hull, HullOptions, HullPlane};
pub use kinds::{Kinds, kind_name};
pub use measure::Summary;
pub use morphology::{Morphology, NO_PARENT, Sample, kind};
pub(crate) use packed::Decimals;
pub use packed::Packed;
pub(crate) use show::{counted, grouped};
pub(crate) use swc::name_of;
pub use swc::{Reading, Warning, WarningCode, parse_swc, read_swc};
pub use synthesis::{SynthesisOptions, classes, synthesize, synthesize_population};
