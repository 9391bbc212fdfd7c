//! Reading PyTorch checkpoints (`torch.save` of a dictionary of tensors) without Python.
//!
//! Such a file is a zip archive: `data.pkl` is a pickle that builds the dictionary and names a storage for each tensor,
//! and `data/<key>` holds a storage's numbers. Only the few pickle operations that tensors need are known here, and
//! nothing is ever called, so a hostile file can do no more than fail to load.

use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::path::Path;

use tch::{Kind, Tensor};
use zip::ZipArchive;

use crate::error::{Error, Result};

/// A value that a pickle can build.
#[derive(Clone, Debug)]
enum Value {
    None,
    Bool,
    Int(i64),
    Float,
    Text(String),
    Global(String),
    Sequence(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    Storage { kind: Kind, key: String },
    Tensor { kind: Kind, key: String, offset: i64, shape: Vec<i64>, stride: Vec<i64> },
    Mark,
}

/// All tensors of a checkpoint by name; nested dictionaries join their names with dots.
///
/// # Errors
/// When the file is no such archive, or uses something that tensors do not need.
pub fn read(path: &Path, bytes: Vec<u8>) -> Result<HashMap<String, Tensor>> {
    let fail = |reason: String| {
        Error::format(format!("not a PyTorch checkpoint of tensors: {reason}"))
            .in_file(path)
            .help("save the state dictionary alone: torch.save(model.state_dict(), path)")
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| fail(e.to_string()))?;
    let pickle = archive
        .file_names()
        .find(|n| n.ends_with("/data.pkl") || *n == "data.pkl")
        .map(String::from)
        .ok_or_else(|| fail("the archive holds no `data.pkl`".into()))?;
    let root = pickle.trim_end_matches("data.pkl").to_string();
    let text = entry(&mut archive, &pickle).map_err(&fail)?;
    let value = Machine::new(&text).run().map_err(&fail)?;
    let mut tensors = HashMap::new();
    let mut storages = HashMap::new();
    let mut found = Vec::new();
    flatten("", value, &mut found);
    for (name, value) in found {
        let Value::Tensor { kind, key, offset, shape, stride } = value else { continue };
        if !storages.contains_key(&key) {
            let raw = entry(&mut archive, &format!("{root}data/{key}")).map_err(&fail)?;
            storages.insert(key.clone(), raw);
        }
        let tensor =
            view(&storages[&key], kind, offset, &shape, &stride).map_err(|r| fail(format!("`{name}`: {r}")))?;
        tensors.insert(name, tensor);
    }
    if tensors.is_empty() {
        return Err(fail("it holds no tensors".into()));
    }
    Ok(tensors)
}

fn entry(archive: &mut ZipArchive<Cursor<Vec<u8>>>, name: &str) -> std::result::Result<Vec<u8>, String> {
    let mut file = archive.by_name(name).map_err(|e| format!("`{name}`: {e}"))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|e| format!("`{name}`: {e}"))?;
    Ok(bytes)
}

/// A tensor over a storage's bytes, after checking that it stays within them.
fn view(raw: &[u8], kind: Kind, offset: i64, shape: &[i64], stride: &[i64]) -> std::result::Result<Tensor, String> {
    let size = kind.elt_size_in_bytes() as i64;
    let count = raw.len() as i64 / size;
    let sane =
        shape.len() == stride.len() && offset >= 0 && shape.iter().chain(stride).all(|&v| (0..=count).contains(&v));
    let last = sane.then(|| {
        shape.iter().zip(stride).try_fold(offset, |at, (&n, &s)| at.checked_add((n - 1).max(0).checked_mul(s)?))
    });
    match last.flatten() {
        Some(last) if last < count || shape.contains(&0) => {}
        _ => return Err(format!("shape {shape:?} reaches beyond its storage of {count} numbers")),
    }
    let storage =
        Tensor::f_from_data_size(&raw[..(count * size) as usize], &[count], kind).map_err(|e| e.to_string())?;
    storage.f_as_strided(shape, stride, offset).map(|t| t.contiguous()).map_err(|e| e.to_string())
}

fn flatten(prefix: &str, value: Value, into: &mut Vec<(String, Value)>) {
    match value {
        Value::Dict(items) => {
            for (key, value) in items {
                if let Value::Text(key) = key {
                    flatten(&if prefix.is_empty() { key } else { format!("{prefix}.{key}") }, value, into);
                }
            }
        }
        other => into.push((prefix.to_string(), other)),
    }
}

