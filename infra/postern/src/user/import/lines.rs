//! The lines of a file, with their numbers. In CSV, a quoted value can contain line breaks.

use std::io::{self, BufRead, BufReader, Read};

/// No valid row is longer.
const MAX_LENGTH: usize = 64 * 1024;

/// Some editors put it at the beginning of a file.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Reads line after line.
pub(super) struct Lines {
    reader: BufReader<Box<dyn Read + Send>>,
    /// What separates the values of CSV; `None` for JSON Lines.
    delimiter: Option<u8>,
    /// How many lines have been read.
    read: u64,
}

/// One line, without the line break at its end. In CSV, it can span several lines of the file.
pub(super) struct Line {
    /// The number of its first line; the file starts with 1.
    pub(super) number: u64,
    pub(super) text: Result<Vec<u8>, String>,
}

impl Lines {
    pub(super) fn new(reader: Box<dyn Read + Send>, delimiter: Option<u8>) -> Self {
        Self { reader: BufReader::new(reader), delimiter, read: 0 }
    }

    /// The next line that is not blank.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let number = self.read + 1;
            let Some(text) = self.whole()? else { return Ok(None) };
            if text.as_ref().is_ok_and(|text| text.trim_ascii().is_empty()) {
                continue;
            }
            return Ok(Some(Line { number, text }));
        }
    }

    /// One line, with the lines in which a quoted value continues.
    fn whole(&mut self) -> io::Result<Option<Result<Vec<u8>, String>>> {
        let (mut text, mut quoting) = (Vec::new(), Quoting::Start);
        loop {
            let before = text.len();
            if !self.line(&mut text)? {
                let unclosed = "a quote is not closed before the end of the file".to_owned();
                return Ok((before > 0).then_some(Err(unclosed)));
            }
            if text.len() > MAX_LENGTH {
                let why = format!("the row is longer than 64 KiB, up to line {}", self.read);
                return Ok(Some(Err(why)));
            }
            if let Some(delimiter) = self.delimiter {
                let after = |quoting: Quoting, byte: &u8| quoting.after(*byte, delimiter);
                quoting = text[before..].iter().fold(quoting, after);
            }
            if quoting != Quoting::Quoted {
                text.truncate(without_break(&text).len());
                return Ok(Some(Ok(text)));
            }
        }
    }

    /// Appends the file's next line; `false` at the end of the file. Of a line that is too long, only
    /// the beginning is appended, and the rest is skipped.
    fn line(&mut self, text: &mut Vec<u8>) -> io::Result<bool> {
        let room = (MAX_LENGTH + 1).saturating_sub(text.len());
        let limit = u64::try_from(room).unwrap_or(u64::MAX);
        if self.reader.by_ref().take(limit).read_until(b'\n', text)? == 0 {
            return Ok(false);
        }
        if self.read == 0 && text.starts_with(BYTE_ORDER_MARK) {
            text.drain(..BYTE_ORDER_MARK.len());
        }
        if text.len() > MAX_LENGTH && !text.ends_with(b"\n") {
            self.reader.skip_until(b'\n')?;
        }
        self.read += 1;
        Ok(true)
    }
}

fn without_break(text: &[u8]) -> &[u8] {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.strip_suffix(b"\r").unwrap_or(text)
}

/// The position in a line of CSV (RFC 4180 §2). Only a quote at the start of a value opens it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    /// Before a value.
    Start,
    Plain,
    Quoted,
    /// After a quote that closes the value, or that is the first of two that mean one.
    Ending,
}

impl Quoting {
    fn after(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::Ending,
            (Self::Quoted, _) | (Self::Start | Self::Ending, b'"') => Self::Quoted,
            (_, byte) if byte == delimiter => Self::Start,
            (_, _) => Self::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: impl Into<Vec<u8>>, is_csv: bool) -> Vec<(u64, Result<String, String>)> {
        let mut lines = Lines::new(Box::new(io::Cursor::new(text.into())), is_csv.then_some(b','));
        let next = || lines.next().unwrap();
        let shown = |line: Line| (line.number, line.text.map(|it| String::from_utf8(it).unwrap()));
        std::iter::from_fn(next).map(shown).collect()
    }

    fn ok(number: u64, text: &str) -> (u64, Result<String, String>) {
        (number, Ok(text.to_owned()))
    }

    #[test]
    fn lines_are_numbered_as_an_editor_numbers_them() {
        for end in ["\n", "\r\n"] {
            let text = ["a,b", "1,2", "", "  ", "3,4"].join(end);
            let expected = [ok(1, "a,b"), ok(2, "1,2"), ok(5, "3,4")];
            assert_eq!(read(text.as_str(), true), expected, "{end:?}");
            assert_eq!(read(format!("{text}{end}"), false), expected, "{end:?}");
            assert_eq!(read(format!("\u{feff}{text}"), true), expected, "{end:?}");
        }
        assert_eq!(read("", true), []);
        assert_eq!(read("\n\r\n", true), []);
    }

    #[test]
    fn a_quoted_line_break_goes_on_and_any_other_quote_does_not() {
        let text = "\"one\r\ntwo\n\",b\r\n1,2\"\n\"x\"\"\n\",y\nz";
        let expected =
            [ok(1, "\"one\r\ntwo\n\",b"), ok(4, "1,2\""), ok(5, "\"x\"\"\n\",y"), ok(7, "z")];
        assert_eq!(read(text, true), expected);
        assert_eq!(read("\"a\nb", false), [ok(1, "\"a"), ok(2, "b")], "not of JSON Lines");
        assert_eq!(
            read("a\n\"b\nc", true)[1],
            (2, Err("a quote is not closed before the end of the file".to_owned()))
        );
    }

    #[test]
    fn a_row_that_is_too_long_is_refused_and_the_rest_goes_on() {
        let long = "x".repeat(200_000);
        let lines = read(format!("a\n{long}\nb"), true);
        assert_eq!(lines[1], (2, Err("the row is longer than 64 KiB, up to line 2".to_owned())));
        assert_eq!(lines[2], ok(3, "b"));
        let unclosed = format!("\"{}b", "x\n".repeat(40_000));
        let lines = read(unclosed, true);
        assert_eq!(
            lines[0],
            (1, Err("the row is longer than 64 KiB, up to line 32768".to_owned()))
        );
        assert_eq!(lines[1], ok(32_769, "x"));
    }
}
