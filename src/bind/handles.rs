//! What scripts hold: cheap handles, so that passing a value around never copies a neuron or a model.

#[cfg(feature = "torch")]
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::augment::Augmentation;
use crate::data::Matrix;
use crate::morph::Morphology;

/// A neuron; shared with worker threads, hence `Arc`.
pub type Neuron = Arc<Morphology>;
/// One step of an augmentation pipeline.
pub type Step = Arc<dyn Augmentation>;
/// A matrix with named rows.
pub type Rows = Rc<Matrix>;
/// A model, which training changes in place.
#[cfg(feature = "torch")]
pub type ModelHandle = Rc<RefCell<crate::nn::Model>>;
