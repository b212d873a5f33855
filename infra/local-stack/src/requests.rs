//! The requests to the API, with what the functions' logs say of them: which check failed, and why. No
//! request stores a value that a client sent.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::time::Timestamp;
use registry::{Account, End, account, failed_step};
use serde::Serialize;
use serde_json::Value;

/// How many requests are stored.
const CAPACITY: usize = 1000;

/// Where the console shows the page of errors.
const ERRORS: &str = "/docs/errors";

/// A request as it arrives.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    /// API Gateway's id.
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) method: String,
    /// Method and path as in the template or, if no route matches, the path without long segments.
    pub(crate) route: String,
    /// The function behind the route.
    pub(crate) function: Option<String>,
    /// The name of the client's software.
    pub(crate) client: Option<String>,
    /// The names of the headers.
    pub(crate) headers: Vec<String>,
    pub(crate) fault: Option<&'static str>,
}

/// A check of the gateway that failed; no function ran, or its answer can't be read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GatewayCheck {
    Route,
    Host,
    Headers,
    Body,
    Function,
}

impl GatewayCheck {
    const fn step(self) -> &'static str {
        match self {
            Self::Route => "NO_ROUTE",
            Self::Host => "BAD_REQUEST",
            Self::Headers => "HEADERS_TOO_LARGE",
            Self::Body => "BODY_TOO_LARGE",
            Self::Function => "FUNCTION_FAILED",
        }
    }

    const fn explanation(self) -> (&'static str, &'static str) {
        match self {
            Self::Route => ("No route has this method and path.", "gateway-404"),
            Self::Host => {
                ("The request is not HTTP: its Host header or its body is malformed.", "gateway")
            }
            Self::Headers => ("Path and headers are longer than 10 KiB.", "gateway-431"),
            Self::Body => ("The body is larger than API Gateway takes.", "gateway-413"),
            Self::Function => (
                "The function failed before it could answer; its output has the cause.",
                "gateway-500",
            ),
        }
    }
}

/// A request, complete once it is answered.
#[derive(Clone, Debug)]
struct Record {
    arrived: Arrived,
    status: Option<u16>,
    took: Option<Duration>,
    gateway_check: Option<GatewayCheck>,
    line: Option<Line>,
}

/// What the log of the function says.
#[derive(Clone, Debug)]
struct Line {
    request_id: String,
    /// The check that failed, if one did.
    step: Option<String>,
    organization: Option<String>,
}

/// A request in the list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    id: String,
    time: String,
    method: String,
    route: String,
    /// Without an answer, `null`.
    status: Option<u16>,
    step: Option<String>,
    explanation: Option<&'static str>,
    duration_milliseconds: Option<u64>,
    client: Option<String>,
    fault: Option<&'static str>,
}

/// A request with all that is known of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Details {
    #[serde(flatten)]
    summary: Summary,
    /// The id in the answer's `X-Request-Id`.
    request_id: Option<String>,
    function: Option<String>,
    organization_id: Option<String>,
    /// The names of the headers that arrived; no values.
    headers: Vec<String>,
    /// What was asked, by what the function does.
    asked: Option<&'static str>,
    /// The checks that were passed before the one that failed, or all.
    passed: Vec<&'static str>,
    /// What the function did, if all checks were passed.
    done: Option<&'static str>,
    /// Where the console's documents say what to do.
    link: Option<String>,
}

/// The newest requests.
#[derive(Default)]
pub(crate) struct Requests(Mutex<VecDeque<Record>>);

impl Requests {
    pub(crate) fn arrived(&self, arrived: Arrived) {
        let record = Record { arrived, status: None, took: None, gateway_check: None, line: None };
        self.with(|records| {
            records.push_front(record);
            records.truncate(CAPACITY);
        });
    }

