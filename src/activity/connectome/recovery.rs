//! Whether relations find anatomical contacts, and whether they find more than synchrony does.
//!
//! The area under the ROC curve is the probability that a connected pair has a larger absolute weight than another pair.
//! Correlations of the same recordings are scored alike. The permutation test exchanges the names of neurons (rows and
//! columns together), because pairs that share a neuron are no independent witnesses (Hubert & Schultz 1976).

use rand::seq::SliceRandom as _;
use serde::{Deserialize, Serialize};

use super::infer::{Method, strength};
use super::{Connectome, Contact, Relations};
use crate::activity::RecordingSet;
use crate::data::table::Column;
use crate::data::{Origin, Outcome, Table};
use crate::error::{Error, Result};
use crate::metrics::area_under_roc;
use crate::run::seed as seeds;

/// How relations are held against a connectome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecoveryOptions {
    /// Number of permutations of the neurons' names.
    pub permutations: usize,
}

impl Default for RecoveryOptions {
    fn default() -> Self {
        RecoveryOptions { permutations: 2000 }
    }
}

/// How well contacts of a kind are found.
#[derive(Clone, Debug, PartialEq)]
pub struct ContactScore {
    /// The kind.
    pub kind: Contact,
    /// Ordered pairs that are connected.
    pub edges: usize,
    /// All ordered pairs.
    pub pairs: usize,
    /// Area under the ROC curve of the absolute weights.
    pub auroc: f64,
    /// Probability of as large an area, were neurons' names exchangeable.
    pub p: f64,
    /// Areas of correlations, of correlations of changes over 3 frames, and of partial correlations, the mean over animals
    /// of their absolute values; empty without recordings.
    pub baselines: Vec<(Method, f64)>,
    /// The best area of any correlation, also of means that keep their signs; none without recordings.
    pub best: Option<f64>,
}

impl ContactScore {
    /// Whether the relations say more of the contacts than chance (at 0.05) and than every correlation.
    pub fn supported(&self) -> bool {
        self.p < 0.05 && self.best.is_some_and(|best| self.auroc > best + 1e-9)
    }
}

/// How well relations find the contacts of a connectome.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgeRecovery {
    /// What inferred the relations.
    pub relations: String,
    /// Number of neurons.
    pub neurons: usize,
    /// The kinds of contacts that there are, and are not between all.
    pub kinds: Vec<ContactScore>,
    origin: Origin,
}

/// Holds relations against a connectome, and beside them correlations of `recordings`, which must have the same neurons.
///
/// # Errors
/// When a neuron is not in the connectome, none or all pairs are connected, neurons of the recordings differ, or there are
/// no permutations.
pub fn recovery(
    relations: &Relations,
    truth: &Connectome,
    recordings: Option<&RecordingSet>,
    options: &RecoveryOptions,
    seed: u64,
) -> Result<EdgeRecovery> {
    let (neurons, n) = (relations.neurons(), relations.len());
    if options.permutations < 100 {
        return Err(Error::value(format!("`{}` permutations, expected at least 100", options.permutations))
            .help("1,000 to 10,000 are usual"));
    }
    let mut baselines = Vec::new();
    if let Some(set) = recordings {
        let set = set.map(|r| r.align(neurons))?;
        for method in [Method::Correlation, Method::Difference, Method::Partial] {
            baselines.push((method, strength(&set, method)?));
        }
    }
    let own: Vec<f64> = relations.weights().iter().map(|w| w.abs()).collect();
    let mut kinds = Vec::new();
    for kind in Contact::ALL {
        let connected: Vec<bool> = truth.contacts(kind, neurons)?.iter().map(|&w| w != 0.0).collect();
        let edges = connected.iter().filter(|c| **c).count();
        if edges == 0 || edges == n * (n - 1) {
            continue;
        }
        let auroc = area(&own, &connected, n, None);
        let mut reached = 0usize;
        for permutation in 0..options.permutations {
            crate::interrupt::check()?;
            let mut places: Vec<usize> = (0..n).collect();
            places.shuffle(&mut seeds::stream(seed, kind.name(), permutation as u64));
            reached += usize::from(area(&own, &connected, n, Some(&places)) >= auroc);
        }
        kinds.push(ContactScore {
            kind,
            edges,
            pairs: n * (n - 1),
            auroc,
            p: (reached + 1) as f64 / (options.permutations + 1) as f64,
            baselines: baselines.iter().map(|(method, [s, _])| (*method, area(s, &connected, n, None))).collect(),
            best: baselines.iter().flat_map(|(_, all)| all).map(|s| area(s, &connected, n, None)).reduce(f64::max),
        });
    }
    if kinds.is_empty() {
        return Err(Error::value(format!("connectome `{}` connects none or all of the {n} neurons", truth.name()))
            .help("choose neurons of which some pairs are connected"));
    }
    let origin = Origin::new("evaluate::edges", &relations.matrix()?, options, Some(seed));
    Ok(EdgeRecovery { relations: relations.name().to_string(), neurons: n, kinds, origin })
}

/// The area of scores of all pairs of different neurons, whose names may be exchanged.
fn area(scores: &[f64], connected: &[bool], n: usize, places: Option<&[usize]>) -> f64 {
    let place = |i: usize| places.map_or(i, |p| p[i]);
    let pairs = (0..n * n).filter(|i| i / n != i % n);
    area_under_roc(pairs.map(|i| (scores[place(i / n) * n + place(i % n)], connected[i])).collect())
}

