//! Whether what describes a file or a page can be read in a time that its length bounds.
//!
//! Parquet describes itself in Thrift's compact protocol. The format's own reader passes over what it does not know element
//! by element, and true and false in a list take no bytes, so a list that claims billions of them holds it up for as long
//! as it likes. Here a description is walked over first, as that reader walks: fields that it knows must be of the kind that
//! it takes them for, and no list may claim more elements than bytes are left.

use std::io::Read;

use parquet::errors::ParquetError;

type Outcome<T> = Result<T, ParquetError>;

/// What a field holds.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Bool,
    Byte,
    /// Of any width: all are written alike.
    Whole,
    Double,
    Binary,
    List(&'static Shape),
    /// The fields that are known, by their numbers.
    Struct(&'static [(i16, Shape)]),
}

use Shape::{Binary, Bool, Byte, Double, List, Struct, Whole};

const EMPTY: Shape = Struct(&[]);
const STATISTICS: Shape = Struct(&[
    (1, Binary),
    (2, Binary),
    (3, Whole),
    (4, Whole),
    (5, Binary),
    (6, Binary),
    (7, Bool),
    (8, Bool),
    (9, Whole),
]);

/// What stands before a page.
pub(super) const PAGE_HEADER: &Shape = &Struct(&[
    (1, Whole),
    (2, Whole),
    (3, Whole),
    (4, Whole),
    (5, Struct(&[(1, Whole), (2, Whole), (3, Whole), (4, Whole), (5, STATISTICS)])),
    (6, EMPTY),
    (7, Struct(&[(1, Whole), (2, Whole), (3, Bool)])),
    (8, Struct(&[(1, Whole), (2, Whole), (3, Whole), (4, Whole), (5, Whole), (6, Whole), (7, Bool), (8, STATISTICS)])),
]);

const TIME: Shape = Struct(&[(1, Bool), (2, Struct(&[(1, EMPTY), (2, EMPTY), (3, EMPTY)]))]);
const LOGICAL_TYPE: Shape = Struct(&[
    (5, Struct(&[(1, Whole), (2, Whole)])),
    (7, TIME),
    (8, TIME),
    (10, Struct(&[(1, Byte), (2, Bool)])),
    (16, Struct(&[(1, Byte)])),
    (17, Struct(&[(1, Binary)])),
    (18, Struct(&[(1, Binary), (2, Whole)])),
]);
const SCHEMA_ELEMENT: Shape = Struct(&[
    (1, Whole),
    (2, Whole),
    (3, Whole),
    (4, Binary),
    (5, Whole),
    (6, Whole),
    (7, Whole),
    (8, Whole),
    (9, Whole),
    (10, LOGICAL_TYPE),
]);
const KEY_VALUES: Shape = List(&Struct(&[(1, Binary), (2, Binary)]));
const BOX: Shape =
    Struct(&[(1, Double), (2, Double), (3, Double), (4, Double), (5, Double), (6, Double), (7, Double), (8, Double)]);
const COLUMN: Shape = Struct(&[
    (1, Whole),
    (2, List(&Whole)),
    (3, List(&Binary)),
    (4, Whole),
    (5, Whole),
    (6, Whole),
    (7, Whole),
    (8, KEY_VALUES),
    (9, Whole),
    (10, Whole),
    (11, Whole),
    (12, STATISTICS),
    (13, List(&Struct(&[(1, Whole), (2, Whole), (3, Whole)]))),
    (14, Whole),
    (15, Whole),
    (16, Struct(&[(1, Whole), (2, List(&Whole)), (3, List(&Whole))])),
    (17, Struct(&[(1, BOX), (2, List(&Whole))])),
]);
const COLUMN_CHUNK: Shape =
    Struct(&[(1, Binary), (2, Whole), (3, COLUMN), (4, Whole), (5, Whole), (6, Whole), (7, Whole), (9, Binary)]);
const ROW_GROUP: Shape = Struct(&[
    (1, List(&COLUMN_CHUNK)),
    (2, Whole),
    (3, Whole),
    (4, List(&Struct(&[(1, Whole), (2, Bool), (3, Bool)]))),
    (5, Whole),
    (6, Whole),
    (7, Whole),
]);

/// What stands at the end of a file.
pub(super) const FOOTER: &Shape = &Struct(&[
    (1, Whole),
    (2, List(&SCHEMA_ELEMENT)),
    (3, Whole),
    (4, List(&ROW_GROUP)),
    (5, KEY_VALUES),
    (6, Binary),
    (7, List(&Struct(&[(1, EMPTY), (2, EMPTY)]))),
    (9, Binary),
]);

/// Walks over a description of a shape, of which so many bytes are left to read.
///
/// # Errors
/// When it ends too early, a known field is of another kind, a list claims more than there is, or it is nested too deep.
pub(super) fn walk(shape: &Shape, from: impl Read, left: u64) -> Outcome<()> {
    Walk { from, left }.value(STRUCT, Some(shape), 0)
}

/// Kinds on the wire.
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;
const UUID: u8 = 13;

/// Parquet nests less than half as deep.
const DEPTH: u32 = 24;

struct Walk<R> {
    from: R,
    left: u64,
}

fn damaged(what: impl Into<String>) -> ParquetError {
    ParquetError::General(format!("a damaged description: {}", what.into()))
}

impl<R: Read> Walk<R> {
    fn byte(&mut self) -> Outcome<u8> {
        let mut byte = [0];
        self.left = self.left.checked_sub(1).ok_or_else(|| damaged("it ends too early"))?;
        self.from.read_exact(&mut byte).map_err(|_| damaged("it ends too early"))?;
        Ok(byte[0])
    }

    fn pass(&mut self, bytes: u64) -> Outcome<()> {
        (0..bytes).try_for_each(|_| self.byte().map(|_| ()))
    }

    fn number(&mut self) -> Outcome<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(damaged("a number of more than 64 bits"))
    }

    /// A number of bytes or elements, of which each takes one at least, or none at all where they are true and false.
    fn count(&mut self) -> Outcome<u64> {
        let count = self.number()?;
        if count > self.left {
            return Err(damaged(format!("{count} values are claimed where {} bytes are left", self.left)));
        }
        Ok(count)
    }

    fn value(&mut self, kind: u8, shape: Option<&Shape>, depth: u32) -> Outcome<()> {
        let fits = match shape {
            None => true,
            Some(Bool) => matches!(kind, TRUE | FALSE),
            Some(Byte) => kind == BYTE,
            Some(Whole) => (I16..=I64).contains(&kind),
            Some(Double) => kind == DOUBLE,
            Some(Binary) => kind == BINARY,
            Some(List(_)) => kind == LIST,
            Some(Struct(_)) => kind == STRUCT,
        };
        if !fits {
            return Err(damaged(format!("a field of an unexpected kind, {kind}")));
        }
        if depth > DEPTH {
            return Err(damaged("it is nested too deep"));
        }
        match kind {
            TRUE | FALSE => Ok(()),
            BYTE => self.pass(1),
            I16..=I64 => self.number().map(|_| ()),
            DOUBLE => self.pass(8),
            UUID => self.pass(16),
            BINARY => {
                let bytes = self.count()?;
                self.pass(bytes)
            }
            LIST | SET => self.list(if let Some(List(of)) = shape { Some(of) } else { None }, depth),
            MAP => self.map(depth),
            STRUCT => self.fields(if let Some(Struct(known)) = shape { known } else { &[] }, depth),
            other => Err(damaged(format!("a value of the unknown kind {other}"))),
        }
    }

    fn fields(&mut self, known: &[(i16, Shape)], depth: u32) -> Outcome<()> {
        let mut last = 0i16;
        loop {
            let head = self.byte()?;
            let kind = head & 0x0f;
            if kind == 0 {
                return Ok(());
            }
            last = match head >> 4 {
                0 => {
                    let coded = self.number()?;
                    ((coded >> 1) as i64 ^ -((coded & 1) as i64)) as i16
                }
                step => last.checked_add(i16::from(step)).ok_or_else(|| damaged("a field's number is too large"))?,
            };
            let shape = known.iter().find(|(number, _)| *number == last).map(|(_, shape)| shape);
            self.value(kind, shape, depth + 1)?;
        }
    }

    fn list(&mut self, of: Option<&Shape>, depth: u32) -> Outcome<()> {
        let head = self.byte()?;
        let count = if head >> 4 == 15 { self.count()? } else { u64::from(head >> 4) };
        (0..count).try_for_each(|_| self.element(head & 0x0f, of, depth))
    }

    fn map(&mut self, depth: u32) -> Outcome<()> {
        let count = self.count()?;
        let kinds = if count > 0 { self.byte()? } else { 0 };
        (0..count).try_for_each(|_| {
            self.element(kinds >> 4, None, depth)?;
            self.element(kinds & 0x0f, None, depth)
        })
    }

    /// An element counts as a byte, also where it takes none: so a walk takes no longer than the description is long.
    fn element(&mut self, kind: u8, of: Option<&Shape>, depth: u32) -> Outcome<()> {
        if matches!(kind, TRUE | FALSE) {
            self.left = self.left.checked_sub(1).ok_or_else(|| damaged("lists claim more than there is"))?;
        }
        self.value(kind, of, depth + 1)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn header(bytes: &[u8]) -> Result<(), String> {
        walk(PAGE_HEADER, bytes, bytes.len() as u64).map_err(|e| e.to_string())
    }

    /// Type, both sizes, and the description of a page of values (their number and three encodings).
    const PLAIN: [u8; 17] = [0x15, 0, 0x15, 16, 0x15, 16, 0x2c, 0x15, 4, 0x15, 0, 0x15, 6, 0x15, 6, 0, 0];

    #[test]
    fn what_writers_write_is_let_by() {
        header(&PLAIN).unwrap();
        // A field that is not known: number 20, a list of three texts.
        let mut more = PLAIN[..16].to_vec();
        more.extend([0xf9, 0x38, 1, b'a', 1, b'b', 1, b'c', 0]);
        header(&more).unwrap();
    }

    #[test]
    fn lists_that_take_no_bytes_are_refused() {
        // Unknown fields of two billion truths: in a list, in a map, and in lists in a list.
        let billions = [0xff, 0xff, 0xff, 0xff, 0x07];
        let list = [&[0x09, 40, 0xf1][..], &billions, &[0]].concat();
        let map = [&[0x0b, 40][..], &billions, &[0x11, 0]].concat();
        let lists = [&[0x09, 40, 0x29, 0xf2][..], &billions, &[0xf1], &billions, &[0]].concat();
        for bomb in [list, map, lists] {
            let refused = header(&[&PLAIN[..16], &bomb].concat()).unwrap_err();
            assert!(refused.contains("2147483647 values are claimed"), "{refused}");
        }
        // Many short lists of truths in turn, which take no byte each either.
        let short = [&[0x09, 40, 0xf9, 16][..], &[0xe1; 16], &[0]].concat();
        assert!(header(&short).unwrap_err().contains("more than there is"));
    }

    #[test]
    fn what_is_read_otherwise_than_it_is_written_is_refused() {
        let other = header(&[0x19, 0x15, 2, 0]).unwrap_err();
        assert!(other.contains("unexpected kind, 9"), "{other}");
        assert!(header(&PLAIN[..9]).unwrap_err().contains("too early"));
        assert!(header(&[0x1c; 200]).is_err() && header(&[0x0c, 40].repeat(60)).unwrap_err().contains("too deep"));
        assert!(
            header(&[0x15, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
                .unwrap_err()
                .contains("64 bits")
        );
    }
}
