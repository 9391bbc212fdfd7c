//! What bindings say of themselves that Rhai cannot know: which types their handles are, what their options maps take.
//!
//! Filled while an engine is made ([`crate::bind`] does it), read by the [catalogue](super::catalog) and by
//! [`Options`](super::Options). It lies in a thread-local because an engine never leaves its thread, and says the same
//! for every engine of the program.

use std::any::TypeId;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use rhai::{Engine, Variant};

use super::takes::Takes;

thread_local! {
    static REGISTRY: RefCell<Registry> = RefCell::default();
}

#[derive(Default)]
struct Registry {
    types: HashMap<TypeId, &'static str>,
    takes: BTreeMap<&'static str, &'static Takes>,
    receivers: BTreeMap<&'static str, &'static [&'static str]>,
    absent: BTreeMap<&'static str, &'static str>,
}

/// Registration of handles.
pub trait Handles {
    /// Registers a type that scripts hold, under the name that messages and the catalogue call it.
    fn handle<T: Variant + Clone>(&mut self, name: &'static str) -> &mut Self;
}

impl Handles for Engine {
    fn handle<T: Variant + Clone>(&mut self, name: &'static str) -> &mut Self {
        REGISTRY.with_borrow_mut(|r| r.types.insert(TypeId::of::<T>(), name));
        self.register_type_with_name::<T>(name)
    }
}

/// Notes what options maps take.
pub fn declare(all: &'static [Takes]) {
    REGISTRY.with_borrow_mut(|r| r.takes.extend(all.iter().map(|takes| (takes.function, takes))));
}

/// Notes the types on which methods work whose receiver is a `Dynamic` of this name.
pub fn receivers(parameter: &'static str, types: &'static [&'static str]) {
    REGISTRY.with_borrow_mut(|r| r.receivers.insert(parameter, types));
}

/// Notes a namespace that this build lacks, and why.
pub fn absent(namespace: &'static str, why: &'static str) {
    REGISTRY.with_borrow_mut(|r| r.absent.insert(namespace, why));
}

/// The name of a registered type.
pub(super) fn type_named(id: TypeId) -> Option<&'static str> {
    REGISTRY.with_borrow(|r| r.types.get(&id).copied())
}

/// The names of all registered types, in order.
pub(super) fn types() -> Vec<&'static str> {
    let mut names: Vec<&str> = REGISTRY.with_borrow(|r| r.types.values().copied().collect());
    names.sort_unstable();
    names.dedup();
    names
}

/// What the options map of a function takes, where it is declared.
pub(super) fn takes(function: &str) -> Option<&'static Takes> {
    REGISTRY.with_borrow(|r| r.takes.get(function).copied())
}

/// All declarations of options, in the order of their functions.
pub fn declared() -> Vec<&'static Takes> {
    REGISTRY.with_borrow(|r| r.takes.values().copied().collect())
}

/// The types behind a `Dynamic` receiver of this name.
pub(super) fn receivers_called(parameter: &str) -> Option<&'static [&'static str]> {
    REGISTRY.with_borrow(|r| r.receivers.get(parameter).copied())
}

/// The namespaces that this build lacks, with the reasons.
pub(super) fn absences() -> Vec<(&'static str, &'static str)> {
    REGISTRY.with_borrow(|r| r.absent.iter().map(|(name, why)| (*name, *why)).collect())
}
