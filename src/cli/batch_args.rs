//! Options of unattended runs: locks, and many runs of one script.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What keeps a run from running twice at the same time.
#[derive(Clone, Debug, Default, Args)]
pub struct LockArgs {
    /// Run only while no other run holds the lock NAME of this user and machine; with a slash, NAME is the lock's file
    #[arg(long, value_name = "NAME")]
    pub lock: Option<String>,
    /// What to do when the lock is held, or another run writes to the same folder
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub if_locked: IfLocked,
}

/// What to do about a lock that is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum IfLocked {
    /// End with exit code 75
    #[default]
    Fail,
    /// End with exit code 0
    Skip,
    /// Wait until it is free
    Wait,
}

/// Options of `nms sweep`.
#[derive(Clone, Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_long_help = "Examples:\n  \
                       nms sweep fit.rhai --grid lr=1e-3,1e-4 --grid dim=16,32,64 --repeat 5 --out sweeps/fit\n  \
                       nms sweep embed.rhai --grid shard=0..8 --param shards=8 --gather z.csv --engine slurm --time 2:00:00\n  \
                       nms sweep status sweeps/fit\n  \
                       nms sweep resume sweeps/fit"
)]
pub struct SweepArgs {
    /// What to do with a sweep that has begun
    #[command(subcommand)]
    pub action: Option<SweepAction>,
    /// The script
    #[arg(required = true)]
    pub script: Option<PathBuf>,
    /// Values to try for the script's parameter NAME: `lr=1e-3,1e-4`, or whole numbers such as `shard=0..8`
    #[arg(long = "grid", value_name = "NAME=VALUES")]
    pub grid: Vec<String>,
    /// Read such values from a TOML or JSON file of arrays
    #[arg(long = "grids", value_name = "FILE")]
    pub grid_file: Option<PathBuf>,
    /// Run every combination N times, each time with a seed of its own
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub repeat: u64,
    /// Give the script's parameter NAME a value in all runs
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// Read parameters of all runs from a TOML or JSON file
    #[arg(long = "params", value_name = "FILE")]
    pub params_file: Option<PathBuf>,
    /// The folder of the sweep [default: a new one below `sweeps`]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with the sweep in the same folder: runs that have not ended well go on where they stopped
    #[arg(long, requires = "out")]
    pub resume: bool,
    /// Ask the script for a tiny version of its work
    #[arg(long)]
    pub smoke: bool,
    /// Join the rows of this CSV file, which every run writes into its folder, into one file of the sweep's
    #[arg(long = "gather", value_name = "NAME")]
    pub rows: Vec<String>,
    /// List the runs and start none
    #[arg(long)]
    pub dry_run: bool,
    /// Where the runs run
    #[command(flatten)]
    pub how: HowArgs,
}

/// What to do with a sweep that has begun.
#[derive(Clone, Debug, Subcommand)]
pub enum SweepAction {
    /// Say how far a sweep is: exit code 1 when a run has failed
    Status {
        /// The sweep's folder
        folder: PathBuf,
    },
    /// Write the table of results, and the rows of `--gather`, from what there is
    Gather {
        /// The sweep's folder
        folder: PathBuf,
    },
    /// Run what has not ended well
    Resume {
        /// The sweep's folder
        folder: PathBuf,
        /// Begin these runs anew instead of going on where they stopped, as after mending the data they failed on
        #[arg(long)]
        anew: bool,
        /// Where the runs run
        #[command(flatten)]
        how: Box<HowArgs>,
    },
    /// Stop a sweep: its runs keep their checkpoints
    Cancel {
        /// The sweep's folder
        folder: PathBuf,
    },
    /// Run one cell; what a job array calls
    #[command(hide = true)]
    Cell {
        /// The sweep's folder
        folder: PathBuf,
        /// The cell, counted from 1
        number: usize,
    },
}

/// Where and how the runs of a sweep run.
#[derive(Clone, Debug, Args)]
pub struct HowArgs {
    /// Where the runs run
    #[arg(long, value_enum, value_name = "ENGINE")]
    pub engine: Option<Engine>,
    /// Runs at the same time [default: as the cores allow]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Slurm: submit, and do not wait
    #[arg(long)]
    pub no_follow: bool,
    /// Slurm: the longest time of a run
    #[arg(long, value_name = "TIME")]
    pub time: Option<String>,
    /// Slurm: memory of a run
    #[arg(long, value_name = "SIZE")]
    pub mem: Option<String>,
    /// Slurm: cores of a run, which are its threads as well
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub cpus: Option<u16>,
    /// Slurm: GPUs of a run
    #[arg(long, value_name = "GPUS")]
    pub gpus: Option<String>,
    /// Slurm: the partition
    #[arg(long, value_name = "NAME")]
    pub partition: Option<String>,
    /// Slurm: the account
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// Slurm: any other option of `sbatch`, as in `--sbatch-arg=--qos=long`
    #[arg(long = "sbatch-arg", value_name = "OPTION", allow_hyphen_values = true)]
    pub sbatch_args: Vec<String>,
}

/// What runs the cells of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// Processes on this machine
    Local,
    /// A Slurm job array
    Slurm,
}
