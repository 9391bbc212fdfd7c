//! `evaluate::`: judging an embedding.
//!
//! [`protocol`] reads the options that all of these calls share: the classifier and its own options, the folds, and how
//! predictions are judged. [`classifiers`] and [`folds`] make values of their own; [`scores`] has what cross-validation
//! gives, [`comparisons`] what asks whether and by how much.

mod classifiers;
mod comparisons;
mod folds;
mod protocol;
mod scores;

use std::rc::Rc;

use rhai::Engine;
use rhai::Module;

use crate::evaluate::{
    BootstrapScore, Candidates, Comparison, Comparisons, Folds, LearningCurve, PermutationTest, Scores, Trained,
};

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    engine
        .register_type_with_name::<Rc<Scores>>("Scores")
        .register_type_with_name::<Rc<Folds>>("Folds")
        .register_type_with_name::<Rc<Trained>>("Classifier")
        .register_type_with_name::<Rc<Candidates>>("ClassifierOptions")
        .register_type_with_name::<Rc<PermutationTest>>("PermutationTest")
        .register_type_with_name::<Rc<BootstrapScore>>("BootstrapScore")
        .register_type_with_name::<Rc<Comparison>>("Comparison")
        .register_type_with_name::<Rc<Comparisons>>("Comparisons")
        .register_type_with_name::<Rc<LearningCurve>>("LearningCurve");
    super::outcome::methods::<Scores>(engine);
    super::outcome::methods::<PermutationTest>(engine);
    super::outcome::methods::<BootstrapScore>(engine);
    super::outcome::methods::<Comparison>(engine);
    super::outcome::methods::<Comparisons>(engine);
    super::outcome::methods::<LearningCurve>(engine);
    let mut module = Module::new();
    let activity = super::activity::of_evaluate();
    for part in [classifiers::module(), folds::module(), scores::module(), comparisons::module(), activity] {
        module.fill_with(&part);
    }
    engine.register_static_module("evaluate", module.into());
}
