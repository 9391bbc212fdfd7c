//! The catalogue of everything that nms offers is whole: types are known, options declared.

use std::collections::BTreeSet;

use std::rc::Rc;

use nms::script::catalog::Catalog;
use nms::script::session::{Session, Setup};

/// Everything that nms offers.
pub fn catalog() -> Rc<Catalog> {
    Session::new(nms::bind::install, &Setup::default()).catalog()
}

#[test]
fn every_function_with_options_declares_them() {
    let catalog = catalog();
    let own = catalog.functions().filter(|f| !f.is_standard);
    let missing: BTreeSet<String> = own
        .filter(|f| f.has_options() && f.takes.is_none())
        .map(|f| format!("{}{} on {:?}", f.path(), f.parameters(), f.on))
        .collect();
    assert!(missing.is_empty(), "no declaration of options:\n{missing:#?}");
}

#[test]
fn every_declaration_belongs_to_a_function_and_tells_its_keys() {
    let catalog = catalog();
    let used: BTreeSet<&str> = catalog.functions().filter_map(|f| f.takes).map(|t| t.function).collect();
    let declared = nms::script::registry::declared();
    let unused: Vec<&str> = declared.iter().map(|t| t.function).filter(|f| !used.contains(f)).collect();
    assert!(unused.is_empty(), "declared for no function: {unused:?}");
    for takes in declared {
        for key in takes.keys() {
            assert!(key.default.is_some() || !key.kind.is_empty(), "`{}` of `{}`", key.name, takes.function);
        }
    }
}

#[test]
fn types_are_known_by_their_registered_names() {
    let catalog = catalog();
    let built_in = ["", "()", "int", "float", "bool", "char", "string", "array", "blob", "map", "Fn", "range"];
    let known = |kind: &str| built_in.contains(&kind) || catalog.types().contains(&kind);
    let mut strangers = BTreeSet::new();
    for f in catalog.functions().filter(|f| !f.is_standard) {
        for (name, kind) in f.params.iter().filter(|(_, kind)| !known(kind)) {
            strangers.insert(format!("{}: parameter {name}: {kind}", f.path()));
        }
        if !known(&f.returns) {
            strangers.insert(format!("{}: gives {}", f.path(), f.returns));
        }
    }
    assert!(strangers.is_empty(), "{strangers:#?}");
}

#[test]
fn methods_are_found_on_every_type_that_has_them() {
    let catalog = catalog();
    let has = |kind: &str, name: &str| catalog.methods_of(kind).any(|f| f.name == name);
    assert!(has("Morphology", "resample") && has("Population", "resample"));
    assert!(has("Population", "save") && has("Table", "save") && !has("Labels", "resample"));
    let returns = |name: &'static str| catalog.named(name).map(|f| f.returns.as_str()).collect::<BTreeSet<_>>();
    assert_eq!(returns("morph::load"), BTreeSet::from(["Morphology"]));
    assert_eq!(returns("cluster::gmm"), BTreeSet::from(["Mixture"]));
    assert_eq!(returns("Population.metrics"), BTreeSet::from(["Table", "Matrix"]));
}

#[test]
fn every_handle_says_in_a_line_what_it_is() {
    let catalog = catalog();
    let says = |kind: &str, how: &str| catalog.functions().any(|f| f.name == how && f.on.iter().any(|on| on == kind));
    let silent: Vec<&&str> =
        catalog.types().iter().filter(|kind| !(says(kind, "to_string") && says(kind, "to_debug"))).collect();
    assert!(silent.is_empty(), "shown by the path of their Rust type: {silent:?}");
}
