//! Why tools differ: a metric's numbers side by side.

use std::fmt;

use super::convention::{Convention, MetricOptions};
use super::table::{self, Level, Metric};
use super::value::{Reduce, Value};
use super::{lmeasure, measured, navis, neurom};
use crate::error::Result;
use crate::morph::Morphology;

/// A metric's value in each convention that has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The metric.
    pub name: &'static str,
    /// What it is, in our convention.
    pub definition: &'static str,
    /// One line for each convention, ours first.
    pub lines: Vec<Line>,
}

/// A metric in one convention.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Whose.
    pub convention: Convention,
    /// The name that the tool uses, with what was made of many values: `Diameter, count`.
    pub called: String,
    /// The number; of many values their mean. NaN where it cannot be had.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// Why it differs from ours, or why it cannot be had; empty where neither is so.
    pub why: String,
}

impl Morphology {
    /// A metric in every convention that has it, with the reason of each difference. Of a metric with many values, the
    /// means are compared.
    ///
    /// # Errors
    /// When there is no such metric.
    pub fn explain(&self, name: &str) -> Result<Explanation> {
        let metric = table::find(name).ok_or_else(|| measured::unknown(name))?;
        let mut lines = vec![ours(self, metric)?];
        for theirs in metric.theirs.iter() {
            let many = theirs.reduce.or((metric.level != Level::Cell).then_some(Reduce::Mean));
            let called = match many {
                Some(reduce) => format!("{}, {}", theirs.name, word(reduce)),
                None => theirs.name.to_string(),
            };
            let found = self.theirs(theirs, None).and_then(|value| value.reduced(theirs.name, many));
            let (value, why) = match found {
                Ok(value) => (value, theirs.why.to_string()),
                Err(error) => (f64::NAN, error.message),
            };
            let unit = unit_of(theirs.convention, theirs.name);
            lines.push(Line { convention: theirs.convention, called, value, unit, why });
        }
        Ok(Explanation { name: metric.name, definition: metric.definition, lines })
    }
}

fn ours(neuron: &Morphology, metric: &'static Metric) -> Result<Line> {
    let many = metric.level != Level::Cell;
    let reduce = many.then_some(Reduce::Mean);
    let value = match neuron.metric(metric.name, &MetricOptions::default())? {
        // Rows have no mean; how many there are can be compared.
        Value::Rows(rows) => rows.len() as f64,
        value => value.reduced(metric.name, reduce)?,
    };
    let called = if many { format!("{}, mean", metric.name) } else { metric.name.to_string() };
    Ok(Line { convention: Convention::Nms, called, value, unit: metric.unit, why: String::new() })
}

fn unit_of(convention: Convention, name: &str) -> &'static str {
    let unit = match convention {
        Convention::Nms => table::find(name).map(|m| m.unit),
        Convention::Neurom => neurom::feature(name).map(|f| f.unit),
        Convention::Lmeasure => lmeasure::function(name).map(|f| f.unit),
        Convention::Navis => navis::measure_named(name).map(|m| m.unit),
    };
    unit.unwrap_or("1")
}

fn word(reduce: Reduce) -> &'static str {
    match reduce {
        Reduce::Sum => "sum",
        Reduce::Mean => "mean",
        Reduce::Median => "median",
        Reduce::Min => "min",
        Reduce::Max => "max",
        Reduce::Sd => "sd",
        Reduce::Count => "count",
    }
}

impl fmt::Display for Explanation {
    /// A line of definition, then a line for each convention.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.definition)?;
        let called = self.lines.iter().map(|l| l.called.chars().count()).max().unwrap_or(0);
        for line in &self.lines {
            let number = format!("{:.6}", line.value);
            let number = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { &number };
            let unit = if line.unit == "1" { "" } else { line.unit };
            write!(f, "\n  {:<9}  {:<called$}  {number:>14} {unit:<3}", line.convention.title(), line.called)?;
            if !line.why.is_empty() {
                write!(f, "  {}", line.why)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::{SynthesisOptions, parse_swc, synthesize};

    #[test]
    fn a_table_of_the_tools() {
        let neuron = parse_swc("t", b"1 1 0 0 0 5 -1\n2 3 5 0 0 1 1\n3 3 15.5 0 0 1 2\n").unwrap().morphology;
        let text = neuron.explain("total_length").unwrap().to_string();
        assert!(text.contains("nms        total_length            10.5 um"), "{text}");
        assert!(text.contains("L-Measure  Length, sum             25.5 um"), "{text}");
    }

    #[test]
    fn every_metric_can_be_explained() {
        let neuron = synthesize("pyramidal", &SynthesisOptions::default(), 3).unwrap();
        for metric in table::metrics() {
            let explained = neuron.explain(metric.name).unwrap();
            assert_eq!(explained.lines.len(), 1 + metric.theirs.len());
            assert!(explained.lines.iter().all(|l| l.value.is_finite()), "{explained}");
        }
    }
}
