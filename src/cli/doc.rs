//! `nms doc`: the reference of everything that scripts can use.

use super::args::{DocArgs, Global};
use super::setup::setup;
use crate::bind;
use crate::error::{Error, Result};
use crate::script::Session;
use crate::script::reference::{self, Entry};
use crate::term::{printer, table};

/// Prints the reference, or what it says of one name.
///
/// # Errors
/// When nothing is called so.
pub(super) fn doc(global: &Global, args: &DocArgs) -> Result<u8> {
    let session = Session::new(bind::install, &setup(global));
    if args.definitions {
        printer::line(&session.definitions());
        return Ok(0);
    }
    let catalog = session.catalog();
    let width = table::width().unwrap_or(100);
    if !args.markdown && !args.json {
        let name = args.name.as_deref().unwrap_or_default();
        let page = if name.is_empty() {
            contents(&session)
        } else {
            reference::about(&catalog, name, width).map_err(Error::value)?
        };
        printer::line(&page);
        return Ok(0);
    }
    let mut entries = reference::entries(&catalog, args.name.is_some());
    if let Some(name) = &args.name {
        // The page tells what nothing is called by, and what was meant.
        reference::about(&catalog, name, width).map_err(Error::value)?;
        entries.retain(|entry| is_of(entry, name));
    }
    printer::line(&match args.json {
        true => format!("{:#}", reference::json(&entries)),
        false => reference::markdown(&entries).trim_end().to_string(),
    });
    Ok(0)
}

/// Whether an entry is the one of this name, or belongs to the namespace or type.
fn is_of(entry: &Entry, name: &str) -> bool {
    let last = entry.name.rsplit([':', '.']).next();
    let inside = |separator: &str| entry.name.strip_prefix(name).is_some_and(|rest| rest.starts_with(separator));
    entry.name == name || last == Some(name.trim_start_matches('.')) || inside("::") || inside(".")
}

/// What can be asked for.
fn contents(session: &Session) -> String {
    let catalog = session.catalog();
    let namespaces: Vec<&str> = catalog.namespaces().collect();
    format!(
        "namespaces: {}\ntypes: {}\n\n`nms doc NAME` tells of one, as in `nms doc cluster::gmm`, `nms doc Population`, \
         `nms doc save`.\n`nms doc --markdown` and `nms doc --json` write all of the reference, `nms doc --definitions` \
         what editors read.",
        namespaces.join(" "),
        catalog.types().join(" ")
    )
}
