//! Plans: what was found in some files, what shall be done about it, and doing it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::apply;
use super::code::{Code, Severity};
use super::finding::Finding;
use super::subject::{self, Content, Subject};
use super::validator::Check;
use crate::error::{Error, Result, did_you_mean};
use crate::morph::formats::file_bytes;
use crate::morph::{Place, counted};
use crate::run::atomic;
use crate::{interrupt, progress};

/// What was found in files, and what to do about it. Nothing happens before [`apply`](Plan::apply).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The version of this layout.
    pub(super) nms_plan: u32,
    /// Files in the order of their paths.
    pub files: Vec<FilePlan>,
}

/// The plan for one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilePlan {
    /// Where the neuron is, as `morph::load` takes it: an absolute path, or `cells.zip!a/b.swc`.
    pub path: PathBuf,
    /// What the repaired file is called, below the folder that a plan is applied to.
    pub name: String,
    /// SHA-256 of the file, or of the archive's member, when it was diagnosed.
    pub sha256: String,
    /// Number of samples that could be read.
    pub samples: usize,
    /// What was found, in the order of the codes.
    pub findings: Vec<Finding>,
    /// The checks of the NeuroMorpho.Org validator.
    pub validation: Vec<Check>,
}

/// How a plan is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApplyOptions {
    /// Copies files in which nothing is accepted, so that the folder is complete; else they are left out.
    pub copy_unchanged: bool,
}

/// What applying a plan did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// One entry per file of the plan, in its order.
    pub files: Vec<AppliedFile>,
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedFile {
    /// The file's name in the plan.
    pub name: String,
    /// The file that was written, if one was.
    pub written: Option<PathBuf>,
    /// What was done, a line each.
    pub done: Vec<String>,
    /// Why nothing was written.
    pub why_not: Option<String>,
}

/// The layout that this program writes.
pub(super) const VERSION: u32 = 1;

impl Plan {
    /// Accepts the cures of a code in all files, or in those of one name; gives back how many findings that were.
    ///
    /// # Errors
    /// When the plan has no such finding, or there is no cure.
    pub fn accept(&mut self, code: &str, file: Option<&str>) -> Result<usize> {
        self.change(code, file, |finding| match &finding.cure {
            Some(_) => {
                finding.accepted = true;
                Ok(())
            }
            None => Err(Error::value(format!("`{}` has no cure: a person must look at it", finding.code))),
        })
    }

    /// Rejects the cures of a code in all files, or in those of one name; gives back how many findings that were.
    ///
    /// # Errors
    /// When the plan has no such finding.
    pub fn reject(&mut self, code: &str, file: Option<&str>) -> Result<usize> {
        self.change(code, file, |finding| {
            finding.accepted = false;
            Ok(())
        })
    }

    /// Changes settings of the cures of a code, and accepts them; gives back how many findings that were.
    ///
    /// # Errors
    /// When the plan has no such finding, or its cure no such setting.
    pub fn set(&mut self, code: &str, settings: &Map<String, Value>, file: Option<&str>) -> Result<usize> {
        self.change(code, file, |finding| {
            let cure = finding
                .cure
                .as_mut()
                .ok_or_else(|| Error::value(format!("`{}` has no cure: a person must look at it", finding.code)))?;
            cure.set(settings)?;
            finding.accepted = true;
            Ok(())
        })
    }

