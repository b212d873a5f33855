//! The one door to the operating system's random source.

/// `N` bytes from the operating system.
///
/// # Panics
/// When the kernel has no random source. Continuing without one would hand out guessable secrets;
/// the Lambda runtime turns the panic into a failed invocation.
#[expect(clippy::expect_used, reason = "no secret may ever be made without entropy")]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system's random source");
    bytes
}
