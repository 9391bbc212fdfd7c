//! Random permutations as numpy's legacy generator draws them, for splits that others have published by a seed.
//!
//! `numpy.random.RandomState` is the Mersenne Twister MT19937 (Matsumoto & Nishimura 1998). Its `shuffle`,
//! `permutation` and `choice` without replacement draw bounded integers by masking and rejection, and that stream is
//! frozen for good (numpy's NEP 19). Nothing else in nms draws from it.

/// Length of the generator's state.
const N: usize = 624;
/// Distance of the words that are mixed.
const M: usize = 397;

/// `numpy.random.RandomState(seed)`.
pub(super) struct RandomState {
    state: [u32; N],
    next: usize,
}

impl RandomState {
    /// The generator with this seed.
    pub(super) fn new(seed: u32) -> Self {
        let mut state = [0; N];
        state[0] = seed;
        for i in 1..N {
            let last = state[i - 1];
            state[i] = (last ^ (last >> 30)).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        RandomState { state, next: N }
    }

    /// The next 32 bits.
    fn bits(&mut self) -> u32 {
        if self.next == N {
            for i in 0..N {
                let mixed = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % N] & 0x7fff_ffff);
                let twist = if mixed & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[i] = self.state[(i + M) % N] ^ (mixed >> 1) ^ twist;
            }
            self.next = 0;
        }
        let mut word = self.state[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    /// A whole number from 0 to `most`: as many bits as it needs, drawn again where they are too many.
    fn up_to(&mut self, most: u32) -> u32 {
        if most == 0 {
            return 0;
        }
        let mask = u32::MAX >> most.leading_zeros();
        loop {
            let drawn = self.bits() & mask;
            if drawn <= most {
                return drawn;
            }
        }
    }

    /// `permutation(n)`: the numbers below `n`, shuffled. `choice(n, size, replace=False)` is its beginning.
    pub(super) fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut numbers: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            numbers.swap(i, self.up_to(i as u32) as usize);
        }
        numbers
    }
}

/// The order in which Python lists a set of small whole numbers that were put in one by one.
///
/// A published split draws from `list(set(…))`, so its indices depend on it. CPython's set is a hash table with open
/// addressing; a whole number's hash is itself; ten places in line are tried before the next one is computed; and the
/// table grows fourfold (from 50,000 entries twofold) when three fifths are taken.
pub(super) fn python_set_order(numbers: &[usize]) -> Vec<usize> {
    let mut table: Vec<Option<usize>> = vec![None; 8];
    let mut filled = 0;
    for &number in numbers {
        if !place(&mut table, number) {
            continue;
        }
        filled += 1;
        let mask = table.len() - 1;
        if filled * 5 >= mask * 3 {
            let wanted = if filled > 50_000 { filled * 2 } else { filled * 4 };
            let mut size = 8;
            while size <= wanted {
                size *= 2;
            }
            let old = std::mem::replace(&mut table, vec![None; size]);
            old.into_iter().flatten().for_each(|kept| {
                place(&mut table, kept);
            });
        }
    }
    table.into_iter().flatten().collect()
}

/// Puts a number into a table; tells whether it is new.
fn place(table: &mut [Option<usize>], number: usize) -> bool {
    const IN_LINE: usize = 9;
    let mask = table.len() - 1;
    let (mut at, mut perturb) = (number & mask, number);
    loop {
        let tries = if at + IN_LINE <= mask { IN_LINE } else { 0 };
        for slot in &mut table[at..=at + tries] {
            match slot {
                Some(there) if *there == number => return false,
                Some(_) => {}
                None => {
                    *slot = Some(number);
                    return true;
                }
            }
        }
        perturb >>= 5;
        at = (at * 5 + 1 + perturb) & mask;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn permutations_and_sets_are_pythons() {
        // numpy 2.4.6, CPython 3.11.7: see tests/fixtures/stats.
        let reference: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/fixtures/stats/numpy_random.json")).unwrap();
        let list = |value: &serde_json::Value| -> Vec<usize> { serde_json::from_value(value.clone()).unwrap() };
        for case in reference["permutations"].as_array().unwrap() {
            let mut state = RandomState::new(case["seed"].as_u64().unwrap() as u32);
            for expected in case["permutations"].as_array().unwrap() {
                let expected = list(expected);
                assert_eq!(state.permutation(expected.len()), expected);
            }
        }
        for case in reference["sets"].as_array().unwrap() {
            assert_eq!(python_set_order(&list(&case["put_in"])), list(&case["listed"]));
        }
    }
}
