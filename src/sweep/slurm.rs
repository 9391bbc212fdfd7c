//! Cells as a Slurm job array: one `sbatch`, and a second one for the table of results, which waits for the array. Where a
//! site allows no array of so many tasks, several.
//!
//! The array's script is in the sweep's folder, to read and to submit again by hand; every task of it runs one cell as
//! an ordinary run. Tasks go on where they stopped: after a preemption or the failure of a node Slurm starts them anew,
//! and before their time is up they are told to checkpoint. Nothing depends on the process that submitted: what the
//! queue does not tell, the folders of the cells do.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Cell, Look, State, Sweep};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::progress;
use crate::run::{atomic, manifest};

/// The time between two looks at the queue: a controller serves many users.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Seconds before the end of its time at which a run is told to checkpoint.
const GRACE: u32 = 60;

/// What a cell may use. Texts are passed to `sbatch` as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Resources {
    /// The longest time, as `2:00:00`.
    pub time: Option<String>,
    /// Memory, as `8G`.
    pub mem: Option<String>,
    /// Cores, which are the run's threads as well.
    pub cpus: Option<u16>,
    /// GPUs.
    pub gpus: Option<String>,
    /// The partition.
    pub partition: Option<String>,
    /// The account.
    pub account: Option<String>,
    /// Any other options.
    pub others: Vec<String>,
    /// Tasks that run at the same time.
    pub jobs: Option<u16>,
}

impl Resources {
    /// These, and where nothing is asked for, what an earlier array had.
    #[must_use]
    pub fn or(self, earlier: &Resources) -> Resources {
        let text = |own: Option<String>, other: &Option<String>| own.or_else(|| other.clone());
        Resources {
            time: text(self.time, &earlier.time),
            mem: text(self.mem, &earlier.mem),
            cpus: self.cpus.or(earlier.cpus),
            gpus: text(self.gpus, &earlier.gpus),
            partition: text(self.partition, &earlier.partition),
            account: text(self.account, &earlier.account),
            others: if self.others.is_empty() { earlier.others.clone() } else { self.others },
            jobs: self.jobs.or(earlier.jobs),
        }
    }
}

/// The job arrays of a sweep, as `slurm/job.json` keeps them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Their numbers.
    pub arrays: Vec<String>,
    /// Tasks of each array but the last, which may have fewer.
    pub tasks: usize,
    /// The number of the job that gathers.
    pub gather: Option<String>,
    /// The cell of each task, one array after the other.
    pub cells: Vec<usize>,
    /// When it was submitted.
    pub submitted: String,
    /// What its tasks may use.
    #[serde(default)]
    pub resources: Resources,
}

impl Job {
    /// The last job array of a sweep, if it has one.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn of(sweep: &Sweep) -> Result<Option<Job>> {
        let path = sweep.folder.join("slurm/job.json");
        match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map(Some).map_err(|e| Error::format(e.to_string()).in_file(&path)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::io("cannot read", &path, &e)),
        }
    }

    /// Its numbers, as messages name them.
    pub fn name(&self) -> String {
        self.arrays.join(", ")
    }

    /// The cell of a task.
    fn cell(&self, (array, task): &Task) -> Option<usize> {
        let array = self.arrays.iter().position(|number| number == array)?;
        self.cells.get(array * self.tasks + task).copied()
    }

    /// The task of a cell.
    fn task(&self, cell: usize) -> Option<Task> {
        let place = self.cells.iter().position(|number| *number == cell)?;
        Some((self.arrays.get(place / self.tasks)?.clone(), place % self.tasks))
    }
}

/// A task: its array's number, and its place in it.
type Task = (String, usize);

/// Refuses to run cells that an earlier job array may run as well.
///
/// # Errors
/// When tasks of such an array are still queued, or there is no Slurm to ask.
pub fn refuse_queued(sweep: &Sweep) -> Result<()> {
    if let Some(earlier) = Job::of(sweep)?
        && let Some(tasks) = tasks(&earlier.arrays)?
        && !tasks.is_empty()
    {
        let n = tasks.len();
        return Err(Error::value(format!("job {} of this sweep still has {n} tasks in the queue", earlier.name()))
            .help("follow it with `nms sweep status DIR`, or end it with `nms sweep cancel DIR`"));
    }
    Ok(())
}

