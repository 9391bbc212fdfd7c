//! Where ticks stand on an axis and how they read.
//!
//! Steps are 1, 2 or 5 times a power of ten, and a label has the decimals that its step needs and no more: `20`, not
//! `20.0`; `0.3`, not `0.30000000000000004`. From a million up and below a thousandth all labels of an axis share one
//! power of ten: `2×10⁻⁴`.

use super::font;

/// The ticks of one axis, in ascending order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ticks {
    pub values: Vec<f64>,
    pub labels: Vec<String>,
}

impl Ticks {
    /// At most about `max_count` ticks within `range`.
    pub fn linear(range: (f64, f64), max_count: usize) -> Self {
        let step = Step::at_least((range.1 - range.0) / max_count.max(1) as f64);
        // A tick that misses the end of the range by rounding alone belongs to it.
        let slack = 1e-9;
        let first = (range.0 / step.size() - slack).ceil();
        let last = (range.1 / step.size() + slack).floor();
        let count = (last - first + 1.0).clamp(0.0, 1000.0) as usize;
        let values: Vec<f64> = (0..count).map(|i| step.times(first + i as f64)).collect();
        let labels = step.labels(&values);
        Ticks { values, labels }
    }

    /// The most ticks of a horizontal axis `length` millimetres long whose labels do not touch.
    pub fn fitting_width(range: (f64, f64), length: f64, pt: f64) -> Self {
        let fits = |ticks: &Ticks| {
            let need: f64 = ticks.labels.iter().map(|l| font::width(l, pt) + 2.0).fold(0.0, f64::max);
            ticks.values.len() < 2 || need * (range.1 - range.0) <= length * (ticks.values[1] - ticks.values[0])
        };
        let most = (length / 8.0).clamp(2.0, 8.0) as usize;
        (2..=most).rev().map(|n| Ticks::linear(range, n)).find(fits).unwrap_or_else(|| Ticks::linear(range, 1))
    }

    /// Ticks of a vertical axis `length` millimetres long.
    ///
    /// Ticks are some 8 mm apart, but closer on a short axis: one number alone gives no scale.
    pub fn fitting_height(range: (f64, f64), length: f64) -> Self {
        let wanted = (length / 8.0).clamp(2.0, 8.0) as usize;
        let most = (length / 3.0).clamp(2.0, 8.0) as usize;
        (wanted..=most.max(wanted))
            .map(|n| Ticks::linear(range, n))
            .find(|ticks| ticks.values.len() >= 3)
            .unwrap_or_else(|| Ticks::linear(range, most))
    }

    /// Ticks of an axis of decimal logarithms: whole powers of ten where the range holds two or more, else 1, 2, 5 steps
    /// of the value itself.
    pub fn logarithmic(range: (f64, f64), max_count: usize) -> Self {
        let (first, last) = ((range.0 - 1e-9).ceil() as i32, (range.1 + 1e-9).floor() as i32);
        if last - first >= 1 {
            let every = ((last - first + 1) as usize).div_ceil(max_count.max(1));
            let exponents: Vec<i32> = (first..=last).step_by(every).collect();
            return Ticks {
                values: exponents.iter().map(|&e| f64::from(e)).collect(),
                labels: exponents.iter().map(|&e| format!("10{}", superscript(e))).collect(),
            };
        }
        let plain = Ticks::linear((10f64.powf(range.0), 10f64.powf(range.1)), max_count);
        let positive = plain.values.iter().zip(plain.labels).filter(|(v, _)| **v > 0.0);
        let (values, labels) = positive.map(|(v, l)| (v.log10(), l)).unzip();
        Ticks { values, labels }
    }

    /// Width of the widest label in millimetres.
    pub fn label_width(&self, pt: f64) -> f64 {
        self.labels.iter().map(|l| font::width(l, pt)).fold(0.0, f64::max)
    }

    /// The label of the tick at exactly this value.
    pub fn label(&self, value: f64) -> String {
        self.values.iter().position(|&v| v == value).map_or_else(String::new, |i| self.labels[i].clone())
    }
}

