//! Numbers against references computed elsewhere.

pub mod fixture;
#[cfg(feature = "torch")]
mod graphdino;
mod morphometrics;
