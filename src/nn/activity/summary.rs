//! A network as a table: its layers with the shapes of what they give and the numbers of their weights. Of a design
//! without neurons, shapes alone.

use std::fmt::{Formatter, Result};

use super::design::{Design, Outlook, Shape, Task};
use super::network::Network;
use crate::nn::device;
use crate::nn::weights::Weights;

/// A line of the table.
pub struct Layer {
    name: String,
    output: String,
    parts: Vec<String>,
}

impl Layer {
    /// A layer, the shape of what it gives, and the names that its weights begin with.
    pub fn new(name: impl Into<String>, output: String, parts: &[&str]) -> Layer {
        Layer { name: name.into(), output, parts: parts.iter().map(ToString::to_string).collect() }
    }

    /// So many numbers for each neuron.
    pub fn per_neuron(shape: Option<&Shape>, width: usize) -> String {
        format!("{} x {width}", neurons(shape))
    }

    /// A number for each pair of neurons and head.
    pub fn pairs(shape: Option<&Shape>, heads: usize) -> String {
        format!("{heads} x {0} x {0}", neurons(shape))
    }

    /// What the last layer gives.
    pub fn answers(shape: Option<&Shape>, outlook: Outlook) -> String {
        match (shape.map(|s| &s.task), outlook) {
            (None, Outlook::Direct) => "horizon x neurons, or states".into(),
            (None, Outlook::Iterated) => "1 x neurons".into(),
            (Some(Task::States { states }), _) => format!("{} states", states.len()),
            (Some(Task::Forecast { horizon }), Outlook::Direct) => format!("{horizon} x {}", neurons(shape)),
            (Some(Task::Forecast { horizon }), Outlook::Iterated) => format!("1 x {}, {horizon} times", neurons(shape)),
        }
    }
}

fn neurons(shape: Option<&Shape>) -> String {
    shape.map_or("neurons".into(), |s| s.neurons.len().to_string())
}

/// Writes a line about the whole and a table of its layers.
pub fn write(f: &mut Formatter<'_>, design: &Design, network: Option<&Network>) -> Result {
    let shape = network.map(Network::shape);
    let layers = design.net().layers(shape);
    match network {
        None => write!(f, "nn::{}", design.name())?,
        Some(network) => write!(
            f,
            "Network({}, {} neurons, {} frames seen, {} weights, {})",
            design.name(),
            network.shape().neurons.len(),
            network.shape().context,
            network.weights().count(),
            device::name(network.weights().device())
        )?,
    }
    let names = layers.iter().map(|l| l.name.chars().count()).max().unwrap_or(0).max(5);
    let outputs = layers.iter().map(|l| l.output.chars().count()).max().unwrap_or(0).max(6);
    let counts = network.map(|n| layers.iter().map(|l| weights_of(n.weights(), l)).collect::<Vec<_>>());
    write!(f, "\n  {:names$}  {:outputs$}", "layer", "output")?;
    if counts.is_some() {
        write!(f, "  {:>9}", "weights")?;
    }
    for (number, layer) in layers.iter().enumerate() {
        write!(f, "\n  {:names$}  {:outputs$}", layer.name, layer.output)?;
        if let Some(counts) = &counts {
            write!(f, "  {:>9}", counts[number])?;
        }
    }
    Ok(())
}

fn weights_of(weights: &Weights, layer: &Layer) -> usize {
    layer.parts.iter().map(|part| weights.count_below(part)).sum()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::nn::activity::{Gru, Messages, Mlp, Relational};

    #[test]
    fn tables_account_for_every_weight() {
        let relational = |change: fn(&mut Relational)| {
            let mut options = Relational::default();
            change(&mut options);
            Design::Relational(options)
        };
        let designs = [
            Design::Mlp(Mlp::default()),
            Design::Gru(Gru::default()),
            relational(|_| {}),
            relational(|r| r.edges = false),
            relational(|r| (r.messages, r.receiver) = (Messages::Concatenate, true)),
            relational(|r| r.messages = Messages::Attention),
            relational(|r| (r.static_edges, r.rollout) = (false, Outlook::Iterated)),
        ];
        let neurons = ["A", "B", "C"].map(String::from).to_vec();
        for design in designs {
            for task in [Task::Forecast { horizon: 5 }, Task::States { states: vec!["a".into(), "b".into()] }] {
                let shape = Shape { neurons: neurons.clone(), context: 9, task };
                let network = Network::new(design.clone(), shape.clone(), 1, tch::Device::Cpu).unwrap();
                let counted: usize =
                    design.net().layers(Some(&shape)).iter().map(|l| weights_of(network.weights(), l)).sum();
                assert_eq!(counted, network.weights().count(), "{network}");
                assert_eq!(network.to_string().lines().count(), design.to_string().lines().count());
            }
        }
        let text = relational(|_| {}).to_string();
        assert!(text.starts_with("nn::relational\n") && text.contains("2 x neurons x neurons"), "{text}");
    }
}
