//! The map of cells in a real browser: pointing, choosing, searching, from map to map.

use super::browser::{Tab, browser};
use super::{folder, nms};

/// Six cells of two classes on two maps: a row of three above one of three, and the other way round.
const SCRIPT: &str = r#"
    let cells = morph::synthesize_population(["basket", "purkinje"], 3, #{ seed: 7 });
    let t = table::of(#{ id: cells.ids, x: [0, 1, 2, 0, 1, 2], y: [1, 1, 1, 0, 0, 0], w: [0, 0, 0, 1, 1, 1] });
    let maps = #{ first: t.matrix(["x", "y"]), second: t.matrix(["x", "w"]) };
    let page = plot::explorer(maps, cells, #{ columns: cells.metrics(), title: "<b>grown</b>", color: "label" });
    page.save("map.html");
    print(cells.ids[0]);
"#;

#[test]
fn a_cell_is_drawn_where_the_mouse_is_and_selections_are_taken_out() {
    let Some(browser) = browser() else { return };
    let folder = folder(&[]);
    let output = nms(folder.path(), &["-q", "-c", SCRIPT]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let id = String::from_utf8(output.stdout).unwrap().trim().to_string();
    let page = format!("file://{}/map.html", folder.path().display());
    let mut tab = Tab::open(&browser, &page, folder.path());
    tab.wait("document.body.dataset.state === 'drawn'");
    assert_eq!(tab.value("document.title"), "<b>grown</b>");
    assert_eq!(tab.value("document.body.dataset.drawn"), "6");

    let at = |tab: &mut Tab, cell: usize| {
        let place = tab.value(&format!(
            "[canvas.getBoundingClientRect().left + screenX({cell}, scale()), screenY({cell}, scale())]"
        ));
        (place[0].as_f64().unwrap(), place[1].as_f64().unwrap())
    };
    // The point has the colour of its class, and beside it is paper.
    let first = at(&mut tab, 0);
    let picture = tab.picture(&folder.path().join("map.png"));
    let pixel = |picture: &[[u8; 3]], (x, y): (f64, f64)| picture[y.round() as usize * 1000 + x.round() as usize];
    assert_eq!(pixel(&picture, first), [0x00, 0x72, 0xb2]);
    assert_eq!(pixel(&picture, (first.0 + 40.0, first.1 + 40.0)), [255, 255, 255]);

    // Hover: the card tells id and class, and its drawing has the ink of axon and dendrites.
    tab.point(first);
    tab.wait(&format!("document.body.dataset.hover === {id:?}"));
    let card = tab.value("$('tip').innerText");
    assert!(card.as_str().unwrap().starts_with(&id) && card.as_str().unwrap().contains("basket"), "{card}");
    let picture = tab.picture(&folder.path().join("hover.png"));
    let frame = tab
        .value("(r => [r.left, r.top, r.right, r.bottom])($('tip').querySelector('canvas').getBoundingClientRect())");
    let [left, top, right, bottom] = [0, 1, 2, 3].map(|i| frame[i].as_f64().unwrap() as usize);
    let inside = (top..bottom).flat_map(|y| (left..right).map(move |x| y * 1000 + x));
    let inked: Vec<[u8; 3]> = inside.map(|i| picture[i]).filter(|p| p.iter().any(|&v| v < 200)).collect();
    let blue = inked.iter().filter(|p| p[2] > p[0].saturating_add(60)).count();
    let red = inked.iter().filter(|p| p[0] > p[2].saturating_add(60)).count();
    assert!(blue > 200 && red > 200, "{blue} blue and {red} red pixels");
    tab.point((first.0 + 60.0, first.1 + 60.0));
    tab.wait("document.body.dataset.hover === '' && $('tip').hidden");

    // A click keeps the drawing; another puts it away.
    tab.click(first);
    tab.wait("document.body.dataset.pinned === '1' && !$('pins').hidden");
    let first = at(&mut tab, 0);
    tab.click(first);
    tab.wait("document.body.dataset.pinned === '0' && $('pins').hidden");

    // A box round the upper row, a lasso round two cells of it; the file has ids and columns.
    tab.click_on("#box");
    let (a, b) = (at(&mut tab, 0), at(&mut tab, 2));
    tab.drag(&[(a.0 - 15.0, a.1 - 15.0), (a.0, a.1), (b.0 + 15.0, b.1 + 25.0)]);
    tab.wait("document.body.dataset.selected === '3'");
    tab.click_on("#lasso");
    let c = at(&mut tab, 1);
    tab.drag(&[(a.0 - 12.0, a.1 - 12.0), (c.0 + 12.0, c.1 - 12.0), (c.0 + 12.0, c.1 + 12.0), (a.0 - 12.0, a.1 + 12.0)]);
    tab.wait("document.body.dataset.selected === '2'");
    assert_eq!(tab.value("[...$('chosen').children].length"), 2);
    tab.click_on("#csv");
    let file = folder.path().join("selection.csv");
    for _ in 0..200 {
        if file.exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    let csv = std::fs::read_to_string(&file).unwrap();
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(csv.starts_with("id,") && csv.lines().nth(1).unwrap().starts_with(&format!("{id},")), "{csv}");
    assert!(csv.lines().next().unwrap().contains(",total_length,") && csv.contains(",basket"), "{csv}");

    // A class can be hidden; its cells are then not there for the mouse either.
    tab.click_on("#key .class");
    tab.wait("document.body.dataset.drawn === '3'");
    tab.click_on("#move");
    tab.point(a);
    assert_eq!(tab.value("document.body.dataset.hover || ''"), "");
    tab.click_on("#key .all");
    tab.wait("document.body.dataset.drawn === '6'");

    // From map to map every cell moves to its place.
    tab.value("$('map').value = '1', $('map').dispatchEvent(new Event('change'))");
    tab.wait("document.body.dataset.state === 'drawn' && moving === 0");
    assert_eq!(tab.value("place.every((v, i) => v === maps[1].at[i])"), true);
    assert!(at(&mut tab, 0).1 > at(&mut tab, 3).1);

    // Numbers colour by a ramp, with its ends beside it.
    tab.value("$('color').value = String(columns.findIndex(c => c.name === 'total_length')), $('color').dispatchEvent(new Event('change'))");
    assert_eq!(tab.value("$('key').querySelectorAll('.ends span').length"), 3);
    assert!(tab.value("$('key').innerText").as_str().unwrap().contains("µm"));

    // Search, and the keyboard alone.
    tab.click_on("#find");
    tab.write("PURK");
    tab.wait("document.body.dataset.found === '3'");
    tab.value("$('view').focus(), true");
    tab.press("ArrowRight");
    tab.wait("document.body.dataset.hover !== ''");
    let before = tab.value("state.hover");
    tab.press("ArrowRight");
    tab.wait(&format!("state.hover >= 0 && state.hover !== {before}"));
    assert!(tab.value("$('say').textContent").as_str().unwrap().contains("label"));
    tab.press("Enter");
    tab.wait("document.body.dataset.pinned === '1'");
    tab.press("Escape");
    tab.wait("document.body.dataset.selected === '0'");

    // It prints, loads nothing, and no error has gone unseen.
    assert!(tab.printed().len() > 10_000);
    assert!(tab.requests.iter().all(|url| url.starts_with("file:") || url.starts_with("blob:")), "{:?}", tab.requests);
    assert!(tab.faults.is_empty(), "{:?}", tab.faults);
}
