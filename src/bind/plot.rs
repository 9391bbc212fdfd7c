//! `plot::`: figures.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map};
use serde::de::DeserializeOwned;

use super::cells::population_of;
use super::handles::Neuron;
use super::rows::matrix_of;
use crate::data::Population;
use crate::error::{Error, Result};
use crate::plot::theme::{self, Theme, ThemeOptions};
use crate::plot::{self, DEFAULT_DPI, Figure, Resize, ScatterOptions};
use crate::script::registry::{self, Handles};
use crate::script::takes::{self, Takes, part};
use crate::script::{At, Options, RhaiResultOf, values};

/// The resolution of figures shown in a terminal: about as large as they are on paper, on a usual screen.
const SHOWN_DPI: f64 = 120.0;

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("plot::theme", &[part::<crate::plot::theme::ThemeOptions>()], &[]),
    Takes::new(
        "plot::scatter",
        &[part::<crate::plot::ScatterOptions>()],
        &[takes::LABELS, takes::VALUES, ("shapes", "labels, or an array of texts"), takes::THEME],
    ),
    Takes::new("plot::neuron", &[part::<crate::plot::NeuronOptions>()], &[takes::THEME]),
    Takes::new("plot::gallery", &[part::<crate::plot::GalleryOptions>()], &[takes::LABELS, takes::THEME]),
    Takes::new("Figure.save", &[], &[("dpi", "number; 300")]),
    Takes::new("plot::history", &[part::<crate::plot::HistoryOptions>()], &[takes::THEME]),
];

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<Figure>("Figure").handle::<Theme>("Theme");
    engine.handle::<plot::Sheet>("Sheet").handle::<plot::Shown>("Shown");
    theme::set_session(theme::PAPER);
    let mut module = exported_module!(namespace);
    module.combine_flatten(super::charts::functions());
    module.combine_flatten(super::sheet::functions());
    module.combine_flatten(super::viewer::functions());
    module.combine_flatten(super::embedding::functions());
    module.combine_flatten(super::branches::functions());
    module.combine_flatten(super::shape::figures());
    module.combine_flatten(super::activity::figures());
    // Histories come from training, which not every build has.
    #[cfg(feature = "torch")]
    let module = {
        let mut both = module;
        both.combine_flatten(exported_module!(of_training));
        both
    };
    engine.register_static_module("plot", module.into());
}

/// A figure with the options of a call, in the theme that the option `theme` names or else the session's.
pub(super) fn drawn<O: DeserializeOwned + Resize + Clone + 'static>(
    ctx: &NativeCallContext,
    mut given: Options,
    draw: impl Fn(&O) -> Result<Figure> + 'static,
) -> RhaiResultOf<Figure> {
    let theme = given.handle_with("theme", theme_of)?.unwrap_or_else(theme::theme);
    Figure::elastic(given.parse()?, theme, draw).at(ctx)
}

