//! Recordings in Neurodata Without Borders (NWB 2): HDF5 with typed groups.
//!
//! Traces are a `RoiResponseSeries`, frames x regions: where there are several, one of `DfOverF` before one of
//! `Fluorescence`, and processed ones before those of the acquisition; the others are said in the log. Times are its
//! `timestamps`, or the `rate` of its `starting_time`.
//!
//! The standard has no place for the name of a neuron, so laboratories add a column of texts to the table of regions, or a
//! list beside the series. A column of one of a few names ([`NAMES`]) counts: of as many rows as there are traces, or
//! else picked by the numbers in `rois`; the one nearest to the series in the tree where there are several. States are a
//! table of intervals (`TimeIntervals`) with a column of texts such as `state` ([`STATES`]).

mod soft_links;

use hdf5_pure::{AttrValue, DType, Dataset, File, Group};

use super::extent::sides;
use crate::activity::recording::is_identity;
use crate::activity::{Recording, States};
use crate::error::{Error, Result};

/// Columns that hold neurons' names.
const NAMES: [&str; 9] =
    ["neuron_name", "neuron_names", "ID_labels", "labels", "label", "cell_name", "identity", "neuron", "name"];
/// Columns that hold the states of intervals.
const STATES: [&str; 6] = ["state", "states", "behavior", "behaviour", "label", "labels"];
/// The deepest that groups are looked into, and the most of them; real files have some hundred.
const DEEPEST: usize = 12;
const MOST_GROUPS: usize = 20_000;

pub(super) fn parse(name: &str, bytes: &[u8]) -> Result<Recording> {
    let file = File::from_bytes(soft_links::removed(bytes.to_vec())).map_err(damaged)?;
    let found = Found::of(&file.root(), bytes.len())?;
    let mut series: Vec<&(String, Group)> = found.series.iter().collect();
    series.sort_by_key(|(path, _)| {
        (!path.contains("DfOverF"), !path.contains("Fluorescence"), path.starts_with("/acquisition"), path.clone())
    });
    let Some((path, group)) = series.first() else {
        return Err(Error::format("no `RoiResponseSeries` in the NWB file, so no recording")
            .help("traces of extracted neurons are read, not images; `DfOverF` of the processing module `ophys` is where they belong"));
    };
    if series.len() > 1 {
        let others: Vec<&str> = series[1..].iter().map(|(p, _)| p.as_str()).collect();
        tracing::warn!("{name}: of several series `{path}` is read, not {}", others.join(", "));
    }
    let fault = |what: String| {
        Error::format(format!("`{path}`: {what}"))
            .help("a `RoiResponseSeries` has `data` of frames x regions, with times")
    };
    let data = group.dataset("data").map_err(|e| fault(e.to_string()))?;
    let shape = found.shape(&data)?;
    let [mut frames, mut neurons] = shape[..] else {
        return Err(fault(format!("the data has {} dimensions, expected 2", shape.len())));
    };
    let mut traces = data.read_f64().map_err(damaged)?;
    if traces.len() != frames * neurons {
        return Err(fault(format!("{} values for {frames} x {neurons}", traces.len())));
    }
    scale(&data, &mut traces)?;
    // Where series share their regions, one has them and the others a link.
    let shared = || series.iter().filter(|(p, _)| p.rsplit('/').nth(2) == path.rsplit('/').nth(2)).map(|(_, g)| g);
    let rois = match group.dataset("rois").ok().or_else(|| shared().find_map(|g| g.dataset("rois").ok())) {
        Some(rois) if found.shape(&rois)?.len() == 1 => rois.read_f64().map_err(damaged)?,
        _ => Vec::new(),
    };
    let times = times(group, &found)?;
    let counted = match &times {
        Times::Given(times) => Some(times.len()),
        Times::Rate(_) => None,
    };
    // Some writers put regions first.
    if frames != neurons && (counted == Some(neurons) || counted.is_none() && rois.len() == frames) {
        traces = (0..traces.len()).map(|i| traces[(i % frames) * neurons + i / frames]).collect();
        (frames, neurons) = (neurons, frames);
    }
    let dt = match &times {
        Times::Rate(rate) => 1.0 / rate,
        Times::Given(times) if times.len() == frames && frames > 1 => {
            (times[frames - 1] - times[0]) / (frames - 1) as f64
        }
        Times::Given(times) => return Err(fault(format!("{} times for {frames} frames", times.len()))),
    };
    let names = found.names(path, neurons, &rois)?;
    let named = |i: usize| names.get(i).map(|n| n.trim()).filter(|n| !n.is_empty());
    let neuron = |i: usize| match named(i) {
        Some(name) if !name.bytes().all(|b| b.is_ascii_digit()) => name.to_string(),
        _ => format!("unk{i:03}"),
    };
    let identified = (0..neurons).map(|i| named(i).is_some_and(is_identity)).collect();
    let recording =
        Recording::new(name, (0..neurons).map(neuron).collect(), traces, dt)?.with_identified(identified)?;
    let at = |t: usize| match &times {
        Times::Given(times) => times[t],
        Times::Rate(rate) => t as f64 / rate,
    };
    match found.states(frames, at)? {
        Some(states) => recording.with_states(states),
        None => Ok(recording),
    }
}

