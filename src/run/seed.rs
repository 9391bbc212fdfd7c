//! Seeds: one number for a run, and an independent stream for every purpose drawn from it.

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// The generator that everything random in nms uses.
pub type Rng = Xoshiro256PlusPlus;

/// The stream of a seed for a purpose and an index. Streams of different purposes or indices are independent, so work
/// can be split over threads and steps without changing a number.
pub fn stream(seed: u64, purpose: &str, index: u64) -> Rng {
    Rng::seed_from_u64(mix(mix(seed ^ fnv(purpose)) ^ index))
}

/// A derived seed for a purpose and an index, for a callee that takes a seed itself.
pub fn derive(seed: u64, purpose: &str, index: u64) -> u64 {
    // 63 bits: a seed must pass through a script's signed integer unchanged.
    mix(mix(seed ^ fnv(purpose)) ^ index) >> 1
}

/// SplitMix64's finaliser (Steele, Lea & Flood 2014).
fn mix(x: u64) -> u64 {
    let z = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// FNV-1a, so that a purpose's stream does not depend on the standard library's hash.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngCore;

    #[test]
    fn streams_differ_and_repeat() {
        let first = |purpose, index| stream(7, purpose, index).next_u64();
        assert_eq!(first("views", 0), first("views", 0));
        assert_ne!(first("views", 0), first("views", 1));
        assert_ne!(first("views", 0), first("init", 0));
        assert!(i64::try_from(derive(u64::MAX, "views", 3)).is_ok());
    }
}
