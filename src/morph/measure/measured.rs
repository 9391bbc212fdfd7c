//! Measuring by name: finds the metric, makes its arbor, and says what is wrong with a name that there is not.

use std::cell::OnceCell;

use super::arbor::Arbor;
use super::convention::{Convention, MetricOptions};
use super::lmeasure::{self, Tree};
use super::navis::{self, Skeleton};
use super::neurom;
use super::table::{self, Metric, Theirs};
use super::value::Value;
use crate::error::{Error, Result, did_you_mean};
use crate::morph::{Kinds, Morphology};

impl Morphology {
    /// A metric by its name, in a convention.
    ///
    /// In the convention of another tool a name is first taken for the tool's own (`cable_length` in navis), then for one
    /// of this program's, for which the tool's nearest metric is given (`total_length` gives the cable length). What
    /// L-Measure gives are the [statistics](super::Stats) of a function, unless a single number is meant.
    ///
    /// # Errors
    /// When there is no such metric in this convention, it needs a soma and there is none, or it cannot be reduced.
    pub fn metric(&self, name: &str, options: &MetricOptions) -> Result<Value> {
        View::new(self, options.kinds.as_ref()).metric(name, options)
    }

    /// Several metrics in one convention, which is quicker than one after the other: the neuron is cut up once.
    ///
    /// # Errors
    /// As [`metric`](Self::metric), for the first that cannot be had.
    pub fn metrics_named(&self, names: &[&str], options: &MetricOptions) -> Result<Vec<Value>> {
        let view = View::new(self, options.kinds.as_ref());
        names.iter().map(|name| view.metric(name, options)).collect()
    }
}

/// A neuron with what metrics are computed on, each made when it is first asked for.
pub(super) struct View<'a> {
    neuron: &'a Morphology,
    kinds: Option<&'a Kinds>,
    ours: OnceCell<Arbor<'a>>,
    neurom: OnceCell<Arbor<'a>>,
    lmeasure: OnceCell<Tree>,
    navis: OnceCell<Skeleton<'a>>,
}

impl<'a> View<'a> {
    pub(super) fn new(neuron: &'a Morphology, kinds: Option<&'a Kinds>) -> Self {
        let (ours, neurom) = (OnceCell::new(), OnceCell::new());
        View { neuron, kinds, ours, neurom, lmeasure: OnceCell::new(), navis: OnceCell::new() }
    }

    fn metric(&self, name: &str, options: &MetricOptions) -> Result<Value> {
        let value = match options.convention {
            Convention::Nms => match table::find(name) {
                Some(metric) => self.ours(metric)?,
                None => return Err(unknown(name)),
            },
            convention => match self.tools_own(name, convention)? {
                Some(value) => value,
                None => self.theirs(counterpart(name, convention)?)?,
            },
        };
        match options.reduce {
            Some(reduce) => Ok(Value::Number(value.reduced(name, Some(reduce))?)),
            None => Ok(value),
        }
    }

    /// A metric of ours.
    pub(super) fn ours(&self, metric: &Metric) -> Result<Value> {
        let arbor = self.ours.get_or_init(|| Convention::Nms.arbor(self.neuron, self.kinds));
        Ok((metric.compute)(arbor)?.finite_or_nan())
    }

    /// What another tool has in place of one of our metrics.
    pub(super) fn theirs(&self, theirs: &Theirs) -> Result<Value> {
        let value = self
            .tools_own(theirs.name, theirs.convention)?
            .ok_or_else(|| Error::internal(format!("`{}` is not among {}", theirs.name, theirs.convention.title())))?;
        match theirs.reduce {
            Some(reduce) => Ok(Value::Number(value.reduced(theirs.name, Some(reduce))?)),
            None => Ok(value),
        }
    }

    /// A tool's metric by the tool's own name; none where it has none of that name.
    fn tools_own(&self, name: &str, convention: Convention) -> Result<Option<Value>> {
        match convention {
            Convention::Nms => Ok(None),
            Convention::Neurom => {
                let Some(feature) = neurom::feature(name) else { return Ok(None) };
                let arbor = self.neurom.get_or_init(|| convention.arbor(self.neuron, self.kinds));
                (feature.compute)(arbor).map(Some)
            }
            Convention::Lmeasure => Ok(lmeasure::function(name).map(|function| {
                let tree = self.lmeasure.get_or_init(|| Tree::of(self.neuron));
                Value::Stats(function.stats(tree, self.kinds))
            })),
            Convention::Navis => match navis::measure_named(name) {
                Some(_) if self.kinds.is_some() => {
                    Err(Error::value("navis measures whole skeletons and chooses no types")
                        .help("take the others out first: `m.without(\"axon\")`"))
                }
                Some(measure) => {
                    let skeleton = self.navis.get_or_init(|| Skeleton::new(self.neuron));
                    Ok(Some((measure.compute)(skeleton)))
                }
                None => Ok(None),
            },
        }
    }
}

