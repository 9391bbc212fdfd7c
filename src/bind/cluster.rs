//! `cluster::`: groups of cells.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use super::handles::Rows;
use super::rows::matrix_of;
use crate::cluster::{self, Kmeans, Mixture};
use crate::data::Labels;
use crate::script::{At, Options, RhaiResultOf};

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Rc<Mixture>>("Mixture").register_type_with_name::<Rc<Kmeans>>("Kmeans");
    super::outcome::methods::<Kmeans>(engine);
    engine.register_static_module("cluster", exported_module!(namespace).into());
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    use crate::script::values::array;
    use rhai::Array;

    /// Fits a Gaussian mixture to the rows of a matrix, the best of 1 to 10 components by BIC.
    ///
    /// ```rhai
    /// let groups = cluster::gmm(z);
    /// ```
    #[rhai_fn(name = "gmm", return_raw)]
    pub fn gmm_plainly(ctx: NativeCallContext, x: Dynamic) -> RhaiResultOf<Rc<Mixture>> {
        gmm(ctx, x, Map::new())
    }

    /// Fits a Gaussian mixture by expectation-maximisation from several k-means starts, as scikit-learn does.
    ///
    /// Options: `components` (a number, or a range or list to choose from; `1..=10`), `covariance` (`"full"`, `"tied"`,
    /// `"diag"`, `"spherical"`), `criterion` (`"bic"`, `"aic"`), `starts` (5), `max_iter` (100), `tol` (1e-3),
    /// `reg_covar` (1e-6), `seed`.
    ///
    /// ```rhai
    /// let groups = cluster::gmm(z, #{ components: 1..=20, criterion: "bic", covariance: "diag" });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn gmm(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Rc<Mixture>> {
        let mut given = Options::new(&ctx, "cluster::gmm", options);
        let seed = given.seed()?;
        let x = matrix_of("what `cluster::gmm` groups", &x).at(&ctx)?;
        cluster::gmm(&x, &given.parse()?, seed).map(Rc::new).at(&ctx)
    }

    /// Splits the rows of a matrix into compact groups. Options: `clusters` (8), `starts` (10), `max_iter` (300), `tol`
    /// (1e-4), `seed`.
    ///
    /// ```rhai
    /// let groups = cluster::kmeans(z, #{ clusters: 4 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn kmeans(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Rc<Kmeans>> {
        let mut given = Options::new(&ctx, "cluster::kmeans", options);
        let seed = given.seed()?;
        let x = matrix_of("what `cluster::kmeans` groups", &x).at(&ctx)?;
        cluster::kmeans(&x, &given.parse()?, seed).map(Rc::new).at(&ctx)
    }

    /// The most probable component of each row, `0` being the largest.
    #[rhai_fn(global, get = "labels", pure)]
    pub fn mixture_labels(mixture: &mut Rc<Mixture>) -> Rc<Labels> {
        Rc::new(mixture.labels().clone())
    }

    /// The probability of each component given each row.
    #[rhai_fn(global, get = "probabilities", pure)]
    pub fn probabilities(mixture: &mut Rc<Mixture>) -> Rows {
        Rc::new(mixture.probabilities().clone())
    }

    /// Number of components.
    #[rhai_fn(global, get = "components", pure)]
    pub fn components(mixture: &mut Rc<Mixture>) -> i64 {
        mixture.components() as i64
    }

    /// Share of each component.
    #[rhai_fn(global, get = "weights", pure)]
    pub fn weights(mixture: &mut Rc<Mixture>) -> Array {
        array(mixture.weights().iter().copied())
    }

    /// Bayesian information criterion; smaller is better.
    #[rhai_fn(global, get = "bic", pure)]
    pub fn bic(mixture: &mut Rc<Mixture>) -> f64 {
        mixture.fit().bic
    }

    /// Akaike's information criterion; smaller is better.
    #[rhai_fn(global, get = "aic", pure)]
    pub fn aic(mixture: &mut Rc<Mixture>) -> f64 {
        mixture.fit().aic
    }

    /// Sum over rows of the logarithm of the density.
    #[rhai_fn(global, get = "log_likelihood", pure)]
    pub fn log_likelihood(mixture: &mut Rc<Mixture>) -> f64 {
        mixture.fit().log_likelihood
    }

    /// The means, one row per component.
    #[rhai_fn(global, get = "means", return_raw, pure)]
    pub fn means(ctx: NativeCallContext, mixture: &mut Rc<Mixture>) -> RhaiResultOf<Rows> {
        mixture.means().map(Rc::new).at(&ctx)
    }

    /// The most probable component of each row of another matrix.
    #[rhai_fn(global, return_raw)]
    pub fn predict(ctx: NativeCallContext, mixture: &mut Rc<Mixture>, x: Dynamic) -> RhaiResultOf<Rc<Labels>> {
        let x = matrix_of("what a mixture predicts", &x).at(&ctx)?;
        mixture.predict(&x).map(Rc::new).at(&ctx)
    }

    /// The cluster of each row, `0` being the largest.
    #[rhai_fn(global, get = "labels", pure)]
    pub fn kmeans_labels(kmeans: &mut Rc<Kmeans>) -> Rc<Labels> {
        Rc::new(kmeans.labels.clone())
    }

    /// Sum of squared distances of the rows to their centres.
    #[rhai_fn(global, get = "inertia", pure)]
    pub fn inertia(kmeans: &mut Rc<Kmeans>) -> f64 {
        kmeans.inertia
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe_mixture(mixture: &mut Rc<Mixture>) -> String {
        mixture.to_string()
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe_kmeans(kmeans: &mut Rc<Kmeans>) -> String {
        let clusters = kmeans.labels.classes().len();
        format!("Kmeans({clusters} clusters, {} cells, inertia {:.4})", kmeans.labels.len(), kmeans.inertia)
    }
}
