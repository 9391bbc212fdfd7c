//! Where in a text the cursor stands: in a word, behind a dot, in a string, at a key of a call's options.

/// A bracket that is open at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Open {
    sign: char,
    /// What stands before it: the name of a call, or `#`.
    before: String,
    /// Commas seen at its level.
    commas: usize,
    /// Keys of a map seen at its level.
    keys: Vec<String>,
    /// The key whose value is being written.
    key: Option<String>,
}

/// A call that is open at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What is called, as it is written: `cluster::gmm`, `cells.metrics().save`.
    pub callee: String,
    /// The number of arguments before the one at the cursor.
    pub argument: usize,
}

/// What is being written at the cursor. `start` is the byte at which the part to complete begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A name.
    Word,
    /// A name behind `namespace::`.
    Path(String),
    /// A name behind a dot, and what the dot stands behind.
    Member(String),
    /// A key of an options map.
    Key {
        /// Keys that are there already.
        seen: Vec<String>,
    },
    /// A text; for a key's value the key.
    Text {
        /// The option whose value it is.
        key: Option<String>,
    },
    /// A comment, where nothing is to complete.
    Comment,
}

/// The cursor with what is round it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// What is being written.
    pub place: Place,
    /// Where the part to complete begins, in bytes.
    pub start: usize,
    /// The innermost open call.
    pub call: Option<Call>,
}

impl Cursor {
    /// Reads the text before the cursor.
    pub fn at(before: &str) -> Self {
        let mut scan = Scan { open: Vec::new(), string: None };
        let comment = scan.read(before);
        let call = scan.call();
        if comment {
            return Cursor { place: Place::Comment, start: before.len(), call };
        }
        if let Some(start) = scan.string {
            let key = scan.open.last().filter(|o| o.before == "#").and_then(|o| o.key.clone());
            return Cursor { place: Place::Text { key }, start, call };
        }
        let start = before.len() - before.chars().rev().take_while(|c| is_word(*c)).map(char::len_utf8).sum::<usize>();
        let rest = before[..start].trim_end();
        let place = if let Some(rest) = rest.strip_suffix("::") {
            Place::Path(tail_of(rest).to_string())
        } else if rest.ends_with('.') && !rest.ends_with("..") {
            Place::Member(expression_before(&rest[..rest.len() - 1]).to_string())
        } else {
            match scan.open.last() {
                Some(open) if open.before == "#" && open.key.is_none() => Place::Key { seen: open.keys.clone() },
                _ => Place::Word,
            }
        };
        Cursor { place, start, call }
    }
}

struct Scan {
    open: Vec<Open>,
    /// Where the content of an open string begins.
    string: Option<usize>,
}

