//! Quantiles of sorted numbers: the one definition that tables, figures, intervals and profiles share.

/// The value below which a share (0 to 1) of sorted numbers lies, between neighbours in proportion: type 7 of Hyndman & Fan
/// (1996), numpy's default. NaN of none.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let at = share.clamp(0.0, 1.0) * last as f64;
    let (low, part) = (at.floor() as usize, at.fract());
    match sorted.get(low + 1) {
        // An infinite neighbour says nothing where no part of it is asked for.
        Some(&high) if part > 0.0 => sorted[low] + part * (high - sorted[low]),
        _ => sorted[low],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_numpys() {
        // numpy.quantile([1, 2, 4, 8], [0.25, 0.5, 0.75]) gives 1.75, 3, 5 (numpy 2.3).
        assert_eq!([0.25, 0.5, 0.75].map(|s| quantile(&[1.0, 2.0, 4.0, 8.0], s)), [1.75, 3.0, 5.0]);
        assert_eq!((quantile(&[7.0], 0.25), quantile(&[1.0, f64::INFINITY], 0.0)), (7.0, 1.0));
        assert!(quantile(&[], 0.5).is_nan());
    }
}