    /// `status` is `None` if the client got no answer.
    pub(crate) fn answered(
        &self,
        id: &str,
        status: Option<u16>,
        gateway_check: Option<GatewayCheck>,
        took: Duration,
    ) {
        self.change(id, |record| {
            record.status = status;
            record.took = Some(took);
            record.gateway_check = gateway_check;
        });
    }

    /// Takes a line of a function's log; whether it is that of a request.
    pub(crate) fn logged(&self, line: &[u8]) -> bool {
        let Ok(line) = serde_json::from_slice::<Value>(line) else { return false };
        if line["message"] != "request" {
            return false;
        }
        let text = |name: &str| line[name].as_str().map(str::to_owned);
        let Some(request_id) = text("requestId") else { return true };
        let id = text("gatewayRequestId").unwrap_or_else(|| request_id.clone());
        let (outcome, step) = (text("outcome").unwrap_or_default(), text("step"));
        let status = line["status"].as_u64().unwrap_or_default();
        let step = failed_step(&outcome, step.as_deref(), status).map(str::to_owned);
        let found = Line { request_id, step, organization: text("organizationId") };
        self.change(&id, |record| record.line = Some(found));
        true
    }

    pub(crate) fn newest_first(&self, limit: usize) -> Vec<Summary> {
        self.with(|records| records.iter().take(limit).map(Record::summary).collect())
    }

    /// A request by API Gateway's id, or by that in `X-Request-Id`.
    pub(crate) fn find(&self, id: &str) -> Option<Details> {
        let is_it = |record: &&Record| {
            record.arrived.id == id
                || record.line.as_ref().is_some_and(|line| line.request_id == id)
        };
        self.with(|records| records.iter().find(is_it).map(Record::details))
    }

