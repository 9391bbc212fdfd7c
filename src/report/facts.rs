//! What a run was, for its readers: what `run.json` holds, as far as people ask for it.

use crate::data::Table;
use crate::data::table::Column;
use crate::error::Result;
use crate::run::Run;
use crate::run::manifest::{Build, now};
use crate::run::params::Origin;

/// The facts of a run, as tables: each with its caption and with what its rows' names are.
pub(super) fn tables(run: &Run) -> Result<Vec<(&'static str, &'static str, Table)>> {
    let mut tables = vec![("The run", "fact", about(run)?)];
    let parameters = run.params.recorded();
    if !parameters.is_empty() {
        let ids = parameters.keys().map(ToString::to_string).collect();
        let column = |name, text: &dyn Fn(&crate::run::params::Param) -> String| {
            Column::texts(name, parameters.values().map(|p| Some(text(p))))
        };
        let from = |origin: &Origin| match origin {
            Origin::Default => "default".to_string(),
            Origin::CommandLine => "command line".to_string(),
            Origin::File(path) => path.display().to_string(),
        };
        let columns = vec![
            column("value", &|p| p.value.to_string()),
            column("from", &|p| from(&p.origin)),
            column("meaning", &|p| p.help.clone()),
        ];
        tables.push(("Parameters", "parameter", Table::new(ids, columns)?));
    }
    let read = run.inputs_in_full();
    if !read.is_empty() {
        let ids = read.iter().map(|input| input.path.display().to_string()).collect();
        let columns = vec![
            Column::numbers("files", read.iter().map(|i| i.files.unwrap_or(1) as f64).collect::<Vec<_>>()),
            Column::numbers("bytes", read.iter().map(|i| i.bytes as f64).collect::<Vec<_>>()),
            Column::texts("SHA-256", read.iter().map(|i| i.sha256.as_deref())),
        ];
        tables.push(("Files read", "path", Table::new(ids, columns)?));
    }
    Ok(tables)
}

fn about(run: &Run) -> Result<Table> {
    let settings = &run.settings;
    let build = Build::this();
    let mut facts = Vec::new();
    if let Some(script) = &settings.script {
        facts.push(("script", script.display().to_string()));
    }
    if let Some(hash) = &settings.text_sha256 {
        facts.push(("SHA-256 of its text", hash.clone()));
    }
    facts.extend(run.modules().iter().map(|(name, hash)| ("module", format!("{name}, SHA-256 {hash}"))));
    facts.push(("seed", settings.seed.to_string()));
    facts.push(("device", settings.device.clone()));
    facts.push(("threads", rayon::current_num_threads().to_string()));
    if settings.smoke {
        facts.push(("smoke run", "yes: a tiny version of the work".to_string()));
    }
    facts.push(("nms", format!("{} (commit {}, {})", build.version, build.git, build.rustc)));
    facts.push(("started", run.started.clone()));
    facts.push(("written", now()));
    let ids = facts.iter().map(|(name, _)| name.to_string()).collect();
    Table::new(ids, vec![Column::texts("value", facts.iter().map(|(_, value)| Some(value)))])
}
