//! The script namespaces, one thin file each.
//!
//! A binding checks what it was given, reads its options, calls one domain function, wraps the result and attaches the
//! position; it holds no formula, loops over no nodes and prints nothing. What cannot be described as "calls X" belongs
//! into the domain. [`install`] is the table of contents.

mod augment;
mod cells;
mod cluster;
mod data;
mod evaluate;
mod handles;
mod metrics;
mod morph;
#[cfg(feature = "torch")]
mod nn;
mod plot;
mod population;
mod reduce;
#[cfg(feature = "torch")]
mod train;

use rhai::Engine;

/// Gives an engine all of nms.
pub fn install(engine: &mut Engine) {
    augment::install(engine);
    cluster::install(engine);
    data::install(engine);
    evaluate::install(engine);
    metrics::install(engine);
    morph::install(engine);
    plot::install(engine);
    population::install(engine);
    reduce::install(engine);
    #[cfg(feature = "torch")]
    {
        nn::install(engine);
        train::install(engine);
    }
}
