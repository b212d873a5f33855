//! The language that somebody is written to in.

/// Longest tag that is taken; real ones have a dozen characters (RFC 5646 §4.4.1 asks for 35).
const MAX_LENGTH: usize = 35;

/// A language that there are messages in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `en`
    English,
    /// `de`
    German,
    /// `es`
    Spanish,
    /// `fr`
    French,
}

impl Language {
    /// Every language that there are messages in.
    pub const ALL: [Self; 4] = [Self::English, Self::German, Self::Spanish, Self::French];

    /// Its ISO 639-1 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Spanish => "es",
            Self::French => "fr",
        }
    }
}

/// A BCP 47 tag of a language that there are messages in, e.g. `en` or `de-AT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale {
    tag: String,
    language: Language,
}

/// The text is no language tag, or of a language that messages are not in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("messages are in {}: a tag such as en or de-AT", Language::ALL.map(Language::code).join(", "))]
pub struct UnknownLocale;

impl Locale {
    /// Takes what is shaped like a tag (RFC 5646 §2.1), for one of [`Language::ALL`].
    pub fn parse(text: &str) -> Result<Self, UnknownLocale> {
        let is_subtag = |part: &str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let primary = text.split('-').next().unwrap_or_default();
        let mut known = Language::ALL.into_iter();
        let language = known.find(|language| language.code().eq_ignore_ascii_case(primary));
        let is_tag = text.len() <= MAX_LENGTH && text.split('-').all(is_subtag);
        let language = language.filter(|_| is_tag).ok_or(UnknownLocale)?;
        Ok(Self { tag: text.to_owned(), language })
    }

    /// The tag as it was given.
    pub fn as_str(&self) -> &str {
        &self.tag
    }

    /// The language of its primary subtag.
    pub fn language(&self) -> Language {
        self.language
    }
}

impl From<Locale> for String {
    fn from(locale: Locale) -> Self {
        locale.tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_a_tag_of_a_language_that_messages_are_in() {
        for tag in ["en", "EN", "de-AT", "es-419", "fr-Latn-CA"] {
            assert_eq!(Locale::parse(tag).map(String::from), Ok(tag.to_owned()));
        }
        let long = format!("en{}", "-aaaaaaaa".repeat(4));
        for text in ["", "it", "english", "en-", "en_GB", " en", "de-ÄT", "en--GB", &long] {
            assert_eq!(Locale::parse(text), Err(UnknownLocale), "{text}");
        }
        assert!(UnknownLocale.to_string().contains("en, de, es, fr"));
    }
}