    fn change(&mut self, code: &str, file: Option<&str>, change: impl Fn(&mut Finding) -> Result<()>) -> Result<usize> {
        let known: Vec<&str> = Code::ALL.iter().map(|c| c.name()).collect();
        if !known.contains(&code) {
            let error = Error::value(format!("`{code}` is no code of a finding"));
            return Err(match did_you_mean(code, known.iter().copied()) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("there are {}", known.join(", "))),
            });
        }
        if let Some(name) = file
            && !self.files.iter().any(|f| f.name == name)
        {
            let error = Error::value(format!("the plan has no file `{name}`"));
            return Err(match did_you_mean(name, self.files.iter().map(|f| f.name.as_str())) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error,
            });
        }
        // All or nothing: a plan half changed would be neither.
        let mut changed = self.clone();
        let mut count = 0;
        for plan in changed.files.iter_mut().filter(|f| file.is_none_or(|name| f.name == name)) {
            for finding in plan.findings.iter_mut().filter(|f| f.code.name() == code) {
                change(finding)?;
                count += 1;
            }
        }
        if count == 0 {
            return Err(Error::value(format!("the plan has no finding `{code}`")));
        }
        *self = changed;
        Ok(count)
    }

    /// Writes repaired files into a folder, in parallel, and says what was done. Originals are only read.
    ///
    /// A file in which nothing is accepted is left out, or with `copy_unchanged` copied byte for byte, which for other
    /// formats than SWC means written as SWC. One that cannot be repaired as the plan says is left out with the reason; the
    /// others go through.
    ///
    /// # Errors
    /// When the folder cannot be written, or on a requested stop.
    pub fn apply(&self, folder: &Path, options: &ApplyOptions) -> Result<Applied> {
        // A file is read once, whatever the number of its neurons in the plan: archives and collections hold many.
        let mut by_file: BTreeMap<PathBuf, Vec<&FilePlan>> = BTreeMap::new();
        self.files.iter().for_each(|plan| by_file.entry(Place::of(&plan.path).file).or_default().push(plan));
        let meter = progress::begin("repairing", self.files.len() as u64);
        let done = AtomicU64::new(0);
        let applied: Result<Vec<Vec<AppliedFile>>> = by_file
            .into_par_iter()
            .map(|(file, plans)| {
                let mut waiting: HashMap<PathBuf, &FilePlan> = plans.iter().map(|p| (p.path.clone(), *p)).collect();
                let members: HashSet<String> = plans.iter().flat_map(|plan| members_named(&plan.path)).collect();
                let mut applied = Vec::with_capacity(plans.len());
                subject::visit(&file, &members, &mut |subject| {
                    interrupt::check()?;
                    if let Some(plan) = waiting.remove(&subject.path()) {
                        applied.push(plan.apply(&subject, folder, options)?);
                        meter.set(done.fetch_add(1, Ordering::Relaxed) + 1, "");
                    }
                    Ok(())
                })?;
                let gone = |plan: &FilePlan| plan.left_out("the file no longer holds it: diagnose it again".into());
                applied.extend(waiting.into_values().map(gone));
                Ok(applied)
            })
            .collect();
        let mut files: HashMap<String, AppliedFile> =
            applied?.into_iter().flatten().map(|file| (file.name.clone(), file)).collect();
        Ok(Applied { files: self.files.iter().filter_map(|plan| files.remove(&plan.name)).collect() })
    }

    /// Writes the plan as JSON, which [`load_plan`] reads back.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let text =
            serde_json::to_string_pretty(self).map_err(|e| Error::internal(format!("the plan is no JSON: {e}")))?;
        atomic::write(path, text.as_bytes())
    }

    /// Writes the findings as CSV, a row each: `file,code,severity,line,sample,places,what,cure,accepted`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save_csv(&self, path: &Path) -> Result<()> {
        let failed = |e: csv::Error| Error::internal(format!("findings are no CSV: {e}"));
        let mut writer = csv::Writer::from_writer(Vec::new());
        let header = ["file", "code", "severity", "line", "sample", "places", "what", "cure", "accepted"];
        writer.write_record(header).map_err(failed)?;
        for (file, f) in self.findings() {
            let number = |n: Option<String>| n.unwrap_or_default();
            let row = [
                file.name.clone(),
                f.code.to_string(),
                f.severity().name().to_string(),
                number(f.line().map(|l| l.to_string())),
                number(f.sample.map(|s| s.to_string())),
                f.lines.len().max(1).to_string(),
                f.what.clone(),
                f.cure.as_ref().map_or(String::new(), ToString::to_string),
                f.accepted.to_string(),
            ];
            writer.write_record(row).map_err(failed)?;
        }
        let bytes = writer.into_inner().map_err(|e| Error::internal(format!("findings are no CSV: {e}")))?;
        atomic::write(path, &bytes)
    }

    /// All findings with their files.
    pub fn findings(&self) -> impl Iterator<Item = (&FilePlan, &Finding)> {
        self.files.iter().flat_map(|file| file.findings.iter().map(move |finding| (file, finding)))
    }

    /// The report: files with errors or warnings, a line per finding; then how often each note was made.
    pub fn report(&self) -> String {
        let mut text = format!("{self}\n");
        let mut notes: BTreeMap<Code, usize> = BTreeMap::new();
        for file in &self.files {
            let (minor, major): (Vec<&Finding>, Vec<&Finding>) =
                file.findings.iter().partition(|f| f.severity() == Severity::Note);
            minor.iter().for_each(|f| *notes.entry(f.code).or_default() += 1);
            if !major.is_empty() {
                text += &format!("{}\n", file.name);
                major.iter().for_each(|finding| text += &format!("  {finding}\n"));
            }
        }
        if !notes.is_empty() {
            text += "notes\n";
            for (code, files) in notes {
                text += &format!("  {:<19} in {}\n", code.name(), counted(files, "file"));
            }
        }
        text
    }
}

