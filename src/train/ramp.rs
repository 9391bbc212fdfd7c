//! Numbers that change over a run: temperatures and momenta.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};

/// A number that goes from one value to another over the first part of a run and stays there. A script writes a plain
/// number where it never changes, else `#{ from: 0.996, to: 1.0, over: 1.0, shape: "cosine" }`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ramp {
    /// The value of the first step.
    pub from: f64,
    /// The value it ends at.
    pub to: f64,
    /// The share of the run that it takes to get there.
    pub over: f64,
    /// The way it goes.
    pub shape: Shape,
}

/// The way from one value to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// At a steady pace.
    #[default]
    Linear,
    /// Half a cosine: slow at both ends.
    Cosine,
    /// By the same factor in each step.
    Geometric,
}

impl Ramp {
    /// A number that never changes.
    pub const fn constant(value: f64) -> Ramp {
        Ramp { from: value, to: value, over: 1.0, shape: Shape::Linear }
    }

    /// The value of a step, counted from 0, of a run of `steps`.
    pub fn at(&self, step: u64, steps: u64) -> f64 {
        if self.from == self.to {
            return self.from;
        }
        let way = (step as f64 / (self.over * steps as f64).max(1.0)).min(1.0);
        let between = |way: f64| self.from + (self.to - self.from) * way;
        match self.shape {
            Shape::Linear => between(way),
            Shape::Cosine => between((1.0 - (std::f64::consts::PI * way).cos()) / 2.0),
            Shape::Geometric => self.from * (self.to / self.from).powf(way),
        }
    }

    /// Refuses ends for which `valid` does not hold, and a share that is none; `expected` says what holds.
    ///
    /// # Errors
    /// On such a ramp; `name` is the option's.
    pub fn check(&self, name: &str, expected: &str, valid: impl Fn(f64) -> bool) -> Result<()> {
        for end in [self.from, self.to] {
            if !valid(end) {
                return Err(Error::value(format!("`{name}` must {expected}, not {end}")));
            }
        }
        if self.shape == Shape::Geometric && !(self.from > 0.0 && self.to > 0.0) {
            let (from, to) = (self.from, self.to);
            return Err(Error::value(format!(
                "`{name}` cannot go from {from} to {to} by the same factor in each step"
            ))
            .help("give ends above 0, or another `shape`"));
        }
        if !(self.over > 0.0 && self.over <= 1.0) {
            return Err(Error::value(format!(
                "`{name}.over` must be a share of the run, above 0 and at most 1, not {}",
                self.over
            )));
        }
        Ok(())
    }
}

impl Serialize for Ramp {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        if self.from == self.to {
            return serializer.serialize_f64(self.from);
        }
        Ends { from: self.from, to: self.to, over: self.over, shape: self.shape }.serialize(serializer)
    }
}

/// A ramp as a map.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ends {
    from: f64,
    to: f64,
    #[serde(default = "whole")]
    over: f64,
    #[serde(default)]
    shape: Shape,
}

fn whole() -> f64 {
    1.0
}

impl<'de> Deserialize<'de> for Ramp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(NumberOrEnds)
    }
}

struct NumberOrEnds;

impl<'de> Visitor<'de> for NumberOrEnds {
    type Value = Ramp;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a number, or a map `#{ from, to, over, shape }`")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> std::result::Result<Ramp, E> {
        Ok(Ramp::constant(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> std::result::Result<Ramp, E> {
        Ok(Ramp::constant(value as f64))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> std::result::Result<Ramp, E> {
        Ok(Ramp::constant(value as f64))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<Ramp, A::Error> {
        let Ends { from, to, over, shape } = Ends::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Ramp { from, to, over, shape })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn ramps_are_numbers_or_maps() {
        let read = |text: &str| serde_json::from_str::<Ramp>(text);
        assert_eq!(read("0.9").unwrap(), Ramp::constant(0.9));
        assert_eq!(read("1").unwrap(), Ramp::constant(1.0));
        let warm = read(r#"{ "from": 0.04, "to": 0.07, "over": 0.3 }"#).unwrap();
        assert_eq!(warm, Ramp { from: 0.04, to: 0.07, over: 0.3, shape: Shape::Linear });
        assert_eq!(read(&serde_json::to_string(&warm).unwrap()).unwrap(), warm);
        assert_eq!(serde_json::to_string(&Ramp::constant(0.9)).unwrap(), "0.9");
        let error = read("true").unwrap_err().to_string();
        assert!(error.contains("a number, or a map"), "{error}");
        assert!(read(r#"{ "from": 1.0 }"#).is_err() && read(r#"{ "from": 1.0, "to": 2.0, "until": 1 }"#).is_err());
    }

    /// The momentum of DINO's teacher by its published formula, `to + (from - to) (1 + cos(pi i / n)) / 2`.
    #[test]
    fn values_along_the_way() {
        let momentum = Ramp { from: 0.996, to: 1.0, over: 1.0, shape: Shape::Cosine };
        for step in [0u64, 1, 250, 999] {
            let expected = 1.0 - 0.004 * (1.0 + (std::f64::consts::PI * step as f64 / 1000.0).cos()) / 2.0;
            assert!((momentum.at(step, 1000) - expected).abs() < 1e-15);
        }
        let warm = Ramp { from: 0.04, to: 0.07, over: 0.3, shape: Shape::Linear };
        assert_eq!(warm.at(0, 100), 0.04);
        assert!((warm.at(15, 100) - 0.055).abs() < 1e-15);
        assert_eq!((warm.at(30, 100), warm.at(99, 100)), (0.07, 0.07));
        assert_eq!(Ramp::constant(0.9).at(5, 10), 0.9);
        let falling = Ramp { from: 0.1, to: 0.001, over: 1.0, shape: Shape::Geometric };
        assert!((falling.at(50, 100) - 0.01).abs() < 1e-15);
    }

    #[test]
    fn impossible_ramps_are_refused() {
        let check = |ramp: Ramp| ramp.check("momentum", "lie between 0 and 1", |v| (0.0..=1.0).contains(&v));
        assert!(check(Ramp::constant(0.9)).is_ok());
        assert_eq!(check(Ramp::constant(1.5)).unwrap_err().message, "`momentum` must lie between 0 and 1, not 1.5");
        let endless = Ramp { from: 0.1, to: 0.2, over: 0.0, shape: Shape::Linear };
        assert!(check(endless).unwrap_err().message.contains("`momentum.over`"));
        assert!(check(Ramp::constant(f64::NAN)).is_err());
        let from_nothing = Ramp { from: 0.0, to: 0.2, over: 1.0, shape: Shape::Geometric };
        assert!(check(from_nothing).unwrap_err().message.contains("by the same factor"));
    }
}
