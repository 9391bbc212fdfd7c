//! `nms sweep`: a script for every combination of some parameters, here or on a cluster.

use std::path::{Path, PathBuf};

use super::args::Global;
use super::batch_args::{Engine, HowArgs, IfLocked, SweepAction, SweepArgs};
use super::ending::report;
use super::setup::setup;
use super::signals;
use super::turn::{self, Turn};
use crate::bind;
use crate::error::{Error, Result};
use crate::run::{atomic, lock, manifest};
use crate::script::Session;
use crate::sweep::gather::Results;
use crate::sweep::local::Share;
use crate::sweep::slurm::{self, Job, Resources};
use crate::sweep::{Cell, Look, Plan, State, Sweep, cell, gather, grid, local};
use crate::term::diagnostic::Diagnostic;
use crate::term::printer;
use crate::term::table::{frame, width};

/// Does what `nms sweep` asks for and gives the exit code: 1 when a run did not end well.
///
/// # Errors
/// When the sweep cannot begin, or the folder is not one of a sweep.
pub(super) fn sweep(global: &Global, args: &SweepArgs) -> Result<u8> {
    match &args.action {
        None => begin(global, args),
        Some(SweepAction::Status { folder }) => {
            let sweep = Sweep::open(folder)?;
            let looks = sweep.look();
            let table = gather::results(&sweep, &looks)?;
            show(&table, |name| !matches!(name, "seed" | "exit_code"));
            unwell(&sweep, &looks).iter().for_each(|line| printer::line(line));
            printer::line(&summary(&looks));
            Ok(u8::from(looks.iter().any(ended_badly)))
        }
        Some(SweepAction::Gather { folder }) => {
            let sweep = Sweep::open(folder)?;
            let looks = sweep.look();
            Ok(u8::from(!collect(global, &sweep, &looks)?))
        }
        Some(SweepAction::Resume { folder, anew, how }) => {
            let sweep = Sweep::open(folder)?;
            sweep.plan.hold_script()?;
            slurm::refuse_queued(&sweep)?;
            if *anew {
                sweep.forget(&sweep.unfinished())?;
            }
            go(global, &sweep, how)
        }
        Some(SweepAction::Cancel { folder }) => cancel(&Sweep::open(folder)?),
        Some(SweepAction::Cell { folder, number }) => {
            let sweep = Sweep::open(folder)?;
            let cell = number.checked_sub(1).and_then(|at| sweep.cells.get(at));
            let cell = cell.ok_or_else(|| Error::value(format!("the sweep has no cell {number}")))?;
            become_cell(global, &sweep, cell)
        }
    }
}

fn begin(global: &Global, args: &SweepArgs) -> Result<u8> {
    let plan = plan(global, args)?;
    let cells = plan.cells()?;
    if args.dry_run {
        let text = cells.iter().map(|cell| format!("{}  {}  --seed {}", cell.name, cell.label(), cell.seed));
        printer::line(&text.collect::<Vec<_>>().join("\n"));
        return Ok(0);
    }
    let sweep = match &args.out {
        Some(folder) => match Plan::load(folder)? {
            Some(begun) if args.resume => {
                begun.hold_to(&plan)?;
                let sweep = Sweep::open(folder)?;
                slurm::refuse_queued(&sweep)?;
                sweep
            }
            _ => Sweep::begin(folder, plan)?,
        },
        None => Sweep::begin(&new_folder(&plan), plan)?,
    };
    go(global, &sweep, &args.how)
}

fn plan(global: &Global, args: &SweepArgs) -> Result<Plan> {
    let script = args.script.clone().ok_or_else(|| Error::internal("a sweep without a script"))?;
    let text = std::fs::read_to_string(&script).map_err(|e| Error::io("cannot read the script", &script, &e))?;
    let mut axes = args.grid_file.as_deref().map_or_else(|| Ok(Vec::new()), grid::file)?;
    // What is said on the command line wins over the file, as with parameters.
    axes.retain(|axis| !args.grid.iter().any(|text| named(text) == Some(&axis.name)));
    for text in &args.grid {
        axes.push(grid::Axis::parse(text)?);
    }
    if axes.is_empty() && args.repeat == 1 {
        return Err(Error::value("there is nothing to try").help("give `--grid name=value,value`, or `--repeat N`"));
    }
    known(
        global,
        &text,
        axes.iter().map(|axis| axis.name.as_str()).chain(args.params.iter().filter_map(|p| named(p))),
    )?;
    let here = std::env::current_dir().map_err(|e| Error::io("cannot find", Path::new("."), &e))?;
    let mut options = Vec::new();
    if let Some(folder) = &global.standard {
        options.extend(["--std".into(), folder.display().to_string()]);
    }
    if global.no_std {
        options.push("--no-std".into());
    }
    if let Some(most) = global.max_ops {
        options.extend(["--max-ops".into(), most.to_string()]);
    }
    Ok(Plan {
        script,
        script_sha256: manifest::sha256(text.as_bytes()),
        started_in: here,
        grid: axes,
        repeat: args.repeat,
        params: args.params.clone(),
        params_file: args.params_file.clone(),
        seed: global.seed(),
        device: global.device.clone(),
        smoke: args.smoke,
        options,
        rows: args.rows.clone(),
        begun: manifest::now(),
    })
}

