//! Documentation taken apart: text, examples, and what it says of each option.

/// The text without its examples, a line for each paragraph.
pub(super) fn text(doc: &str) -> String {
    let mut paragraphs: Vec<String> = vec![String::new()];
    let mut inside = false;
    for line in doc.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
            continue;
        }
        if inside || line.starts_with("    ") {
            continue;
        }
        let apart =
            line.trim().is_empty() || line.trim_start().starts_with("* ") || line.trim_start().starts_with("- ");
        match paragraphs.last_mut() {
            Some(last) if !apart => {
                if !last.is_empty() {
                    last.push(' ');
                }
                last.push_str(line.trim());
            }
            _ => paragraphs.push(line.trim().to_string()),
        }
    }
    paragraphs.retain(|p| !p.is_empty());
    paragraphs.join("\n")
}

/// The examples: fenced as `rhai`, or, as in standard modules, indented by four blanks.
pub fn examples(doc: &str) -> Vec<String> {
    let (mut found, mut open): (Vec<String>, Option<bool>) = (Vec::new(), None);
    for line in doc.lines() {
        let fence = line.trim();
        match open {
            Some(true) if fence == "```" => open = None,
            Some(false) if !line.starts_with("    ") && !line.trim().is_empty() => open = None,
            _ => {}
        }
        match open {
            None if fence == "```rhai" => {
                found.push(String::new());
                open = Some(true);
            }
            None if line.starts_with("    ") && !fence.is_empty() => {
                found.push(format!("{}\n", &line[4..]));
                open = Some(false);
            }
            Some(fenced) => {
                let line = if fenced { line } else { line.get(4..).unwrap_or_default() };
                if let Some(last) = found.last_mut() {
                    last.push_str(line);
                    last.push('\n');
                }
            }
            None => {}
        }
    }
    found.into_iter().map(|example| example.trim_end().to_string()).filter(|e| !e.is_empty()).collect()
}

/// What a text says of an option: the brackets behind its first mention.
pub(super) fn of_key(text: &str, key: &str) -> String {
    let quoted = format!("`{key}`");
    for (at, _) in text.match_indices(&quoted) {
        let rest = text[at + quoted.len()..].trim_start();
        if let Some(rest) = rest.strip_prefix('(') {
            let mut depth = 1;
            let end = rest.find(|c| {
                match c {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _ => {}
                }
                depth == 0
            });
            return end.map_or(String::new(), |end| rest[..end].to_string());
        }
    }
    String::new()
}

/// Whether two texts say the same, signs and ways of writing a number aside.
fn says_the_same(one: &str, other: &str) -> bool {
    let words = |text: &str| {
        let text = text.replace(['`', '"', '|', ','], " ");
        let telling = text.split_whitespace().filter(|word| !["a", "an", "the"].contains(word));
        telling.map(str::to_string).collect::<Vec<_>>()
    };
    let number = |text: &str| text.trim_matches('`').parse::<f64>().ok();
    words(one) == words(other) || number(one).is_some_and(|n| number(other) == Some(n))
}

/// What a text says beyond what is known already: without the clauses at its start that only repeat it.
pub(super) fn beyond<'a>(text: &'a str, known: &[&str]) -> &'a str {
    let repeats = |clause: &str| {
        let mut clauses = known.iter().flat_map(|said| said.split("; ").chain([*said]));
        clauses.any(|said| says_the_same(said, clause))
    };
    if text.is_empty() || repeats(text) {
        return "";
    }
    let ends = [", ", "; ", ": "].iter().filter_map(|sign| text.find(sign)).min();
    match ends {
        Some(end) if repeats(&text[..end]) => beyond(&text[end + 2..], known),
        _ => text,
    }
}

/// The first sentence.
pub(super) fn first_sentence(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.find(". ") {
        Some(end) => line[..=end].to_string(),
        None => line.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOC: &str = "Splits rows. Options: `clusters` (8), `tol` (1e-4, relative (see there)),\n`seed`.\n\n\
                       ```rhai\nlet a = 1;\n  print(a);\n```\n";

    #[test]
    fn text_and_examples_are_told_apart() {
        assert_eq!(text(DOC), "Splits rows. Options: `clusters` (8), `tol` (1e-4, relative (see there)), `seed`.");
        assert_eq!(examples(DOC), ["let a = 1;\n  print(a);"]);
        assert_eq!(first_sentence(&text(DOC)), "Splits rows.");
        let indented = "Means.\n\n    let m = mean(v);\n    print(m);\n\nMore.";
        assert_eq!(
            (text(indented).as_str(), examples(indented)),
            ("Means.\nMore.", vec!["let m = mean(v);\nprint(m);".into()])
        );
    }

    #[test]
    fn what_stands_in_brackets_belongs_to_the_option() {
        let text = text(DOC);
        assert_eq!(of_key(&text, "clusters"), "8");
        assert_eq!(of_key(&text, "tol"), "1e-4, relative (see there)");
        assert_eq!(of_key(&text, "seed"), "");
        assert!(says_the_same("\"a\" | \"b\"", "`\"a\"`, `\"b\"`") && says_the_same("0.001", "1e-3"));
        assert!(!says_the_same("number", "in µm"));
        assert_eq!(beyond("50, of a mixture", &["whole number", "50"]), "of a mixture");
        assert_eq!(beyond("relations", &["relations of the same neurons; relations"]), "");
        assert_eq!(beyond("in µm, along the path", &["number", "5"]), "in µm, along the path");
    }
}
