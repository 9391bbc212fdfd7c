//! The script host through `Session`, with a handful of toy functions instead of nms; and nms itself where a test says so.

mod errors;
mod evaluate;
mod imports;
mod session;
mod shape;
mod toys;
