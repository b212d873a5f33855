//! Rows of a file, and the users in them.

use std::collections::BTreeSet;
use std::io::Read;

use clap::ValueEnum;
use csv::{ErrorKind, ReaderBuilder, StringRecord};
use domain::id::{OrganizationId, UserId};
use domain::identifier::{Email, Identifier, Phone, Username};
use domain::locale::{Locale, UnknownLocale};
use domain::password::{InvalidPasswordHash, PasswordHash};
use domain::text;
use domain::user::User;
use tokio::sync::mpsc::Sender;

use super::fields::{Columns, FIELDS, Fields};
use super::lines::Lines;
use super::phone::{self, Country};
use crate::failure::{Result, usage};
use crate::user::ROLE;
use crate::values::fresh_id;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    /// Values separated by commas; the first line has the names of the columns
    Csv,
    /// One JSON object per line
    Jsonl,
}

/// What becomes of a row whose password hash is of a format that no login checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum UnknownHash {
    /// The row is bad, and its user isn't created
    #[default]
    SkipRow,
    /// The user is created without a password
    WithoutPassword,
}

/// How the values of a row are read.
pub(super) struct Reading {
    pub(super) unknown_hash: UnknownHash,
    pub(super) country: Option<Country>,
    pub(super) locale_fallback: Option<Locale>,
}

/// How a file is read.
pub(super) struct Layout {
    pub(super) format: Format,
    pub(super) delimiter: u8,
    pub(super) columns: Columns,
    pub(super) reading: Reading,
}

/// What the reading task sends.
pub(super) enum Part {
    /// The header of CSV, as it stands in the file.
    Header(Vec<u8>),
    Row(Box<Numbered>),
}

/// A row with the number of its line; the file starts with 1.
pub(super) struct Numbered {
    pub(super) line: u64,
    /// As it stands in the file; `None` for a row that is too long to read.
    pub(super) text: Option<Vec<u8>>,
    /// The row, or what is wrong with it.
    pub(super) row: std::result::Result<Row, String>,
}

/// The values of a row. A missing one is the default for a new user, and stays as it is for an existing
/// one.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: Option<UserId>,
    email: Option<Email>,
    phone: Option<Phone>,
    username: Option<Username>,
    pub(super) password: Option<PasswordHash>,
    role: Option<String>,
    access_role: Option<String>,
    locale: Option<Locale>,
    pub(super) disabled: Option<bool>,
}

impl Row {
    fn of(fields: &Fields, reading: &Reading) -> std::result::Result<Self, String> {
        let row = Self {
            id: fields.parsed("id", fresh_id(UserId::parse))?,
            email: fields.parsed("email", Email::parse)?,
            phone: fields.parsed("phoneNumber", |text| phone::parse(text, reading.country))?,
            username: fields.parsed("username", Username::parse)?,
            password: fields.parsed("passwordHash", |text| reading.password(text))?.flatten(),
            role: fields.parsed("role", text::role)?,
            access_role: fields.parsed("accessRole", text::role)?,
            locale: fields.parsed("locale", |text| reading.locale(text))?,
            disabled: fields.parsed("disabled", boolean)?,
        };
        if row.identifiers().is_empty() {
            return Err("the row has no email, phoneNumber or username".to_owned());
        }
        Ok(row)
    }

    pub(super) fn identifiers(&self) -> Vec<Identifier> {
        let email = self.email.clone().map(Identifier::Email);
        let phone = self.phone.clone().map(Identifier::Phone);
        let username = self.username.clone().map(Identifier::Username);
        email.into_iter().chain(phone).chain(username).collect()
    }

    /// What the row shares with other rows about the same user.
    pub(super) fn shared(&self) -> BTreeSet<String> {
        let id = self.id.iter().map(|id| format!("id {id}"));
        let identifiers = self.identifiers();
        let identifiers = identifiers.iter().map(|identifier| match identifier {
            Identifier::Email(email) => format!("email {}", email.as_str()),
            Identifier::Phone(phone) => format!("phone {}", phone.as_str()),
            Identifier::Username(username) => format!("username {}", username.as_str()),
        });
        id.chain(identifiers).collect()
    }

    /// A new user.
    pub(super) fn user(&self, organization: &OrganizationId) -> User {
        let role = |role: &Option<String>| role.clone().unwrap_or_else(|| ROLE.to_owned());
        User {
            organization: organization.clone(),
            id: self.id.clone().unwrap_or_else(UserId::random),
            email: self.email.clone(),
            phone: self.phone.clone(),
            username: self.username.clone(),
            password: self.password.clone(),
            role: role(&self.role),
            access_role: role(&self.access_role),
            locale: self.locale.clone(),
            disabled: self.disabled.unwrap_or_default(),
            sessions_valid_after: None,
        }
    }

