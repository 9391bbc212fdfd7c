//! The options that calls of `evaluate::` share, and how a list of values becomes a list of candidates.

use std::rc::Rc;

use rhai::{Dynamic, Map, NativeCallContext};
use serde::de::DeserializeOwned;

use crate::data::{Labels, Matrix};
use crate::error::{Error, Result, did_you_mean};
use crate::evaluate::classify::{CentroidOptions, LdaOptions, MajorityOptions, RidgeOptions};
use crate::evaluate::{
    Candidates, Classifier, CrossValidateOptions, FoldOptions, Folds, JudgingOptions, KnnOptions, LogisticOptions,
    NamedSplit, PreparationOptions, Recipe, SvmOptions,
};
use crate::script::{At, Options, RhaiResultOf, decode, values};

/// A call on its way into the domain: what all protocols share is taken out of the options first, then what is the
/// call's own.
pub(super) struct Call<'a> {
    ctx: &'a NativeCallContext<'a>,
    function: &'static str,
    given: Options<'a>,
    pub(super) seed: u64,
    seed_given: Option<i64>,
    /// Folds that were made before; how others are to be made is a struct's option of the same name.
    made: Option<Rc<Folds>>,
}

impl<'a> Call<'a> {
    /// Begins with a call's options; draws its seed.
    pub(super) fn new(ctx: &'a NativeCallContext<'a>, function: &'static str, mut options: Map) -> RhaiResultOf<Self> {
        let made = options.get("folds").and_then(|folds| folds.clone().try_cast::<Rc<Folds>>());
        if made.is_some() {
            options.remove("folds");
        }
        let seed_given = options.get("seed").and_then(|seed| seed.as_int().ok());
        let mut given = Options::new(ctx, function, options);
        let seed = given.seed()?;
        Ok(Call { ctx, function, given, seed, seed_given, made })
    }

    /// Takes out the options of a struct.
    pub(super) fn part<T: DeserializeOwned>(&mut self) -> RhaiResultOf<T> {
        let mut own = Map::new();
        for field in decode::fields::<T>().unwrap_or_default() {
            if let Some(value) = self.value(field)? {
                own.insert((*field).into(), value);
            }
        }
        self.parse(own)
    }

    /// Takes out labels.
    pub(super) fn labels(&mut self, name: &'static str) -> RhaiResultOf<Option<Labels>> {
        Ok(self.given.handle_with(name, values::labels)?.map(|labels| (*labels).clone()))
    }

    /// Takes out a value as it is.
    pub(super) fn value(&mut self, name: &'static str) -> RhaiResultOf<Option<Dynamic>> {
        self.given.handle_with(name, |_, value| Ok(value.clone()))
    }

    /// What cross-validates: `classifier` with its options, `standardise`, `pca`, folds and judging; and the folds
    /// themselves where they were made before.
    pub(super) fn protocol(&mut self) -> RhaiResultOf<(CrossValidateOptions, Option<Rc<Folds>>)> {
        let candidates = self.candidates()?;
        let made = self.made.take();
        let folds = self.fold_options()?;
        if made.is_some() && folds != (FoldOptions { groups: folds.groups.clone(), ..FoldOptions::default() }) {
            return Err(Error::value(format!("`{}`: `folds` are made already", self.function))
                .help("give `repeats`, `stratify`, `split` and the like to `evaluate::folds`"))
            .at(self.ctx);
        }
        Ok((CrossValidateOptions { candidates, folds, judging: self.part::<JudgingOptions>()? }, made))
    }

    /// The options of folds.
    pub(super) fn fold_options(&mut self) -> RhaiResultOf<FoldOptions> {
        let (groups, by) = (self.labels("groups")?, self.labels("by")?);
        let mut folds = FoldOptions { groups, by, ..self.part::<FoldOptions>()? };
        if let (Some(NamedSplit::Morphvae), Some(seed)) = (folds.split, self.seed_given) {
            folds.numpy_seed = u32::try_from(seed)
                .map_err(|_| Error::value(format!("MorphVAE's split: seed `{seed}` is not one of numpy's")))
                .at(self.ctx)?;
        }
        Ok(folds)
    }

