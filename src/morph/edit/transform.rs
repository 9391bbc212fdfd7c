//! Moving, turning, mirroring and scaling a neuron: edits of its coordinates alone.

use super::direction::{Direction, Given, Rotation, about, dot, turned};
use crate::error::{Error, Result, did_you_mean};
use crate::morph::Morphology;

/// What stays in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(try_from = "Given", rename_all = "snake_case")]
pub enum Pivot {
    /// The origin of the coordinates: what neurons in one space need.
    #[default]
    Origin,
    /// The neuron's [centre](Morphology::centre): soma, or else first root.
    Centre,
    /// A point.
    Point([f64; 3]),
}

/// The options of [rotating](Morphology::rotated) and [mirroring](Morphology::mirrored).
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct About {
    /// What stays in place: `"origin"`, `"centre"` or three numbers.
    pub about: Pivot,
}

/// How a neuron is scaled: by a factor, or from one unit to another.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScaleOptions {
    /// One number for all, radii included; or three for the axes, which leave radii as they are: shrinkage and the
    /// stretch of a microscope's stage bend the course, not the calibre.
    pub factor: Option<Factor>,
    /// The unit that the positions and radii are in.
    pub from: Option<Unit>,
    /// The unit to express them in; `um` where only `from` is given.
    pub to: Option<Unit>,
    /// What stays in place.
    pub about: Pivot,
}

/// A factor for all axes or one for each.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(try_from = "Given")]
pub enum Factor {
    /// For positions and radii.
    All(f64),
    /// For the positions' axes.
    Axes([f64; 3]),
}

/// A unit of length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Nanometre.
    Nm,
    /// Micrometre, the unit of SWC.
    #[serde(alias = "µm", alias = "micron", alias = "microns")]
    Um,
    /// Millimetre.
    Mm,
    /// Metre.
    M,
}

impl Unit {
    /// Micrometres in one of it.
    pub fn micrometres(self) -> f64 {
        match self {
            Unit::Nm => 1e-3,
            Unit::Um => 1.0,
            Unit::Mm => 1e3,
            Unit::M => 1e6,
        }
    }
}

/// The largest coordinate; what is beyond could not be read back.
const LIMIT: f64 = 1e15;

impl Morphology {
    /// The neuron moved so that its [centre](Self::centre), the soma or else the first root, is at the origin.
    #[must_use]
    pub fn centered(&self) -> Morphology {
        let centre = self.centre();
        let mut neuron = self.clone();
        for position in &mut neuron.position {
            for axis in 0..3 {
                position[axis] -= centre[axis];
            }
        }
        neuron
    }

    /// The neuron moved by a vector. Only positions change.
    ///
    /// # Errors
    /// When a coordinate would leave the range of ±1e15.
    pub fn translated(&self, by: [f64; 3]) -> Result<Morphology> {
        self.placed(|p| std::array::from_fn(|k| p[k] + by[k]))
    }

    /// The neuron turned about an axis by an angle in degrees, counterclockwise for whom the axis points at. Only
    /// positions change; distances and lengths stay, up to rounding.
    ///
    /// # Errors
    /// When the angle is not finite.
    pub fn rotated(&self, axis: Direction, degrees: f64, options: &About) -> Result<Morphology> {
        if !degrees.is_finite() {
            return Err(Error::value(format!("the angle is `{degrees}`, expected a number of degrees")));
        }
        self.turned_about(&about(axis, degrees), options.about)
    }

    /// The neuron mirrored in the plane at right angles to a direction: `x` turns left and right over. Only positions
    /// change. The chirality of the arbor changes with them.
    ///
    /// # Errors
    /// When a coordinate would leave the range of ±1e15.
    pub fn mirrored(&self, across: Direction, options: &About) -> Result<Morphology> {
        let (normal, pivot) = (across.components(), self.pivot(options.about));
        let axis = (0..3).find(|&k| normal[k].abs() == 1.0);
        self.placed(|p| match axis {
            // Along an axis the other coordinates stay as they are, to the last bit.
            Some(axis) => std::array::from_fn(|k| if k == axis { 2.0 * pivot[k] - p[k] } else { p[k] }),
            None => {
                let off = dot(std::array::from_fn(|k| p[k] - pivot[k]), normal);
                std::array::from_fn(|k| p[k] - 2.0 * off * normal[k])
            }
        })
    }

