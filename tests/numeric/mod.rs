//! Numbers against references computed elsewhere.

mod fixture;
#[cfg(feature = "torch")]
mod graphdino;
mod morphometrics;
