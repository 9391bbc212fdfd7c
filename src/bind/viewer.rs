//! `plot::viewer`: neurons in three dimensions.

use std::path::Path;

use rhai::plugin::*;
use rhai::{Array, Dynamic, Map};

use super::cells::population_of;
use crate::error::Result;
use crate::plot::{self, SampleValues, Viewer};
use crate::script::registry::{self, Handles};
use crate::script::takes::{self, Takes, part};
use crate::script::{At, Options, RhaiResultOf, values};

/// What the options maps hold.
const TAKES: &[Takes] = &[Takes::new(
    "plot::viewer",
    &[part::<crate::plot::ViewerOptions>()],
    &[takes::LABELS, ("values", "array of a number for each sample, or an array of such")],
)];

/// Installs the page's methods; its constructor belongs to `plot`.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<Viewer>("Viewer");
    engine.register_global_module(exported_module!(methods).into());
}

/// The functions of `plot`.
pub(super) fn functions() -> Module {
    exported_module!(namespace)
}

/// `#{ name: [[…], […]] }`, one list per neuron, or `#{ name: […] }` for a single one.
fn sample_values(what: &str, value: &Dynamic, neurons: usize) -> Result<Vec<SampleValues>> {
    let map = value.as_map_ref().map_err(|_| {
        crate::error::Error::value(format!("{what} is {}, expected a map", values::type_of(value)))
            .help("such as `values: #{ thickness: [0.5, 0.7] }`, one number per sample")
    })?;
    let lists = |name: &str, value: &Dynamic| -> Result<Vec<Vec<f64>>> {
        let of_one = |items: &Array| neurons == 1 && !items.first().is_some_and(Dynamic::is_array);
        match value.read_lock::<Array>() {
            Some(items) if !of_one(&items) => items.iter().map(|v| values::numbers(name, v)).collect(),
            _ => Ok(vec![values::numbers(name, value)?]),
        }
    };
    map.iter().map(|(name, v)| Ok(SampleValues { name: name.to_string(), values: lists(name, v)? })).collect()
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// Neurons in three dimensions, as one HTML page to turn and zoom in any browser.
    ///
    /// ```rhai
    /// plot::viewer(morph::synthesize("purkinje")).save(out("cell.html"));
    /// ```
    #[rhai_fn(name = "viewer", return_raw)]
    pub fn viewer_plainly(ctx: NativeCallContext, neurons: Dynamic) -> RhaiResultOf<Viewer> {
        viewer(ctx, neurons, Map::new())
    }

    /// Neurons in three dimensions, as one HTML page. Options: `title`, `color` (`"type"`, `"cell"`, `"label"`,
    /// `"branch order"`, `"path length"`, `"distance"`, `"radius"` or a name of `values`), `values` (a map: a number for
    /// each sample, one list per neuron), `beside` (true: side by side instead of in place), `labels`, `unit` (`"µm"`).
    ///
    /// ```rhai
    /// plot::viewer(cells.select(0..4), #{ color: "path length", beside: true }).save(out("cells.html"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn viewer(ctx: NativeCallContext, neurons: Dynamic, options: Map) -> RhaiResultOf<Viewer> {
        let cells = population_of("a viewer", &neurons).at(&ctx)?;
        let mut given = Options::new(&ctx, "plot::viewer", options);
        let labels = given.handle_with("labels", values::labels)?;
        let values = given.handle_with("values", |what, value| sample_values(what, value, cells.len()))?;
        let own = cells.labels(None).ok();
        let shown = cells.neurons().at(&ctx)?;
        let neurons: Vec<_> = shown.iter().map(AsRef::as_ref).collect();
        let labels = labels.as_deref().or(own.as_ref());
        plot::viewer(&neurons, labels, &values.unwrap_or_default(), &given.parse()?).at(&ctx)
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod methods {
    /// Writes the page.
    ///
    /// ```rhai
    /// plot::viewer(cells).save(out("cells.html"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn save(ctx: NativeCallContext, viewer: &mut Viewer, path: &str) -> RhaiResultOf<()> {
        viewer.save(Path::new(path)).at(&ctx)
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe(viewer: &mut Viewer) -> String {
        viewer.to_string()
    }
}
