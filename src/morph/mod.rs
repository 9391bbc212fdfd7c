//! Neurons: the type, readers and writers, checks, geometry, synthesis.

mod edit;
mod formats;
mod geometry;
mod join;
mod kinds;
mod morphology;
mod show;
mod synthesis;
#[cfg(test)]
pub(crate) mod testing;

pub use edit::Removal;
pub use formats::{
    Format, MAX_MEMBER_BYTES, Place, Reading, SomaStyle, Warning, WarningCode, WriteOptions, parse_all, parse_swc,
    places, read, read_all, read_place, read_swc, write_parquet,
};
pub(crate) use formats::{archive, is_unread_ending, name_of};
pub use geometry::Summary;
pub use join::{Join, JoinOptions};
pub use kinds::{Kinds, kind_name};
pub use morphology::{Morphology, NO_PARENT, Sample, kind};
pub(crate) use show::{counted, grouped};
pub use synthesis::{SynthesisOptions, classes, synthesize, synthesize_population};
