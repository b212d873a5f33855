//! Values of arguments.

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
