//! The soma as a body: centre, radius, surface and volume of what the file gives of it.
//!
//! SWC files describe a soma in several ways, and how its samples are meant decides its size (NeuroMorpho.Org,
//! "SomaFormat"; MorphIO's soma types):
//!
//! * one sample: a sphere;
//! * three samples, the second and third both on the first: the cylinder of NeuroMorpho.Org, whose surface without caps
//!   is that of a sphere of the same radius;
//! * otherwise truncated cones from sample to sample, in order.

use std::f64::consts::PI;

use crate::morph::Morphology;
use crate::morph::geometry::distance;

/// How a file describes the soma.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SomaForm {
    /// No sample of type soma.
    None,
    /// One sample.
    Sphere,
    /// The three samples of NeuroMorpho.Org.
    ThreePoints,
    /// Several samples: cones from each to the next.
    Cones,
}

/// The soma's size, in the unit of the positions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Soma {
    /// How the file describes it.
    pub form: SomaForm,
    /// Its first sample; `None` without a soma.
    pub centre: Option<[f64; 3]>,
    /// Radius of the sphere with the same surface; 0 without a soma.
    pub radius: f64,
    /// Surface; 0 without a soma.
    pub area: f64,
    /// Volume; 0 without a soma. The three points of NeuroMorpho.Org make a cylinder of length 2r: 2 pi r^3.
    pub volume: f64,
}

impl Soma {
    /// Measures the samples of type soma.
    pub fn of(neuron: &Morphology) -> Soma {
        let samples: Vec<usize> = (0..neuron.len()).filter(|&i| neuron.is_soma(i)).collect();
        let at = |i: usize| (neuron.position[samples[i]], neuron.radius[samples[i]]);
        let on_first = |i: usize| neuron.parent_of(samples[i]) == Some(samples[0]);
        let centre = samples.first().map(|&i| neuron.position[i]);
        match samples.len() {
            0 => Soma { form: SomaForm::None, centre, radius: 0.0, area: 0.0, volume: 0.0 },
            1 => {
                let radius = at(0).1;
                let (area, volume) = (4.0 * PI * radius * radius, 4.0 / 3.0 * PI * radius.powi(3));
                Soma { form: SomaForm::Sphere, centre, radius, area, volume }
            }
            3 if on_first(1) && on_first(2) => {
                let area = 2.0 * PI * at(0).1 * distance(at(1).0, at(2).0);
                let radius = (area / (4.0 * PI)).sqrt();
                Soma { form: SomaForm::ThreePoints, centre, radius, area, volume: 2.0 * PI * radius.powi(3) }
            }
            n => {
                let (mut area, mut volume) = (0.0, 0.0);
                for i in 1..n {
                    let ((a, r), (b, s)) = (at(i - 1), at(i));
                    area += cone_area(r, s, distance(a, b));
                    volume += cone_volume(r, s, distance(a, b));
                }
                Soma { form: SomaForm::Cones, centre, radius: (area / (4.0 * PI)).sqrt(), area, volume }
            }
        }
    }
}

/// Surface of a truncated cone of end radii `r`, `s` and length `h`, without its caps.
pub(super) fn cone_area(r: f64, s: f64, h: f64) -> f64 {
    PI * (r + s) * ((r - s) * (r - s) + h * h).sqrt()
}

/// Volume of a truncated cone.
pub(super) fn cone_volume(r: f64, s: f64, h: f64) -> f64 {
    PI * h * (r * r + r * s + s * s) / 3.0
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::parse_swc;

    /// Radius, surface and volume, against MorphIO 3.5.0 with NeuroM 4.0.6 on the same samples.
    #[test]
    fn each_form_measures_as_morphio_and_neurom_do() {
        let soma = |text: &str| Soma::of(&parse_swc("t", text.as_bytes()).unwrap().morphology);
        let check = |soma: Soma, form, expected: [f64; 3]| {
            assert_eq!(soma.form, form);
            for (found, expected) in [soma.radius, soma.area, soma.volume].into_iter().zip(expected) {
                assert!((found - expected).abs() <= 1e-6 * expected, "{found} for {expected}");
            }
        };
        check(soma("1 1 0 0 0 2 -1\n"), SomaForm::Sphere, [2.0, 50.265484, 33.510323]);
        let three = "1 1 0 0 0 2 -1\n2 1 0 2 0 2 1\n3 1 0 -2 0 2 1\n";
        check(soma(three), SomaForm::ThreePoints, [2.0, 50.265484, 50.26548245743669]);
        let chain = "1 1 0 0 0 2 -1\n2 1 0 3 0 2.5 1\n3 1 0 6 0 1.5 2\n";
        check(soma(chain), SomaForm::Cones, [2.5658978520411475, 82.73487, 86.3938]);
        assert_eq!(soma("1 3 0 0 0 2 -1\n").form, SomaForm::None);
    }
}
