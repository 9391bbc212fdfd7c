//! What a script says about its own run: parameters, outputs, results, its end.

use std::time::{Duration, Instant};

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use crate::error::{Error, Result};
use crate::run::params::Value;
use crate::script::fail::Stop;
use crate::script::{At, RhaiResultOf, host, values};

/// Installs the functions, which belong to no namespace.
pub(super) fn install(engine: &mut Engine) {
    engine.register_global_module(exported_module!(functions).into());
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod functions {
    /// A parameter: `default`, unless the caller gave `--param name=value` or a line in `--params FILE`. It has the
    /// type of its default; whole numbers pass for numbers.
    ///
    /// ```rhai
    /// let steps = param("steps", 2000);
    /// ```
    #[rhai_fn(name = "param", return_raw)]
    pub fn param_without_help(ctx: NativeCallContext, name: &str, default: Dynamic) -> RhaiResultOf<Dynamic> {
        param(ctx, name, default, "")
    }

    /// The same with a line of help for whoever runs the script.
    ///
    /// ```rhai
    /// let data = param("data", "cells", "folder of SWC files");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn param(ctx: NativeCallContext, name: &str, default: Dynamic, help: &str) -> RhaiResultOf<Dynamic> {
        let default = plain(name, &default).at(&ctx)?;
        // A script must not catch that it was called wrongly.
        let value = host::param(name, default, help).map_err(|e| Stop::Usage(e).at(ctx.call_position()))?;
        Ok(match value {
            Value::Bool(b) => b.into(),
            Value::Int(n) => n.into(),
            Value::Float(x) => x.into(),
            Value::Text(t) => t.into(),
        })
    }

    /// A path inside the run's output folder, which is made where needed.
    ///
    /// ```rhai
    /// let path = out("figures/cells.svg");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn out(ctx: NativeCallContext, name: &str) -> RhaiResultOf<String> {
        host::out(name).map(|p| p.display().to_string()).at(&ctx)
    }

    /// Adds to the run's results, which are written to `result.json` and with `--json` to standard output.
    ///
    /// ```rhai
    /// result(#{ accuracy: 0.81, cells: 102 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn result(ctx: NativeCallContext, values: Map) -> RhaiResultOf<()> {
        for (name, value) in &values {
            host::note_result(name, values::to_json(&format!("result `{name}`"), value).at(&ctx)?);
        }
        Ok(())
    }

    /// Whether the script should do a tiny version of its work (`--smoke`), to see that it runs at all.
    ///
    /// ```rhai
    /// let steps = if smoke() { 2 } else { 2000 };
    /// ```
    pub fn smoke() -> bool {
        host::smoke()
    }

    /// Whether this nms was built with libtorch, which `nn::` and `train::` need.
    ///
    /// ```rhai
    /// if has_torch() { print(nn::relational()); }
    /// ```
    pub fn has_torch() -> bool {
        cfg!(feature = "torch")
    }

    /// Waits for a number of seconds. Unlike the language's own `sleep` it can be stopped.
    ///
    /// ```rhai
    /// sleep(0.01);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn sleep(ctx: NativeCallContext, seconds: f64) -> RhaiResultOf<()> {
        wait(seconds).at(&ctx)
    }

    /// The same for whole seconds.
    #[rhai_fn(name = "sleep", return_raw)]
    pub fn sleep_whole(ctx: NativeCallContext, seconds: i64) -> RhaiResultOf<()> {
        wait(seconds as f64).at(&ctx)
    }

    /// Ends the script with an exit code from 0 to 255: 0 says that all is well.
    ///
    /// ```rhai
    /// if smoke() { exit(0); }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn exit(ctx: NativeCallContext, code: i64) -> RhaiResultOf<()> {
        // The system keeps eight bits, in which 256 would say that all is well.
        let outside = || Error::value(format!("an exit code is a number from 0 to 255, found `{code}`"));
        let code = u8::try_from(code).map_err(|_| outside()).at(&ctx)?;
        Err(Stop::Exit(code).at(ctx.call_position()))
    }

    /// Ends the script; all is well.
    ///
    /// ```rhai
    /// if smoke() { exit(); }
    /// ```
    #[rhai_fn(name = "exit", return_raw)]
    pub fn exit_well(ctx: NativeCallContext) -> RhaiResultOf<()> {
        exit(ctx, 0)
    }
}

/// Waits, a fiftieth of a second at a time.
fn wait(seconds: f64) -> Result<()> {
    let end = Duration::try_from_secs_f64(seconds).ok().and_then(|d| Instant::now().checked_add(d));
    let end = end.ok_or_else(|| Error::value(format!("cannot sleep for {seconds} seconds")))?;
    while let Some(rest) = end.checked_duration_since(Instant::now()) {
        crate::interrupt::check()?;
        std::thread::sleep(rest.min(Duration::from_millis(20)));
    }
    Ok(())
}

/// A default as a parameter's value.
fn plain(name: &str, default: &Dynamic) -> Result<Value> {
    if let Ok(b) = default.as_bool() {
        return Ok(Value::Bool(b));
    }
    if let Ok(n) = default.as_int() {
        return Ok(Value::Int(n));
    }
    if let Ok(x) = default.as_float() {
        return Ok(Value::Float(x));
    }
    default.clone().into_string().map(Value::Text).map_err(|_| {
        Error::value(format!("the default of the parameter `{name}` must be a text, a number, or `true` or `false`"))
    })
}
