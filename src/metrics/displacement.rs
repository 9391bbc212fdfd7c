//! How far embeddings of the same cells lie apart, in units of how far cells lie apart.

use crate::data::Matrix;
use crate::distance::{Metric, Space};
use crate::error::{Error, Result};

/// The mean distance between the rows of one cell in two embeddings, over the mean distance between different cells (in
/// the first). 0 where nothing moved; 0.05 means that cells moved by a twentieth of what separates them. Rows are matched
/// by their places; distances are Euclidean.
///
/// # Errors
/// When the embeddings differ in size or in the ids of their rows, there are fewer than two cells, all of them coincide,
/// or a value is not finite.
pub fn displacement(a: &Matrix, b: &Matrix) -> Result<f64> {
    if (a.rows(), a.cols()) != (b.rows(), b.cols()) || a.ids() != b.ids() {
        return Err(Error::value(format!(
            "two embeddings of the same cells are needed, not {} x {} and {} x {} or other ids",
            a.rows(),
            a.cols(),
            b.rows(),
            b.cols()
        )));
    }
    if a.rows() < 2 {
        return Err(Error::value(format!("{} cells have no distance between them", a.rows())));
    }
    b.require_finite("the second embedding")?;
    let moved: f64 = a.iter_rows().zip(b.iter_rows()).map(|(x, y)| distance(x, y)).sum();
    let n = a.rows();
    // Each pair comes twice.
    let space = Space::new(a, Metric::Euclidean, "the first embedding")?;
    let between = space.each(|_, distances| distances.iter().sum::<f64>())?.iter().sum::<f64>() / 2.0;
    if between == 0.0 {
        return Err(Error::value("all cells of the first embedding lie in one place"));
    }
    Ok((moved / n as f64) / (between / (n * (n - 1) / 2) as f64))
}

fn distance(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_measured_by_the_distance_between_cells() {
        let of = |values: Vec<f64>| Matrix::numbered((0..3).map(|i| i.to_string()).collect(), "z", 2, values).unwrap();
        // 3, 4 and 5 apart; every cell moves by 1.
        let a = of(vec![0.0, 0.0, 3.0, 0.0, 0.0, 4.0]);
        let b = of(vec![1.0, 0.0, 3.0, 1.0, 0.0, 5.0]);
        assert!((displacement(&a, &b).unwrap() - 0.25).abs() < 1e-12);
        assert_eq!(displacement(&a, &a).unwrap(), 0.0);
        assert!(displacement(&of(vec![1.0; 6]), &b).unwrap_err().message.contains("one place"));
        assert!(displacement(&a, &a.select(&[0, 1])).is_err());
    }
}
