//! What a request wrote, from the audit trail.

use std::collections::HashSet;
use std::time::Duration;

use domain::audit::line::Line;
use domain::time::Timestamp;
use serde::Serialize;

use crate::audit::{Trail, is_quotable, ordered};
use crate::failure::Result;
use crate::operator::Operator;

/// How long after a request its lines are looked for. A recorder needs seconds; `postern audit` finds those of one
/// that was late.
const AFTER: Duration = Duration::from_mins(10);
/// Of clocks.
const BEFORE: Duration = Duration::from_mins(1);

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Written {
    time: Option<String>,
    event: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    /// The item, as in the lines of `postern audit`.
    item: Option<String>,
    /// Names of attributes.
    changed: Vec<String>,
}

impl Written {
    fn of(line: Line) -> Self {
        Self {
            time: line.time,
            event: line.event,
            organization: line.organization,
            user: line.user,
            partner: line.partner,
            client: line.client,
            item: line.item.map(|item| item.as_str().to_owned()),
            changed: line.changed,
        }
    }

    /// The event, and of whom.
    pub(super) fn text(&self) -> String {
        let subjects = [
            ("user", &self.user),
            ("partner", &self.partner),
            ("client", &self.client),
            ("organization", &self.organization),
        ];
        let subject = subjects.into_iter().find_map(|(noun, id)| Some((noun, id.as_ref()?)));
        let of = subject.map_or_else(String::new, |(noun, id)| format!(" of {noun} {id}"));
        format!("{}{of}", self.event)
    }
}

/// The trail's lines by which a request is the author, in their order. A request names itself by the id, and by its
/// function: an authorizer and the API behind it may have one id.
pub(super) async fn find(
    operator: &Operator,
    (function, id): (&str, &str),
    at: Timestamp,
) -> Result<Vec<Written>> {
    if ![function, id].into_iter().all(is_quotable) {
        return Ok(Vec::new());
    }
    let pattern = format!(r#"{{ ($.requestId = "{id}") && ($.by = "{function}") }}"#);
    let (mut lines, mut seen) = (Vec::new(), HashSet::new());
    let trail = Trail::open(operator)?;
    trail
        .read(at.minus(BEFORE), at.plus(AFTER), &pattern, |line| {
            if let Ok(read) = serde_json::from_str(&line.text)
                && seen.insert(line.text)
            {
                lines.push(read);
            }
            Ok(())
        })
        .await?;
    Ok(ordered(lines).into_iter().map(Written::of).collect())
}
