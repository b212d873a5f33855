//! The language of messages to users.

/// The longest tag that we accept. Real tags have a dozen characters; RFC 5646 §4.4.1 asks for 35.
const MAX_LENGTH: usize = 35;

/// A language of messages.
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
    /// All languages of messages.
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

/// A BCP 47 tag of one of the [languages](Language) of messages, e.g. `en` or `de-AT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale {
    tag: String,
    language: Language,
}

/// The text is not a language tag, or there are no messages in its language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a language tag such as en or de-AT; languages of messages: {}",
    Language::ALL.map(Language::code).join(", ")
)]
pub struct UnknownLocale;

impl Locale {
    /// Accepts a text in the form of a tag (RFC 5646 §2.1) whose language is in [`Language::ALL`].
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

    /// The text of the tag.
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
