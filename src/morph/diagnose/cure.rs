//! What can be done about a finding, with the settings that can be changed.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, Result, did_you_mean};
use crate::morph::kind_name;

/// A cure. Fields are what [`set`](Cure::set) changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Cure {
    /// Written as the format asks for; no value changes.
    Rewrite,
    /// The line is left out; samples that hang on it become roots.
    DropLine,
    /// A number of its own; children keep the parent that stands nearest above them.
    Renumber,
    /// A root.
    MakeRoot,
    /// The ring is opened: this sample of it becomes a root; the first in the file where none is stated.
    Cut {
        /// Number of the sample.
        sample: Option<i64>,
    },
    /// The type stated; without one that of the nearest ancestor of type 2, 3 or 4, where there is one.
    Retype {
        /// SWC type.
        to: Option<u16>,
    },
    /// A place between the nearest ancestor and descendant whose place is known.
    Interpolate,
    /// The value stated; without one, linear by path length between the nearest ancestor and descendant with a radius,
    /// or that of the only one. 0 where no radius is known in the tree.
    Radius {
        /// Radius, in the unit of the file.
        value: Option<f64>,
    },
    /// The sample goes; what hung on it hangs on its parent.
    Merge,
    /// Pieces are linked at their nearest samples, starting from the soma's tree.
    Join {
        /// Largest gap to bridge, in the unit of the file.
        max_gap: Option<f64>,
    },
    /// The tree is turned round to start at the soma.
    Reroot,
    /// The first soma stays; samples of others take the type of the nearest neurite sample above or below.
    OneSoma,
    /// The soma in another convention; neurites hang on its first sample.
    Soma {
        /// The convention.
        to: Convention,
    },
    /// Positions and radii times the factor, which must be stated.
    Scale {
        /// Micrometres in one unit of the file.
        factor: Option<f64>,
    },
    /// Positions moved by a vector, before any scaling.
    Translate {
        /// In the unit of the file.
        by: [f64; 3],
    },
}

/// How a soma is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Convention {
    /// One sample at its centre, with the radius of a sphere of its size.
    OnePoint,
    /// Three samples, as NeuroMorpho.Org has them: the centre, and one on either side along y at one radius.
    ThreePoints,
    /// An outline of eight samples round the centre in the xy plane, behind one at the centre.
    Contour,
    /// No soma: neurites become trees of their own.
    None,
}

impl Cure {
    /// Changes settings by name, as from `#{ max_gap: 50.0 }`.
    ///
    /// # Errors
    /// When the cure has no such setting, or it does not take such a value.
    pub fn set(&mut self, settings: &Map<String, Value>) -> Result<()> {
        let not_json = |e: serde_json::Error| Error::internal(format!("a cure is no JSON: {e}"));
        let mut fields = serde_json::to_value(&*self).map_err(not_json)?;
        let Value::Object(known) = &mut fields else { return Ok(()) };
        for (name, value) in settings {
            match known.get_mut(name).filter(|_| name != "do") {
                Some(field) => *field = value.clone(),
                None => {
                    let names: Vec<&str> = known.keys().map(String::as_str).filter(|n| *n != "do").collect();
                    let error = Error::value(format!("`{name}` is no setting of this cure ({self})"));
                    return Err(match (did_you_mean(name, names.iter().copied()), names.is_empty()) {
                        (Some(near), _) => error.help(format!("did you mean `{near}`?")),
                        (None, true) => error.help("it has none; accept or reject it"),
                        (None, false) => error.help(format!("it has {}", names.join(", "))),
                    });
                }
            }
        }
        *self =
            serde_json::from_value(fields).map_err(|e| Error::value(format!("the cure does not take that: {e}")))?;
        Ok(())
    }

    /// Why the cure cannot be applied as it stands.
    pub(super) fn lacks(&self) -> Option<&'static str> {
        match self {
            Cure::Scale { factor: None } => Some("state its `factor`: micrometres in one unit of the file"),
            Cure::Scale { factor: Some(f) } if !(*f > 0.0 && f.is_finite()) => Some("its `factor` must be above 0"),
            Cure::Radius { value: Some(r) } if !(*r >= 0.0 && r.is_finite()) => Some("its `value` must be 0 or more"),
            Cure::Join { max_gap: Some(gap) } if gap.is_nan() || *gap < 0.0 => Some("its `max_gap` must be 0 or more"),
            _ => None,
        }
    }
}

impl fmt::Display for Cure {
    /// What will be done, as in a list of things to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cure::Rewrite => f.write_str("write it as the format asks for"),
            Cure::DropLine => f.write_str("leave the line out"),
            Cure::Renumber => f.write_str("number anew"),
            Cure::MakeRoot => f.write_str("make it a root"),
            Cure::Cut { sample: None } => f.write_str("open the ring at its first sample"),
            Cure::Cut { sample: Some(sample) } => write!(f, "open the ring at sample {sample}"),
            Cure::Retype { to: None } => f.write_str("give it the type of its nearest ancestor that has one"),
            Cure::Retype { to: Some(kind) } => write!(f, "give it type {kind} ({})", kind_name(*kind)),
            Cure::Interpolate => f.write_str("interpolate between its neighbours"),
            Cure::Radius { value: None } => f.write_str("interpolate the radius along the branch"),
            Cure::Radius { value: Some(value) } => write!(f, "set the radius to {value}"),
            Cure::Merge => f.write_str("merge it with its parent"),
            Cure::Join { max_gap: None } => f.write_str("join the pieces at their nearest samples"),
            Cure::Join { max_gap: Some(gap) } => write!(f, "join the pieces over gaps up to {gap}"),
            Cure::Reroot => f.write_str("make the soma the root"),
            Cure::OneSoma => f.write_str("keep the first soma, make the others neurites"),
            Cure::Soma { to: Convention::OnePoint } => f.write_str("write the soma as one point"),
            Cure::Soma { to: Convention::ThreePoints } => f.write_str("write the soma as three points"),
            Cure::Soma { to: Convention::Contour } => f.write_str("write the soma as a contour"),
            Cure::Soma { to: Convention::None } => f.write_str("remove the soma"),
            Cure::Scale { factor: None } => f.write_str("scale by a factor to be stated"),
            Cure::Scale { factor: Some(factor) } => write!(f, "scale by {factor}"),
            Cure::Translate { by: [x, y, z] } => write!(f, "move by {x}, {y}, {z}"),
        }
    }
}
