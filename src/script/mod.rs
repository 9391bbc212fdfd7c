//! The Rhai host. Knows Rhai, no science.