    /// The neuron scaled; see [`ScaleOptions`]. Ids, types and links stay.
    ///
    /// # Errors
    /// When neither or both of a factor and a unit are given, a factor is not a positive number, or a coordinate would
    /// leave the range of ±1e15.
    pub fn scaled(&self, options: &ScaleOptions) -> Result<Morphology> {
        let (factors, radii) = options.factors()?;
        let pivot = self.pivot(options.about);
        let mut scaled = self.placed(|p| std::array::from_fn(|k| pivot[k] + (p[k] - pivot[k]) * factors[k]))?;
        scaled.radius.iter_mut().for_each(|r| *r *= radii);
        Ok(scaled)
    }

    pub(super) fn turned_about(&self, rotation: &Rotation, pivot: Pivot) -> Result<Morphology> {
        let pivot = self.pivot(pivot);
        self.placed(|p| {
            let turned = turned(rotation, std::array::from_fn(|k| p[k] - pivot[k]));
            std::array::from_fn(|k| pivot[k] + turned[k])
        })
    }

    fn pivot(&self, about: Pivot) -> [f64; 3] {
        match about {
            Pivot::Origin => [0.0; 3],
            Pivot::Centre => self.centre(),
            Pivot::Point(point) => point,
        }
    }

    /// The neuron with every position put through a function.
    fn placed(&self, place: impl Fn([f64; 3]) -> [f64; 3]) -> Result<Morphology> {
        let position: Vec<[f64; 3]> = self.position.iter().map(|&p| place(p)).collect();
        match position.iter().position(|p| !p.iter().all(|v| v.abs() <= LIMIT)) {
            None => Ok(Morphology { position, ..self.clone() }),
            Some(at) => Err(Error::value(format!(
                "sample {} of `{}` would come to lie at {:?}, expected coordinates up to {LIMIT:e}",
                self.id[at], self.name, position[at]
            ))),
        }
    }
}

impl ScaleOptions {
    /// Scaling by one factor about the origin.
    pub fn by(factor: f64) -> Self {
        ScaleOptions { factor: Some(Factor::All(factor)), ..ScaleOptions::default() }
    }

    /// Factors for the axes and for radii.
    fn factors(&self) -> Result<([f64; 3], f64)> {
        let (axes, radii) = match (self.factor, self.from, self.to) {
            (Some(Factor::All(factor)), None, None) => ([factor; 3], factor),
            (Some(Factor::Axes(factors)), None, None) => (factors, 1.0),
            (None, None, None) => {
                return Err(Error::value("scaling needs a factor or a unit")
                    .help("`.scale(1.2)`, `.scale([1, 1, 2.5])` or `.scale(#{ from: \"nm\" })`"));
            }
            (None, from, to) => {
                let unit = |given: Option<Unit>| given.unwrap_or(Unit::Um).micrometres();
                let factor = unit(from) / unit(to);
                ([factor; 3], factor)
            }
            (Some(_), ..) => return Err(Error::value("scaling takes a factor or units, not both")),
        };
        match axes.iter().chain([&radii]).find(|f| !(**f > 0.0 && f.is_finite())) {
            None => Ok((axes, radii)),
            Some(factor) => Err(Error::value(format!("the factor is `{factor}`, expected a number above 0"))
                .help("`mirror` turns a neuron over")),
        }
    }
}

impl TryFrom<Given> for Pivot {
    type Error = Error;

    fn try_from(given: Given) -> Result<Self> {
        match given {
            Given::Three(point) => Ok(Pivot::Point(point)),
            Given::Word(word) if word == "origin" => Ok(Pivot::Origin),
            Given::Word(word) if word == "centre" => Ok(Pivot::Centre),
            Given::Word(word) => {
                let meant = did_you_mean(&word, ["origin", "centre"]);
                let meant = meant.map_or(String::new(), |m| format!("; did you mean \"{m}\"?"));
                Err(Error::value(format!("\"{word}\" is unknown, expected \"origin\", \"centre\" or a point{meant}")))
            }
            Given::One(x) => Err(Error::value(format!("`{x}` is no point, expected three numbers"))),
        }
    }
}

