//! Smoothing the course of the cable.

use super::sections::Section;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::morph::Morphology;

/// How a neuron is smoothed.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmoothOptions {
    /// Moving average over this many samples, an odd number. Used where `sigma` is not given.
    pub window: usize,
    /// Gaussian average along the path with this standard deviation, in the unit of the positions.
    pub sigma: Option<f64>,
    /// Smooths radii as well.
    pub radii: bool,
}

impl Default for SmoothOptions {
    fn default() -> Self {
        SmoothOptions { window: 5, sigma: None, radii: false }
    }
}

/// Beyond this many standard deviations a Gaussian's weight (3e-4 of its peak) is not counted.
const REACH: f64 = 4.0;

impl Morphology {
    /// The neuron with every sample inside a section moved to a weighted mean of its neighbours along that section.
    ///
    /// The ends of sections (roots, forks, tips, somata, first samples of neurites, changes of type) stay. Towards an end
    /// the window becomes narrower, and stays symmetric: so samples evenly spaced on a line stay where they are. Ids,
    /// types, links and the number of samples do not change; radii do with `radii`.
    ///
    /// Time is linear for the moving average; the Gaussian's grows with the number of samples within four `sigma`.
    ///
    /// # Errors
    /// When `window` is even or 0, or `sigma` is not a positive number; on a requested stop.
    pub fn smoothed(&self, options: &SmoothOptions) -> Result<Morphology> {
        if let Some(sigma) = options.sigma
            && !(sigma > 0.0 && sigma.is_finite())
        {
            return Err(Error::value(format!("`sigma` is {sigma}, expected a distance above 0")));
        }
        if options.window.is_multiple_of(2) {
            return Err(Error::value(format!("`window` is {}, expected an odd number of samples", options.window)));
        }
        let edge_lengths = self.edge_lengths();
        let mut smooth = self.clone();
        for section in self.sections().filter(|s| s.samples.clone().count() > 1 && self.is_cable(s)) {
            interrupt::check()?;
            let path: Vec<usize> = section.path().collect();
            let values: Vec<[f64; 4]> = path.iter().map(|&i| self.with_radius(i)).collect();
            let averaged = match options.sigma {
                None => moving(&values, options.window / 2),
                Some(sigma) => gaussian(&values, &section, &edge_lengths, sigma)?,
            };
            for (&i, [x, y, z, radius]) in path.iter().zip(averaged).skip(1).take(path.len() - 2) {
                smooth.position[i] = [x, y, z];
                if options.radii {
                    smooth.radius[i] = radius;
                }
            }
        }
        Ok(smooth)
    }

    fn with_radius(&self, i: usize) -> [f64; 4] {
        let [x, y, z] = self.position[i];
        [x, y, z, self.radius[i]]
    }
}

/// Means of up to `half` values on either side, from running sums; the ends are left as they are.
fn moving(values: &[[f64; 4]], half: usize) -> Vec<[f64; 4]> {
    let n = values.len();
    // Relative to the first value, so that running sums of far-off coordinates lose no digits.
    let origin = values[0];
    let mut sums = vec![[0.0; 4]; n + 1];
    for (i, value) in values.iter().enumerate() {
        sums[i + 1] = std::array::from_fn(|k| sums[i][k] + (value[k] - origin[k]));
    }
    let mean = |i: usize| {
        let half = half.min(i).min(n - 1 - i);
        let count = (2 * half + 1) as f64;
        std::array::from_fn(|k| origin[k] + (sums[i + half + 1][k] - sums[i - half][k]) / count)
    };
    (0..n).map(mean).collect()
}

/// Means weighted by a Gaussian of the distance along the path. The reach shrinks towards the ends.
fn gaussian(values: &[[f64; 4]], section: &Section, edge_lengths: &[f64], sigma: f64) -> Result<Vec<[f64; 4]>> {
    let arc = section.arc_lengths(edge_lengths);
    let end = arc[arc.len() - 1];
    let mut means = Vec::with_capacity(values.len());
    for (i, &here) in arc.iter().enumerate() {
        if i % 256 == 0 {
            interrupt::check()?;
        }
        let reach = (REACH * sigma).min(here).min(end - here);
        let (mut sum, mut weights) = ([0.0; 4], 0.0);
        let before = (0..i).rev().take_while(|&j| here - arc[j] <= reach);
        let behind = (i..arc.len()).take_while(|&j| arc[j] - here <= reach);
        for j in before.chain(behind) {
            let weight = (-0.5 * ((arc[j] - here) / sigma).powi(2)).exp();
            weights += weight;
            sum = std::array::from_fn(|k| sum[k] + weight * values[j][k]);
        }
        // The sample itself is always there, with weight 1.
        means.push(sum.map(|s| s / weights));
    }
    Ok(means)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::parse_swc;

    fn read(text: &str) -> Morphology {
        parse_swc("cell", text.as_bytes()).unwrap().morphology
    }

    const ZIGZAG: &str =
        "1 3 0 0 0 1 -1\n2 3 1 3 0 1 1\n3 3 2 0 0 4 2\n4 3 3 3 0 1 3\n5 3 4 0 0 1 4\n6 3 5 3 0 1 5\n7 3 6 0 0 1 6\n";

    #[test]
    fn the_moving_average_narrows_towards_fixed_ends() {
        let m = read(ZIGZAG).smoothed(&SmoothOptions { window: 5, sigma: None, radii: true }).unwrap();
        let y: Vec<f64> = m.position.iter().map(|p| p[1]).collect();
        // By hand: means of 3, 5, 5, 5 and 3 values.
        for (found, expected) in y.iter().zip([0.0, 1.0, 1.2, 1.8, 1.2, 1.0, 0.0]) {
            assert!((found - expected).abs() < 1e-12, "{y:?}");
        }
        assert!((m.radius[1] - 2.0).abs() < 1e-12);
        let unchanged = read(ZIGZAG).smoothed(&SmoothOptions::default()).unwrap();
        assert_eq!(unchanged.radius[2], 4.0);
    }

    #[test]
    fn a_gaussian_weighs_by_distance_along_the_path() {
        let line = read("1 3 0 0 0 1 -1\n2 3 1 0 0 1 1\n3 3 2 9 0 1 2\n4 3 3 0 0 1 3\n5 3 4 0 0 1 4\n");
        let m = line.smoothed(&SmoothOptions { sigma: Some(0.1), ..SmoothOptions::default() }).unwrap();
        // Arc lengths are 0, 1, 1 + a, 1 + 2a, 2 + 2a with a = sqrt(82): nothing else is within 4 sigma.
        assert_eq!(m, line);
        let m = line.smoothed(&SmoothOptions { sigma: Some(10.0), ..SmoothOptions::default() }).unwrap();
        let a = 82f64.sqrt();
        let weight = |d: f64| (-0.5 * (d / 10.0).powi(2)).exp();
        let expected = 9.0 / (1.0 + 2.0 * weight(a) + 2.0 * weight(a + 1.0));
        assert!((m.position[2][1] - expected).abs() < 1e-12);
        assert_eq!((m.position[0], m.position[4]), (line.position[0], line.position[4]));
    }

    #[test]
    fn options_out_of_range_are_refused() {
        let refused = |window, sigma| read(ZIGZAG).smoothed(&SmoothOptions { window, sigma, radii: false }).is_err();
        assert!(refused(4, None) && refused(0, None) && refused(5, Some(0.0)) && refused(5, Some(f64::NAN)));
    }
}
