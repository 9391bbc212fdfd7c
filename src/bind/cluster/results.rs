//! What scripts read of clusters.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, FuncRegistration, Module};

use crate::bind::handles::Rows;
use crate::bind::rows::matrix_of;
use crate::cluster::{Agglomerative, Consensus, Dbscan, Dendrogram, Hdbscan, Kmeans, Leiden, Mixture, Optics};
use crate::data::{Labels, Table};
use crate::script::values::array;
use crate::script::{At, RhaiResultOf};

/// Installs properties and methods.
pub(super) fn install(engine: &mut Engine) {
    labelled(engine, |it: &Mixture| it.labels());
    labelled(engine, |it: &Kmeans| &it.labels);
    labelled(engine, |it: &Hdbscan| &it.labels);
    labelled(engine, |it: &Dbscan| &it.labels);
    labelled(engine, |it: &Optics| &it.labels);
    labelled(engine, |it: &Agglomerative| &it.labels);
    labelled(engine, |it: &Leiden| &it.labels);
    labelled(engine, |it: &Consensus| &it.labels);
    engine.register_global_module(exported_module!(mixture).into());
    engine.register_global_module(exported_module!(centres).into());
    engine.register_global_module(exported_module!(dense).into());
    engine.register_global_module(exported_module!(ordered).into());
    engine.register_global_module(exported_module!(joined).into());
}

const LABELS: [&str; 5] = [
    "/// The cluster of each row, `0` being the largest; rows that are noise have none.",
    "///",
    "/// ```rhai",
    "/// let labels = cluster::kmeans(z, #{ clusters: 3 }).labels;",
    "/// ```",
];

