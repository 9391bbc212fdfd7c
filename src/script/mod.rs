//! The Rhai host: everything between a script's text and a native call. It knows Rhai and no science.
//!
//! * [`options`] turns a `#{…}` map into a domain's options struct ([`decode`] does the typing); [`values`] converts
//!   single arguments.
//! * [`fail`] makes a script error of a domain error, with its position; [`panics`] makes an error of a panic.
//! * [`host`] is what native functions may ask about the run they serve: seed, device, output folder.

pub mod decode;
pub mod fail;
pub mod host;
pub mod options;
pub mod panics;
pub mod values;

pub use fail::{At, RhaiResultOf};
pub use options::Options;
