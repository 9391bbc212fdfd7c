//! Reports, from a script into a browser.

use super::browser::{Tab, browser};
use super::{folder, nms, said};

const SCRIPT: &str = r##"
    import "nms/report" as report;
    let n = param("cells", 4, "cells of each class");
    let cells = morph::synthesize_population(["basket", "purkinje"], n, #{ seed: 7 });
    let page = report::page(#{ title: "Grown <script>alert(1)</script>", author: "me" });
    fn chapter(page, cells) { page.heading("Cells").add(cells); }
    chapter(page, cells);
    page.text("# Sizes\nMean " + report::plus_minus([0.81, 0.79, 0.84]) + ", *as* **measured**.");
    page.add(cells.metrics(), #{ caption: "Measures.", rows: 5 });
    page.add(plot::gallery(cells), #{ caption: "All cells." });
    page.add(cluster::kmeans(cells.metrics(), #{ clusters: 2 }));
    page.add(#{ accuracy: 0.75, cells: 8 }, #{ caption: "Facts." });
    page.add([#{ id: "a", score: 1.5 }, #{ id: "b", score: 0.5 }]).add("two\nlines").add(42);
    page.parameters();
    page.save("report.html");
    page.save("report.md");
    print(page);
"##;

#[test]
fn a_script_writes_a_page_that_a_browser_shows_and_sorts() {
    let folder = folder(&[("x.rhai", SCRIPT)]);
    let said = said(nms(folder.path(), &["-q", "run", "x.rhai", "--seed", "7", "--param", "cells=3"]));
    assert!(said.starts_with("exit 0\n--- stdout\nReport(Grown <script>alert(1)</script>, 11 elements)\n"), "{said}");

    let text = std::fs::read_to_string(folder.path().join("report.md")).unwrap();
    assert!(text.contains("| cells | 3 | command line | cells of each class |"), "{text}");
    assert!(text.contains("Mean 0.813 ± 0.025, *as* **measured**.") && !text.contains("<script"));
    assert!(folder.path().join("report_files/figure-1.svg").is_file());

    let Some(browser) = browser() else { return };
    let page = format!("file://{}/report.html", folder.path().display());
    let mut tab = Tab::open(&browser, &page, folder.path());
    tab.wait("document.readyState === 'complete'");
    assert_eq!(tab.value("document.title"), "Grown <script>alert(1)</script>");
    assert_eq!(tab.value("document.querySelectorAll('script').length"), 1);
    let contents = tab.value("[...document.querySelectorAll('nav a')].map(a => a.textContent)");
    assert_eq!(contents, serde_json::json!(["Cells", "Sizes", "Parameters of the run"]));
    let facts = tab.value("document.body.innerText");
    let facts = facts.as_str().unwrap();
    for fact in ["Population(6 cells", "cluster::kmeans", "inertia", "accuracy", "two\nlines", "42", "x.rhai"] {
        assert!(facts.contains(fact), "{fact}: {facts}");
    }
    // The heading of the second column sorts up, then down.
    let column = "[...document.querySelectorAll('#table-1 tbody tr')].map(r => Number(r.cells[2].dataset.value))";
    let sort = "document.querySelectorAll('#table-1 th button')[2]";
    let sorted = |tab: &mut Tab| -> Vec<f64> {
        tab.value(&format!("{sort}.click()"));
        tab.value(column).as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
    };
    let up = sorted(&mut tab);
    assert!(up.len() == 5 && up.is_sorted(), "{up:?}");
    let down = sorted(&mut tab);
    assert!(down.iter().rev().is_sorted(), "{down:?}");
    let ids = "(ids => ids.length === new Set(ids).size)([...document.querySelectorAll('[id]')].map(e => e.id))";
    assert_eq!(tab.value(ids), true);
    tab.picture(&folder.path().join("report.png"));
    assert!(tab.printed().len() > 10_000);
    assert!(tab.requests.iter().all(|url| url.starts_with("file:") || url.starts_with("data:")), "{:?}", tab.requests);
    assert!(tab.faults.is_empty(), "{:?}", tab.faults);
}
