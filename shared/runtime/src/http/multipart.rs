//! The parts of a `multipart/form-data` body (RFC 7578), which is in memory as a whole.

use super::body::Malformed;
use super::charset::Charset;
use super::parameters::parameter;

/// One part.
pub(super) struct Part<'b> {
    pub(super) name: Vec<u8>,
    pub(super) charset: Charset,
    pub(super) content: &'b [u8],
}

/// The parts of the body, up to the closing delimiter. What stands before and after them is ignored.
pub(super) fn parts<'b>(content_type: &[u8], body: &'b [u8]) -> Result<Vec<Part<'b>>, Malformed> {
    // RFC 2046 §5.1.1
    let boundary = parameter(content_type, "boundary").filter(|it| (1..=70).contains(&it.len()));
    let delimiter = [b"--", &boundary.ok_or(Malformed::Content)?[..]].concat();
    let inner = [b"\r\n", &delimiter[..]].concat();
    let mut rest = match body.strip_prefix(&delimiter[..]) {
        Some(rest) => rest,
        None => split(body, &inner).ok_or(Malformed::Content)?.1,
    };
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let (padding, after) = split(rest, b"\r\n").ok_or(Malformed::Content)?;
        if !padding.trim_ascii().is_empty() {
            return Err(Malformed::Content);
        }
        let part;
        (part, rest) = split(after, &inner).ok_or(Malformed::Content)?;
        parts.push(Part::parse(part)?);
    }
    Ok(parts)
}

impl<'b> Part<'b> {
    fn parse(part: &'b [u8]) -> Result<Self, Malformed> {
        let (head, content) = split(part, b"\r\n\r\n").ok_or(Malformed::Content)?;
        let disposition = field(head, "content-disposition").ok_or(Malformed::Content)?;
        let name = parameter(&disposition, "name").ok_or(Malformed::Content)?;
        let content_type = field(head, "content-type").unwrap_or_default();
        Ok(Self { name, charset: Charset::declared(&content_type), content })
    }
}

/// A field of a part's head. A line that begins with white space goes on with the line before it
/// (RFC 5322 §2.2.3).
fn field(head: &[u8], wanted: &str) -> Option<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for line in head.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match lines.last_mut() {
            Some(last) if line.first().is_some_and(|byte| b" \t".contains(byte)) => {
                last.extend(line);
            }
            _ => lines.push(line.to_vec()),
        }
    }
    lines.iter().find_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let is_wanted = line[..colon].trim_ascii().eq_ignore_ascii_case(wanted.as_bytes());
        is_wanted.then(|| line[colon + 1..].to_vec())
    })
}

/// What stands before and after the first occurrence.
fn split<'b>(bytes: &'b [u8], separator: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let at = bytes.windows(separator.len()).position(|window| window == separator)?;
    Some((&bytes[..at], &bytes[at + separator.len()..]))
}
