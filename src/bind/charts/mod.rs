//! `plot::`: charts of results, and grids of figures.

mod given;

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, Map};

use given::{bars_of, edges, groups, lines_of, merges, numbers, strips};

use super::plot::drawn;
use super::rows::matrix_of;
use crate::error::{Error, Result};
use crate::evaluate::Scores;
use crate::metrics::{self, Confusion, Silhouette};
use crate::morph::nblast::KnnGraph;
use crate::plot::{self, Counts, Figure, ScatterOptions, Series};
use crate::script::registry;
use crate::script::takes::{self, Takes, part};
use crate::script::{At, Options, RhaiResultOf, values};

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new(
        "plot::confusion",
        &[part::<crate::plot::ConfusionOptions>()],
        &[("predicted", "labels, or an array of texts"), takes::THEME],
    ),
    Takes::new("plot::matrix", &[part::<crate::plot::MatrixOptions>()], &[takes::THEME]),
    Takes::new(
        "plot::clustermap",
        &[part::<crate::plot::ClustermapOptions>()],
        &[
            ("dendrogram", "dendrogram of the rows"),
            ("column_dendrogram", "dendrogram of the columns"),
            ("labels", "map of names and labels of the rows"),
            takes::THEME,
        ],
    ),
    Takes::new("plot::silhouette", &[part::<crate::plot::SilhouetteOptions>()], &[takes::LABELS, takes::THEME]),
    Takes::new(
        "plot::distributions",
        &[part::<crate::plot::DistributionsOptions>()],
        &[takes::LABELS, ("order", "array of texts"), takes::THEME],
    ),
    Takes::new("plot::bars", &[part::<crate::plot::BarsOptions>()], &[takes::THEME]),
    Takes::new("plot::lines", &[part::<crate::plot::LinesOptions>()], &[takes::THEME]),
    Takes::new("plot::histogram", &[part::<crate::plot::HistogramOptions>()], &[takes::LABELS, takes::THEME]),
    Takes::new("plot::facets", &[part::<crate::plot::FacetsOptions>()], &[takes::LABELS, takes::THEME]),
    Takes::new(
        "plot::graph",
        &[part::<crate::plot::ScatterOptions>()],
        &[("layout", "matrix of two columns"), takes::LABELS, takes::VALUES, takes::THEME],
    ),
    Takes::new("plot::grid", &[part::<crate::plot::GridOptions>()], &[takes::THEME]),
];

