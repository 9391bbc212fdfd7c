//! The page of neurons in a real browser, without a window.

use std::path::Path;
use std::process::Command;

use super::browser::browser;
use super::{folder, nms};

/// Opens a page and gives what the browser then writes, by one of its options.
fn open(browser: &Path, page: &str, option: &str, home: &Path) -> String {
    let fixed = ["--headless", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];
    let profile = format!("--user-data-dir={}", home.join("profile").display());
    let output = Command::new(browser)
        .args(fixed)
        .args(["--hide-scrollbars", "--window-size=800,600", &profile, option, page])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The pixels of a screenshot right of the controls.
fn seen(path: &Path) -> Vec<[i32; 3]> {
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path).unwrap())).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    let (width, depth) = (info.width as usize, info.line_size / info.width as usize);
    let pixel = |i: usize| [0, 1, 2].map(|k| i32::from(bytes[i * depth + k]));
    let above_the_bar = info.height as usize - 60;
    (0..width * above_the_bar).filter(|i| i % width > 270).map(pixel).collect()
}

#[test]
fn a_browser_draws_every_sample_and_turns_the_neurons() {
    let Some(browser) = browser() else { return };
    let folder = folder(&[]);
    let code = "let cells = morph::synthesize_population([\"purkinje\", \"basket\"], 1, #{ seed: 7 }); \
        print(cells[0].n_nodes + cells[1].n_nodes); \
        plot::viewer(cells, #{ title: \"grown\", beside: true }).save(\"cells.html\");";
    let output = nms(folder.path(), &["-c", code]).output().unwrap();
    let samples = String::from_utf8(output.stdout).unwrap().trim().to_string();
    let page = format!("file://{}/cells.html", folder.path().display());

    let document = open(&browser, &page, "--dump-dom", folder.path());
    let body = document.split_once("<body").unwrap().1.split_once('>').unwrap().0;
    assert!(body.contains("data-state=\"drawn\"") && body.contains(&format!("data-edges=\"{samples}\"")), "{body}");
    assert!(document.contains("µm</span>") && document.contains("<span>axon</span>"));

    let shot = |name: &str, link: &str| {
        let file = folder.path().join(name);
        open(&browser, &format!("{page}{link}"), &format!("--screenshot={}", file.display()), folder.path());
        seen(&file)
    };
    let front = shot("front.png", "");
    let drawn = front.iter().filter(|p| p.iter().any(|&v| v < 200)).count();
    assert!(drawn > front.len() / 200, "{drawn} of {} pixels are drawn", front.len());
    // Axons are blue and dendrites are not.
    let blue = |p: &&[i32; 3]| p[2] > 80 && p[2] > p[0] + 60;
    let red = |p: &&[i32; 3]| p[0] > 80 && p[0] > p[2] + 60;
    assert!(front.iter().filter(blue).count() > 100 && front.iter().filter(red).count() > 100);
    // Purkinje cells are flat: seen from the side they are another picture.
    let side = shot("side.png", "#turn=90,0");
    let changed = front.iter().zip(&side).filter(|(a, b)| a != b).count();
    assert!(changed > drawn / 2, "{changed} pixels changed");
    // Coloured by a value there is neither of the two colours.
    let by_value = shot("value.png", "#color=path%20length");
    assert!(by_value.iter().filter(red).count() < front.iter().filter(red).count() / 10);
}
