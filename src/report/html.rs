//! The report as one HTML file.

use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::markup::{Heading, to_html};
use super::{Element, Report, Shown, facts, shown, svg, told};
use crate::data::Table;
use crate::error::Result;
use crate::plot::page::{escaped, filled};
use crate::run::Run;
use crate::run::manifest::now;

/// The page.
pub(super) fn page(report: &Report, run: &Run) -> Result<String> {
    let mut writer = Writer::default();
    for element in &report.elements {
        writer.element(element, run)?;
    }
    let title = escaped(&report.title);
    let by = if report.author.is_empty() { String::new() } else { format!("{}, ", escaped(&report.author)) };
    let byline = format!("{by}{}", now());
    let style = format!("{}\n{}", writer.font, include_str!("style.css"));
    let contents = contents(&writer.headings);
    filled(
        include_str!("page.html"),
        &[
            ("{{title}}", &title),
            ("{{style}}", &style),
            ("{{contents}}", &contents),
            ("{{title}}", &title),
            ("{{byline}}", &byline),
            ("{{body}}", &writer.body),
            ("{{script}}", include_str!("report.js")),
        ],
    )
}

/// The table of contents; none for a report of one chapter.
fn contents(headings: &[Heading]) -> String {
    if headings.len() < 2 {
        return String::new();
    }
    let mut list = String::from("<nav aria-label=\"contents\"><h2>Contents</h2><ul>\n");
    for Heading { level, text, id } in headings.iter().filter(|h| h.level <= 3) {
        list += &format!("<li class=\"level-{level}\"><a href=\"#{id}\">{}</a></li>\n", escaped(text));
    }
    list + "</ul></nav>"
}

#[derive(Default)]
struct Writer {
    body: String,
    headings: Vec<Heading>,
    /// The rule for the figures' font, once.
    font: String,
    figures: usize,
    tables: usize,
}

impl Writer {
    fn put(&mut self, html: std::fmt::Arguments<'_>) {
        self.body.write_fmt(html).expect("writing to a string cannot fail");
        self.body.push('\n');
    }

    fn element(&mut self, element: &Element, run: &Run) -> Result<()> {
        match element {
            Element::Text(markdown) => {
                let html = to_html(markdown, &mut self.headings);
                self.put(format_args!("{html}"));
            }
            Element::Heading(level, text) => self.heading(*level, text),
            Element::Figure(figure, caption) => {
                if self.font.is_empty() {
                    self.font = svg::font_rule(figure).to_string();
                }
                self.figures += 1;
                let n = self.figures;
                let svg = svg::inline(figure, &format!("figure-{n}"), caption);
                let caption = numbered("Figure", n, caption);
                self.put(format_args!(
                    "<figure id=\"figure-{n}\"><div class=\"scroll\">{svg}</div><figcaption>{caption}</figcaption></figure>"
                ));
            }
            Element::Table(table) => self.table(table, "")?,
            Element::Outcome { numbers, origin, table } => {
                let html = numbers_and_origin(numbers, origin);
                self.table(table, &html)?;
            }
            Element::Printed(text, caption) => {
                let caption = if caption.is_empty() { String::new() } else { format!("<p>{}</p>", escaped(caption)) };
                self.put(format_args!("<div class=\"printed\">{caption}<pre>{}</pre></div>", escaped(text)));
            }
            Element::Parameters => {
                self.heading(1, "Parameters of the run");
                for (caption, ids, table) in facts::tables(run)? {
                    let rows = table.len();
                    self.table(&Shown { table, ids, caption: caption.to_string(), rows }, "")?;
                }
            }
        }
        Ok(())
    }

    fn heading(&mut self, level: u8, text: &str) {
        let id = format!("section-{}", self.headings.len() + 1);
        self.put(format_args!("<h{0} id=\"{id}\">{1}</h{0}>", level + 1, escaped(text)));
        self.headings.push(Heading { level, text: text.to_string(), id });
    }

    /// A table with its caption, a link to all of it as CSV, and `more` between them.
    fn table(&mut self, shown: &Shown, more: &str) -> Result<()> {
        self.tables += 1;
        let n = self.tables;
        let Shown { table, ids, caption, rows } = shown;
        let csv = BASE64_STANDARD.encode(table.to_csv(true)?);
        let link = format!("<a class=\"csv\" download=\"table-{n}.csv\" href=\"data:text/csv;base64,{csv}\">CSV</a>");
        let left_out = match table.len().saturating_sub(*rows) {
            0 => String::new(),
            more => format!("<p class=\"note\">{more} more rows are in the CSV file.</p>"),
        };
        self.put(format_args!(
            "<figure class=\"table\" id=\"table-{n}\"><figcaption>{} {link}</figcaption>{more}\n<div class=\"scroll\" tabindex=\"0\">{}</div>{left_out}</figure>",
            numbered("Table", n, caption),
            rows_of(&table.head(*rows), ids)
        ));
        Ok(())
    }
}

fn numbered(kind: &str, n: usize, caption: &str) -> String {
    let caption = if caption.is_empty() { String::new() } else { format!(". {}", escaped(caption)) };
    format!("<b>{kind} {n}</b>{caption}")
}

fn numbers_and_origin(numbers: &[(&'static str, f64)], origin: &Value) -> String {
    let number = |(name, value): &(&str, f64)| {
        format!("<div><dt>{}</dt><dd>{}</dd></div>", escaped(&name.replace('_', " ")), shown(*value))
    };
    let numbers: String = numbers.iter().map(number).collect();
    format!(
        "<dl class=\"numbers\">{numbers}</dl><p class=\"origin\">From {}; options <code>{}</code></p>",
        escaped(&told(origin)),
        escaped(&origin["options"].to_string())
    )
}

/// The table itself. Cells of numbers hold their exact values beside the rounded ones, for sorting.
fn rows_of(table: &Table, ids: &str) -> String {
    let frame = table.frame(table.len());
    let mut html = String::from("<table><thead><tr>");
    for (at, (name, numeric)) in frame.columns.iter().enumerate() {
        let unit = at.checked_sub(1).and_then(|at| table.columns()[at].unit.as_deref());
        // Files write `um`, for every program reads ASCII; people read µm.
        let unit = unit.map_or(String::new(), |u| format!(" <small>{}</small>", escaped(&u.replace("um", "µm"))));
        let name = if at == 0 { ids } else { name };
        let class = if *numeric { " class=\"number\"" } else { "" };
        html += &format!("<th scope=\"col\"{class} aria-sort=\"none\"><button>{}{unit}</button></th>", escaped(name));
    }
    html += "</tr></thead><tbody>\n";
    for (row, texts) in frame.rows.iter().enumerate() {
        html += "<tr>";
        for (at, text) in texts.iter().enumerate() {
            let number = at.checked_sub(1).and_then(|at| table.columns()[at].as_numbers()).map(|values| values[row]);
            match (at, number) {
                (0, _) => html += &format!("<th scope=\"row\">{}</th>", escaped(text)),
                (_, Some(v)) if v.is_nan() => html += "<td class=\"number\">–</td>",
                (_, Some(v)) => html += &format!("<td class=\"number\" data-value=\"{v}\">{}</td>", escaped(text)),
                (_, None) => html += &format!("<td>{}</td>", escaped(text)),
            }
        }
        html += "</tr>\n";
    }
    html + "</tbody></table>"
}
