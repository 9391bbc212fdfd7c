//! Neurolucida text as tokens.

use crate::error::{Error, Result};

/// A piece of the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `|`, between the branches of a fork.
    Bar,
    /// `<`, before a spine.
    SpineOpen,
    /// `>`, behind a spine.
    SpineClose,
    /// A number.
    Number(f64),
    /// Anything else without blanks, such as `Dendrite` or `S1`.
    Word(&'a [u8]),
    /// Text in double quotes, without them.
    Text(&'a [u8]),
}

/// Reads tokens one after another; a copy is a place to come back to. Comments from `;` to the end of the line, blanks and commas part them.
#[derive(Clone, Copy)]
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The line that reading has come to, counted from 1.
    pub line: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Lexer { bytes, at: 0, line: 1 }
    }

    /// The next token, or `None` at the end.
    ///
    /// # Errors
    /// A text whose quotes are not closed.
    pub fn next(&mut self) -> Result<Option<Token<'a>>> {
        self.skip();
        let Some(&first) = self.bytes.get(self.at) else {
            return Ok(None);
        };
        let start = self.at;
        self.at += 1;
        Ok(Some(match first {
            b'(' => Token::Open,
            b')' => Token::Close,
            b'|' => Token::Bar,
            b'<' => Token::SpineOpen,
            b'>' => Token::SpineClose,
            b'"' => return self.quoted(start).map(Some),
            _ => {
                while self.bytes.get(self.at).is_some_and(|&b| !ends_word(b)) {
                    self.at += 1;
                }
                number_or_word(&self.bytes[start..self.at])
            }
        }))
    }

    /// The next token without taking it.
    pub fn peek(&self) -> Result<Option<Token<'a>>> {
        Lexer::next(&mut self.clone())
    }

    fn quoted(&mut self, start: usize) -> Result<Token<'a>> {
        let rest = &self.bytes[start + 1..];
        let Some(length) = memchr::memchr(b'"', rest) else {
            return Err(Error::format("a text in quotes does not end")
                .at_line(self.line)
                .help("the file is cut off: export or copy it again"));
        };
        self.at = start + length + 2;
        self.line += line_ends(&rest[..length]);
        Ok(Token::Text(&rest[..length]))
    }

    fn skip(&mut self) {
        loop {
            let start = self.at;
            while self.bytes.get(self.at).is_some_and(|b| b.is_ascii_whitespace() || *b == b',' || *b == 0x0b) {
                self.at += 1;
            }
            self.line += line_ends(&self.bytes[start..self.at]);
            if self.bytes.get(self.at) != Some(&b';') {
                return;
            }
            let rest = &self.bytes[self.at..];
            self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        }
    }
}

/// Line ends in a text: LF, CR LF or a lone CR.
fn line_ends(text: &[u8]) -> usize {
    let lone = |(i, b): (usize, &u8)| *b == b'\r' && text.get(i + 1) != Some(&b'\n');
    text.iter().filter(|&&b| b == b'\n').count() + text.iter().enumerate().filter(|&t| lone(t)).count()
}

fn ends_word(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'(' | b')' | b'|' | b'<' | b'>' | b'"' | b';' | b',')
}

fn number_or_word(word: &[u8]) -> Token<'_> {
    // `inf` and `nan` are words.
    let starts = word.iter().find(|b| !matches!(b, b'+' | b'-' | b'.')).is_some_and(u8::is_ascii_digit);
    match fast_float2::parse::<f64, _>(word) {
        Ok(number) if starts => Token::Number(number),
        _ => Token::Word(word),
    }
}
