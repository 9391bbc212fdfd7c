//! The shape that a soma is written in.
//!
//! Programs disagree on what a soma looks like in SWC: one sample; the three samples of NeuroMorpho.Org, which stand for
//! a cylinder with the area of the sphere (neuromorpho.org, "SomaFormat"); or an outline. A change of shape keeps the
//! soma's centre and radius as far as the shapes allow, and never moves a neurite's sample.

use std::borrow::Cow;
use std::f64::consts::{PI, TAU};

use crate::morph::{Morphology, NO_PARENT, Sample, kind};

/// The shape of a soma in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SomaStyle {
    /// The soma samples that the neuron has.
    #[default]
    AsIs,
    /// One sample at the centre.
    OnePoint,
    /// The centre, and two samples one radius below and above it along y, as NeuroMorpho.Org writes them.
    ThreePoints,
    /// An outline of 16 samples in the xy plane; a soma that is an outline already stays as it is.
    Contour,
}

/// Samples of an outline that is made.
const OUTLINE: usize = 16;

impl Morphology {
    /// The neuron with its soma in this shape; one without a soma stays as it is.
    ///
    /// The soma is the [first soma sample](Morphology::soma) with all soma samples that hang together below it. Its
    /// centre and radius are: of one sample, and of three in NeuroMorpho.Org's shape, those of the first; of an outline,
    /// the mean and the mean distance from it; of a row of samples, the mean and the radius of the sphere with the area
    /// of the truncated cones between them (as NeuroM takes them). Where the shape changes, samples are numbered anew
    /// from 1: MorphIO takes three samples for NeuroMorpho.Org's shape only under the numbers 1, 2 and 3.
    pub fn with_soma(&self, style: SomaStyle) -> Cow<'_, Morphology> {
        let soma = self.soma_samples();
        match style {
            _ if soma.is_empty() => Cow::Borrowed(self),
            SomaStyle::AsIs => Cow::Borrowed(self),
            SomaStyle::OnePoint if soma.len() == 1 => Cow::Borrowed(self),
            SomaStyle::ThreePoints if self.is_three_points(&soma) => Cow::Borrowed(self),
            SomaStyle::Contour if self.is_outline(&soma) => Cow::Borrowed(self),
            _ => Cow::Owned(self.reshaped(&soma, style)),
        }
    }

    /// The soma: its first sample and all soma samples that hang together below it.
    fn soma_samples(&self) -> Vec<usize> {
        let Some(first) = self.soma() else {
            return Vec::new();
        };
        let mut belongs = vec![false; self.len()];
        belongs[first] = true;
        let mut soma = vec![first];
        for i in first + 1..self.len() {
            if self.kind[i] == kind::SOMA && self.parent_of(i).is_some_and(|p| belongs[p]) {
                belongs[i] = true;
                soma.push(i);
            }
        }
        soma
    }

    fn is_three_points(&self, soma: &[usize]) -> bool {
        let [first, second, third] = *soma else {
            return false;
        };
        let on_first = |i: usize| self.parent_of(i) == Some(first);
        let radius = self.radius[first];
        // Files of NeuroMorpho.Org round to two decimals.
        let away = |i: usize| (self.distance(first, i) - radius).abs() <= 0.02 + 1e-3 * radius.abs();
        on_first(second) && on_first(third) && away(second) && away(third)
    }

    /// Whether the soma is a row that comes back to where it began, round a space wider than its samples.
    fn is_outline(&self, soma: &[usize]) -> bool {
        let row = soma.windows(2).all(|pair| self.parent_of(pair[1]) == Some(pair[0]));
        let (Some(&first), Some(&last)) = (soma.first(), soma.last()) else {
            return false;
        };
        let (_, radius) = self.mean_and_distance(soma);
        let thickness = soma.iter().map(|&i| self.radius[i]).sum::<f64>() / soma.len() as f64;
        soma.len() >= 4 && row && self.distance(first, last) <= radius && thickness < radius
    }

    fn distance(&self, a: usize, b: usize) -> f64 {
        length(self.position[a], self.position[b])
    }

    fn mean_and_distance(&self, soma: &[usize]) -> ([f64; 3], f64) {
        let n = soma.len() as f64;
        let mean = std::array::from_fn(|axis| soma.iter().map(|&i| self.position[i][axis]).sum::<f64>() / n);
        (mean, soma.iter().map(|&i| length(self.position[i], mean)).sum::<f64>() / n)
    }

    /// The centre and radius of the soma, as [`with_soma`](Self::with_soma) says.
    fn soma_sphere(&self, soma: &[usize]) -> ([f64; 3], f64) {
        let first = soma[0];
        if soma.len() == 1 || self.is_three_points(soma) {
            return (self.position[first], self.radius[first]);
        }
        let (mean, distance) = self.mean_and_distance(soma);
        if self.is_outline(soma) {
            return (mean, distance);
        }
        let cone = |i: usize| {
            let Some(above) = self.parent_of(i).filter(|p| soma.contains(p)) else { return 0.0 };
            let (a, b) = (self.radius[i], self.radius[above]);
            PI * (a + b) * (a - b).hypot(self.distance(i, above))
        };
        let area: f64 = soma.iter().skip(1).map(|&i| cone(i)).sum();
        let largest = soma.iter().map(|&i| self.radius[i]).fold(0.0, f64::max);
        (mean, if area > 0.0 { (area / (4.0 * PI)).sqrt() } else { largest })
    }

    fn reshaped(&self, soma: &[usize], style: SomaStyle) -> Morphology {
        let (centre, radius) = self.soma_sphere(soma);
        let shifted = |x: f64, y: f64| ([centre[0] + x, centre[1] + y, centre[2]], radius);
        let shape: Vec<([f64; 3], f64)> = match style {
            SomaStyle::ThreePoints => vec![(centre, radius), shifted(0.0, -radius), shifted(0.0, radius)],
            SomaStyle::Contour => {
                let angles = (0..OUTLINE).map(|k| TAU * k as f64 / OUTLINE as f64);
                // As thick as half the way to the next sample, so that it reads as a closed line.
                let thickness = radius * (PI / OUTLINE as f64).sin();
                angles.map(|a| (shifted(radius * a.cos(), radius * a.sin()).0, thickness)).collect()
            }
            SomaStyle::AsIs | SomaStyle::OnePoint => vec![(centre, radius)],
        };
        let mut samples: Vec<Sample> = Vec::with_capacity(self.len() + shape.len());
        let mut parent: Vec<u32> = Vec::with_capacity(self.len() + shape.len());
        for (k, &(position, radius)) in shape.iter().enumerate() {
            samples.push(Sample { id: 0, kind: kind::SOMA, position, radius });
            parent.push(match (k, style) {
                (0, _) => NO_PARENT,
                (_, SomaStyle::Contour) => k as u32 - 1,
                _ => 0,
            });
        }
        let mut place = vec![NO_PARENT; self.len()];
        let mut is_soma = vec![false; self.len()];
        soma.iter().for_each(|&i| is_soma[i] = true);
        for (i, sample) in self.samples().into_iter().enumerate() {
            if is_soma[i] {
                continue;
            }
            place[i] = samples.len() as u32;
            samples.push(sample);
            parent.push(match self.parent_of(i) {
                None => NO_PARENT,
                Some(above) if is_soma[above] => match style {
                    SomaStyle::Contour => nearest(&shape, self.position[i]),
                    _ => 0,
                },
                Some(above) => place[above],
            });
        }
        // A soma that hangs on a neurite goes on doing so.
        if let Some(above) = self.parent_of(soma[0]) {
            parent[0] = place[above];
        }
        Morphology::from_unordered(&self.name, &samples, &parent).renumbered()
    }
}

