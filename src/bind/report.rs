//! `report::`: what a run found, as one page.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, FuncRegistration, Map, Module};

use super::handles::Rows;
use super::table::table_of_rows;
use crate::data::table::Column;
use crate::data::{Outcome, Table};
use crate::error::{Error, Result};
use crate::plot::Figure;
use crate::report::{ElementOptions, Report};
use crate::script::registry::{self, Handles};
use crate::script::takes::{Takes, part};
use crate::script::{At, Options, RhaiResultOf, host, values};

/// A report, which its methods add to in place: a function that is given one writes into the same.
type Page = Rc<RefCell<Report>>;

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("report::page", &[part::<crate::report::ReportOptions>()], &[]),
    Takes::new("pages::page", &[part::<crate::report::ReportOptions>()], &[]),
    Takes::new("heading", &[], &[("level", "whole number; 1")]),
    Takes::new("add", &[part::<crate::report::ElementOptions>()], &[]),
];

/// Installs the namespace and the methods. A script that has `import "nms/report" as report` sees that module under the
/// name; the module reaches the namespace by its other one.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<Page>("Report");
    for name in ["report", "pages"] {
        engine.register_static_module(name, exported_module!(namespace).into());
    }
    engine.register_global_module(exported_module!(methods).into());
}

const ADD: [&str; 5] = [
    "/// Adds a result of an analysis: its numbers, its table, and what it was computed from. Options: `caption`, `rows`.",
    "///",
    "/// ```rhai",
    "/// report::page().add(cluster::kmeans(z, #{ clusters: 3 }));",
    "/// ```",
];

/// Lets reports take a kind of result, which only its own type tells from other handles.
pub(super) fn takes<T: Outcome + 'static>(module: &mut Module) {
    let add = |report: &mut Page, it: &T, options: ElementOptions| -> Result<Page> {
        report.borrow_mut().outcome(it, options)?;
        Ok(report.clone())
    };
    let registration = || FuncRegistration::new("add").in_global_namespace().with_comments(ADD);
    registration().set_into_module(
        module,
        move |ctx: NativeCallContext, report: &mut Page, it: Rc<T>| -> RhaiResultOf<Page> {
            add(report, &it, ElementOptions::default()).at(&ctx)
        },
    );
    registration().set_into_module(
        module,
        move |ctx: NativeCallContext, report: &mut Page, it: Rc<T>, options: Map| -> RhaiResultOf<Page> {
            add(report, &it, Options::new(&ctx, "add", options).parse()?).at(&ctx)
        },
    );
}

/// What a report shows as a table: a table, a matrix, an array of maps with a row for each, a map with a row for each key.
fn table_of(value: &Dynamic) -> Result<Option<Table>> {
    if let Some(table) = value.read_lock::<Table>() {
        return Ok(Some(table.clone()));
    }
    if let Some(matrix) = value.read_lock::<Rows>() {
        return Table::from_matrix(&matrix).map(Some);
    }
    if let Some(rows) = value.read_lock::<Array>()
        && !rows.is_empty()
        && rows.iter().all(Dynamic::is_map)
    {
        return table_of_rows(&rows).map(Some);
    }
    let Some(map) = value.read_lock::<Map>() else { return Ok(None) };
    // As texts: facts have nothing in common that would give them the same digits.
    let values = Column::texts("value", map.values().map(|v| Some(v.to_string())));
    Table::new(map.keys().map(ToString::to_string).collect(), vec![values]).map(Some)
}

