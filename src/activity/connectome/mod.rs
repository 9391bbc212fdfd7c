//! Who sends to whom: graphs inferred from activity, beside the anatomical connectome.
//!
//! * [`Relations`] are weights of all ordered pairs of neurons: what [`infer()`] finds by correlation, VAR or ridge, or what
//!   a learned model gives ([`Relations::new`]). They leave as a petgraph graph, CSV or GraphML.
//! * A [`Connectome`] is the anatomy: chemical synapses and gap junctions, read from a list of edges.
//! * [`recovery()`] says how well relations rank connected pairs above others, always beside correlations of the same
//!   recordings: synchrony finds contacts to some degree by itself, and an inferred graph that is no better recovers
//!   nothing. [`stability()`] says how alike relations of several animals or seeds are.

mod anatomy;
mod export;
mod infer;
mod recovery;
mod relations;
mod stability;

pub use anatomy::{Connectome, Contact};
pub use infer::{InferOptions, Method, infer};
pub use recovery::{ContactScore, EdgeRecovery, RecoveryOptions, recovery};
pub use relations::Relations;
pub use stability::{EdgeStability, Stability, stability};
