//! CloudWatch Logs: one log group, with faults.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::connector::lock;
use crate::dynamodb::Answer;

/// What becomes of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFault {
    /// It is answered.
    None,
    /// It never arrives.
    LostBefore,
    /// It is done, and the answer is lost.
    LostAfter,
    /// It arrives when [`Logs::deliver_late_calls`] says so, and the caller gets no answer.
    Late,
    /// The service fails.
    Error,
    /// So many events at the beginning are too old, and the others are stored: a success, by its status.
    Rejected(usize),
}

/// Decides about each call by its action.
pub type LogPlan = Box<dyn FnMut(&str) -> LogFault + Send>;

/// The log group.
#[derive(Clone, Default)]
pub struct Logs(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    streams: BTreeSet<String>,
    /// By time, and then in the order in which they came.
    events: BTreeMap<(i64, usize), (String, String)>,
    late: Vec<Value>,
    plan: Option<LogPlan>,
    /// How many events a page has.
    page: usize,
}

impl Logs {
    /// Sets the plan that decides about each call from now on.
    pub fn follow(&self, plan: Option<LogPlan>) {
        lock(&self.0).plan = plan;
    }

    /// Delivers all delayed calls.
    pub fn deliver_late_calls(&self) {
        let mut state = lock(&self.0);
        let late = std::mem::take(&mut state.late);
        for call in &late {
            state.put(call, 0);
        }
    }

    /// How many events a page has, from now on.
    pub fn page(&self, size: usize) {
        lock(&self.0).page = size;
    }

    /// The events of the streams whose names begin so: when each was written, and its text.
    pub fn events(&self, streams: &str) -> Vec<(i64, String)> {
        let state = lock(&self.0);
        let of_streams = state.events.iter().filter(|(_, (stream, _))| stream.starts_with(streams));
        of_streams.map(|((at, _), (_, text))| (*at, text.clone())).collect()
    }

    /// The answer of a call; `None` if the caller gets none.
    pub(crate) fn answer(&self, target: &str, body: &str) -> anyhow::Result<Option<Answer>> {
        let action = target.rsplit('.').next().unwrap_or_default();
        let call: Value = serde_json::from_str(body)?;
        let mut state = lock(&self.0);
        let fault = state.plan.as_mut().map_or(LogFault::None, |plan| plan(action));
        match fault {
            LogFault::LostBefore => return Ok(None),
            LogFault::Error => return Ok(Some(refuse(500, "ServiceUnavailableException"))),
            LogFault::Late => {
                if action == "PutLogEvents" {
                    state.late.push(call);
                }
                return Ok(None);
            }
            LogFault::None | LogFault::LostAfter | LogFault::Rejected(_) => {}
        }
        let answer = match action {
            "CreateLogStream" => {
                let name = call["logStreamName"].as_str().context("no logStreamName")?;
                if state.streams.insert(name.to_owned()) {
                    taken(&json!({}))
                } else {
                    refuse(400, "ResourceAlreadyExistsException")
                }
            }
            "PutLogEvents" => state.put_events(&call, fault)?,
            "FilterLogEvents" => state.filter(&call)?,
            other => anyhow::bail!("the workbench doesn't support {other}"),
        };
        Ok((fault != LogFault::LostAfter).then_some(answer))
    }
}

impl State {
    fn put_events(&mut self, call: &Value, fault: LogFault) -> anyhow::Result<Answer> {
        let name = call["logStreamName"].as_str().context("no logStreamName")?;
        if !self.streams.contains(name) {
            return Ok(refuse(400, "ResourceNotFoundException"));
        }
        let LogFault::Rejected(count) = fault else {
            self.put(call, 0);
            return Ok(taken(&json!({})));
        };
        let count = count.min(call["logEvents"].as_array().map_or(0, Vec::len));
        self.put(call, count);
        Ok(taken(&json!({"rejectedLogEventsInfo": {"tooOldLogEventEndIndex": count}})))
    }

    fn put(&mut self, call: &Value, from: usize) {
        let stream = call["logStreamName"].as_str().unwrap_or_default();
        for event in call["logEvents"].as_array().into_iter().flatten().skip(from) {
            let at = event["timestamp"].as_i64().unwrap_or_default();
            let text = event["message"].as_str().unwrap_or_default();
            let key = (at, self.events.len());
            self.events.insert(key, (stream.to_owned(), text.to_owned()));
        }
    }

    /// A page, whose token is the number of events before the next one. The first page of several is empty.
    fn filter(&self, call: &Value) -> anyhow::Result<Answer> {
        let number = |name: &str| call[name].as_i64().with_context(|| format!("no {name}"));
        let (from, until) = (number("startTime")?, number("endTime")?);
        let prefix = call["logStreamNamePrefix"].as_str().unwrap_or_default();
        let in_time = self.events.range((from, 0)..=(until, usize::MAX));
        let selected = in_time.filter(|(_, (stream, _))| stream.starts_with(prefix));
        let event = |((at, _), (_, text)): (&(i64, usize), &(String, String))| json!({"timestamp": at, "message": text});
        let all: Vec<Value> = selected.map(event).collect();
        let size = if self.page == 0 { 10_000 } else { self.page };
        let Some(token) = call["nextToken"].as_str() else {
            let is_small = all.len() <= size;
            let events = if is_small { all } else { Vec::new() };
            let next = (!is_small).then_some("0");
            return Ok(taken(&json!({"events": events, "nextToken": next})));
        };
        let at: usize = token.parse()?;
        let page: Vec<_> = all.iter().skip(at).take(size).collect();
        let next = (at + size < all.len()).then(|| (at + size).to_string());
        Ok(taken(&json!({"events": page, "nextToken": next})))
    }
}

fn taken(body: &Value) -> Answer {
    Answer { status: 200, body: body.to_string() }
}

fn refuse(status: u16, code: &str) -> Answer {
    Answer { status, body: json!({"__type": code}).to_string() }
}