/// The pickle machine: a stack, and a memory of numbered values.
struct Machine<'a> {
    code: &'a [u8],
    at: usize,
    stack: Vec<Value>,
    memo: HashMap<u32, Value>,
}

type Step<T> = std::result::Result<T, String>;

impl<'a> Machine<'a> {
    fn new(code: &'a [u8]) -> Self {
        Machine { code, at: 0, stack: Vec::new(), memo: HashMap::new() }
    }

    fn run(mut self) -> Step<Value> {
        loop {
            let at = self.at;
            let op = self.take(1)?[0];
            if op == b'.' {
                return self.pop();
            }
            self.step(op).map_err(|e| format!("{e} (byte {at} of data.pkl)"))?;
        }
    }

    fn step(&mut self, op: u8) -> Step<()> {
        match op {
            0x80 => drop(self.take(1)?), // protocol version
            0x95 => drop(self.take(8)?), // frame length
            b'(' => self.stack.push(Value::Mark),
            b'N' => self.stack.push(Value::None),
            0x88 | 0x89 => self.stack.push(Value::Bool),
            b'J' => self.signed(4)?,
            b'K' => self.unsigned(1)?,
            b'M' => self.unsigned(2)?,
            0x8a => {
                let length = self.take(1)?[0] as usize;
                self.signed(length)?;
            }
            b'G' => {
                self.take(8)?;
                self.stack.push(Value::Float);
            }
            b'X' => {
                let length = self.number(4)? as usize;
                self.text(length)?;
            }
            0x8c => {
                let length = self.number(1)? as usize;
                self.text(length)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.stack.push(Value::Global(format!("{module}.{name}")));
            }
            0x93 => match (self.pop()?, self.pop()?) {
                (Value::Text(name), Value::Text(module)) => self.stack.push(Value::Global(format!("{module}.{name}"))),
                _ => return Err("a global without a name".into()),
            },
            b')' | b']' => self.stack.push(Value::Sequence(Vec::new())),
            b'}' => self.stack.push(Value::Dict(Vec::new())),
            b't' | b'l' => {
                let items = self.pop_to_mark()?;
                self.stack.push(Value::Sequence(items));
            }
            0x85..=0x87 => {
                let from = self.stack.len().checked_sub(op as usize - 0x84).ok_or("the stack is empty")?;
                let items = self.stack.split_off(from);
                self.stack.push(Value::Sequence(items));
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.pop_to_mark()?;
                self.append(items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set_items(vec![key, value])?;
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.set_items(items)?;
            }
            b'q' => {
                let slot = self.number(1)? as u32;
                self.remember(slot)?;
            }
            b'r' => {
                let slot = self.number(4)? as u32;
                self.remember(slot)?;
            }
            0x94 => self.remember(self.memo.len() as u32)?,
            b'h' => {
                let slot = self.number(1)? as u32;
                self.recall(slot)?;
            }
            b'j' => {
                let slot = self.number(4)? as u32;
                self.recall(slot)?;
            }
            b'Q' => {
                let id = self.pop()?;
                self.stack.push(storage(id)?);
            }
            b'R' => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                self.stack.push(reduce(function, arguments)?);
            }
            b'b' => drop(self.pop()?), // attributes, such as a state dictionary's version notes
            other => return Err(format!("pickle operation 0x{other:02x} is not one that tensors need")),
        }
        Ok(())
    }

