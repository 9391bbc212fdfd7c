//! Scripts in colour, as they are typed. A scanner of a few rules: it need not understand what it colours, and must
//! colour what is half written.

const KEYWORD: &str = "\x1b[35m";
const TEXT: &str = "\x1b[32m";
const NUMBER: &str = "\x1b[36m";
const COMMENT: &str = "\x1b[2m";
const CALL: &str = "\x1b[34m";
const MATCH: &str = "\x1b[1;4m";
const WRONG: &str = "\x1b[31m";
const OFF: &str = "\x1b[0m";

const KEYWORDS: &[&str] = &[
    "let", "const", "fn", "if", "else", "for", "in", "while", "loop", "do", "until", "break", "continue", "return",
    "throw", "try", "catch", "import", "export", "as", "switch", "private", "true", "false", "global", "this",
];

/// A text in colour; the brackets round the cursor (a byte) stand out.
pub fn colored(text: &str, cursor: usize) -> String {
    let marked = brackets(text, cursor);
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut out = String::with_capacity(text.len() * 2);
    let mut at = 0;
    while at < chars.len() {
        let (byte, c) = chars[at];
        let end = match c {
            '"' | '`' => end_of_text(&chars, at),
            '/' if chars.get(at + 1).is_some_and(|n| n.1 == '/') => end_of_line(&chars, at),
            c if c.is_ascii_digit() => end_of(&chars, at, |c| c.is_ascii_alphanumeric() || c == '_' || c == '.'),
            c if c.is_alphabetic() || c == '_' => end_of(&chars, at, |c| c.is_alphanumeric() || c == '_'),
            _ => at + 1,
        };
        let stop = chars.get(end).map_or(text.len(), |next| next.0);
        let word = &text[byte..stop];
        let color = match c {
            '"' | '`' => TEXT,
            '/' if word.len() > 1 => COMMENT,
            c if c.is_ascii_digit() => NUMBER,
            c if c.is_alphabetic() || c == '_' => match () {
                () if KEYWORDS.contains(&word) => KEYWORD,
                () if text[stop..].starts_with('(') => CALL,
                () => "",
            },
            _ => match marked {
                Some((a, Some(b))) if byte == a || byte == b => MATCH,
                Some((a, None)) if byte == a => WRONG,
                _ => "",
            },
        };
        match color {
            "" => out.push_str(word),
            color => {
                out.push_str(color);
                out.push_str(word);
                out.push_str(OFF);
            }
        }
        at = end;
    }
    out
}

fn end_of(chars: &[(usize, char)], from: usize, belongs: impl Fn(char) -> bool) -> usize {
    let length = chars[from..].iter().take_while(|(_, c)| belongs(*c)).count();
    // `0..3` is a range and no number with two points.
    let range = chars[from..from + length].windows(2).position(|pair| pair[0].1 == '.' && pair[1].1 == '.');
    from + range.unwrap_or(length).max(1)
}

fn end_of_line(chars: &[(usize, char)], from: usize) -> usize {
    from + chars[from..].iter().take_while(|(_, c)| *c != '\n').count()
}

fn end_of_text(chars: &[(usize, char)], from: usize) -> usize {
    let quote = chars[from].1;
    let mut at = from + 1;
    while at < chars.len() {
        match chars[at].1 {
            '\\' if quote == '"' => at += 1,
            c if c == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    chars.len()
}

/// The bracket at the cursor or just before it, and the one that belongs to it.
fn brackets(text: &str, cursor: usize) -> Option<(usize, Option<usize>)> {
    let chars: Vec<(usize, char)> = code(text);
    let is_bracket = |c: char| "()[]{}".contains(c);
    let own = chars
        .iter()
        .position(|(byte, c)| *byte == cursor && is_bracket(*c))
        .or_else(|| chars.iter().position(|(byte, c)| byte + 1 == cursor && is_bracket(*c)))?;
    let opens = "([{".contains(chars[own].1);
    let mut open: Vec<char> = Vec::new();
    let others: Box<dyn Iterator<Item = &(usize, char)>> =
        if opens { Box::new(chars[own..].iter()) } else { Box::new(chars[..=own].iter().rev()) };
    for (byte, c) in others.filter(|(_, c)| is_bracket(*c)) {
        let deeper = "([{".contains(*c) == opens;
        match (deeper, open.last()) {
            (true, _) => open.push(*c),
            (false, Some(last)) if pair(*last) == *c => {
                open.pop();
                if open.is_empty() {
                    return Some((chars[own].0, Some(*byte)));
                }
            }
            _ => return Some((chars[own].0, None)),
        }
    }
    // What is only not yet closed is no fault.
    (!opens).then_some((chars[own].0, None))
}

fn pair(bracket: char) -> char {
    match bracket {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        ')' => '(',
        ']' => '[',
        _ => '{',
    }
}

/// The characters outside texts and comments.
fn code(text: &str) -> Vec<(usize, char)> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < chars.len() {
        at = match chars[at].1 {
            '"' | '`' => end_of_text(&chars, at),
            '/' if chars.get(at + 1).is_some_and(|n| n.1 == '/') => end_of_line(&chars, at),
            _ => {
                out.push(chars[at]);
                at + 1
            }
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_add_nothing_to_the_text() {
        for text in ["let a = \"x\\\"y\"; // b", "f(1..3, 1.5e3)", "\"open", "`a ${b}`", "µ(°) /", "if x { [(] }"] {
            for cursor in 0..=text.len() {
                assert_eq!(anstream::adapter::strip_str(&colored(text, cursor)).to_string(), text);
            }
        }
        assert_eq!(colored("let a = f(1)", 0), "\x1b[35mlet\x1b[0m a = \x1b[34mf\x1b[0m(\x1b[36m1\x1b[0m)");
    }

    #[test]
    fn the_bracket_at_the_cursor_has_its_partner() {
        assert_eq!(brackets("f(a[1])", 1), Some((1, Some(6))));
        assert_eq!(brackets("f(a[1])", 7), Some((6, Some(1))));
        assert_eq!(brackets("f(\")\")", 1), Some((1, Some(5))));
        assert_eq!(brackets("a)", 2), Some((1, None)));
        assert_eq!(brackets("(a", 0), None);
        assert_eq!(brackets("(a]", 1), Some((0, None)));
    }
}
