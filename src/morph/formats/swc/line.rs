//! One sample line: seven numbers read with a byte cursor.
//!
//! This is the hot path, so it only says whether a line is good; [`super::fault`] reads a bad line again and says what
//! is wrong with it. Numbers up to 2^53 with at most 19 digits are gathered as an integer and divided once by a power
//! of ten, which IEEE 754 rounds correctly (Clinger 1990); everything else goes to `fast-float2`, which is exact too.

use memchr::memchr2;

use crate::morph::Sample;
use crate::morph::formats::table::LIMIT;

/// The numbers of one line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Record {
    /// Everything but the parent.
    pub sample: Sample,
    /// Number of the parent as written; -1 for a root.
    pub parent: i64,
    /// Whether there were more than seven columns.
    pub extra: bool,
}

/// A place in the text.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// What stands at the start of a line.
pub(super) enum Line<'a> {
    /// Nothing, or blanks only.
    Blank,
    /// A comment, without its `#`.
    Comment(&'a [u8]),
    /// A sample.
    Record(Record),
    /// Something that is no sample, from its first byte to the end of the line.
    Bad(&'a [u8]),
}

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Cursor { bytes, at: 0 }
    }

    /// Whether all lines are read.
    pub fn at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// Reads one line and moves behind its end.
    pub fn line(&mut self) -> Line<'a> {
        let start = self.at;
        self.skip_blanks();
        match self.peek() {
            None | Some(b'\n' | b'\r') => {
                self.next_line();
                Line::Blank
            }
            Some(b'#') => Line::Comment(&self.next_line()[1..]),
            Some(_) => match self.record() {
                Some(record) => {
                    self.next_line();
                    Line::Record(record)
                }
                None => {
                    self.at = start;
                    Line::Bad(self.next_line())
                }
            },
        }
    }

    fn record(&mut self) -> Option<Record> {
        let id = self.integer().filter(|&id| id >= 0)?;
        let kind = u16::try_from(self.next_integer()?).ok()?;
        let position = [self.next_decimal()?, self.next_decimal()?, self.next_decimal()?];
        let radius = self.next_decimal()?;
        let parent = self.next_integer().filter(|&parent| parent >= -1)?;
        self.skip_blanks();
        let extra = !matches!(self.peek(), None | Some(b'\n' | b'\r' | b'#'));
        Some(Record { sample: Sample { id, kind, position, radius }, parent, extra })
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// The rest of the line, without its end; LF, CR LF and a lone CR end a line.
    fn next_line(&mut self) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        let length = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        self.at += length;
        match rest[length..] {
            [b'\r', b'\n', ..] => self.at += 2,
            [_, ..] => self.at += 1,
            [] => {}
        }
        &rest[..length]
    }

    fn next_integer(&mut self) -> Option<i64> {
        self.skip_blanks();
        self.integer()
    }

    fn next_decimal(&mut self) -> Option<f64> {
        self.skip_blanks();
        self.decimal()
    }

    fn sign(&mut self) -> bool {
        match self.peek() {
            Some(b'-') => {
                self.at += 1;
                true
            }
            Some(b'+') => {
                self.at += 1;
                false
            }
            _ => false,
        }
    }

    /// Adds the digits here to `value`, which wraps beyond 19 of them, and returns how many there were.
    fn digits(&mut self, value: &mut u64) -> usize {
        let start = self.at;
        while let Some(digit) = self.peek().map(|b| b.wrapping_sub(b'0')).filter(|&digit| digit <= 9) {
            *value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
            self.at += 1;
        }
        self.at - start
    }

    fn at_token_end(&self) -> bool {
        self.peek().is_none_or(ends_token)
    }

    /// The whole token that starts at `start`, moving behind it.
    fn token(&mut self, start: usize) -> &'a [u8] {
        let rest = &self.bytes[start..];
        let length = rest.iter().position(|&b| ends_token(b)).unwrap_or(rest.len());
        self.at = start + length;
        &rest[..length]
    }

    fn integer(&mut self) -> Option<i64> {
        let start = self.at;
        let negative = self.sign();
        let mut value = 0;
        let count = self.digits(&mut value);
        if (1..=18).contains(&count) && self.at_token_end() {
            let value = value as i64;
            return Some(if negative { -value } else { value });
        }
        integer(self.token(start)).ok()
    }

    fn decimal(&mut self) -> Option<f64> {
        let start = self.at;
        let negative = self.sign();
        let mut value = 0;
        let mut count = self.digits(&mut value);
        let mut decimals = 0;
        if self.peek() == Some(b'.') {
            self.at += 1;
            decimals = self.digits(&mut value);
            count += decimals;
        }
        let exact = (1..=19).contains(&count) && value <= 1 << 53 && self.at_token_end();
        let number = if exact {
            let size = value as f64 / POWERS_OF_TEN[decimals];
            if negative { -size } else { size }
        } else {
            fast_float2::parse(self.token(start)).ok()?
        };
        // Also false for NaN.
        (number.abs() <= LIMIT).then_some(number)
    }
}

