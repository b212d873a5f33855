//! One call of a function, told by its line in the log.

use domain::time::Timestamp;
use registry::{End, account, failed_step};
use serde::Serialize;
use serde_json::Value;

use super::search::Line;
use super::written::Written;
use crate::output::some;

/// It answers no caller. How a delivery ended is its outcome, in words.
const COURIER: &str = "portal-deliver-otp";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Call {
    time: String,
    function: String,
    request_id: String,
    gateway_request_id: Option<String>,
    version: Option<String>,
    /// The id by which its writes name it, and the time of its line.
    #[serde(skip)]
    author: (String, Timestamp),
    asked: Option<&'static str>,
    status: Option<u64>,
    /// The checks that were passed.
    passed: Vec<&'static str>,
    /// The step of the check that was failed.
    step: Option<String>,
    failed: Option<&'static str>,
    /// Where it is said what to do.
    link: Option<String>,
    done: Option<String>,
    /// What it changed, by the audit trail; `None` if that could not be read.
    written: Option<Vec<Written>>,
    /// The request that this work followed from.
    caused_by: Option<String>,
    /// What the function reported as an error.
    causes: Vec<String>,
    organization_id: Option<String>,
    user_id: Option<String>,
    api_key: Option<String>,
    partner_id: Option<String>,
    client_id: Option<String>,
    source: Option<String>,
    duration_ms: Option<u64>,
    write_units: Option<f64>,
}

impl Call {
    /// The calls in these lines. `errors` is the page of refusals.
    pub(super) fn all(lines: &[Line], errors: &str) -> Vec<Self> {
        let is_request = |line: &&Line| line.line["message"] == "request";
        let requests = lines.iter().filter(is_request);
        requests
            .map(|line| Self::new(line.at, &line.line, causes(lines, &line.line), errors))
            .collect()
    }

    fn new(at: Timestamp, line: &Value, causes: Vec<String>, errors: &str) -> Self {
        let text = |name: &str| line[name].as_str().map(str::to_owned);
        let request_id = text("requestId").unwrap_or_default();
        let (function, status) = (text("function").unwrap_or_default(), line["status"].as_u64());
        let outcome = line["outcome"].as_str().unwrap_or_default();
        let mut step = failed_step(outcome, line["step"].as_str(), status.unwrap_or_default());
        let account = account(&function, step);
        let (failed, mut done) = match account.as_ref().map(|account| account.end) {
            Some(End::Failed(explanation)) => (explanation, None),
            Some(End::Done(done)) => (None, Some(done.to_owned())),
            None => (None, None),
        };
        let mut asked = account.as_ref().map(|account| account.asked);
        if function == COURIER {
            asked = Some("To send a code that was issued to its user.");
            if outcome != "failed" {
                (step, done) = (None, Some(format!("Outcome: {outcome}.")));
            }
        }
        Self {
            time: at.to_string(),
            author: (text("authorRequestId").unwrap_or_else(|| request_id.clone()), at),
            request_id,
            gateway_request_id: text("gatewayRequestId"),
            version: text("version"),
            asked,
            status,
            passed: account.map(|account| account.passed).unwrap_or_default(),
            step: step.map(str::to_owned),
            failed: failed.map(|failed| failed.sentence),
            link: failed.map(|failed| format!("{errors}#{}", failed.anchor)),
            done,
            written: None,
            caused_by: text("causedBy"),
            causes,
            organization_id: text("organizationId"),
            user_id: text("userId"),
            api_key: text("apiKey"),
            partner_id: text("partnerId"),
            client_id: text("clientId"),
            source: text("source"),
            duration_ms: line["durationMs"].as_u64(),
            write_units: line["writeUnits"].as_f64(),
            function,
        }
    }

    /// Function and id that the audit trail has as the author of what this call wrote, and when its line was logged.
    pub(super) fn author(&self) -> ((&str, &str), Timestamp) {
        let (id, at) = &self.author;
        ((&self.function, id), *at)
    }

    pub(super) fn wrote(&mut self, written: Vec<Written>) {
        self.written = Some(written);
    }

