//! Models on libtorch: AC-Attention, the encoder, its weights and their files, devices.
//!
//! Layers are functions of named [`Weights`], so that a model reads like its paper and weights keep the names that
//! PyTorch users know. Gradients flow through a [`Tape`]: autograd inside a segment, our own kernels between them.
//! On the processor libtorch runs on one thread and graphs are spread over the threads instead, in groups of fixed
//! size, so that results do not depend on the number of threads.

pub mod ac_attention;
mod checkpoint;
pub mod device;
mod encoder;
mod graphs;
mod layers;
mod model;
mod pickle;
mod tape;
mod weights;

pub use checkpoint::{Archive, read_archive};
pub use encoder::{Encoded, EncoderOptions, encode, initialise};
pub use graphs::Graphs;
pub use model::{EmbedOptions, Model};
pub use tape::{Tape, Var};
pub use weights::{Scope, Weights};
