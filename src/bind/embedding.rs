//! `plot::explorer`, `plot::cells_at_points`, `plot::cluster_gallery`: maps of cells with the cells themselves.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use super::cells::population_of;
use super::handles::Rows;
use super::plot::drawn;
use super::rows::matrix_of;
use super::table::column;
use crate::cluster::Mixture;
use crate::data::table::Column;
use crate::data::{Labels, Matrix, Population, Table};
use crate::error::{Error, Result};
use crate::plot::{self, Explorer, Figure, Typical};
use crate::script::registry::{self, Handles};
use crate::script::takes::{self, Takes, part};
use crate::script::{At, Options, RhaiResultOf, values};

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new(
        "plot::explorer",
        &[part::<crate::plot::ExplorerOptions>()],
        &[takes::LABELS, takes::VALUES, ("value_label", "text; \"value\""), ("columns", "table of more columns")],
    ),
    Takes::new("plot::cells_at_points", &[part::<crate::plot::CellsAtPointsOptions>()], &[takes::LABELS, takes::THEME]),
    Takes::new(
        "plot::cluster_gallery",
        &[part::<crate::plot::ClusterGalleryOptions>()],
        &[
            ("z", "matrix in which distances are measured"),
            ("probabilities", "matrix of a mixture's probabilities"),
            takes::THEME,
        ],
    ),
];

/// Installs the page's methods; its constructor belongs to `plot`.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<Explorer>("Explorer");
    engine.register_global_module(exported_module!(methods).into());
}

/// The functions of `plot`.
pub(super) fn functions() -> Module {
    exported_module!(namespace)
}

/// One map, or several by name in the order of their names.
fn maps_of(value: &Dynamic) -> Result<Vec<(String, Rows)>> {
    let what = "what `plot::explorer` shows";
    match value.read_lock::<Map>() {
        Some(maps) => maps.iter().map(|(name, map)| Ok((name.to_string(), matrix_of(what, map)?))).collect(),
        None => Ok(vec![("map".to_string(), matrix_of(what, value)?)]),
    }
}

/// Columns of the rows with these ids: of a table, matched by id, or of a map of labels and arrays in the rows' order.
fn columns_of(what: &str, value: &Dynamic, ids: &Arc<[String]>) -> Result<Vec<Column>> {
    if let Some(table) = value.read_lock::<Table>() {
        let (joined, unmatched) = Table::new(ids.clone(), Vec::new())?.joined(&table, &Default::default())?;
        if unmatched == ids.len() {
            return Err(Error::value(format!("{what}: no row of the table has the id of a cell"))
                .help("name the column of ids where the table is read: `table::load(path, #{ id: \"cell\" })`"));
        }
        if unmatched > 0 {
            tracing::warn!("{what}: {unmatched} of {} cells are not in the table", ids.len());
        }
        return Ok(joined.columns().to_vec());
    }
    match value.read_lock::<Map>() {
        Some(map) => map.iter().map(|(name, values)| column(name, values)).collect(),
        None => {
            Err(Error::value(format!("{what} must be a table or a map of columns, found {}", values::type_of(value)))
                .help("such as `columns: cells.metrics()` or `columns: #{ cluster: groups.labels }`"))
        }
    }
}

/// The labels of a population's column for the rows with these ids.
fn own_labels(ids: &[String], cells: &Population, column: Option<&str>) -> Result<Labels> {
    let labels = cells.labels(column)?;
    let places: HashMap<&str, usize> = cells.ids().iter().map(String::as_str).zip(0..).collect();
    Ok(Labels::new(ids.iter().map(|id| places.get(id.as_str()).and_then(|&place| labels.get(place)))))
}

