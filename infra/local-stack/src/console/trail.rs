//! The audit trail, as the page and tools see it: the newest lines of a user, an organization or a request.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Console, problem};
use crate::logs::{self, Logs, MAXIMUM_EVENTS, Pattern, Streams};

/// The log group of the trail, by its id in the template, and its streams with changes.
const GROUP: &str = "AuditLogGroup";
const CHANGES: &str = "changes/";

/// How many lines are told, unless more or fewer are asked for.
const LIMIT: usize = 50;

pub(super) fn router() -> Router<Arc<Console>> {
    Router::new().route("/trail", get(trail))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    user: Option<String>,
    organization: Option<String>,
    request: Option<String>,
    limit: Option<usize>,
}

async fn trail(State(console): State<Arc<Console>>, wanted: Query<Wanted>) -> Response {
    match wanted.lines(&console.logs) {
        Ok(lines) => Json(json!({ "lines": lines })).into_response(),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error),
    }
}

impl Wanted {
    /// The newest lines first. A user's are also those of its requests that name no user: of codes.
    fn lines(&self, logs: &Logs) -> Result<Vec<Value>, String> {
        let all = all(logs)?;
        let own = |line: &&Value| self.wants(line);
        let request = |line: &Value| line["requestId"].as_str().map(str::to_owned);
        let requests: HashSet<_> = all.iter().filter(own).filter_map(request).collect();
        let of_request = |line: &Value| {
            self.user.is_some() && request(line).is_some_and(|id| requests.contains(&id))
        };
        let told = all.iter().rev().filter(|line| self.wants(line) || of_request(line));
        Ok(told.take(self.limit.unwrap_or(LIMIT)).cloned().collect())
    }

    fn wants(&self, line: &Value) -> bool {
        let fields = [
            ("user", &self.user),
            ("organization", &self.organization),
            ("requestId", &self.request),
        ];
        fields.into_iter().all(|(name, id)| id.as_ref().is_none_or(|id| line[name] == **id))
    }
}

/// All lines that are stored, the oldest first, each once.
fn all(logs: &Logs) -> Result<VecDeque<Value>, String> {
    let Some(group) = logs.groups().find(|group| group.id == GROUP) else {
        return Err(format!("the template has no {GROUP}"));
    };
    let (mut lines, mut seen, mut after) = (VecDeque::new(), HashSet::new(), None);
    loop {
        let query = logs::Query {
            streams: Streams::Prefix(CHANGES.to_owned()),
            from: 0,
            to: i64::MAX,
            pattern: Pattern::All,
            limit: MAXIMUM_EVENTS,
            after,
        };
        let page = logs.filter(&group.name, &query).map_err(|_| "the trail can't be read")?;
        for found in page.events {
            if let Ok(line) = serde_json::from_str(&found.message)
                && seen.insert(found.message)
            {
                lines.push_back(line);
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(lines);
        }
    }
}
