//! Neurons: the type, readers and writers, diagnosis and repair, editing, geometry, measures, synthesis.

mod density;
pub mod diagnose;
mod edit;
pub(crate) mod formats;
mod fractal;
mod geometry;
pub mod hull;
mod invariants;
mod kinds;
pub mod measure;
mod morphology;
pub mod nblast;
mod packed;
pub mod persistence;
pub mod profile;
mod raster;
mod show;
mod synthesis;
#[cfg(test)]
pub(crate) mod testing;

pub(crate) use density::DensitySum;
pub use density::{Density, DensityOptions, DensityPlane};
pub use edit::{
    About, AlignOptions, Bounds, CropOptions, Cut, Direction, DownsampleOptions, Factor, Join, JoinOptions,
    LongestPathOptions, Pivot, PruneOptions, Removal, ResampleOptions, ScaleOptions, SmoothOptions, Sphere, Unit,
};
pub use formats::{
    Format, MAX_MEMBER_BYTES, Place, Reading, SomaStyle, Warning, WarningCode, WriteOptions, parse_all, parse_swc,
    places, read, read_all, read_place, read_swc, write_parquet,
};
pub(crate) use formats::{Guarded, archive, column_reader, name_of};
pub use fractal::{BoxCount, FractalMethod, FractalOptions};
pub use hull::{Hull, HullOptions, HullPlane};
pub use kinds::{Kinds, kind_name};
pub use measure::Summary;
pub use morphology::{Morphology, NO_PARENT, Sample, kind};
pub(crate) use packed::Decimals;
pub use packed::Packed;
pub(crate) use show::{counted, grouped};
pub use synthesis::{SynthesisOptions, classes, synthesize, synthesize_population};