    /// Gives an existing user the values of the row.
    pub(super) fn apply(&self, user: &mut User) {
        fn set<T: Clone>(field: &mut T, given: Option<&T>) {
            if let Some(given) = given {
                field.clone_from(given);
            }
        }
        let Self { email, phone, username, password, locale, .. } = self;
        user.email = email.clone().or(user.email.take());
        user.phone = phone.clone().or(user.phone.take());
        user.username = username.clone().or(user.username.take());
        user.password = password.clone().or(user.password.take());
        user.locale = locale.clone().or(user.locale.take());
        set(&mut user.role, self.role.as_ref());
        set(&mut user.access_role, self.access_role.as_ref());
        set(&mut user.disabled, self.disabled.as_ref());
    }
}

impl Reading {
    fn password(
        &self,
        text: &str,
    ) -> std::result::Result<Option<PasswordHash>, InvalidPasswordHash> {
        match PasswordHash::parse(text) {
            Err(error)
                if error.is_of_other_format()
                    && self.unknown_hash == UnknownHash::WithoutPassword =>
            {
                Ok(None)
            }
            hash => hash.map(Some),
        }
    }

    fn locale(&self, text: &str) -> std::result::Result<Locale, UnknownLocale> {
        Locale::parse(text).or_else(|error| self.locale_fallback.clone().ok_or(error))
    }
}

fn boolean(text: &str) -> std::result::Result<bool, &'static str> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err("it is true or false"),
    }
}

/// Reads the rows, and sends them to the importing task.
pub(super) fn read(
    reader: Box<dyn Read + Send>,
    layout: &Layout,
    parts: &Sender<Part>,
) -> Result<()> {
    let is_csv = matches!(layout.format, Format::Csv);
    let mut lines = Lines::new(reader, is_csv.then_some(layout.delimiter));
    let header = if is_csv { Some(header(&mut lines, layout, parts)?) } else { None };
    while let Some(line) = lines.next()? {
        let fields = line.text.as_ref().map_err(String::clone).and_then(|text| match &header {
            Some(header) => of_csv(text, header, layout),
            None => Fields::of_json(text, &layout.columns),
        });
        let row = fields.and_then(|fields| Row::of(&fields, &layout.reading));
        let row = Numbered { line: line.number, text: line.text.ok(), row };
        let part = Part::Row(Box::new(row));
        if parts.blocking_send(part).is_err() {
            break;
        }
    }
    Ok(())
}

/// The fields of the columns, from the first line.
fn header(
    lines: &mut Lines,
    layout: &Layout,
    parts: &Sender<Part>,
) -> Result<Vec<Option<&'static str>>> {
    let Some(line) = lines.next()? else { return usage("the file is empty; it needs a header") };
    let parsed = line.text.and_then(|text| Ok((record(&text, layout)?, text)));
    let (mut names, text) = match parsed {
        Ok(parsed) => parsed,
        Err(why) => return usage(format!("can't read the header: {why}")),
    };
    names.trim();
    let mut fields = Vec::new();
    for name in &names {
        let Ok(field) = layout.columns.field(name) else {
            let fields = FIELDS.join(", ");
            return usage(format!(
                "unknown column {name}; columns are {fields}; `--map COLUMN=FIELD` names another, `--map \
                 COLUMN=` ignores it"
            ));
        };
        if field.is_some() && fields.contains(&field) {
            return usage(format!("the header has the column {name} twice"));
        }
        fields.push(field);
    }
    // The importing task may have ended before.
    let _ = parts.blocking_send(Part::Header(text));
    Ok(fields)
}

fn of_csv(
    text: &[u8],
    header: &[Option<&'static str>],
    layout: &Layout,
) -> std::result::Result<Fields, String> {
    let record = record(text, layout)?;
    if record.len() != header.len() {
        return Err("the row doesn't have as many values as the header has columns".to_owned());
    }
    let mut fields = Fields::default();
    for (field, value) in header.iter().zip(&record) {
        if let Some(field) = field {
            fields.add(field, value)?;
        }
    }
    Ok(fields)
}

/// The record in a line.
fn record(text: &[u8], layout: &Layout) -> std::result::Result<StringRecord, String> {
    let mut reader = ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true).delimiter(layout.delimiter);
    let mut reader = reader.from_reader(text);
    let mut records = reader.records();
    match (records.next(), records.next()) {
        (Some(Ok(record)), None) => Ok(record),
        (Some(Err(error)), _) if matches!(error.kind(), ErrorKind::Utf8 { .. }) => {
            Err("the line is not in UTF-8".to_owned())
        }
        _ => Err("the line is not a record of CSV".to_owned()),
    }
}
