//! `postern explain`: what became of requests, from the lines that functions logged and from the audit trail.

mod call;
mod search;
mod written;

use std::time::Duration;

use clap::Args;
use runtime::clock;
use serde::Serialize;

use crate::audit::END;
use crate::failure::{Result, refused};
use crate::operator::Operator;
use crate::output::{Output, Record, note};
use crate::values::span;
use call::Call;
use search::Search;

/// Where the anchors of refusals are, if the deployment has no page of its own.
const ERRORS: &str = "docs/errors.md";

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// Ids of requests: `X-Request-Id` or `apigw-requestid` of an answer, `requestId` of an API's access log, or that
    /// of a Lambda invocation
    #[arg(value_name = "REQUEST_ID", value_parser = request_id, required = true)]
    ids: Vec<String>,

    /// How far back to look: a whole number and s, m, h or d
    #[arg(long, value_name = "SPAN", default_value = "24h", value_parser = span)]
    since: Duration,
}

impl Explain {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let Self { ids, since } = self;
        // As the template names it.
        let stack = operator.variable("STACK")?;
        let group = format!("/aws/lambda/{stack}");
        let from = clock::now().minus(since);
        let (mut trail, mut unknown) = (Ok(()), Vec::new());
        for id in ids {
            let search = Search::new(&operator.aws, &group, stack, &id);
            let lines = search.lines(from, END).await?;
            let errors = operator.aws.config().optional("HELP_URL").filter(|url| !url.is_empty());
            let mut calls = Call::all(&lines, errors.unwrap_or(ERRORS));
            if calls.is_empty() {
                unknown.push(id);
                continue;
            }
            for call in &mut calls {
                if trail.is_ok() {
                    trail = add_written(operator, call).await;
                }
            }
            output.record(&Explained { request_id: id, calls })?;
        }
        if let Err(failure) = trail {
            note(format!(
                "what was written is left out: the audit trail could not be read: {failure}"
            ));
        }
        match &unknown[..] {
            [] => Ok(()),
            ids => refused(format!(
                "no request with the id {} in {group} since {from}: look at the id, and further back with --since. A \
                 line can be read some seconds after its answer, and as long as LogRetentionDays says. Answers of the \
                 gateway alone (docs/errors.md, \"gateway\") have no line. `postern audit --request` has what a \
                 request wrote, for years",
                ids.join(", ")
            )),
        }
    }
}

async fn add_written(operator: &Operator, call: &mut Call) -> Result<()> {
    let (author, at) = call.author();
    let written = written::find(operator, author, at).await?;
    call.wrote(written);
    Ok(())
}

/// An id is a part of a pattern, in quotes.
fn request_id(text: &str) -> std::result::Result<String, String> {
    let text = text.trim();
    let is_good = |char: char| char.is_ascii_graphic() && !"\"\\*%".contains(char);
    if (1..=128).contains(&text.len()) && text.chars().all(is_good) {
        Ok(text.to_owned())
    } else {
        Err("an id has 1 to 128 visible ASCII characters, and none of \" \\ * %".to_owned())
    }
}

/// What is known of an id. An authorizer and the API behind it have calls of one id.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Explained {
    request_id: String,
    calls: Vec<Call>,
}

impl Record for Explained {
    fn cells(&self) -> Vec<(&'static str, String)> {
        self.calls.iter().flat_map(Call::cells).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_would_be_more_than_a_text_in_a_pattern_is_refused() {
        for good in ["JKJaXmPLvHcESHA=", " req_1 ", "9f0c6f0a-93ea-44f3-9a3c-6ff3bb0b7d0e"] {
            assert_eq!(request_id(good).unwrap(), good.trim());
        }
        for wrong in ["", " ", "a b", "a\"b", "a\\b", "a*", "%a%", "ü", &"a".repeat(129)] {
            assert!(request_id(wrong).is_err(), "{wrong}");
        }
    }
}
