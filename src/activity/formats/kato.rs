//! The layouts in which laboratories release whole-brain recordings as MATLAB files.
//!
//! * Kato et al. (2015), all animals in one struct (`WT_NoStim`, `WT_Stim`, `AVA_HisCl`): each field is a cell of as many
//!   elements as there are animals. Bleach-corrected traces are `deltaFOverF_bc` (or `traces`), names `NeuronNames` (or
//!   `IDs`), times `tv` (or `timeVectorSeconds`), states a struct `States` of one vector of 0 and 1 for each state, or a
//!   vector of numbers from 1.
//! * Kato et al., one file for each animal: `wbData` with `NeuronIds`, of which each is a cell of up to two candidates; the
//!   name counts as an identity where it is the only one. In these files neurons called `SMB…` are the later `SMD…`, and
//!   get that name. States lie in a file of their own, `sevenStateColoring.mat`, see [`Colouring`].
//! * Nichols et al. (2017): `wbdataset` (or the fields by themselves) with `IDs`, `traces`, `timeVectorSeconds` and
//!   `FiveStates.fiveStates` with `fiveStateNames`.

use super::mat::{Value, Variables};
use crate::activity::recording::is_identity;
use crate::activity::{Recording, States};
use crate::error::{Error, Result};

const TRACES: [&str; 4] = ["deltaFOverF_bc", "traces", "deltaFOverF", "traces_raw"];
const NAMES: [&str; 3] = ["NeuronNames", "IDs", "NeuronIds"];
const TIMES: [&str; 2] = ["tv", "timeVectorSeconds"];
/// A number of states beyond which a file is damaged.
const MOST_STATES: usize = 1000;
/// Names of the states of files that number four of them.
const FOUR: [&str; 4] = ["FWD", "REV", "REVSUS", "TURN"];

/// The recordings among the variables of a file called `name`.
pub(super) fn recordings(name: &str, variables: &Variables) -> Result<Vec<Recording>> {
    let top = Value::Structs(vec![variables.clone()]);
    let holders: Vec<&Value> = std::iter::once(&top).chain(variables.iter().map(|(_, v)| v.unwrapped())).collect();
    let Some(holder) = holders.into_iter().find(|v| v.any_field(&TRACES).is_some()) else {
        let found: Vec<&str> = variables.iter().map(|(n, _)| n.as_str()).collect();
        return Err(Error::format(format!("no recording among the variables: {}", found.join(", ")))
            .help("the layouts of Kato et al. (2015) and Nichols et al. (2017) are read: a struct with `deltaFOverF_bc` or `traces`"));
    };
    let animals = match holder.any_field(&TRACES) {
        Some(Value::Cells(cells)) => cells.len(),
        _ => 1,
    };
    (0..animals).map(|animal| recording(name, holder, animal, animals)).collect()
}

/// The states of several animals in a file of their own: a struct with a `dataset` for each animal, whose
/// `stateTimeSeries` is numbered from 1, and the states' names as `key`.
pub(super) struct Colouring(Vec<(Option<String>, States)>);

impl Colouring {
    /// The states among the variables of a file; none where there are none in this layout.
    pub(super) fn of(variables: &Variables) -> Result<Option<Self>> {
        let top = Value::Structs(vec![variables.clone()]);
        let holder = std::iter::once(&top)
            .chain(variables.iter().map(|(_, v)| v.unwrapped()))
            .find(|v| matches!(v.field("dataset").map(Value::unwrapped), Some(Value::Structs(_))));
        let Some(Value::Structs(animals)) = holder.and_then(|h| h.field("dataset")).map(Value::unwrapped) else {
            return Ok(None);
        };
        let names = holder.and_then(|h| h.field("key")).map(names_of_states).unwrap_or_default();
        let mut found = Vec::new();
        for animal in animals {
            let value = Value::Structs(vec![animal.clone()]);
            let Some(series) = value.field("stateTimeSeries") else { continue };
            let frames = series.numbers().map_or(0, <[f64]>::len);
            let states = numbered(series, &names, frames).map_err(|what| {
                Error::format(what).help("`stateTimeSeries` has the number of a state for each frame, from 1")
            })?;
            found.push((value.any_field(&["name", "dataset", "FlNm"]).and_then(Value::text), states));
        }
        Ok((!found.is_empty()).then_some(Colouring(found)))
    }

