//! Parameters of a header's value, as in `form-data; name="a"` (RFC 9110 §5.6.6).

/// The value of a parameter, whose name matches in any letter case; `None` if it is absent or comes twice,
/// because two parsers could read that differently.
pub(super) fn parameter(header: &[u8], wanted: &str) -> Option<Vec<u8>> {
    let start = header.iter().position(|byte| *byte == b';')?;
    let mut rest = &header[start..];
    let mut found = None;
    while let Some(next) = rest.strip_prefix(b";") {
        let end = next.iter().position(|byte| b"=;".contains(byte)).unwrap_or(next.len());
        let name = next[..end].trim_ascii();
        let value;
        (value, rest) = match next[end..].strip_prefix(b"=") {
            Some(text) => value_and_rest(text.trim_ascii_start()),
            None => (Vec::new(), &next[end..]),
        };
        if name.eq_ignore_ascii_case(wanted.as_bytes()) && found.replace(value).is_some() {
            return None;
        }
    }
    found
}

/// A value, quoted or not, and what follows from the next semicolon on.
fn value_and_rest(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let semicolon = |text: &[u8]| text.iter().position(|byte| *byte == b';').unwrap_or(text.len());
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let (value, rest) = text.split_at(semicolon(text));
        return (value.trim_ascii().to_vec(), rest);
    };
    let mut value = Vec::new();
    let mut bytes = quoted.iter().enumerate();
    while let Some((index, byte)) = bytes.next() {
        match byte {
            b'"' => {
                let after = &quoted[index + 1..];
                return (value, &after[semicolon(after)..]);
            }
            // Some browsers send a path with its backslashes: only quotes and backslashes are escaped.
            b'\\' if quoted.get(index + 1).is_some_and(|next| b"\"\\".contains(next)) => {
                value.extend(bytes.next().map(|(_, next)| *next));
            }
            byte => value.push(*byte),
        }
    }
    (value, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_found_in_any_form() {
        for (header, expected) in [
            ("x; name=a", Some("a")),
            ("x;NAME=\"a b\"", Some("a b")),
            ("x; filename=\"b; name=c\"; Name = a ; y", Some("a")),
            ("x; name=\"a\\\"b\\\\c\\d\"", Some("a\"b\\c\\d")),
            ("x; name=", Some("")),
            ("x; name", Some("")),
            ("x; name=\"a", Some("a")),
            ("x; ;;name=a;", Some("a")),
            ("x; name=a; name=b", None),
            ("x; filename=a", None),
            ("name=a", None),
            ("", None),
        ] {
            let found = parameter(header.as_bytes(), "name");
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{header}");
        }
    }
}
