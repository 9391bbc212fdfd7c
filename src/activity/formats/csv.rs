//! Recordings as CSV: a row for each frame.
//!
//! A column of time in seconds (`t_s`, `t`, `time`, `time_s`, `timestamp`) or of frame numbers (`frame`: one second apart,
//! as nothing tells the interval), optionally one of states (`state`, `label`, `behavior`, `behaviour`; empty where it is
//! not known), and a column for each neuron. Columns of behaviour (`velocity…`, `angular_velocity`, `head_curvature`,
//! `body_curvature`, `pumping`) are not neurons and are left out.

use crate::activity::{Recording, States};
use crate::error::{Error, Result};

const TIMES: [&str; 6] = ["t_s", "t", "time", "time_s", "timestamp", "seconds"];
const STATES: [&str; 4] = ["state", "label", "behavior", "behaviour"];
const BESIDE: [&str; 5] = ["velocity", "angular_velocity", "head_curvature", "body_curvature", "pumping"];

pub(super) fn parse(name: &str, bytes: &[u8]) -> Result<Recording> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        Error::format(format!("no UTF-8 text at byte {}", e.valid_up_to())).help("save the file as UTF-8")
    })?;
    let mut reader = ::csv::ReaderBuilder::new().from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let fault = |e: ::csv::Error| {
        let line = e.position().map(|p| p.line() as usize);
        let error = Error::format(e.to_string()).help("every row has as many fields as the header");
        line.map_or(error.clone(), |line| error.at_line(line))
    };
    let header: Vec<String> = reader.headers().map_err(fault)?.iter().map(|h| h.trim().to_string()).collect();
    let find = |names: &[&str]| header.iter().position(|h| names.contains(&h.to_lowercase().as_str()));
    let (time, frame, state) = (find(&TIMES), find(&["frame"]), find(&STATES));
    let beside = |h: &str| BESIDE.iter().any(|b| h.to_lowercase().starts_with(b));
    let columns: Vec<usize> = (0..header.len())
        .filter(|&c| Some(c) != time && Some(c) != frame && Some(c) != state && !beside(&header[c]))
        .collect();
    if time.is_none() && frame.is_none() {
        return Err(Error::format("no column of time, so no recording").help(
            "a recording has a column `t_s` of seconds (or `frame`), optionally `state`, and a column for each neuron",
        ));
    }
    let (mut times, mut states, mut traces) = (Vec::new(), Vec::new(), Vec::new());
    for row in reader.records() {
        let row = row.map_err(fault)?;
        let line = row.position().map_or(0, |p| p.line() as usize);
        let number = |column: usize| -> Result<f64> {
            match row[column].trim() {
                "" | "nan" | "NaN" | "NA" => Ok(f64::NAN),
                text => text.parse().map_err(|_| {
                    Error::format(format!("column `{}`: `{text}` is no number", header[column]))
                        .at_line(line)
                        .help("traces are numbers; what is missing is left empty")
                }),
            }
        };
        if let Some(column) = time.or(frame) {
            times.push((number(column)?, line));
        }
        if let Some(column) = state {
            states.push(row[column].to_string());
        }
        for &column in &columns {
            traces.push(number(column)?);
        }
    }
    let dt = match time {
        Some(_) => interval(&times)?,
        None => 1.0,
    };
    let neurons = columns.iter().map(|&c| header[c].clone()).collect();
    let recording = Recording::new(name, neurons, traces, dt)?;
    match state {
        Some(_) => recording.with_states(States::from_names(&states)),
        None => Ok(recording),
    }
}

/// The mean interval of times that must rise, and evenly so within a tenth of it.
fn interval(times: &[(f64, usize)]) -> Result<f64> {
    let (Some(first), Some(last)) = (times.first(), times.last()) else {
        return Err(Error::format("no frame: the file ends behind its header").help("copy the file again"));
    };
    if times.len() < 2 {
        return Err(Error::format("a single frame, which has no interval").help("a recording has two frames or more"));
    }
    let mean = (last.0 - first.0) / (times.len() - 1) as f64;
    let step = |w: &[(f64, usize)]| w[1].0 - w[0].0;
    match times.windows(2).find(|w| step(w).is_nan() || step(w) <= 0.0) {
        Some(w) => Err(Error::format(format!("time goes from {} to {}", w[0].0, w[1].0))
            .at_line(w[1].1)
            .help("times are seconds that rise from frame to frame")),
        None if !mean.is_finite() => Err(Error::format("times are not finite").help("times are seconds")),
        None => {
            if times.windows(2).any(|w| ((w[1].0 - w[0].0) - mean).abs() > 0.1 * mean) {
                tracing::warn!("frames are not evenly spaced; taken as {mean:.4} s apart");
            }
            Ok(mean)
        }
    }
}
