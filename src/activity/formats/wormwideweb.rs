//! Recordings of freely moving worms as WormWideWeb releases them (Atanas & Kim et al. 2023): a JSON object.
//!
//! Traces are `trace_original` (ratios as they were measured) or else `trace_array` (z-scored), a list for each neuron.
//! Times are `timestamp_confocal` in seconds, or else `avg_timestep` in minutes. `labeled` names some neurons by their
//! number, counted from 1, as a text or as an object with a `label`; all others are called `unkNNN`. `reversal_events`,
//! lists of a first and a last frame counted from 1, become the states `reversal` and `other`. What else the animal did
//! (velocity, curvature, pumping) is numbers, not states, and is left out.

use serde_json::{Map, Value};

use crate::activity::recording::is_identity;
use crate::activity::{Recording, States};
use crate::error::{Error, Result};

pub(super) fn parse(name: &str, bytes: &[u8]) -> Result<Recording> {
    let root: Value = serde_json::from_slice(bytes).map_err(|e| {
        Error::format(format!("no JSON: {e}"))
            .at_line(e.line())
            .help("the file is damaged or unfinished: copy it again")
    })?;
    let root = root.as_object().ok_or_else(|| wrong("the file", "an object"))?;
    let Some((key, rows)) = ["trace_original", "trace_array"].into_iter().find_map(|k| Some((k, root.get(k)?))) else {
        return Err(Error::format("neither `trace_original` nor `trace_array`, so no recording")
            .help("recordings as WormWideWeb releases them are read from JSON"));
    };
    let rows = list(key, rows)?;
    let traces: Vec<Vec<f64>> = rows.iter().map(|row| numbers(key, row)).collect::<Result<_>>()?;
    let frames = traces.first().map_or(0, Vec::len);
    if let Some(neuron) = traces.iter().position(|t| t.len() != frames) {
        return Err(Error::format(format!(
            "`{key}` has {frames} frames of neuron 1, but {} of neuron {}",
            traces[neuron].len(),
            neuron + 1
        ))
        .help("traces are a list of as many values for each neuron"));
    }
    let (names, identified) = names(root, traces.len())?;
    let values = (0..frames).flat_map(|t| traces.iter().map(move |trace| trace[t])).collect();
    let recording = Recording::new(name, names, values, interval(root, frames)?)?.with_identified(identified)?;
    match root.get("reversal_events").filter(|v| !v.is_null()) {
        Some(events) => recording.with_states(reversals(events, frames)?),
        None => Ok(recording),
    }
}

fn wrong(what: &str, expected: &str) -> Error {
    Error::format(format!("{what} is not {expected}"))
        .help("recordings as WormWideWeb releases them are read from JSON")
}

fn list<'a>(key: &str, value: &'a Value) -> Result<&'a Vec<Value>> {
    value.as_array().ok_or_else(|| wrong(&format!("`{key}`"), "a list"))
}

/// Numbers, in which `null` is a value that is missing.
fn numbers(key: &str, value: &Value) -> Result<Vec<f64>> {
    let number = |v: &Value| match v {
        Value::Null => Ok(f64::NAN),
        v => v.as_f64().ok_or_else(|| wrong(&format!("`{v}` in `{key}`"), "a number")),
    };
    list(key, value)?.iter().map(number).collect()
}

/// Seconds from a frame to the next.
fn interval(root: &Map<String, Value>, frames: usize) -> Result<f64> {
    if let Some(times) = root.get("timestamp_confocal").filter(|v| !v.is_null()) {
        let times = numbers("timestamp_confocal", times)?;
        if times.len() != frames {
            return Err(Error::format(format!("{} times for {frames} frames", times.len()))
                .help("`timestamp_confocal` has the seconds of each frame"));
        }
        if frames > 1 {
            return Ok((times[frames - 1] - times[0]) / (frames - 1) as f64);
        }
    }
    match root.get("avg_timestep").and_then(Value::as_f64) {
        Some(minutes) if minutes > 0.0 && minutes < 1.0 => Ok(60.0 * minutes),
        Some(minutes) => Err(Error::format(format!("`avg_timestep` is {minutes} minutes"))
            .help("the average time between frames in minutes is above 0 and below 1")),
        None => Err(Error::format("neither `timestamp_confocal` nor `avg_timestep` tells the sampling interval")
            .help("give `avg_timestep`, the average time between frames in minutes")),
    }
}

