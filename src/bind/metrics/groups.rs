//! Groups of rows judged by distances, as scripts call it.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use crate::bind::rows::matrix_of;
use crate::data::Labels;
use crate::metrics::{self, Silhouette};
use crate::script::{At, Options, RhaiResultOf, values};

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
pub mod namespace {
    /// The silhouette of groups of the rows of a matrix, by Euclidean distance.
    ///
    /// ```rhai
    /// print(metrics::silhouette(z, groups.labels));
    /// ```
    #[rhai_fn(name = "silhouette", return_raw)]
    pub fn silhouette_plainly(ctx: NativeCallContext, x: Dynamic, labels: Dynamic) -> RhaiResultOf<Rc<Silhouette>> {
        silhouette(ctx, x, labels, Map::new())
    }

    /// The silhouette of groups of the rows of a matrix: how much nearer each cell is to its own group than to the next one.
    /// Cells without a label are left out. Option `metric` (`"euclidean"`, `"cosine"`, `"precomputed"` for a matrix of
    /// distances).
    ///
    /// ```rhai
    /// let s = metrics::silhouette(z, cells.labels(), #{ metric: "cosine" });
    /// print(s.mean);
    /// s.save(out("silhouette.csv"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn silhouette(
        ctx: NativeCallContext,
        x: Dynamic,
        labels: Dynamic,
        options: Map,
    ) -> RhaiResultOf<Rc<Silhouette>> {
        let labels = values::labels("the groups", &labels).at(&ctx)?;
        let options = Options::new(&ctx, "metrics::silhouette", options).parse()?;
        let x = matrix_of("what `metrics::silhouette` judges", &x).at(&ctx)?;
        metrics::silhouette(&x, &labels, &options).map(Rc::new).at(&ctx)
    }

    /// The Davies-Bouldin index of groups of rows: mean over groups of the worst ratio of radii to the distance of centres.
    /// Smaller is better.
    ///
    /// ```rhai
    /// print(metrics::davies_bouldin(z, groups.labels));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn davies_bouldin(ctx: NativeCallContext, x: Dynamic, labels: Dynamic) -> RhaiResultOf<f64> {
        let labels = values::labels("the groups", &labels).at(&ctx)?;
        let x = matrix_of("what `metrics::davies_bouldin` judges", &x).at(&ctx)?;
        metrics::davies_bouldin(&x, &labels).at(&ctx)
    }

    /// The Calinski-Harabasz index of groups of rows: variance between groups over that within. Larger is better.
    ///
    /// ```rhai
    /// print(metrics::calinski_harabasz(z, groups.labels));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn calinski_harabasz(ctx: NativeCallContext, x: Dynamic, labels: Dynamic) -> RhaiResultOf<f64> {
        let labels = values::labels("the groups", &labels).at(&ctx)?;
        let x = matrix_of("what `metrics::calinski_harabasz` judges", &x).at(&ctx)?;
        metrics::calinski_harabasz(&x, &labels).at(&ctx)
    }

    /// Mean width of all cells.
    #[rhai_fn(global, get = "mean", pure)]
    pub fn its_mean(silhouette: &mut Rc<Silhouette>) -> f64 {
        silhouette.mean
    }

    /// Width of each cell; NaN for one without a label.
    #[rhai_fn(global, get = "widths", pure)]
    pub fn widths(silhouette: &mut Rc<Silhouette>) -> rhai::Array {
        values::array(silhouette.widths.iter().copied())
    }

    /// The group that each cell is nearest to, but for its own.
    #[rhai_fn(global, get = "neighbours", pure)]
    pub fn neighbours(silhouette: &mut Rc<Silhouette>) -> Rc<Labels> {
        Rc::new(silhouette.neighbours.clone())
    }

    /// Mean width of each group, by name.
    #[rhai_fn(global, get = "groups", pure)]
    pub fn its_groups(silhouette: &mut Rc<Silhouette>) -> Map {
        silhouette.groups.iter().map(|g| (g.group.as_str().into(), g.width.into())).collect()
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe(silhouette: &mut Rc<Silhouette>) -> String {
        silhouette.to_string()
    }
}
