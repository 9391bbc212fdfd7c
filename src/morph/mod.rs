//! Neurons: the type, readers and writers, checks, geometry, measures, synthesis.

mod edit;
mod geometry;
mod join;
mod kinds;
pub mod measure;
mod morphology;
mod show;
mod swc;
mod synthesis;
#[cfg(test)]
pub(crate) mod testing;
mod write;

pub use edit::Removal;
pub use join::{Join, JoinOptions};
pub use kinds::{Kinds, kind_name};
pub use measure::Summary;
pub use morphology::{Morphology, NO_PARENT, Sample, kind};
pub(crate) use show::{counted, grouped};
pub(crate) use swc::name_of;
pub use swc::{Reading, Warning, WarningCode, parse_swc, read_swc};
pub use synthesis::{SynthesisOptions, classes, synthesize, synthesize_population};
