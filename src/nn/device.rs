//! Devices: choosing one, loading the CUDA half of libtorch when it is wanted, and reporting what there is.

use std::ffi::{CStr, c_char, c_int};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
use tch::{Cuda, Device, Kind, Tensor};

use crate::error::{Error, Result};
use crate::run::manifest::Engine;

/// Chooses the device that a user asked for: `auto`, `cpu`, `cuda` or `cuda:1`.
///
/// # Errors
/// When `cuda` is asked for and cannot be had, with the reason: never a silent fall back.
pub fn choose(request: &str) -> Result<Device> {
    // Graphs are spread over our own threads; libtorch's would only get in their way.
    tch::set_num_threads(1);
    let unknown = || {
        Error::value(format!("no device `{request}`")).help("use `auto`, `cpu`, `cuda`, or `cuda:1` for the second GPU")
    };
    let number = match request {
        "cpu" => return Ok(Device::Cpu),
        "auto" => {
            return Ok(match cuda() {
                Ok(()) => Device::Cuda(0),
                Err(reason) => {
                    tracing::debug!("computing on the processor: {reason}");
                    Device::Cpu
                }
            });
        }
        "cuda" => 0,
        other => other.strip_prefix("cuda:").and_then(|n| n.parse().ok()).ok_or_else(unknown)?,
    };
    cuda().map_err(|reason| {
        Error::missing(format!("cannot compute on `{request}`: {reason}")).help("`nms doctor` shows what was found")
    })?;
    let count = Cuda::device_count();
    if number as i64 >= count {
        return Err(Error::missing(format!("no device `{request}`: this machine has {count} GPUs, counted from 0")));
    }
    Ok(Device::Cuda(number))
}

/// What a run's record says of the device that was chosen for its models.
pub fn engine(device: Device) -> Engine {
    let gpu = if let Device::Cuda(number) = device { gpu_name(number) } else { None };
    Engine { libtorch: libtorch_version(), device: name(device), gpu }
}

/// How a device is called in options, logs and manifests.
pub fn name(device: Device) -> String {
    match device {
        Device::Cuda(n) => format!("cuda:{n}"),
        _ => "cpu".to_string(),
    }
}

/// Loads the CUDA half of libtorch, once, and makes sure that a device answers.
///
/// The program links the processor's half only, so that it starts on machines without a GPU; the CUDA half registers
/// itself when it is loaded. The loader looks in `LD_LIBRARY_PATH` first, then in the folder nms was built with.
fn cuda() -> std::result::Result<(), String> {
    driver()?;
    static LOADED: OnceLock<std::result::Result<Library, String>> = OnceLock::new();
    let loaded = LOADED.get_or_init(|| {
        let built_with = option_env!("NMS_LIBTORCH").unwrap_or_default();
        open("libtorch_cuda.so").or_else(|first| {
            open(&format!("{built_with}/libtorch_cuda.so")).map_err(|second| {
                let reason =
                    if second.contains("No such file") && !first.contains("libtorch_cuda.so") { first } else { second };
                format!("the CUDA half of libtorch does not load ({reason}); `cargo xtask setup --cuda` fetches it")
            })
        })
    });
    loaded.as_ref().map_err(Clone::clone)?;
    if Cuda::is_available() { Ok(()) } else { Err("the CUDA half of libtorch loads, but finds no device".into()) }
}

/// NVIDIA's driver, if the machine has it: without it, loading the rest (seconds) is in vain.
fn driver() -> std::result::Result<&'static Library, String> {
    static DRIVER: OnceLock<std::result::Result<Library, String>> = OnceLock::new();
    let found = DRIVER.get_or_init(|| open("libcuda.so.1").map_err(|e| format!("no NVIDIA driver ({e})")));
    found.as_ref().map_err(Clone::clone)
}

/// The name of a GPU, as `NVIDIA H100 80GB HBM3`.
#[allow(unsafe_code)]
fn gpu_name(number: usize) -> Option<String> {
    const LENGTH: usize = 256;
    let driver = driver().ok()?;
    let (number, mut device, mut text) = (c_int::try_from(number).ok()?, 0, [0 as c_char; LENGTH]);
    // SAFETY: the names and types are those of the driver's documented C interface, whose handle of a device is an `int`;
    // both outputs are ours and outlive the calls, and the text's length is passed with it. CUDA has been set up, as the
    // device has been chosen. The driver ends the text with a zero, and the last byte stays one.
    let text = unsafe {
        let get = driver.get::<unsafe extern "C" fn(*mut c_int, c_int) -> c_int>(b"cuDeviceGet\0").ok()?;
        let name = driver.get::<unsafe extern "C" fn(*mut c_char, c_int, c_int) -> c_int>(b"cuDeviceGetName\0").ok()?;
        let done = get(&mut device, number) == 0 && name(text.as_mut_ptr(), LENGTH as c_int - 1, device) == 0;
        done.then(|| CStr::from_ptr(text.as_ptr()))?
    };
    Some(text.to_string_lossy().into_owned())
}

