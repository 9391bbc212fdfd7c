//! Decimal numbers as whole multiples of a power of ten.

/// Powers of ten that floating-point numbers hold exactly, up to nine digits behind the point.
const POWERS: [f64; 10] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// Stands for -0, which no multiple gives; files have it where a small number was rounded.
const MINUS_ZERO: i32 = i32::MIN;

/// Numbers, exactly: as `multiple / 10^digits` where that gives back every bit of every one, else as they are.
///
/// A text such as `12.3456` is read as the floating-point number nearest to it, and so is the quotient of the two exact
/// numbers 123456 and 10000 by the rules of IEEE 754: the two are the same number.
#[derive(Clone, Debug)]
pub(crate) enum Decimals {
    /// Multiples of `10^-digits`.
    Fixed {
        /// Digits behind the point, 0 to 9.
        digits: u8,
        /// The multiples.
        multiples: Box<[i32]>,
    },
    /// The numbers themselves.
    Exact(Box<[f64]>),
}

/// Equal numbers, bit for bit, however they are kept.
impl PartialEq for Decimals {
    fn eq(&self, other: &Self) -> bool {
        let bits = |d: &Decimals| d.to_vec().into_iter().map(f64::to_bits).collect::<Vec<_>>();
        self.len() == other.len() && bits(self) == bits(other)
    }
}

impl Decimals {
    /// Packs numbers with as few digits as they need.
    pub fn new(numbers: &[f64]) -> Self {
        let fixed = || {
            let mut digits = 0;
            for &number in numbers {
                while multiple(number, POWERS[digits]).is_none() {
                    digits += 1;
                    if digits == POWERS.len() {
                        return None;
                    }
                }
            }
            // A number before the one that asked for these digits may be too large for them.
            let multiples = numbers.iter().map(|&v| multiple(v, POWERS[digits])).collect::<Option<_>>()?;
            Some(Decimals::Fixed { digits: digits as u8, multiples })
        };
        fixed().unwrap_or_else(|| Decimals::Exact(numbers.into()))
    }

    /// Numbers of multiples that were read; nothing where there are more than nine digits.
    pub fn fixed(digits: u8, multiples: Box<[i32]>) -> Option<Self> {
        (usize::from(digits) < POWERS.len()).then_some(Decimals::Fixed { digits, multiples })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Decimals::Fixed { multiples, .. } => multiples.len(),
            Decimals::Exact(numbers) => numbers.len(),
        }
    }

    /// The numbers.
    pub fn to_vec(&self) -> Vec<f64> {
        match self {
            Decimals::Fixed { digits, multiples } => {
                let power = POWERS[usize::from(*digits)];
                let number = |&m: &i32| if m == MINUS_ZERO { -0.0 } else { f64::from(m) / power };
                multiples.iter().map(number).collect()
            }
            Decimals::Exact(numbers) => numbers.to_vec(),
        }
    }

    /// The memory behind the value, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Decimals::Fixed { multiples, .. } => size_of_val(&**multiples),
            Decimals::Exact(numbers) => size_of_val(&**numbers),
        }
    }
}

/// The multiple of `1 / power` that a number is, if its quotient gives back every bit.
fn multiple(number: f64, power: f64) -> Option<i32> {
    let multiple = (number * power).round();
    if multiple.abs() > f64::from(i32::MAX) || multiple / power != number {
        return None;
    }
    Some(if number == 0.0 && number.is_sign_negative() { MINUS_ZERO } else { multiple as i32 })
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;
    use crate::run::seed;

    #[test]
    fn every_decimal_text_comes_back_bit_by_bit() {
        let mut rng = seed::stream(1, "decimals", 0);
        for (digits, power) in POWERS.iter().enumerate() {
            // Texts as a file has them, read as the reader reads them.
            let numbers: Vec<f64> = (0..2000)
                .map(|_| format!("{:.digits$}", rng.gen_range(-2.1e9..2.1e9) / power))
                .map(|text| text.parse().unwrap_or(f64::NAN))
                .collect();
            let packed = Decimals::new(&numbers);
            assert!(matches!(packed, Decimals::Fixed { digits: d, .. } if usize::from(d) <= digits), "{digits}");
            let bits = |v: &[f64]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&packed.to_vec()), bits(&numbers));
        }
    }

    #[test]
    fn other_numbers_are_kept_as_they_are() {
        for numbers in [vec![1.0 / 3.0], vec![3e9], vec![0.1, 1e9], vec![f64::NAN], vec![f64::INFINITY], vec![5e-324]] {
            let packed = Decimals::new(&numbers);
            assert!(matches!(packed, Decimals::Exact(_)), "{numbers:?}");
            assert_eq!(packed, Decimals::Exact(numbers.into()));
        }
        assert_eq!(Decimals::new(&[]).len(), 0);
        assert!(Decimals::new(&[-0.0, 0.0]).to_vec()[0].is_sign_negative());
        assert!(!Decimals::new(&[-0.0, 0.0]).to_vec()[1].is_sign_negative());
        assert!(Decimals::fixed(10, Box::new([1])).is_none());
    }
}