    /// A row for each thing that is known.
    pub(super) fn cells(&self) -> Vec<(&'static str, String)> {
        let mut cells = vec![
            ("request", self.request_id.clone()),
            ("time", self.time.clone()),
            ("function", self.function.clone()),
        ];
        let passed = self.passed.iter().map(|check| ("passed", (*check).to_owned()));
        let step = self.step.as_ref().map(|step| match self.failed {
            Some(sentence) => format!("{step}: {sentence}"),
            None => step.clone(),
        });
        let optional = |name, value: Option<String>| value.map(|value| (name, value));
        cells.extend(optional("asked", self.asked.map(str::to_owned)));
        cells.extend(passed);
        cells.extend(optional("failed", step));
        cells.extend(self.causes.iter().map(|cause| ("cause", cause.clone())));
        cells.extend(optional("what to do", self.link.clone()));
        cells.extend(optional("done", self.done.clone()));
        let written = self.written.iter().flatten();
        cells.extend(written.map(|change| ("written", change.text())));
        cells.push(("status", some(self.status)));
        for (name, value) in [
            ("organization", &self.organization_id),
            ("user", &self.user_id),
            ("api key", &self.api_key),
            ("partner", &self.partner_id),
            ("client", &self.client_id),
            ("source", &self.source),
            ("gateway's id", &self.gateway_request_id),
            ("follows from", &self.caused_by),
            ("version", &self.version),
        ] {
            cells.extend(optional(name, value.clone()));
        }
        cells.extend(optional("milliseconds", self.duration_ms.map(|took| took.to_string())));
        cells.extend(optional("write units", self.write_units.map(|units| units.to_string())));
        cells
    }
}

/// What the function of this line reported about the same request.
fn causes(lines: &[Line], request: &Value) -> Vec<String> {
    let is_of_it = |line: &&Line| {
        line.line["level"] == "ERROR"
            && line.line["requestId"] == request["requestId"]
            && line.line["function"] == request["function"]
    };
    let texts = lines.iter().filter(is_of_it).filter_map(|line| line.line["message"].as_str());
    texts.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(line: &Value, others: &[Value]) -> Call {
        let all = std::iter::once(line).chain(others);
        let at = Timestamp::from_millis(0);
        let lines: Vec<_> = all.map(|line| Line { at, line: line.clone() }).collect();
        Call::all(&lines, "page").remove(0)
    }

    #[test]
    fn a_refusal_is_told_with_the_checks_before_it() {
        let told = call(
            &json!({"message": "request", "function": "portal-verify-otp", "requestId": "r",
                   "outcome": "UNAUTHORIZED", "step": "CODE_WRONG", "status": 401, "writeUnits": 1.0}),
            &[],
        );
        assert_eq!((told.passed.len(), told.step.as_deref()), (6, Some("CODE_WRONG")));
        assert_eq!(told.link.as_deref(), Some("page#portal-401-unauthorized"));
        assert_eq!(told.done, None);
        let cells = told.cells();
        assert!(
            cells
                .iter()
                .any(|(name, text)| *name == "failed" && text.contains("this one is wrong"))
        );
        assert!(!cells.iter().any(|(name, _)| *name == "done"));
    }

    #[test]
    fn a_failure_of_ours_has_its_cause_and_no_other_functions() {
        let error = |function: &str| json!({"level": "ERROR", "function": function, "requestId": "r", "message": function});
        let told = call(
            &json!({"message": "request", "function": "portal-authorizer", "requestId": "r",
                   "outcome": "failed", "status": 503}),
            &[error("portal-authorizer"), error("portal-me")],
        );
        assert_eq!((told.causes, told.passed.len()), (vec!["portal-authorizer".to_owned()], 0));
        assert_eq!(told.step.as_deref(), Some("INTERNAL_ERROR"));
    }

    #[test]
    fn a_success_and_a_function_of_another_version_are_told() {
        let told = call(
            &json!({"message": "request", "function": "portal-logout", "outcome": "ok", "status": 200}),
            &[],
        );
        assert_eq!((told.passed.len(), told.step.clone()), (3, None));
        assert!(told.done.is_some_and(|done| done.contains("revoked")));
        let told = call(
            &json!({"message": "request", "function": "later", "outcome": "done", "status": 200}),
            &[],
        );
        assert_eq!((told.asked, told.step.as_deref()), (None, Some("done")));
    }

    #[test]
    fn a_delivery_is_told_with_its_outcome_and_the_request_that_asked_for_it() {
        let delivery = |outcome: &str, status: u16| {
            let line = json!({"message": "request", "function": COURIER, "requestId": "lambda",
                              "causedBy": "r", "outcome": outcome, "status": status});
            call(&line, &[])
        };
        let told = delivery("sent", 200);
        assert_eq!((told.step, told.done.as_deref()), (None, Some("Outcome: sent.")));
        assert_eq!(told.caused_by.as_deref(), Some("r"));
        let told = delivery("failed", 503);
        assert_eq!((told.step.as_deref(), told.done), (Some("INTERNAL_ERROR"), None));
    }

    #[test]
    fn a_call_is_asked_for_in_the_trail_by_the_id_that_its_writes_have() {
        let line = json!({"message": "request", "function": "f", "requestId": "r", "authorRequestId": "a"});
        assert_eq!(call(&line, &[]).author().0, ("f", "a"));
        let line = json!({"message": "request", "function": "f", "requestId": "r"});
        assert_eq!(call(&line, &[]).author().0, ("f", "r"));
    }
}
