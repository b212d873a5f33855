//! Settings that an empty text removes.

/// A value, or nothing where an empty text was given.
#[derive(Clone, Debug)]
pub(crate) struct Perhaps<T>(Option<T>);

/// Parses a text that is not empty.
pub(crate) fn perhaps<T, E>(
    parse: fn(&str) -> Result<T, E>,
) -> impl Fn(&str) -> Result<Perhaps<T>, E> + Clone {
    move |text| Ok(Perhaps(if text.is_empty() { None } else { Some(parse(text)?) }))
}

/// Sets a field to what was given for it, if anything was.
pub(crate) fn set<T: Clone>(field: &mut Option<T>, given: Option<&Perhaps<T>>) {
    if let Some(Perhaps(value)) = given {
        field.clone_from(value);
    }
}

/// A name for operators and patients to read.
pub(crate) fn name(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() { Err("a name is needed") } else { Ok(text.to_owned()) }
}
