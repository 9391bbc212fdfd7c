//! The script host through `Session`, with a handful of toy functions instead of nms; and nms itself where a test says so.

mod activity;
pub mod catalog;
mod check;
mod cluster;
mod complete;
mod errors;
mod evaluate;
mod examples;
mod imports;
mod metrics;
mod plot;
mod readme;
mod reduce;
mod session;
mod shape;
mod toys;
