//! Numbers against references computed elsewhere.

mod activity;
#[cfg(feature = "torch")]
mod attention;
#[cfg(feature = "torch")]
mod blocks;
pub mod fixture;
#[cfg(feature = "torch")]
mod graphdino;
#[cfg(feature = "torch")]
mod losses;
mod morphometrics;