    /// The states of an animal: those under its name, or else the only ones of as many frames.
    pub(super) fn states(&self, name: &str, frames: usize) -> Option<&States> {
        let fit = || self.0.iter().filter(|(_, states)| states.len() == frames);
        let named = fit().find(|(own, _)| own.as_deref() == Some(name));
        let mut all = fit();
        named.or_else(|| all.next().filter(|_| all.next().is_none())).map(|(_, states)| states)
    }
}

/// What a field says of one animal.
fn of_animal<'a>(holder: &'a Value, fields: &[&str], animal: usize, animals: usize) -> Option<&'a Value> {
    match holder.any_field(fields)? {
        // Names are a cell as well, so with one animal a cell is not necessarily that of animals.
        Value::Cells(cells) if animals > 1 || (cells.len() == 1 && !matches!(cells[0], Value::Text(_))) => {
            cells.get(animal)
        }
        other => Some(other),
    }
}

fn recording(file: &str, holder: &Value, animal: usize, animals: usize) -> Result<Recording> {
    let of = |fields: &[&str]| of_animal(holder, fields, animal, animals);
    let name = match of(&["dataset", "FlNm"]).and_then(Value::text) {
        Some(name) if !name.is_empty() => name,
        _ if animals == 1 => file.to_string(),
        _ => format!("{file}_{}", animal + 1),
    };
    let fault = |what: &str| {
        Error::format(format!("recording `{name}`: {what}"))
            .help("traces are frames x neurons, with a name for each neuron and a time for each frame")
    };
    let (mut frames, mut neurons, mut traces) =
        of(&TRACES).and_then(Value::matrix).ok_or_else(|| fault("the traces are no matrix"))?;
    let mut names = of(&NAMES).map(names).unwrap_or_default();
    if holder.field("NeuronIds").is_some() {
        for (name, _) in &mut names {
            if let Some(rest) = name.strip_prefix("SMB") {
                *name = format!("SMD{rest}");
            }
        }
    }
    if neurons != names.len() && frames == names.len() {
        traces = (0..traces.len()).map(|i| traces[(i % frames) * neurons + i / frames]).collect();
        (frames, neurons) = (neurons, frames);
    }
    if !names.is_empty() && names.len() != neurons {
        return Err(fault(&format!("{} names for {neurons} columns of traces", names.len())));
    }
    let times = of(&TIMES).and_then(Value::numbers);
    let dt = match (times, of(&["fps"]).and_then(Value::number)) {
        (Some(times), _) if times.len() == frames && frames > 1 => (times[frames - 1] - times[0]) / (frames - 1) as f64,
        (_, Some(fps)) => 1.0 / fps,
        _ => return Err(fault("neither `tv` nor `fps` tells the sampling interval")),
    };
    let placed = |i: usize| match names.get(i) {
        Some((name, _)) if !name.is_empty() && !name.bytes().all(|b| b.is_ascii_digit()) => name.clone(),
        _ => format!("unk{i:03}"),
    };
    let identified = (0..neurons).map(|i| names.get(i).is_some_and(|(n, only)| *only && is_identity(n))).collect();
    let recording =
        Recording::new(&name, (0..neurons).map(placed).collect(), traces, dt)?.with_identified(identified)?;
    let states = of(&["States"]).or_else(|| of(&["FiveStates"]));
    match states.map(|s| states_of(s, frames)).transpose().map_err(|what| fault(&what))?.flatten() {
        Some(states) => recording.with_states(states),
        None => Ok(recording),
    }
}