#[allow(unsafe_code)]
fn open(library: &str) -> std::result::Result<Library, String> {
    // SAFETY: loading runs the library's initialisers. These are NVIDIA's driver and libtorch's own CUDA half, made to
    // be loaded this way (PyTorch itself does); the handle is kept for the life of the process, so nothing is unloaded.
    unsafe { Library::open(Some(library), RTLD_NOW | RTLD_GLOBAL) }.map_err(|e| {
        use std::error::Error as _;
        e.source().map_or_else(|| e.to_string(), ToString::to_string)
    })
}

/// The numbers of a tensor on the processor, without copying.
///
/// # Errors
/// When the tensor is not contiguous, of another kind or on another device: a fault of the caller.
#[allow(unsafe_code)]
pub fn as_slice(tensor: &Tensor) -> Result<&[f32]> {
    if tensor.device() != Device::Cpu || tensor.kind() != Kind::Float || !tensor.is_contiguous() {
        return Err(Error::internal(format!("a kernel was handed a tensor it cannot read: {tensor:?}")));
    }
    if tensor.numel() == 0 {
        return Ok(&[]);
    }
    // SAFETY: the tensor is a contiguous array of `numel` single-precision numbers in this process' memory (checked
    // above), and the slice borrows the tensor, which keeps that memory alive. Nothing writes to it meanwhile: callers
    // hand over values that the tape has finished computing.
    Ok(unsafe { std::slice::from_raw_parts(tensor.data_ptr().cast::<f32>(), tensor.numel()) })
}

/// What `nms doctor` says of libtorch and the devices: a name, and what was found or what is wrong.
pub fn report() -> Vec<(String, std::result::Result<String, String>)> {
    let folder = loaded_folder().map_or_else(|| "an unknown folder".into(), |f| f.display().to_string());
    let mut lines = vec![
        ("libtorch".to_string(), Ok(format!("{} in {folder}", libtorch_version()))),
        ("processor".to_string(), product(Device::Cpu)),
    ];
    match (driver(), cuda()) {
        // A machine without a GPU lacks nothing.
        (Err(reason), _) => lines.push(("cuda".to_string(), Ok(format!("none: {reason}")))),
        (Ok(_), Err(reason)) => lines.push(("cuda".to_string(), Err(reason))),
        (Ok(_), Ok(())) => {
            for number in 0..Cuda::device_count() {
                let name = gpu_name(number as usize).map_or(String::new(), |name| format!("{name}: "));
                let found = product(Device::Cuda(number as usize)).map(|product| format!("{name}{product}"));
                lines.push((format!("cuda:{number}"), found));
            }
        }
    }
    lines
}

/// libtorch's version; the wheels for processors and for each CUDA have the same.
pub fn version() -> String {
    libtorch_version().split(['+', ' ']).next().unwrap_or_default().to_string()
}

/// The folder of the libtorch that the loader found, which need not be the one that nms was built with.
fn loaded_folder() -> Option<PathBuf> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let path = maps.lines().find_map(|line| line.ends_with("/libtorch_cpu.so").then(|| line.split_once('/')))??.1;
    Path::new(&format!("/{path}")).parent().map(Path::to_path_buf)
}

fn libtorch_version() -> String {
    // The wheel keeps its version beside `lib`; a libtorch archive keeps `build-version` there.
    let near = loaded_folder().and_then(|folder| folder.parent().map(Path::to_path_buf)).unwrap_or_default();
    let wheel = std::fs::read_to_string(near.join("version.py")).ok().and_then(|text| {
        text.lines().find_map(|l| l.strip_prefix("__version__ = ")).map(|v| v.trim_matches('\'').to_string())
    });
    let archive = || std::fs::read_to_string(near.join("build-version")).ok().map(|v| v.trim().to_string());
    wheel.or_else(archive).unwrap_or_else(|| "2.11.0 (as built)".to_string())
}

/// Multiplies two matrices whose product is known.
fn product(device: Device) -> std::result::Result<String, String> {
    let compute = || -> std::result::Result<f64, tch::TchError> {
        let ones = Tensor::f_ones([64, 64], (Kind::Float, device))?;
        ones.f_matmul(&ones)?.f_sum(Kind::Double)?.f_double_value(&[])
    };
    match compute() {
        Ok(sum) if sum == 64.0 * 64.0 * 64.0 => Ok("a 64 x 64 product is right".to_string()),
        Ok(sum) => Err(format!("a 64 x 64 product sums to {sum} instead of 262144")),
        Err(e) => Err(e.to_string()),
    }
}
