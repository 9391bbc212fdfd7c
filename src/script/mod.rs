//! The Rhai host: everything between a script's text and a native call. It knows Rhai and no science.
//!
//! * [`session`] feeds text to the [`engine`] and keeps what must last between two lines: variables, functions,
//!   imports. [`resolver`] finds imported modules, [`stdlib`] holds the standard ones, [`sources`] remembers the texts.
//! * [`options`] turns a `#{…}` map into a domain's options struct ([`decode`] does the typing); [`values`] converts
//!   single arguments, [`show`] fits what a script prints to the terminal.
//! * [`fail`] makes a script error of a domain error, with its position; [`panics`] makes an error of a panic.
//!   [`trace`] makes of a failed evaluation what a person reads, with the words of [`explain`] and the names in
//!   [`catalog`].
//! * [`catalog`] knows every name there is, with what bindings declare in [`registry`] and [`takes`]; [`mod@reference`]
//!   makes pages of it, [`mod@check`] holds scripts against it before they run, [`complete`] finds what may
//!   come next while one is typed.
//! * [`host`] is what native functions may ask about the run they serve: seed, device, output folder. [`declared`]
//!   reads a script's parameters from its text, [`mod@gather`] its modules and data, to be taken elsewhere.
//!
//! The namespaces themselves are not here: [`session::Session`] is given a function that installs them, so that the
//! host can be tested with three toy functions instead of all of nms.

pub mod catalog;
pub mod check;
pub mod complete;
pub mod declared;
pub mod decode;
pub mod engine;
pub mod explain;
pub mod fail;
pub mod gather;
pub mod host;
pub mod options;
pub mod panics;
pub mod reference;
pub mod registry;
pub mod resolver;
pub mod session;
mod shape;
pub mod show;
pub mod sources;
pub mod stdlib;
pub mod takes;
pub mod trace;
pub mod values;

pub use fail::{At, RhaiResultOf};
pub use options::Options;
pub use session::Session;
