//! Who may know whom: the rules that keep the parts apart, checked in the sources.

use std::path::{Path, PathBuf};

/// A word, and the files or folders of `src` in which it may stand.
const RULES: &[(&str, &[&str])] = &[
    ("rhai::", &["script/", "bind/"]),
    ("rustyline::", &["cli/repl/"]),
    ("tch::", &["nn/", "train/", "bind/device.rs", "bind/nn.rs", "bind/train.rs"]),
    ("indicatif::", &["term/"]),
    ("anstream::", &["term/", "cli/setup.rs"]),
    ("clap::", &["cli/"]),
    ("println!", &["term/"]),
    ("crate::bind", &["cli/", "bind/"]),
    ("crate::cli", &["cli/"]),
    ("crate::script", &["script/", "bind/", "cli/"]),
    ("crate::term", &["script/", "term/", "cli/"]),
];

#[test]
fn words_stay_in_their_layers() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut offences = Vec::new();
    for file in sources(&src) {
        let name = file.strip_prefix(&src).unwrap().display().to_string();
        let text = std::fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")) {
            for (word, homes) in RULES {
                if names(line, word) && !homes.iter().any(|home| name.starts_with(home)) {
                    offences.push(format!("{name}:{}: `{word}` belongs into {homes:?}", number + 1));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

/// The parts of the crate: each may name those before it only.
const ORDER: &[&str] = &[
    "error",
    "simd",
    "linear",
    "quantile",
    "interrupt",
    "progress",
    "run",
    "sweep",
    "morph",
    "positional",
    "augment",
    "data",
    "distance",
    "metrics",
    "evaluate",
    "reduce",
    "cluster",
    "activity",
    "nn",
    "train",
    "plot",
    "report",
    "quality",
    "datasets",
    "term",
    "script",
    "bind",
    "cli",
];

#[test]
fn parts_know_only_those_below_them() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rank = |part: &str| ORDER.iter().position(|known| *known == part);
    let mut offences = Vec::new();
    for file in sources(&src) {
        let name = file.strip_prefix(&src).unwrap().display().to_string();
        let part = name.split(['/', '.']).next().unwrap();
        if matches!(part, "lib" | "main") || name.contains("test") {
            continue;
        }
        let own = rank(part).unwrap_or_else(|| panic!("`{part}` has no place in the order"));
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\n#[allow").next().unwrap().split("#[cfg(test)]\nmod tests").next().unwrap();
        for (number, line) in code.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")) {
            for other in parts_named(line) {
                if rank(&other).is_some_and(|other| other > own) {
                    offences.push(format!("{name}:{}: `{part}` stands below `{other}`", number + 1));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

/// The parts of the crate that a line names: `crate::a` and `crate::{a, b::c}`.
fn parts_named(line: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    line.split("crate::")
        .skip(1)
        .flat_map(|rest| match rest.strip_prefix('{') {
            None => vec![word(rest)],
            Some(list) => list.split(',').map(|item| word(item.trim())).collect(),
        })
        .collect()
}

/// Whether a line has the word and not a longer one that ends in it.
fn names(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    files.filter(|f| f.extension().is_some_and(|e| e == "rs")).collect()
}
