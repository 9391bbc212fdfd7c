//! `plot::sheet`: a page of figures, each with the script that draws it.

use rhai::plugin::*;
use rhai::{Array, Dynamic, Map, Position};

use crate::error::{Error, Result};
use crate::plot::{self, Figure, Sheet, Shown};
use crate::script::registry;
use crate::script::takes::Takes;
use crate::script::{At, Options, RhaiResultOf, values};

/// What the options maps hold.
const TAKES: &[Takes] = &[Takes::new("plot::sheet", &[], &[("title", "text; \"Figures\"")])];

/// The functions of the namespace.
pub(super) fn functions() -> rhai::Module {
    registry::declare(TAKES);
    exported_module!(namespace)
}

/// The second argument of a call `f("name", …)` in the text of a script, as it is written; none where brackets do not
/// close.
fn second_argument(text: &str, call: Position) -> Option<String> {
    let skipped: usize = text.split_inclusive('\n').take(call.line()?.checked_sub(1)?).map(str::len).sum();
    let call = &text[skipped..];
    let (mut depth, mut quoted, mut start, mut last) = (0, None, None, ' ');
    for (at, c) in call.char_indices() {
        match (quoted, c) {
            (Some(quote), c) if c == quote && last != '\\' => quoted = None,
            (Some(_), _) => {}
            (None, '"' | '`') => quoted = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => {
                depth -= 1;
                if depth == 0 {
                    return start.map(|start| call[start..at].trim().to_string());
                }
            }
            (None, ',') if depth == 1 && start.is_none() => start = Some(at + 1),
            _ => {}
        }
        last = c;
    }
    None
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// A figure with its name, for a sheet. The page shows the second argument as the script has it.
    ///
    /// ```rhai
    /// let one = plot::shown("bars", plot::bars(#{ knn: 0.8, svm: 0.9 }));
    /// ```
    pub fn shown(ctx: NativeCallContext, name: &str, figure: Figure) -> Shown {
        // At the prompt there is no file, and no text to show.
        let text = ctx.call_source().and_then(|path| std::fs::read_to_string(path).ok());
        let code = text.and_then(|text| second_argument(&text, ctx.call_position())).unwrap_or_default();
        Shown { name: name.into(), code, figure }
    }

    /// The figure of one that is shown on a sheet.
    #[rhai_fn(global, get = "figure", pure)]
    pub fn figure(shown: &mut Shown) -> Figure {
        shown.figure.clone()
    }

    /// The name of one that is shown on a sheet.
    #[rhai_fn(global, get = "name", pure)]
    pub fn name(shown: &mut Shown) -> String {
        shown.name.clone()
    }

    /// A page of figures with their names and the script that draws each: an HTML file that needs nothing else. Takes an
    /// array of what `plot::shown` gives. Options: `title`.
    ///
    /// ```rhai
    /// let one = plot::shown("bars", plot::bars(#{ knn: 0.8, svm: 0.9 }));
    /// plot::sheet([one], #{ title: "What I drew" }).save(out("figures.html"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn sheet(ctx: NativeCallContext, figures: Array, options: Map) -> RhaiResultOf<Sheet> {
        let mut given = Options::new(&ctx, "plot::sheet", options);
        let title = given.handle_with("title", values::text)?.unwrap_or_else(|| "Figures".into());
        given.finish()?;
        let shown = |item: &Dynamic| {
            item.clone().try_cast::<Shown>().ok_or_else(|| {
                Error::value(format!("`plot::sheet` takes what `plot::shown` gives, found {}", values::type_of(item)))
            })
        };
        let shown = figures.iter().map(shown).collect::<Result<Vec<_>>>().at(&ctx)?;
        plot::sheet(&title, &shown).at(&ctx)
    }

    /// Writes the page.
    ///
    /// ```rhai
    /// plot::sheet([plot::shown("bars", plot::bars(#{ a: 1 }))], #{}).save(out("figures.html"));
    /// ```
    #[rhai_fn(global, name = "save", return_raw, pure)]
    pub fn save_sheet(ctx: NativeCallContext, sheet: &mut Sheet, path: &str) -> RhaiResultOf<()> {
        sheet.save(std::path::Path::new(path)).at(&ctx)
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe_shown(shown: &mut Shown) -> String {
        format!("{}: {}", shown.name, shown.figure)
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe_sheet(sheet: &mut Sheet) -> String {
        sheet.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_figure_is_its_second_argument() {
        let text = "let a = 1;\nshow(\"a, (b\", plot::bars(#{ a: [1, 2] },\n    `)`)); more";
        let found = second_argument(text, Position::new(2, 1));
        assert_eq!(found.as_deref(), Some("plot::bars(#{ a: [1, 2] },\n    `)`)"));
        assert_eq!(second_argument("show(\"a\", b", Position::new(1, 1)), None);
        assert_eq!(second_argument(text, Position::new(9, 1)), None);
        assert_eq!(second_argument(text, Position::NONE), None);
    }
}
