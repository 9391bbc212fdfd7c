//! Neurons: the type, readers and writers, checks, geometry, synthesis.

mod morphology;
mod synthesis;

pub use morphology::{Morphology, NO_PARENT, Sample, kind};
pub use synthesis::{SynthesisOptions, classes, synthesize, synthesize_population};
