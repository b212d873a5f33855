//! `postern audit`: the changes of a time, filtered.

use std::collections::HashSet;
use std::time::Duration;

use clap::Args;
use domain::audit::line::Line;
use domain::time::Timestamp;
use runtime::clock;
use runtime::log_group::LogLine;
use serde::Serialize;

use super::since::since;
use super::trail::Trail;
use crate::failure::Result;
use crate::operator::Operator;
use crate::output::{Output, Record, some};

/// How often `--follow` looks for new lines.
const POLL: Duration = Duration::from_secs(1);

/// How much later than its time a line may be found: CloudWatch finds a line some seconds after it was
/// acknowledged.
const OVERLAP: Duration = Duration::from_mins(1);

/// Of the columns: lines are printed as they come.
const WIDTHS: [usize; 6] = [24, 30, 36, 36, 28, 36];

#[derive(Debug, Args)]
pub(super) struct List {
    /// Only changes of this organization's items
    #[arg(long, value_name = "ID", value_parser = word)]
    organization: Option<String>,

    /// Only changes of this user
    #[arg(long, value_name = "ID", value_parser = word)]
    user: Option<String>,

    /// Only changes of this partner
    #[arg(long, value_name = "ID", value_parser = word)]
    partner: Option<String>,

    /// Only changes of this client of the identity provider
    #[arg(long, value_name = "ID", value_parser = word)]
    client: Option<String>,

    /// Only changes that this request made: the id in its answer and in the request log
    #[arg(long, value_name = "ID", value_parser = word)]
    request: Option<String>,

    /// Only changes by this author: a function's name, `operator`, an operator's ARN, or `unknown`
    #[arg(long, value_name = "AUTHOR", value_parser = word)]
    by: Option<String>,

    /// Only changes of this time until now
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = since)]
    since: Duration,

    /// Goes on with new changes until it is interrupted
    #[arg(long)]
    follow: bool,
}

/// A text that can stand in a filter of CloudWatch as it is.
fn word(text: &str) -> std::result::Result<String, &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"\\*".contains(&byte);
    let is_word = (1..=2048).contains(&text.len()) && text.bytes().all(is_plain);
    is_word.then(|| text.to_owned()).ok_or("not an id: it has a space, a quote, '\\' or '*'")
}

impl List {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let trail = Trail::open(operator)?;
        let now = clock::now();
        // Lines are found by when they were written, which is at most a second before they were stored.
        let from = now.minus(self.since);
        if self.follow {
            return self.follow(&trail, from, output).await;
        }
        let listing = output.listing_of(&WIDTHS);
        let mut seen = HashSet::new();
        let until = now.plus(OVERLAP);
        let each = |line: LogLine| match first(&line, &mut seen) {
            Some(view) => listing.page(&[view]),
            None => Ok(()),
        };
        trail.read(from, until, &self.pattern(), each).await?;
        listing.end()
    }

    async fn follow(&self, trail: &Trail, from: Timestamp, output: &Output) -> Result<()> {
        let (mut seen, mut from) = (HashSet::new(), from);
        loop {
            let until = clock::now();
            let each = |line: LogLine| match first(&line, &mut seen) {
                Some(view) => output.follow(&view),
                None => Ok(()),
            };
            trail.read(from, until.plus(OVERLAP), &self.pattern(), each).await?;
            from = from.max(until.minus(OVERLAP));
            tokio::time::sleep(POLL).await;
        }
    }

    /// CloudWatch's pattern: it finds what is selected among all lines.
    fn pattern(&self) -> String {
        let fields = [
            ("organization", &self.organization),
            ("user", &self.user),
            ("partner", &self.partner),
            ("client", &self.client),
            ("requestId", &self.request),
            (self.author_field(), &self.by),
        ];
        let clauses = fields.iter().filter_map(|(field, value)| {
            value.as_ref().map(|value| format!("$.{field} = \"{value}\""))
        });
        let clauses: Vec<_> = clauses.collect();
        match clauses.len() {
            0 => String::new(),
            1 => format!("{{ {} }}", clauses[0]),
            _ => format!("{{ ({}) }}", clauses.join(") && (")),
        }
    }

    /// An operator is found by ARN in another field than a function by name.
    fn author_field(&self) -> &'static str {
        if self.by.as_ref().is_some_and(|by| by.starts_with("arn:")) { "operator" } else { "by" }
    }
}

/// A line that comes for the first time.
fn first(LogLine { text, .. }: &LogLine, seen: &mut HashSet<String>) -> Option<View> {
    // By the whole text: a line that somebody inserts under the id of another must not hide that.
    let line: Line = serde_json::from_str(text).ok()?;
    seen.insert(text.clone()).then_some(View(line))
}

/// A change.
#[derive(Serialize)]
#[serde(transparent)]
struct View(Line);

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        let Self(line) = self;
        let subject = line.user.as_ref().or(line.partner.as_ref()).or(line.client.as_ref());
        let by = line.operator.as_ref().unwrap_or(&line.by);
        let why = line.request_id.as_ref().or(line.reason.as_ref());
        vec![
            ("time", some(line.time.as_ref())),
            ("event", line.event.clone()),
            ("organization", some(line.organization.as_ref())),
            ("subject", some(subject)),
            ("by", by.clone()),
            ("request or reason", some(why)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        list: List,
    }

    fn pattern(arguments: &[&str]) -> Option<String> {
        let arguments = ["audit"].iter().chain(arguments);
        Arguments::try_parse_from(arguments).ok().map(|it| it.list.pattern())
    }

    #[test]
    fn options_become_a_pattern_and_none_can_break_out_of_it() {
        let of = |text: &str| Some(text.to_owned());
        assert_eq!(pattern(&[]), of(""));
        assert_eq!(pattern(&["--user", "u"]), of(r#"{ $.user = "u" }"#));
        assert_eq!(
            pattern(&["--organization", "o", "--by", "operator"]),
            of(r#"{ ($.organization = "o") && ($.by = "operator") }"#)
        );
        let arn = "arn:aws:sts::1:assumed-role/a/b";
        assert_eq!(pattern(&["--by", arn]), Some(format!(r#"{{ $.operator = "{arn}" }}"#)));
        for value in ["", "a b", "a\"", "a\\", "*"] {
            assert_eq!(pattern(&["--user", value]), None, "{value}");
        }
    }
}