    pub(crate) fn clear(&self) {
        self.with(VecDeque::clear);
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Record)) {
        self.with(|records| {
            if let Some(record) = records.iter_mut().find(|record| record.arrived.id == id) {
                change(record);
            }
        });
    }

    fn with<R>(&self, access: impl FnOnce(&mut VecDeque<Record>) -> R) -> R {
        access(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Record {
    /// The failed check, its explanation, and the anchor of the page of errors.
    fn check(&self) -> Option<(String, Option<(&'static str, &'static str)>)> {
        if let Some(check) = self.gateway_check {
            return Some((check.step().to_owned(), Some(check.explanation())));
        }
        let step = self.line.as_ref()?.step.clone()?;
        let explained = match self.account().map(|account| account.end) {
            Some(End::Failed(found)) => found.map(|found| (found.sentence, found.anchor)),
            Some(End::Done(_)) | None => None,
        };
        Some((step, explained))
    }

    /// The way through the function's checks, if it ran.
    fn account(&self) -> Option<Account> {
        let step = self.line.as_ref()?.step.as_deref();
        account(self.arrived.function.as_deref()?, step)
    }

    fn summary(&self) -> Summary {
        let check = self.check();
        Summary {
            id: self.arrived.id.clone(),
            time: self.arrived.at.rfc3339(),
            method: self.arrived.method.clone(),
            route: self.arrived.route.clone(),
            status: self.status,
            explanation: check.as_ref().and_then(|(_, explained)| Some(explained.as_ref()?.0)),
            step: check.map(|(step, _)| step),
            duration_milliseconds: self
                .took
                .map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            client: self.arrived.client.clone(),
            fault: self.arrived.fault,
        }
    }

    fn details(&self) -> Details {
        let anchor = self.check().and_then(|(_, explained)| Some(explained?.1));
        let account = self.account();
        let done = account.as_ref().and_then(|account| match account.end {
            End::Done(done) => Some(done),
            End::Failed(_) => None,
        });
        Details {
            summary: self.summary(),
            request_id: self.line.as_ref().map(|line| line.request_id.clone()),
            function: self.arrived.function.clone(),
            organization_id: self.line.as_ref().and_then(|line| line.organization.clone()),
            headers: self.arrived.headers.clone(),
            asked: account.as_ref().map(|account| account.asked),
            passed: account.map(|account| account.passed).unwrap_or_default(),
            done,
            link: anchor.map(|anchor| format!("{ERRORS}#{anchor}")),
        }
    }
}

/// A path that no route matches, without what may be a token or an address in it.
pub(crate) fn shown(path: &str) -> String {
    let shown = |segment: &str| {
        let is_plain = segment.len() <= 24
            && segment.chars().all(|char| char.is_ascii_alphanumeric() || "-_.".contains(char))
            && segment.chars().filter(char::is_ascii_digit).count() < 4;
        if is_plain { segment.to_owned() } else { "…".to_owned() }
    };
    path.split('/').take(12).map(shown).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn arrived(id: &str) -> Arrived {
        Arrived {
            id: id.to_owned(),
            at: Timestamp::from_millis(0),
            method: "POST".to_owned(),
            route: "POST /v1/token".to_owned(),
            function: Some("partner-token".to_owned()),
            client: None,
            headers: vec!["host".to_owned()],
            fault: None,
        }
    }

    #[test]
    fn a_refusal_is_explained_by_the_log_line_of_its_request() {
        let requests = Requests::default();
        requests.arrived(arrived("g"));
        let line = json!({
            "message": "request", "requestId": "req_1", "gatewayRequestId": "g",
            "outcome": "CREDENTIALS_REQUIRED", "organizationId": "o",
        });
        assert!(requests.logged(line.to_string().as_bytes()));
        requests.answered("g", Some(401), None, Duration::from_millis(7));
        for id in ["g", "req_1"] {
            let found = serde_json::to_value(requests.find(id).unwrap()).unwrap();
            assert_eq!(
                (&found["status"], &found["step"]),
                (&json!(401), &json!("CREDENTIALS_REQUIRED"))
            );
            assert!(found["explanation"].as_str().unwrap().contains("five headers"), "{found}");
            let target = found["link"].as_str().unwrap();
            assert!(target.starts_with("/docs/errors#partner-401-"), "{target}");
            assert_eq!((&found["passed"], &found["done"]), (&json!([]), &Value::Null));
            assert!(found["asked"].as_str().unwrap().contains("a token"), "{found}");
        }
        assert!(requests.find("other").is_none());
    }

    #[test]
    fn the_exact_check_counts_and_a_success_has_none() {
        let requests = Requests::default();
        let step = |line: Value| {
            requests.arrived(Arrived {
                function: Some("portal-verify-otp".to_owned()),
                ..arrived("g")
            });
            requests.logged(line.to_string().as_bytes());
            requests.newest_first(1).remove(0).step
        };
        let line = json!({"message": "request", "requestId": "g", "outcome": "UNAUTHORIZED"});
        assert_eq!(step(line.clone()).as_deref(), Some("UNAUTHORIZED"));
        let mut exact = line;
        exact["step"] = "CODE_WRONG".into();
        assert_eq!(step(exact).as_deref(), Some("CODE_WRONG"));
        assert_eq!(step(json!({"message": "request", "requestId": "g", "outcome": "ok"})), None);
        assert!(!requests.logged(b"not JSON") && !requests.logged(b"{\"message\":\"other\"}"));
    }

    #[test]
    fn the_oldest_request_goes() {
        let requests = Requests::default();
        (0..=CAPACITY).for_each(|number| requests.arrived(arrived(&number.to_string())));
        assert_eq!(requests.newest_first(usize::MAX).len(), CAPACITY);
        assert!(requests.find("0").is_none() && requests.find("1").is_some());
    }

    #[test]
    fn a_path_without_a_route_is_shown_without_values() {
        assert_eq!(shown("/api/v1/user/auth/send-otp"), "/api/v1/user/auth/send-otp");
        assert_eq!(shown("/sso/tokens/AbCdEfGhIjKlMnOpQrStUvWxYzAbCd/x"), "/sso/tokens/…/x");
        assert_eq!(shown("/patient@example.com/123456"), "/…/…");
    }
}