/// The longest round length (1, 2 or 5 times a power of ten) that is at most `max`, with its number as text; `max` is
/// positive.
pub(super) fn round_length(max: f64) -> (f64, String) {
    let up = Step::at_least(max);
    let step = if up.size() <= max * (1.0 + 1e-9) { up } else { up.below() };
    let text = step.labels(&[step.size()]).swap_remove(0);
    (step.size(), text)
}

/// Whether a number can be placed on an axis: finite, and far from where the range between two numbers overflows.
pub(super) fn drawable(v: f64) -> bool {
    v.abs() < 1e100
}

/// A range that holds all values with a margin on both sides, and is never empty; without values it is 0 to 1.
pub(super) fn padded(values: impl IntoIterator<Item = f64>, margin: f64) -> (f64, f64) {
    let ends = values.into_iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    let (low, high) = ends;
    if low > high {
        return (0.0, 1.0);
    }
    let span = high - low;
    if span <= 1e-9 * low.abs().max(high.abs()) || span == 0.0 {
        let around = if low == 0.0 { 0.5 } else { 0.1 * low.abs().max(high.abs()) };
        return (low - around, high + around);
    }
    (low - margin * span, high + margin * span)
}

/// A tick distance `digit` times ten to the `exponent`, digit 1, 2 or 5.
#[derive(Clone, Copy)]
struct Step {
    digit: u8,
    exponent: i32,
}

impl Step {
    /// The smallest step of at least `size`, which is positive and finite.
    fn at_least(size: f64) -> Self {
        let exponent = size.log10().floor() as i32;
        let digits = [1, 2, 5].map(|digit| Step { digit, exponent });
        let fits = |s: &Step| s.size() >= size * (1.0 - 1e-9);
        digits.into_iter().find(fits).unwrap_or(Step { digit: 1, exponent: exponent + 1 })
    }

    fn below(self) -> Self {
        match self.digit {
            5 => Step { digit: 2, ..self },
            2 => Step { digit: 1, ..self },
            _ => Step { digit: 5, exponent: self.exponent - 1 },
        }
    }

    fn size(self) -> f64 {
        self.times(1.0)
    }

    /// `n` steps. Negative powers divide, so that 3 steps of 0.1 are 0.3 and not 0.30000000000000004.
    fn times(self, n: f64) -> f64 {
        let digits = n * f64::from(self.digit);
        let value = match self.exponent {
            e if e >= 0 => digits * 10f64.powi(e),
            e => digits / 10f64.powi(-e),
        };
        // No negative zero.
        value + 0.0
    }

    fn labels(self, values: &[f64]) -> Vec<String> {
        let largest = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        if largest == 0.0 {
            return vec!["0".to_string(); values.len()];
        }
        if (1e-3..1e6).contains(&largest) {
            let decimals = (-self.exponent).max(0) as usize;
            return values.iter().map(|v| minus(format!("{v:.decimals$}"))).collect();
        }
        let power = (largest * (1.0 + 1e-9)).log10().floor() as i32;
        let decimals = (power - self.exponent).max(0) as usize;
        let label = |v: &f64| match v {
            0.0 => "0".to_string(),
            v => minus(format!("{:.decimals$}×10{}", v / 10f64.powi(power), superscript(power))),
        };
        values.iter().map(label).collect()
    }
}

/// A hyphen in front of a number becomes a minus sign.
fn minus(number: String) -> String {
    match number.strip_prefix('-') {
        Some(rest) => format!("−{rest}"),
        None => number,
    }
}

/// A power of ten as text.
pub(super) fn power_of_ten(exponent: i32) -> String {
    format!("10{}", superscript(exponent))
}

