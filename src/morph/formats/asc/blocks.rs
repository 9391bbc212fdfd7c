//! The lists at the top of a file: neurites, contours, and what is left out.

use super::lexer::{Lexer, Token};
use super::{Drawing, branches};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::morph::kind;

/// What a list at the top is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Soma,
    Neurite(u16),
}

impl Block {
    fn named(word: &[u8]) -> Option<Block> {
        const NAMES: [(&str, Block); 4] = [
            ("cellbody", Block::Soma),
            ("axon", Block::Neurite(kind::AXON)),
            ("dendrite", Block::Neurite(kind::DENDRITE)),
            ("apical", Block::Neurite(kind::APICAL)),
        ];
        NAMES.iter().find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes())).map(|&(_, block)| block)
    }
}

/// Reads the whole text.
pub(super) fn read(text: &[u8]) -> Result<Drawing> {
    let mut lexer = Lexer::new(text);
    let mut drawing = Drawing::default();
    while let Some(token) = lexer.next()? {
        interrupt::check()?;
        let refuse = |what: &str| Error::format(what).at_line(lexer.line);
        match token {
            Token::Open => block(&mut lexer, &mut drawing)?,
            Token::Close => return Err(refuse("`)` closes nothing").help("a list before it ends too early")),
            // Names of sections stand bare in some files.
            Token::Word(_) | Token::Text(_) => {}
            Token::Number(_) | Token::Bar | Token::SpineOpen | Token::SpineClose => {
                return Err(refuse("expected a list, `(…)`").help("the file is damaged, or is no Neurolucida ASCII"));
            }
        }
    }
    Ok(drawing)
}

/// Reads one list at the top, whose `(` is taken.
fn block(lexer: &mut Lexer<'_>, drawing: &mut Drawing) -> Result<()> {
    let opened = lexer.line;
    if let Some(Token::Word(_)) = lexer.peek()? {
        if skip_list(lexer, opened)? {
            drawing.skip_marker(opened);
        }
        return Ok(());
    }
    let (mut named, mut found) = (None, None);
    loop {
        let start = *lexer;
        match lexer.next()?.ok_or_else(|| cut(opened))? {
            Token::Close => return Ok(()),
            Token::Text(text) => named = named.or(Block::named(text).filter(|b| *b == Block::Soma)),
            Token::Open => match lexer.peek()? {
                Some(Token::Word(word)) => {
                    found = found.or(Block::named(word));
                    skip_list(lexer, lexer.line)?;
                }
                Some(Token::Text(_)) => drop(skip_list(lexer, lexer.line)?),
                _ => {
                    *lexer = start;
                    return match found.or(named) {
                        Some(Block::Neurite(kind)) => branches::read(lexer, opened, kind, drawing),
                        Some(Block::Soma) => contour(lexer, opened, drawing),
                        None => {
                            drawing.skipped.contours += 1;
                            drawing.skipped.line.get_or_insert(opened);
                            skip_list(lexer, opened).map(drop)
                        }
                    };
                }
            },
            Token::SpineOpen => {
                skip_spine(lexer)?;
                drawing.skip_spine(opened);
            }
            Token::Word(_) => {}
            Token::Number(_) | Token::Bar | Token::SpineClose => {
                return Err(Error::format("expected a point, `(x y z diameter)`, or a property such as `(Axon)`")
                    .at_line(lexer.line)
                    .help("the file is damaged, or is no Neurolucida ASCII"));
            }
        }
    }
}

/// Reads the points of a soma's contour up to the end of its list.
fn contour(lexer: &mut Lexer<'_>, opened: usize, drawing: &mut Drawing) -> Result<()> {
    loop {
        match lexer.next()?.ok_or_else(|| cut(opened))? {
            Token::Close => return Ok(()),
            Token::Open => {
                let line = lexer.line;
                if let Some(Token::Number(_)) = lexer.peek()? {
                    drawing.soma.push(point(lexer, line)?);
                    drawing.soma_line.get_or_insert(line);
                } else if skip_list(lexer, line)? {
                    drawing.skip_marker(line);
                }
            }
            _ => {}
        }
    }
}

/// Reads a point, whose `(` is taken: three numbers and a diameter, behind which words may stand.
pub(super) fn point(lexer: &mut Lexer<'_>, line: usize) -> Result<([f64; 3], f64)> {
    let mut numbers = [0.0; 4];
    let mut count = 0;
    let refuse = |what: String| Error::format(what).at_line(line).help("a point is `(x y z diameter)`");
    loop {
        match lexer.next()?.ok_or_else(|| cut(line))? {
            Token::Number(value) if count < 4 => {
                numbers[count] = value;
                count += 1;
            }
            Token::Close if count >= 3 => return Ok(([numbers[0], numbers[1], numbers[2]], numbers[3] / 2.0)),
            // The section that the point was drawn on, such as `S12`.
            Token::Word(_) if count >= 3 => {}
            Token::Close => return Err(refuse(format!("found {count} of 4 numbers in a point"))),
            Token::Number(_) => return Err(refuse("found more than 4 numbers in a point".to_string())),
            Token::Word(word) => {
                let shown: String =
                    String::from_utf8_lossy(word).chars().take(40).flat_map(char::escape_debug).collect();
                return Err(refuse(format!("`{shown}` is not a number")));
            }
            _ => return Err(refuse("a point does not end".to_string())),
        }
    }
}

/// Moves behind the end of a list whose `(` is taken; says whether there were points in it.
pub(super) fn skip_list(lexer: &mut Lexer<'_>, opened: usize) -> Result<bool> {
    let (mut depth, mut numbers, mut points) = (1usize, 0, false);
    while depth > 0 {
        match lexer.next()?.ok_or_else(|| cut(opened))? {
            Token::Open => (depth, numbers) = (depth + 1, 0),
            Token::Close => {
                // Colours are lists of three numbers.
                points |= numbers == 4;
                (depth, numbers) = (depth - 1, 0);
            }
            Token::Number(_) => numbers += 1,
            _ => {}
        }
    }
    Ok(points)
}

/// Moves behind the end of a spine whose `<` is taken.
pub(super) fn skip_spine(lexer: &mut Lexer<'_>) -> Result<()> {
    let opened = lexer.line;
    let mut depth = 1usize;
    while depth > 0 {
        match lexer.next()?.ok_or_else(|| cut(opened))? {
            Token::SpineOpen => depth += 1,
            Token::SpineClose => depth -= 1,
            _ => {}
        }
    }
    Ok(())
}

/// The error for a list without its end.
pub(super) fn cut(opened: usize) -> Error {
    Error::format("the file ends within the list that begins on this line")
        .at_line(opened)
        .help("the file is cut off: export or copy it again")
}

impl Drawing {
    pub(super) fn skip_marker(&mut self, line: usize) {
        self.skipped.markers += 1;
        self.skipped.line.get_or_insert(line);
    }

    pub(super) fn skip_spine(&mut self, line: usize) {
        self.skipped.spines += 1;
        self.skipped.line.get_or_insert(line);
    }
}
