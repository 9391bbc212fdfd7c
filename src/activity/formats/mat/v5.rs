//! Up to version 7: a header of 128 bytes, then elements with a tag of type and size, of which each is a variable.
//!
//! A compressed element (type 15) is a deflated one. A matrix element (type 14) is a list of elements itself: flags with the
//! class, sides, name, and what the class asks for. Numbers may be stored in a smaller type than their class.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::{DEEPEST, Value, Variables, damaged};
use crate::error::{Error, Result};

/// The most bytes that one variable is unpacked to.
const LARGEST: u64 = 2 << 30;

pub(super) fn variables(bytes: &[u8]) -> Result<Variables> {
    let swapped = match bytes.get(126..128) {
        Some(b"IM") => false,
        Some(b"MI") => true,
        _ => {
            return Err(Error::format("no MATLAB file: there is no mark of its byte order at byte 126")
                .help("files of version 5 to 7.3 are read; in MATLAB, `save -v7` writes one"));
        }
    };
    let mut found = Vec::new();
    let mut rest = Cursor { bytes: &bytes[128..], swapped };
    while !rest.bytes.is_empty() {
        crate::interrupt::check()?;
        let (kind, data) = rest.element()?;
        let variable = match kind {
            15 => {
                let mut unpacked = Vec::new();
                ZlibDecoder::new(data).take(LARGEST).read_to_end(&mut unpacked).map_err(damaged)?;
                let mut inside = Cursor { bytes: &unpacked, swapped };
                match inside.element()? {
                    (14, data) => matrix(Cursor { bytes: data, swapped }, 0)?,
                    _ => continue,
                }
            }
            14 => matrix(Cursor { bytes: data, swapped }, 0)?,
            _ => continue,
        };
        found.push(variable);
    }
    Ok(found)
}

#[derive(Clone, Copy)]
struct Cursor<'a> {
    bytes: &'a [u8],
    swapped: bool,
}

impl<'a> Cursor<'a> {
    fn word(&self, at: usize) -> Result<u32> {
        let four: [u8; 4] = self
            .bytes
            .get(at..at + 4)
            .and_then(|b| b.try_into().ok())
            .ok_or_else(|| damaged("it ends within the tag of an element"))?;
        Ok(if self.swapped { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
    }

    /// The type and bytes of the next element.
    fn element(&mut self) -> Result<(u32, &'a [u8])> {
        let first = self.word(0)?;
        // Small elements have their size in the upper half of the type, and their bytes in the tag.
        let (kind, from, size): (u32, usize, usize) = match first >> 16 {
            0 => (first, 8, self.word(4)? as usize),
            size => (first & 0xffff, 4, size as usize),
        };
        let data =
            self.bytes.get(from..from.saturating_add(size)).filter(|_| from == 8 || size <= 4).ok_or_else(|| {
                damaged(format!("an element of {size} bytes, of which {} are there", self.bytes.len()))
            })?;
        // Compressed elements are not filled up to a multiple of eight.
        let end = if from == 4 {
            8
        } else if kind == 15 {
            from + size
        } else {
            from + size.next_multiple_of(8)
        };
        self.bytes = self.bytes.get(end..).unwrap_or_default();
        Ok((kind, data))
    }

    /// The numbers of the next element.
    fn numbers(&mut self) -> Result<Vec<f64>> {
        let (kind, data) = self.element()?;
        macro_rules! each {
            ($t:ty) => {{
                let number = |bytes: &[u8]| {
                    let mut own = [0u8; size_of::<$t>()];
                    own.copy_from_slice(bytes);
                    (if self.swapped { <$t>::from_be_bytes(own) } else { <$t>::from_le_bytes(own) }) as f64
                };
                data.chunks_exact(size_of::<$t>()).map(number).collect()
            }};
        }
        Ok(match kind {
            1 => each!(i8),
            2 | 16 => each!(u8),
            3 => each!(i16),
            4 | 17 => each!(u16),
            5 => each!(i32),
            6 | 18 => each!(u32),
            7 => each!(f32),
            9 => each!(f64),
            12 => each!(i64),
            13 => each!(u64),
            other => return Err(damaged(format!("numbers of the unknown type {other}"))),
        })
    }
}

/// A matrix element: its name and value.
fn matrix(mut cursor: Cursor, depth: usize) -> Result<(String, Value)> {
    if depth > DEEPEST {
        return Err(damaged(format!("cells and structs nested deeper than {DEEPEST}")));
    }
    if cursor.bytes.is_empty() {
        return Ok((String::new(), Value::Numbers { shape: vec![0, 0], values: Vec::new() }));
    }
    let (_, flags) = cursor.element()?;
    let class = *flags.get(if cursor.swapped { 3 } else { 0 }).ok_or_else(|| damaged("a matrix without flags"))?;
    let shape: Vec<usize> = cursor.numbers()?.iter().map(|&v| v.max(0.0) as usize).collect();
    let count =
        shape.iter().try_fold(1usize, |all, &n| all.checked_mul(n)).ok_or_else(|| damaged("an endless matrix"))?;
    let (_, name) = cursor.element()?;
    let name = String::from_utf8_lossy(name).trim_end_matches('\0').to_string();
    // Every element of a cell or struct has a tag of its own.
    let listed = |all: usize| match all <= cursor.bytes.len() / 8 + 1 {
        true => Ok(()),
        false => Err(damaged(format!("`{name}` claims {all} elements"))),
    };
    let inner = |cursor: &mut Cursor| -> Result<Value> {
        match cursor.element()? {
            (14, data) => Ok(matrix(Cursor { bytes: data, swapped: cursor.swapped }, depth + 1)?.1),
            (other, _) => Err(damaged(format!("an element of type {other} within a cell or struct"))),
        }
    };
    let value = match class {
        1 => {
            listed(count)?;
            Value::Cells((0..count).map(|_| inner(&mut cursor)).collect::<Result<_>>()?)
        }
        2 => {
            let length = cursor.numbers()?.first().map_or(0, |&v| v.max(0.0) as usize);
            let (_, names) = cursor.element()?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).split('\0').next().unwrap_or_default().to_string();
            let names: Vec<String> = names.chunks(length.max(1)).map(text).collect();
            listed(count.saturating_mul(names.len()))?;
            let one = |cursor: &mut Cursor| -> Result<Variables> {
                names.iter().map(|name| Ok((name.clone(), inner(cursor)?))).collect()
            };
            Value::Structs((0..count).map(|_| one(&mut cursor)).collect::<Result<_>>()?)
        }
        4 => {
            let (kind, data) = cursor.element()?;
            let text = match kind {
                16 => String::from_utf8_lossy(data).into_owned(),
                // One byte or two for a letter, whatever the type is called.
                1 | 2 => data.iter().map(|&b| char::from(b)).collect(),
                _ => {
                    let unit = |b: &[u8]| {
                        if cursor.swapped { u16::from_be_bytes([b[0], b[1]]) } else { u16::from_le_bytes([b[0], b[1]]) }
                    };
                    String::from_utf16_lossy(&data.chunks_exact(2).map(unit).collect::<Vec<u16>>())
                }
            };
            Value::Text(text)
        }
        6..=15 => {
            let values = cursor.numbers()?;
            if values.len() != count {
                return Err(damaged(format!("`{name}` has {} values for a shape of {shape:?}", values.len())));
            }
            Value::Numbers { shape, values }
        }
        // Objects, sparse matrices, functions.
        _ => Value::Other,
    };
    Ok((name, value))
}