/// A theme, the name of one, or a map of a theme's options.
fn theme_of(what: &str, value: &Dynamic) -> Result<Theme> {
    if let Some(theme) = value.read_lock::<Theme>() {
        return Ok(*theme);
    }
    let json = match value.clone().into_string() {
        Ok(name) => serde_json::json!({ "preset": name }),
        Err(_) if value.is::<Map>() => values::to_json(what, value)?,
        Err(_) => {
            let found = values::type_of(value);
            return Err(Error::value(format!("{what} must be a theme, the name of one or a map, found {found}"))
                .help("\"paper\", \"talk\", \"dark\", or `plot::theme(#{ font_size_pt: 10 })`"));
        }
    };
    let options: ThemeOptions = serde_json::from_value(json)
        .map_err(|e| Error::value(format!("{what}: {e}")).help("presets are \"paper\", \"talk\" and \"dark\""))?;
    Theme::new(&options)
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    use std::path::Path;

    /// A theme by name: `"paper"` (the default), `"talk"` (text and lines of twice the size), `"dark"`.
    ///
    /// ```rhai
    /// plot::scatter(reduce::tsne(z), #{ theme: plot::theme("talk") });
    /// ```
    #[rhai_fn(name = "theme", return_raw)]
    pub fn theme_named(ctx: NativeCallContext, name: &str) -> RhaiResultOf<Theme> {
        theme_of("the theme", &name.into()).at(&ctx)
    }

    /// A theme, for the option `theme` of any figure or for `plot::set_theme`. Options: `preset` (`"paper"`, `"talk"`,
    /// `"dark"`), `font_size_pt` (8, of axis labels; the rest follows), `line_mm` (0.3), `palette` (1 to 12 colours of
    /// classes such as `"#0072b2"`), `color_map` (`"viridis"`, `"cividis"`, `"blues"`, `"diverging"`), `grid` (false),
    /// `background`, `ink`.
    ///
    /// ```rhai
    /// let journal = plot::theme(#{ font_size_pt: 6, color_map: "cividis" });
    /// plot::bars(#{ knn: 0.8, svm: 0.9 }, #{ theme: journal });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn theme(ctx: NativeCallContext, options: Map) -> RhaiResultOf<Theme> {
        let made: ThemeOptions = Options::new(&ctx, "plot::theme", options).parse()?;
        Theme::new(&made).at(&ctx)
    }

    /// Makes a theme (or its name, or a map of its options) that of all figures drawn from here on.
    ///
    /// ```rhai
    /// plot::set_theme("paper");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn set_theme(ctx: NativeCallContext, theme: Dynamic) -> RhaiResultOf<()> {
        theme::set_session(theme_of("the theme", &theme).at(&ctx)?);
        Ok(())
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe_theme(theme: &mut Theme) -> String {
        theme.to_string()
    }

    /// A scatter plot of the rows of a matrix.
    ///
    /// ```rhai
    /// plot::scatter(reduce::tsne(z)).save(out("cells.svg"));
    /// ```
    #[rhai_fn(name = "scatter", return_raw)]
    pub fn scatter_plainly(ctx: NativeCallContext, x: Dynamic) -> RhaiResultOf<Figure> {
        scatter(ctx, x, Map::new())
    }

    /// A scatter plot of the rows of a matrix. Options: `labels` (colours and shapes), or `values` (numbers, with a colour
    /// bar and `value_label`), `title`, `width_mm` (120), `height_mm` (90), `point_size` (mm), `opacity`, `x` and `y` (columns
    /// by name or number), `x_label`, `y_label`, `ticks`, `equal` (both axes alike), `density` (`"none"`, `"all"`, `"class"`:
    /// lines around the densest 30, 60 and 90 %), `outline` (`"none"`, `"hull"`, `"ellipse"`: around each class), `names`
    /// (true: classes are named in the plot where all find room), `highlight` (ids that get a ring and their name), `shapes` (labels shown by the
    /// points' shapes), `theme`.
    ///
    /// ```rhai
    /// plot::scatter(reduce::tsne(z), #{ labels: cells.labels(), names: true, density: "class" }).save(out("act.svg"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn scatter(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Figure> {
        let mut given = Options::new(&ctx, "plot::scatter", options);
        let labels = given.handle_with("labels", values::labels)?;
        let values = given.handle_with("values", values::numbers)?;
        let shapes = given.handle_with("shapes", values::labels)?;
        let points = matrix_of("what `plot::scatter` draws", &x).at(&ctx)?;
        drawn(&ctx, given, move |options: &ScatterOptions| {
            let options = ScatterOptions { shapes: shapes.as_deref().cloned(), ..options.clone() };
            plot::scatter(&points, labels.as_deref(), values.as_deref(), &options)
        })
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
        drawn(&ctx, Options::new(&ctx, "plot::neuron", options), move |options| plot::neuron(&m, options))
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
        let neurons: Vec<_> = cells.neurons().at(&ctx)?.to_vec();
        let labels = labels.or_else(|| cells.labels(None).ok().map(Rc::new));
        drawn(&ctx, given, move |options| {
            let neurons: Vec<_> = neurons.iter().map(AsRef::as_ref).collect();
            plot::gallery(&neurons, labels.as_deref(), options)
        })
    }

    /// Writes the figure as `.svg`, `.pdf` or `.png` (300 dots per inch). SVG and PDF have their font inside.
    ///
    /// ```rhai
    /// figure.save(out("figure.svg"));
    /// ```
    #[rhai_fn(global, name = "save", return_raw, pure)]
    pub fn save_plainly(ctx: NativeCallContext, figure: &mut Figure, path: &str) -> RhaiResultOf<()> {
        save(ctx, figure, path, Map::new())
    }

    /// Writes the figure; option `dpi` (300): dots per inch of a PNG.
    ///
    /// ```rhai
    /// figure.save(out("figure.png"), #{ dpi: 600 });
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn save(ctx: NativeCallContext, figure: &mut Figure, path: &str, options: Map) -> RhaiResultOf<()> {
        let mut given = Options::new(&ctx, "Figure.save", options);
        let dpi = given.handle_with("dpi", values::number)?.unwrap_or(DEFAULT_DPI);
        given.finish()?;
        figure.save_with(Path::new(path), dpi).at(&ctx)
    }

    /// Shows the figure in the terminal: as a picture where it can show pictures, else in coloured blocks. Where the
    /// output is no terminal, a line says what it is. Nothing else is opened.
    ///
    /// ```rhai
    /// figure.show();
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn show(ctx: NativeCallContext, figure: &mut Figure) -> RhaiResultOf<()> {
        let png = figure.to_png(SHOWN_DPI).at(&ctx)?;
        crate::script::show::picture(&png, &figure.to_string()).at(&ctx)
    }

    /// The figure as the text of an SVG document.
    ///
    /// ```rhai
    /// plot::bars(#{ knn: 0.8, svm: 0.9 }).to_svg().len() > 1000
    /// ```
    #[rhai_fn(global, pure)]
    pub fn to_svg(figure: &mut Figure) -> String {
        figure.svg().to_string()
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
        drawn(&ctx, Options::new(&ctx, "plot::history", options), move |options| plot::history(&series, options))
    }
}
