//! Why tools differ: a metric's numbers side by side.

use std::fmt;

use super::convention::Convention;
use super::measured::{View, unknown};
use super::table::{self, Level};
use super::value::{Reduce, Value};
use super::{lmeasure, navis, neurom};
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
        let metric = table::find(name).ok_or_else(|| unknown(name))?;
        let view = View::new(self, None);
        let ours = view.ours(metric)?;
        // Several numbers at each place have no mean; how many places there are can be compared.
        let many = match (&ours, metric.level) {
            (Value::Rows(_), _) => Some(Reduce::Count),
            (_, Level::Cell) => None,
            _ => Some(Reduce::Mean),
        };
        let line = |convention, name: &str, reduce: Option<Reduce>, value: Result<Value>, why: &str| {
            let called = reduce.map_or(name.to_string(), |reduce| format!("{name}, {}", word(reduce)));
            let unit = if reduce == Some(Reduce::Count) { "1" } else { unit_of(convention, name) };
            match value.and_then(|v| v.reduced(name, reduce)) {
                Ok(value) => Line { convention, called, value, unit, why: why.to_string() },
                Err(error) => Line { convention, called, value: f64::NAN, unit, why: error.message },
            }
        };
        let mut lines = vec![line(Convention::Nms, metric.name, many, Ok(ours), "")];
        for theirs in metric.theirs.iter() {
            let reduce = theirs.reduce.or(many);
            lines.push(line(theirs.convention, theirs.name, reduce, view.theirs(theirs), theirs.why));
        }
        Ok(Explanation { name: metric.name, definition: metric.definition, lines })
    }
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
            let number =
                if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { &number };
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