fn damaged(what: impl std::fmt::Display) -> Error {
    Error::format(format!("NWB file: {what}")).help("the file is damaged or unfinished: copy it again")
}

enum Times {
    /// Seconds of each frame.
    Given(Vec<f64>),
    /// Frames per second.
    Rate(f64),
}

fn times(group: &Group, found: &Found) -> Result<Times> {
    if let Ok(times) = group.dataset("timestamps") {
        found.shape(&times)?;
        return Ok(Times::Given(times.read_f64().map_err(damaged)?));
    }
    let rate = group.dataset("starting_time").ok().and_then(|start| number(&start, "rate"));
    match rate {
        Some(rate) if rate > 0.0 && rate.is_finite() => Ok(Times::Rate(rate)),
        _ => Err(Error::format("neither `timestamps` nor the `rate` of `starting_time` tells the sampling interval")
            .help("a series of an NWB file has one of them")),
    }
}

/// A number that is an attribute of a dataset.
fn number(dataset: &Dataset, name: &str) -> Option<f64> {
    match dataset.attrs().ok()?.get(name)? {
        AttrValue::F64(v) => Some(*v),
        AttrValue::F32(v) => Some(f64::from(*v)),
        AttrValue::I64(v) => Some(*v as f64),
        AttrValue::I32(v) => Some(f64::from(*v)),
        _ => None,
    }
}

/// What is stored times `conversion` plus `offset` is what was measured.
fn scale(data: &Dataset, traces: &mut [f64]) -> Result<()> {
    let (factor, offset) = (number(data, "conversion").unwrap_or(1.0), number(data, "offset").unwrap_or(0.0));
    if !(factor.is_finite() && factor != 0.0 && offset.is_finite()) {
        return Err(damaged(format!("a conversion of {factor} with an offset of {offset}")));
    }
    if (factor, offset) != (1.0, 0.0) {
        traces.iter_mut().for_each(|v| *v = *v * factor + offset);
    }
    Ok(())
}

/// What may matter in a file.
#[derive(Default)]
struct Found {
    /// Each `RoiResponseSeries` with its path.
    series: Vec<(String, Group)>,
    /// Each table of intervals.
    intervals: Vec<Group>,
    /// Groups that have a column of names, with their paths.
    tables: Vec<(String, Group, &'static str)>,
    /// Bytes of the file.
    size: usize,
}

impl Found {
    fn of(root: &Group, size: usize) -> Result<Self> {
        let mut found = Found { size, ..Found::default() };
        let mut open = vec![(String::new(), root.clone(), 0)];
        let mut seen = 0;
        while let Some((path, group, depth)) = open.pop() {
            crate::interrupt::check()?;
            seen += 1;
            if depth > DEEPEST || seen > MOST_GROUPS {
                return Err(damaged(format!("groups nested deeper than {DEEPEST}, or more than {MOST_GROUPS}")));
            }
            let kind = match group.attrs().map_err(damaged)?.get("neurodata_type") {
                Some(
                    AttrValue::String(t)
                    | AttrValue::AsciiString(t)
                    | AttrValue::VarLenString(t)
                    | AttrValue::VarLenAsciiString(t),
                ) => t.clone(),
                _ => String::new(),
            };
            match kind.as_str() {
                "RoiResponseSeries" => found.series.push((path.clone(), group.clone())),
                "TimeIntervals" => found.intervals.push(group.clone()),
                _ => {
                    let datasets = group.datasets().map_err(damaged)?;
                    let column = NAMES.into_iter().find(|n| datasets.iter().any(|d| d == n));
                    found.tables.extend(column.map(|column| (path.clone(), group.clone(), column)));
                }
            }
            // The specifications of the format lie in the file as well.
            for inside in group.groups().map_err(damaged)?.into_iter().filter(|n| depth > 0 || n != "specifications") {
                let below = group.group(&inside).map_err(damaged)?;
                open.push((format!("{path}/{inside}"), below, depth + 1));
            }
        }
        Ok(found)
    }

    fn shape(&self, dataset: &Dataset) -> Result<Vec<usize>> {
        sides(dataset, self.size).map_err(damaged)
    }

