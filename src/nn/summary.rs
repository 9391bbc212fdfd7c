//! A model as a table: its layers with the shapes of what they give and the numbers of their weights.

use std::fmt::{Formatter, Result};

use super::architecture::{Architecture, Pool, ProjectorKind};
use super::device;
use super::weights::Weights;
use crate::positional::Kind;

/// A line of the table.
struct Row {
    layer: String,
    output: String,
    weights: usize,
}

/// Writes a line about the whole model and a table of its layers.
pub fn write(f: &mut Formatter<'_>, architecture: &Architecture, weights: &Weights) -> Result {
    let rows = rows(architecture, weights);
    let width = |of: fn(&Row) -> &str, least: usize| {
        rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0).max(least)
    };
    let (layers, outputs) = (width(|r| &r.layer, 5), width(|r| &r.output, 6));
    write!(
        f,
        "Model(latent {}, {} blocks, {} weights, {})",
        architecture.latent(),
        architecture.blocks.len(),
        weights.count(),
        device::name(weights.device())
    )?;
    write!(f, "\n  {:layers$}  {:outputs$}  {:>9}", "layer", "output", "weights")?;
    for row in &rows {
        write!(f, "\n  {:layers$}  {:outputs$}  {:>9}", row.layer, row.output, row.weights)?;
    }
    Ok(())
}

fn rows(architecture: &Architecture, weights: &Weights) -> Vec<Row> {
    let a = architecture;
    let row = |layer: String, output: String, prefixes: &[&str]| Row {
        layer,
        output,
        weights: prefixes.iter().map(|prefix| weights.count_below(prefix)).sum(),
    };
    let names: Vec<&str> = a.features.iter().map(|f| f.facts().name).collect();
    let tokens = if a.has_class_token() { "1 + nodes" } else { "nodes" };
    let mut rows = vec![row(
        format!("features [{}] / {}", names.join(", "), a.unit),
        format!("nodes x {}", a.dim),
        &["to_node_embedding."],
    )];
    if a.positional != Kind::None {
        let kind = serde_json::to_value(a.positional).ok().and_then(|v| v.as_str().map(str::to_string));
        rows.push(row(
            format!("+ positional {} ({})", kind.unwrap_or_default(), a.positional_dim),
            format!("nodes x {}", a.dim),
            &["to_pos_embedding."],
        ));
    }
    if a.has_class_token() {
        rows.push(row("class token".into(), format!("{tokens} x {}", a.dim), &["cls_token", "cls_pos_embedding"]));
    }
    for (number, block) in a.blocks.iter().enumerate() {
        let last = number + 1 == a.blocks.len() && a.pool == Pool::Cls;
        let output = format!("{} x {}", if last { "1" } else { tokens }, a.dim);
        rows.push(row(format!("{number}: {block}"), output, &[&format!("blocks.{number}.")]));
    }
    let pool = match a.pool {
        Pool::Cls => "class token",
        Pool::Mean => "mean over nodes",
        Pool::Max => "maximum over nodes",
        Pool::Moments => "moments over the cable",
        Pool::Attention => "learnt weights over nodes",
    };
    rows.push(row(format!("pool: {pool}"), a.pooled().to_string(), &["pool."]));
    rows.push(row("head".into(), a.latent().to_string(), &["mlp_head."]));
    let projector = match a.projector.kind {
        ProjectorKind::Mlp => "projector (mlp)",
        ProjectorKind::Dino => "projector (dino)",
    };
    rows.push(row(projector.into(), format!("{} prototypes", a.projector.prototypes), &["projector."]));
    rows
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::nn::{GraphDinoOptions, Model};

    #[test]
    fn the_table_accounts_for_every_weight() {
        let small = GraphDinoOptions { dim: 8, depth: 2, heads: 2, prototypes: 10, ..GraphDinoOptions::default() };
        for architecture in [small.architecture().unwrap(), Architecture::default()] {
            let model = Model::new(architecture.clone(), 1, tch::Device::Cpu).unwrap();
            let counted: usize = rows(&architecture, model.weights()).iter().map(|row| row.weights).sum();
            assert_eq!(counted, model.weights().count());
            let text = model.to_string();
            assert!(
                text.starts_with("Model(latent ") && text.lines().count() == architecture.blocks.len() + 8,
                "{text}"
            );
        }
    }
}