impl fmt::Display for Plan {
    /// `Plan(63 files: 20 with errors, 18 with warnings only; 27 findings accepted)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let worst = |file: &FilePlan| file.findings.iter().map(Finding::severity).min();
        let of = |severity| self.files.iter().filter(|file| worst(file) == Some(severity)).count();
        let accepted = self.findings().filter(|(_, finding)| finding.accepted).count();
        write!(
            f,
            "Plan({}: {} with errors, {} with warnings only; {} of {} accepted)",
            counted(self.files.len(), "file"),
            of(Severity::Error),
            of(Severity::Warning),
            accepted,
            counted(self.findings().count(), "finding"),
        )
    }
}

impl FilePlan {
    fn left_out(&self, why: String) -> AppliedFile {
        AppliedFile { name: self.name.clone(), written: None, done: Vec::new(), why_not: Some(why) }
    }

    fn apply(&self, subject: &Subject, folder: &Path, options: &ApplyOptions) -> Result<AppliedFile> {
        let out = folder.join(&self.name);
        let text: &[u8] = match &subject.content {
            Content::Refused(error) => return Ok(self.left_out(error.message.clone())),
            Content::Foreign(_) => &[],
            Content::Swc(text) | Content::Other { text, .. } => text,
        };
        if subject.sha256 != self.sha256 {
            return Ok(self.left_out("the file has changed since it was diagnosed: diagnose it again".into()));
        }
        if let (Ok(from), Ok(to)) = (self.path.canonicalize(), out.canonicalize())
            && from == to
        {
            return Ok(self.left_out("this would replace the original: name another folder".into()));
        }
        let written = |out, done| AppliedFile { name: self.name.clone(), written: Some(out), done, why_not: None };
        let accepted = self.findings.iter().any(|f| f.accepted);
        let broken = self.findings.iter().any(|f| f.severity() == Severity::Error);
        if !accepted && !broken {
            if options.copy_unchanged {
                atomic::write(&out, text)?;
                let how = if matches!(subject.content, Content::Swc(_)) { "copied" } else { "written as SWC" };
                return Ok(written(out, vec![format!("{how}: nothing is accepted")]));
            }
            return Ok(self.left_out("nothing is accepted".into()));
        }
        match apply::cured(&subject.neuron_name(), text, &self.findings) {
            Ok((neuron, done)) => {
                neuron.write_swc(&out)?;
                Ok(written(out, done))
            }
            Err(error) if error.is_interrupt() => Err(error),
            Err(error) => Ok(self.left_out(error.message)),
        }
    }
}

/// The members of an archive that a path may name: `x.zip!a.h5!cell` names `a.h5`, or a member called `a.h5!cell`.
fn members_named(path: &Path) -> Vec<String> {
    let Some(member) = Place::of(path).member else { return Vec::new() };
    let ends = member.match_indices('!').map(|(at, _)| at).chain([member.len()]);
    ends.map(|end| member[..end].to_string()).collect()
}

impl fmt::Display for Applied {
    /// A line on the whole, then one for every file that was written or could not be.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = self.files.iter().filter(|file| file.written.is_some()).count();
        write!(f, "wrote {} of {}", written, counted(self.files.len(), "file"))?;
        for file in &self.files {
            match &file.why_not {
                Some(why) if why == "nothing is accepted" => {}
                Some(why) => write!(f, "\n  {}: not written: {why}", file.name)?,
                None => write!(f, "\n  {}: {}", file.name, file.done.join("; "))?,
            }
        }
        Ok(())
    }
}

/// Reads a plan that [`Plan::save`] wrote.
///
/// # Errors
/// When the file cannot be read, or is no plan.
pub fn load_plan(path: &Path) -> Result<Plan> {
    let bytes = file_bytes(path)?;
    let plan: Plan = serde_json::from_slice(&bytes).map_err(|e| {
        let error = Error::format(format!("this is no plan: {e}")).in_file(path);
        if e.line() > 0 { error.at_line(e.line()) } else { error }
    })?;
    if plan.nms_plan != VERSION {
        return Err(Error::format(format!("a plan of version {}, expected {VERSION}", plan.nms_plan))
            .in_file(path)
            .help("diagnose the files again"));
    }
    // A plan is edited by hand; what it writes must stay below the folder that it is applied to.
    let leads_out = |name: &str| Path::new(name).components().any(|c| !matches!(c, std::path::Component::Normal(_)));
    if let Some(file) = plan.files.iter().find(|file| leads_out(&file.name)) {
        return Err(Error::format(format!("the name `{}` leads out of the folder", file.name)).in_file(path));
    }
    let mut names = HashSet::new();
    match plan.files.iter().find(|file| !names.insert(file.name.as_str())) {
        Some(file) => {
            Err(Error::format(format!("two files are named `{}`, and one would overwrite the other", file.name))
                .in_file(path))
        }
        None => Ok(plan),
    }
}
