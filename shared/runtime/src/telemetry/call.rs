//! What the log says about one request, collected while it is handled.

use std::cell::RefCell;
use std::fmt::Display;

use domain::id::OrganizationId;
use domain::request_id::RequestId;

use super::waited::Waited;

/// What the log says about one request, and what the request cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Call {
    /// The organization of the request, once it is known.
    pub organization: Option<OrganizationId>,
    /// Whether the organization is a sandbox, which no metric counts: its sign-ins would hide guesses
    /// elsewhere.
    pub is_sandbox: bool,
    /// The user's id, once the request is known to be about one.
    pub user: Option<String>,
    /// The name of the API key.
    pub api_key: Option<String>,
    /// The partner's id.
    pub partner: Option<String>,
    /// The id of the identity provider's client.
    pub client: Option<String>,
    /// The end user's address, which the partner's server reported.
    pub source: Option<String>,
    /// The request that caused the work: of a delivery, the send's.
    pub caused_by: Option<RequestId>,
    /// The id that SES or SNS gave a message.
    pub message_id: Option<String>,
    /// The check that a denied request failed, if the outcome doesn't say so.
    pub failed_step: Option<&'static str>,
    /// DynamoDB operations.
    pub operations: u32,
    /// DynamoDB operations that had to wait for an earlier one.
    pub round_trips: u32,
    /// Read capacity units.
    pub read_units: f64,
    /// Write capacity units. A failed condition costs one, but DynamoDB doesn't report it.
    pub write_units: f64,
    /// Tries of calls after the first.
    pub retries: u32,
    pub(super) waited: [Waited; 4],
    in_flight: u32,
}

tokio::task_local! {
    static CALL: RefCell<Call>;
}

/// Runs a future, and returns its output with what the log says about the call.
pub async fn measured<F: Future>(future: F) -> (F::Output, Call) {
    CALL.scope(RefCell::default(), async {
        let output = future.await;
        (output, CALL.with(RefCell::take))
    })
    .await
}

/// The call so far.
pub(super) fn current() -> Call {
    CALL.try_with(|call| call.borrow().clone()).unwrap_or_default()
}

pub(super) fn record(change: impl FnOnce(&mut Call)) {
    // INIT, and tests of the store alone, don't belong to a call.
    let _ = CALL.try_with(|call| change(&mut call.borrow_mut()));
}

/// Sets the organization of the call.
pub fn organization(id: &OrganizationId) {
    record(|call| call.organization = Some(id.clone()));
}

/// Says that the call's organization is a sandbox.
pub fn sandbox() {
    record(|call| call.is_sandbox = true);
}

/// Sets the user of the call by id.
pub fn user(id: &impl Display) {
    record(|call| call.user = Some(id.to_string()));
}

/// Sets the API key of the call by its name.
pub fn api_key(name: String) {
    record(|call| call.api_key = Some(name));
}

/// Sets the partner of the call by id.
pub fn partner(id: &impl Display) {
    record(|call| call.partner = Some(id.to_string()));
}

/// Sets the identity provider's client by id.
pub fn client(id: &impl Display) {
    record(|call| call.client = Some(id.to_string()));
}

/// Sets the end user's address.
pub fn source(address: String) {
    record(|call| call.source = Some(address));
}

/// Sets the request that caused the work.
pub fn caused_by(request: &RequestId) {
    record(|call| call.caused_by = Some(request.clone()));
}

/// Sets the id that SES or SNS gave a message.
pub fn message_id(id: String) {
    record(|call| call.message_id = Some(id));
}

/// Sets the check that the request failed.
pub fn failed_step(step: &'static str) {
    record(|call| call.failed_step = Some(step));
}

/// Sets the check that the request failed, unless a more exact one is set already.
pub fn failed_step_or(step: &'static str) {
    record(|call| {
        call.failed_step.get_or_insert(step);
    });
}

/// Counts one DynamoDB operation, and one round trip if no other operation is running.
pub struct Operation {
    read_units: f64,
    write_units: f64,
}

impl Operation {
    pub fn start() -> Self {
        record(|call| {
            call.operations += 1;
            call.round_trips += u32::from(call.in_flight == 0);
            call.in_flight += 1;
        });
        Self { read_units: 0.0, write_units: 0.0 }
    }

    pub fn read(&mut self, units: f64) {
        self.read_units += units;
    }

    pub fn wrote(&mut self, units: f64) {
        self.write_units += units;
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        record(|call| {
            call.in_flight = call.in_flight.saturating_sub(1);
            call.read_units += self.read_units;
            call.write_units += self.write_units;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn operations_side_by_side_are_one_round_trip() {
        let ((), call) = measured(async {
            let (mut first, second) = (Operation::start(), Operation::start());
            first.read(0.5);
            drop((first, second));
            Operation::start().wrote(1.0);
        })
        .await;
        assert_eq!((call.operations, call.round_trips), (3, 2));
        assert!((call.read_units - 0.5).abs() < f64::EPSILON);
        assert!((call.write_units - 1.0).abs() < f64::EPSILON);
    }
}
