//! The thirteen checks of the NeuroMorpho.Org validator, by its names.
//!
//! They are asked of the rows as written, so a file that no reader takes has answers, too.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::code::Code;
use super::finding::Finding;
use super::scan::{Key, Row};
use crate::morph::kind;

/// One check and its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// What is checked, as the validator calls it.
    pub name: String,
    /// Whether the file passes.
    pub passed: bool,
    /// What was found.
    pub what: String,
}

/// A compartment is abnormally long when it is this many times as long as the mean one.
const LONG: f64 = 20.0;

/// The checks, in the validator's order. (Its limit for long compartments is not published; here it is twenty times the
/// mean length.)
pub(super) fn checks(rows: &[Row], findings: &[Finding]) -> Vec<Check> {
    let places = |code: Code| findings.iter().find(|f| f.code == code).map_or(0, |f| f.lines.len().max(1));
    let check = |name: &str, bad: usize, what: String| Check { name: name.into(), passed: bad == 0, what };
    let somata = rows.iter().filter(|row| row.kind == Some(kind::SOMA)).count();
    let missing = places(Code::MissingColumns);
    let defined: HashSet<&Key> = rows.iter().map(|row| &row.key).collect();
    let orphans = rows.iter().filter(|row| row.parent.as_ref().is_some_and(|p| !defined.contains(p))).count();
    let first_is_root = rows.first().is_some_and(|row| row.parent.is_none());
    let strange = rows.iter().filter(|row| row.kind.is_none_or(|k| k > 7)).count();
    let whole = places(Code::BadId) + places(Code::BadParent) + places(Code::BadType) + places(Code::FloatNumbers);
    let floats = places(Code::BadCoordinate) + places(Code::MissingRadius) + places(Code::DecimalComma);
    let thin = rows.iter().filter(|row| row.radius.is_none_or(|r| r <= 0.0)).count();
    let gaps = rows.iter().zip(1..).filter(|(row, expected)| row.key != Key::Number(*expected)).count();
    let unsorted = places(Code::ChildBeforeParent);
    let contour = places(Code::SomaContour);
    let (long, mean) = long_compartments(rows);
    vec![
        check("missing columns", missing, format!("{missing} lines with fewer than 7 columns")),
        check("sample count", usize::from(rows.is_empty()), format!("{} samples", rows.len())),
        check("soma count", usize::from(somata == 0), format!("{somata} soma samples")),
        check("root parent", usize::from(!first_is_root), "the first sample should have parent -1".into()),
        check("invalid parents", orphans, format!("{orphans} parents that are not defined")),
        check("non-standard types", strange, format!("{strange} samples of a type other than 0 to 7")),
        check("integer columns", whole, format!("{whole} numbers, types or parents that are not written as integers")),
        check("float columns", floats, format!("{floats} lines with positions or radii that are not numbers")),
        check("positive radius", thin, format!("{thin} samples without a radius above 0")),
        check("sequential index", gaps, format!("{gaps} samples that are not numbered 1, 2, 3, …")),
        check("sorted order", unsorted, format!("{unsorted} samples before their parents")),
        check("soma contour", contour, format!("{contour} somata drawn as an outline")),
        check(
            "abnormally long compartments",
            long,
            format!("{long} edges longer than {LONG} times the mean {mean:.2}"),
        ),
    ]
}

/// How many edges are abnormally long, and the mean length of all.
fn long_compartments(rows: &[Row]) -> (usize, f64) {
    let place = |row: &Row| -> Option<[f64; 3]> {
        let [x, y, z] = row.position;
        Some([x?, y?, z?])
    };
    let at: std::collections::HashMap<&Key, [f64; 3]> =
        rows.iter().filter_map(|row| Some((&row.key, place(row)?))).collect();
    let length = |row: &Row| -> Option<f64> {
        let (here, there) = (place(row)?, at.get(row.parent.as_ref()?)?);
        Some((0..3).map(|k| (here[k] - there[k]).powi(2)).sum::<f64>().sqrt())
    };
    let lengths: Vec<f64> = rows.iter().filter_map(length).collect();
    let mean = lengths.iter().sum::<f64>() / lengths.len().max(1) as f64;
    (lengths.iter().filter(|&&l| l > LONG * mean).count(), mean)
}
