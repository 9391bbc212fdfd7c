//! What must hold of a report whatever stands in it.
#![allow(clippy::unwrap_used)]

use super::markup::{Heading, to_html, without_html};
use super::*;
use crate::cluster::{KmeansOptions, kmeans};
use crate::data::Matrix;
use crate::data::table::Column;
use crate::plot::{ScatterOptions, scatter};
use crate::run::Settings;

const BAD: &str = "<script>alert('1')</script> & \"x\" | `y` *z*";

fn run() -> Run {
    Run::new(Settings { seed: 7, text_sha256: Some("abc".into()), script: Some("x.rhai".into()), ..Default::default() })
}

fn matrix(n: usize) -> Matrix {
    let ids = (0..n).map(|i| format!("cell{i} {BAD}")).collect();
    Matrix::numbered(ids, "z", 2, (0..2 * n).map(|i| ((i * 37) % 101) as f64).collect()).unwrap()
}

fn values(n: usize) -> Vec<f64> {
    (0..n).map(|i| ((i * 37) % 101) as f64 + 0.25).collect()
}

fn full() -> Report {
    let mut report = Report::new(ReportOptions { title: format!("T {BAD}"), author: BAD.into() });
    let m = matrix(12);
    let value_label = Some(BAD.to_string());
    let figure = scatter(&m, None, Some(&values(12)), &ScatterOptions { value_label, ..Default::default() }).unwrap();
    let caption = |rows| ElementOptions { caption: BAD.into(), rows };
    report.heading(BAD, 1).unwrap();
    report.text(&format!(
        "# Methods\n{BAD}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[bad](javascript:alert(1)) ![pic](https://x.y/z.png)"
    ));
    report.figure(&figure, caption(1));
    report.figure(&figure, ElementOptions::default());
    let texts = Column::texts(BAD, (0..12).map(|i| (i != 2).then(|| format!("{i} {BAD}"))));
    let table = Table::from_matrix(&m).unwrap().with(texts).unwrap();
    report.table(&table, caption(5));
    report
        .outcome(&kmeans(&m, &KmeansOptions { clusters: 2, ..Default::default() }, 3).unwrap(), caption(200))
        .unwrap();
    report.printed(BAD, caption(1));
    report.parameters();
    report
}

#[test]
fn markup_in_names_stays_text_everywhere() {
    let page = full().html(&run()).unwrap();
    // The page's own program alone.
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    assert!(page.contains("&lt;script&gt;") && !page.contains("javascript:") && !page.contains("<img"));
    for word in ["src=", "@import", "fetch("] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn ids_are_unique_and_references_meet_them() {
    let page = full().html(&run()).unwrap();
    let ids: Vec<&str> = page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let mut once = ids.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), ids.len(), "{ids:?}");
    for figure in ["figure-1-gradient", "figure-2-gradient"] {
        assert!(ids.iter().any(|id| id.starts_with(figure)), "{ids:?}");
    }
    for sign in ["url(#", "href=\"#"] {
        for rest in page.split(sign).skip(1) {
            let id = rest.split([')', '"']).next().unwrap();
            assert!(ids.contains(&id), "{id} of {ids:?}");
        }
    }
    // The font of all figures is there once.
    assert_eq!(page.matches("@font-face").count(), 1);
}

#[test]
fn tables_hold_exact_numbers_and_all_rows_as_csv() {
    let mut report = Report::default();
    let numbers = Column::numbers("length", vec![1234.56789, f64::NAN, f64::INFINITY]).in_unit(Some("um"));
    let table = Table::new(["a", "b", "c"].map(String::from).into(), vec![numbers]).unwrap();
    report.table(&table, ElementOptions { rows: 2, ..Default::default() });
    let page = report.html(&run()).unwrap();
    assert!(page.contains("data-value=\"1234.56789\"") && page.contains("<small>µm</small>"));
    assert!(!page.contains("<th scope=\"row\">c</th>") && page.contains("1 more rows are in the CSV file"));
    let csv = page.split("base64,").nth(1).unwrap().split('"').next().unwrap();
    let csv = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, csv).unwrap();
    assert_eq!(String::from_utf8(csv).unwrap(), "id,length [um]\na,1234.56789\nb,\nc,inf\n");
}

