//! nms: a scripting environment for the shape and activity of neurons.
//!
//! The program embeds the Rhai language; scripts steer, everything heavy is native. Dependencies run one way, and a
//! test holds them to it:
//!
//! ```text
//! cli ──> bind ──> script ──> run, term
//!           │
//!           └────> report ──> train nn plot datasets quality activity evaluate reduce cluster metrics ──> distance ──> data ──> augment positional morph ──> run, linear, quantile, error
//! ```
//!
//! * `cli` parses the command line, and is the program: `run`, the REPL, `doctor`.
//! * `script` is the Rhai host (engine, imports, options maps, errors); it knows no science.
//! * `bind` has one thin file per script namespace: check, read options, call one domain function, wrap.
//! * the rest is the domain, which knows neither Rhai nor the terminal; `tch` appears only in `nn` and `train`.

pub mod error;
pub mod interrupt;
pub mod linear;
pub mod progress;
pub mod quantile;
pub mod simd;

pub mod activity;
pub mod augment;
pub mod cluster;
pub mod data;
pub mod datasets;
pub mod distance;
pub mod evaluate;
pub mod metrics;
pub mod morph;
#[cfg(feature = "torch")]
pub mod nn;
pub mod plot;
pub mod positional;
pub mod quality;
pub mod reduce;
pub mod report;
pub mod run;
pub mod sweep;
#[cfg(feature = "torch")]
pub mod train;

pub mod bind;
pub mod cli;
pub mod script;
pub mod term;