/// Each neuron's name, and whether it is the only candidate.
fn names(value: &Value) -> Vec<(String, bool)> {
    let one = |value: &Value| -> (String, bool) {
        let mut candidates = Vec::new();
        texts(value, &mut candidates);
        candidates.retain(|c| !c.is_empty());
        (candidates.first().cloned().unwrap_or_default(), candidates.len() == 1)
    };
    match value {
        Value::Cells(cells) => {
            // A cell that wraps the list of names is looked into.
            match cells.as_slice() {
                [Value::Cells(inner)] if inner.len() > 1 => inner.iter().map(one).collect(),
                cells => cells.iter().map(one).collect(),
            }
        }
        other => vec![one(other)],
    }
}

/// All texts in a value, however nested; MATLAB's readers limit the depth.
fn texts(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Cells(cells) => cells.iter().for_each(|c| texts(c, out)),
        other => out.extend(other.text()),
    }
}

/// States from a struct of vectors of 0 and 1, from numbers with names, or from bare numbers.
fn states_of(value: &Value, frames: usize) -> std::result::Result<Option<States>, String> {
    if let (Some(codes), Some(names)) = (value.field("fiveStates"), value.field("fiveStateNames")) {
        let names = names_of_states(names);
        return numbered(codes, &names, frames).map(Some);
    }
    if let Value::Structs(all) = value.unwrapped()
        && let Some(fields) = all.first()
    {
        let columns: Vec<(&String, &[f64])> =
            fields.iter().filter_map(|(n, v)| v.numbers().filter(|v| v.len() == frames).map(|v| (n, v))).collect();
        if columns.is_empty() {
            return Err(format!("no field of `States` has {frames} values"));
        }
        let code = |t: usize| columns.iter().position(|(_, v)| v[t] != 0.0).map(|s| s as u32);
        let names: Vec<String> = columns.iter().map(|(n, _)| (*n).clone()).collect();
        return States::new(names.into(), (0..frames).map(code).collect()).map(Some).map_err(|e| e.message);
    }
    match value.numbers() {
        Some([]) | None => Ok(None),
        Some(_) => numbered(value, &FOUR.map(String::from), frames).map(Some),
    }
}

fn names_of_states(value: &Value) -> Vec<String> {
    let mut names = Vec::new();
    texts(value, &mut names);
    names
}

