//! The budget of a source: how many codes it may request, and how many wrong ones it may try.

use domain::decide::Admission;
use domain::id::Nonce;
use domain::key::KeyBytes;
use domain::limits::Window;
use domain::organization::Organization;
use domain::source::Source;
use domain::time::Timestamp;
use futures_util::future::join_all;
use lambda_http::Request;
use runtime::aws::Aws;
use runtime::telemetry;
use store::{Counter, Counters};

use super::issue::Issue;
use super::refusal::Refusal;

/// The end user's address, as the partner's server saw it. Trusted, because only that server has the API
/// key. An end user whose own header reached us would choose a new source for every attempt, so nothing
/// but one address is accepted.
pub const END_USER_IP: &str = "x-end-user-ip";

/// The source that a request names.
pub fn source(request: &Request) -> Result<Option<Source>, Refusal> {
    let mut values = request.headers().get_all(END_USER_IP).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let is_one = values.next().is_none();
    let text = str::from_utf8(value.as_bytes()).ok().filter(|_| is_one);
    let source = text.and_then(|text| Source::parse(text).ok());
    if let Some(source) = source {
        telemetry::source(source.text());
    }
    source.map(Some).ok_or(Refusal::Validation(Issue::END_USER_IP))
}

/// Logs the address that a request of another route names, where nothing is counted by it. A malformed one is
/// left out: no caller of such a route is refused for it.
pub fn log_source(named: Option<&str>) {
    if let Some(source) = named.and_then(|text| Source::parse(text).ok()) {
        telemetry::source(source.text());
    }
}

/// Counts sends and attempts by source.
pub struct Sources {
    counters: Counters,
}

/// Where an attempt was counted. Nowhere, if the request names no source or its organization doesn't
/// count by source.
#[must_use]
pub struct Counted(Vec<(Counter, Nonce)>);

impl Sources {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { counters: Counters::new(aws)? })
    }

    /// Counts a send or an attempt before it is made: counted afterwards, parallel attempts would exceed
    /// the limit. The larger network is counted only once the smaller one has room, or one device could
    /// use up its whole site's budget with requests that are refused.
    pub async fn count(
        &self,
        organization: &Organization,
        key: &KeyBytes,
        source: Option<Source>,
        now: Timestamp,
    ) -> Result<Counted, Refusal> {
        let mut attempts = Vec::new();
        let (Some(source), Some(limit)) = (source, organization.source_limit) else {
            return Ok(Counted(attempts));
        };
        let window = Window::hour(now);
        for network in source.networks() {
            let id = &organization.id;
            let counter = Counter::source(id, &network.counter(key, id), window);
            let nonce = Nonce::short();
            match self.counters.count(&counter, &nonce, limit).await? {
                Admission::Admitted => attempts.push((counter, nonce)),
                Admission::OverLimit => {
                    return Err(Refusal::SourceLimited { retry_after: window.seconds_left(now) });
                }
            }
        }
        Ok(Counted(attempts))
    }

    /// Removes an attempt that succeeded from the counts, once its success can't be undone. If that
    /// fails, it is only logged: the code was right.
    pub async fn take_back(&self, Counted(counted): Counted) {
        let takes = counted.iter().map(|(counter, nonce)| self.counters.take_back(counter, nonce));
        join_all(takes).await.into_iter().for_each(telemetry::warn_if_failed);
    }
}
