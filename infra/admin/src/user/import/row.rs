//! Rows of a file, as they come and as users.

use std::io::{BufRead as _, BufReader, Read};

use domain::id::{OrganizationId, UserId};
use domain::identifier::{Email, Phone, Username};
use domain::password::PasswordHash;
use domain::user::User;
use serde::Deserialize;
use tokio::sync::mpsc::Sender;

use super::Format;
use crate::failure::{Failure, Result, refused};
use crate::user::ROLE;

/// Longer than any row can be that makes sense.
const MAX_LINE: u64 = 64 * 1024;

/// A row and where it stands, the file's first line being 1.
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) row: std::result::Result<Row, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Row {
    id: Option<String>,
    email: Option<String>,
    phone_number: Option<String>,
    username: Option<String>,
    password_hash: Option<String>,
    role: Option<String>,
    access_role: Option<String>,
    locale: Option<String>,
}

const FIELDS: [&str; 8] =
    ["id", "email", "phoneNumber", "username", "passwordHash", "role", "accessRole", "locale"];

impl Row {
    /// The user whom a row is about, or why there is none. Says nothing of what the row holds.
    pub(super) fn into_user(
        self,
        organization: &OrganizationId,
    ) -> std::result::Result<User, String> {
        fn parsed<T, E: ToString>(
            text: Option<String>,
            parse: impl FnOnce(&str) -> std::result::Result<T, E>,
        ) -> std::result::Result<Option<T>, String> {
            let text = text.filter(|text| !text.trim().is_empty());
            text.map(|text| parse(text.trim()).map_err(|error| error.to_string())).transpose()
        }
        let text = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let user = User {
            organization: organization.clone(),
            id: parsed(self.id, UserId::parse)?.unwrap_or_else(UserId::random),
            email: parsed(self.email, Email::parse)?,
            phone: parsed(self.phone_number, Phone::parse)?,
            username: parsed(self.username, Username::parse)?,
            password: parsed(self.password_hash, PasswordHash::parse)?,
            role: text(self.role).unwrap_or_else(|| ROLE.to_owned()),
            access_role: text(self.access_role).unwrap_or_else(|| ROLE.to_owned()),
            locale: text(self.locale),
            disabled: false,
            sessions_valid_after: None,
        };
        if user.identifiers().is_empty() {
            return Err("there is neither email, nor phoneNumber, nor username".to_owned());
        }
        Ok(user)
    }
}

/// Hands row after row over, as fast as they are taken.
pub(super) fn read(
    reader: Box<dyn Read + Send>,
    format: Format,
    lines: &Sender<Line>,
) -> Result<()> {
    match format {
        Format::Csv => read_csv(reader, lines),
        Format::Jsonl => read_json_lines(reader, lines),
    }
}

fn read_csv(reader: Box<dyn Read + Send>, lines: &Sender<Line>) -> Result<()> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(reader);
    let headers = reader.headers().map_err(|error| Failure::Refused(error.to_string()))?.clone();
    if let Some(unknown) = headers.iter().find(|header| !FIELDS.contains(header)) {
        return refused(format!("unknown column {unknown}; there are: {}", FIELDS.join(", ")));
    }
    let mut record = csv::StringRecord::new();
    loop {
        let number = reader.position().line();
        let row = match reader.read_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) => record.deserialize(Some(&headers)).map_err(|_| "not as the header says"),
            Err(error) if error.is_io_error() => {
                return Err(Failure::Failed(anyhow::anyhow!("read the file: {error}")));
            }
            Err(error) => match error.kind() {
                csv::ErrorKind::UnequalLengths { .. } => Err("not as many values as columns"),
                csv::ErrorKind::Utf8 { .. } => Err("not in UTF-8"),
                _ => Err("no CSV"),
            },
        };
        let number = record.position().map_or(number, csv::Position::line);
        let row = row.map_err(str::to_owned);
        if lines.blocking_send(Line { number, row }).is_err() {
            return Ok(());
        }
    }
}

fn read_json_lines(reader: Box<dyn Read + Send>, lines: &Sender<Line>) -> Result<()> {
    let mut reader = BufReader::new(reader);
    let mut text = Vec::new();
    for number in 1.. {
        text.clear();
        if reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut text)? == 0 {
            break;
        }
        if text.trim_ascii().is_empty() {
            continue;
        }
        let is_whole = text.ends_with(b"\n") || text.len() < usize::try_from(MAX_LINE).unwrap_or(0);
        let row = if is_whole {
            // serde's message could quote the row.
            serde_json::from_slice(&text).map_err(|error| explained(&error))
        } else {
            reader.skip_until(b'\n')?;
            Err("longer than 64 KiB".to_owned())
        };
        if lines.blocking_send(Line { number, row }).is_err() {
            break;
        }
    }
    Ok(())
}

fn explained(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Data => {
            format!("no object of texts, or another field than {}", FIELDS.join(", "))
        }
        _ => "no JSON".to_owned(),
    }
}
