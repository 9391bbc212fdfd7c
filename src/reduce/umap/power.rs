//! A fixed power of many numbers, from tables.
//!
//! The descent raises hundreds of millions of squared distances to one power, and a general `powf` was most of its time. A
//! positive number is `m * 2^e` with `m` from 1 to 2, so its power is that of `2^e`, which a table has, times that of `m`,
//! which a second table has at 1024 places: between them a straight line is right to 2e-7.

const BITS: u32 = 10;
const PLACES: usize = 1 << BITS;
const MANTISSA: u32 = 52;

/// `x` to the power `b`, for one `b` from 0 to 2.
#[derive(Clone, Debug)]
pub(super) struct Power {
    exponent: f64,
    of_exponents: Vec<f64>,
    /// The power at each place, and its change to the next.
    of_mantissas: Vec<[f64; 2]>,
}

impl Power {
    pub(super) fn new(exponent: f64) -> Power {
        let at = |place: usize| (1.0 + place as f64 / PLACES as f64).powf(exponent);
        Power {
            exponent,
            of_exponents: (0..2048).map(|biased| ((f64::from(biased) - 1023.0) * exponent).exp2()).collect(),
            of_mantissas: (0..PLACES).map(|place| [at(place), at(place + 1) - at(place)]).collect(),
        }
    }

    /// The exponent `b`.
    pub(super) fn exponent(&self) -> f64 {
        self.exponent
    }

    /// The power of a number that is positive, normal and finite; of others about what it should be.
    #[inline(always)]
    pub(super) fn of(&self, x: f64) -> f64 {
        let bits = x.to_bits();
        let [at, change] = self.of_mantissas[(bits >> (MANTISSA - BITS)) as usize & (PLACES - 1)];
        let rest = bits & ((1 << (MANTISSA - BITS)) - 1);
        let between = rest as f64 * (1.0 / (1u64 << (MANTISSA - BITS)) as f64);
        self.of_exponents[(bits >> MANTISSA) as usize & 2047] * (at + change * between)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_as_good_as_single_precision() {
        for b in [0.3, 0.8951, 1.0, 1.577] {
            let power = Power::new(b);
            let mut x = 1e-12;
            while x < 1e12 {
                assert!((power.of(x) / x.powf(b) - 1.0).abs() < 2e-7, "{x} to the {b}");
                x *= 1.0037;
            }
            assert!(power.of(1.0) == 1.0 && power.of(f64::MIN_POSITIVE).is_finite());
        }
    }
}
