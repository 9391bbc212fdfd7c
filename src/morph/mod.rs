//! Neurons: the type, readers and writers, checks, geometry, synthesis.

mod morphology;

pub use morphology::{Morphology, NO_PARENT, Sample, kind};
