//! Rows of a file, and the users in them.

use std::io::Read;

use clap::ValueEnum;
use csv::{ErrorKind, ReaderBuilder, StringRecord};
use domain::id::{OrganizationId, UserId};
use domain::identifier::{Email, Phone, Username};
use domain::locale::Locale;
use domain::password::PasswordHash;
use domain::text;
use domain::user::User;
use serde::Deserialize;
use tokio::sync::mpsc::Sender;

use super::lines::Lines;
use crate::failure::{Result, usage};
use crate::user::ROLE;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    /// Values separated by commas; the first line has the names of the columns
    Csv,
    /// One JSON object per line
    Jsonl,
}

/// A row, or what is wrong with it.
type Parsed = std::result::Result<Row, String>;

/// A row with the number of its line; the file starts with 1.
pub(super) struct Numbered {
    pub(super) line: u64,
    pub(super) row: Parsed,
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
    /// The user in a row, or what is wrong with it. The message doesn't quote the row.
    pub(super) fn into_user(
        self,
        organization: &OrganizationId,
    ) -> std::result::Result<User, String> {
        fn parsed<T, E: ToString>(
            text: Option<&str>,
            parse: impl FnOnce(&str) -> std::result::Result<T, E>,
        ) -> std::result::Result<Option<T>, String> {
            let text = text.map(text::trim).filter(|text| !text.is_empty());
            text.map(|text| parse(text).map_err(|error| error.to_string())).transpose()
        }
        let text = |text: Option<String>| text.filter(|text| !text::trim(text).is_empty());
        let user = User {
            organization: organization.clone(),
            id: parsed(self.id.as_deref(), UserId::parse)?.unwrap_or_else(UserId::random),
            email: parsed(self.email.as_deref(), Email::parse)?,
            phone: parsed(self.phone_number.as_deref(), Phone::parse)?,
            username: parsed(self.username.as_deref(), Username::parse)?,
            password: parsed(self.password_hash.as_deref(), PasswordHash::parse)?,
            role: text(self.role).unwrap_or_else(|| ROLE.to_owned()),
            access_role: text(self.access_role).unwrap_or_else(|| ROLE.to_owned()),
            locale: parsed(self.locale.as_deref(), Locale::parse)?,
            disabled: false,
            sessions_valid_after: None,
        };
        if user.identifiers().is_empty() {
            return Err("the row has no email, phoneNumber or username".to_owned());
        }
        Ok(user)
    }
}

/// Reads the rows, and sends them to the importing task.
pub(super) fn read(
    reader: Box<dyn Read + Send>,
    format: Format,
    rows: &Sender<Numbered>,
) -> Result<()> {
    let mut lines = Lines::new(reader, matches!(format, Format::Csv));
    let header = match format {
        Format::Csv => Some(header(&mut lines)?),
        Format::Jsonl => None,
    };
    while let Some(line) = lines.next()? {
        let row = line.text.and_then(|text| match &header {
            Some(header) => of_csv(&text, header),
            None => serde_json::from_slice(&text).map_err(|error| explained(&error)),
        });
        if rows.blocking_send(Numbered { line: line.number, row }).is_err() {
            break;
        }
    }
    Ok(())
}

/// The names of the columns, from the first line.
fn header(lines: &mut Lines) -> Result<StringRecord> {
    let Some(line) = lines.next()? else { return usage("the file is empty; it needs a header") };
    let mut header = match line.text.and_then(|text| record(&text)) {
        Ok(header) => header,
        Err(why) => return usage(format!("can't read the header: {why}")),
    };
    header.trim();
    let fields = FIELDS.join(", ");
    if let Some(unknown) = header.iter().find(|name| !FIELDS.contains(name)) {
        return usage(format!("unknown column {unknown}; columns are {fields}"));
    }
    let is_twice = |name: &&&str| header.iter().filter(|other| other == *name).count() > 1;
    match FIELDS.iter().find(is_twice) {
        Some(name) => usage(format!("the header has the column {name} twice")),
        None => Ok(header),
    }
}

fn of_csv(text: &[u8], header: &StringRecord) -> Parsed {
    let record = record(text)?;
    if record.len() != header.len() {
        return Err("the row doesn't have as many values as the header has columns".to_owned());
    }
    record.deserialize(Some(header)).map_err(|_| "the row doesn't match the header".to_owned())
}

/// The record in a line.
fn record(text: &[u8]) -> std::result::Result<StringRecord, String> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    let mut records = reader.records();
    match (records.next(), records.next()) {
        (Some(Ok(record)), None) => Ok(record),
        (Some(Err(error)), _) if matches!(error.kind(), ErrorKind::Utf8 { .. }) => {
            Err("the line is not in UTF-8".to_owned())
        }
        _ => Err("the line is not a record of CSV".to_owned()),
    }
}

/// The message of serde could quote the row.
fn explained(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Data => {
            format!("the row is not an object of texts with fields of {}", FIELDS.join(", "))
        }
        _ => "the row is not JSON".to_owned(),
    }
}
