//! `cluster::`: groups of cells.

mod results;

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use super::rows::matrix_of;
use crate::cluster::{self, Agglomerative, Consensus, Dbscan, Dendrogram, Hdbscan, Kmeans, Leiden, Mixture, Optics};
use crate::error::Error;
use crate::morph::nblast::KnnGraph;
use crate::script::registry::{self, Handles};
use crate::script::takes::{self, Takes, part};
use crate::script::{At, Options, RhaiResultOf};

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("cluster::gmm", &[part::<crate::cluster::GmmOptions>()], &[takes::SEED]),
    Takes::new("cluster::kmeans", &[part::<crate::cluster::KmeansOptions>()], &[takes::SEED]),
    Takes::new("cluster::hdbscan", &[part::<crate::cluster::HdbscanOptions>()], &[]),
    Takes::new("cluster::dbscan", &[part::<crate::cluster::DbscanOptions>()], &[]),
    Takes::new("cluster::optics", &[part::<crate::cluster::OpticsOptions>()], &[]),
    Takes::new("cluster::agglomerative", &[part::<crate::cluster::AgglomerativeOptions>()], &[]),
    Takes::new("cluster::leiden", &[part::<crate::cluster::LeidenOptions>()], &[takes::SEED]),
    Takes::new("cluster::consensus", &[part::<crate::cluster::ConsensusOptions>()], &[("ids", "array of texts")]),
];

