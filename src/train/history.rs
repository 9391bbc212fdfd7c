//! What a training run measured, step by step.

use serde::{Deserialize, Serialize};

/// Named series over the steps of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Number of steps done.
    pub steps: u64,
    /// Each series: its name, and `(step, value)` pairs; steps count from 1.
    pub series: Vec<(String, Vec<(u64, f64)>)>,
}

impl History {
    /// Adds a value to a series.
    pub fn push(&mut self, name: &str, step: u64, value: f64) {
        match self.series.iter_mut().find(|(n, _)| n == name) {
            Some((_, points)) => points.push((step, value)),
            None => self.series.push((name.to_string(), vec![(step, value)])),
        }
    }

    /// A series by name.
    pub fn get(&self, name: &str) -> Option<&[(u64, f64)]> {
        self.series.iter().find(|(n, _)| n == name).map(|(_, points)| points.as_slice())
    }

    /// The last value of a series.
    pub fn last(&self, name: &str) -> Option<f64> {
        self.get(name)?.last().map(|&(_, value)| value)
    }
}

impl std::fmt::Display for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "History({} steps", self.steps)?;
        for (name, points) in &self.series {
            if let (Some((_, first)), Some((_, last))) = (points.first(), points.last()) {
                write!(f, ", {name} {} → {}", short(*first), short(*last))?;
            }
        }
        write!(f, ")")
    }
}

/// A number with about four digits, however small it is.
fn short(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-2 { format!("{value:.2e}") } else { format!("{value:.3}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_prints_as_one_line() {
        let mut history = History { steps: 20, ..History::default() };
        history.push("loss", 10, 5.0);
        history.push("lr", 10, 1e-4);
        history.push("loss", 20, 4.25);
        assert_eq!(history.to_string(), "History(20 steps, loss 5.000 → 4.250, lr 1.00e-4 → 1.00e-4)");
        assert_eq!(history.last("loss"), Some(4.25));
        assert_eq!(history.get("accuracy"), None);
    }
}
