//! `nms bundle`: one file of a script and all that it takes to repeat it elsewhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::args::{BundleArgs, Global};
use super::setup::setup;
use crate::bind;
use crate::error::{Error, Result};
use crate::run::bundle::{Bundle, EXTENSION, Versions, described};
use crate::run::params::Params;
use crate::script::Session;
use crate::script::gather::{gather, is_data};
use crate::term::printer;

/// Writes the file and gives the exit code.
///
/// # Errors
/// When the script or a module cannot be read, a parameter is not the script's, or the file cannot be written.
pub(super) fn bundle(global: &Global, args: &BundleArgs) -> Result<u8> {
    let path = &args.script;
    let text = std::fs::read_to_string(path).map_err(|e| Error::io("cannot read the script", path, &e))?;
    let mut params = Params::default();
    if let Some(file) = &args.params_file {
        params.give_file(file)?;
    }
    for assignment in &args.params {
        params.give(assignment)?;
    }
    let setup = setup(global);
    if let Some(names) = Session::new(bind::install, &setup).parameters_of(&text) {
        params.refuse_unknown(names.iter().map(String::as_str))?;
    }
    let gathered = gather(&setup.standard, path, &text)?;
    let parameters = params.given();
    let given = |name: &Option<String>| name.as_ref().is_some_and(|name| parameters.contains_key(name));
    // What a parameter was given stands in for its default.
    let mut named: BTreeSet<_> = gathered.paths.into_iter().filter(|(_, parameter)| !given(parameter)).collect();
    let chosen = parameters.iter().filter(|(_, value)| is_data(value));
    named.extend(chosen.map(|(name, value)| (PathBuf::from(value), Some(name.clone()))));
    let made = Bundle {
        script: path.file_name().map_or_else(|| "script.rhai".into(), |name| name.to_string_lossy().into_owned()),
        seed: global.seed(),
        made_with: versions(gathered.asks_for_models),
        parameters,
        data: described(named),
        texts: gathered.texts,
    };
    let file = args
        .output
        .clone()
        .unwrap_or_else(|| Path::new(path.file_stem().unwrap_or(path.as_os_str())).with_extension(EXTENSION));
    made.save(&file)?;
    if global.quiet == 0 {
        let count = |n: usize, what: &str| if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") };
        let modules = count(made.texts.len() - 1, "module");
        let data = if made.data.is_empty() {
            "no data named".into()
        } else {
            format!("the digest{} of {}", if made.data.len() == 1 { "" } else { "s" }, shown(&made))
        };
        printer::note(&format!("wrote {}: {}, {modules}, seed {}, {data}", file.display(), made.script, made.seed));
    }
    Ok(0)
}

fn shown(bundle: &Bundle) -> String {
    bundle.data.iter().map(|datum| format!("`{}`", datum.path.display())).collect::<Vec<_>>().join(", ")
}

/// The versions of this program, with libtorch's where models are asked for.
pub(super) fn versions(with_models: bool) -> Versions {
    Versions::this(libtorch().filter(|_| with_models))
}

#[cfg(feature = "torch")]
fn libtorch() -> Option<String> {
    Some(crate::nn::device::version())
}

#[cfg(not(feature = "torch"))]
fn libtorch() -> Option<String> {
    None
}
