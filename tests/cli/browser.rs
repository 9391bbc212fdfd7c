//! A browser without a window, steered through its debugging pipe: real mouse events on a real page.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// A browser of this machine; where there is none, that is said on the terminal.
#[allow(clippy::print_stderr)] // a test that is skipped must be seen
pub fn browser() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let found = BROWSERS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file());
    if found.is_none() {
        eprintln!("skipped: none of {BROWSERS:?} is installed");
    }
    found
}

/// A page in a browser.
pub struct Tab {
    browser: Child,
    commands: File,
    answers: BufReader<File>,
    session: Option<String>,
    count: u64,
    /// Addresses that the page asked for.
    pub requests: Vec<String>,
    /// Errors of its program.
    pub faults: Vec<String>,
}

impl Tab {
    /// Opens a page in a window of 1000 by 700; the browser keeps its files in `home`.
    pub fn open(browser: &Path, page: &str, home: &Path) -> Tab {
        let pipe = |name: &str| {
            let path = home.join(name);
            assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
            path
        };
        let (commands, answers) = (pipe("commands"), pipe("answers"));
        // The browser reads commands from its descriptor 3 and answers on 4. A browser that hangs is ended by `timeout`.
        let child = Command::new("timeout")
            .args(["180", "sh", "-c", "exec \"$@\" 3<\"$0/commands\" 4>\"$0/answers\""])
            .arg(home)
            .arg(browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"])
            .args(["--remote-debugging-pipe", "--hide-scrollbars", "--window-size=1000,700"])
            .arg(format!("--user-data-dir={}", home.join("profile").display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let commands = File::options().write(true).open(commands).unwrap();
        let answers = BufReader::new(File::open(answers).unwrap());
        let (requests, faults) = (Vec::new(), Vec::new());
        let mut tab = Tab { browser: child, commands, answers, session: None, count: 0, requests, faults };
        let target = tab.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        tab.session = Some(tab.call("Target.attachToTarget", attach)["sessionId"].as_str().unwrap().to_string());
        for domain in ["Page", "Runtime", "Network"] {
            tab.call(&format!("{domain}.enable"), json!({}));
        }
        let size = json!({ "width": 1000, "height": 700, "deviceScaleFactor": 1, "mobile": false });
        tab.call("Emulation.setDeviceMetricsOverride", size);
        tab.call("Browser.setDownloadBehavior", json!({ "behavior": "allow", "downloadPath": home }));
        tab.call("Page.navigate", json!({ "url": page }));
        tab
    }

    /// Sends a command and waits for its answer.
    fn call(&mut self, method: &str, params: Value) -> Value {
        self.count += 1;
        let mut message = json!({ "id": self.count, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.commands.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let mut bytes = Vec::new();
            self.answers.read_until(0, &mut bytes).unwrap();
            assert_eq!(bytes.pop(), Some(0), "the browser has ended");
            let answer: Value = serde_json::from_slice(&bytes).unwrap();
            if answer["id"] == self.count {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
            match answer["method"].as_str() {
                Some("Network.requestWillBeSent") => {
                    self.requests.push(answer["params"]["request"]["url"].as_str().unwrap().to_string());
                }
                Some("Runtime.exceptionThrown") => self.faults.push(answer["params"]["exceptionDetails"].to_string()),
                _ => {}
            }
        }
    }

    /// The value of an expression in the page.
    pub fn value(&mut self, expression: &str) -> Value {
        let ask = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", ask);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true; before the page is there, it may fail.
    pub fn wait(&mut self, expression: &str) {
        let tried = format!("(() => {{ try {{ return {expression} }} catch {{ return false }} }})()");
        for _ in 0..400 {
            if self.value(&tried) == true {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(25));
        }
        panic!("`{expression}` stays false; the page's errors: {:?}", self.faults);
    }

    fn mouse(&mut self, kind: &str, (x, y): (f64, f64), buttons: u8) {
        let button = if kind == "mouseMoved" { "none" } else { "left" };
        let event = json!({ "type": kind, "x": x, "y": y, "button": button, "buttons": buttons, "clickCount": 1 });
        self.call("Input.dispatchMouseEvent", event);
    }

    /// Moves the mouse to a place of the window.
    pub fn point(&mut self, at: (f64, f64)) {
        self.mouse("mouseMoved", at, 0);
    }

    /// Clicks there.
    pub fn click(&mut self, at: (f64, f64)) {
        self.point(at);
        self.mouse("mousePressed", at, 1);
        self.mouse("mouseReleased", at, 0);
    }

    /// Drags along places.
    pub fn drag(&mut self, along: &[(f64, f64)]) {
        self.point(along[0]);
        self.mouse("mousePressed", along[0], 1);
        along[1..].iter().for_each(|&at| self.mouse("mouseMoved", at, 1));
        self.mouse("mouseReleased", along[along.len() - 1], 0);
    }

    /// Clicks the middle of the first element that a selector finds.
    pub fn click_on(&mut self, selector: &str) {
        let middle = format!(
            "(() => {{ const e = document.querySelector('{selector}'); e.scrollIntoView({{ block: 'nearest' }}); \
             const r = e.getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2]; }})()"
        );
        let at = self.value(&middle);
        self.click((at[0].as_f64().unwrap(), at[1].as_f64().unwrap()));
    }

    /// Presses a key by its name, such as `ArrowRight`.
    pub fn press(&mut self, key: &str) {
        for kind in ["keyDown", "keyUp"] {
            self.call("Input.dispatchKeyEvent", json!({ "type": kind, "key": key, "code": key }));
        }
    }

    /// Types a text.
    pub fn write(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// What is seen, as a PNG file, and its pixels.
    pub fn picture(&mut self, path: &Path) -> Vec<[u8; 3]> {
        let answer = self.call("Page.captureScreenshot", json!({ "format": "png" }));
        std::fs::write(path, BASE64_STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()).unwrap();
        let mut reader = png::Decoder::new(BufReader::new(File::open(path).unwrap())).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        let depth = info.line_size / info.width as usize;
        bytes.chunks(depth).map(|p| [p[0], p[1], p[2]]).collect()
    }

    /// The page as a PDF file, as a printer would get it.
    pub fn printed(&mut self) -> Vec<u8> {
        let answer = self.call("Page.printToPDF", json!({ "printBackground": false }));
        BASE64_STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        let close = json!({ "id": 0, "method": "Browser.close" });
        drop(self.commands.write_all(format!("{close}\0").as_bytes()));
        drop(self.browser.wait());
    }
}
