//! A script with all that it takes to repeat it elsewhere, in one file: its modules, parameters and seed, the versions
//! that it was made with, and what its data looked like.
//!
//! The file is TOML, so that whoever is sent one can read it before running it. The data themselves are not in it: they
//! are told apart by their digests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::inputs;
use super::manifest::Build;
use super::{atomic, manifest};
use crate::error::{Error, Result};

/// The first line of every bundle, which tells one from a script.
const MARK: &str = "# A bundle of nms: `nms run` takes it as it takes a script.";

/// How files end that hold one.
pub const EXTENSION: &str = "nms";

/// What a bundle holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// The script's file name, by which it and its modules know each other.
    pub script: String,
    /// The run's seed.
    pub seed: u64,
    /// What it was made with.
    pub made_with: Versions,
    /// Parameters that were given; the others have the script's defaults.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// Data that the script names.
    #[serde(default)]
    pub data: Vec<Datum>,
    /// The script and its modules by their names; those of the standard library begin with `nms/`.
    pub texts: BTreeMap<String, String>,
}

/// The versions on which numbers depend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Versions {
    /// Version of nms.
    pub nms: String,
    /// Its commit, or `unknown`.
    pub git: String,
    /// Version of libtorch, for a script that asks for models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub libtorch: Option<String>,
}

/// A file or folder that a script names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Datum {
    /// As the script names it.
    pub path: PathBuf,
    /// The parameter that names it, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// Its size; of a folder that of all files together.
    pub bytes: u64,
    /// SHA-256, of a folder as in a run's record; absent where there were too many bytes to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl Datum {
    /// What lies at a path now; nothing where there is nothing.
    fn at(path: &Path, parameter: Option<String>) -> Option<Datum> {
        let found = inputs::describe(std::iter::once(path), inputs::HASH_BUDGET).pop()?;
        Some(Datum { path: path.to_path_buf(), parameter, bytes: found.bytes, sha256: found.sha256 })
    }

    fn differs_from(&self, other: &Datum) -> bool {
        match (&self.sha256, &other.sha256) {
            (Some(one), Some(other)) => one != other,
            _ => self.bytes != other.bytes,
        }
    }
}

/// Describes data by their paths and the parameters that name them; what is not there is left out.
pub fn described(named: impl IntoIterator<Item = (PathBuf, Option<String>)>) -> Vec<Datum> {
    named.into_iter().filter_map(|(path, parameter)| Datum::at(&path, parameter)).collect()
}

impl Versions {
    /// Those of this program; `libtorch` for a script that asks for models.
    pub fn this(libtorch: Option<String>) -> Versions {
        let Build { version, git, .. } = Build::this();
        Versions { nms: version.into(), git: git.into(), libtorch }
    }
}

/// Whether a text is a bundle.
pub fn is_bundle(text: &str) -> bool {
    text.starts_with(MARK)
}

impl Bundle {
    /// Reads the text of a file that holds one.
    ///
    /// # Errors
    /// When it was changed so that it is none any more.
    pub fn parse(text: &str, path: &Path) -> Result<Bundle> {
        let refuse = |why: String| {
            Error::format(why).in_file(path).help("make it anew with `nms bundle`, or have it sent once more")
        };
        let bundle: Bundle = toml::from_str(text).map_err(|e| refuse(e.to_string().trim_end().to_string()))?;
        if !bundle.texts.contains_key(&bundle.script) {
            return Err(refuse(format!("the bundle lacks its script `{}`", bundle.script)));
        }
        Ok(bundle)
    }

    /// Writes it to a file; a file that is there must be a bundle as well.
    ///
    /// # Errors
    /// When it cannot be written, or what is there is something else.
    pub fn save(&self, path: &Path) -> Result<()> {
        if path.exists() && !std::fs::read_to_string(path).is_ok_and(|text| is_bundle(&text)) {
            return Err(Error::value(format!("`{}` is there already, and is no bundle", path.display()))
                .help("write to another file with `-o FILE`"));
        }
        let text = toml::to_string_pretty(self).map_err(|e| Error::internal(format!("cannot write TOML: {e}")))?;
        atomic::write(path, format!("{MARK}\n\n{text}").as_bytes())
    }

    /// The script's text.
    pub fn text(&self) -> &str {
        self.texts.get(&self.script).map_or("", String::as_str)
    }

    /// The digest of all texts, by which runs of it are told apart.
    pub fn sha256(&self) -> String {
        let line = |(name, text): (&String, &String)| format!("{}  {name}\n", manifest::sha256(text.as_bytes()));
        manifest::sha256(self.texts.iter().map(line).collect::<String>().as_bytes())
    }