/// Submits cells as a job array, and the gathering that follows it.
///
/// # Errors
/// When there is no Slurm, or it refuses.
pub fn submit(sweep: &Sweep, cells: &[&Cell], program: &Path, resources: &Resources) -> Result<Job> {
    let folder = sweep.folder.join("slurm");
    std::fs::create_dir_all(&folder).map_err(|e| Error::io("cannot make the folder", &folder, &e))?;
    let numbers: Vec<usize> = cells.iter().map(|cell| cell.number).collect();
    let gather = folder.join("gather.sh");
    let own = ["sweep", "gather"].map(String::from);
    let line =
        quoted(std::iter::once(program.display().to_string()).chain(own).chain([sweep.folder.display().to_string()]));
    atomic::write(&gather, format!("#!/bin/sh\n# Gathers what the cells of a sweep found.\nexec {line}\n").as_bytes())?;

    let name = sweep.plan.script.file_stem().map_or_else(|| "sweep".into(), |stem| stem.to_string_lossy().into_owned());
    let site = of_the_site(resources);
    let tasks = largest_array().unwrap_or(numbers.len()).clamp(1, numbers.len().max(1));
    let (submitted, resources) = (manifest::now(), resources.clone());
    let mut job = Job { arrays: Vec::new(), tasks, gather: None, cells: numbers.clone(), submitted, resources };
    for (at, numbers) in numbers.chunks(tasks).enumerate() {
        let array = folder.join(format!("array-{}.sh", at + 1));
        atomic::write(&array, array_script(sweep, program, numbers).as_bytes())?;
        let mut arguments = of_an_array(&name, &folder, numbers.len(), &job.resources);
        // So many tasks at a time: not so many of each array.
        if let Some(earlier) = job.arrays.last().filter(|_| job.resources.jobs.is_some()) {
            arguments.push(format!("--dependency=afterany:{earlier}"));
        }
        let number = sbatch(sweep, arguments.iter().chain(&site).chain(&job.resources.others), &array)?;
        job.arrays.push(number);
        // From here on the array is there, whatever happens to this process.
        keep(&folder, &job)?;
    }
    let gathering = [
        format!("--job-name=nms-{name}-gather"),
        format!("--dependency=afterany:{}", job.arrays.join(":")),
        format!("--output={}/gather.txt", folder.display()),
    ];
    job.gather = Some(sbatch(sweep, gathering.iter().chain(&site), &gather)?);
    keep(&folder, &job)?;
    Ok(job)
}

/// What `sbatch` is told of an array of so many tasks.
fn of_an_array(name: &str, folder: &Path, tasks: usize, resources: &Resources) -> Vec<String> {
    let at_once = resources.jobs.map_or(String::new(), |jobs| format!("%{jobs}"));
    let mut arguments = vec![
        format!("--job-name=nms-{name}"),
        format!("--array=0-{}{at_once}", tasks.saturating_sub(1)),
        format!("--output={}/%A_%a.txt", folder.display()),
        format!("--signal=B:TERM@{GRACE}"),
        "--requeue".into(),
    ];
    let asked = [
        ("time", resources.time.clone()),
        ("mem", resources.mem.clone()),
        ("cpus-per-task", resources.cpus.map(|n| n.to_string())),
        ("gpus", resources.gpus.clone()),
    ];
    arguments.extend(asked.into_iter().filter_map(|(option, value)| Some(format!("--{option}={}", value?))));
    arguments
}

/// The number of tasks that this site allows an array, where it tells.
fn largest_array() -> Option<usize> {
    let said = ask(Command::new("scontrol").args(["show", "config"])).ok()?;
    let line = said.lines().find_map(|line| line.trim().strip_prefix("MaxArraySize"))?;
    line.trim_start_matches([' ', '=']).trim().parse().ok().filter(|size| *size > 0)
}

fn keep(folder: &Path, job: &Job) -> Result<()> {
    let text = serde_json::to_string_pretty(job).map_err(|e| Error::internal(format!("a job as JSON: {e}")))?;
    atomic::write(&folder.join("job.json"), (text + "\n").as_bytes())
}

/// What both jobs need to be let in.
fn of_the_site(resources: &Resources) -> Vec<String> {
    let option = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("--{name}={value}"));
    [option("partition", &resources.partition), option("account", &resources.account)].into_iter().flatten().collect()
}