/// The columns that a page of these rows has: the labels given, then others given, then those of the population.
fn columns(ids: &[String], cells: &Population, labels: Option<&Labels>, more: Vec<Column>) -> Result<Vec<Column>> {
    let of = |name: &str, labels: &Labels| Column::texts(name, (0..labels.len()).map(|i| labels.get(i)));
    let mut columns: Vec<Column> = labels.iter().map(|labels| of("label", labels)).collect();
    let own = cells.columns().map(|name| Ok(of(name, &own_labels(ids, cells, Some(name))?)));
    for column in more.into_iter().map(Ok).chain(own).collect::<Result<Vec<_>>>()? {
        if !columns.iter().any(|known| known.name == column.name) {
            columns.push(column);
        }
    }
    Ok(columns)
}

fn no_measure() -> Error {
    Error::value("which cells are typical cannot be told from labels alone")
        .help("give the matrix that was clustered: `z: z`")
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// A map of cells as one HTML page that draws the cell under the mouse.
    ///
    /// ```rhai
    /// plot::explorer(reduce::tsne(z), cells).save(out("map.html"));
    /// ```
    #[rhai_fn(name = "explorer", return_raw)]
    pub fn explorer_plainly(ctx: NativeCallContext, z: Dynamic, cells: Dynamic) -> RhaiResultOf<Explorer> {
        explorer(ctx, z, cells, Map::new())
    }

    /// A map of cells as one HTML page: point at a cell to see its drawing, click to keep it, select by box or lasso and
    /// take the selection out as CSV. `z` is a matrix of two columns, or a map of names and matrices to move between, such
    /// as `#{ PCA: …, tSNE: … }`. Options: `labels`, `values` (numbers) and their name `value_label`, `columns` (a table,
    /// matched by id, or a map of labels and arrays; the population's own label columns are there anyway), `color` (the
    /// column shown first), `title`, `plane` (`"xy"`, `"xz"`, `"zy"`), `unit` (`"µm"`).
    ///
    /// ```rhai
    /// let maps = #{ tSNE: reduce::tsne(z), PCA: reduce::pca(z, #{ components: 2 }) };
    /// plot::explorer(maps, cells, #{ columns: cells.metrics(), title: "my cells" }).save(out("map.html"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn explorer(ctx: NativeCallContext, z: Dynamic, cells: Dynamic, options: Map) -> RhaiResultOf<Explorer> {
        let mut given = Options::new(&ctx, "plot::explorer", options);
        let maps = maps_of(&z).at(&ctx)?;
        let cells = population_of("what `plot::explorer` draws", &cells).at(&ctx)?;
        let ids = maps.first().map_or_else(|| cells.ids().clone(), |(_, map)| map.ids().clone());
        let labels = given.handle_with("labels", values::labels)?;
        let numbers = given.handle_with("values", values::numbers)?;
        let name = given.handle_with("value_label", values::text)?.unwrap_or_else(|| "value".into());
        let more = given.handle_with("columns", |what, value| columns_of(what, value, &ids))?;
        let numbers = numbers.map(|numbers| Column::numbers(&name, numbers));
        let more = numbers.into_iter().chain(more.into_iter().flatten()).collect();
        let columns = columns(&ids, &cells, labels.as_deref(), more).at(&ctx)?;
        let maps: Vec<(String, &Matrix)> = maps.iter().map(|(name, map)| (name.clone(), map.as_ref())).collect();
        plot::explorer(&maps, &cells, &columns, &given.parse()?).at(&ctx)
    }

    /// A map of cells with neurons drawn at their points.
    ///
    /// ```rhai
    /// plot::cells_at_points(reduce::tsne(z), cells).save(out("map.svg"));
    /// ```
    #[rhai_fn(name = "cells_at_points", return_raw)]
    pub fn at_points_plainly(ctx: NativeCallContext, z: Dynamic, cells: Dynamic) -> RhaiResultOf<Figure> {
        cells_at_points(ctx, z, cells, Map::new())
    }

    /// A map of cells with neurons drawn at their points, all at one scale, as many as have room; the others are points.
    /// Options: `labels` (colours; by default the population's), `title`, `width_mm` (180), `height_mm` (150), `size_mm`
    /// (16: the largest side of a large neuron), `overlap` (0.1: the share of a drawing that may lie on others), `plane`,
    /// `color` (`"label"`, `"type"`), `points` (true: those not drawn are shown as points), `unit`, `theme`.
    ///
    /// ```rhai
    /// plot::cells_at_points(reduce::tsne(z), cells, #{ size_mm: 12 }).save(out("map.svg"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn cells_at_points(ctx: NativeCallContext, z: Dynamic, cells: Dynamic, options: Map) -> RhaiResultOf<Figure> {
        let mut given = Options::new(&ctx, "plot::cells_at_points", options);
        let labels = given.handle_with("labels", values::labels)?;
        let points = matrix_of("what `plot::cells_at_points` draws", &z).at(&ctx)?;
        let cells = population_of("what `plot::cells_at_points` draws", &cells).at(&ctx)?;
        let own = own_labels(points.ids(), &cells, None).ok();
        let labels = labels.or_else(|| own.map(Rc::new));
        drawn(&ctx, given, move |options| plot::cells_at_points(&points, &cells, labels.as_deref(), options))
    }

    /// The most typical cells of each cluster of a mixture, a row for each.
    ///
    /// ```rhai
    /// plot::cluster_gallery(cells, cluster::gmm(z, #{ components: 3 })).save(out("clusters.svg"));
    /// ```
    #[rhai_fn(name = "cluster_gallery", return_raw)]
    pub fn cluster_gallery_plainly(ctx: NativeCallContext, cells: Dynamic, clusters: Dynamic) -> RhaiResultOf<Figure> {
        cluster_gallery(ctx, cells, clusters, Map::new())
    }

    /// The most typical cells of each cluster, a row for each: those of highest probability in a mixture, else those
    /// nearest to the cluster's centre in `z`. `clusters` is a mixture, or labels. Options: `z` (the matrix that was
    /// clustered), `probabilities` (a matrix with a column for each cluster), `each` (6 cells a row), `title`, `width_mm`
    /// (180), `plane`, `thickness`, `color` (`"type"`, `"label"`, `"uniform"`), `names` (true: ids above the cells), `unit`, `theme`.
    ///
    /// ```rhai
    /// let groups = cluster::kmeans(z, #{ clusters: 3 });
    /// plot::cluster_gallery(cells, groups.labels, #{ z: z, each: 5 }).save(out("clusters.svg"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn cluster_gallery(
        ctx: NativeCallContext,
        cells: Dynamic,
        clusters: Dynamic,
        options: Map,
    ) -> RhaiResultOf<Figure> {
        let mut given = Options::new(&ctx, "plot::cluster_gallery", options);
        let z = given.handle_with("z", matrix_of)?;
        let probabilities = given.handle_with("probabilities", matrix_of)?;
        let cells = population_of("what `plot::cluster_gallery` draws", &cells).at(&ctx)?;
        let mixture = clusters.read_lock::<Rc<Mixture>>().map(|mixture| Rc::clone(&mixture));
        let labels = match &mixture {
            Some(mixture) => Rc::new(mixture.labels().clone()),
            None => values::labels("the clusters", &clusters).at(&ctx)?,
        };
        drawn(&ctx, given, move |options| {
            let of_mixture = mixture.as_ref().map(|mixture| mixture.probabilities());
            let typical = match probabilities.as_deref().or(of_mixture) {
                Some(probabilities) => Typical::MostProbable { probabilities, z: z.as_deref() },
                None => Typical::NearestTo(z.as_deref().ok_or_else(no_measure)?),
            };
            plot::cluster_gallery(&cells, &labels, &typical, options)
        })
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod methods {
    /// Writes the page.
    ///
    /// ```rhai
    /// plot::explorer(reduce::tsne(z), cells).save(out("map.html"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn save(ctx: NativeCallContext, explorer: &mut Explorer, path: &str) -> RhaiResultOf<()> {
        explorer.save(Path::new(path)).at(&ctx)
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe(explorer: &mut Explorer) -> String {
        explorer.to_string()
    }
}
