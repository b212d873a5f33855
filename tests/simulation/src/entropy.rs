//! Seeded randomness for `domain`. `make prove` builds with `--cfg getrandom_backend="custom"`, so that
//! `getrandom` gets its bytes here instead of from the kernel.

use std::cell::RefCell;

thread_local! {
    static RNG: RefCell<fastrand::Rng> = const { RefCell::new(fastrand::Rng::with_seed(0)) };
}

/// Seeds this thread's randomness, and the SDK's jitter.
pub(crate) fn seed(seed: u64) {
    RNG.set(fastrand::Rng::with_seed(seed));
    fastrand::seed(seed);
}

#[cfg(getrandom_backend = "custom")]
#[expect(unsafe_code, reason = "getrandom passes a pointer and a length to its custom backend")]
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(
    destination: *mut u8,
    length: usize,
) -> Result<(), getrandom::Error> {
    // SAFETY: getrandom promises `length` writable bytes at `destination`.
    let bytes = unsafe {
        destination.write_bytes(0, length);
        std::slice::from_raw_parts_mut(destination, length)
    };
    RNG.with_borrow_mut(|rng| rng.fill(bytes));
    Ok(())
}