impl Scan {
    /// Reads to the end; true when it lies in a comment.
    fn read(&mut self, text: &str) -> bool {
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' | '`' => {
                    self.string = Some(at + 1);
                    let mut escaped = false;
                    for (_, inner) in chars.by_ref() {
                        match inner {
                            _ if escaped => escaped = false,
                            '\\' if c == '"' => escaped = true,
                            _ if inner == c => {
                                self.string = None;
                                break;
                            }
                            _ => {}
                        }
                    }
                }
                '/' if matches!(chars.peek(), Some((_, '/'))) => {
                    let is_ended = chars.by_ref().any(|(_, c)| c == '\n');
                    if !is_ended {
                        return true;
                    }
                }
                '(' | '[' | '{' => {
                    let before =
                        if c == '{' && text[..at].ends_with('#') { "#" } else { expression_before(&text[..at]) };
                    let before = if c == '[' { "" } else { before };
                    self.open.push(Open { sign: c, before: before.into(), commas: 0, keys: Vec::new(), key: None });
                }
                ')' | ']' | '}' => drop(self.open.pop()),
                ',' => {
                    if let Some(open) = self.open.last_mut() {
                        open.commas += 1;
                        open.key = None;
                    }
                }
                ':' if matches!(chars.peek(), Some((_, ':'))) => drop(chars.next()),
                ':' => {
                    if let Some(open) = self.open.last_mut().filter(|o| o.before == "#") {
                        let key = tail_of(text[..at].trim_end()).trim_matches('"').to_string();
                        open.keys.push(key.clone());
                        open.key = Some(key);
                    }
                }
                _ => {}
            }
        }
        false
    }

    /// The innermost call, looking out of lists and maps but not of blocks.
    fn call(&self) -> Option<Call> {
        for open in self.open.iter().rev() {
            match (open.sign, open.before.as_str()) {
                ('(', "") | ('[', _) | (_, "#") => {}
                ('(', callee) => return Some(Call { callee: callee.into(), argument: open.commas }),
                _ => return None,
            }
        }
        None
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The word or path that a text ends in.
fn tail_of(text: &str) -> &str {
    let length: usize = text.chars().rev().take_while(|c| is_word(*c) || *c == ':').map(char::len_utf8).sum();
    &text[text.len() - length..]
}

/// The expression that a text ends in: names, calls and indices joined by dots, as in `a::b(c)[0].d`.
fn expression_before(text: &str) -> &str {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut at = chars.len();
    loop {
        let begun = at;
        while at > 0 && matches!(chars[at - 1].1, ')' | ']') {
            let Some(open) = opening(&chars[..at]) else { return "" };
            at = open;
        }
        while at > 0 && (is_word(chars[at - 1].1) || chars[at - 1].1 == ':') {
            at -= 1;
        }
        // A string is an expression as well: `"x".len`.
        if begun == at && at > 0 && chars[at - 1].1 == '"' {
            let open = chars[..at - 1].iter().rposition(|(_, c)| *c == '"');
            at = open.unwrap_or(at);
        }
        if at == 0 || begun == at || chars[at - 1].1 != '.' {
            break;
        }
        at -= 1;
    }
    let start = chars.get(at).map_or(text.len(), |(byte, _)| *byte);
    text[start..].trim_start_matches(':')
}

/// The place of the bracket that the last one closes.
fn opening(chars: &[(usize, char)]) -> Option<usize> {
    let (mut depth, mut quoted) = (0_i32, false);
    for at in (0..chars.len()).rev() {
        match chars[at].1 {
            '"' => quoted = !quoted,
            _ if quoted => {}
            ')' | ']' | '}' => depth += 1,
            '(' | '[' | '{' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Place {
        Cursor::at(text).place
    }

    fn call(text: &str) -> Option<(String, usize)> {
        Cursor::at(text).call.map(|c| (c.callee, c.argument))
    }

    #[test]
    fn names_paths_and_members() {
        assert_eq!(place("let a = clu"), Place::Word);
        assert_eq!(place("cluster::gm"), Place::Path("cluster".into()));
        assert_eq!(place("cells.me"), Place::Member("cells".into()));
        assert_eq!(
            place("print(cells.metrics(#{ a: 1 })[0].x."),
            Place::Member("cells.metrics(#{ a: 1 })[0].x".into())
        );
        assert_eq!(place("morph::load(\"a.swc\")."), Place::Member("morph::load(\"a.swc\")".into()));
        assert_eq!(place("for i in 0..n"), Place::Word);
        assert_eq!(place("a // b.c"), Place::Comment);
        assert_eq!(Cursor::at("a + cluster::gm").start, 13);
    }

    #[test]
    fn texts_and_keys() {
        assert_eq!(Cursor::at("morph::load(\"ce").start, 13);
        assert_eq!(place("morph::load(\"ce"), Place::Text { key: None });
        let text = "cluster::gmm(z, #{ components: 3, criterion: \"b";
        assert_eq!(place(text), Place::Text { key: Some("criterion".into()) });
        let text = "cluster::gmm(z, #{ components: 3, cri";
        assert_eq!(place(text), Place::Key { seen: vec!["components".into()] });
        assert_eq!(place("f(#{ a: b"), Place::Word);
        assert_eq!(place("if x { le"), Place::Word);
    }

    #[test]
    fn the_open_call_and_its_argument() {
        assert_eq!(call("cluster::gmm(z, #{ components: 3, cri"), Some(("cluster::gmm".into(), 1)));
        assert_eq!(call("print(f(a), b"), Some(("print".into(), 1)));
        assert_eq!(call("cells.metrics().save("), Some(("cells.metrics().save".into(), 0)));
        assert_eq!(call("f([1, 2, "), Some(("f".into(), 0)));
        assert_eq!(call("f(a) + (b"), None);
        assert_eq!(call("map(|x| { "), None);
    }
}