/// Installs the namespace, and what its results offer.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine
        .handle::<Rc<Mixture>>("Mixture")
        .handle::<Rc<Kmeans>>("Kmeans")
        .handle::<Rc<Hdbscan>>("Hdbscan")
        .handle::<Rc<Dbscan>>("Dbscan")
        .handle::<Rc<Optics>>("Optics")
        .handle::<Rc<Agglomerative>>("Agglomerative")
        .handle::<Rc<Dendrogram>>("Dendrogram")
        .handle::<Rc<Leiden>>("Leiden")
        .handle::<Rc<Consensus>>("Consensus");
    super::outcome::methods::<Mixture>(engine);
    super::outcome::methods::<Kmeans>(engine);
    super::outcome::methods::<Hdbscan>(engine);
    super::outcome::methods::<Dbscan>(engine);
    super::outcome::methods::<Optics>(engine);
    super::outcome::methods::<Agglomerative>(engine);
    super::outcome::methods::<Leiden>(engine);
    super::outcome::methods::<Consensus>(engine);
    results::install(engine);
    engine.register_static_module("cluster", exported_module!(namespace).into());
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    use crate::data::Labels;
    use crate::script::values;
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
    /// `reg_covar` (1e-6, in squared units of the columns), `seed`.
    ///
    /// ```rhai
    /// let groups = cluster::gmm(z, #{ components: 1..=20, criterion: "bic", covariance: "diag" });
    /// print(groups.candidates);
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

    /// Finds dense regions of whatever shape, and noise, with clusters of at least 5 rows.
    ///
    /// ```rhai
    /// let groups = cluster::hdbscan(z);
    /// ```
    #[rhai_fn(name = "hdbscan", return_raw)]
    pub fn hdbscan_plainly(ctx: NativeCallContext, x: Dynamic) -> RhaiResultOf<Rc<Hdbscan>> {
        hdbscan(ctx, x, Map::new())
    }

    /// Finds dense regions of whatever shape and density; rows in none are noise and have no label. Equal to
    /// scikit-learn's HDBSCAN.
    ///
    /// Options: `min_cluster_size` (5), `min_samples` (rows that make a row's surroundings, itself included;
    /// `min_cluster_size`), `metric` (`"euclidean"`, `"cosine"`, `"correlation"`, or `"precomputed"` for a matrix of
    /// distances), `selection` (`"eom"`, or `"leaf"` for more and smaller clusters), `epsilon` (0: clusters nearer than
    /// this are not parted), `max_cluster_size`, `allow_single_cluster` (false).
    ///
    /// ```rhai
    /// let groups = cluster::hdbscan(z, #{ min_cluster_size: 10, metric: "cosine" });
    /// print(groups.labels);
    /// print(groups.table());
    /// ```
    #[rhai_fn(return_raw)]
    pub fn hdbscan(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Rc<Hdbscan>> {
        let given = Options::new(&ctx, "cluster::hdbscan", options);
        let x = matrix_of("what `cluster::hdbscan` groups", &x).at(&ctx)?;
        cluster::hdbscan(&x, &given.parse()?).map(Rc::new).at(&ctx)
    }

    /// Finds clusters of rows that have at least `min_samples` (5) rows, itself included, within the distance `eps`
    /// (0.5); the rest is noise. Option `metric`: `"euclidean"`, `"cosine"`, `"correlation"`.
    ///
    /// ```rhai
    /// let groups = cluster::dbscan(z, #{ eps: 1.5, min_samples: 4 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn dbscan(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Rc<Dbscan>> {
        let given = Options::new(&ctx, "cluster::dbscan", options);
        let x = matrix_of("what `cluster::dbscan` groups", &x).at(&ctx)?;
        cluster::dbscan(&x, &given.parse()?).map(Rc::new).at(&ctx)
    }

    /// Orders rows such that clusters of all densities are valleys of reachability.
    ///
    /// ```rhai
    /// let order = cluster::optics(z);
    /// ```
    #[rhai_fn(name = "optics", return_raw)]
    pub fn optics_plainly(ctx: NativeCallContext, x: Dynamic) -> RhaiResultOf<Rc<Optics>> {
        optics(ctx, x, Map::new())
    }

    /// Orders rows such that clusters of all densities are valleys of reachability, and tells the valleys.
    ///
    /// Options: `min_samples` (5), `max_eps` (none: rows of any distance reach each other), `metric` (as for
    /// `cluster::hdbscan`), `xi` (0.05: how steep the sides of a valley are), `min_cluster_size` (`min_samples`), `eps`
    /// (cuts the order into DBSCAN's clusters at this distance instead).
    ///
    /// ```rhai
    /// let order = cluster::optics(z, #{ min_samples: 8, xi: 0.1 });
    /// print(order.labels);
    /// order.save(out("reachability.csv"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn optics(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Rc<Optics>> {
        let given = Options::new(&ctx, "cluster::optics", options);
        let x = matrix_of("what `cluster::optics` orders", &x).at(&ctx)?;
        cluster::optics(&x, &given.parse()?).map(Rc::new).at(&ctx)
    }

    /// Joins the nearest groups again and again, by Ward's linkage.
    ///
    /// ```rhai
    /// let groups = cluster::agglomerative(z);
    /// ```
    #[rhai_fn(name = "agglomerative", return_raw)]
    pub fn agglomerative_plainly(ctx: NativeCallContext, x: Dynamic) -> RhaiResultOf<Rc<Agglomerative>> {
        agglomerative(ctx, x, Map::new())
    }

    /// Joins the nearest groups again and again until one is left, and cuts the dendrogram.
    ///
    /// Options: `linkage` (`"ward"`, `"average"`, `"complete"`, `"single"`, `"weighted"`, `"centroid"`, `"median"`),
    /// `metric` (as for `cluster::hdbscan`; ward, centroid and median are for Euclidean distances), `clusters` (2) or
    /// `height` (groups that form up to it).
    ///
    /// ```rhai
    /// let groups = cluster::agglomerative(z, #{ linkage: "average", metric: "cosine", clusters: 5 });
    /// let finer = groups.dendrogram.cut_into(8);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn agglomerative(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Rc<Agglomerative>> {
        let given = Options::new(&ctx, "cluster::agglomerative", options);
        let x = matrix_of("what `cluster::agglomerative` joins", &x).at(&ctx)?;
        cluster::agglomerative(&x, &given.parse()?).map(Rc::new).at(&ctx)
    }

    /// Finds communities in the graph of each row's 15 nearest neighbours.
    ///
    /// ```rhai
    /// let groups = cluster::leiden(z);
    /// ```
    #[rhai_fn(name = "leiden", return_raw)]
    pub fn leiden_plainly(ctx: NativeCallContext, x: Dynamic) -> RhaiResultOf<Rc<Leiden>> {
        leiden(ctx, x, Map::new())
    }

    /// Finds connected communities by the Leiden algorithm, in the graph of each row's nearest neighbours, or in a graph
    /// of NBLAST scores.
    ///
    /// Options: `k` (15) and `metric` (as for `cluster::hdbscan`), both for rows only; `weights` (`"jaccard"`,
    /// `"binary"`, `"score"`), `objective` (`"modularity"`, `"cpm"`), `resolution` (1: larger gives more communities),
    /// `starts` (10), `max_iter` (50), `seed`.
    ///
    /// ```rhai
    /// let groups = cluster::leiden(z, #{ k: 20, metric: "cosine", resolution: 0.8 });
    /// let alike = cluster::leiden(cells.nblast_knn(#{ k: 10 }), #{ weights: "score" });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn leiden(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Rc<Leiden>> {
        let of_rows = ["k", "metric"].into_iter().find(|name| options.contains_key(*name));
        let mut given = Options::new(&ctx, "cluster::leiden", options);
        let seed = given.seed()?;
        let options = given.parse()?;
        if let Some(graph) = x.read_lock::<Rc<KnnGraph>>() {
            if let Some(name) = of_rows {
                return Err(Error::value(format!("option `{name}` of `cluster::leiden` is for rows, found a graph"))
                    .help("the graph has its neighbours already: leave the option out"))
                .at(&ctx);
            }
            return cluster::leiden_of_graph(&graph, &options, seed).map(Rc::new).at(&ctx);
        }
        let x = matrix_of("what `cluster::leiden` groups", &x).at(&ctx)?;
        cluster::leiden(&x, &options, seed).map(Rc::new).at(&ctx)
    }

    /// Finds what several clusterings of the same rows agree on: an array of labels, of several seeds or methods.
    ///
    /// Options: `agreement` (0.5: groups form of rows that are together in at least this share of the clusterings, on
    /// average), or `clusters`; `ids` (the rows' ids; else their numbers).
    ///
    /// ```rhai
    /// let runs = [1, 2, 3, 4, 5].map(|seed| cluster::leiden(z, #{ seed: seed }).labels);
    /// let sure = cluster::consensus(runs, #{ agreement: 0.8 });
    /// print(sure);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn consensus(ctx: NativeCallContext, runs: Array, options: Map) -> RhaiResultOf<Rc<Consensus>> {
        let mut given = Options::new(&ctx, "cluster::consensus", options);
        let ids = given.handle_with("ids", values::texts)?;
        let labels = runs.iter().map(|run| values::labels("a clustering", run).map(|labels| (*labels).clone()));
        let labels = labels.collect::<crate::error::Result<Vec<Labels>>>().at(&ctx)?;
        let rows = labels.first().map_or(0, Labels::len);
        let ids = ids.unwrap_or_else(|| (1..=rows).map(|row| row.to_string()).collect());
        cluster::consensus(&ids.into(), &labels, &given.parse()?).map(Rc::new).at(&ctx)
    }
}
