//! One script run for every combination of some parameters, each time as an ordinary run.
//!
//! A [`Sweep`] is a folder. `sweep.json` holds its [`Plan`], from which its cells follow: a [`grid`] of parameters, and
//! repeats with seeds of their own. Below `cells`, every [`cell`] has the folder of its run, with a manifest like any
//! other; how a sweep stands is read from these, so nothing that somebody would have to keep in step can be lost.
//! [`local`] runs cells as processes of this machine, [`slurm`] as a job array; [`gather`] makes one table of what they
//! found.
//!
//! It does not choose what to try next: the grid is known before the first run starts.

use std::path::{Path, PathBuf};

pub mod cell;
pub mod gather;
pub mod grid;
pub mod local;
mod plan;
pub mod slurm;

pub use cell::{Look, State};
pub use plan::{Cell, Plan};

use crate::error::{Error, Result};
use crate::run::lock;

/// A sweep that has a folder.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Its folder, as a whole path: cells run in the folder that the sweep was begun in.
    pub folder: PathBuf,
    /// What it is to do.
    pub plan: Plan,
    /// What that comes to.
    pub cells: Vec<Cell>,
}

impl Sweep {
    /// Begins a sweep in a folder, which is made.
    ///
    /// # Errors
    /// When the folder holds another sweep, or cannot be written to.
    pub fn begin(folder: &Path, plan: Plan) -> Result<Sweep> {
        std::fs::create_dir_all(folder).map_err(|e| Error::io("cannot make the folder", folder, &e))?;
        if Plan::load(folder)?.is_some() {
            return Err(Error::value(format!("`{}` holds a sweep already", folder.display()))
                .help("go on with it with `--resume`, or name another folder with `--out`"));
        }
        plan.save(folder)?;
        Sweep::open(folder)
    }

    /// A sweep that has begun.
    ///
    /// # Errors
    /// When the folder holds none.
    pub fn open(folder: &Path) -> Result<Sweep> {
        let whole = folder.canonicalize().map_err(|e| Error::io("cannot open", folder, &e))?;
        let plan = Plan::load(&whole)?.ok_or_else(|| {
            Error::value(format!("`{}` is not the folder of a sweep", folder.display()))
                .help(format!("such a folder holds `{}`", plan::FILE))
        })?;
        let cells = plan.cells()?;
        Ok(Sweep { folder: whole, plan, cells })
    }

    /// The folder of a cell's run.
    pub fn folder_of(&self, cell: &Cell) -> PathBuf {
        self.folder.join("cells").join(&cell.name)
    }

    /// The file whose lock is held by the process that runs the cells here.
    pub fn lock(&self) -> PathBuf {
        self.folder.join("sweep.lock")
    }

    /// How every cell stands.
    pub fn look(&self) -> Vec<Look> {
        let queue = slurm::Queue::of(self);
        let stands = |cell: &Cell| {
            let folder = self.folder_of(cell);
            let queued = || queue.as_ref().is_some_and(|queue| queue.holds(cell.number));
            cell::look(&folder, || queued() || lock::is_folder_held(&folder))
        };
        let mut looks: Vec<Look> = self.cells.iter().map(stands).collect();
        if let Some(queue) = &queue {
            queue.explain(&self.cells, &mut looks);
        }
        looks
    }

    /// Forgets what cells have left behind that did not end well, so that they begin anew.
    ///
    /// # Errors
    /// When a cell runs, or its folder cannot be removed.
    pub fn forget(&self, cells: &[&Cell]) -> Result<()> {
        for folder in cells.iter().map(|cell| self.folder_of(cell)).filter(|folder| folder.exists()) {
            if lock::is_folder_held(&folder) {
                return Err(
                    Error::value(format!("a run writes to `{}`", folder.display())).help("stop the sweep first")
                );
            }
            std::fs::remove_dir_all(&folder).map_err(|e| Error::io("cannot remove", &folder, &e))?;
        }
        Ok(())
    }

    /// The cells that have not ended well.
    pub fn unfinished(&self) -> Vec<&Cell> {
        let done = |cell: &&Cell| cell::look(&self.folder_of(cell), || false).state != State::Done;
        self.cells.iter().filter(done).collect()
    }
}