    /// A column of texts; none where it holds something else.
    fn texts(&self, group: &Group, column: &str) -> Result<Option<Vec<String>>> {
        let Ok(dataset) = group.dataset(column) else { return Ok(None) };
        let text = matches!(dataset.dtype(), Ok(DType::String | DType::VariableLengthString));
        if !text || self.shape(&dataset)?.len() != 1 {
            return Ok(None);
        }
        dataset.read_string().map(Some).map_err(damaged)
    }

    /// The names of `neurons` regions, the numbers of which in their table are `rois`; fewer where there are none.
    fn names(&self, series: &str, neurons: usize, rois: &[f64]) -> Result<Vec<String>> {
        let common = |path: &str| path.split('/').zip(series.split('/')).take_while(|(a, b)| a == b).count();
        let mut tables: Vec<&(String, Group, &str)> = self.tables.iter().collect();
        tables.sort_by_key(|(path, ..)| (std::cmp::Reverse(common(path)), path.clone()));
        for (_, group, column) in tables {
            let Some(texts) = self.texts(group, column)? else { continue };
            if rois.len() == neurons && rois.iter().all(|&i| i >= 0.0 && (i as usize) < texts.len()) {
                return Ok(rois.iter().map(|&i| texts[i as usize].clone()).collect());
            }
            if texts.len() == neurons {
                return Ok(texts);
            }
        }
        Ok(Vec::new())
    }

    /// The state of each frame, whose seconds `at` tells: that of the interval it lies in.
    fn states(&self, frames: usize, at: impl Fn(usize) -> f64) -> Result<Option<States>> {
        for table in &self.intervals {
            let Some(names) = STATES.iter().find_map(|c| self.texts(table, c).transpose()).transpose()? else {
                continue;
            };
            let column = |name: &str| -> Result<Vec<f64>> {
                let dataset = table.dataset(name).map_err(damaged)?;
                self.shape(&dataset)?;
                dataset.read_f64().map_err(damaged)
            };
            let (starts, stops) = (column("start_time")?, column("stop_time")?);
            if starts.len() != names.len() || stops.len() != names.len() {
                return Err(damaged(format!("{} states with {} times", names.len(), starts.len().min(stops.len()))));
            }
            // Intervals are in order and few against the frames they cover, so a pointer that moves on finds them.
            let mut order: Vec<usize> = (0..names.len()).collect();
            order.sort_by(|&a, &b| starts[a].total_cmp(&starts[b]));
            let mut next = 0;
            let mut current: Option<usize> = None;
            let state = |t: usize| {
                while next < order.len() && starts[order[next]] <= at(t) {
                    current = Some(order[next]);
                    next += 1;
                }
                current.filter(|&i| at(t) < stops[i]).map_or("", |i| names[i].as_str())
            };
            return Ok(Some(States::from_names((0..frames).map(state))));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// What pynwb wrote: `tests/fixtures/activity/make_nwb.py`.
    fn fixture(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/tests/fixtures/activity/{name}.nwb", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    #[test]
    fn series_names_and_intervals_become_a_recording() {
        let r = parse("w", &fixture("ophys")).unwrap();
        assert_eq!(r.to_string(), "Recording(w, 6 frames of 0.250 s, 3 neurons, 2 identified, 2 states)");
        // `rois` picks rows 2, 0 and 1 of the table, and ΔF/F is taken before fluorescence.
        assert_eq!(r.neurons().as_ref(), ["AVAR", "AVAL", "unk002"]);
        assert_eq!(r.trace(0), [0.0, 3.0, 6.0, 9.0, 12.0, 15.0]);
        let states: Vec<_> = (0..6).map(|t| r.states().unwrap().get(t)).collect();
        assert_eq!(states, [Some("fwd"), Some("fwd"), Some("rev"), Some("rev"), None, None]);
    }

    #[test]
    fn regions_may_come_first_and_values_be_scaled() {
        let r = parse("w", &fixture("transposed")).unwrap();
        assert_eq!(r.to_string(), "Recording(w, 5 frames of 0.500 s, 2 neurons, 2 identified, no states)");
        assert_eq!(r.trace(1), [10.0, 12.0, 14.0, 16.0, 18.0]);
        assert_eq!(r.neurons().as_ref(), ["RIML", "RIMR"]);
    }

    #[test]
    fn files_without_traces_and_damaged_ones_are_refused() {
        let empty = parse("w", &fixture("empty")).unwrap_err();
        assert!(empty.message.contains("no `RoiResponseSeries`") && empty.help.is_some());
        let whole = fixture("ophys");
        for end in (0..whole.len()).step_by(whole.len() / 60) {
            assert!(parse("w", &whole[..end]).map_or_else(|e| e.help.is_some(), |_| true), "cut at {end}");
        }
        assert!(parse("w", b"no HDF5").unwrap_err().message.contains("NWB file"));
    }
}
