//! The only access to the operating system's random source.

/// `N` bytes from the operating system.
///
/// # Panics
/// If the kernel's random source fails: without it, secrets could be guessed. The Lambda runtime turns
/// the panic into a failed invocation.
#[expect(clippy::expect_used, reason = "no secret may ever be made without entropy")]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system's random source");
    bytes
}

/// Text of letters and digits, each as likely as any other: 5.95 bits a character.
pub(crate) fn alphanumeric(length: usize) -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let random = std::iter::repeat_with(bytes::<64>).flatten();
    // 248 is the largest multiple of 62 in a byte: bytes from there on would make some letters likelier.
    let unbiased = random.filter(|byte| *byte < 248);
    unbiased.take(length).map(|byte| char::from(ALPHABET[usize::from(byte) % 62])).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_letter_and_digit_is_equally_likely() {
        let text = alphanumeric(62_000);
        let mut counts = BTreeMap::new();
        for letter in text.chars() {
            *counts.entry(letter).or_insert(0_u32) += 1;
        }
        assert_eq!((text.len(), counts.len()), (62_000, 62));
        // 1000 each, standard deviation 31: eight of them is never met by chance, while taking every
        // byte modulo 62 would put the first eight letters at 1211.
        assert!(counts.values().all(|count| (750..1170).contains(count)), "{counts:?}");
    }
}
