//! One neurite: points, and lists of branches at its forks.

use super::blocks::{cut, point, skip_list, skip_spine};
use super::lexer::{Lexer, Token};
use super::{Drawing, Point};
use crate::error::{Error, Result};
use crate::interrupt;

/// A list that is open: the neurite's own, or one of branches.
struct Fork {
    /// The line of its `(`.
    opened: usize,
    /// The sample that its branches leave from.
    from: Option<u32>,
}

/// A place in the tree.
#[derive(Clone, Copy)]
struct Tip {
    /// The last sample on the way here.
    sample: Option<u32>,
    /// Whether no point of this branch was read yet.
    fresh: bool,
    /// Whether the branch has forked or ended: no point may follow.
    ended: bool,
}

impl Tip {
    fn start(from: Option<u32>) -> Tip {
        Tip { sample: from, fresh: true, ended: false }
    }
}

/// Reads a neurite up to the end of its list, which began on line `opened`.
pub(super) fn read(lexer: &mut Lexer<'_>, opened: usize, kind: u16, drawing: &mut Drawing) -> Result<()> {
    let mut forks = vec![Fork { opened, from: None }];
    let mut tip = Tip::start(None);
    let mut count = 0usize;
    while let Some(inner) = forks.last() {
        count += 1;
        if count.is_multiple_of(100_000) {
            interrupt::check()?;
        }
        let token = lexer.next()?.ok_or_else(|| cut(inner.opened))?;
        let line = lexer.line;
        let refuse = |what: &str| Error::format(what).at_line(line);
        match token {
            Token::Open => match lexer.peek()? {
                Some(Token::Number(_)) => {
                    let (position, radius) = point(lexer, line)?;
                    if tip.ended {
                        return Err(refuse("a point stands behind the end of its branch or behind a fork").help(
                            "close the branch after its ending, and put branches of a fork between `(` `|` `)`",
                        ));
                    }
                    tip = grow(drawing, tip, Point { position, radius, kind, parent: tip.sample, line });
                }
                Some(Token::Word(_) | Token::Text(_)) => {
                    if skip_list(lexer, line)? {
                        drawing.skip_marker(line);
                    }
                }
                _ => {
                    forks.push(Fork { opened: line, from: tip.sample });
                    tip = Tip::start(tip.sample);
                }
            },
            Token::Bar if forks.len() == 1 => {
                return Err(refuse("`|` stands outside of a fork").help("branches stand between `(` and `)`"));
            }
            Token::Bar => tip = Tip::start(inner.from),
            Token::Close => {
                tip = Tip { sample: inner.from, fresh: false, ended: true };
                forks.pop();
            }
            // How a branch ends: `Normal`, `Incomplete`, `High`, …
            Token::Word(_) => tip.ended = true,
            Token::Text(_) => {}
            Token::SpineOpen => {
                skip_spine(lexer)?;
                drawing.skip_spine(line);
            }
            Token::SpineClose => return Err(refuse("`>` closes nothing").help("spines stand between `<` and `>`")),
            Token::Number(_) => {
                return Err(refuse("a number stands outside of a point").help("a point is `(x y z diameter)`"));
            }
        }
    }
    Ok(())
}

/// Adds a point, unless it repeats the one that its branch leaves from.
fn grow(drawing: &mut Drawing, tip: Tip, point: Point) -> Tip {
    if let Some(from) = tip.sample.filter(|_| tip.fresh) {
        let above = &drawing.neurites[from as usize];
        if above.position == point.position {
            if above.radius != point.radius {
                drawing.radii.0 += 1;
                drawing.radii.1.get_or_insert(point.line);
            }
            return Tip { fresh: false, ..tip };
        }
    }
    // A point takes six bytes of text at least, and a text is at most 4 GB.
    let at = drawing.neurites.len() as u32;
    drawing.neurites.push(point);
    Tip { sample: Some(at), fresh: false, ended: false }
}
