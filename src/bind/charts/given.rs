//! What scripts give to be drawn, as the charts take it.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use petgraph::visit::EdgeRef;
use rhai::{Array, Dynamic, Map};

use crate::bind::handles::Rows;
use crate::bind::rows::matrix_of;
use crate::cluster::{Agglomerative, Dendrogram};
use crate::data::table::Values;
use crate::data::{Labels, Matrix, Table};
use crate::error::{Error, Result};
use crate::morph::nblast::KnnGraph;
use crate::plot::{Bar, Group, Line, Merges};
use crate::script::values;

/// Numbers, in which `()` stands for a missing one.
pub(super) fn numbers(what: &str, value: &Dynamic) -> Result<Vec<f64>> {
    match value.read_lock::<Array>() {
        Some(items) => items.iter().map(|v| if v.is_unit() { Ok(f64::NAN) } else { values::number(what, v) }).collect(),
        None => values::numbers(what, value),
    }
}

/// A clustering's dendrogram, or merges as a script writes them: an array of `[a, b, height]`.
pub(super) fn merges(what: &str, value: &Dynamic) -> Result<Merges> {
    let of_tree = |tree: &Dendrogram| {
        let all: Vec<(usize, usize, f64)> = tree.merges().iter().map(|m| (m.left, m.right, m.height)).collect();
        Merges::new(&all, tree.len(), what)
    };
    if let Some(tree) = value.read_lock::<Rc<Dendrogram>>() {
        return of_tree(&tree);
    }
    if let Some(groups) = value.read_lock::<Rc<Agglomerative>>() {
        return of_tree(&groups.dendrogram);
    }
    let refused = || {
        Error::value(format!(
            "{what} must be a dendrogram or an array of `[a, b, height]`, found {}",
            values::type_of(value)
        ))
    };
    let items = value.read_lock::<Array>().ok_or_else(refused)?;
    let merge = |item: &Dynamic| match numbers(what, item)?[..] {
        [a, b, height] if a >= 0.0 && b >= 0.0 && a.fract() == 0.0 && b.fract() == 0.0 => {
            Ok((a as usize, b as usize, height))
        }
        _ => Err(refused()),
    };
    let all = items.iter().map(merge).collect::<Result<Vec<_>>>()?;
    Merges::new(&all, all.len() + 1, what)
}

/// Labels by name, for strips: one labelling, or a map of them.
pub(super) fn strips(what: &str, value: &Dynamic) -> Result<Vec<(String, Labels)>> {
    match value.read_lock::<Map>() {
        Some(map) => {
            map.iter().map(|(name, v)| Ok((name.to_string(), values::labels(what, v)?.as_ref().clone()))).collect()
        }
        None => Ok(vec![(String::new(), values::labels(what, value)?.as_ref().clone())]),
    }
}

/// Groups of values: an array with labels, a map of arrays, or the columns of a matrix or table.
pub(super) fn groups(value: &Dynamic, labels: Option<&Labels>) -> Result<Vec<Group>> {
    let what = "what `plot::distributions` draws";
    if let Some(map) = value.read_lock::<Map>() {
        let group =
            |(name, v): (&rhai::Identifier, &Dynamic)| Ok(Group { name: name.to_string(), values: numbers(what, v)? });
        return map.iter().map(group).collect();
    }
    if value.is::<Rows>() || value.is::<Table>() {
        let x = matrix_of(what, value)?;
        let column = |k: usize| x.iter_rows().map(move |r| r[k]).collect();
        return Ok(x
            .columns()
            .iter()
            .enumerate()
            .map(|(k, name)| Group { name: name.clone(), values: column(k) })
            .collect());
    }
    let all = numbers(what, value)?;
    let Some(labels) = labels else {
        return Ok(vec![Group { name: "all".into(), values: all }]);
    };
    labels.require_len(all.len(), "plot::distributions")?;
    let of = |class: usize| (0..all.len()).filter(move |&i| labels.codes()[i] == Some(class as u32));
    let group =
        |(class, name): (usize, &String)| Group { name: name.clone(), values: of(class).map(|i| all[i]).collect() };
    Ok(labels.classes().iter().enumerate().map(group).collect())
}

/// Items of an array of maps, such as bars and lines.
pub(super) fn items<T: serde::de::DeserializeOwned>(what: &str, value: &Dynamic) -> Result<Vec<T>> {
    let refused = |found: String| Error::value(format!("{what} must be an array of maps, found {found}"));
    let list = value.read_lock::<Array>().ok_or_else(|| refused(values::type_of(value)))?;
    let item = |(i, v): (usize, &Dynamic)| {
        // Gaps are written as `()`, numbers as whole ones as well.
        let json = values::to_json(what, &with_gaps(v))?;
        serde_json::from_value(json).map_err(|e| Error::value(format!("item {i} of {what}: {e}")))
    };
    list.iter().enumerate().map(item).collect()
}