/// The script of the array. Its tasks are counted from 0, for the largest index that a site allows counts a job's tasks
/// and should not count a sweep's cells.
fn array_script(sweep: &Sweep, program: &Path, numbers: &[usize]) -> String {
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let line =
        quoted([program.display().to_string(), "sweep".into(), "cell".into(), sweep.folder.display().to_string()]);
    format!(
        "#!/bin/sh\n# Runs cells of a sweep: each task the one that stands at its place in this list.\nset -- {}\n\
         shift \"$SLURM_ARRAY_TASK_ID\"\n# The run takes the place of the shell, and gets the signals that are meant for it.\n\
         exec {line} \"$1\"\n",
        numbers.join(" ")
    )
}

/// Words as a shell reads them.
fn quoted(words: impl IntoIterator<Item = String>) -> String {
    let word = |word: String| format!("'{}'", word.replace('\'', "'\\''"));
    words.into_iter().map(word).collect::<Vec<_>>().join(" ")
}

fn sbatch<'a>(sweep: &Sweep, arguments: impl Iterator<Item = &'a String>, script: &Path) -> Result<String> {
    let mut command = Command::new("sbatch");
    command.arg("--parsable").arg("--export=ALL").arg("--open-mode=append");
    command.arg("--chdir").arg(&sweep.plan.started_in).args(arguments).arg(script);
    // The folder is the sweep's, wherever the caller stands.
    let said = ask(&mut command)?;
    // `--parsable` gives `NUMBER` or `NUMBER;CLUSTER`.
    let number = said.trim().split(';').next().unwrap_or_default().to_string();
    if number.is_empty() { Err(Error::missing("`sbatch` named no job")) } else { Ok(number) }
}

/// Runs a command of Slurm's and gives what it prints.
fn ask(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(std::process::Stdio::null()).output().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Error::missing(format!("there is no `{name}` on this machine"))
            .help("submit from a login node of a cluster with Slurm, or use `--engine local`"),
        _ => Error::missing(format!("cannot start `{name}`: {e}")),
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::missing(format!("`{name}` refused: {}", said.trim().lines().collect::<Vec<_>>().join("; "))))
}

/// The tasks of jobs that are in the queue, with their states. None where the queue does not tell, as while its controller
/// starts anew.
///
/// # Errors
/// When there is no `squeue`.
fn tasks(jobs: &[String]) -> Result<Option<HashMap<Task, String>>> {
    let mut command = Command::new("squeue");
    command.args(["--noheader", "--array", "--format=%i|%T", "--jobs", &jobs.join(",")]);
    match ask(&mut command) {
        Ok(said) => Ok(Some(parsed(&said))),
        // A job that ended some minutes ago.
        Err(error) if error.message.contains("Invalid job id") => Ok(Some(HashMap::new())),
        Err(error) if error.message.starts_with("there is no") => Err(error),
        Err(error) => {
            tracing::debug!("{error}");
            Ok(None)
        }
    }
}

/// Reads lines `JOB_TASK|STATE`; jobs that are no arrays have the task 0.
fn parsed(said: &str) -> HashMap<Task, String> {
    let line = |line: &str| {
        let (id, state) = line.trim().split_once('|')?;
        let (job, task) = id.split_once('_').map_or(Some((id, 0)), |(job, task)| Some((job, task.parse().ok()?)))?;
        Some(((job.to_string(), task), state.to_string()))
    };
    said.lines().filter_map(line).collect()
}

/// What the queue says of a sweep's cells.
pub struct Queue {
    job: Job,
    /// The cells of tasks that have not ended; none where the queue does not tell.
    cells: Option<Vec<usize>>,
}

impl Queue {
    /// The queue as it is, for a sweep that has a job array.
    pub(super) fn of(sweep: &Sweep) -> Option<Queue> {
        let job = Job::of(sweep).ok().flatten()?;
        let cells = tasks(&job.arrays).ok().flatten().map(|tasks| {
            let cell = |(task, state): (Task, String)| (state != "PENDING").then(|| job.cell(&task))?;
            tasks.into_iter().filter_map(cell).collect()
        });
        Some(Queue { job, cells })
    }