    /// Ends a call: nothing may be left that nobody asked for.
    pub(super) fn finish(self) -> RhaiResultOf<()> {
        self.given.finish()
    }

    /// The classifier, by name with its options beside it, or as a value; every list of values multiplies the
    /// candidates.
    pub(super) fn candidates(&mut self) -> RhaiResultOf<Candidates> {
        let preparations: Vec<PreparationOptions> = self.choices()?;
        let classifiers: Vec<Classifier> = match self.value("classifier")? {
            Some(value) if value.is::<Rc<Candidates>>() => {
                let made: Rc<Candidates> = value.cast();
                made.0.iter().map(|recipe| recipe.classifier.clone()).collect()
            }
            Some(value) if value.is_string() => self.named(&value.to_string())?,
            None => self.named("knn")?,
            Some(value) => {
                let error = Error::value(format!(
                    "option `classifier` of `{}` must be a name, found {}",
                    self.function,
                    values::type_of(&value)
                ));
                return Err(error.help("a name such as \"svm\", or a value such as `evaluate::svm(#{ c: 10 })`"))
                    .at(self.ctx);
            }
        };
        let recipes = preparations.iter().flat_map(|preparation| {
            classifiers
                .iter()
                .map(|classifier| Recipe { preparation: preparation.clone(), classifier: classifier.clone() })
        });
        Ok(Candidates(recipes.collect()))
    }

    /// The classifiers of a name, from the options at hand.
    pub(super) fn named(&mut self, name: &str) -> RhaiResultOf<Vec<Classifier>> {
        fn of<T: DeserializeOwned + Into<Classifier>>(call: &mut Call<'_>) -> RhaiResultOf<Vec<Classifier>> {
            Ok(call.choices::<T>()?.into_iter().map(Into::into).collect())
        }
        match name {
            "knn" => of::<KnnOptions>(self),
            "logistic" => of::<LogisticOptions>(self),
            "svm" => of::<SvmOptions>(self),
            "lda" => of::<LdaOptions>(self),
            "ridge" => of::<RidgeOptions>(self),
            "centroid" => of::<CentroidOptions>(self),
            "majority" => of::<MajorityOptions>(self),
            other => {
                let meant = did_you_mean(other, Classifier::NAMES.iter().copied());
                let meant = meant.map_or(String::new(), |m| format!("; did you mean \"{m}\"?"));
                let names: Vec<String> = Classifier::NAMES.iter().map(|n| format!("\"{n}\"")).collect();
                let error =
                    Error::value(format!("option `classifier` of `{}` is unknown: \"{other}\"{meant}", self.function));
                Err(error.help(format!("one of {}", names.join(", ")))).at(self.ctx)
            }
        }
    }

    /// The options of a struct, one for each combination of the values that were given as lists.
    fn choices<T: DeserializeOwned>(&mut self) -> RhaiResultOf<Vec<T>> {
        let mut combinations = vec![Map::new()];
        for field in decode::fields::<T>().unwrap_or_default() {
            let Some(value) = self.value(field)? else { continue };
            let offered = match decode::items(&value) {
                None => vec![value],
                Some(items) => items.map_err(|e| Error::value(e.to_string())).at(self.ctx)?,
            };
            if offered.is_empty() {
                return Err(Error::value(format!("option `{field}` of `{}` is an empty list", self.function)))
                    .at(self.ctx);
            }
            combinations = combinations
                .iter()
                .flat_map(|map| {
                    offered.iter().map(|value| {
                        let mut map = map.clone();
                        map.insert((*field).into(), value.clone());
                        map
                    })
                })
                .collect();
        }
        combinations.into_iter().map(|map| self.parse(map)).collect()
    }

    fn parse<T: DeserializeOwned>(&self, map: Map) -> RhaiResultOf<T> {
        Options::undeclared(self.ctx, self.function, map).parse()
    }
}

/// A map of names and matrices.
pub(super) fn embeddings(given: &Map) -> Result<Vec<(String, Matrix)>> {
    let one = |(name, z): (&rhai::Identifier, &Dynamic)| {
        let z = super::super::rows::matrix_of(&format!("`{name}` of `evaluate::compare_many`"), z)?;
        Ok((name.to_string(), (*z).clone()))
    };
    given.iter().map(one).collect()
}
