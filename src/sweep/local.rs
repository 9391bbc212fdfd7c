//! Cells as processes of this machine, some at a time.

use std::collections::VecDeque;
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use super::{Cell, State, Sweep, cell};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::progress::{self, Meter};
use crate::run::lock::{self, Attempt};

/// The time between two looks at the processes.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How the cores are shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Runs at the same time.
    pub jobs: usize,
    /// Threads of each.
    pub threads: usize,
}

impl Share {
    /// Shares cores between runs. As many run at once as there are cores, with one thread each, for a thread that shares
    /// nothing wastes nothing; fewer runs get more threads. Runs on one GPU get in each other's way, so there the default
    /// is one at a time.
    pub fn of(cores: usize, runs: usize, jobs: Option<usize>, threads: Option<usize>, gpu: bool) -> Share {
        let cores = cores.max(1);
        let most = if gpu { 1 } else { cores / threads.unwrap_or(1).max(1) };
        let jobs = jobs.unwrap_or(most).clamp(1, runs.max(1));
        Share { jobs, threads: threads.unwrap_or(cores / jobs).max(1) }
    }
}

/// A cell's process.
struct Running<'a> {
    cell: &'a Cell,
    child: Child,
    began: Instant,
}

/// Runs cells until all have ended, or a stop is asked for: the cells then checkpoint and end as well.
///
/// # Errors
/// A requested stop, once all processes have ended. A cell that cannot be started is one that failed.
pub fn run(sweep: &Sweep, cells: &[&Cell], program: &Path, share: Share) -> Result<()> {
    let mut waiting: VecDeque<&Cell> = cells.iter().copied().collect();
    let mut running: Vec<Running<'_>> = Vec::new();
    let meter = progress::begin("sweep", cells.len() as u64);
    let (mut ended, mut failed, mut stopping) = (0, 0, false);
    loop {
        if interrupt::requested().is_some() && !stopping {
            stopping = true;
            waiting.clear();
            running.iter().for_each(|run| terminate(run.child.id()));
        }
        while running.len() < share.jobs
            && let Some(cell) = next(sweep, &mut waiting)
        {
            if cell::look(&sweep.folder_of(cell), || false).state == State::Done {
                ended += 1;
                continue;
            }
            match start(sweep, cell, program, share.threads) {
                Ok(child) => running.push(Running { cell, child, began: Instant::now() }),
                Err(error) => {
                    tracing::warn!(target: "nms", "cell {} ({}) cannot start: {error}", cell.name, cell.label());
                    (ended, failed) = (ended + 1, failed + 1);
                }
            }
        }
        running.retain_mut(|run| match run.child.try_wait() {
            Ok(None) => true,
            Ok(Some(status)) => {
                ended += 1;
                failed += usize::from(!tell(sweep, run, Some(status)));
                false
            }
            Err(_) => {
                ended += 1;
                failed += usize::from(!tell(sweep, run, None));
                false
            }
        });
        show(&*meter, ended, running.len(), failed);
        if running.is_empty() && waiting.is_empty() {
            return if stopping { interrupt::check() } else { Ok(()) };
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// The next cell that nobody else runs. After the death of the process that ran a sweep its cells go on; they are
/// waited for, and not started twice.
fn next<'a>(sweep: &Sweep, waiting: &mut VecDeque<&'a Cell>) -> Option<&'a Cell> {
    let free = |cell: &&Cell| !lock::is_folder_held(&sweep.folder_of(cell));
    let at = waiting.iter().position(free)?;
    waiting.remove(at)
}

fn start(sweep: &Sweep, cell: &Cell, program: &Path, threads: usize) -> Result<Child> {
    let mut command = cell::command(sweep, cell, program, Some(threads))?;
    // Ctrl-C on a terminal reaches every process of a group. The cells get one signal, from here, and in their own time.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().map_err(|e| Error::io("cannot start", program, &e))
}

/// Asks the process that runs a sweep on this machine to stop, and gives its number; none where no process does.
///
/// # Errors
/// When it runs on another machine.
pub fn cancel(sweep: &Sweep) -> Result<Option<u32>> {
    match lock::attempt(&sweep.lock())? {
        Attempt::Taken(_) => Ok(None),
        Attempt::Held(Some(holder)) if holder.is_here() => {
            terminate(holder.pid);
            Ok(Some(holder.pid))
        }
        Attempt::Held(holder) => {
            let holder = holder.map_or("another process".to_string(), |holder| holder.to_string());
            Err(Error::value(format!("the sweep is run by {holder}, which cannot be reached from here")))
        }
    }
}

/// Asks a process to stop; one that has ended already cannot be asked, and need not.
#[cfg(unix)]
fn terminate(process: u32) {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    if let Ok(id) = i32::try_from(process) {
        let _ended_already = kill(Pid::from_raw(id), Signal::SIGTERM);
    }
}

#[cfg(not(unix))]
fn terminate(process: u32) {
    drop(std::process::Command::new("taskkill").args(["/PID", &process.to_string()]).status());
}

/// Says how a cell ended, and whether it ended well.
fn tell(sweep: &Sweep, run: &Running<'_>, status: Option<ExitStatus>) -> bool {
    let (name, label) = (&run.cell.name, run.cell.label());
    let seconds = run.began.elapsed().as_secs_f64();
    let look = cell::look(&sweep.folder_of(run.cell), || false);
    let well = status.is_some_and(|status| status.success()) && look.state == State::Done;
    if well {
        tracing::info!(target: "nms", "cell {name} ({label}): done, {seconds:.1} s");
    } else {
        let ended = status.map_or("ended".to_string(), |status| status.to_string());
        let why = look.why.map_or(ended.clone(), |why| format!("{ended}: {why}"));
        tracing::warn!(target: "nms", "cell {name} ({label}): {}, {why}", look.state.name());
    }
    well
}

fn show(meter: &dyn Meter, ended: usize, running: usize, failed: usize) {
    let failed = if failed == 0 { String::new() } else { format!(", {failed} not well") };
    meter.set(ended as u64, &format!("{running} running{failed}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_shared() {
        let share = |cores, runs, jobs, threads, gpu| {
            let Share { jobs, threads } = Share::of(cores, runs, jobs, threads, gpu);
            (jobs, threads)
        };
        assert_eq!(share(8, 100, None, None, false), (8, 1));
        assert_eq!(share(8, 3, None, None, false), (3, 2));
        assert_eq!(share(8, 100, Some(2), None, false), (2, 4));
        assert_eq!(share(8, 100, None, Some(4), false), (2, 4));
        assert_eq!(share(8, 100, Some(16), None, false), (16, 1));
        assert_eq!(share(8, 100, None, None, true), (1, 8));
        assert_eq!(share(2, 100, None, Some(16), false), (1, 16));
        assert_eq!(share(4, 0, None, None, false), (1, 4));
    }
}
