//! What scripts can ask of every result: where it comes from, a table, JSON, a file.

use std::path::Path;
use std::rc::Rc;

use rhai::{Dynamic, Engine, FuncRegistration, Module, NativeCallContext};

use crate::data::{Outcome, Table};
use crate::error::Error;
use crate::script::{At, RhaiResultOf};

const TABLE: [&str; 5] = [
    "/// What the result says of each cell, class or fold, as a table with a row for each.",
    "///",
    "/// ```rhai",
    "/// let clusters = cluster::kmeans(z, #{ clusters: 3 }).table();",
    "/// ```",
];
const TO_JSON: [&str; 5] = [
    "/// Where the result comes from, its numbers and its table, as JSON text.",
    "///",
    "/// ```rhai",
    "/// print(cluster::kmeans(z, #{ clusters: 3 }).to_json());",
    "/// ```",
];
const SAVE: [&str; 5] = [
    "/// Writes the result's table (`.csv`, `.tsv`, `.parquet`), or for `.json` its origin and numbers as well.",
    "///",
    "/// ```rhai",
    "/// cluster::kmeans(z, #{ clusters: 3 }).save(out(\"clusters.json\"));",
    "/// ```",
];
const ORIGIN: [&str; 5] = [
    "/// What the result was computed from: `function`, `options`, `rows`, `columns`, a digest of the `data`, `seed`.",
    "///",
    "/// ```rhai",
    "/// cluster::kmeans(z, #{ clusters: 3 }).origin.seed",
    "/// ```",
];

/// Gives handles of a kind of result the property `origin` and the methods `table`, `to_json` and `save`, and
/// reports the way to take them.
pub(super) fn methods<T: Outcome + 'static>(engine: &mut Engine) {
    let mut module = Module::new();
    registration("table", &TABLE, &["result: &mut Outcome", "RhaiResultOf<Table>"])
        .set_into_module(&mut module, |ctx: NativeCallContext, it: &mut Rc<T>| -> RhaiResultOf<Table> {
            it.table().at(&ctx)
        });
    registration("to_json", &TO_JSON, &["result: &mut Outcome", "RhaiResultOf<String>"]).set_into_module(
        &mut module,
        |ctx: NativeCallContext, it: &mut Rc<T>| -> RhaiResultOf<String> {
            it.to_json().map(|json| format!("{json:#}")).at(&ctx)
        },
    );
    registration("save", &SAVE, &["result: &mut Outcome", "path: &str", "RhaiResultOf<()>"])
        .set_into_module(&mut module, |ctx: NativeCallContext, it: &mut Rc<T>, path: &str| -> RhaiResultOf<()> {
            it.save(Path::new(path)).at(&ctx)
        });
    let origin = FuncRegistration::new_getter("origin").in_global_namespace().with_comments(ORIGIN);
    origin.with_params_info(["result: &mut Outcome", "RhaiResultOf<Map>"]).set_into_module(
        &mut module,
        |ctx: NativeCallContext, it: &mut Rc<T>| -> RhaiResultOf<Dynamic> {
            rhai::serde::to_dynamic(it.origin()).map_err(|e| Error::internal(e.to_string())).at(&ctx)
        },
    );
    super::report::takes::<T>(&mut module);
    engine.register_global_module(module.into());
}

/// A method with its documentation, its parameters and, last, what it gives.
fn registration(name: &'static str, doc: &[&'static str], signature: &[&'static str]) -> FuncRegistration {
    FuncRegistration::new(name).in_global_namespace().with_comments(doc).with_params_info(signature)
}
