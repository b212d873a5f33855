//! Values of arguments.

use std::time::Duration;

/// Ten years, the longest that logs are stored.
const MAXIMUM_SPAN: u64 = 3653 * 86_400;

/// The value of an option that an empty text removes.
#[derive(Clone, Debug)]
pub(crate) struct Clearable<T>(Option<T>);

/// Parses a text that is not empty.
pub(crate) fn clearable<T, E>(
    parse: impl Fn(&str) -> Result<T, E> + Clone,
) -> impl Fn(&str) -> Result<Clearable<T>, E> + Clone {
    move |text| Ok(Clearable(if text.is_empty() { None } else { Some(parse(text)?) }))
}

/// Sets or removes a field, if the option was given.
pub(crate) fn set<T: Clone>(field: &mut Option<T>, given: Option<&Clearable<T>>) {
    if let Some(Clearable(value)) = given {
        field.clone_from(value);
    }
}

/// Parses a span of time: a whole number and s, m, h or d.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    let number = text.trim_end_matches(|char: char| !char.is_ascii_digit());
    let seconds = match &text[number.len()..] {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        "d" => Some(86_400),
        _ => None,
    };
    let total = seconds.zip(number.parse::<u64>().ok());
    let total = total.and_then(|(seconds, number)| number.checked_mul(seconds));
    let total = total.filter(|total| (1..=MAXIMUM_SPAN).contains(total)).map(Duration::from_secs);
    total.ok_or_else(|| "a span is a whole number above 0 and s, m, h or d, e.g. 36h".to_owned())
}

/// Parses the id of something new. Commands take ids as arguments: one that looks like an option or a path
/// could not be given to them.
pub(crate) fn fresh_id<T, E: ToString>(
    parse: impl Fn(&str) -> Result<T, E> + Clone,
) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let is_odd = text.trim().starts_with('-') || text.trim().chars().all(|char| char == '.');
        if is_odd && !text.trim().is_empty() {
            return Err("a new id doesn't start with '-', and isn't of dots alone".to_owned());
        }
        parse(text).map_err(|error| error.to_string())
    }
}