/// What `print` would show of a value.
fn printed(ctx: &NativeCallContext, value: Dynamic) -> RhaiResultOf<String> {
    let text = ctx.call_native_fn::<Dynamic>("to_string", (value,))?;
    text.into_string().map_err(|found| Error::internal(format!("`to_string` gave {found}"))).at(ctx)
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// An empty report.
    ///
    /// ```rhai
    /// report::page().text("Nothing was found.").save(out("report.html"));
    /// ```
    #[rhai_fn(name = "page")]
    pub fn page_plainly() -> Page {
        Rc::new(RefCell::new(Report::new(Default::default())))
    }

    /// An empty report. Options: `title` (`"Report"`), `author`. Its methods add to it, one element each, and give it back.
    ///
    /// ```rhai
    /// let page = report::page(#{ title: "Cell types" });
    /// page.heading("Clusters").text("Found by **k-means**.");
    /// page.add(plot::scatter(reduce::tsne(z)), #{ caption: "All cells." });
    /// page.add(cluster::kmeans(z, #{ clusters: 3 })).parameters();
    /// page.save(out("report.html"));
    /// page.save(out("report.md"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn page(ctx: NativeCallContext, options: Map) -> RhaiResultOf<Page> {
        let options = Options::new(&ctx, "report::page", options).parse()?;
        Ok(Rc::new(RefCell::new(Report::new(options))))
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod methods {
    /// Adds text in Markdown; its headings come into the table of contents. HTML in it is shown as it is written.
    ///
    /// ```rhai
    /// report::page().text("# Methods\nCells were *centred* at their somata.");
    /// ```
    pub fn text(report: &mut Page, markdown: &str) -> Page {
        report.borrow_mut().text(markdown);
        report.clone()
    }

    /// Adds a heading of a chapter.
    ///
    /// ```rhai
    /// report::page().heading("Methods");
    /// ```
    #[rhai_fn(name = "heading", return_raw)]
    pub fn heading_plainly(ctx: NativeCallContext, report: &mut Page, text: &str) -> RhaiResultOf<Page> {
        heading(ctx, report, text, Map::new())
    }

    /// Adds a heading. Option: `level` (1: a chapter; 2: a section in it; 3).
    ///
    /// ```rhai
    /// report::page().heading("Methods").heading("Cells", #{ level: 2 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn heading(ctx: NativeCallContext, report: &mut Page, text: &str, options: Map) -> RhaiResultOf<Page> {
        let mut given = Options::new(&ctx, "heading", options);
        let level = given.handle_with("level", values::count)?.unwrap_or(1);
        given.finish()?;
        report.borrow_mut().heading(text, u8::try_from(level).unwrap_or(u8::MAX)).at(&ctx)?;
        Ok(report.clone())
    }

    /// Adds anything that prints: a figure, a table, a matrix, a map of facts, a result, a text, any other value as it
    /// prints.
    ///
    /// ```rhai
    /// report::page().add(cells.metrics());
    /// ```
    #[rhai_fn(name = "add", return_raw)]
    pub fn add_plainly(ctx: NativeCallContext, report: &mut Page, x: Dynamic) -> RhaiResultOf<Page> {
        add(ctx, report, x, Map::new())
    }

    /// Adds anything that prints. Options: `caption`, `rows` (200: rows of a table that are shown at most; the CSV file
    /// with it has all).
    ///
    /// ```rhai
    /// report::page().add(cells.metrics(), #{ caption: "Measures of all cells.", rows: 20 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn add(ctx: NativeCallContext, report: &mut Page, x: Dynamic, options: Map) -> RhaiResultOf<Page> {
        let options: ElementOptions = Options::new(&ctx, "add", options).parse()?;
        if let Some(figure) = x.read_lock::<Figure>() {
            report.borrow_mut().figure(&figure, options);
        } else if let Some(table) = table_of(&x).at(&ctx)? {
            report.borrow_mut().table(&table, options);
        } else {
            report.borrow_mut().printed(&printed(&ctx, x)?, options);
        }
        Ok(report.clone())
    }

    /// Adds a chapter on the run: script and its hash, parameters, seed, device, version, times, and the files read with
    /// their digests, as they are when the report is saved.
    ///
    /// ```rhai
    /// report::page().parameters().save(out("report.html"));
    /// ```
    pub fn parameters(report: &mut Page) -> Page {
        report.borrow_mut().parameters();
        report.clone()
    }

    /// Number of elements.
    #[rhai_fn(get = "len", name = "len", pure)]
    pub fn len(report: &mut Page) -> i64 {
        report.borrow().len() as i64
    }

    /// Writes the report: `.html` as one file that loads nothing, `.md` with figures and tables in a folder beside it.
    ///
    /// ```rhai
    /// report::page().text("All is well.").save(out("report.md"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn save(ctx: NativeCallContext, report: &mut Page, path: &str) -> RhaiResultOf<()> {
        host::with(|run| report.borrow().save(Path::new(path), run)).at(&ctx)
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe(report: &mut Page) -> String {
        report.borrow().to_string()
    }
}