impl TryFrom<Given> for Factor {
    type Error = Error;

    fn try_from(given: Given) -> Result<Self> {
        match given {
            Given::One(factor) => Ok(Factor::All(factor)),
            Given::Three(factors) => Ok(Factor::Axes(factors)),
            Given::Word(word) => Err(Error::value(format!("\"{word}\" is no factor, expected one or three numbers"))),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::parse_swc;

    fn read(text: &str) -> Morphology {
        parse_swc("cell", text.as_bytes()).unwrap().morphology
    }

    const CELL: &str = "1 1 1 2 3 4 -1\n2 3 5 6 7 2 1\n";

    #[test]
    fn centring_moves_the_soma_to_the_origin_and_keeps_lengths() {
        let neuron = read("1 3 7 0 0 1 2\n2 1 5 6 7 4 -1\n").centered();
        assert_eq!(neuron.centre(), [0.0; 3]);
        assert_eq!(neuron.position[1], [2.0, -6.0, -7.0]);
    }

    #[test]
    fn a_turn_keeps_its_pivot() {
        let origin = read(CELL).rotated(Direction::Z, 90.0, &About::default()).unwrap();
        assert_eq!(origin.position, [[-2.0, 1.0, 3.0], [-6.0, 5.0, 7.0]]);
        let centre = read(CELL).rotated(Direction::Z, 90.0, &About { about: Pivot::Centre }).unwrap();
        assert_eq!(centre.position, [[1.0, 2.0, 3.0], [-3.0, 6.0, 7.0]]);
        assert!(read(CELL).rotated(Direction::Z, f64::NAN, &About::default()).is_err());
    }

    #[test]
    fn mirroring_twice_gives_the_neuron_back() {
        let m = read(CELL).mirrored(Direction::X, &About::default()).unwrap();
        assert_eq!(m.position, [[-1.0, 2.0, 3.0], [-5.0, 6.0, 7.0]]);
        assert_eq!(m.mirrored(Direction::X, &About::default()).unwrap(), read(CELL));
        let diagonal = Direction::of([1.0, -1.0, 0.0]).unwrap();
        let swapped = read(CELL).mirrored(diagonal, &About::default()).unwrap();
        assert!((swapped.position[1][0] - 6.0).abs() < 1e-12 && (swapped.position[1][1] - 5.0).abs() < 1e-12);
    }

    #[test]
    fn one_factor_scales_radii_and_three_do_not() {
        let m = read(CELL).scaled(&ScaleOptions::by(2.0)).unwrap();
        assert_eq!((m.position[1], m.radius[1]), ([10.0, 12.0, 14.0], 4.0));
        let axes = ScaleOptions { factor: Some(Factor::Axes([1.0, 1.0, 3.0])), ..ScaleOptions::default() };
        let m = read(CELL).scaled(&axes).unwrap();
        assert_eq!((m.position[1], m.radius[1]), ([5.0, 6.0, 21.0], 2.0));
        let nm = ScaleOptions { from: Some(Unit::Nm), ..ScaleOptions::default() };
        assert_eq!(read(CELL).scaled(&nm).unwrap().position[1], [0.005, 0.006, 0.007]);
    }

    #[test]
    fn what_cannot_be_a_factor_is_refused() {
        for factor in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(read(CELL).scaled(&ScaleOptions::by(factor)).is_err(), "{factor}");
        }
        assert!(read(CELL).scaled(&ScaleOptions::by(1e15)).unwrap_err().message.contains("sample 1"));
        assert!(read(CELL).scaled(&ScaleOptions::default()).is_err());
        let both = ScaleOptions { from: Some(Unit::Nm), ..ScaleOptions::by(2.0) };
        assert!(read(CELL).scaled(&both).is_err());
    }
}