/// Gives handles of a kind of result the property `labels`, and how they are shown.
fn labelled<T: std::fmt::Display + 'static>(engine: &mut Engine, labels: fn(&T) -> &Labels) {
    let mut module = Module::new();
    FuncRegistration::new_getter("labels")
        .in_global_namespace()
        .with_comments(LABELS)
        .set_into_module(&mut module, move |it: &mut Rc<T>| Rc::new(labels(it).clone()));
    for name in ["to_string", "to_debug"] {
        FuncRegistration::new(name)
            .in_global_namespace()
            .set_into_module(&mut module, |it: &mut Rc<T>| -> String { it.to_string() });
    }
    engine.register_global_module(module.into());
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod mixture {
    /// The probability of each component given each row.
    #[rhai_fn(get = "probabilities", pure)]
    pub fn probabilities(mixture: &mut Rc<Mixture>) -> Rows {
        Rc::new(mixture.probabilities().clone())
    }

    /// Number of components.
    #[rhai_fn(get = "components", pure)]
    pub fn components(mixture: &mut Rc<Mixture>) -> i64 {
        mixture.components() as i64
    }

    /// Share of each component.
    #[rhai_fn(get = "weights", pure)]
    pub fn weights(mixture: &mut Rc<Mixture>) -> Array {
        array(mixture.weights().iter().copied())
    }

    /// Bayesian information criterion; smaller is better.
    #[rhai_fn(get = "bic", pure)]
    pub fn bic(mixture: &mut Rc<Mixture>) -> f64 {
        mixture.fit().bic
    }

    /// Akaike's information criterion; smaller is better.
    #[rhai_fn(get = "aic", pure)]
    pub fn aic(mixture: &mut Rc<Mixture>) -> f64 {
        mixture.fit().aic
    }

    /// Sum over rows of the logarithm of the density.
    #[rhai_fn(get = "log_likelihood", pure)]
    pub fn log_likelihood(mixture: &mut Rc<Mixture>) -> f64 {
        mixture.fit().log_likelihood
    }

    /// The means, one row per component.
    #[rhai_fn(get = "means", return_raw, pure)]
    pub fn means(ctx: NativeCallContext, mixture: &mut Rc<Mixture>) -> RhaiResultOf<Rows> {
        mixture.means().map(Rc::new).at(&ctx)
    }

    /// The covariance matrices, one per component.
    ///
    /// ```rhai
    /// let widest = cluster::gmm(z, #{ components: 3, covariance: "full" }).covariances[0];
    /// ```
    #[rhai_fn(get = "covariances", return_raw, pure)]
    pub fn covariances(ctx: NativeCallContext, mixture: &mut Rc<Mixture>) -> RhaiResultOf<Array> {
        let all = (0..mixture.components()).map(|c| mixture.covariance(c).map(|m| Dynamic::from(Rc::new(m))));
        all.collect::<crate::error::Result<Array>>().at(&ctx)
    }

    /// The numbers of components that were tried, a row for each: `components`, `bic`, `aic`, `log_likelihood`, `steps`,
    /// `converged`.
    ///
    /// ```rhai
    /// print(cluster::gmm(z, #{ components: 1..=8 }).candidates);
    /// ```
    #[rhai_fn(get = "candidates", return_raw, pure)]
    pub fn candidates(ctx: NativeCallContext, mixture: &mut Rc<Mixture>) -> RhaiResultOf<Table> {
        mixture.candidates_table().at(&ctx)
    }

    /// The most probable component of each row of another matrix.
    ///
    /// ```rhai
    /// let labels = cluster::gmm(z, #{ components: 3 }).predict(z);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn predict(ctx: NativeCallContext, mixture: &mut Rc<Mixture>, x: Dynamic) -> RhaiResultOf<Rc<Labels>> {
        let x = matrix_of("what a mixture predicts", &x).at(&ctx)?;
        mixture.predict(&x).map(Rc::new).at(&ctx)
    }

    /// The probability of each component given each row of another matrix.
    ///
    /// ```rhai
    /// let p = cluster::gmm(z, #{ components: 3 }).predict_probabilities(z);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn predict_probabilities(ctx: NativeCallContext, mixture: &mut Rc<Mixture>, x: Dynamic) -> RhaiResultOf<Rows> {
        let x = matrix_of("what a mixture predicts", &x).at(&ctx)?;
        mixture.probabilities_of(&x).map(Rc::new).at(&ctx)
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod centres {
    /// Sum of squared distances of the rows to their centres.
    #[rhai_fn(get = "inertia", pure)]
    pub fn inertia(kmeans: &mut Rc<Kmeans>) -> f64 {
        kmeans.inertia
    }

    /// The mean of each cluster, a row for each.
    #[rhai_fn(get = "centres", pure)]
    pub fn centres(kmeans: &mut Rc<Kmeans>) -> Rows {
        Rc::new(kmeans.centres.clone())
    }

    /// The cluster whose centre is nearest, for each row of another matrix.
    ///
    /// ```rhai
    /// let labels = cluster::kmeans(z, #{ clusters: 3 }).predict(z);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn predict(ctx: NativeCallContext, kmeans: &mut Rc<Kmeans>, x: Dynamic) -> RhaiResultOf<Rc<Labels>> {
        let x = matrix_of("what k-means predicts", &x).at(&ctx)?;
        kmeans.predict(&x).map(Rc::new).at(&ctx)
    }
}

