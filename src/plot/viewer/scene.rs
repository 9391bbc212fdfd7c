//! The data of a page, as its program reads them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::{SampleValues, ViewerOptions};
use crate::data::Labels;
use crate::error::{Error, Result, did_you_mean};
use crate::morph::{Morphology, kind};
use crate::plot::arbor::Part;
use crate::plot::theme::{PALETTE, PAPER, sequential};

/// Colours of the ramp; between them the page interpolates.
const STOPS: usize = 17;

/// Everything that the page's program is told: arrays as base64 of little-endian numbers.
pub(super) fn scene(
    neurons: &[&Morphology],
    labels: Option<&Labels>,
    values: &[SampleValues],
    options: &ViewerOptions,
) -> Result<Value> {
    let mut choices = vec!["type", "cell", "label", "branch order", "path length", "distance", "radius"];
    choices.extend(values.iter().map(|v| v.name.as_str()));
    if !choices.contains(&options.color.as_str()) {
        let near = did_you_mean(&options.color, choices.iter().copied());
        let near = near.map_or(String::new(), |near| format!("did you mean `{near}`? "));
        return Err(Error::value(format!("`color` is `{}`, which no neuron has", options.color))
            .help(format!("{near}there are: {}", choices.join(", "))));
    }
    let cells = neurons
        .iter()
        .enumerate()
        .map(|(at, m)| cell(m, at, labels.and_then(|l| l.get(at)), values))
        .collect::<Result<Vec<_>>>()?;
    let ramp: Vec<String> = (0..STOPS).map(|i| sequential(i as f64 / (STOPS - 1) as f64).css()).collect();
    let kinds = [kind::UNDEFINED, kind::SOMA, kind::AXON, kind::DENDRITE, kind::APICAL];
    let kind_colors: Map<String, Value> =
        kinds.iter().map(|&k| (k.to_string(), Part::of(k).color().css().into())).collect();
    Ok(json!({
        "title": options.title,
        "color": options.color,
        "beside": options.beside,
        "unit": options.unit,
        "palette": PALETTE.map(|c| c.css()),
        "ramp": ramp,
        "missing": PAPER.missing.css(),
        "kind_colors": kind_colors,
        "cells": cells,
    }))
}

fn cell(m: &Morphology, at: usize, label: Option<&str>, values: &[SampleValues]) -> Result<Value> {
    if let Some(bad) = m.position.iter().position(|p| p.iter().any(|v| !v.is_finite())) {
        return Err(Error::value(format!("`{}`: the position of sample {} is not finite", m.name, m.id[bad])));
    }
    let points = m.position.iter().zip(&m.radius).flat_map(|(p, &r)| [p[0], p[1], p[2], r]);
    let mut own = Map::new();
    own.insert("branch order".into(), floats(branch_orders(m).into_iter().map(f64::from)));
    own.insert("path length".into(), floats(m.path_lengths()));
    own.insert("distance".into(), floats(m.distances()));
    own.insert("radius".into(), floats(m.radius.iter().copied()));
    for SampleValues { name, values } in values {
        let values = values.get(at).filter(|v| v.len() == m.len()).ok_or_else(|| {
            let found = values.get(at).map_or("none".to_string(), |v| v.len().to_string());
            Error::value(format!("`{}` has {} samples, but `{name}` has {found} values for it", m.name, m.len()))
        })?;
        own.insert(name.clone(), floats(values.iter().copied()));
    }
    Ok(json!({
        "name": &*m.name,
        "label": label,
        "points": floats(points),
        "parent": base64((0..m.len()).flat_map(|i| m.parent_of(i).map_or(-1, |p| p as i32).to_le_bytes())),
        "kind": base64(m.kind.iter().flat_map(|k| k.to_le_bytes())),
        "id": base64(m.id.iter().flat_map(|&id| i32::try_from(id).unwrap_or(-1).to_le_bytes())),
        "values": own,
    }))
}

/// Number of neurite forks between each sample and the root of its tree; a fork itself belongs to the branch it ends.
fn branch_orders(m: &Morphology) -> Vec<u32> {
    let children = m.child_counts();
    let mut orders = vec![0; m.len()];
    for i in 0..m.len() {
        if let Some(p) = m.parent_of(i) {
            orders[i] = orders[p] + u32::from(children[p] >= 2 && !m.is_soma(p));
        }
    }
    orders
}

fn floats(values: impl IntoIterator<Item = f64>) -> Value {
    base64(values.into_iter().flat_map(|v| (v as f32).to_le_bytes()))
}

fn base64(bytes: impl Iterator<Item = u8>) -> Value {
    BASE64_STANDARD.encode(bytes.collect::<Vec<u8>>()).into()
}