fn superscript(n: i32) -> String {
    let digit = |c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '0' => '⁰',
        // 4 to 9 stand in a row from U+2074.
        c => char::from_u32(0x2070 + c as u32 - '0' as u32).unwrap_or(c),
    };
    n.to_string().chars().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_the_decimals_of_their_step() {
        let labels = |range, n| Ticks::linear(range, n).labels;
        assert_eq!(labels((0.0, 100.0), 5), ["0", "20", "40", "60", "80", "100"]);
        assert_eq!(labels((-0.31, 0.31), 6), ["−0.2", "0.0", "0.2"]);
        assert_eq!(labels((0.0, 0.3), 3), ["0.0", "0.1", "0.2", "0.3"]);
        assert_eq!(labels((0.0, 20_000.0), 4), ["0", "5000", "10000", "15000", "20000"]);
        assert_eq!(labels((0.0, 2e6), 2), ["0", "1×10⁶", "2×10⁶"]);
        assert_eq!(labels((0.0, 1e-4), 2), ["0", "0.5×10⁻⁴", "1.0×10⁻⁴"]);
        assert_eq!(labels((1e12, 1e12 + 1.0), 1).len(), 2);
    }

    #[test]
    fn ticks_stay_inside_and_are_exact() {
        for (low, high) in [(-3.7, 8.2), (1e-17, 3e-17), (-1e9, 2e9), (0.1, 0.7), (99.99, 100.01)] {
            let ticks = Ticks::linear((low, high), 6);
            assert!((2..=9).contains(&ticks.values.len()), "{low}..{high}: {ticks:?}");
            let slack = 1e-6 * (high - low);
            assert!(ticks.values.iter().all(|&v| v >= low - slack && v <= high + slack));
            let mut labels = ticks.labels.clone();
            labels.dedup();
            assert_eq!(labels, ticks.labels, "two ticks read the same");
        }
        assert_eq!(Ticks::linear((0.0, 1.0), 5).values, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
    }

    #[test]
    fn short_axes_have_two_numbers_at_least() {
        for range in [(6.3, 14.1), (-1e-5, 1e-5), (2.7, 7.1), (0.0, 5.3e-4), (-0.9, 101.0)] {
            for length in [12.0, 16.0, 22.0, 60.0] {
                let ticks = Ticks::fitting_height(range, length);
                assert!((2..=9).contains(&ticks.values.len()), "{range:?} {length}: {ticks:?}");
            }
        }
    }

    #[test]
    fn wide_labels_leave_room_between_them() {
        let range = (0.0, 123_456.0);
        for length in [10.0, 20.0, 40.0, 80.0] {
            let ticks = Ticks::fitting_width(range, length, 7.0);
            let apart =
                length / (range.1 - range.0) * (ticks.values.get(1).unwrap_or(&f64::INFINITY) - ticks.values[0]);
            assert!(ticks.label_width(7.0) < apart, "{length}: {ticks:?}");
        }
    }

    #[test]
    fn lengths_are_rounded_down() {
        assert_eq!(round_length(99.9), (50.0, "50".into()));
        assert_eq!(round_length(100.0), (100.0, "100".into()));
        assert_eq!(round_length(0.3), (0.2, "0.2".into()));
        assert_eq!(round_length(1.99).0, 1.0);
    }

    #[test]
    fn ranges_are_never_empty() {
        assert_eq!(padded([], 0.1), (0.0, 1.0));
        assert_eq!(padded([0.0, 0.0], 0.1), (-0.5, 0.5));
        assert_eq!(padded([5.0], 0.1), (4.5, 5.5));
        assert_eq!(padded([0.0, 10.0], 0.1), (-1.0, 11.0));
    }

    #[test]
    fn logarithms_read_as_powers_of_ten() {
        assert_eq!(Ticks::logarithmic((-5.1, -2.9), 4).labels, ["10⁻⁵", "10⁻⁴", "10⁻³"]);
        let within = Ticks::logarithmic((0.1, 0.9), 4);
        assert_eq!(within.labels, ["2", "4", "6"]);
        assert!((within.values[0] - 2f64.log10()).abs() < 1e-12);
    }
}
