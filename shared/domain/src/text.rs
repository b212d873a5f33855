//! Text from callers and operators: what surrounds it, and what nobody can see in it.

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

/// An invisible character stands inside the text. Two texts that look the same would differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("U+{:04X}, an invisible character, stands inside", u32::from(*.0))]
pub struct Invisible(pub char);

/// How many characters a name may have.
pub const LONGEST_NAME: usize = 200;

/// How many characters a role may have.
pub const LONGEST_ROLE: usize = 64;

/// The text is not a name or a role. The error doesn't quote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Nothing that can be seen.
    #[error("a name is needed")]
    Blank,
    /// More characters than this.
    #[error("it has more than {0} characters")]
    Long(usize),
    /// A control character stands inside: a terminal would obey it.
    #[error("U+{:04X}, a control character, stands inside", u32::from(*.0))]
    Control(char),
    /// An invisible character stands inside.
    #[error(transparent)]
    Invisible(#[from] Invisible),
}

/// Whether a character is in Unicode's category Cf, e.g. U+200B or U+FEFF: text that is copied from
/// mails, documents and web pages often begins or ends with one.
pub fn is_invisible(char: char) -> bool {
    CodePointMapData::<GeneralCategory>::new().get(char) == GeneralCategory::Format
}

/// The text without white space and invisible characters around it.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|char: char| char.is_whitespace() || is_invisible(char))
}

/// The trimmed text, unless an invisible character stands inside.
pub fn visible(text: &str) -> Result<&str, Invisible> {
    let text = trim(text);
    text.chars().find(|&char| is_invisible(char)).map_or(Ok(text), |char| Err(Invisible(char)))
}

/// The name of a person or an organization: trimmed, 1 to 200 characters, neither invisible ones nor
/// controls inside.
pub fn name(text: &str) -> Result<String, InvalidName> {
    named(text, LONGEST_NAME)
}

/// A role, as in the claims of tokens: like a name, with 1 to 64 characters.
pub fn role(text: &str) -> Result<String, InvalidName> {
    named(text, LONGEST_ROLE)
}

fn named(text: &str, longest: usize) -> Result<String, InvalidName> {
    let name = visible(text)?;
    match name.chars().find(|&char| char.is_control() || is_separator(char)) {
        Some(char) => Err(InvalidName::Control(char)),
        None if name.is_empty() => Err(InvalidName::Blank),
        None if name.chars().count() > longest => Err(InvalidName::Long(longest)),
        None => Ok(name.to_owned()),
    }
}

/// U+2028 and U+2029, which end a line as a line break does.
pub fn is_separator(char: char) -> bool {
    matches!(char, '\u{2028}' | '\u{2029}')
}

/// The text on one line: a name with a line break could add a header to a mail or a line to an SMS.
pub fn single_line(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// All characters of the category, by the data of another crate than the code's.
    pub(crate) fn invisible_characters() -> Vec<char> {
        let is_format = |char: &char| {
            use unicode_general_category::{GeneralCategory, get_general_category};
            get_general_category(*char) == GeneralCategory::Format
        };
        let all: Vec<char> = ('\0'..=char::MAX).filter(is_format).collect();
        assert!(all.len() > 160, "{}", all.len());
        for known in ['\u{ad}', '\u{200b}', '\u{200e}', '\u{200f}', '\u{feff}', '\u{e007f}'] {
            assert!(all.contains(&known), "{known:?}");
        }
        all
    }

    #[test]
    fn a_name_is_trimmed_and_each_invisible_character_inside_is_named() {
        for char in invisible_characters() {
            assert_eq!(name(&format!("{char} Jo Ö\t{char}")).as_deref(), Ok("Jo Ö"), "{char:?}");
            let inside = name(&format!("Jo{char}Ö"));
            assert_eq!(inside, Err(InvalidName::Invisible(Invisible(char))), "{char:?}");
            assert_eq!(name(&format!(" {char}")), Err(InvalidName::Blank), "{char:?}");
        }
        let error = Invisible('\u{200b}').to_string();
        assert_eq!(error, "U+200B, an invisible character, stands inside");
    }

    #[test]
    fn a_name_and_a_role_have_an_end_and_no_control_inside() {
        let long = |length: usize| "é".repeat(length);
        assert_eq!(name(&long(200)), Ok(long(200)));
        assert_eq!(name(&long(201)), Err(InvalidName::Long(200)));
        assert_eq!(role(&long(64)), Ok(long(64)));
        assert_eq!(role(&long(65)), Err(InvalidName::Long(64)));
        // C0, DEL, C1, which has a CSI of its own (ECMA-48 §5.3), and the separators.
        let controls = ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}');
        for char in controls.chain(['\u{2028}', '\u{2029}']) {
            assert_eq!(name(&format!("a{char}b")), Err(InvalidName::Control(char)), "{char:?}");
            assert_eq!(role(&format!("a{char}b")), Err(InvalidName::Control(char)), "{char:?}");
        }
    }

    #[test]
    fn what_can_be_seen_stays() {
        for text in ["a b", "Zoë", "é", "e\u{301}", "王", "👩", "a\u{fe0f}", "$ _-"] {
            assert_eq!(visible(text), Ok(text));
        }
    }
}
