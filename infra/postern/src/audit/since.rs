//! How far back a list begins.

use std::time::Duration;

/// A number of minutes, hours or days: `30m`, `24h`, `7d`.
pub(super) fn since(text: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "a time is a number with m, h or d: 30m, 24h, 7d";
    let (number, seconds) = [("m", 60), ("h", 3600), ("d", 86_400)]
        .into_iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))
        .ok_or(EXPECTED)?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let number: u32 = number.parse().ok().filter(|_| is_number).ok_or(EXPECTED)?;
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_number_and_a_unit() {
        let seconds = |text| since(text).ok().map(|it| it.as_secs());
        assert_eq!(["30m", "24h", "7d", "0h"].map(seconds), [1800, 86_400, 604_800, 0].map(Some));
        for text in ["", "h", "24", "+1h", "-1h", "1.5h", "1w", "4294967296h", "1 h"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
