//! Weights of all ordered pairs of neurons.

use std::sync::Arc;

use petgraph::graph::{DiGraph, NodeIndex};

use crate::data::Matrix;
use crate::error::{Error, Result, did_you_mean};

/// An inferred graph: for each neuron how much every other acts on it. Signs are kept: below 0 is inhibition. Cloning is
/// cheap.
#[derive(Clone, Debug, PartialEq)]
pub struct Relations {
    name: String,
    neurons: Arc<[String]>,
    /// Receivers x senders; 0 where there is no edge, and from a neuron to itself.
    weights: Arc<[f64]>,
}

impl Relations {
    /// Relations from their weights: the receiver's row, the sender's column. Those of neurons with themselves are set to 0.
    ///
    /// # Errors
    /// When the weights are not square in the neurons, one is not finite, there are fewer than two neurons, or a name
    /// repeats.
    pub fn new(name: impl Into<String>, neurons: Arc<[String]>, mut weights: Vec<f64>) -> Result<Self> {
        let (name, n) = (name.into(), neurons.len());
        if n < 2 || weights.len() != n * n {
            return Err(Error::value(format!("relations `{name}`: {} weights for {n} neurons", weights.len()))
                .help("give a row for each receiver and a column for each sender, of two neurons or more"));
        }
        if let Some((i, twice)) = neurons.iter().enumerate().find(|(i, name)| neurons[..*i].contains(name)) {
            return Err(Error::value(format!("relations `{name}`: neuron {i} is called `{twice}` like one before"))
                .help("a name stands for one neuron"));
        }
        if let Some(at) = weights.iter().position(|w| !w.is_finite()) {
            let (to, from) = (&neurons[at / n], &neurons[at % n]);
            return Err(Error::value(format!(
                "relations `{name}`: the weight from `{from}` to `{to}` is `{}`",
                weights[at]
            ))
            .help("weights are numbers; 0 is no edge"));
        }
        (0..n).for_each(|i| weights[i * n + i] = 0.0);
        Ok(Relations { name, neurons, weights: weights.into() })
    }

    /// Relations from a square matrix whose rows and columns have the same names.
    ///
    /// # Errors
    /// As [`new`](Self::new), and when the names differ.
    pub fn of_matrix(name: impl Into<String>, weights: &Matrix) -> Result<Self> {
        if weights.ids() != weights.columns() {
            return Err(Error::value("relations need a square matrix whose rows and columns have the same names")
                .help("receivers are rows, senders are columns"));
        }
        Relations::new(name, Arc::clone(weights.ids()), weights.values().to_vec())
    }

    /// The mean of relations of the same neurons, such as those of several animals or seeds.
    ///
    /// # Errors
    /// When there are none, or their neurons differ.
    pub fn mean(name: impl Into<String>, all: &[Relations]) -> Result<Self> {
        let first = same_neurons(all, "a mean of relations")?;
        let count = all.len() as f64;
        let sum = |i: usize| all.iter().map(|r| r.weights[i]).sum::<f64>() / count;
        Relations::new(name, Arc::clone(&first.neurons), (0..first.weights.len()).map(sum).collect())
    }

    /// What inferred them.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The neurons.
    pub fn neurons(&self) -> &Arc<[String]> {
        &self.neurons
    }

    /// Number of neurons.
    pub fn len(&self) -> usize {
        self.neurons.len()
    }

    /// Whether there is no neuron, which no relations allow.
    pub fn is_empty(&self) -> bool {
        self.neurons.is_empty()
    }

    /// All weights, receivers x senders, row-major.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The weight of a sender on a receiver, both by their places.
    pub fn weight(&self, receiver: usize, sender: usize) -> f64 {
        self.weights[receiver * self.len() + sender]
    }

    /// The weights as a matrix: the receiver's row, the sender's column.
    ///
    /// # Errors
    /// Never, but the matrix checks its shape.
    pub fn matrix(&self) -> Result<Matrix> {
        Matrix::new(Arc::clone(&self.neurons), Arc::clone(&self.neurons), self.weights.to_vec())
    }

