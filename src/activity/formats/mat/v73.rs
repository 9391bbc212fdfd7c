//! Version 7.3: HDF5 with MATLAB's conventions.
//!
//! A dataset says what it is by the attribute `MATLAB_class`; a text is of 16-bit numbers; a cell array is of references to
//! datasets below `#refs#`; a struct is a group, and the fields of an array of structs are datasets of references. HDF5
//! lists the sides of an array in the opposite order, so the bytes are MATLAB's own, columns first.

use hdf5_pure::{AttrValue, DType, Dataset, File, Group, Object};

use super::{DEEPEST, Value, Variables, damaged};
use crate::activity::formats::extent::sides;
use crate::error::Result;

pub(super) fn variables(bytes: &[u8]) -> Result<Variables> {
    let file = File::from_bytes(bytes.to_vec()).map_err(damaged)?;
    let reader = Reader { size: bytes.len() };
    reader.group(&file.root(), 0)
}

struct Reader {
    /// Bytes of the file: no array unpacks to much more.
    size: usize,
}

impl Reader {
    /// The members of a group but MATLAB's own.
    fn group(&self, group: &Group, depth: usize) -> Result<Variables> {
        if depth > DEEPEST {
            return Err(damaged(format!("structs nested deeper than {DEEPEST}")));
        }
        crate::interrupt::check()?;
        let mut found = Vec::new();
        for name in group.datasets().map_err(damaged)? {
            let dataset = group.dataset(&name).map_err(damaged)?;
            found.push((name, self.dataset(&dataset, depth)?));
        }
        for name in group.groups().map_err(damaged)?.into_iter().filter(|n| !n.starts_with('#')) {
            let inside = group.group(&name).map_err(damaged)?;
            found.push((name, self.structure(&inside, depth + 1)?));
        }
        Ok(found)
    }

    /// A struct; where all its fields are references of one length to something, an array of structs.
    fn structure(&self, group: &Group, depth: usize) -> Result<Value> {
        let mut fields = self.group(group, depth)?;
        // HDF5 lists members by their names; MATLAB keeps the order of fields aside.
        let order = match group.attrs().map_err(damaged)?.remove("MATLAB_fields") {
            Some(
                AttrValue::VarLenAsciiCharArray(order)
                | AttrValue::VarLenAsciiStringArray(order)
                | AttrValue::VarLenStringArray(order)
                | AttrValue::AsciiStringArray(order)
                | AttrValue::StringArray(order),
            ) => order,
            _ => Vec::new(),
        };
        let place = |name: &str| order.iter().position(|n| n.trim_end_matches('\0') == name).unwrap_or(order.len());
        fields.sort_by_key(|(name, _)| place(name));
        let names = group.datasets().map_err(damaged)?;
        let references = |name: &String| {
            let dataset = group.dataset(name).ok()?;
            let plain = class(&dataset).is_none() && matches!(dataset.dtype(), Ok(DType::ObjectReference));
            plain.then_some(())
        };
        let lengths: Option<Vec<usize>> = fields
            .iter()
            .map(|(name, value)| match value {
                Value::Cells(cells) if names.contains(name) => references(name).map(|()| cells.len()),
                _ => None,
            })
            .collect();
        let Some(lengths) = lengths.filter(|l| !l.is_empty() && l.iter().all(|n| *n == l[0])) else {
            return Ok(Value::Structs(vec![fields]));
        };
        let one = |i: usize| -> Variables {
            let pick = |(name, value): &(String, Value)| match value {
                Value::Cells(cells) => (name.clone(), cells[i].clone()),
                other => (name.clone(), other.clone()),
            };
            fields.iter().map(pick).collect()
        };
        Ok(Value::Structs((0..lengths[0]).map(one).collect()))
    }

    fn dataset(&self, dataset: &Dataset, depth: usize) -> Result<Value> {
        if depth > DEEPEST {
            return Err(damaged(format!("cells nested deeper than {DEEPEST}")));
        }
        let attributes = dataset.attrs().map_err(damaged)?;
        let mut shape = sides(dataset, self.size).map_err(damaged)?;
        let count = shape.iter().product();
        // MATLAB counts columns first.
        shape.reverse();
        let kind = class(dataset).unwrap_or_default();
        if attributes.contains_key("MATLAB_empty") {
            return Ok(match kind.as_str() {
                "char" => Value::Text(String::new()),
                "cell" => Value::Cells(Vec::new()),
                "struct" => Value::Structs(Vec::new()),
                _ => Value::Numbers { shape: vec![0, 0], values: Vec::new() },
            });
        }
        match dataset.dtype().map_err(damaged)? {
            DType::ObjectReference => {
                let mut cells = Vec::with_capacity(count);
                for object in dataset.dereference().map_err(damaged)? {
                    cells.push(match object {
                        Object::Dataset(inside) => self.dataset(&inside, depth + 1)?,
                        Object::Group(inside) => self.structure(&inside, depth + 1)?,
                        _ => Value::Other,
                    });
                }
                Ok(Value::Cells(cells))
            }
            _ if kind == "char" => {
                let units = dataset.read_u16().map_err(damaged)?;
                Ok(Value::Text(String::from_utf16_lossy(&units)))
            }
            DType::F32
            | DType::F64
            | DType::I8
            | DType::I16
            | DType::I32
            | DType::I64
            | DType::U8
            | DType::U16
            | DType::U32
            | DType::U64
                if !attributes.contains_key("MATLAB_object_decode") =>
            {
                let values = dataset.read_f64().map_err(damaged)?;
                if values.len() != count {
                    return Err(damaged(format!("{} values for a shape of {shape:?}", values.len())));
                }
                Ok(Value::Numbers { shape, values })
            }
            _ => Ok(Value::Other),
        }
    }
}

fn class(dataset: &Dataset) -> Option<String> {
    match dataset.attrs().ok()?.get("MATLAB_class")? {
        AttrValue::String(text) | AttrValue::AsciiString(text) => Some(text.trim_end_matches('\0').to_string()),
        _ => None,
    }
}
