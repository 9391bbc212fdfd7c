//! `log::`: lines for the run's log, which goes to standard error or `--log-file`.

use rhai::plugin::*;

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    engine.register_static_module("log", exported_module!(namespace).into());
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// Writes an information, which `-q` hides.
    ///
    /// ```rhai
    /// log::info("102 cells read");
    /// ```
    pub fn info(message: Dynamic) {
        tracing::info!(target: "nms::script", "{message}");
    }

    /// Writes a warning.
    ///
    /// ```rhai
    /// log::warn("3 cells have no soma");
    /// ```
    pub fn warn(message: Dynamic) {
        tracing::warn!(target: "nms::script", "{message}");
    }

    /// Writes a detail, which only `-v` shows. (`debug` is a word of the language.)
    ///
    /// ```rhai
    /// log::detail("fold 3 of 5");
    /// ```
    pub fn detail(message: Dynamic) {
        tracing::debug!(target: "nms::script", "{message}");
    }
}
