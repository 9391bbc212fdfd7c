//! Thinning: fewer samples for the same course.

use super::sections::Section;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::morph::{Morphology, NO_PARENT};

/// How a neuron is thinned: one of the two.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DownsampleOptions {
    /// Keeps every n-th sample of a section, counted from its start.
    pub every: Option<usize>,
    /// Keeps as few samples as it takes for no dropped one to lie farther than this from the new path, in the unit of
    /// the positions (Ramer 1972; Douglas and Peucker 1973; of samples that are nearly as far off as the farthest, the one
    /// in the middle is taken). 0 drops samples on straight lines only.
    pub tolerance: Option<f64>,
}

impl Morphology {
    /// The neuron with fewer samples. Those that stay are unchanged, ids included; a kept sample's parent is its nearest
    /// kept ancestor.
    ///
    /// Roots, forks, tips, soma samples, first samples of neurites and samples where the type changes stay. Time is
    /// linear for `every`; for `tolerance` n log n in practice, and quadratic in a section's samples at worst.
    ///
    /// # Errors
    /// When not exactly one option is given, `every` is 0, or `tolerance` is negative or not a number; on a requested
    /// stop.
    pub fn downsampled(&self, options: &DownsampleOptions) -> Result<Morphology> {
        let rule = match (options.every, options.tolerance) {
            (Some(0), None) => return Err(Error::value("`every` is 0, expected 1 or more")),
            (Some(every), None) => Rule::Every(every),
            (None, Some(tolerance)) if tolerance >= 0.0 => Rule::Tolerance(tolerance),
            (None, Some(tolerance)) => {
                return Err(Error::value(format!("`tolerance` is {tolerance}, expected a distance of 0 or more")));
            }
            _ => {
                return Err(Error::value("thinning needs either `every` or `tolerance`").help(
                    "`every: 5` keeps every fifth sample, `tolerance: 0.5` the course within half a micrometre",
                ));
            }
        };
        let mut keep = self.fixed();
        for section in self.sections() {
            interrupt::check()?;
            match rule {
                Rule::Every(n) => section.samples.clone().skip(n - 1).step_by(n).for_each(|i| keep[i] = true),
                Rule::Tolerance(tolerance) => self.keep_course(&section, tolerance, &mut keep)?,
            }
        }
        Ok(self.without_between(&keep))
    }

    /// Marks the samples of a section that its course needs. A stack takes the place of recursion.
    fn keep_course(&self, section: &Section, tolerance: f64, keep: &mut [bool]) -> Result<()> {
        let path: Vec<usize> = section.path().collect();
        let mut open = vec![(0, path.len() - 1)];
        while let Some((from, to)) = open.pop() {
            interrupt::check()?;
            let (a, b) = (self.position[path[from]], self.position[path[to]]);
            let off = |&at: &usize| distance_to_segment(self.position[path[at]], a, b);
            let offs: Vec<f64> = (from + 1..to).map(|at| off(&at)).collect();
            let largest = offs.iter().copied().fold(0.0, f64::max);
            if largest <= tolerance {
                continue;
            }
            // The farthest sample; of those nearly as far the one in the middle, or a zigzag would take quadratic time.
            let enough = tolerance.max(0.9 * largest);
            let (middle, far) = (offs.len() / 2, |at: &usize| offs[*at] > enough);
            if let Some(nearest) = (0..offs.len()).filter(far).min_by_key(|at| at.abs_diff(middle)) {
                let at = from + 1 + nearest;
                keep[path[at]] = true;
                open.extend([(from, at), (at, to)]);
            }
        }
        Ok(())
    }

    /// The samples marked, each attached to its nearest marked ancestor. All roots must be marked.
    fn without_between(&self, keep: &[bool]) -> Morphology {
        let kept: Vec<usize> = (0..self.len()).filter(|&i| keep[i]).collect();
        let mut place = vec![NO_PARENT; self.len()];
        let mut parent = Vec::with_capacity(kept.len());
        for i in 0..self.len() {
            let above = self.parent_of(i).map_or(NO_PARENT, |p| place[p]);
            place[i] = if keep[i] { parent.len() as u32 } else { above };
            if keep[i] {
                parent.push(above);
            }
        }
        Morphology {
            name: self.name.clone(),
            parent,
            position: kept.iter().map(|&i| self.position[i]).collect(),
            radius: kept.iter().map(|&i| self.radius[i]).collect(),
            kind: kept.iter().map(|&i| self.kind[i]).collect(),
            id: kept.iter().map(|&i| self.id[i]).collect(),
        }
    }
}

#[derive(Clone, Copy)]
enum Rule {
    Every(usize),
    Tolerance(f64),
}

/// Distance of a point from the segment between two others, which may coincide.
fn distance_to_segment(p: [f64; 3], a: [f64; 3], b: [f64; 3]) -> f64 {
    let along: [f64; 3] = std::array::from_fn(|k| b[k] - a[k]);
    let from: [f64; 3] = std::array::from_fn(|k| p[k] - a[k]);
    let dot = |u: [f64; 3], v: [f64; 3]| u.iter().zip(v).map(|(x, y)| x * y).sum::<f64>();
    let length = dot(along, along);
    let t = if length > 0.0 { (dot(from, along) / length).clamp(0.0, 1.0) } else { 0.0 };
    (0..3).map(|k| (from[k] - t * along[k]).powi(2)).sum::<f64>().sqrt()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::parse_swc;

    fn read(text: &str) -> Morphology {
        parse_swc("cell", text.as_bytes()).unwrap().morphology
    }

    /// A line of five with a bump at its fourth, then a fork.
    const BUMP: &str = "1 3 0 0 0 1 -1\n2 3 1 0 0 1 1\n3 3 2 0.1 0 1 2\n4 3 3 1 0 1 3\n5 3 4 0 0 1 4\n6 3 5 0 0 1 5\n\
        7 3 4 1 0 1 5\n8 3 4 2 0 1 7\n";

    fn ids(options: DownsampleOptions) -> Vec<i64> {
        read(BUMP).downsampled(&options).unwrap().id
    }

    #[test]
    fn every_nth_sample_of_a_section_stays() {
        let every = |n| ids(DownsampleOptions { every: Some(n), tolerance: None });
        assert_eq!(every(1), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(every(2), [1, 3, 5, 6, 8]);
        assert_eq!(every(100), [1, 5, 6, 8]);
    }

    #[test]
    fn the_course_stays_within_the_tolerance() {
        let tolerance = |t| ids(DownsampleOptions { every: None, tolerance: Some(t) });
        // Sample 4 is 1.0 from the line between 1 and 5, sample 3 then 0.54 from the line between 1 and 4, and sample 2
        // 0.05 from the one between 1 and 3; 7 lies on the line between 5 and 8.
        assert_eq!(tolerance(0.0), [1, 2, 3, 4, 5, 6, 8]);
        assert_eq!(tolerance(0.3), [1, 3, 4, 5, 6, 8]);
        assert_eq!(tolerance(0.6), [1, 4, 5, 6, 8]);
        assert_eq!(tolerance(1.0), [1, 5, 6, 8]);
    }

    #[test]
    fn one_rule_is_needed() {
        let refused = |every, tolerance| read(BUMP).downsampled(&DownsampleOptions { every, tolerance }).is_err();
        assert!(refused(None, None) && refused(Some(2), Some(1.0)) && refused(Some(0), None));
        assert!(refused(None, Some(-1.0)) && refused(None, Some(f64::NAN)));
    }
}