/// The name in `name=value`.
fn named(assignment: &str) -> Option<&str> {
    assignment.split_once('=').map(|(name, _)| name.trim())
}

/// Refuses parameters that the script does not have, as far as its text tells: before the first of many runs does.
fn known<'a>(global: &Global, text: &str, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let Some(declared) = Session::new(bind::install, &setup(global)).parameters_of(text) else { return Ok(()) };
    let mut params = crate::run::params::Params::default();
    for name in names {
        params.give(&format!("{name}="))?;
    }
    params.refuse_unknown(declared.iter().map(String::as_str))
}

/// `sweeps/NAME/TIME`; a second sweep within a second gets a number behind.
fn new_folder(plan: &Plan) -> PathBuf {
    let name = plan.script.file_stem().map_or_else(|| "script".into(), |stem| stem.to_string_lossy().into_owned());
    let time: String = plan.begun.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let under = Path::new("sweeps").join(name);
    let folders = (1..).map(|n| under.join(if n == 1 { time.clone() } else { format!("{time}-{n}") }));
    folders.into_iter().find(|folder| !folder.exists()).unwrap_or_else(|| under.join(&time))
}

/// Runs what has not ended well.
fn go(global: &Global, sweep: &Sweep, how: &HowArgs) -> Result<u8> {
    let cells = sweep.unfinished();
    let earlier = Job::of(sweep)?;
    let program = std::env::current_exe().map_err(|e| Error::internal(format!("cannot find this program: {e}")))?;
    tracing::info!(target: "nms", "{} of {} runs to do in `{}`", cells.len(), sweep.cells.len(), sweep.folder.display());
    let engine = how.engine.unwrap_or(if earlier.is_some() { Engine::Slurm } else { Engine::Local });
    let stopped = match engine {
        _ if cells.is_empty() => Ok(()),
        Engine::Local => {
            let path = sweep.lock();
            let what = format!("the sweep in `{}`", sweep.folder.display());
            let _held = match turn::take(&what, IfLocked::Fail, global, || lock::attempt(&path))? {
                Turn::Ours(lock) => lock,
                Turn::Not(code) => return Ok(code),
            };
            atomic::clear_unfinished(&sweep.folder);
            local::run(sweep, &cells, &program, share(global, sweep, &cells, how))
        }
        Engine::Slurm => {
            let asked = Resources {
                time: how.time.clone(),
                mem: how.mem.clone(),
                cpus: how.cpus,
                gpus: how.gpus.clone(),
                partition: how.partition.clone(),
                account: how.account.clone(),
                others: how.sbatch_args.clone(),
                jobs: how.jobs,
            };
            let resources = earlier.map_or_else(|| asked.clone(), |earlier| asked.clone().or(&earlier.resources));
            let job = slurm::submit(sweep, &cells, &program, &resources)?;
            tracing::info!(target: "nms", "submitted job {} with {} tasks", job.name(), job.cells.len());
            if how.no_follow {
                return Ok(0);
            }
            slurm::follow(&job).inspect_err(|error| {
                if error.is_interrupt() {
                    let folder = sweep.folder.display();
                    let ask = format!("`nms sweep status {folder}`, or `nms sweep cancel {folder}`");
                    tracing::warn!(target: "nms", "the jobs go on: {ask}");
                }
            })
        }
    };
    let looks = sweep.look();
    let gathered = collect(global, sweep, &looks)?;
    unwell(sweep, &looks).iter().for_each(|line| tracing::warn!(target: "nms", "{line}"));
    tracing::info!(target: "nms", "{}; the results are in `{}`", summary(&looks), sweep.folder.join(gather::RESULTS).display());
    match stopped {
        Err(error) if error.is_interrupt() => Ok(crate::interrupt::requested().map_or(1, signals::exit_code)),
        Err(error) => Err(error),
        Ok(()) => Ok(u8::from(!gathered || looks.iter().any(|look| look.state != State::Done))),
    }
}