    /// Whether a cell's task may still run.
    pub(super) fn holds(&self, cell: usize) -> bool {
        self.cells.as_ref().is_none_or(|cells| cells.contains(&cell))
    }

    /// Says of lost cells why Slurm ended them.
    pub(super) fn explain(&self, cells: &[Cell], looks: &mut [Look]) {
        if !looks.iter().any(|look| look.state == State::Lost) {
            return;
        }
        let states = ended(&self.job.arrays);
        for (cell, look) in cells.iter().zip(looks).filter(|(_, look)| look.state == State::Lost) {
            let Some(task) = self.job.task(cell.number) else { continue };
            if let Some(state) = states.get(&task) {
                look.why = Some(format!("Slurm: {state}, job {}_{}", task.0, task.1));
            }
        }
    }
}

/// How the tasks of jobs ended: from the accounting where there is one, else from the controller, which forgets after some
/// minutes.
fn ended(jobs: &[String]) -> HashMap<Task, String> {
    let mut accounting = Command::new("sacct");
    let all = jobs.join(",");
    accounting.args(["--noheader", "--parsable2", "--allocations", "--format=JobID,State", "--jobs", &all]);
    let states = ask(&mut accounting).map(|said| parsed(&said)).unwrap_or_default();
    if !states.is_empty() {
        return states;
    }
    let field =
        |line: &str, name: &str| line.split_whitespace().find_map(|word| word.strip_prefix(name)).map(str::to_string);
    let of = |job: &String| {
        let said = ask(Command::new("scontrol").args(["--oneliner", "show", "job", job])).unwrap_or_default();
        let task =
            |line: &str| Some(((job.clone(), field(line, "ArrayTaskId=")?.parse().ok()?), field(line, "JobState=")?));
        said.lines().filter_map(task).collect::<Vec<_>>()
    };
    jobs.iter().flat_map(of).collect()
}

/// Waits for a job array and its gathering, showing how far it is.
///
/// # Errors
/// A requested stop: the jobs go on. When there is no `squeue`.
pub fn follow(job: &Job) -> Result<()> {
    let meter = progress::begin("sweep", job.cells.len() as u64);
    loop {
        let queued = tasks(&job.arrays)?;
        if let Some(queued) = &queued {
            let running = queued.values().filter(|state| *state != "PENDING").count();
            let ended = job.cells.len().saturating_sub(queued.len());
            meter.set(
                ended as u64,
                &format!("{running} running, {} waiting in job {}", queued.len() - running, job.name()),
            );
        }
        let gathering = match &job.gather {
            Some(gather) => tasks(std::slice::from_ref(gather))?,
            None => Some(HashMap::new()),
        };
        if queued.is_some_and(|tasks| tasks.is_empty()) && gathering.is_some_and(|tasks| tasks.is_empty()) {
            return Ok(());
        }
        for _ in 0..LOOK_EVERY.as_millis() / 50 {
            interrupt::check()?;
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Ends the job arrays of a sweep; its runs checkpoint first, and the gathering goes on.
///
/// # Errors
/// When Slurm refuses.
pub fn cancel(job: &Job) -> Result<()> {
    ask(Command::new("scancel").args(&job.arrays)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_is_read() {
        let tasks = parsed("12_0|RUNNING\n  12_3|PENDING\n13|COMPLETING\nslurm_load_jobs error\n");
        let of = |job: &str, task: usize| tasks.get(&(job.to_string(), task)).map(String::as_str);
        assert_eq!((of("12", 0), of("12", 3), of("13", 0)), (Some("RUNNING"), Some("PENDING"), Some("COMPLETING")));
        assert_eq!(tasks.len(), 3);
    }

    #[test]
    fn cells_have_a_task_in_one_of_several_arrays() {
        let job = Job {
            arrays: vec!["12".into(), "15".into()],
            tasks: 2,
            gather: None,
            cells: vec![4, 7, 9],
            submitted: String::new(),
            resources: Resources::default(),
        };
        assert_eq!(job.task(9), Some(("15".into(), 0)));
        assert_eq!((job.cell(&("12".into(), 1)), job.cell(&("15".into(), 1))), (Some(7), None));
    }

    #[test]
    fn words_survive_the_shell() {
        assert_eq!(quoted(["a b".to_string(), "it's".into()]), r"'a b' 'it'\''s'");
    }
}
