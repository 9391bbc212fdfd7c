//! Numbers against references computed elsewhere.

mod activity;
pub mod fixture;
#[cfg(feature = "torch")]
mod graphdino;
mod morphometrics;
