//! Faults: the next answers of the API that the stack disturbs, so that a developer sees what their
//! application does without them.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, ensure};
use getrandom::fill;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How many faults may wait at once.
const CAPACITY: usize = 100;
const MAXIMUM_TIMES: u32 = 10_000;
/// Twice the timeout of API Gateway.
const MAXIMUM_MILLISECONDS: u64 = 60_000;
const SLOW_MILLISECONDS: u64 = 3000;
const MAXIMUM_RETRY_AFTER: u64 = 86_400;

/// What happens to a request.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// The function runs, and the connection closes without an answer.
    LostAnswer,
    /// The connection closes before the function runs.
    LostRequest,
    /// The answer comes late.
    Slow,
    /// The surface's 429, or API Gateway's, if the surface has none. The function doesn't run.
    TooManyRequests,
    /// The surface's 503, or its 500. The function doesn't run.
    Unavailable,
    /// API Gateway's own 503. The function doesn't run.
    GatewayError,
}

impl Kind {
    /// The name that requests and answers have for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::LostAnswer => "lost-answer",
            Self::LostRequest => "lost-request",
            Self::Slow => "slow",
            Self::TooManyRequests => "too-many-requests",
            Self::Unavailable => "unavailable",
            Self::GatewayError => "gateway-error",
        }
    }
}

/// A fault that a developer asks for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
pub(crate) struct Fault {
    /// Method and path, with values or parameters; without it, any route.
    #[serde(default)]
    pub(crate) route: Option<String>,
    pub(crate) kind: Kind,
    /// How many requests are left to disturb.
    #[serde(default = "once")]
    times: u32,
    /// How late the answer comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    milliseconds: Option<u64>,
    /// The seconds in `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    /// The probability that a matching request is disturbed; without it, each is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    share: Option<f64>,
}

const fn once() -> u32 {
    1
}

impl Fault {
    /// Checks all but the route.
    pub(crate) fn check(&self) -> Result<()> {
        let share = self.share.unwrap_or(1.0);
        let is_429_or_503 = matches!(self.kind, Kind::TooManyRequests | Kind::Unavailable);
        ensure!((1..=MAXIMUM_TIMES).contains(&self.times), "times is from 1 to {MAXIMUM_TIMES}");
        ensure!(share > 0.0 && share <= 1.0, "share is above 0 and at most 1");
        ensure!(
            self.milliseconds.is_none() || self.kind == Kind::Slow,
            "only slow has milliseconds"
        );
        ensure!(
            (1..=MAXIMUM_MILLISECONDS).contains(&self.milliseconds.unwrap_or(1)),
            "milliseconds is from 1 to {MAXIMUM_MILLISECONDS}"
        );
        ensure!(
            self.retry_after.is_none() || is_429_or_503,
            "only too-many-requests and unavailable have retryAfter"
        );
        ensure!(
            (1..=MAXIMUM_RETRY_AFTER).contains(&self.retry_after()),
            "retryAfter is from 1 to {MAXIMUM_RETRY_AFTER}"
        );
        Ok(())
    }

    /// For this route of the template, or for any.
    pub(crate) fn of_route(self, route: Option<String>) -> Self {
        Self { route, ..self }
    }

    pub(crate) fn retry_after(&self) -> u64 {
        self.retry_after.unwrap_or(1)
    }

    /// How late the answer comes.
    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.milliseconds.unwrap_or(SLOW_MILLISECONDS))
    }

    fn strikes(&self, route: &str) -> bool {
        self.route.as_deref().is_none_or(|own| own == route) && is_drawn(self.share)
    }
}

/// Draws with this probability.
fn is_drawn(share: Option<f64>) -> bool {
    let Some(share) = share else { return true };
    let mut random = [0; 4];
    // Without random bytes the fault strikes: the developer sees it too often, not never.
    fill(&mut random).is_err() || f64::from(u32::from_le_bytes(random)) < share * 2f64.powi(32)
}

/// A waiting fault, with its id.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Waiting {
    id: Uuid,
    #[serde(flatten)]
    fault: Fault,
}

/// The faults that wait, the oldest first.
#[derive(Default)]
pub(crate) struct Faults(Mutex<Vec<Waiting>>);

impl Faults {
    pub(crate) fn add(&self, fault: Fault) -> Result<Waiting> {
        self.with(|waiting| {
            ensure!(
                waiting.len() < CAPACITY,
                "{CAPACITY} faults are waiting: DELETE /faults removes them"
            );
            let fault = Waiting { id: Uuid::new_v4(), fault };
            waiting.push(fault.clone());
            Ok(fault)
        })
    }

    pub(crate) fn waiting(&self) -> Vec<Waiting> {
        self.with(|waiting| waiting.clone())
    }

    pub(crate) fn clear(&self) {
        self.with(Vec::clear);
    }

    /// The fault of a request, whose count goes down: the oldest that strikes.
    pub(crate) fn take(&self, route: &str) -> Option<Fault> {
        self.with(|waiting| {
            let at = waiting.iter().position(|one| one.fault.strikes(route))?;
            let taken = waiting[at].fault.clone();
            waiting[at].fault.times -= 1;
            if waiting[at].fault.times == 0 {
                waiting.remove(at);
            }
            Some(taken)
        })
    }

    fn with<R>(&self, access: impl FnOnce(&mut Vec<Waiting>) -> R) -> R {
        access(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn fault(fault: Value) -> Fault {
        serde_json::from_value(fault).unwrap()
    }

    #[test]
    fn a_fault_strikes_its_route_as_often_as_it_says() {
        let faults = Faults::default();
        faults.add(fault(json!({"kind": "slow", "route": "GET /a", "times": 2}))).unwrap();
        faults.add(fault(json!({"kind": "lost-answer"}))).unwrap();
        let kinds = ["GET /a", "GET /b", "GET /b", "GET /a", "GET /a"]
            .map(|route| faults.take(route).map(|fault| fault.kind));
        let expected = [Some(Kind::Slow), Some(Kind::LostAnswer), None, Some(Kind::Slow), None];
        assert_eq!(kinds, expected);
        assert!(faults.waiting().is_empty());
    }

    #[test]
    fn a_share_of_the_requests_is_struck_and_only_those_count() {
        let faults = Faults::default();
        faults.add(fault(json!({"kind": "slow", "times": 10_000, "share": 0.3}))).unwrap();
        let struck = (0..2000).filter(|_| faults.take("GET /a").is_some()).count();
        // Six standard deviations: wrong once in half a billion runs.
        assert!((478..=722).contains(&struck), "{struck}");
        assert_eq!(faults.waiting()[0].fault.times as usize, 10_000 - struck);
    }

    #[test]
    fn what_can_not_be_is_refused() {
        for wrong in [
            json!({"kind": "slow", "times": 0}),
            json!({"kind": "slow", "times": 10_001}),
            json!({"kind": "slow", "milliseconds": 0}),
            json!({"kind": "slow", "milliseconds": 60_001}),
            json!({"kind": "lost-answer", "milliseconds": 1}),
            json!({"kind": "gateway-error", "retryAfter": 1}),
            json!({"kind": "unavailable", "retryAfter": 0}),
            json!({"kind": "slow", "share": 0}),
            json!({"kind": "slow", "share": 1.1}),
        ] {
            assert!(fault(wrong.clone()).check().is_err(), "{wrong}");
        }
        for good in [json!({"kind": "slow"}), json!({"kind": "unavailable", "retryAfter": 7})] {
            assert!(fault(good.clone()).check().is_ok(), "{good}");
        }
    }
}