/// Properties of HDBSCAN's and DBSCAN's clusters.
#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod dense {
    /// Of each row, how deep in its cluster it lies: 1 in the core, 0 for noise.
    #[rhai_fn(get = "probabilities", pure)]
    pub fn hdbscan_probabilities(it: &mut Rc<Hdbscan>) -> Array {
        array(it.probabilities.iter().copied())
    }

    /// Of each row, how far outside it lies (GLOSH): 0 in the densest place, nearly 1 far outside.
    ///
    /// ```rhai
    /// let odd = cluster::hdbscan(z).outlier_scores;
    /// ```
    #[rhai_fn(get = "outlier_scores", pure)]
    pub fn outlier_scores(it: &mut Rc<Hdbscan>) -> Array {
        array(it.outlier_scores.iter().copied())
    }

    /// Of each cluster, through how large a range of densities its rows stay in it, in sum.
    #[rhai_fn(get = "stability", pure)]
    pub fn stability(it: &mut Rc<Hdbscan>) -> Array {
        array(it.stability.iter().copied())
    }

    /// Number of rows that are noise.
    #[rhai_fn(get = "noise", pure)]
    pub fn hdbscan_noise(it: &mut Rc<Hdbscan>) -> i64 {
        it.noise() as i64
    }

    /// Where the rows of another matrix would lie: in the cluster of the row that is nearest by mutual reachability, if
    /// they are dense enough for it, else noise. The clusters stay as they are.
    ///
    /// ```rhai
    /// let labels = cluster::hdbscan(z).predict(z);
    /// ```
    #[rhai_fn(name = "predict", return_raw, pure)]
    pub fn hdbscan_predict(ctx: NativeCallContext, it: &mut Rc<Hdbscan>, x: Dynamic) -> RhaiResultOf<Rc<Labels>> {
        let x = matrix_of("what HDBSCAN predicts", &x).at(&ctx)?;
        it.predict(&x).map(|(labels, _)| Rc::new(labels)).at(&ctx)
    }

    /// Of each row, whether it is a core row: one with enough rows around it.
    #[rhai_fn(get = "core", pure)]
    pub fn core(it: &mut Rc<Dbscan>) -> Array {
        array(it.core.iter().copied())
    }

    /// Number of rows that are noise.
    #[rhai_fn(get = "noise", pure)]
    pub fn dbscan_noise(it: &mut Rc<Dbscan>) -> i64 {
        it.noise() as i64
    }

    /// The cluster of the nearest core row within `eps` of each row of another matrix; others are noise.
    ///
    /// ```rhai
    /// let labels = cluster::dbscan(z, #{ eps: 2.0 }).predict(z);
    /// ```
    #[rhai_fn(name = "predict", return_raw, pure)]
    pub fn dbscan_predict(ctx: NativeCallContext, it: &mut Rc<Dbscan>, x: Dynamic) -> RhaiResultOf<Rc<Labels>> {
        let x = matrix_of("what DBSCAN predicts", &x).at(&ctx)?;
        it.predict(&x).map(Rc::new).at(&ctx)
    }
}

/// Properties and methods of OPTICS' order.
#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod ordered {
    /// The numbers of the rows as they are visited.
    #[rhai_fn(get = "ordering", pure)]
    pub fn ordering(it: &mut Rc<Optics>) -> Array {
        array(it.ordering.iter().map(|&row| row as i64))
    }

    /// Of each row, the least distance at which it is reached from those before it; infinite for first rows.
    #[rhai_fn(get = "reachability", pure)]
    pub fn reachability(it: &mut Rc<Optics>) -> Array {
        array(it.reachability.iter().copied())
    }

    /// Of each row, the distance within which it has `min_samples` rows.
    #[rhai_fn(get = "core_distances", pure)]
    pub fn core_distances(it: &mut Rc<Optics>) -> Array {
        array(it.core_distances.iter().copied())
    }

    /// Number of rows that are noise.
    #[rhai_fn(get = "noise", pure)]
    pub fn noise(it: &mut Rc<Optics>) -> i64 {
        it.noise() as i64
    }

    /// The clusters that DBSCAN finds at a distance, but for rows at their borders.
    ///
    /// ```rhai
    /// let labels = cluster::optics(z).cut(1.5);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn cut(ctx: NativeCallContext, it: &mut Rc<Optics>, eps: f64) -> RhaiResultOf<Rc<Labels>> {
        it.cut(eps).map(Rc::new).at(&ctx)
    }

    /// The clusters that are valleys of reachability with sides of a steepness between 0 and 1.
    ///
    /// ```rhai
    /// let labels = cluster::optics(z).valleys(0.1);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn valleys(ctx: NativeCallContext, it: &mut Rc<Optics>, xi: f64) -> RhaiResultOf<Rc<Labels>> {
        it.valleys(xi, None).map(Rc::new).at(&ctx)
    }
}

