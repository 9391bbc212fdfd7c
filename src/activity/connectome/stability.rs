//! How alike relations are that several animals, seeds or settings gave.

use std::sync::Arc;

use super::Relations;
use super::relations::same_neurons;
use crate::data::table::Column;
use crate::data::{Matrix, Origin, Outcome, Table};
use crate::error::{Error, Result};

/// One edge over several relations.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgeStability {
    /// The sender.
    pub source: String,
    /// The receiver.
    pub target: String,
    /// Mean weight.
    pub mean: f64,
    /// Standard deviation (divisor: number less one).
    pub sd: f64,
    /// Share of the relations in which the weight has the sign of the mean.
    pub same_sign: f64,
}

/// How stable edges are.
#[derive(Clone, Debug, PartialEq)]
pub struct Stability {
    /// What gave the relations.
    pub sources: Vec<String>,
    /// All ordered pairs, the largest mean weight first.
    pub edges: Vec<EdgeStability>,
    /// Spearman's correlation of the weights of two relations, the mean over pairs of relations.
    pub agreement: f64,
    /// The least of these correlations.
    pub least: f64,
    origin: Origin,
}

/// Compares relations of the same neurons.
///
/// # Errors
/// When there are fewer than two, or their neurons differ.
pub fn stability(all: &[Relations]) -> Result<Stability> {
    let first = same_neurons(all, "stability")?;
    if all.len() < 2 {
        return Err(Error::value("stability is that of two or more relations, found one")
            .help("infer them for each animal or seed"));
    }
    let (n, neurons) = (first.len(), first.neurons());
    let pairs: Vec<usize> = (0..n * n).filter(|i| i / n != i % n).collect();
    let weights: Vec<Vec<f64>> = all.iter().map(|r| pairs.iter().map(|&i| r.weights()[i]).collect()).collect();
    let ranks: Vec<Vec<f64>> = weights.iter().map(|w| ranks(w)).collect();
    let mut agreements = Vec::new();
    for (i, a) in ranks.iter().enumerate() {
        crate::interrupt::check()?;
        agreements.extend(ranks[i + 1..].iter().map(|b| correlation(a, b)));
    }
    let edge = |(k, &i): (usize, &usize)| {
        let values: Vec<f64> = weights.iter().map(|w| w[k]).collect();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        let same = values.iter().filter(|v| **v * mean > 0.0).count() as f64;
        EdgeStability {
            source: neurons[i % n].clone(),
            target: neurons[i / n].clone(),
            mean,
            sd: (squares / (count - 1.0)).sqrt(),
            same_sign: same / count,
        }
    };
    let mut edges: Vec<EdgeStability> = pairs.iter().enumerate().map(edge).collect();
    edges.sort_by(|a, b| b.mean.abs().total_cmp(&a.mean.abs()));
    let ids: Arc<[String]> = all.iter().enumerate().map(|(i, r)| format!("{} {i}", r.name())).collect();
    let columns: Arc<[String]> = pairs.iter().map(|&i| format!("{} -> {}", neurons[i % n], neurons[i / n])).collect();
    let stacked = Matrix::new(ids, columns, weights.concat())?;
    Ok(Stability {
        sources: all.iter().map(|r| r.name().to_string()).collect(),
        edges,
        agreement: agreements.iter().sum::<f64>() / agreements.len() as f64,
        least: agreements.iter().copied().fold(f64::INFINITY, f64::min),
        origin: Origin::new("evaluate::edge_stability", &stacked, &(), None),
    })
}

/// Ranks from 1, equal values with their mean rank.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    for level in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = from as f64 + 0.5 * (level.len() + 1) as f64;
        level.iter().for_each(|&i| ranks[i] = rank);
        from += level.len();
    }
    ranks
}

/// Pearson's correlation; 0 where one of the two never changes.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut product, mut square_a, mut square_b) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        product += (x - mean_a) * (y - mean_b);
        square_a += (x - mean_a).powi(2);
        square_b += (y - mean_b).powi(2);
    }
    let size: f64 = (square_a * square_b).sqrt();
    if size > 0.0 { product / size } else { 0.0 }
}

impl Outcome for Stability {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        let steady = self.edges.iter().filter(|e| e.same_sign == 1.0).count() as f64;
        vec![
            ("relations", self.sources.len() as f64),
            ("agreement", self.agreement),
            ("least_agreement", self.least),
            ("same_sign_in_all", steady / self.edges.len() as f64),
        ]
    }

    /// A row for each ordered pair: `source`, `target`, `mean`, `sd`, `same_sign`.
    fn table(&self) -> Result<Table> {
        let number = |of: &dyn Fn(&EdgeStability) -> f64| self.edges.iter().map(of).collect::<Vec<f64>>();
        let columns = vec![
            Column::texts("source", self.edges.iter().map(|e| Some(&e.source))),
            Column::texts("target", self.edges.iter().map(|e| Some(&e.target))),
            Column::numbers("mean", number(&|e| e.mean)),
            Column::numbers("sd", number(&|e| e.sd)),
            Column::numbers("same_sign", number(&|e| e.same_sign)),
        ];
        Table::new(self.edges.iter().map(|e| format!("{} -> {}", e.source, e.target)).collect(), columns)
    }
}

impl std::fmt::Display for Stability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let steady = self.edges.iter().filter(|e| e.same_sign == 1.0).count();
        write!(
            f,
            "{} relations agree at {:.3} (Spearman, least {:.3}); {steady} of {} edges have one sign in all",
            self.sources.len(),
            self.agreement,
            self.least,
            self.edges.len()
        )?;
        for e in self.edges.iter().take(8) {
            let (name, share) = (format!("{} -> {}", e.source, e.target), 100.0 * e.same_sign);
            write!(f, "\n{name:<20} {:>8.4} ± {:.4}, same sign in {share:.0} %", e.mean, e.sd)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn edges_have_means_and_signs_and_relations_agree_by_rank() {
        let make =
            |name: &str, w: [f64; 4]| Relations::new(name, ["A", "B"].map(String::from).into(), w.to_vec()).unwrap();
        let (a, b) = (make("a", [0.0, 1.0, 2.0, 0.0]), make("b", [0.0, -0.5, 4.0, 0.0]));
        let found = stability(&[a.clone(), b]).unwrap();
        assert_eq!((found.agreement, found.least), (1.0, 1.0));
        let first = &found.edges[0];
        assert_eq!((first.source.as_str(), first.target.as_str(), first.mean, first.same_sign), ("A", "B", 3.0, 1.0));
        assert!((first.sd - 2f64.sqrt()).abs() < 1e-12);
        assert_eq!(found.edges[1].same_sign, 0.5);
        assert_eq!(found.table().unwrap().len(), 2);
        assert!(stability(std::slice::from_ref(&a)).unwrap_err().help.is_some());
        assert!(stability(&[a, make("c", [0.0; 4]).only(&["B", "A"]).unwrap()]).is_err());
    }

    #[test]
    fn equal_values_share_their_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        assert_eq!(correlation(&[1.0, 1.0], &[1.0, 2.0]), 0.0);
    }
}
