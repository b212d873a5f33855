//! CloudWatch Logs: `DescribeLogGroups`, `CreateLogStream`, `PutLogEvents` and `FilterLogEvents`, for the
//! template's log groups.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::json;
use crate::logs::{Error, Event, Logs, MAXIMUM_EVENTS, Page, Pattern, Position, Query, Streams};
use crate::template::arn;

const SUPPORTED: &str = "DescribeLogGroups, CreateLogStream, PutLogEvents and FilterLogEvents";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Describe {
    #[serde(default)]
    log_group_name_prefix: String,
}

#[derive(Deserialize)]
struct Create {
    #[serde(rename = "logGroupName")]
    group: String,
    #[serde(rename = "logStreamName")]
    stream: String,
}

#[derive(Deserialize)]
struct Put {
    #[serde(rename = "logGroupName")]
    group: String,
    #[serde(rename = "logStreamName")]
    stream: String,
    #[serde(rename = "logEvents")]
    events: Vec<Event>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_names: Option<Vec<String>>,
    log_stream_name_prefix: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
    #[serde(default, rename = "filterPattern")]
    pattern: String,
    limit: Option<usize>,
    next_token: Option<String>,
}

pub(super) async fn answer(
    State(logs): State<Arc<Logs>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = match json::operation(&headers) {
        "DescribeLogGroups" => parse(&body).map(|call| describe(&logs, &call)),
        "CreateLogStream" => parse(&body).and_then(|call| create(&logs, &call)),
        "PutLogEvents" => parse(&body).and_then(|call| put(&logs, &call)),
        "FilterLogEvents" => parse(&body).and_then(|call| filter(&logs, call)),
        _ => return json::unknown(SUPPORTED),
    };
    answer.map_or_else(|error| refuse(&error), json::answer)
}

fn parse<'b, Call: Deserialize<'b>>(body: &'b [u8]) -> Result<Call, Error> {
    serde_json::from_slice(body).map_err(|error| Error::Malformed(error.to_string()))
}

fn describe(logs: &Logs, call: &Describe) -> Value {
    let found = logs.groups().filter(|group| group.name.starts_with(&call.log_group_name_prefix));
    let found: Vec<_> = found
        .map(|it| json!({ "logGroupName": it.name, "retentionInDays": it.retention_days }))
        .collect();
    json!({ "logGroups": found })
}

fn create(logs: &Logs, call: &Create) -> Result<Value, Error> {
    logs.create_stream(&call.group, &call.stream)?;
    Ok(json!({}))
}

fn put(logs: &Logs, call: &Put) -> Result<Value, Error> {
    let rejected = logs.put(&call.group, &call.stream, &call.events)?;
    // AWS ignores sequence tokens, and still answers one.
    let mut answer = json!({ "nextSequenceToken": "0" });
    if let Some(rejected) = rejected {
        answer["rejectedLogEventsInfo"] = json!(rejected);
    }
    Ok(answer)
}

fn filter(logs: &Logs, call: Filter) -> Result<Value, Error> {
    let group = match (&call.log_group_name, &call.log_group_identifier) {
        (Some(name), None) => name.as_str(),
        (None, Some(identifier)) => name(identifier),
        _ => return Err(invalid("Either logGroupName or logGroupIdentifier is needed, not both.")),
    };
    let query = Query {
        streams: match (call.log_stream_names, call.log_stream_name_prefix) {
            (None, None) => Streams::All,
            (Some(names), None) => Streams::These(names),
            (None, Some(prefix)) => Streams::Prefix(prefix),
            (Some(_), Some(_)) => {
                return Err(invalid("logStreamNames and logStreamNamePrefix exclude each other."));
            }
        },
        from: call.start_time.unwrap_or(0),
        to: call.end_time.unwrap_or(i64::MAX),
        pattern: Pattern::parse(&call.pattern).ok_or_else(|| {
            invalid("Invalid filter pattern, or one that the local stack doesn't know.")
        })?,
        limit: call.limit.unwrap_or(MAXIMUM_EVENTS),
        after: match &call.next_token {
            Some(token) => {
                let position = Position::of_token(token);
                Some(position.ok_or_else(|| invalid("The specified nextToken is invalid."))?)
            }
            None => None,
        },
    };
    if query.from > query.to {
        return Err(invalid("endTime is before startTime."));
    }
    if !(1..=MAXIMUM_EVENTS).contains(&query.limit) {
        return Err(invalid("limit is from 1 to 10000."));
    }
    let Page { events, next } = logs.filter(group, &query)?;
    let mut answer = json!({ "events": events, "searchedLogStreams": [] });
    if let Some(next) = next {
        answer["nextToken"] = next.token().into();
    }
    Ok(answer)
}

/// The name of a log group, of which an identifier may be the ARN.
fn name(identifier: &str) -> &str {
    let prefix = arn::log_group("");
    identifier.strip_prefix(prefix.trim_end_matches(":*")).unwrap_or(identifier)
}

fn invalid(message: &str) -> Error {
    Error::Invalid(message.to_owned())
}

fn refuse(error: &Error) -> Response {
    let (status, code) = match error {
        Error::Malformed(_) => (StatusCode::BAD_REQUEST, "SerializationException"),
        Error::GroupNotFound | Error::StreamNotFound => {
            (StatusCode::BAD_REQUEST, "ResourceNotFoundException")
        }
        Error::StreamExists => (StatusCode::BAD_REQUEST, "ResourceAlreadyExistsException"),
        Error::Invalid(_) => (StatusCode::BAD_REQUEST, "InvalidParameterException"),
        Error::Storage(_) => (StatusCode::INTERNAL_SERVER_ERROR, "ServiceUnavailableException"),
    };
    json::error(status, code, &error.to_string())
}