/// `()` within arrays of numbers, which JSON has no number for, as a number that is not drawn.
pub(super) fn with_gaps(value: &Dynamic) -> Dynamic {
    if let Some(map) = value.read_lock::<Map>() {
        return map
            .iter()
            .filter(|(_, v)| !v.is_unit())
            .map(|(k, v)| (k.clone(), with_gaps(v)))
            .collect::<Map>()
            .into();
    }
    if let Some(list) = value.read_lock::<Array>() {
        return list.iter().map(with_gaps).collect::<Array>().into();
    }
    let gap = value.is_unit() || value.as_float().is_ok_and(|v| !v.is_finite());
    if gap { Dynamic::from(f64::MAX) } else { value.clone() }
}

/// The lines of a table: its first column of numbers against the others.
pub(super) fn lines_of(value: &Dynamic) -> Result<Vec<Line>> {
    let what = "what `plot::lines` draws";
    let Some(table) = value.read_lock::<Table>() else {
        return items(what, value);
    };
    let (x, _) = table.matrix()?;
    if x.cols() < 2 {
        return Err(Error::value(format!("{what} must have a column of places and one of values at least")));
    }
    let column = |k: usize| x.iter_rows().map(move |r| r[k]).collect::<Vec<f64>>();
    let line = |k: usize| Line { name: x.columns()[k].clone(), x: column(0), y: column(k), ..Default::default() };
    Ok((1..x.cols()).map(line).collect())
}

/// The bars of a table: its ids, `value`, and where it has them `low`, `high` and `series`.
pub(super) fn bars_of(value: &Dynamic) -> Result<Vec<Bar>> {
    let what = "what `plot::bars` draws";
    if let Some(map) = value.read_lock::<Map>() {
        let bar = |(name, v): (&rhai::Identifier, &Dynamic)| {
            Ok(Bar { name: name.to_string(), value: values::number(what, v)?, ..Default::default() })
        };
        return map.iter().map(bar).collect();
    }
    let Some(table) = value.read_lock::<Table>() else {
        return items(what, value);
    };
    let column = |name: &str| -> Result<Option<Vec<f64>>> {
        match table.names().any(|n| n == name) {
            true => Ok(Some(table.matrix_of(&[name])?.values().to_vec())),
            false => Ok(None),
        }
    };
    let value = column("value")?.ok_or_else(|| {
        Error::value(format!("{what} needs a column `value`")).help("and may have `low`, `high` and `series`")
    })?;
    let (low, high) = (column("low")?, column("high")?);
    let series = table.columns().iter().find(|c| c.name == "series").map(|c| match &c.values {
        Values::Texts(texts) => texts.iter().map(|t| t.as_deref().unwrap_or_default().to_string()).collect(),
        Values::Numbers(numbers) => numbers.iter().map(f64::to_string).collect::<Vec<String>>(),
    });
    let bar = |i: usize| Bar {
        name: table.ids()[i].clone(),
        value: value[i],
        low: low.as_ref().map(|v| v[i]),
        high: high.as_ref().map(|v| v[i]),
        series: series.as_ref().map_or_else(String::new, |s| s[i].clone()),
    };
    Ok((0..table.len()).map(bar).collect())
}

/// The edges of a graph as pairs of rows of the layout, each once, strong where scores are high.
pub(super) fn edges(graph: &KnnGraph, layout: &Matrix) -> Result<Vec<(usize, usize, f64)>> {
    let place: HashMap<&str, usize> = layout.ids().iter().enumerate().map(|(i, id)| (id.as_str(), i)).collect();
    let row = |id: &str| {
        place.get(id).copied().ok_or_else(|| {
            Error::value(format!("the layout has no row `{id}`, which the graph has"))
                .help("both must be of the same cells")
        })
    };
    // Neighbours of each other are one edge, as strong as the stronger of the two.
    let mut strongest: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for edge in graph.graph().edge_references() {
        let (a, b) = (row(&graph.ids()[edge.source().index()])?, row(&graph.ids()[edge.target().index()])?);
        let score = strongest.entry((a.min(b), a.max(b))).or_insert(f64::NEG_INFINITY);
        *score = score.max(*edge.weight());
    }
    let edges: Vec<(usize, usize, f64)> = strongest.into_iter().map(|((a, b), score)| (a, b, score)).collect();
    let ends = edges.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |m, e| (m.0.min(e.2), m.1.max(e.2)));
    let share = |score: f64| if ends.1 > ends.0 { (score - ends.0) / (ends.1 - ends.0) } else { 0.5 };
    Ok(edges.into_iter().map(|(a, b, score)| (a, b, share(score))).collect())
}
