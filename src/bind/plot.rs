//! `plot::`: figures.

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use super::cells::population_of;
use super::handles::Neuron;
use super::rows::matrix_of;
use crate::data::Population;
use crate::plot::{self, DEFAULT_DPI, Figure};
use crate::script::{At, Options, RhaiResultOf, values};

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Figure>("Figure");
    let mut module = exported_module!(namespace);
    module.combine_flatten(super::viewer::functions());
    module.combine_flatten(super::embedding::functions());
    module.combine_flatten(super::branches::functions());
    module.combine_flatten(super::shape::figures());
    // Histories come from training, which not every build has.
    #[cfg(feature = "torch")]
    let module = {
        let mut both = module;
        both.combine_flatten(exported_module!(of_training));
        both
    };
    engine.register_static_module("plot", module.into());
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    use std::path::Path;

    /// A scatter plot of the rows of a matrix.
    ///
    /// ```rhai
    /// plot::scatter(reduce::tsne(z)).save(out("cells.svg"));
    /// ```
    #[rhai_fn(name = "scatter", return_raw)]
    pub fn scatter_plainly(ctx: NativeCallContext, x: Dynamic) -> RhaiResultOf<Figure> {
        scatter(ctx, x, Map::new())
    }

    /// A scatter plot of the rows of a matrix. Options: `labels` (colours), or `values` (numbers, with a colour bar and
    /// `value_label`), `title`, `width_mm` (120), `height_mm` (90), `point_size` (mm), `opacity`, `x` and `y` (columns by
    /// name or number), `x_label`, `y_label`, `ticks`, `equal` (both axes alike).
    ///
    /// ```rhai
    /// plot::scatter(reduce::tsne(z), #{ labels: cells.labels(), title: "ACT" }).save(out("act.svg"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn scatter(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Figure> {
        let mut given = Options::new(&ctx, "plot::scatter", options);
        let labels = given.handle_with("labels", values::labels)?;
        let values = given.handle_with("values", values::numbers)?;
        let points = matrix_of("what `plot::scatter` draws", &x).at(&ctx)?;
        plot::scatter(&points, labels.as_deref(), values.as_deref(), &given.parse()?).at(&ctx)
    }

    /// A drawing of one neuron.
    ///
    /// ```rhai
    /// plot::neuron(m).save(out("cell.png"));
    /// ```
    #[rhai_fn(name = "neuron", return_raw)]
    pub fn neuron_plainly(ctx: NativeCallContext, m: Neuron) -> RhaiResultOf<Figure> {
        neuron(ctx, m, Map::new())
    }

    /// A drawing of one neuron with a scale bar. Options: `title`, `width_mm` (80), `height_mm` (80), `plane` (`"xy"`,
    /// `"xz"`, `"zy"`), `thickness` (`"radius"`, `"uniform"`), `depth` (true: what is far is paler), `color` (`"type"`,
    /// `"uniform"`), `unit` (`"µm"`).
    ///
    /// ```rhai
    /// plot::neuron(m, #{ plane: "zy", title: m.name }).save(out("cell.svg"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn neuron(ctx: NativeCallContext, m: Neuron, options: Map) -> RhaiResultOf<Figure> {
        plot::neuron(&m, &Options::new(&ctx, "plot::neuron", options).parse()?).at(&ctx)
    }

    /// Neurons side by side at one scale.
    ///
    /// ```rhai
    /// plot::gallery(cells).save(out("cells.svg"));
    /// ```
    #[rhai_fn(name = "gallery", return_raw)]
    pub fn gallery_plainly(ctx: NativeCallContext, cells: Dynamic) -> RhaiResultOf<Figure> {
        gallery(ctx, cells, Map::new())
    }

    /// Neurons side by side at one scale, grouped by labels where a population or the option `labels` has them. Options:
    /// `labels`, `title`, `width_mm` (180), `columns`, `titles`, `plane`, `thickness`, `depth`, `color` (`"type"`, `"label"`,
    /// `"uniform"`), `unit`.
    ///
    /// ```rhai
    /// plot::gallery(cells.select(0..12), #{ color: "label" }).save(out("cells.svg"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn gallery(ctx: NativeCallContext, cells: Dynamic, options: Map) -> RhaiResultOf<Figure> {
        let mut given = Options::new(&ctx, "plot::gallery", options);
        let labels = given.handle_with("labels", values::labels)?;
        let cells: Population = population_of("a gallery", &cells).at(&ctx)?;
        let drawn = cells.neurons().at(&ctx)?;
        let neurons: Vec<_> = drawn.iter().map(AsRef::as_ref).collect();
        let own = cells.labels(None).ok();
        plot::gallery(&neurons, labels.as_deref().or(own.as_ref()), &given.parse()?).at(&ctx)
    }

    /// Writes the figure as `.svg` or `.png` (300 dots per inch).
    ///
    /// ```rhai
    /// figure.save(out("figure.svg"));
    /// ```
    #[rhai_fn(global, name = "save", return_raw)]
    pub fn save_plainly(ctx: NativeCallContext, figure: &mut Figure, path: &str) -> RhaiResultOf<()> {
        save(ctx, figure, path, Map::new())
    }

    /// Writes the figure; option `dpi` (300): dots per inch of a PNG.
    ///
    /// ```rhai
    /// figure.save(out("figure.png"), #{ dpi: 600 });
    /// ```
    #[rhai_fn(global, return_raw)]
    pub fn save(ctx: NativeCallContext, figure: &mut Figure, path: &str, options: Map) -> RhaiResultOf<()> {
        let mut given = Options::new(&ctx, "save", options);
        let dpi = given.handle_with("dpi", values::number)?.unwrap_or(DEFAULT_DPI);
        given.finish()?;
        figure.save_with(Path::new(path), dpi).at(&ctx)
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe(figure: &mut Figure) -> String {
        figure.to_string()
    }
}

#[cfg(feature = "torch")]
#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod of_training {
    use std::rc::Rc;

    use crate::plot::Series;
    use crate::train::History;

    /// What a training run measured, a panel for each series.
    ///
    /// ```rhai
    /// plot::history(history).save(out("training.svg"));
    /// ```
    #[rhai_fn(name = "history", return_raw)]
    pub fn history_plainly(ctx: NativeCallContext, history: Rc<History>) -> RhaiResultOf<Figure> {
        of_history(ctx, history, Map::new())
    }

    /// What a training run measured, a panel for each series. Options: `title`, `width_mm`, `panel_height_mm`,
    /// `x_label`, `log` (names of series on a logarithmic axis).
    ///
    /// ```rhai
    /// plot::history(history, #{ log: ["lr"] }).save(out("training.svg"));
    /// ```
    #[rhai_fn(name = "history", return_raw)]
    pub fn of_history(ctx: NativeCallContext, history: Rc<History>, options: Map) -> RhaiResultOf<Figure> {
        let series: Vec<Series> = history
            .series
            .iter()
            .map(|(name, points)| Series {
                name: name.clone(),
                points: points.iter().map(|&(step, value)| (step as f64, value)).collect(),
            })
            .collect();
        plot::history(&series, &Options::new(&ctx, "plot::history", options).parse()?).at(&ctx)
    }
}
