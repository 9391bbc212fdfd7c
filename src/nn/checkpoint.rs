//! Weights files: our own safetensors, and PyTorch's checkpoints.

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use tch::{Device, Kind, Tensor};

use super::pickle;
use crate::error::{Error, Result};
use crate::run::atomic;

/// The entry of a safetensors file's metadata that holds what nms notes about it, as JSON.
const NOTE: &str = "nms";

/// Tensors by name, and a note about them.
#[derive(Debug)]
pub struct Archive {
    /// The tensors, on the processor.
    pub tensors: HashMap<String, Tensor>,
    /// What was noted when the file was written; null for files of others.
    pub note: serde_json::Value,
}

/// Reads a safetensors file or a PyTorch checkpoint, told apart by their first bytes.
///
/// # Errors
/// When the file cannot be read or is neither.
pub fn read_archive(path: &Path) -> Result<Archive> {
    let bytes = std::fs::read(path).map_err(|e| Error::io("cannot read", path, &e))?;
    if bytes.starts_with(b"PK\x03\x04") {
        return Ok(Archive { tensors: pickle::read(path, bytes)?, note: serde_json::Value::Null });
    }
    let fail = |reason: String| {
        Error::format(format!("not a weights file: {reason}"))
            .in_file(path)
            .help("nms reads .safetensors files and PyTorch checkpoints (.pt, .pth)")
    };
    let file = SafeTensors::deserialize(&bytes).map_err(|e| fail(e.to_string()))?;
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| fail(e.to_string()))?;
    let note = header.metadata().as_ref().and_then(|m| m.get(NOTE)).map_or(Ok(serde_json::Value::Null), |text| {
        serde_json::from_str(text).map_err(|e| fail(format!("its note is damaged: {e}")))
    })?;
    let mut tensors = HashMap::new();
    for (name, view) in file.tensors() {
        let kind = match view.dtype() {
            Dtype::F32 => Kind::Float,
            Dtype::F64 => Kind::Double,
            Dtype::F16 => Kind::Half,
            Dtype::BF16 => Kind::BFloat16,
            Dtype::I64 => Kind::Int64,
            other => return Err(fail(format!("tensor `{name}` holds numbers of kind {other:?}"))),
        };
        let shape: Vec<i64> = view.shape().iter().map(|&n| n as i64).collect();
        let tensor = Tensor::f_from_data_size(view.data(), &shape, kind).map_err(|e| fail(e.to_string()))?;
        tensors.insert(name, tensor);
    }
    Ok(Archive { tensors, note })
}

impl Archive {
    /// Writes a safetensors file, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(path: &Path, tensors: Vec<(String, Tensor)>, note: &serde_json::Value) -> Result<()> {
        let raw: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
            .into_iter()
            .map(|(name, tensor)| {
                let tensor = tensor.detach().to_device(Device::Cpu).to_kind(Kind::Float).contiguous();
                let mut bytes = vec![0; tensor.numel() * 4];
                tensor.copy_data_u8(&mut bytes, tensor.numel());
                (name, tensor.size().iter().map(|&n| n as usize).collect(), bytes)
            })
            .collect();
        let internal =
            |e: safetensors::SafeTensorError| Error::internal(format!("cannot lay out `{}`: {e}", path.display()));
        let views = raw
            .iter()
            .map(|(name, shape, bytes)| {
                Ok((name, TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(internal)?))
            })
            .collect::<Result<Vec<_>>>()?;
        let header = HashMap::from([(NOTE.to_string(), note.to_string())]);
        atomic::write(path, &serialize(views, Some(header)).map_err(internal)?)
    }
}
