//! Bodies that no endpoint may accept, each one change away from one that is good.

use serde_json::{Value, json};
use unicode_general_category::{GeneralCategory, get_general_category};

/// The largest body that is read at all.
pub const BODY_LIMIT: usize = 16 * 1024;

/// Breaks a good JSON object in every way that we know of, by what is wrong with it.
pub fn bodies(good: &Value) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = not_an_object(good);
    all.extend(broken_text(good));
    all.extend(hidden_in_a_field_that_nobody_reads(good));
    all
}

/// The same object, with one more field whose text is taken as it is, filled up to a size.
pub fn of_size(size: usize, good: &Value) -> Vec<u8> {
    let bare = with_extra(good, b"\"\"").len();
    let filler = "a".repeat(size.checked_sub(bare).expect("larger than the good one"));
    with_extra(good, format!("\"{filler}\"").as_bytes())
}

/// Values that are not text, for fields that must be.
pub fn not_text() -> [Value; 8] {
    [
        Value::Null,
        json!(true),
        json!(123_456),
        json!(1.5),
        json!([]),
        json!(["123456"]),
        json!({}),
        json!({ "text": "123456" }),
    ]
}

/// All characters that nobody sees: Unicode's category Cf.
pub fn invisible() -> Vec<char> {
    let all = '\0'..=char::MAX;
    let all: Vec<_> =
        all.filter(|&char| get_general_category(char) == GeneralCategory::Format).collect();
    assert!(all.len() > 160 && all.contains(&'\u{feff}'), "{}", all.len());
    all
}

/// The text with a character after its first one.
pub fn with_inside(text: &str, inside: char) -> String {
    let mut text = text.to_owned();
    text.insert(1, inside);
    text
}

fn with_extra(good: &Value, extra: &[u8]) -> Vec<u8> {
    let rest = good.to_string();
    let rest = rest.strip_prefix('{').expect("an object");
    [b"{\"extra\":", extra, b",", rest.as_bytes()].concat()
}

fn not_an_object(good: &Value) -> Vec<(&'static str, Vec<u8>)> {
    let text = good.to_string();
    let two = format!("{text}{text}");
    let values: Value = good.as_object().expect("an object").values().cloned().collect();
    let with = |start: &str, end: &str| [start, &text, end].concat().into_bytes();
    vec![
        ("nothing", Vec::new()),
        ("white space", b" \r\n\t".to_vec()),
        ("null", b"null".to_vec()),
        ("true", b"true".to_vec()),
        ("a number", b"123456".to_vec()),
        ("text", b"\"123456\"".to_vec()),
        ("JSON in text", json!(text).to_string().into_bytes()),
        ("an empty list", b"[]".to_vec()),
        ("a list of one", with("[", "]")),
        ("a list of its values", values.to_string().into_bytes()),
        ("an empty object", b"{}".to_vec()),
        ("two objects", two.into_bytes()),
        ("something after the object", with("", "x")),
        ("a NUL after the object", with("", "\0")),
        ("two byte order marks", with("\u{feff}\u{feff}", "")),
        ("a byte order mark at the end", with("", "\u{feff}")),
        ("a guard against script inclusion", with(")]}',\n", "")),
        ("a comment", with("", "// comment")),
        ("a form", b"email=patient%40example.com&channel=EMAIL".to_vec()),
        ("XML", b"<email>patient@example.com</email>".to_vec()),
        ("NULs", vec![0; 64]),
        ("arbitrary bytes", (0..=255).collect()),
    ]
}

fn broken_text(good: &Value) -> Vec<(&'static str, Vec<u8>)> {
    let text = good.to_string();
    let utf16 = |of: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(of).collect();
    let (field, value) = good.as_object().and_then(|all| all.iter().next()).expect("a field");
    let rest = &text[1..];
    let again = |name: &str, value: &Value| format!("{{{name}:{value},{rest}").into_bytes();
    let escaped = format!("\"\\u{:04x}{}\"", u32::from(field.as_bytes()[0]), &field[1..]);
    vec![
        ("half an object", text.as_bytes()[..text.len() / 2].to_vec()),
        ("no closing brace", text.as_bytes()[..text.len() - 1].to_vec()),
        ("a comma too many", text.replace('}', ",}").into_bytes()),
        ("single quotes", text.replace('"', "'").into_bytes()),
        ("no quotes", text.replace('"', "").into_bytes()),
        ("UTF-16, little end first", utf16(u16::to_le_bytes)),
        ("UTF-16, big end first", utf16(u16::to_be_bytes)),
        ("the same field twice", again(&format!("\"{field}\""), value)),
        ("the same field with another value", again(&format!("\"{field}\""), &json!("other"))),
        ("the same field, once in disguise", again(&escaped, value)),
    ]
}

fn hidden_in_a_field_that_nobody_reads(good: &Value) -> Vec<(&'static str, Vec<u8>)> {
    let with = |extra: &[u8]| with_extra(good, extra);
    let nested = |open: &str, close: &str, depth| {
        with(format!("{}1{}", open.repeat(depth), close.repeat(depth)).as_bytes())
    };
    vec![
        ("a byte that is not UTF-8", with(b"\"\xff\"")),
        ("half a character", with(b"\"\xe2\x82\"")),
        ("an overlong NUL", with(b"\"\xc0\x80\"")),
        ("a surrogate in UTF-8", with(b"\"\xed\xa0\x80\"")),
        ("a character beyond Unicode", with(b"\"\xf4\x90\x80\x80\"")),
        ("a bare NUL", with(b"\"\0\"")),
        ("a bare line feed", with(b"\"\n\"")),
        ("a lone high surrogate", with(br#""\ud800""#)),
        ("a lone low surrogate", with(br#""\udc00""#)),
        ("surrogates the wrong way round", with(br#""\udc00\ud800""#)),
        ("a high surrogate and a letter", with(br#""\ud800a""#)),
        ("an escape of nobody", with(br#""\x41""#)),
        ("half an escape", with(br#""\u00""#)),
        ("a number with a leading zero", with(b"01")),
        ("a number with a plus", with(b"+1")),
        ("not a number", with(b"NaN")),
        ("infinity", with(b"Infinity")),
        ("a field twice", with(br#"1,"extra":1"#)),
        ("a field twice, further in", with(br#"{"a":1,"a":1}"#)),
        ("a field twice, inside a list", with(br#"[[{"a":1,"b":2,"a":3}]]"#)),
        ("1,000 lists", nested("[", "]", 1_000)),
        ("1,000 objects", nested("{\"a\":", "}", 1_000)),
        ("5,000 lists that never end", with("[".repeat(5_000).as_bytes())),
        ("one byte too many", of_size(BODY_LIMIT + 1, good)),
        ("a mebibyte", of_size(1 << 20, good)),
        ("a mebibyte of lists", with("[".repeat(1 << 20).as_bytes())),
    ]
}
