//! Models on libtorch: architectures and their blocks, weights and their files, devices.
//!
//! An [`Architecture`] says what a model is made of; [`encode`] computes it, [`initialise`] makes its weights. One file
//! per kind of block lies in [`blocks`]; [`GraphDinoOptions`] is the published model as an architecture, [`MorphologyEncoderOptions`] ours.
//!
//! Layers are functions of named [`Weights`], so that a model reads like its paper and weights keep the names that
//! PyTorch users know. Gradients flow through a [`Tape`]: autograd inside a segment, our own kernels between them.
//! On the processor libtorch runs on one thread and graphs are spread over the threads instead, in groups of fixed
//! size, so that results do not depend on the number of threads.

pub mod ac_attention;
pub mod activity;
mod architecture;
pub mod blocks;
mod checkpoint;
pub mod device;
mod encoder;
mod graphdino;
mod graphs;
mod layers;
mod model;
mod morphology;
pub mod nri;
mod pickle;
mod pool;
mod projector;
mod summary;
mod tape;
mod weights;

pub use architecture::{Architecture, Head, Pool, Projector, ProjectorKind};
pub use blocks::Block;
pub use checkpoint::{Archive, read_archive};
pub use encoder::{Encoded, encode, initialise};
pub use graphdino::GraphDinoOptions;
pub use graphs::{Edges, Graphs};
pub use model::{ARCHITECTURE, EmbedOptions, Model, STUDENT};
pub use morphology::MorphologyEncoderOptions;
pub use tape::{Tape, Var};
pub use weights::{Scope, Weights};
