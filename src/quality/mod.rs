//! Quality control of a population: cells that would bias a result, and why.
//!
//! A cell can be faulty in ways that no reader refuses: half of it was cut off with the slice, the stack slipped while it
//! was traced, its radii were never measured, its file is in nanometres, it is in the collection twice. Each of these is
//! a rule of its own file, in plain numbers, that gives a value and perhaps a flag; [`Report`] puts them into one table,
//! the worst cell first. Whether laboratories (or other batches) differ in more than their cells is asked of the
//! population as a whole ([`crate::evaluate::batch_effect`]).
//!
//! A flag is a reason to look, not a verdict: a cell with a flat top may be a granule cell at the pia. Being unusual
//! alone is no flag.

mod cut;
mod duplicates;
mod radii;
mod report;
mod steps;
#[cfg(test)]
mod tests;
mod units;

pub use report::{QcOptions, Report};

/// Number of cells below which those that differ from the rest are not judged.
const FEW: usize = 5;

/// The median; NaN of no numbers.
pub(crate) fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let n = numbers.len();
    match n {
        0 => f64::NAN,
        _ if n % 2 == 1 => numbers[n / 2],
        _ => (numbers[n / 2 - 1] + numbers[n / 2]) / 2.0,
    }
}

/// The median, and the standard deviation that the median distance from it stands for in normal numbers (1.4826 times
/// it; Rousseeuw & Croux 1993).
fn robust(numbers: &[f64]) -> (f64, f64) {
    let centre = median(&mut numbers.to_vec());
    (centre, 1.4826 * median(&mut numbers.iter().map(|x| (x - centre).abs()).collect::<Vec<_>>()))
}