#[test]
fn results_show_their_numbers_and_origin() {
    let page = full().html(&run()).unwrap();
    let origin = page.split("class=\"origin\">").nth(1).unwrap().split("</p>").next().unwrap();
    assert!(origin.contains("cluster::kmeans, 12 rows × 2 columns, data ") && origin.contains("seed 3"), "{origin}");
    assert!(origin.contains("&quot;clusters&quot;:2") && page.contains("<dt>inertia</dt>"), "{origin}");
}

#[test]
fn texts_are_markdown_with_contents() {
    let mut headings = Vec::new();
    let html = to_html("# A `b`\n\ntext **bold**\n\n## C", &mut headings);
    assert!(html.contains("<h2 id=\"section-1\">") && html.contains("<h3 id=\"section-2\">C</h3>"), "{html}");
    assert!(html.contains("<strong>bold</strong>"));
    let expected = [(1, "A b", "section-1"), (2, "C", "section-2")];
    assert_eq!(headings, expected.map(|(level, text, id)| Heading { level, text: text.into(), id: id.into() }));
    assert_eq!(without_html("a <b>c</b> `<d>` *e*"), "a &lt;b>c&lt;/b> `<d>` *e*");
    let links = to_html("[a](x.html) [b](data:text/html,1) [c](https://d.e) ![f](g:h)", &mut headings);
    assert_eq!(links.matches("<a ").count(), 2, "{links}");
    let page = full().html(&run()).unwrap();
    assert!(page.contains("<nav") && page.contains("href=\"#section-2\">Methods</a>"));
}

#[test]
fn markdown_has_its_files_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.md");
    full().save(&path, &run()).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    // In code, which four blanks make, it means itself.
    assert!(!text.lines().any(|line| line.contains("<script") && !line.starts_with("    ")), "{text}");
    for rest in text.split("](<").skip(1) {
        let file = folder.path().join(rest.split('>').next().unwrap());
        assert!(file.is_file(), "{}", file.display());
    }
    assert_eq!(text.matches("![").count() - text.matches("![pic]").count(), 2, "{text}");
    // Every row of a table has the cells of its heading.
    let rows: Vec<&str> = text.lines().filter(|l| l.starts_with("| ") && l.contains("cell")).collect();
    assert!(rows.len() > 5);
    let cells = |row: &str| row.replace("\\|", "").matches('|').count();
    assert!(rows[..5].iter().all(|row| cells(row) == cells(rows[0])), "{rows:?}");
    assert!(text.contains("## Methods") && text.contains("## Parameters of the run") && text.contains("| seed | 7 |"));
}

#[test]
fn what_cannot_be_written_says_why() {
    let mut report = Report::default();
    assert!(report.heading("x", 4).unwrap_err().message.contains("`level` is 4"));
    let error = report.save("report.pdf", &run()).unwrap_err();
    assert!(error.message.contains("`.html`") && error.help.unwrap().contains("`.md`"));
    assert_eq!(full().to_string().rsplit_once(", ").unwrap().1, "8 elements)");
    assert!(Report::new(ReportOptions::default()).html(&run()).unwrap().contains("<h1>Report</h1>"));
}

#[test]
fn numbers_are_short_and_honest() {
    let cases = [(4.0, "4"), (0.81234, "0.8123"), (123.456, "123.5"), (12345.6, "12346"), (1.5e-7, "1.500e-7")];
    cases.iter().for_each(|(v, text)| assert_eq!(shown(*v), *text));
    assert_eq!(shown(f64::NAN), "–");
}
