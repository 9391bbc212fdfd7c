//! Figures of recordings: what neurons did, what was predicted of them, and who acts on whom.

mod bands;
mod horizon;
mod network;
mod phases;
mod rollouts;
mod rows;
mod traces;

pub use horizon::{HorizonOptions, horizon};
pub use network::{NetworkOptions, network};
pub use phases::{PhasesOptions, phases};
pub use rollouts::{RolloutsOptions, rollouts};
pub use traces::{TracesOptions, traces};
