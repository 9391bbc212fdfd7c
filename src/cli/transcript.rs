//! A session as a script: the inputs that worked, in their order, such that the script does what they did.

use crate::run::manifest::Build;

/// An input that worked.
pub(super) struct Worked {
    /// What was typed, or the text of a file that was loaded.
    pub text: String,
    /// Whether it gave a value, which the next input may call `ans`.
    pub gave_value: bool,
}

/// The script of some inputs.
pub(super) fn script(worked: &[Worked], seed: u64) -> String {
    let Build { version, .. } = Build::this();
    let mut out = format!("//! A session with nms {version}, seed {seed}.\n\n");
    for (at, input) in worked.iter().enumerate() {
        let text = without_head(&input.text);
        // `ans` stands for a value until the next one.
        let until = worked[at + 1..].iter().position(|later| later.gave_value).map_or(worked.len(), |n| at + 2 + n);
        let is_asked_for = worked[at + 1..until].iter().any(|later| mentions(&later.text, "ans"));
        if input.gave_value && is_asked_for {
            let (before, last) = last_statement(text);
            out.push_str(before);
            if !before.is_empty() {
                out.push('\n');
            }
            out.push_str(&format!("let ans = {};\n", last.trim().trim_end_matches(';').trim_end()));
        } else {
            out.push_str(text);
            if !text.trim_end().ends_with(';') && !text.trim_end().ends_with('}')
                || input.gave_value && !ends_closed(text)
            {
                out.push(';');
            }
            out.push('\n');
        }
    }
    out
}

/// A text without a first line `#!…` and without the `//!` lines at its head, which belong to the top of a file.
fn without_head(text: &str) -> &str {
    let mut rest = text;
    while rest.starts_with("#!") || rest.starts_with("//!") {
        rest = rest.find('\n').map_or("", |end| &rest[end + 1..]);
    }
    rest.trim()
}

fn ends_closed(text: &str) -> bool {
    text.trim_end().ends_with(';')
}

/// Whether a text has the word, outside of longer ones.
fn mentions(text: &str, word: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_word) && !text[at + word.len()..].starts_with(is_word))
}

/// What comes before the last statement, and that statement.
fn last_statement(text: &str) -> (&str, &str) {
    let body = text.trim_end().trim_end_matches(';');
    let (mut depth, mut quote, mut escaped, mut start) = (0_i32, None, false, 0);
    for (at, c) in body.char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(q), _) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ';') if depth == 0 => start = at + 1,
            _ => {}
        }
    }
    (body[..start].trim(), &body[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(inputs: &[(&str, bool)]) -> String {
        let worked: Vec<Worked> = inputs
            .iter()
            .map(|(text, gave_value)| Worked { text: text.to_string(), gave_value: *gave_value })
            .collect();
        script(&worked, 7).lines().skip(2).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn values_that_are_asked_for_get_their_name() {
        assert_eq!(
            of(&[("let a = 1", false), ("a + 1", true), ("ans * 2", true)]),
            "let a = 1;\nlet ans = a + 1;\nans * 2;"
        );
        assert_eq!(of(&[("let b = 2; b", true), ("print(ans)", false)]), "let b = 2;\nlet ans = b;\nprint(ans);");
        assert_eq!(of(&[("1", true), ("2", true), ("answer(\"ans\")", true)]), "1;\nlet ans = 2;\nanswer(\"ans\");");
    }

    #[test]
    fn what_ends_by_itself_gets_no_end() {
        assert_eq!(of(&[("fn f() { 1 }", false), ("f();", true)]), "fn f() { 1 }\nf();");
        assert_eq!(of(&[("#!x\n//! Head.\nlet a = 1;", false)]), "let a = 1;");
    }
}
