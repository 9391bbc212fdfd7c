//! Where models are computed.

use tch::Device;

use crate::error::Result;
use crate::nn::device;
use crate::script::host;

/// The device that the run was told, chosen; the run's record then tells which one it is.
///
/// # Errors
/// As [`device::choose`].
pub(super) fn chosen() -> Result<Device> {
    let chosen = device::choose(&host::device())?;
    host::with(|run| {
        run.engine.get_or_insert_with(|| device::engine(chosen));
    });
    Ok(chosen)
}
