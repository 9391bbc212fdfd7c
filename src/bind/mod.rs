//! The script namespaces, one thin file each.
//!
//! A binding checks what it was given, reads its options, calls one domain function, wraps the result and attaches the
//! position; it holds no formula, loops over no nodes and prints nothing. What cannot be described as "calls X" belongs
//! into the domain. [`install`] is the table of contents.
//!
//! Functions document themselves for scripts, so `missing_docs` is off in exported modules; so is `unwrap_used`, for the
//! code that the macro generates unwraps arguments whose number the engine has checked.

mod activity;
mod augment;
mod branches;
mod cells;
mod charts;
mod cluster;
mod conditions;
mod data;
mod datasets;
#[cfg(feature = "torch")]
mod device;
mod diagnose;
mod edit;
mod embedding;
mod evaluate;
mod handles;
mod log;
mod measure;
mod metrics;
mod morph;
mod nblast;
#[cfg(feature = "torch")]
mod nn;
mod outcome;
mod plot;
mod population;
mod qc;
mod reduce;
mod report;
mod rows;
mod run;
mod shape;
mod sheet;
mod stream;
mod table;
#[cfg(feature = "torch")]
mod train;
mod viewer;

use rhai::Engine;

/// Gives an engine all of nms.
pub fn install(engine: &mut Engine) {
    run::install(engine);
    log::install(engine);
    activity::install(engine);
    augment::install(engine);
    cluster::install(engine);
    data::install(engine);
    datasets::install(engine);
    diagnose::install(engine);
    edit::install(engine);
    embedding::install(engine);
    evaluate::install(engine);
    measure::install(engine);
    metrics::install(engine);
    morph::install(engine);
    nblast::install(engine);
    plot::install(engine);
    branches::install(engine);
    viewer::install(engine);
    population::install(engine);
    qc::install(engine);
    reduce::install(engine);
    report::install(engine);
    stream::install(engine);
    table::install(engine);
    shape::install(engine);
    #[cfg(feature = "torch")]
    {
        nn::install(engine);
        train::install(engine);
    }
    #[cfg(not(feature = "torch"))]
    without_torch(engine);
}

/// In a build without libtorch the namespaces for models are empty. What an empty namespace says about itself is the
/// error of whoever calls into it: a message, and below it the cure.
#[cfg(not(feature = "torch"))]
fn without_torch(engine: &mut Engine) {
    for namespace in ["nn", "train"] {
        engine.register_static_module(namespace, rhai::Module::new().into());
        crate::script::registry::absent(
            namespace,
            "models need libtorch, and this nms was built without it (`--no-default-features`)\n\
             build it with `cargo xtask setup` and `cargo build --release`; `nms doctor` then shows what it found",
        );
    }
}
