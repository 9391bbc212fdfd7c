//! Where the prompt's history is kept.

use std::path::PathBuf;

use etcetera::BaseStrategy;

/// `nms/history` in the state folder of the XDG rules; none where there is no home.
pub(super) fn history_file() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.state_dir().unwrap_or_else(|| folders.data_dir()).join("nms/history"))
}
