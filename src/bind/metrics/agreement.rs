//! Agreement of groupings, as scripts call it.

use std::rc::Rc;

use rhai::Dynamic;
use rhai::plugin::*;

use super::score;
use crate::metrics::{self, Agreement};
use crate::script::RhaiResultOf;

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
pub mod namespace {
    type Agreed = Rc<Agreement>;

    /// All scores of agreement of two groupings, whatever the groups are called: adjusted Rand index, mutual information,
    /// homogeneity, completeness, Fowlkes-Mallows. Cells without a label on either side are left out.
    ///
    /// ```rhai
    /// print(metrics::agreement(cells.labels(), groups.labels));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn agreement(ctx: NativeCallContext, a: Dynamic, b: Dynamic) -> RhaiResultOf<Agreed> {
        score(&ctx, &a, &b, metrics::agreement).map(Rc::new)
    }

    /// Adjusted Rand index of two groupings (Hubert & Arabie 1985): 1 when they are the same, 0 on average by chance.
    ///
    /// ```rhai
    /// print(metrics::ari(groups.labels, cells.labels()));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn ari(ctx: NativeCallContext, a: Dynamic, b: Dynamic) -> RhaiResultOf<f64> {
        score(&ctx, &a, &b, metrics::ari)
    }

    /// Rand index: share of the pairs of cells on which both groupings agree.
    ///
    /// ```rhai
    /// print(metrics::rand(cells.labels(), groups.labels));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn rand(ctx: NativeCallContext, a: Dynamic, b: Dynamic) -> RhaiResultOf<f64> {
        score(&ctx, &a, &b, metrics::rand)
    }

    /// Normalised mutual information of two groupings (arithmetic mean).
    ///
    /// ```rhai
    /// print(metrics::nmi(cells.labels(), groups.labels));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn nmi(ctx: NativeCallContext, a: Dynamic, b: Dynamic) -> RhaiResultOf<f64> {
        score(&ctx, &a, &b, metrics::nmi)
    }

    /// Mutual information of two groupings, corrected for chance (Vinh et al. 2010, arithmetic mean).
    ///
    /// ```rhai
    /// print(metrics::ami(cells.labels(), groups.labels));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn ami(ctx: NativeCallContext, a: Dynamic, b: Dynamic) -> RhaiResultOf<f64> {
        score(&ctx, &a, &b, metrics::ami)
    }

    /// How far each group holds cells of one class only: 0 to 1.
    ///
    /// ```rhai
    /// print(metrics::homogeneity(cells.labels(), groups.labels));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn homogeneity(ctx: NativeCallContext, truth: Dynamic, groups: Dynamic) -> RhaiResultOf<f64> {
        score(&ctx, &truth, &groups, metrics::homogeneity)
    }

    /// How far the cells of each class are in one group: 0 to 1.
    ///
    /// ```rhai
    /// print(metrics::completeness(cells.labels(), groups.labels));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn completeness(ctx: NativeCallContext, truth: Dynamic, groups: Dynamic) -> RhaiResultOf<f64> {
        score(&ctx, &truth, &groups, metrics::completeness)
    }

    /// V-measure: harmonic mean of homogeneity and completeness.
    ///
    /// ```rhai
    /// print(metrics::v_measure(cells.labels(), groups.labels));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn v_measure(ctx: NativeCallContext, truth: Dynamic, groups: Dynamic) -> RhaiResultOf<f64> {
        score(&ctx, &truth, &groups, metrics::v_measure)
    }

    /// Fowlkes-Mallows index: geometric mean of the shares of each grouping's pairs that the other keeps together.
    ///
    /// ```rhai
    /// print(metrics::fowlkes_mallows(cells.labels(), groups.labels));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn fowlkes_mallows(ctx: NativeCallContext, a: Dynamic, b: Dynamic) -> RhaiResultOf<f64> {
        score(&ctx, &a, &b, metrics::fowlkes_mallows)
    }

    /// The adjusted Rand index.
    #[rhai_fn(global, get = "ari", pure)]
    pub fn its_ari(agreement: &mut Agreed) -> f64 {
        agreement.ari
    }

    /// Mutual information, corrected for chance.
    #[rhai_fn(global, get = "ami", pure)]
    pub fn its_ami(agreement: &mut Agreed) -> f64 {
        agreement.ami
    }

    /// Mutual information over the mean entropy.
    #[rhai_fn(global, get = "nmi", pure)]
    pub fn its_nmi(agreement: &mut Agreed) -> f64 {
        agreement.nmi
    }

    /// How far groups hold one class only.
    #[rhai_fn(global, get = "homogeneity", pure)]
    pub fn its_homogeneity(agreement: &mut Agreed) -> f64 {
        agreement.homogeneity
    }

    /// How far classes are in one group.
    #[rhai_fn(global, get = "completeness", pure)]
    pub fn its_completeness(agreement: &mut Agreed) -> f64 {
        agreement.completeness
    }

    /// Harmonic mean of the two.
    #[rhai_fn(global, get = "v_measure", pure)]
    pub fn its_v_measure(agreement: &mut Agreed) -> f64 {
        agreement.v_measure
    }

    /// The Fowlkes-Mallows index.
    #[rhai_fn(global, get = "fowlkes_mallows", pure)]
    pub fn its_fowlkes_mallows(agreement: &mut Agreed) -> f64 {
        agreement.fowlkes_mallows
    }

    /// The Rand index.
    #[rhai_fn(global, get = "rand", pure)]
    pub fn its_rand(agreement: &mut Agreed) -> f64 {
        agreement.rand
    }

    /// Number of cells with both labels.
    #[rhai_fn(global, get = "cells", pure)]
    pub fn its_cells(agreement: &mut Agreed) -> i64 {
        agreement.cells as i64
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe(agreement: &mut Agreed) -> String {
        agreement.to_string()
    }
}
