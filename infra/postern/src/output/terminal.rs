//! What reaches a terminal. It obeys control characters, and some of them move text about, so that a
//! name from a file could show something else than it is.

use std::fmt::Write as _;

use domain::text;

/// Whether a terminal would do something else than show the character: controls (C0, DEL, C1 of ECMA-48,
/// ESC among them), separators of lines, and invisible characters, those of text directions among them.
fn is_obeyed(char: char) -> bool {
    char.is_control() || text::is_separator(char) || text::is_invisible(char)
}

/// The text with U+FFFD in place of everything that a terminal would obey. On one line.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|char| if is_obeyed(char) { '\u{fffd}' } else { char }).collect()
}

/// JSON with everything that a terminal would obey escaped, but for the line breaks between its parts. It
/// means the same: such a character stands only in texts.
pub(super) fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for char in json.chars() {
        if char == '\n' || !is_obeyed(char) {
            escaped.push(char);
            continue;
        }
        for unit in char.encode_utf16(&mut [0; 2]) {
            // Writing to a String can't fail.
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C0, DEL, C1, the marks of text directions, the separators of lines, and one beyond 16 bits.
    fn obeyed() -> impl Iterator<Item = char> {
        let controls = ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}');
        let directions =
            ('\u{200e}'..='\u{200f}').chain('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}');
        controls.chain(directions).chain(['\u{61c}', '\u{2028}', '\u{2029}', '\u{e0020}'])
    }

    #[test]
    fn nothing_that_is_printed_moves_a_cursor_or_turns_text_around() {
        for char in obeyed() {
            assert_eq!(printable(&format!("a{char}2Kb")), "a\u{fffd}2Kb", "{char:?}");
        }
        for shown in ["José", "名前", "e\u{301}", "👩", " a b "] {
            assert_eq!(printable(shown), shown);
        }
    }

    #[test]
    fn json_for_a_terminal_means_the_same() {
        for char in obeyed() {
            let text = format!("a{char}b");
            let json = serde_json::to_string_pretty(&[&text]).unwrap();
            let printed = escaped(&json);
            assert!(printed.chars().all(|char| char == '\n' || !is_obeyed(char)), "{printed:?}");
            assert_eq!(serde_json::from_str::<[String; 1]>(&printed).unwrap(), [text]);
        }
    }
}
