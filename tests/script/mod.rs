//! The script host through `Session`, with a handful of toy functions instead of nms; and nms itself where a test says so.

pub mod catalog;
mod cluster;
mod errors;
mod evaluate;
mod imports;
mod metrics;
mod plot;
mod readme;
mod reduce;
mod session;
mod shape;
mod toys;