/// The neurons' names, and whether they are identities.
fn names(root: &Map<String, Value>, neurons: usize) -> Result<(Vec<String>, Vec<bool>)> {
    let mut names: Vec<String> = (0..neurons).map(|i| format!("unk{i:03}")).collect();
    let mut identified = vec![false; neurons];
    let Some(labeled) = root.get("labeled").filter(|v| !v.is_null()) else {
        return Ok((names, identified));
    };
    let labeled = labeled.as_object().ok_or_else(|| wrong("`labeled`", "an object"))?;
    for (number, label) in labeled {
        let place = number.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).filter(|&i| i < neurons);
        let Some(place) = place else {
            return Err(Error::format(format!("`labeled` names neuron `{number}`, but there are {neurons}"))
                .help("neurons are counted from 1"));
        };
        let text = label.as_str().or_else(|| label.get("label").and_then(Value::as_str));
        let text =
            text.ok_or_else(|| wrong(&format!("neuron {number} of `labeled`"), "a text, or an object with a `label`"))?;
        if !text.trim().is_empty() {
            names[place] = text.trim().to_string();
            identified[place] = is_identity(text);
        }
    }
    Ok((names, identified))
}

fn reversals(events: &Value, frames: usize) -> Result<States> {
    let mut codes = vec![Some(1); frames];
    for event in list("reversal_events", events)? {
        let ends = numbers("reversal_events", event)?;
        match ends[..] {
            [first, last] if first >= 1.0 && last >= first && last <= frames as f64 => {
                codes[first as usize - 1..last as usize].fill(Some(0));
            }
            _ => {
                return Err(Error::format(format!("a reversal of the frames {ends:?}, of {frames}"))
                    .help("a reversal has its first and its last frame, counted from 1"));
            }
        }
    }
    States::new(["reversal".to_string(), "other".to_string()].into(), codes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn with(change: impl Fn(&mut Value)) -> Result<Recording> {
        let mut root = serde_json::json!({
            "uid": "2022-01-01-01", "max_t": 4, "avg_timestep": 0.01, "num_neurons": 3,
            "trace_array": [[1, 2, 3, 4], [5, 6, 7, 8], [0.5, null, 1.5, 2]],
            "labeled": { "1": { "label": "AVAL", "confidence": 4 }, "3": "RIM?" },
            "reversal_events": [[2, 3]], "velocity": [0.1, -0.1, -0.1, 0.1]
        });
        change(&mut root);
        parse("worm", root.to_string().as_bytes())
    }

    #[test]
    fn traces_lie_by_neuron_and_some_have_names() {
        let r = with(|_| {}).unwrap();
        assert_eq!(r.to_string(), "Recording(worm, 4 frames of 0.600 s, 3 neurons, 1 identified, 2 states)");
        assert_eq!(r.neurons().as_ref(), ["AVAL", "unk001", "RIM?"]);
        assert_eq!(r.trace(1), [5.0, 6.0, 7.0, 8.0]);
        assert!(r.trace(2)[1].is_nan());
        assert_eq!(
            (0..4).map(|t| r.states().unwrap().get(t).unwrap()).collect::<Vec<_>>(),
            ["other", "reversal", "reversal", "other"]
        );
        let timed = with(|v| v["timestamp_confocal"] = serde_json::json!([0.0, 0.5, 1.0, 1.5])).unwrap();
        assert_eq!(timed.dt(), 0.5);
    }

    #[test]
    fn what_does_not_fit_says_what_was_expected() {
        let fault = |change: &dyn Fn(&mut Value)| {
            let error = with(change).unwrap_err();
            assert!(error.help.is_some(), "{error}");
            error.message
        };
        assert!(
            fault(&|v| v["trace_array"][1] = serde_json::json!([1, 2]))
                .contains("4 frames of neuron 1, but 2 of neuron 2")
        );
        assert!(fault(&|v| v["trace_array"][1][0] = "x".into()).contains("not a number"));
        assert!(fault(&|v| v["trace_array"] = serde_json::json!([])).contains("neuron `1`, but there are 0"));
        assert!(fault(&|v| v["labeled"]["9"] = "AVAR".into()).contains("neuron `9`, but there are 3"));
        assert!(fault(&|v| v["avg_timestep"] = 100.into()).contains("100 minutes"));
        assert!(fault(&|v| v["avg_timestep"] = Value::Null).contains("neither `timestamp_confocal`"));
        assert!(fault(&|v| v["timestamp_confocal"] = serde_json::json!([0, 1])).contains("2 times for 4 frames"));
        assert!(fault(&|v| v["reversal_events"] = serde_json::json!([[3, 9]])).contains("of 4"));
        assert!(fault(&|v| *v = serde_json::json!({ "a": 1 })).contains("so no recording"));
        assert_eq!(parse("w", b"{\n\"trace_array\": [[1,").unwrap_err().line, Some(2));
    }
}