/// Whether a byte ends a number.
pub(super) fn ends_token(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'#')
}

/// Why a token is no whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotWhole {
    NotANumber,
    Fraction,
    TooLarge,
}

/// A whole number in any notation: `7`, `+7`, `7.0`, `7.000e+00`.
pub(super) fn integer(token: &[u8]) -> Result<i64, NotWhole> {
    if let Some(value) = std::str::from_utf8(token).ok().and_then(|t| t.parse().ok()) {
        return Ok(value);
    }
    let value: f64 = fast_float2::parse(token).map_err(|_| NotWhole::NotANumber)?;
    if value.is_nan() {
        return Err(NotWhole::NotANumber);
    }
    // Above 2^53 a float no longer tells neighbouring numbers apart.
    if value.abs() > 9_007_199_254_740_992.0 {
        return Err(NotWhole::TooLarge);
    }
    if value.fract() == 0.0 { Ok(value as i64) } else { Err(NotWhole::Fraction) }
}

/// 10^0 to 10^19, each exact in a float.
const POWERS_OF_TEN: [f64; 20] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::seed;
    use rand::Rng;

    fn decimal(text: &str) -> Option<f64> {
        Cursor::new(text.as_bytes()).decimal()
    }

    #[test]
    fn decimals_are_correctly_rounded() {
        // The standard library's parser is correctly rounded and shares no code with ours.
        let mut rng = seed::stream(1, "decimals", 0);
        for _ in 0..20_000 {
            let digits = rng.gen_range(0..22);
            let text = format!("{:.*}", digits, rng.gen_range(-2000.0..2000.0));
            let expected: f64 = text.parse().unwrap();
            assert_eq!(decimal(&text).unwrap().to_bits(), expected.to_bits(), "{text}");
        }
        for text in ["1.", ".5", "-.5", "+1.25", "1e-8", "1E3", "-0", "0.1234567890123456789012", "900719925474099.3"] {
            let expected: f64 = text.parse().unwrap();
            assert_eq!(decimal(text).unwrap().to_bits(), expected.to_bits(), "{text}");
        }
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for text in ["", ".", "-", "1,5", "1.2.3", "NA", "nan", "inf", "1e", "0x1", "1e300", "--1", "+-1", "1 "] {
            assert_eq!(decimal(text).is_some(), text == "1 ", "{text}");
        }
    }

    #[test]
    fn whole_numbers_in_any_notation() {
        for (text, value) in [("7", 7), ("-1", -1), ("+3", 3), ("7.00", 7), ("1.000e+00", 1), ("007", 7)] {
            assert_eq!(Cursor::new(text.as_bytes()).integer(), Some(value), "{text}");
        }
        assert_eq!(integer(b"9223372036854775807"), Ok(i64::MAX));
        assert_eq!(integer(b"9223372036854775808"), Err(NotWhole::TooLarge));
        assert_eq!(integer(b"99999999999999999999"), Err(NotWhole::TooLarge));
        assert_eq!(integer(b"1.5"), Err(NotWhole::Fraction));
        assert_eq!(integer(b"x"), Err(NotWhole::NotANumber));
        assert_eq!(integer(b""), Err(NotWhole::NotANumber));
    }
}