fn length(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|axis| (a[axis] - b[axis]).powi(2)).sum::<f64>().sqrt()
}

fn nearest(shape: &[([f64; 3], f64)], to: [f64; 3]) -> u32 {
    let distances = shape.iter().map(|&(position, _)| length(position, to)).enumerate();
    distances.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(at, _)| at as u32)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::parse_swc;

    fn read(text: &str) -> Morphology {
        parse_swc("cell", text.as_bytes()).unwrap().morphology
    }

    const ONE: &str = "1 1 5 6 7 4 -1\n2 3 9 6 7 1 1\n3 3 12 6 7 1 2\n4 2 5 0 7 1 1\n";

    #[test]
    fn one_sample_becomes_every_shape_and_comes_back() {
        let one = read(ONE);
        let three = one.with_soma(SomaStyle::ThreePoints).into_owned();
        // As NeuroMorpho.Org writes a sphere: the centre, y - r, y + r, both on the first.
        assert_eq!((three.id.as_slice(), three.kind.as_slice()), (&[1, 2, 3, 4, 5, 6][..], &[1, 1, 1, 3, 3, 2][..]));
        assert_eq!(three.position[..3], [[5.0, 6.0, 7.0], [5.0, 2.0, 7.0], [5.0, 10.0, 7.0]]);
        assert_eq!(three.parent, [NO_PARENT, 0, 0, 0, 3, 0]);
        let ring = one.with_soma(SomaStyle::Contour).into_owned();
        assert_eq!((ring.len(), ring.n_roots(), ring.n_stems()), (19, 1, 2));
        // Neurites hang on the nearest sample of the outline.
        let stem = ring.kind.iter().position(|&kind| kind == 3).unwrap();
        assert_eq!(ring.position[ring.parent_of(stem).unwrap()], [9.0, 6.0, 7.0]);
        for shape in [&three, &ring] {
            assert_eq!(shape.total_length(), one.total_length());
            let back = shape.with_soma(SomaStyle::OnePoint).into_owned();
            // Siblings may stand in another order.
            assert_eq!((back.len(), back.n_stems(), back.total_length()), (4, 2, one.total_length()));
            assert!((back.radius[0] - 4.0).abs() < 1e-12 && length(back.position[0], [5.0, 6.0, 7.0]) < 1e-12);
        }
    }

    #[test]
    fn a_shape_that_is_there_is_not_made_again() {
        let one = read(ONE);
        for style in [SomaStyle::ThreePoints, SomaStyle::Contour, SomaStyle::OnePoint] {
            let shaped = one.with_soma(style).into_owned();
            assert!(matches!(shaped.with_soma(style), Cow::Borrowed(_)), "{style:?}");
        }
        let without = read("1 3 0 0 0 1 -1\n2 3 1 0 0 1 1\n");
        assert!(matches!(without.with_soma(SomaStyle::Contour), Cow::Borrowed(_)));
    }

    #[test]
    fn a_row_of_samples_has_the_area_of_its_cones() {
        // A cylinder of radius 2 and length 9: its side has 36 pi, which is the sphere of radius 3.
        let row = read("1 1 0 0 0 2 -1\n2 1 4 0 0 2 1\n3 1 9 0 0 2 2\n4 3 20 0 0 1 3\n");
        let one = row.with_soma(SomaStyle::OnePoint).into_owned();
        assert_eq!((one.id.as_slice(), one.position[0]), (&[1, 2][..], [13.0 / 3.0, 0.0, 0.0]));
        assert!((one.radius[0] - 3.0).abs() < 1e-12);
        // Coincident samples of one radius have no area: the largest radius counts.
        let flat = read("1 1 0 0 0 2 -1\n2 1 0 0 0 2 1\n");
        assert_eq!(flat.with_soma(SomaStyle::OnePoint).radius, [2.0]);
    }

    #[test]
    fn a_soma_on_a_neurite_stays_there() {
        let mut neuron = read("1 1 0 0 0 2 -1\n2 3 5 0 0 1 1\n3 3 9 0 0 1 2\n");
        neuron.kind = vec![3, 1, 3];
        let three = neuron.with_soma(SomaStyle::ThreePoints).into_owned();
        assert_eq!((three.n_roots(), three.len(), three.soma()), (1, 5, Some(1)));
    }
}