/// The row of the table that stands for a name of ours in another tool.
fn counterpart(name: &str, convention: Convention) -> Result<&'static Theirs> {
    let Some(metric) = table::find(name) else {
        let names =
            names_of(convention).chain(table::metrics().iter().filter(|m| m.of(convention).is_some()).map(|m| m.name));
        let error = Error::value(format!("{} has no metric `{name}`", convention.title()));
        return Err(match did_you_mean(name, names) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("morph::metrics() lists ours and what other tools have in place of them"),
        });
    };
    metric.of(convention).ok_or_else(|| {
        let others: Vec<&str> = metric.theirs.iter().map(|t| t.convention.name()).chain(["nms"]).collect();
        Error::value(format!("{} has nothing like `{name}`", convention.title()))
            .help(format!("`{name}` exists as {}", others.join(", ")))
    })
}

/// The error for a name that is not ours: it may be another tool's.
pub(super) fn unknown(name: &str) -> Error {
    let tool = Convention::ALL.into_iter().skip(1).find(|&c| names_of(c).any(|n| n == name));
    if let Some(tool) = tool {
        let same = |t: &&Theirs| t.convention == tool && t.name == name;
        let ours = table::metrics().iter().find(|m| m.theirs.iter().any(|t| same(&t)));
        let ours = ours.map_or(String::new(), |m| format!("; `{}` is the nearest of ours", m.name));
        return Error::value(format!("`{name}` is a metric of {}, not of ours", tool.title()))
            .help(format!("ask for it with `as: \"{}\"`{ours}", tool.name()));
    }
    let error = Error::value(format!("no metric `{name}`"));
    match did_you_mean(name, table::metrics().iter().map(|m| m.name)) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("morph::metrics() lists them"),
    }
}

/// A tool's own names.
fn names_of(convention: Convention) -> Box<dyn Iterator<Item = &'static str>> {
    match convention {
        Convention::Nms => Box::new(table::metrics().iter().map(|m| m.name)),
        Convention::Neurom => Box::new(neurom::FEATURES.iter().map(|f| f.name)),
        Convention::Lmeasure => Box::new(lmeasure::FUNCTIONS.iter().map(|f| f.name)),
        Convention::Navis => Box::new(navis::MEASURES.iter().map(|m| m.name)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::{SynthesisOptions, parse_swc, synthesize};

    /// The six samples of the reference collection's `good.swc`: three lengths, each right by its own convention.
    #[test]
    fn one_neuron_has_three_lengths() {
        let text = b"1 1 0 0 0 5 -1\n2 3 5 0 0 1 1\n3 3 15 0 0 1 2\n4 3 25 0 0 1 3\n5 3 35 0 0 1 4\n6 3 45 0 0 1 5\n";
        let neuron = parse_swc("t", text).unwrap().morphology;
        let of =
            |convention| neuron.metric("total_length", &MetricOptions { convention, ..Default::default() }).unwrap();
        assert_eq!(Convention::ALL.map(of), [40.0, 40.0, 55.0, 45.0].map(Value::Number));
    }

    #[test]
    fn names_that_are_not_there_are_led_on() {
        let neuron = synthesize("granule", &SynthesisOptions::default(), 1).unwrap();
        let refused = |name: &str, convention| {
            let error = neuron.metric(name, &MetricOptions { convention, ..Default::default() }).unwrap_err();
            format!("{} ({})", error.message, error.help.unwrap())
        };
        assert_eq!(refused("total_lenght", Convention::Nms), "no metric `total_lenght` (did you mean `total_length`?)");
        assert_eq!(
            refused("cable_length", Convention::Nms),
            "`cable_length` is a metric of navis, not of ours (ask for it with `as: \"navis\"`; `total_length` is the \
             nearest of ours)"
        );
        assert!(refused("centre_offset", Convention::Navis).contains("exists as nms"));
        assert!(refused("section_length", Convention::Neurom).contains("did you mean `section_lengths`"));
    }
}