/// States numbered from 1; 0 and what is not finite is not known.
fn numbered(value: &Value, names: &[String], frames: usize) -> std::result::Result<States, String> {
    let codes = value.numbers().unwrap_or_default();
    if codes.len() != frames {
        return Err(format!("{} states for {frames} frames", codes.len()));
    }
    let code = |&v: &f64| (v >= 1.0).then(|| v as u32 - 1);
    let most = codes.iter().filter_map(code).max().map_or(0, |m| m as usize + 1);
    if most > MOST_STATES {
        return Err(format!("a state has the number {most}, expected {MOST_STATES} at most"));
    }
    let name = |i: usize| names.get(i).filter(|_| most <= names.len()).cloned().unwrap_or(format!("state{}", i + 1));
    let names: Vec<String> = (0..most.max(names.len())).map(name).collect();
    States::new(names.into(), codes.iter().map(code).collect()).map_err(|e| e.message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::mat;
    use super::*;

    /// What `tests/fixtures/activity/make_mat.py` wrote.
    fn fixture(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/tests/fixtures/activity/{name}.mat", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    fn read(name: &str) -> Vec<Recording> {
        recordings(name, &mat::variables(&fixture(name)).unwrap()).unwrap()
    }

    #[test]
    fn both_versions_of_one_release_give_the_same_recordings() {
        let (old, new) = (read("kato_nostim_v5"), read("kato_nostim_v73"));
        assert_eq!(old[1].to_string(), "Recording(TS2, 12 frames of 0.330 s, 4 neurons, 3 identified, 3 states)");
        // A name in a cell of its own is unwrapped, and a number is no name.
        assert_eq!(old[1].neurons().as_ref(), ["AVAL", "RIBL", "unk002", "SMDDR"]);
        assert_eq!(old[0].trace(0)[..3], [0.346, -1.303, -0.537]);
        for (a, b) in old.iter().zip(&new) {
            assert_eq!((a.traces(), a.neurons(), a.identified()), (b.traces(), b.neurons(), b.identified()));
            let states = |r: &Recording| -> Vec<String> {
                (0..r.frames()).map(|t| r.states().unwrap().get(t).unwrap().to_string()).collect()
            };
            assert_eq!(states(a), states(b));
            assert_eq!(states(a)[3..6], ["fwd", "slow", "slow"]);
            // HDF5 has members in the order of their names, MATLAB's own order stands in an attribute.
            assert_eq!(a.states().unwrap().names().as_ref(), ["fwd", "slow", "revsus"]);
            assert_eq!(a.states().unwrap().names(), b.states().unwrap().names());
        }
    }

    #[test]
    fn other_layouts_have_other_fields() {
        let stim = read("kato_stim_v5");
        assert_eq!(stim[1].states().unwrap().names().as_ref(), FOUR);
        assert_eq!(stim[0].states().unwrap().get(5), Some("REV"));
        let one = read("wbdata_v5");
        assert_eq!(one[0].name(), "TS20140715e");
        // Two candidates are no identity, and SMB is called SMD today.
        assert_eq!(one[0].identified(), [true, false, false, true]);
        assert_eq!(one[0].neurons()[3], "SMDDL");
    }

    #[test]
    fn states_in_a_file_of_their_own_go_to_the_animal_of_their_frames() {
        let colouring = Colouring::of(&mat::variables(&fixture("sevenStateColoring")).unwrap()).unwrap().unwrap();
        let states = colouring.states("TS20140715e", 12).unwrap();
        assert_eq!(states.names().as_ref(), ["LOW", "RISE", "HIGH"]);
        assert_eq!([states.get(0), states.get(4), states.get(11)], [None, Some("LOW"), Some("RISE")]);
        // Two others have eight frames, which leaves open whose they are.
        assert!(colouring.states("TS1", 8).is_none() && colouring.states("TS1", 13).is_none());
        assert!(Colouring::of(&mat::variables(&fixture("wbdata_v5")).unwrap()).unwrap().is_none());
    }

    #[test]
    fn damaged_files_are_refused_or_read_but_never_panic() {
        for name in ["kato_nostim_v5", "kato_stim_v5", "wbdata_v5", "sevenStateColoring"] {
            let bytes = fixture(name);
            for end in 0..bytes.len() {
                let read = mat::variables(&bytes[..end]).and_then(|v| recordings(name, &v));
                assert!(read.map_or_else(|e| e.help.is_some(), |_| true), "{name} cut at {end}");
            }
            for (at, flip) in (0..bytes.len()).flat_map(|at| [(at, 1u8), (at, 0x80), (at, 0xff)]) {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                let read = mat::variables(&damaged).and_then(|v| recordings(name, &v));
                assert!(read.map_or_else(|e| e.help.is_some(), |_| true), "{name} flipped at {at}");
            }
        }
        assert!(mat::variables(b"hello").unwrap_err().message.contains("no MATLAB file"));
    }

    #[test]
    fn the_two_published_files_decode_to_their_table() {
        let root = std::env::var_os("NMS_DATA").map_or_else(
            || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
            std::path::PathBuf::from,
        );
        let folder = root.join("celegans");
        let Ok(table) = std::fs::read_to_string(folder.join("neuron_class_279.csv")) else { return };
        let variable = |file: &str| mat::variables(&std::fs::read(folder.join(file)).unwrap()).unwrap().remove(0).1;
        let Value::Cells(cells) = variable("Order279.mat") else { panic!("Order279 is a cell array") };
        let names: Vec<String> = cells.iter().filter_map(Value::text).collect();
        let ids = variable("ClassIDs_279.mat");
        let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split(',').collect()).collect();
        assert_eq!(names, rows.iter().map(|r| r[0]).collect::<Vec<_>>());
        assert_eq!(ids.numbers().unwrap(), rows.iter().map(|r| r[1].parse().unwrap()).collect::<Vec<f64>>());
    }
}