impl EdgeRecovery {
    /// The score of a kind of contact; none where there is none among these neurons.
    pub fn of(&self, kind: Contact) -> Option<&ContactScore> {
        self.kinds.iter().find(|k| k.kind == kind)
    }

    /// What may be said of the relations, in a sentence.
    pub fn verdict(&self) -> String {
        let supported: Vec<&str> = self.kinds.iter().filter(|k| k.supported()).map(|k| k.kind.name()).collect();
        if self.kinds.iter().any(|k| k.baselines.is_empty()) {
            return "without recordings there is no baseline: an area alone does not show that the connectome is recovered".into();
        }
        match supported.is_empty() {
            true => "not above what correlations find: \"recovers the connectome\" is not supported".into(),
            false => format!("above chance and all correlations for contacts: {}", supported.join(", ")),
        }
    }
}

impl Outcome for EdgeRecovery {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        let of = |kind: Contact| self.of(kind).map_or(f64::NAN, |k| k.auroc);
        vec![
            ("neurons", self.neurons as f64),
            ("auroc_any", of(Contact::Any)),
            ("auroc_chemical", of(Contact::Chemical)),
            ("auroc_gap", of(Contact::Gap)),
        ]
    }

    /// A row for each kind of contact: `edges`, `pairs`, `auroc`, `p`, the areas of `correlation`, `difference` and `partial`
    /// correlations, and the `best` of any correlation.
    fn table(&self) -> Result<Table> {
        let number = |of: &dyn Fn(&ContactScore) -> f64| self.kinds.iter().map(of).collect::<Vec<f64>>();
        let mut columns = vec![
            Column::numbers("edges", number(&|k| k.edges as f64)),
            Column::numbers("pairs", number(&|k| k.pairs as f64)),
            Column::numbers("auroc", number(&|k| k.auroc)),
            Column::numbers("p", number(&|k| k.p)),
        ];
        for (i, (method, _)) in self.kinds[0].baselines.iter().enumerate() {
            columns.push(Column::numbers(method.name(), number(&|k| k.baselines[i].1)));
        }
        if self.kinds[0].best.is_some() {
            columns.push(Column::numbers("best", number(&|k| k.best.unwrap_or(f64::NAN))));
        }
        Table::new(self.kinds.iter().map(|k| k.kind.name().to_string()).collect(), columns)
    }
}

impl std::fmt::Display for EdgeRecovery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} against the connectome, {} neurons: {}", self.relations, self.neurons, self.verdict())?;
        write!(f, "{:<9} {:>6} {:>6} {:>7} {:>7}", "contacts", "edges", "pairs", "AUROC", "p")?;
        for (method, _) in &self.kinds[0].baselines {
            write!(f, " {:>11}", method.name())?;
        }
        if self.kinds[0].best.is_some() {
            write!(f, " {:>7}", "best")?;
        }
        for k in &self.kinds {
            write!(f, "\n{:<9} {:>6} {:>6} {:>7.4} {:>7.4}", k.kind.name(), k.edges, k.pairs, k.auroc, k.p)?;
            for (_, area) in &k.baselines {
                write!(f, " {area:>11.4}")?;
            }
            if let Some(best) = k.best {
                write!(f, " {best:>7.4}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{InferOptions, infer};
    use super::*;
    use crate::activity::simulate::{WormOptions, worm};

    #[test]
    fn known_edges_are_found_and_names_at_random_are_not() {
        let simulated = worm(&WormOptions { animals: 3, frames: 1200, ..Default::default() }, 3).unwrap();
        let set = simulated.recordings.map(|r| Ok(r.zscore())).unwrap();
        let truth = Connectome::of_matrix("known", &simulated.edges[0]).unwrap();
        let options = RecoveryOptions { permutations: 200 };
        let var = infer(&set, &InferOptions { method: Method::Var, order: 1, ..Default::default() }).unwrap();
        let found = recovery(&var, &truth, Some(&set), &options, 1).unwrap();
        // Simulated edges are chemical, so there are two kinds.
        assert_eq!(found.kinds.len(), 2);
        let chemical = found.of(Contact::Chemical).unwrap();
        assert_eq!((chemical.edges, chemical.pairs, chemical.baselines.len()), (22, 240, 3));
        assert!(chemical.auroc > 0.6, "{found}");
        let exact =
            recovery(&Relations::of_matrix("truth", &simulated.edges[0]).unwrap(), &truth, Some(&set), &options, 1)
                .unwrap();
        let exact = exact.of(Contact::Chemical).unwrap();
        assert!(exact.auroc == 1.0 && exact.p < 0.01 && exact.supported());
        // A correlation is no better than itself.
        let alike = infer(&set, &InferOptions { method: Method::Partial, ..Default::default() }).unwrap();
        assert!(recovery(&alike, &truth, Some(&set), &options, 1).unwrap().kinds.iter().all(|k| !k.supported()));
        let alone = recovery(&var, &truth, None, &options, 1).unwrap();
        assert!(alone.verdict().contains("no baseline") && !alone.kinds[0].supported());
        let noise: Vec<f64> = (0..256).map(|i| f64::from(i * 7919 % 509)).collect();
        let noise = Relations::new("noise", var.neurons().clone(), noise).unwrap();
        let found = recovery(&noise, &truth, Some(&set), &options, 1).unwrap();
        assert!(found.verdict().contains("not supported"), "{found}");
        assert_eq!(found.table().unwrap().len(), 2);
        assert!(recovery(&var, &truth, None, &RecoveryOptions { permutations: 1 }, 1).is_err());
    }
}
