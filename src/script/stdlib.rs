//! The standard modules inside the binary: `stdlib/nms/*.rhai`.
//!
//! A table written by hand, as with twenty files nothing is simpler; a test holds it to the folder.

/// How sources of standard modules begin.
pub const SOURCE_PREFIX: &str = "stdlib:";

const MODULES: &[(&str, &str)] = &[
    ("grids", include_str!("../../stdlib/nms/grids.rhai")),
    ("presets", include_str!("../../stdlib/nms/presets.rhai")),
    ("protocols", include_str!("../../stdlib/nms/protocols.rhai")),
    ("report", include_str!("../../stdlib/nms/report.rhai")),
];

/// The text of the module `nms/NAME`.
pub fn text(name: &str) -> Option<&'static str> {
    MODULES.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}

/// All modules with their texts.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    MODULES.iter().copied()
}

/// The names of all modules, without `nms/`.
pub fn names() -> impl Iterator<Item = &'static str> {
    MODULES.iter().map(|(name, _)| *name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_table_equals_the_folder() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("stdlib/nms");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|f| f.unwrap().file_name().into_string().unwrap())
            .filter_map(|f| f.strip_suffix(".rhai").map(str::to_string))
            .collect();
        files.sort();
        assert_eq!(names().collect::<Vec<_>>(), files);
    }

    #[test]
    fn every_module_compiles_and_says_what_it_is_for() {
        let mut engine = rhai::Engine::new();
        engine.set_max_expr_depths(128, 64);
        for (name, text) in MODULES {
            let ast = engine.compile(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(!ast.doc().is_empty(), "{name} has no `//!` header");
            let public =
                |f: &rhai::ScriptFnMetadata| f.access == rhai::FnAccess::Public && !f.name.starts_with("anon$");
            for function in ast.iter_functions().filter(public) {
                assert!(!function.comments.is_empty(), "{name}::{} has no `///`", function.name);
            }
        }
    }
}
