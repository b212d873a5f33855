//! Lines of the trail.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::attribution::author;
use super::event::event;
use super::image::{Image, Tag, UnknownType};
use super::kind::Kind;
use super::record::{Change, MAX_EVENT_ID, Record, number, text};
use super::subject::Subject;
use super::table::AuditedTable;
use crate::author::Author;
use crate::key::KeyBytes;
use crate::{encoding, mac};

/// The version of the form. A change of the form is a new one: the same record must always give the same
/// bytes, or a record that is delivered twice would be two changes.
const FORM: u8 = 1;

const MAX_NAMES: usize = 64;

/// The event of a record that has no form that we know.
pub const MALFORMED: &str = "record.malformed";

/// What stands in place of the author whom a change doesn't name.
pub const UNKNOWN: &str = "unknown";

/// One line: what the trail says about one change. A pure function of the stream's record and the audit
/// key, so that a record that is delivered again gives the same line. No value in it is personal or
/// secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The version of the form.
    pub audit: u8,
    /// The stream's id of the change.
    pub event_id: String,
    /// When the change was made, as the stream has it: to the second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The change in the field's words.
    pub event: String,
    /// The table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<AuditedTable>,
    /// The kind of item.
    pub kind: String,
    /// The item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Tag>,
    /// Its content before; none if it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Tag>,
    /// Its content after; none if it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Tag>,
    /// The second from which DynamoDB may delete the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<i64>,
    /// The organization that the change is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The partner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// The client of the identity provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The session, by its family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The API key, by the name that operators and the request log use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<String>,
    /// The names of the attributes that were set, changed or removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// A function, `operator`, or `unknown`.
    pub by: String,
    /// What stands for the write that `by` of a lasting item names. No two changes of an item have the
    /// same, unless somebody put an older copy of it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write: Option<Tag>,
    /// The function's request, as in its answer and in the request log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The operator's ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The operator's reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Line {
    /// The line of a record. One that can't be read gets a line that says so: if it failed, it would
    /// block its shard.
    pub fn of(table: Option<AuditedTable>, record: &Value, key: &KeyBytes) -> Self {
        let read = table.zip(Record::read(record));
        let line = read.and_then(|(table, record)| Self::read(table, &record, key).ok());
        line.unwrap_or_else(|| Self::malformed(table, record, key))
    }

    fn read(table: AuditedTable, record: &Record, key: &KeyBytes) -> Result<Self, UnknownType> {
        let (pk, change) = (record.pk(), record.change());
        let kind = Kind::of(table, pk);
        let subject = Subject::of(kind, pk, change);
        let image = |image: Option<&Image>| image.map(|it| Tag::of_image(key, it)).transpose();
        let (by, request_id, operator, reason) = match author(kind, change) {
            Some(Author::Function { name, request_id, .. }) => {
                (name.to_string(), Some(request_id.to_string()), None, None)
            }
            Some(Author::Operator { caller, reason, .. }) => {
                let reason = reason.map(|reason| reason.to_string());
                ("operator".to_owned(), None, Some(caller.to_string()), reason)
            }
            None => (UNKNOWN.to_owned(), None, None, None),
        };
        Ok(Self {
            audit: FORM,
            event_id: record.event_id.clone(),
            time: Some(record.time().rfc3339()),
            event: event(kind, change).to_owned(),
            table: Some(table),
            kind: kind.as_str().to_owned(),
            item: Some(Tag::of_item(key, table, pk)),
            before: image(change.old)?,
            after: image(change.new)?,
            expires: number(change.new, "ttl").and_then(|ttl| ttl.parse().ok()),
            organization: subject.organization,
            user: subject.user,
            partner: subject.partner,
            client: subject.client,
            session: subject.session,
            api_key: subject.api_key,
            changed: changed(change),
            write: write(change, key).filter(|_| by != UNKNOWN),
            by,
            request_id,
            operator,
            reason,
        })
    }

    fn malformed(table: Option<AuditedTable>, record: &Value, key: &KeyBytes) -> Self {
        let digest = || {
            let mac = mac::sha256(key, &[b"record\0", record.to_string().as_bytes()]);
            Cow::Owned(encoding::base64url(&mac[..16]))
        };
        let event_id = record["eventID"].as_str().filter(|id| id.len() <= MAX_EVENT_ID);
        let event_id = event_id.map_or_else(digest, Cow::Borrowed);
        Self {
            audit: FORM,
            event_id: event_id.into_owned(),
            time: None,
            event: MALFORMED.to_owned(),
            table,
            kind: Kind::Unknown.as_str().to_owned(),
            item: None,
            before: None,
            after: None,
            expires: None,
            organization: None,
            user: None,
            partner: None,
            client: None,
            session: None,
            api_key: None,
            changed: Vec::new(),
            write: None,
            by: UNKNOWN.to_owned(),
            request_id: None,
            operator: None,
            reason: None,
        }
    }

    /// Whether the change names its author.
    pub fn has_author(&self) -> bool {
        self.by != UNKNOWN
    }
}

/// What stands for the author that a change brings into an item that lasts. Items with an expiry are left out, for
/// they are many: verification remembers what it has seen.
fn write(change: Change<'_>, key: &KeyBytes) -> Option<Tag> {
    let lasts = number(change.new, "ttl").is_none();
    let by = text(change.new, "by").filter(|_| lasts && change.differs("by"))?;
    Some(Tag::of_author(key, by))
}

/// The names of the attributes of a change. No item of ours has this many: whoever may write an item must
/// not be able to make a line that CloudWatch refuses.
fn changed(change: Change<'_>) -> Vec<String> {
    let names: BTreeSet<_> = change.names().into_iter().map(shown).collect();
    let rest = (names.len() > MAX_NAMES).then_some("…");
    names.into_iter().take(MAX_NAMES).chain(rest).map(str::to_owned).collect()
}

/// Our names of attributes are words; anything else was written by hand, and may be anything.
fn shown(name: &str) -> &str {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if name.len() <= 64 && name.bytes().all(is_word) { name } else { "…" }
}

#[cfg(test)]
mod tests;