fn share(global: &Global, sweep: &Sweep, cells: &[&Cell], how: &HowArgs) -> Share {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let gpu = match sweep.plan.device.as_str() {
        "cpu" => false,
        "auto" => Path::new("/dev/nvidiactl").exists(),
        _ => true,
    };
    let share = Share::of(cores, cells.len(), how.jobs.map(usize::from), global.threads.map(usize::from), gpu);
    tracing::info!(target: "nms", "runs at the same time: {}, threads of each: {}", share.jobs, share.threads);
    share
}

/// Writes the table of results and the joined rows, shows the table, and says whether all that was asked for is there.
fn collect(global: &Global, sweep: &Sweep, looks: &[Look]) -> Result<bool> {
    let table = gather::results(sweep, looks)?;
    table.save(sweep)?;
    show(&table, |name| !matches!(name, "seed" | "exit_code" | "seconds"));
    let mut all = true;
    for name in &sweep.plan.rows {
        match gather::rows(sweep, looks, name) {
            Ok((path, rows)) => tracing::info!(target: "nms", "{rows} rows in `{}`", path.display()),
            Err(error) => {
                report(&Diagnostic::plain(&error), global);
                all = false;
            }
        }
    }
    Ok(all)
}

fn show(table: &Results, wanted: impl Fn(&str) -> bool) {
    let shown: Vec<usize> = (0..table.header.len()).filter(|&at| wanted(&table.header[at])).collect();
    let is_number = |at: usize| table.rows.iter().all(|row| row[at].is_empty() || row[at].parse::<f64>().is_ok());
    let headings: Vec<(String, bool)> = shown.iter().map(|&at| (table.header[at].clone(), is_number(at))).collect();
    let rows: Vec<Vec<String>> =
        table.rows.iter().map(|row| shown.iter().map(|&at| row[at].clone()).collect()).collect();
    printer::line(&frame(&headings, &rows, rows.len(), width()));
}

/// A line for each run that did not end well.
fn unwell(sweep: &Sweep, looks: &[Look]) -> Vec<String> {
    let bad = sweep.cells.iter().zip(looks).filter(|(_, look)| ended_badly(look));
    let line = |(cell, look): (&Cell, &Look)| {
        let code = look.exit_code.map_or(String::new(), |code| format!(", exit code {code}"));
        let why = look.why.as_ref().map_or(String::new(), |why| format!(": {why}"));
        format!("{} ({}) {}{code}{why}", cell.name, cell.label(), look.state.name())
    };
    bad.map(line).collect()
}

fn ended_badly(look: &Look) -> bool {
    matches!(look.state, State::Failed | State::Stopped | State::Lost)
}

/// `12 runs: 10 done, 2 failed`.
fn summary(looks: &[Look]) -> String {
    let states = [State::Done, State::Running, State::Waiting, State::Failed, State::Stopped, State::Lost];
    let count = |state: State| looks.iter().filter(|look| look.state == state).count();
    let told = states.into_iter().filter(|state| count(*state) > 0);
    let parts: Vec<String> = told.map(|state| format!("{} {}", count(state), state.name())).collect();
    format!("{} runs: {}", looks.len(), parts.join(", "))
}

fn cancel(sweep: &Sweep) -> Result<u8> {
    if let Some(job) = Job::of(sweep)? {
        slurm::cancel(&job)?;
        tracing::info!(target: "nms", "job {} is cancelled; its runs keep their checkpoints", job.name());
        return Ok(0);
    }
    match local::cancel(sweep)? {
        Some(process) => tracing::info!(target: "nms", "process {process} was asked to stop"),
        None => tracing::info!(target: "nms", "no process runs this sweep"),
    }
    Ok(0)
}

/// Runs a cell in the place of this process, so that signals for it reach it.
fn become_cell(global: &Global, sweep: &Sweep, cell: &Cell) -> Result<u8> {
    let program = std::env::current_exe().map_err(|e| Error::internal(format!("cannot find this program: {e}")))?;
    let granted = std::env::var("SLURM_CPUS_PER_TASK").ok().and_then(|cores| cores.parse().ok());
    let threads = global.threads.map(usize::from).or(granted);
    if cell::look(&sweep.folder_of(cell), || false).state == State::Done {
        return Ok(0);
    }
    let mut command = cell::command(sweep, cell, &program, threads)?;
    #[cfg(unix)]
    {
        let refused = std::os::unix::process::CommandExt::exec(&mut command);
        Err(Error::io("cannot start", &program, &refused))
    }
    #[cfg(not(unix))]
    {
        let ended = command.status().map_err(|e| Error::io("cannot start", &program, &e))?;
        Ok(ended.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
    }
}
