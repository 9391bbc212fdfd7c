//! A page of figures, each with its name and the script that draws it: one HTML file that needs nothing else.
//!
//! It shows what a script can draw, and how. It is not a report: that has text, tables and the run's facts.

use std::fmt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::canvas::escape;
use super::figure::Figure;
use crate::error::{Error, Result};
use crate::run::atomic;

/// A figure on a sheet.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What stands above it.
    pub name: String,
    /// The lines of script below it; none where empty.
    pub code: String,
    /// The figure itself.
    pub figure: Figure,
}

/// A page of figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    figures: usize,
    html: String,
}

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:1500px;padding:1rem 2rem;color:#1a1a1a;background:#f6f7f8}\
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(430px,1fr));gap:1.5rem;align-items:start}\
figure{margin:0;padding:1rem;background:#fff;border:1px solid #dde0e4;border-radius:6px}\
figure.wide{grid-column:1/-1}\
h2{font-size:1rem;margin:0 0 .6rem}img{display:block;max-width:100%;height:auto;margin:auto}\
pre{font-size:12px;line-height:1.45;white-space:pre-wrap;overflow-wrap:anywhere;background:#f2f4f6;padding:.6rem .8rem;border-radius:4px;margin:.8rem 0 0}\
@media print{body{background:#fff}figure{break-inside:avoid}}";

/// Figures wider than this take a whole row.
const WIDE_MM: f64 = 140.0;

/// Puts figures onto a page.
///
/// # Errors
/// When there is none.
pub fn sheet(title: &str, shown: &[Shown]) -> Result<Sheet> {
    if shown.is_empty() {
        return Err(Error::value("a sheet needs at least one figure"));
    }
    let title = escape(title);
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<main>\n"
    );
    for Shown { name, code, figure } in shown {
        let class = if figure.width_mm() > WIDE_MM { " class=\"wide\"" } else { "" };
        // As an image of its own a drawing keeps its ids and its font to itself.
        html += &format!(
            "<figure{class}>\n<h2>{}</h2>\n<img alt=\"{}\" style=\"width:{}mm\" src=\"data:image/svg+xml;base64,{}\">\n",
            escape(name),
            escape(&figure.to_string()),
            figure.width_mm(),
            STANDARD.encode(figure.svg())
        );
        if !code.is_empty() {
            let lines: Vec<String> = code.trim().lines().map(escape).collect();
            html += &format!("<pre><code>{}</code></pre>\n", lines.join("\n"));
        }
        html += "</figure>\n";
    }
    html += "</main>\n</body>\n</html>\n";
    Ok(Sheet { figures: shown.len(), html })
}

impl Sheet {
    /// The page as text.
    pub fn html(&self) -> &str {
        &self.html
    }

    /// Writes the page.
    ///
    /// # Errors
    /// When the path does not end in `.html`, or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        match path.extension().is_some_and(|e| e.eq_ignore_ascii_case("html")) {
            true => atomic::write(path, self.html.as_bytes()),
            false => Err(Error::value(format!("a sheet is saved as `.html`, but the path is `{}`", path.display()))),
        }
    }
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sheet({} figures, {} kB)", self.figures, self.html.len() / 1000)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plot::{Bar, BarsOptions, bars};

    #[test]
    fn a_page_holds_its_figures_and_escapes_what_surrounds_them() {
        let one = [Bar { name: "<b>".into(), value: 1.0, ..Default::default() }];
        let figure = bars(&one, &BarsOptions::default()).unwrap();
        let shown = Shown { name: "<script>".into(), code: "a < b\n  && c".into(), figure };
        let page = sheet("a & b", &[shown.clone(), shown]).unwrap();
        assert!(!page.html().contains("<script>") && page.html().contains("a &lt; b\n  &amp;&amp; c"));
        assert_eq!(page.html().matches("data:image/svg+xml").count(), 2);
        assert!(!page.html().contains("http"), "nothing comes from elsewhere");
        let folder = tempfile::tempdir().unwrap();
        page.save(&folder.path().join("page.html")).unwrap();
        assert!(page.save(&folder.path().join("page.pdf")).unwrap_err().message.contains("`.html`"));
        assert!(sheet("", &[]).is_err());
    }
}
