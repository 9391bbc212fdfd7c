//! The values to try: axes, and all combinations of their values.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// More cells than this are a slip of the pen.
const MOST_CELLS: usize = 100_000;

/// A parameter and the values it takes, as the command line of a run has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// The parameter.
    pub name: String,
    /// Its values.
    pub values: Vec<String>,
}

impl Axis {
    /// Reads `lr=1e-3,1e-4`, or whole numbers: `shard=0..8` (without 8) and `shard=0..=7`.
    ///
    /// # Errors
    /// When it is neither, or a value is empty or stands there twice.
    pub fn parse(text: &str) -> Result<Axis> {
        let Some((name, values)) = text.split_once('=').filter(|(name, _)| !name.trim().is_empty()) else {
            return Err(Error::value(format!("`--grid {text}` is not of the form `name=value,value`")));
        };
        let values = match range(values) {
            Some(values) => values,
            None => values.split(',').map(|value| value.trim().to_string()).collect(),
        };
        Axis { name: name.trim().to_string(), values }.checked()
    }

    fn checked(self) -> Result<Axis> {
        let refuse = |why: &str| Err(Error::value(format!("the values of `{}` {why}", self.name)));
        if self.values.is_empty() {
            return refuse("are none");
        }
        if self.values.len() > MOST_CELLS {
            return refuse(&format!("are more than {MOST_CELLS}"));
        }
        if self.values.iter().any(String::is_empty) {
            return refuse("have an empty one among them");
        }
        let mut sorted: Vec<&String> = self.values.iter().collect();
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => refuse(&format!("hold `{}` twice", pair[0])),
            None => Ok(self),
        }
    }
}

fn range(text: &str) -> Option<Vec<String>> {
    let (first, last) = text.split_once("..")?;
    let (last, end) = match last.strip_prefix('=') {
        Some(last) => (last, 1),
        None => (last, 0),
    };
    let number = |text: &str| text.trim().parse::<i64>().ok();
    let (first, last) = (number(first)?, number(last)?.checked_add(end)?);
    // One more than allowed is enough to be refused.
    Some((first..last).take(MOST_CELLS + 1).map(|n| n.to_string()).collect())
}

/// Reads axes from a TOML or JSON file: names, each with an array of plain values.
///
/// # Errors
/// When the file cannot be read, or holds anything else.
pub fn file(path: &Path) -> Result<Vec<Axis>> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::io("cannot read", path, &e))?;
    let refuse = |why: String| Error::format(why).in_file(path);
    let table: serde_json::Map<String, serde_json::Value> = match path.extension().and_then(|e| e.to_str()) {
        Some("toml") => toml::from_str(&text).map_err(|e| refuse(e.to_string().trim_end().to_string()))?,
        Some("json") => serde_json::from_str(&text).map_err(|e| refuse(e.to_string()))?,
        _ => return Err(refuse("grids are read from `.toml` and `.json` files".into())),
    };
    let plain = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(_) | serde_json::Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    let axis = |(name, values): (String, serde_json::Value)| {
        let values = values.as_array().and_then(|values| values.iter().map(plain).collect::<Option<Vec<String>>>());
        match values {
            Some(values) => Axis { name, values }.checked().map_err(|e| e.in_file(path)),
            None => Err(refuse(format!("`{name}` must be an array of texts, numbers, or `true` and `false`"))),
        }
    };
    table.into_iter().map(axis).collect()
}

/// All combinations of the values, a list of names and values each; the last axis changes fastest.
///
/// # Errors
/// When a parameter has two axes, or the combinations are too many.
pub fn combinations(axes: &[Axis]) -> Result<Vec<Vec<(String, String)>>> {
    let mut settings: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for (at, axis) in axes.iter().enumerate() {
        if axes[..at].iter().any(|other| other.name == axis.name) {
            return Err(
                Error::value(format!("the grid has two axes `{}`", axis.name)).help("give all its values in one")
            );
        }
        if settings.len() * axis.values.len() > MOST_CELLS {
            return Err(Error::value(format!("the grid has more than {MOST_CELLS} combinations")));
        }
        let longer = |setting: &Vec<(String, String)>| {
            let value = |value: &String| {
                let mut longer = setting.clone();
                longer.push((axis.name.clone(), value.clone()));
                longer
            };
            axis.values.iter().map(value).collect::<Vec<_>>()
        };
        settings = settings.iter().flat_map(longer).collect();
    }
    Ok(settings)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        Axis::parse(text).unwrap().values
    }

    #[test]
    fn lists_and_ranges_are_read() {
        assert_eq!(values("lr=1e-3, 1e-4"), ["1e-3", "1e-4"]);
        assert_eq!(values("shard=0..3"), ["0", "1", "2"]);
        assert_eq!(values("x=-1..=1"), ["-1", "0", "1"]);
        assert_eq!(values("path=../a,b..c"), ["../a", "b..c"]);
        assert_eq!(values("eq=a=b"), ["a=b"]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let refused = |text: &str| Axis::parse(text).unwrap_err().message;
        assert_eq!(refused("lr"), "`--grid lr` is not of the form `name=value,value`");
        assert_eq!(refused("lr=1,,2"), "the values of `lr` have an empty one among them");
        assert_eq!(refused("lr=1,2,1"), "the values of `lr` hold `1` twice");
        assert_eq!(refused("n=3..3"), "the values of `n` are none");
        assert_eq!(refused("n=0..9223372036854775807"), "the values of `n` are more than 100000");
    }

    #[test]
    fn the_last_axis_changes_fastest() {
        let axes = [Axis::parse("a=1,2").unwrap(), Axis::parse("b=x,y,z").unwrap()];
        let all = combinations(&axes).unwrap();
        let shown: Vec<String> = all.iter().map(|s| s.iter().map(|(_, v)| v.as_str()).collect()).collect();
        assert_eq!(shown, ["1x", "1y", "1z", "2x", "2y", "2z"]);
        assert_eq!(combinations(&[]).unwrap(), [Vec::new()]);
        assert!(combinations(&[axes[0].clone(), axes[0].clone()]).is_err());
        let wide = Axis::parse("a=0..1000").unwrap();
        let other = Axis { name: "b".into(), ..wide.clone() };
        assert!(combinations(&[wide, other]).unwrap_err().message.contains("more than 100000"));
    }

    #[test]
    fn files_keep_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("g.toml");
        std::fs::write(&path, "lr = [1e-3, 0.0001]\nbatch = [32, 64]\nkind = [\"a,b\"]\n").unwrap();
        let axes = file(&path).unwrap();
        let shown: Vec<String> = axes.iter().map(|a| format!("{}={}", a.name, a.values.join("|"))).collect();
        assert_eq!(shown, ["batch=32|64", "kind=a,b", "lr=0.001|0.0001"]);
        std::fs::write(&path, "lr = 1\n").unwrap();
        assert!(file(&path).unwrap_err().message.contains("`lr` must be an array"));
    }
}