/// The functions of the namespace.
pub(super) fn functions() -> rhai::Module {
    registry::declare(TAKES);
    exported_module!(namespace)
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// Predictions against the truth as coloured tiles: what `scores.confusion` or `metrics::confusion` gives.
    ///
    /// ```rhai
    /// plot::confusion(metrics::confusion(["a", "b", "b"], ["a", "b", "a"])).save(out("confusion.svg"));
    /// ```
    #[rhai_fn(name = "confusion", return_raw)]
    pub fn confusion_plainly(ctx: NativeCallContext, confusion: Dynamic) -> RhaiResultOf<Figure> {
        self::confusion(ctx, confusion, Map::new())
    }

    /// Predictions against the truth, coloured by the share of the true class, with counts and shares in the tiles and the
    /// accuracy in the title. Takes a confusion matrix, or labels with the option `predicted`.
    ///
    /// Options: `predicted` (labels), `title`, `width_mm` (100), `height_mm` (square tiles), `order` (names of all
    /// classes), `numbers` (true), `x_label`, `y_label`, `theme`.
    ///
    /// ```rhai
    /// plot::confusion(["a", "b", "b"], #{ predicted: ["a", "b", "a"], order: ["b", "a"] });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn confusion(ctx: NativeCallContext, confusion: Dynamic, options: Map) -> RhaiResultOf<Figure> {
        let mut given = Options::new(&ctx, "plot::confusion", options);
        let predicted = given.handle_with("predicted", values::labels)?;
        let scored = confusion.read_lock::<Rc<Scores>>().map(|scores| Rc::new(scores.confusion.clone()));
        let counted = match (scored.or_else(|| confusion.clone().try_cast::<Rc<Confusion>>()), predicted) {
            (Some(confusion), _) => confusion,
            (None, Some(predicted)) => {
                let truth = values::labels("the true labels", &confusion).at(&ctx)?;
                Rc::new(metrics::confusion(&truth, &predicted).at(&ctx)?)
            }
            (None, None) => {
                let found = values::type_of(&confusion);
                return Err(Error::value(format!("`plot::confusion` draws a confusion matrix, found {found}"))
                    .help("scores have one; or give the true labels, and the option `predicted`"))
                .at(&ctx);
            }
        };
        let counts = Counts { classes: counted.classes().to_vec(), counts: counted.counts().to_vec() };
        drawn(&ctx, given, move |options| plot::confusion(&counts, options))
    }

    /// A matrix as coloured tiles.
    ///
    /// ```rhai
    /// plot::matrix(cells.nblast()).save(out("nblast.svg"));
    /// ```
    #[rhai_fn(name = "matrix", return_raw)]
    pub fn matrix_plainly(ctx: NativeCallContext, x: Dynamic) -> RhaiResultOf<Figure> {
        matrix(ctx, x, Map::new())
    }

    /// A matrix or a table's numbers as coloured tiles, the first row at the top. Options: `title`, `width_mm` (100),
    /// `height_mm` (85), `value_label`, `x_label`, `y_label`, `color_map` (`"viridis"`, `"cividis"`, `"blues"`,
    /// `"diverging"`), `range` (`[low, high]`), `center` (the value of the middle colour), `names` (true), `theme`.
    ///
    /// ```rhai
    /// plot::matrix(cells.nblast(), #{ value_label: "NBLAST score", range: [0, 1] }).save(out("nblast.svg"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn matrix(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Figure> {
        let x = matrix_of("what `plot::matrix` draws", &x).at(&ctx)?;
        drawn(&ctx, Options::new(&ctx, "plot::matrix", options), move |options| plot::matrix(&x, options))
    }

    /// A heat map of cells and their features.
    ///
    /// ```rhai
    /// plot::clustermap(cells.metrics()).save(out("features.svg"));
    /// ```
    #[rhai_fn(name = "clustermap", return_raw)]
    pub fn clustermap_plainly(ctx: NativeCallContext, x: Dynamic) -> RhaiResultOf<Figure> {
        clustermap(ctx, x, Map::new())
    }

    /// A heat map whose rows stand in the order of a dendrogram, with the tree and labels beside them, columns as z-scores.
    ///
    /// Options: `dendrogram` and `column_dendrogram` (what `cluster::agglomerative` gives, its `.dendrogram`, or an array of
    /// `[a, b, height]`, numbered as scipy does), `labels` (or a map
    /// of several labellings by name), `title`, `width_mm` (120), `height_mm` (110), `z_score` (true), `value_label`,
    /// `color_map`, `range`, `tree_mm` (18), `names` (true), `theme`.
    ///
    /// ```rhai
    /// let groups = cluster::agglomerative(z, #{ clusters: 3 });
    /// plot::clustermap(z, #{ dendrogram: groups, labels: groups.labels });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn clustermap(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Figure> {
        let mut given = Options::new(&ctx, "plot::clustermap", options);
        let rows = given.handle_with("dendrogram", merges)?;
        let columns = given.handle_with("column_dendrogram", merges)?;
        let strips = given.handle_with("labels", strips)?.unwrap_or_default();
        let x = matrix_of("what `plot::clustermap` draws", &x).at(&ctx)?;
        drawn(&ctx, given, move |options| plot::clustermap(&x, rows.as_ref(), columns.as_ref(), &strips, options))
    }

    /// How well each cell lies in its cluster: what `metrics::silhouette` gives.
    ///
    /// ```rhai
    /// plot::silhouette(metrics::silhouette(z, cells.labels())).save(out("silhouette.svg"));
    /// ```
    #[rhai_fn(name = "silhouette", return_raw)]
    pub fn silhouette_plainly(ctx: NativeCallContext, silhouettes: Dynamic) -> RhaiResultOf<Figure> {
        silhouette(ctx, silhouettes, Map::new())
    }

    /// How well each cell lies in its cluster. Takes what `metrics::silhouette` gives, or the cells' silhouettes as numbers,
    /// which need the option `labels`. Options: `labels`, `title`, `width_mm` (100), `height_mm` (80), `theme`.
    ///
    /// ```rhai
    /// plot::silhouette([0.8, 0.6, -0.1, 0.4], #{ labels: ["a", "a", "b", "b"] });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn silhouette(ctx: NativeCallContext, silhouettes: Dynamic, options: Map) -> RhaiResultOf<Figure> {
        let mut given = Options::new(&ctx, "plot::silhouette", options);
        let labels = given.handle_with("labels", values::labels)?;
        let (own, labels) = match silhouettes.read_lock::<Rc<Silhouette>>() {
            Some(found) => (found.widths.clone(), labels.unwrap_or_else(|| Rc::new(found.labels.clone()))),
            None => (numbers("the silhouettes", &silhouettes).at(&ctx)?, given.require("labels", labels)?),
        };
        drawn(&ctx, given, move |options| plot::silhouette(&own, &labels, options))
    }

    /// The values of each column, or of each array of a map, side by side.
    ///
    /// ```rhai
    /// plot::distributions(#{ before: [1.0, 2.0, 3.0], after: [2.0, 2.5, 4.0] });
    /// ```
    #[rhai_fn(name = "distributions", return_raw)]
    pub fn distributions_plainly(ctx: NativeCallContext, x: Dynamic) -> RhaiResultOf<Figure> {
        distributions(ctx, x, Map::new())
    }

    /// Values of groups side by side as boxes, violins or points. Takes an array of numbers with `labels`, a map of arrays,
    /// or the columns of a matrix or table.
    ///
    /// Options: `labels`, `order` (names of groups), `kind` (`"box"`, `"violin"`, `"strip"`), `points` (by default in
    /// strips, and upon boxes of 200 at most), `paired` (values at the same place belong together), `compare` (`"none"`, `"all"`, `"neighbours"`, or
    /// pairs of names: Mann-Whitney, or Wilcoxon where paired, two-sided, exact up to 60 values), `holm` (true: p corrected
    /// for their number), `log`, `y_label`, `x_label`, `title`, `width_mm` (85), `height_mm` (75), `theme`.
    ///
    /// ```rhai
    /// let lengths = cells.metrics()["total_length"];
    /// plot::distributions(lengths, #{ labels: cells.labels(), kind: "violin", y_label: "cable (µm)" });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn distributions(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Figure> {
        let mut given = Options::new(&ctx, "plot::distributions", options);
        let labels = given.handle_with("labels", values::labels)?;
        let order = given.handle_with("order", values::texts)?.unwrap_or_default();
        let mut groups = groups(&x, labels.as_deref()).at(&ctx)?;
        if !order.is_empty() {
            let pick = |name: &String| {
                groups.iter().find(|g| g.name == *name).cloned().ok_or_else(|| {
                    let names: Vec<&str> = groups.iter().map(|g| g.name.as_str()).collect();
                    Error::value(format!("`order` names `{name}`, which is none of the groups"))
                        .help(format!("they are `{}`", names.join("`, `")))
                })
            };
            groups = order.iter().map(pick).collect::<Result<_>>().at(&ctx)?;
        }
        drawn(&ctx, given, move |options| plot::distributions(&groups, options))
    }

    /// Bars of a map of numbers, of an array of maps, or of a table.
    ///
    /// ```rhai
    /// plot::bars(#{ knn: 0.81, svm: 0.86 });
    /// ```
    #[rhai_fn(name = "bars", return_raw)]
    pub fn bars_plainly(ctx: NativeCallContext, x: Dynamic) -> RhaiResultOf<Figure> {
        bars(ctx, x, Map::new())
    }

    /// Bars with intervals. Takes an array of maps with `name`, `value`, and where there are any `low`, `high` (the ends of
    /// an interval) and `series`; a table with such columns, its ids being the names; or a map of numbers.
    ///
    /// Options: `title`, `width_mm` (100), `height_mm` (70), `horizontal`, `value_label`, `reference` (a dashed line),
    /// `range` (`[low, high]`), `numbers`, `theme`.
    ///
    /// ```rhai
    /// let scores = [#{ name: "knn", value: 0.81, low: 0.78, high: 0.84 }, #{ name: "svm", value: 0.86, low: 0.8, high: 0.9 }];
    /// plot::bars(scores, #{ value_label: "accuracy", reference: 0.25 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn bars(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Figure> {
        let all = bars_of(&x).at(&ctx)?;
        drawn(&ctx, Options::new(&ctx, "plot::bars", options), move |options| plot::bars(&all, options))
    }

    /// Lines of an array of maps, or of a table's columns against its first.
    ///
    /// ```rhai
    /// plot::lines([#{ y: [3.0, 2.0, 1.5] }]);
    /// ```
    #[rhai_fn(name = "lines", return_raw)]
    pub fn lines_plainly(ctx: NativeCallContext, x: Dynamic) -> RhaiResultOf<Figure> {
        lines(ctx, x, Map::new())
    }

    /// Lines with bands. Takes an array of maps with `y`, and where there are any `name`, `x` (1, 2, 3, … by default), `low`
    /// and `high` (the edges of a band); or a table, whose other columns are drawn against its first.
    ///
    /// Options: `title`, `width_mm` (110), `height_mm` (70), `x_label`, `y_label`, `log_x`, `log_y`, `range` (`[low, high]`),
    /// `points` (by default up to 30 of a line), `reference` (a dashed line), `theme`.
    ///
    /// ```rhai
    /// let curve = #{ name: "knn", x: [10, 30, 100], y: [0.5, 0.6, 0.8], low: [0.4, 0.5, 0.7], high: [0.6, 0.7, 0.9] };
    /// plot::lines([curve], #{ x_label: "training cells", y_label: "accuracy", log_x: true });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn lines(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Figure> {
        let all = lines_of(&x).at(&ctx)?;
        drawn(&ctx, Options::new(&ctx, "plot::lines", options), move |options| plot::lines(&all, options))
    }

    /// How often values occur.
    ///
    /// ```rhai
    /// plot::histogram(cells.metrics()["total_length"]);
    /// ```
    #[rhai_fn(name = "histogram", return_raw)]
    pub fn histogram_plainly(ctx: NativeCallContext, x: Dynamic) -> RhaiResultOf<Figure> {
        histogram(ctx, x, Map::new())
    }

    /// How often values occur, class by class where there are labels. Options: `labels`, `bins` (a number), `density`, `log`,
    /// `x_label`, `title`, `width_mm` (100), `height_mm` (65), `theme`.
    ///
    /// ```rhai
    /// plot::histogram(cells.metrics()["total_length"], #{ labels: cells.labels(), x_label: "cable (µm)" });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn histogram(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Figure> {
        let mut given = Options::new(&ctx, "plot::histogram", options);
        let labels = given.handle_with("labels", values::labels)?;
        let own = numbers("what `plot::histogram` counts", &x).at(&ctx)?;
        drawn(&ctx, given, move |options| plot::histogram(&own, labels.as_deref(), options))
    }

    /// Small multiples: a panel for each class, its cells in colour over those of the others in grey. Needs the option
    /// `labels`. Options: `labels`, `title`, `width_mm` (170), `columns`, `aspect` (1), `point_size`, `context` (true),
    /// `ticks`, `theme`.
    ///
    /// ```rhai
    /// plot::facets(reduce::tsne(z), #{ labels: cells.labels(), columns: 3 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn facets(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Figure> {
        let mut given = Options::new(&ctx, "plot::facets", options);
        let labels = given.handle_with("labels", values::labels)?;
        let labels = given.require("labels", labels)?;
        let x = matrix_of("what `plot::facets` draws", &x).at(&ctx)?;
        drawn(&ctx, given, move |options| plot::facets(&x, &labels, options))
    }

    /// A graph of neighbours, drawn on a layout of the same cells: the scatter plot of `layout` (needed) with a line for each
    /// edge. Options: `layout` (a matrix with the graph's ids), and those of `plot::scatter`.
    ///
    /// ```rhai
    /// plot::graph(cells.nblast_knn(#{ k: 3 }), #{ layout: reduce::pca(cells.nblast()), labels: cells.labels(), x: 0, y: 1 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn graph(ctx: NativeCallContext, graph: Rc<KnnGraph>, options: Map) -> RhaiResultOf<Figure> {
        let mut given = Options::new(&ctx, "plot::graph", options);
        let layout = given.handle_with("layout", matrix_of)?;
        let points = given.require("layout", layout)?;
        let labels = given.handle_with("labels", values::labels)?;
        let own = given.handle_with("values", numbers)?;
        let edges = edges(&graph, &points).at(&ctx)?;
        drawn(&ctx, given, move |options: &ScatterOptions| {
            let options = ScatterOptions { edges: edges.clone(), ..options.clone() };
            plot::scatter(&points, labels.as_deref(), own.as_deref(), &options)
        })
    }

    /// Series of numbers by name, a panel for each above one axis of steps. Options: `title`, `width_mm` (120),
    /// `panel_height_mm` (22), `x_label`, `log` (names of series on a logarithmic axis), `theme`.
    ///
    /// ```rhai
    /// plot::history(#{ loss: [5.0, 4.0, 3.5], rate: [1e-3, 1e-3, 1e-4] }, #{ log: ["rate"] });
    /// ```
    #[rhai_fn(name = "history", return_raw)]
    pub fn history_of_numbers(ctx: NativeCallContext, series: Map, options: Map) -> RhaiResultOf<Figure> {
        let one = |(name, v): (&rhai::Identifier, &Dynamic)| {
            let values = numbers(&format!("series `{name}`"), v)?;
            let points = values.into_iter().enumerate().map(|(i, v)| (i as f64 + 1.0, v)).collect();
            Ok(Series { name: name.to_string(), points })
        };
        let all = series.iter().map(one).collect::<Result<Vec<_>>>().at(&ctx)?;
        drawn(&ctx, Options::new(&ctx, "plot::history", options), move |options| plot::history(&all, options))
    }

    /// Figures composed to one, with letters.
    ///
    /// ```rhai
    /// let z = reduce::pca(cells.metrics());
    /// let a = plot::scatter(z, #{ x: 0, y: 1 });
    /// plot::grid([[a, plot::clustermap(cells.metrics())], [plot::gallery(cells)]]).save(out("figure1.pdf"));
    /// ```
    #[rhai_fn(name = "grid", return_raw)]
    pub fn grid_plainly(ctx: NativeCallContext, rows: Array) -> RhaiResultOf<Figure> {
        grid(ctx, rows, Map::new())
    }

    /// Figures composed to one, row by row, with letters. Panels are laid out anew for their places, so that all text keeps
    /// its size and axes of a row stand on one line; pictures that cannot be are made smaller. `()` in a row is left out.
    ///
    /// Options: `title`, `width_mm` (180), `heights_mm` (one for each row), `widths` (of the columns, relative to each
    /// other), `letters` (true), `lower_case`, `gap_mm` (4), `theme`.
    ///
    /// ```rhai
    /// let a = plot::bars(#{ knn: 0.81, svm: 0.86 });
    /// plot::grid([[a, a], [a]], #{ width_mm: 180, heights_mm: [60, 40] }).save(out("figure1.pdf"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn grid(ctx: NativeCallContext, rows: Array, options: Map) -> RhaiResultOf<Figure> {
        let row = |row: &Dynamic| {
            let refused = |found: &Dynamic| {
                Error::value(format!("`plot::grid` takes rows of figures, found {}", values::type_of(found)))
                    .help("rows are arrays: `plot::grid([[a, b], [c]])`")
            };
            let items = row.read_lock::<Array>().ok_or_else(|| refused(row))?;
            let shown = items.iter().filter(|v| !v.is_unit());
            shown.map(|v| v.clone().try_cast::<Figure>().ok_or_else(|| refused(v))).collect::<Result<Vec<_>>>()
        };
        let rows = rows.iter().map(row).collect::<Result<Vec<_>>>().at(&ctx)?;
        drawn(&ctx, Options::new(&ctx, "plot::grid", options), move |options| plot::grid(&rows, options))
    }
}
