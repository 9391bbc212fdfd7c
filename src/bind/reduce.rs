//! `reduce::`: projections onto fewer dimensions.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use super::handles::Rows;
use super::rows::matrix_of;
use crate::reduce::{self, Pca};
use crate::script::{At, Options, RhaiResultOf};

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Rc<Pca>>("Pca");
    engine.register_static_module("reduce", exported_module!(namespace).into());
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    use crate::script::values::array;
    use rhai::Array;

    /// The two principal components with the largest variance.
    ///
    /// ```rhai
    /// let p = reduce::pca(z);
    /// ```
    #[rhai_fn(name = "pca", return_raw)]
    pub fn pca_plainly(ctx: NativeCallContext, x: Dynamic) -> RhaiResultOf<Rc<Pca>> {
        pca(ctx, x, Map::new())
    }

    /// The principal components of the rows of a matrix. Option `components` (2).
    ///
    /// ```rhai
    /// let p = reduce::pca(z, #{ components: 5 });
    /// print(p.explained_variance_ratio);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn pca(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Rc<Pca>> {
        let x = matrix_of("what `reduce::pca` projects", &x).at(&ctx)?;
        reduce::pca(&x, &Options::new(&ctx, "reduce::pca", options).parse()?).map(Rc::new).at(&ctx)
    }

    /// A t-SNE map of the rows of a matrix, in two dimensions.
    ///
    /// ```rhai
    /// let map = reduce::tsne(z);
    /// ```
    #[rhai_fn(name = "tsne", return_raw)]
    pub fn tsne_plainly(ctx: NativeCallContext, x: Dynamic) -> RhaiResultOf<Rows> {
        tsne(ctx, x, Map::new())
    }

    /// A t-SNE map (van der Maaten 2014) from a PCA start. Options: `perplexity` (30), `metric` (`"euclidean"`,
    /// `"cosine"`), `iterations` (1000), `learning_rate`, `seed`.
    ///
    /// ```rhai
    /// let map = reduce::tsne(z, #{ perplexity: 15, metric: "cosine" });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn tsne(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Rows> {
        let mut given = Options::new(&ctx, "reduce::tsne", options);
        let seed = given.seed()?;
        let x = matrix_of("what `reduce::tsne` projects", &x).at(&ctx)?;
        reduce::tsne(&x, &given.parse()?, seed).map(|fit| Rc::new(fit.map)).at(&ctx)
    }

    /// The rows in the components' coordinates.
    #[rhai_fn(global, get = "scores", pure)]
    pub fn scores(pca: &mut Rc<Pca>) -> Rows {
        Rc::new(pca.scores().clone())
    }

    /// The components, one row each.
    #[rhai_fn(global, get = "components", pure)]
    pub fn components(pca: &mut Rc<Pca>) -> Rows {
        Rc::new(pca.components().clone())
    }

    /// Variance along each component.
    #[rhai_fn(global, get = "explained_variance", pure)]
    pub fn explained_variance(pca: &mut Rc<Pca>) -> Array {
        array(pca.explained_variance().iter().copied())
    }

    /// Share of the total variance along each component.
    #[rhai_fn(global, get = "explained_variance_ratio", pure)]
    pub fn explained_variance_ratio(pca: &mut Rc<Pca>) -> Array {
        array(pca.explained_variance_ratio().iter().copied())
    }

    /// Other rows in the components' coordinates.
    #[rhai_fn(global, return_raw)]
    pub fn transform(ctx: NativeCallContext, pca: &mut Rc<Pca>, x: Dynamic) -> RhaiResultOf<Rows> {
        let x = matrix_of("what a PCA transforms", &x).at(&ctx)?;
        pca.transform(&x).map(Rc::new).at(&ctx)
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe(pca: &mut Rc<Pca>) -> String {
        pca.to_string()
    }
}
