//! Results of many cells into a file, row by row.

use std::path::Path;

use rhai::plugin::*;
use rhai::{Dynamic, EvalAltResult, FnPtr, Map};

use crate::data::Population;
use crate::data::population::Streamed;
use crate::error::{Error, Result};
use crate::script::fail::raise;
use crate::script::registry;
use crate::script::takes::Takes;
use crate::script::{At, Options, RhaiResultOf, host, values};

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("metrics_to", &[], &[("resume", "true or false; as --resume says")]),
    Takes::new("map_to", &[], &[("resume", "true or false; as --resume says")]),
];

/// Installs the methods.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.register_global_module(exported_module!(methods).into());
}

/// The option `resume`; without it, whether the run itself resumes.
fn resume(ctx: &NativeCallContext, function: &'static str, options: Map) -> RhaiResultOf<bool> {
    let mut given = Options::new(ctx, function, options);
    let resume = given.handle::<bool>("resume")?;
    given.finish()?;
    Ok(resume.unwrap_or_else(host::resume))
}

pub(super) fn say(path: &str, streamed: Streamed) {
    let Streamed { rows, resumed } = streamed;
    match resumed {
        0 => tracing::info!("{path}: {rows} rows"),
        _ => tracing::info!("{path}: {rows} rows, {resumed} of which were there"),
    }
}

/// A value of a row as a CSV file has it.
fn field(name: &str, value: &Dynamic) -> Result<String> {
    match value {
        v if v.is_unit() => Ok(String::new()),
        v if v.is_float() => Ok(v.as_float().ok().filter(|x| !x.is_nan()).map_or(String::new(), |x| x.to_string())),
        v if v.is_int() || v.is_string() || v.is_bool() || v.is_char() => Ok(v.to_string()),
        v => Err(Error::value(format!("`{name}` of a row is {}, expected a number or a text", values::type_of(v)))),
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod methods {
    /// Writes the measures of every cell into a CSV file as they are taken, in parallel, holding only the cells in work.
    ///
    /// ```rhai
    /// cells.metrics_to(out("metrics.csv"));
    /// ```
    #[rhai_fn(name = "metrics_to", return_raw, pure)]
    pub fn metrics_to_plainly(ctx: NativeCallContext, cells: &mut Population, path: &str) -> RhaiResultOf<()> {
        metrics_to(ctx, cells, path, Map::new())
    }

    /// Writes the measures of every cell into a CSV file. Option: `resume` (true in a run that resumes): whether to go on
    /// behind the rows that a stream which was broken off left in `….part`.
    ///
    /// ```rhai
    /// cells.metrics_to("measures.csv", #{ resume: true });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn metrics_to(ctx: NativeCallContext, cells: &mut Population, path: &str, options: Map) -> RhaiResultOf<()> {
        let resume = resume(&ctx, "metrics_to", options)?;
        say(path, cells.metrics_to(path, resume).at(&ctx)?);
        Ok(())
    }

    /// Calls a closure with every cell in turn and writes the map that it gives as a row of a CSV file.
    ///
    /// ```rhai
    /// cells.map_to(out("stems.csv"), |cell| #{ stems: cell.n_stems, per_mm: cell.n_tips / cell.total_length * 1e3 });
    /// ```
    #[rhai_fn(name = "map_to", return_raw, pure)]
    pub fn map_to_plainly(ctx: NativeCallContext, cells: &mut Population, path: &str, row: FnPtr) -> RhaiResultOf<()> {
        map_to(ctx, cells, path, row, Map::new())
    }

    /// Calls a closure with every cell in turn and writes the map that it gives as a row of a CSV file. Option: `resume`
    /// (true in a run that resumes): whether to go on behind the rows of a stream that was broken off.
    #[rhai_fn(return_raw, pure)]
    pub fn map_to(
        ctx: NativeCallContext,
        cells: &mut Population,
        path: &str,
        row: FnPtr,
        options: Map,
    ) -> RhaiResultOf<()> {
        let resume = resume(&ctx, "map_to", options)?;
        let mut thrown: Option<Box<EvalAltResult>> = None;
        let streamed = cells.rows_to(Path::new(path), resume, "mapping", |places| {
            let (mut header, mut rows) = (Vec::new(), Vec::with_capacity(places.len()));
            for place in places {
                let map = row.call_within_context::<Map>(&ctx, (cells.cell(place)?,)).map_err(|e| {
                    thrown = Some(e);
                    Error::value("the closure of `map_to` failed")
                })?;
                let names: Vec<String> = map.keys().map(ToString::to_string).collect();
                if !rows.is_empty() && names != header {
                    return Err(Error::value(format!(
                        "the rows of `map_to` differ in their columns: {}, then {}",
                        header.join(", "),
                        names.join(", ")
                    )));
                }
                header = names;
                rows.push(map.iter().map(|(name, value)| field(name, value)).collect::<Result<Vec<_>>>()?);
            }
            Ok((header, rows))
        });
        match (thrown, streamed) {
            (Some(thrown), _) => Err(thrown),
            (None, Err(error)) => Err(raise(error, ctx.call_position())),
            (None, Ok(streamed)) => {
                say(path, streamed);
                Ok(())
            }
        }
    }
}