    /// Edges as (receiver, sender, weight), the strongest first, of equal ones in the order of the neurons.
    pub fn edges(&self) -> Vec<(usize, usize, f64)> {
        let n = self.len();
        let mut edges: Vec<_> =
            self.weights.iter().enumerate().filter(|(_, w)| **w != 0.0).map(|(i, &w)| (i / n, i % n, w)).collect();
        edges.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()));
        edges
    }

    /// The same with the strongest `count` edges alone.
    #[must_use]
    pub fn strongest(&self, count: usize) -> Self {
        let mut weights = vec![0.0; self.weights.len()];
        for (to, from, weight) in self.edges().into_iter().take(count) {
            weights[to * self.len() + from] = weight;
        }
        Relations { weights: weights.into(), ..self.clone() }
    }

    /// The same with these neurons alone, in this order.
    ///
    /// # Errors
    /// When there is none of a name, or fewer than two are asked for.
    pub fn only<S: AsRef<str>>(&self, names: &[S]) -> Result<Self> {
        let place = |name: &S| {
            let name = name.as_ref();
            self.neurons.iter().position(|n| n == name).ok_or_else(|| {
                let near = did_you_mean(name, self.neurons.iter().map(String::as_str));
                let cure = near.map_or("`.neurons` lists the names".into(), |n| format!("did you mean `{n}`?"));
                Error::value(format!("relations `{}` have no neuron `{name}`", self.name)).help(cure)
            })
        };
        let places = names.iter().map(place).collect::<Result<Vec<_>>>()?;
        let weights = places.iter().flat_map(|&to| places.iter().map(move |&from| self.weight(to, from))).collect();
        Relations::new(&self.name, places.iter().map(|&p| self.neurons[p].clone()).collect(), weights)
    }

    /// The graph for petgraph's algorithms: node i is neuron i, an edge goes from the sender to the receiver.
    pub fn graph(&self) -> DiGraph<String, f64> {
        let mut graph = DiGraph::new();
        let nodes: Vec<NodeIndex> = self.neurons.iter().map(|n| graph.add_node(n.clone())).collect();
        for (to, from, weight) in self.edges() {
            graph.add_edge(nodes[from], nodes[to], weight);
        }
        graph
    }
}

/// The first of some relations, which must all have its neurons in its order; `what` names the consumer.
pub(super) fn same_neurons<'a>(all: &'a [Relations], what: &str) -> Result<&'a Relations> {
    let Some(first) = all.first() else {
        return Err(Error::value(format!("{what} needs relations, but there are none")).help("give one or more"));
    };
    match all.iter().find(|r| r.neurons != first.neurons) {
        None => Ok(first),
        Some(other) => Err(Error::value(format!(
            "{what} needs the same neurons, but `{}` has {} and `{}` has {}",
            first.name,
            first.len(),
            other.name,
            other.len()
        ))
        .help("infer them from `.aligned()` recordings, or use `.only([…])`")),
    }
}

impl std::fmt::Display for Relations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let edges = self.edges();
        write!(f, "Relations({}, {} neurons, {} edges", self.name, self.len(), edges.len())?;
        match edges.first() {
            Some(&(to, from, weight)) => {
                write!(f, ", strongest {} -> {} {weight:.3})", self.neurons[from], self.neurons[to])
            }
            None => write!(f, ")"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn names(n: &[&str]) -> Arc<[String]> {
        n.iter().map(|n| (*n).to_string()).collect()
    }

    fn three() -> Relations {
        Relations::new("made", names(&["A", "B", "C"]), vec![9.0, 1.0, 0.0, -3.0, 9.0, 0.5, 0.0, 2.0, 9.0]).unwrap()
    }

    #[test]
    fn edges_go_from_column_to_row_and_none_to_itself() {
        let r = three();
        assert_eq!(r.to_string(), "Relations(made, 3 neurons, 4 edges, strongest A -> B -3.000)");
        assert_eq!(r.edges(), [(1, 0, -3.0), (2, 1, 2.0), (0, 1, 1.0), (1, 2, 0.5)]);
        let graph = r.graph();
        let edge = graph.find_edge(NodeIndex::new(0), NodeIndex::new(1)).unwrap();
        assert_eq!((graph.node_count(), graph.edge_count(), graph[edge]), (3, 4, -3.0));
        assert_eq!(r.strongest(2).edges().len(), 2);
        assert_eq!(r.only(&["C", "B"]).unwrap().edges(), [(0, 1, 2.0), (1, 0, 0.5)]);
        assert_eq!(Relations::mean("m", &[r.clone(), r.strongest(1)]).unwrap().weight(1, 0), -3.0);
        assert_eq!(Relations::of_matrix("made", &r.matrix().unwrap()).unwrap(), r);
    }

    #[test]
    fn what_is_no_graph_is_refused() {
        let fails = |n: &[&str], w: Vec<f64>| Relations::new("x", names(n), w).unwrap_err().message;
        assert!(fails(&["A", "B"], vec![0.0; 3]).contains("3 weights for 2 neurons"));
        assert!(fails(&["A"], vec![0.0]).contains("1 weights for 1"));
        assert!(fails(&["A", "A"], vec![0.0; 4]).contains("like one before"));
        assert!(fails(&["A", "B"], vec![0.0, f64::NAN, 0.0, 0.0]).contains("from `B` to `A`"));
        assert_eq!(three().only(&["A", "Bb"]).unwrap_err().help.as_deref(), Some("did you mean `B`?"));
        assert!(Relations::mean("m", &[]).is_err());
        let other = three().only(&["B", "A"]).unwrap();
        assert!(Relations::mean("m", &[three(), other]).unwrap_err().message.contains("same neurons"));
        let odd = Matrix::new(names(&["A", "B"]), names(&["B", "A"]), vec![0.0; 4]).unwrap();
        assert!(Relations::of_matrix("x", &odd).is_err());
    }
}