    /// Refuses other versions than those it was made with: numbers may differ.
    ///
    /// # Errors
    /// Names the first that differs.
    pub fn check_versions(&self, now: &Versions) -> Result<()> {
        let then = &self.made_with;
        let known = |git: &str| git != "unknown";
        let both = known(&then.git) && known(&now.git);
        let difference = if then.nms != now.nms {
            format!("nms {}, and this is {}", then.nms, now.nms)
        } else if both && then.git != now.git {
            format!("commit {} of nms {}, and this is {}", then.git, then.nms, now.git)
        } else if let Some(torch) = then.libtorch.as_ref().filter(|_| then.libtorch != now.libtorch) {
            let here = now.libtorch.as_ref().map_or("there is none here".into(), |torch| format!("this is {torch}"));
            format!("libtorch {torch}, and {here}")
        } else {
            return Ok(());
        };
        Err(Error::value(format!("the bundle was made with {difference}: its numbers may differ"))
            .help("run it with that version, or run it nonetheless with `--any-version`"))
    }

    /// Refuses data that are there and are not what they were; those of parameters that were given anew are not looked
    /// at. What is missing the script itself will ask for.
    ///
    /// # Errors
    /// Names the first that differs.
    pub fn check_data(&self, given_anew: impl Fn(&str) -> bool) -> Result<()> {
        let replaced = |datum: &&Datum| datum.parameter.as_deref().is_some_and(&given_anew);
        for then in self.data.iter().filter(|datum| !replaced(datum)) {
            crate::interrupt::check()?;
            let changed = Datum::at(&then.path, None).is_some_and(|now| then.differs_from(&now));
            if changed {
                let way_out = match &then.parameter {
                    Some(name) => format!("or name other data with `--param {name}=…`"),
                    None => "or run it nonetheless with `--any-data`".into(),
                };
                let error = format!("`{}` is not what it was when the bundle was made", then.path.display());
                return Err(Error::value(error).help(format!("run it where those data are, {way_out}")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn bundle(data: Vec<Datum>) -> Bundle {
        Bundle {
            script: "cells.rhai".into(),
            seed: 7,
            made_with: Versions { nms: "0.1.0".into(), git: "abc".into(), libtorch: Some("2.11.0".into()) },
            parameters: [("k".into(), "5".into())].into(),
            data,
            texts: [("cells.rhai".into(), "//! Cells.\nprint(\"'''\\u2603\");\r\n\t\"\"\"".into())].into(),
        }
    }

    #[test]
    fn bundles_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cells.nms");
        std::fs::write(folder.path().join("a.swc"), "1").unwrap();
        let made = bundle(described([(folder.path().join("a.swc"), None), (folder.path().join("absent"), None)]));
        made.save(&path).unwrap();
        made.save(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(is_bundle(&text) && !is_bundle("//! A script.\n"));
        assert_eq!(Bundle::parse(&text, &path).unwrap(), made);
        assert_eq!(made.data.len(), 1);
        let error = Bundle::parse(&text.replace("script = ", "scrpt = "), &path).unwrap_err();
        assert!(error.message.contains("scrpt"), "{}", error.message);
        std::fs::write(&path, "mine").unwrap();
        assert!(made.save(&path).unwrap_err().message.ends_with("is there already, and is no bundle"));
    }

    #[test]
    fn other_versions_are_refused_with_the_reason() {
        let made = bundle(Vec::new());
        let with = |nms: &str, git: &str, torch: Option<&str>| {
            let now = Versions { nms: nms.into(), git: git.into(), libtorch: torch.map(Into::into) };
            made.check_versions(&now).map_err(|e| e.message)
        };
        assert_eq!(with("0.1.0", "abc", Some("2.11.0")), Ok(()));
        assert_eq!(with("0.1.0", "unknown", Some("2.11.0")), Ok(()));
        let says = |said: &str| Err(format!("the bundle was made with {said}: its numbers may differ"));
        assert_eq!(with("0.2.0", "abc", None), says("nms 0.1.0, and this is 0.2.0"));
        assert_eq!(with("0.1.0", "abd", None), says("commit abc of nms 0.1.0, and this is abd"));
        assert_eq!(with("0.1.0", "abc", None), says("libtorch 2.11.0, and there is none here"));
        assert_eq!(with("0.1.0", "abc", Some("2.12.0")), says("libtorch 2.11.0, and this is 2.12.0"));
    }

    #[test]
    fn other_data_are_refused_unless_they_were_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let (named, given) = (folder.path().join("a.swc"), folder.path().join("b.swc"));
        std::fs::write(&named, "1").unwrap();
        std::fs::write(&given, "2").unwrap();
        let made = bundle(described([(named.clone(), None), (given.clone(), Some("data".into()))]));
        assert_eq!(made.check_data(|_| false), Ok(()));
        std::fs::write(&given, "3").unwrap();
        assert!(made.check_data(|_| false).is_err());
        assert_eq!(made.check_data(|name| name == "data"), Ok(()));
        std::fs::remove_file(&named).unwrap();
        assert_eq!(made.check_data(|name| name == "data"), Ok(()));
    }
}
