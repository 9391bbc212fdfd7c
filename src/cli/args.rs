//! Commands and options.

use std::path::PathBuf;

use super::batch_args::{LockArgs, SweepArgs};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

/// A scripting environment for the shape and activity of neurons.
#[derive(Debug, Parser)]
#[command(
    name = "nms",
    bin_name = "nms",
    version,
    about,
    long_about = "A scripting environment for the shape and activity of neurons.\n\n\
                  Without a command it starts an interactive session, or runs the script on standard input.",
    after_long_help = "Examples:\n  \
                       nms run scripts/cells.rhai --param data=cells --seed 7\n  \
                       nms -c 'print(1 + 2)'"
)]
pub struct Cli {
    /// Run CODE instead of a file
    #[arg(short = 'c', value_name = "CODE")]
    pub code: Option<String>,
    /// What to do
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of every command
    #[command(flatten)]
    pub global: Global,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a script and keep a record of the run
    Run(RunArgs),
    /// Run a script for every combination of some parameters, here or on a cluster
    Sweep(Box<SweepArgs>),
    /// Say what is wrong with scripts without running them: exit code 1 when something is
    Check {
        /// The scripts
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Put a script with its modules, parameters, seed and versions into one file, which `nms run` takes
    Bundle(BundleArgs),
    /// Write a commented script to start from
    New {
        /// Its name; `.rhai` is added
        name: PathBuf,
    },
    /// The reference: what a function, type or namespace is and takes
    Doc(DocArgs),
    /// The modules that come with the program
    #[command(subcommand)]
    Std(StdCommand),
    /// Say what works on this machine: libtorch, devices, font, folders
    Doctor {
        /// In the bare environment that cron gives a command
        #[arg(long)]
        cron: bool,
    },
    /// Data sets of the field: what to fetch, and whether a folder holds it
    #[command(subcommand)]
    Data(DataCommand),
}

/// Options of `nms bundle`.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  \
                             nms bundle cells.rhai --param steps=2000 --seed 7\n  \
                             nms run cells.nms --out results/cells")]
pub struct BundleArgs {
    /// The script
    pub script: PathBuf,
    /// The file to write [default: the script's name with `.nms`, in the current folder]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Give the script's parameter NAME a value
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// Read parameters from a TOML or JSON file; `--param` wins over it
    #[arg(long = "params", value_name = "FILE")]
    pub params_file: Option<PathBuf>,
}

/// Options of `nms doc`.
#[derive(Debug, Args)]
pub struct DocArgs {
    /// A function (`cluster::gmm`), a method (`Population.save` or `save`), a type or a namespace
    pub name: Option<String>,
    /// Print Markdown
    #[arg(long, conflicts_with_all = ["json", "definitions"])]
    pub markdown: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "definitions")]
    pub json: bool,
    /// Print Rhai's definitions, for editors that know them
    #[arg(long, conflicts_with = "name")]
    pub definitions: bool,
}

/// What to do with the standard modules.
#[derive(Debug, Subcommand)]
pub enum StdCommand {
    /// List them
    List,
    /// Print one
    Show {
        /// Its name, such as `nms/report`
        name: String,
    },
    /// Write them into a folder, to change them there and use them with `--std`
    Eject {
        /// The folder
        folder: PathBuf,
    },
}

/// What to say of data sets.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// List the data sets that are known
    List,
    /// Say what a data set is: files to fetch, layout, columns, settings, traps
    Show {
        /// The data set, such as `act`
        name: String,
    },
    /// Check a folder: counts, labels, ids, unit and axes; exit code 1 when something is missing, extra or odd
    Check(CheckArgs),
}

/// Options of `nms data check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The data set, such as `act`
    pub name: String,
    /// The folder
    pub folder: PathBuf,
    /// Print the findings as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Say less: no progress and no information; twice, only errors
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub quiet: u8,
    /// Say more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// When to colour what goes to the terminal
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
    /// How log lines look
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub log_format: LogFormat,
    /// Append log lines to FILE instead of writing them to standard error
    #[arg(long, global = true, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
    /// The seed that everything random draws from, unless the script gives its own [default: 0, or the bundle's]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: Option<u64>,
    /// Where models run: `auto`, `cpu`, `cuda` or `cuda:N`
    #[arg(long, global = true, default_value = "auto", value_name = "DEVICE", value_parser = device)]
    pub device: String,
    /// Number of threads [default: one per core]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Take the standard modules (`import "nms/…"`) from DIR [env: NMS_STDLIB] [default: those inside the program]
    #[arg(long = "std", global = true, value_name = "DIR", conflicts_with = "no_std")]
    pub standard: Option<PathBuf>,
    /// Do without the standard modules
    #[arg(long, global = true)]
    pub no_std: bool,
    /// Stop a script after N operations
    #[arg(long, global = true, value_name = "N")]
    pub max_ops: Option<u64>,
}

impl Global {
    /// The seed of all that is random.
    pub fn seed(&self) -> u64 {
        self.seed.unwrap_or(0)
    }
}

/// Options of `nms run`.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "Examples:\n  \
                             nms run cells.rhai --param steps=2000 --out results/cells\n  \
                             nms run cells.rhai --out results/cells --resume")]
pub struct RunArgs {
    /// The script, or a bundle; `-` is standard input
    pub script: PathBuf,
    /// Give the script's parameter NAME a value
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// Read parameters from a TOML or JSON file; `--param` wins over it
    #[arg(long = "params", value_name = "FILE")]
    pub params_file: Option<PathBuf>,
    /// The folder for what the run writes [default: a new one below `runs`]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on where an interrupted run in the same folder stopped
    #[arg(long, requires = "out")]
    pub resume: bool,
    /// Ask the script for a tiny version of its work, to see that it runs
    #[arg(long)]
    pub smoke: bool,
    /// Print the script's results as the last line, as JSON
    #[arg(long)]
    pub json: bool,
    /// Write the script's results to FILE as JSON when the run has ended well
    #[arg(long, value_name = "FILE")]
    pub result_json: Option<PathBuf>,
    /// What keeps the run from running twice at the same time
    #[command(flatten)]
    pub lock: LockArgs,
    /// Run a bundle that was made with other versions
    #[arg(long)]
    pub any_version: bool,
    /// Run a bundle with data that are not what they were when it was made
    #[arg(long)]
    pub any_data: bool,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Color {
    /// On terminals, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object per line
    Json,
}

/// A device as `--device` takes it.
pub(super) fn device(text: &str) -> Result<String, String> {
    let number = |n: &str| n.parse::<u8>().is_ok();
    let known = matches!(text, "auto" | "cpu" | "cuda") || text.strip_prefix("cuda:").is_some_and(number);
    if known { Ok(text.to_string()) } else { Err("expected `auto`, `cpu`, `cuda` or `cuda:N`".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declaration_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
