//! Numbers against references computed elsewhere.

mod fixture;
mod graphdino;
