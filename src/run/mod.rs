//! One run of a script: its settings and parameters, its seeds, where its outputs go and what is recorded of it.
//!
//! Knows neither Rhai nor the terminal. [`Run`] is the state while a script runs; [`manifest`] is what remains of it
//! on disk, and what holds a run to the one that it continues; [`bundle`] is what repeats it elsewhere; [`lock`] keeps two
//! runs apart; [`atomic`] is how anything is written, [`npy`] how arrays are.

pub mod atomic;
pub mod bundle;
pub mod inputs;
pub mod lock;
pub mod manifest;
pub mod npy;
pub mod params;
pub mod seed;
mod state;

pub use state::{Run, Settings};
