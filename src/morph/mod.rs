//! Neurons: the type, readers and writers, checks, geometry, synthesis.

mod density;
mod edit;
mod fractal;
mod geometry;
pub mod hull;
mod join;
mod kinds;
mod morphology;
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
pub use edit::Removal;
pub use fractal::{BoxCount, FractalMethod, FractalOptions};
pub use geometry::Summary;
pub use hull::{Hull, HullOptions, HullPlane};
pub use join::{Join, JoinOptions};
pub use kinds::{Kinds, kind_name};
pub use morphology::{Morphology, NO_PARENT, Sample, kind};
pub(crate) use show::{counted, grouped};
pub(crate) use swc::name_of;
pub use swc::{Reading, Warning, WarningCode, parse_swc, read_swc};
pub use synthesis::{SynthesisOptions, classes, synthesize, synthesize_population};
