//! The script host through `Session`, with a handful of toy functions instead of nms.

mod errors;
mod imports;
mod session;
mod toys;
