//! The order of rows.

use std::cmp::Ordering;

use super::{ID, Table, Values};
use crate::error::Result;

impl Table {
    /// The rows sorted by a column, or by their ids where it is called `id`: numbers by size, texts by their letters
    /// with numbers in them by size (`cell2` before `cell10`). Rows that are equal keep their order; missing values
    /// come last either way.
    ///
    /// # Errors
    /// When there is no column of that name.
    pub fn sorted(&self, name: &str, descending: bool) -> Result<Table> {
        let mut places: Vec<usize> = (0..self.len()).collect();
        let turn = |order: Ordering| if descending { order.reverse() } else { order };
        if name == ID {
            places.sort_by(|&a, &b| turn(natural(&self.ids[a], &self.ids[b])));
            return Ok(self.pick(&places));
        }
        let column = self.column(name)?;
        places.sort_by(|&a, &b| {
            let missing = column.is_missing(a).cmp(&column.is_missing(b));
            missing.then_with(|| match &column.values {
                Values::Numbers(v) => turn(v[a].total_cmp(&v[b])),
                Values::Texts(v) => match (&v[a], &v[b]) {
                    (Some(a), Some(b)) => turn(natural(a, b)),
                    _ => Ordering::Equal,
                },
            })
        });
        Ok(self.pick(&places))
    }

    /// The first rows.
    #[must_use]
    pub fn head(&self, rows: usize) -> Table {
        self.pick(&(0..rows.min(self.len())).collect::<Vec<_>>())
    }

    /// The last rows.
    #[must_use]
    pub fn tail(&self, rows: usize) -> Table {
        self.pick(&(self.len().saturating_sub(rows)..self.len()).collect::<Vec<_>>())
    }
}

/// Compares texts letter by letter, runs of digits by their number; texts that this finds equal (`a01` and `a1`), by
/// their bytes.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (mut x, mut y) = (a.as_bytes(), b.as_bytes());
    while let (Some(&p), Some(&q)) = (x.first(), y.first()) {
        let order = if p.is_ascii_digit() && q.is_ascii_digit() {
            let (m, n) = (take_digits(&mut x), take_digits(&mut y));
            m.len().cmp(&n.len()).then_with(|| m.cmp(n))
        } else {
            (x, y) = (&x[1..], &y[1..]);
            p.cmp(&q)
        };
        if order.is_ne() {
            return order;
        }
    }
    x.len().cmp(&y.len()).then_with(|| a.cmp(b))
}

/// Takes the digits off the front of a text and gives them without leading zeros.
fn take_digits<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let end = text.iter().position(|c| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    *text = rest;
    let zeros = digits.iter().take_while(|&&d| d == b'0').count();
    &digits[zeros..]
}
