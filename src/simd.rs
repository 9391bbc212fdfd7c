//! Running a loop with the widest vector instructions that this processor has.
//!
//! Loops are plain Rust over arrays of fixed size; the compiler turns them into vector instructions of whatever set it
//! may use. The program is built for any x86-64 processor, so the wider sets are switched on here, per call.

/// Runs `work` compiled for the widest instruction set at hand. Only code that is inlined into the closure profits: mark
/// the closure, and what it calls in its inner loops, `#[inline(always)]`.
///
/// The instruction set changes how fast numbers come, not the numbers, as long as the work says where it fuses
/// multiplications (`mul_add`) and in which order it sums.
#[inline]
#[allow(unsafe_code)]
pub fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        use std::is_x86_feature_detected as has;
        if has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl") && has!("avx2") && has!("fma") {
            // SAFETY: the processor was asked for each instruction set that the function is compiled with.
            return unsafe { with_avx512(work) };
        }
        if has!("avx2") && has!("fma") {
            // SAFETY: as above.
            return unsafe { with_avx2(work) };
        }
    }
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
fn with_avx512<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}