/// Dendrograms, and figures of communities.
#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod joined {
    /// The tree of all merges.
    ///
    /// ```rhai
    /// let order = cluster::agglomerative(z).dendrogram.leaf_order;
    /// ```
    #[rhai_fn(get = "dendrogram", pure)]
    pub fn dendrogram(it: &mut Rc<Agglomerative>) -> Rc<Dendrogram> {
        Rc::new(it.dendrogram.clone())
    }

    /// How well the heights of the dendrogram keep the distances: their correlation.
    #[rhai_fn(get = "cophenetic_correlation", pure)]
    pub fn cophenetic_correlation(it: &mut Rc<Agglomerative>) -> f64 {
        it.cophenetic_correlation
    }

    /// The rows in this many groups, `0` being the largest.
    ///
    /// ```rhai
    /// let labels = cluster::agglomerative(z).dendrogram.cut_into(4);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn cut_into(ctx: NativeCallContext, tree: &mut Rc<Dendrogram>, groups: i64) -> RhaiResultOf<Rc<Labels>> {
        // No number of groups is negative, and none is as large as what stands in for it.
        tree.cut_into(usize::try_from(groups).unwrap_or(0)).map(Rc::new).at(&ctx)
    }

    /// The rows in the groups that have formed up to a height.
    ///
    /// ```rhai
    /// let labels = cluster::agglomerative(z).dendrogram.cut_at(2.5);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn cut_at(ctx: NativeCallContext, tree: &mut Rc<Dendrogram>, height: f64) -> RhaiResultOf<Rc<Labels>> {
        tree.cut_at(height).map(Rc::new).at(&ctx)
    }

    /// The numbers of the rows in the order in which no branches cross, for heat maps.
    #[rhai_fn(get = "leaf_order", pure)]
    pub fn leaf_order(tree: &mut Rc<Dendrogram>) -> Array {
        array(tree.leaf_order().into_iter().map(|row| row as i64))
    }

    /// The heights of the merges, lowest first as they are made.
    #[rhai_fn(get = "heights", pure)]
    pub fn heights(tree: &mut Rc<Dendrogram>) -> Array {
        array(tree.merges().iter().map(|merge| merge.height))
    }

    /// The height at which each pair of rows comes into one group.
    ///
    /// ```rhai
    /// let heights = cluster::agglomerative(z).dendrogram.cophenetic();
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn cophenetic(ctx: NativeCallContext, tree: &mut Rc<Dendrogram>) -> RhaiResultOf<Rows> {
        tree.cophenetic().map(Rc::new).at(&ctx)
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_dendrogram(tree: &mut Rc<Dendrogram>) -> String {
        tree.to_string()
    }

    /// Newman's modularity of the communities, at their resolution.
    #[rhai_fn(get = "modularity", pure)]
    pub fn modularity(it: &mut Rc<Leiden>) -> f64 {
        it.modularity
    }

    /// What the communities were made to have much of, in units of edge weight.
    #[rhai_fn(get = "quality", pure)]
    pub fn quality(it: &mut Rc<Leiden>) -> f64 {
        it.quality
    }

    /// Of each row, the share of the clusterings in which it is together with a row of its group, on average.
    #[rhai_fn(get = "support", pure)]
    pub fn support(it: &mut Rc<Consensus>) -> Array {
        array(it.support.iter().copied())
    }

    /// Of each group, the mean of its rows' support: 1 where no clustering parts it.
    #[rhai_fn(get = "stability", pure)]
    pub fn consensus_stability(it: &mut Rc<Consensus>) -> Array {
        array(it.stability.iter().copied())
    }
}