    fn take(&mut self, n: usize) -> Step<&'a [u8]> {
        let bytes = self.code.get(self.at..self.at + n).ok_or("data.pkl ends too early")?;
        self.at += n;
        Ok(bytes)
    }

    fn number(&mut self, n: usize) -> Step<u64> {
        Ok(self.take(n)?.iter().rev().fold(0, |sum, &b| sum << 8 | u64::from(b)))
    }

    fn unsigned(&mut self, n: usize) -> Step<()> {
        let value = self.number(n)?;
        self.stack.push(Value::Int(value as i64));
        Ok(())
    }

    fn signed(&mut self, n: usize) -> Step<()> {
        if n > 8 {
            return Err("an integer of more than 64 bits".into());
        }
        let unused = 64 - 8 * n as u32;
        let value = if n == 0 { 0 } else { (self.number(n)? << unused) as i64 >> unused };
        self.stack.push(Value::Int(value));
        Ok(())
    }

    fn text(&mut self, n: usize) -> Step<()> {
        let text = String::from_utf8_lossy(self.take(n)?).into_owned();
        self.stack.push(Value::Text(text));
        Ok(())
    }

    fn line(&mut self) -> Step<String> {
        let rest = &self.code[self.at..];
        let end = rest.iter().position(|&b| b == b'\n').ok_or("data.pkl ends too early")?;
        self.at += end + 1;
        Ok(String::from_utf8_lossy(&rest[..end]).into_owned())
    }

    fn pop(&mut self) -> Step<Value> {
        self.stack.pop().ok_or_else(|| "the stack is empty".to_string())
    }

    fn pop_to_mark(&mut self) -> Step<Vec<Value>> {
        let mark = self.stack.iter().rposition(|v| matches!(v, Value::Mark)).ok_or("no mark on the stack")?;
        let items = self.stack.split_off(mark + 1);
        self.stack.pop();
        Ok(items)
    }

    fn append(&mut self, items: Vec<Value>) -> Step<()> {
        match self.stack.last_mut() {
            Some(Value::Sequence(list)) => list.extend(items),
            _ => return Err("an item is appended to something that is no list".into()),
        }
        Ok(())
    }

    fn set_items(&mut self, items: Vec<Value>) -> Step<()> {
        let Some(Value::Dict(dict)) = self.stack.last_mut() else {
            return Err("an item is set in something that is no dictionary".into());
        };
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            dict.push((key, value));
        }
        Ok(())
    }

    fn remember(&mut self, slot: u32) -> Step<()> {
        let top = self.stack.last().ok_or("the stack is empty")?.clone();
        self.memo.insert(slot, top);
        Ok(())
    }

    fn recall(&mut self, slot: u32) -> Step<()> {
        let value = self.memo.get(&slot).ok_or("a value is recalled that was never kept")?.clone();
        self.stack.push(value);
        Ok(())
    }
}

/// `("storage", torch.FloatStorage, key, location, count)` names a storage; where it lived does not matter here.
fn storage(id: Value) -> Step<Value> {
    let Value::Sequence(parts) = id else { return Err("a storage without a name".into()) };
    match &parts[..] {
        [Value::Text(_), Value::Global(class), Value::Text(key), ..] => {
            let kind = match class.as_str() {
                "torch.FloatStorage" => Kind::Float,
                "torch.DoubleStorage" => Kind::Double,
                "torch.HalfStorage" => Kind::Half,
                "torch.BFloat16Storage" => Kind::BFloat16,
                "torch.LongStorage" => Kind::Int64,
                "torch.IntStorage" => Kind::Int,
                "torch.BoolStorage" => Kind::Bool,
                "torch.ByteStorage" => Kind::Uint8,
                other => return Err(format!("storages of class `{other}` are not known")),
            };
            Ok(Value::Storage { kind, key: key.clone() })
        }
        _ => Err("a storage without a name".into()),
    }
}

/// The few calls that build a dictionary of tensors.
fn reduce(function: Value, arguments: Value) -> Step<Value> {
    let (Value::Global(name), Value::Sequence(arguments)) = (function, arguments) else {
        return Err("a call of something that is no function".into());
    };
    match name.as_str() {
        "collections.OrderedDict" => Ok(Value::Dict(Vec::new())),
        "torch._utils._rebuild_tensor_v2" => match &arguments[..] {
            [Value::Storage { kind, key }, Value::Int(offset), Value::Sequence(shape), Value::Sequence(stride), ..] => {
                Ok(Value::Tensor {
                    kind: *kind,
                    key: key.clone(),
                    offset: *offset,
                    shape: integers(shape)?,
                    stride: integers(stride)?,
                })
            }
            _ => Err("a tensor with unknown parts".into()),
        },
        "torch._utils._rebuild_parameter" => {
            arguments.into_iter().next().ok_or_else(|| "a parameter without a tensor".into())
        }
        other => Err(format!("it calls `{other}`, which building tensors does not need")),
    }
}

fn integers(values: &[Value]) -> Step<Vec<i64>> {
    values
        .iter()
        .map(|v| match v {
            Value::Int(i) => Ok(*i),
            _ => Err("a shape that is not made of integers".to_string()),
        })
        .collect()
}
