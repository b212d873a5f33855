//! What each flow costs with the organization cached: round trips to DynamoDB, write and read units.

use runtime::event::Change;
use runtime::resources::TableName;
use runtime::telemetry::measured;

use workbench::NOW;
use workbench::portal::{Portal, another, seconds};

/// Sequential round trips, write capacity units, read capacity units.
type Cost = (u32, f64, f64);

async fn cost<F: Future>(flow: F) -> (F::Output, Cost) {
    let (output, call) = measured(flow).await;
    (output, (call.round_trips, call.write_units, call.read_units))
}

/// Every function has answered once: the organization is cached, the keys are there.
async fn warm(sends_per_day: u32) -> (std::sync::Arc<Portal>, String) {
    let portal = Portal::limited(sends_per_day).await;
    let token = portal.sign_in(NOW).await;
    let token = portal.refresh(&token, NOW).await.refresh_token();
    portal.logout("of-nobody", NOW).await;
    (portal, token)
}

#[tokio::test]
async fn sending_a_code_costs_two_writes_and_a_resend_three() {
    let (portal, _) = warm(3).await;
    let (answer, new) = cost(portal.send(NOW.plus(seconds(1)))).await;
    assert_eq!((answer.status, new), (200, (2, 2.0, 0.0)));
    let (answer, again) = cost(portal.send(NOW.plus(seconds(2)))).await;
    assert_eq!((answer.status, again), (200, (3, 3.0, 0.0)));
    let (answer, over) = cost(portal.send(NOW.plus(seconds(3)))).await;
    assert_eq!((answer.status, over), (429, (1, 1.0, 0.0)));
}

/// Pointer, organization and user, the note; an SMS is counted, too. Nothing due costs nothing.
#[tokio::test]
async fn a_delivery_costs_one_write_and_two_by_sms_and_its_note_that_comes_back_nothing() {
    let (portal, _) = warm(0).await;
    let now = NOW.plus(seconds(1));
    portal.send(now).await;
    let before = portal.challenge().await.unwrap();
    let (outcome, mail) = cost(portal.deliver(now)).await;
    assert_eq!((outcome.unwrap(), mail), ("sent", (3, 1.0, 2.5)));
    let note = Change { new: Some(portal.challenge().await.unwrap()), old: Some(before) };
    let (outcome, back) = cost(portal.deliver_change(note, now)).await;
    assert_eq!((outcome, back), ("nothing due", (0, 0.0, 0.0)));
    portal.send_sms(now).await;
    let (outcome, sms) = cost(portal.deliver_sms(now)).await;
    assert_eq!((outcome, sms), ("sent", (4, 2.0, 2.5)));
}

#[tokio::test]
async fn verifying_costs_four_writes_in_three_round_trips_and_one_each_for_another_identifier() {
    let (portal, _) = warm(0).await;
    let now = NOW.plus(seconds(1));
    let code = portal.fresh_code(now).await;
    let (answer, wrong) = cost(portal.verify(&another(&code), now)).await;
    assert_eq!((answer.status, wrong), (401, (1, 1.0, 0.5)));
    let (answer, right) = cost(portal.verify(&code, now)).await;
    // Three round trips and four writes, and the withdrawal of a code for the user's phone number.
    assert_eq!((answer.status, right), (200, (4, 5.0, 1.5)));
    let (answer, used) = cost(portal.verify(&code, now)).await;
    assert_eq!((answer.status, used), (401, (1, 1.0, 0.5)));
}

#[tokio::test]
async fn a_right_code_of_a_user_who_is_gone_costs_two_round_trips() {
    let (portal, _) = warm(0).await;
    let now = NOW.plus(seconds(1));
    let code = portal.fresh_code(now).await;
    portal.bench.delete(TableName::Users, "USER#").await.unwrap();
    let (answer, gone) = cost(portal.verify(&code, now)).await;
    assert_eq!((answer.status, gone), (401, (2, 3.0, 1.5)));
}

#[tokio::test]
async fn known_and_unknown_users_cost_the_same() {
    let (portal, _) = warm(0).await;
    let now = NOW.plus(seconds(1));
    let known = cost(portal.send(now)).await;
    assert_eq!(cost(portal.send_to("nobody@example.com", now)).await, known);
    let known = cost(portal.verify("000000", now)).await;
    let unknown = cost(portal.verify_as("nobody@example.com", "000000", now)).await;
    assert_eq!(unknown.0, known.0);
    assert_eq!(unknown.1.0, known.1.0);
    assert!((unknown.1.1 - known.1.1).abs() < f64::EPSILON);
}

#[tokio::test]
async fn refreshing_costs_two_writes_in_three_round_trips_also_when_retried() {
    let (portal, token) = warm(0).await;
    let key = "rotation-0123456789";
    let (answer, rotated) = cost(portal.refresh_idempotently(&token, key, NOW)).await;
    let (retried, retry) = cost(portal.refresh_idempotently(&token, key, NOW)).await;
    assert_eq!(answer.refresh_token(), retried.refresh_token());
    assert_eq!((rotated, retry), ((3, 2.0, 2.0), (3, 2.0, 2.0)));
    let (answer, unknown) = cost(portal.refresh("of-nobody", NOW)).await;
    assert_eq!((answer.status, unknown), (401, (1, 0.0, 1.0)));
}

#[tokio::test]
async fn a_replay_costs_two_round_trips_more() {
    let (portal, first) = warm(0).await;
    assert_eq!(portal.refresh(&first, NOW).await.status, 200);
    let (answer, replay) = cost(portal.refresh(&first, NOW)).await;
    assert_eq!((answer.code(), replay), ("REFRESH_REUSED", (5, 4.0, 2.0)));
}

#[tokio::test]
async fn a_refresh_of_a_user_who_is_gone_costs_four_round_trips() {
    let (portal, token) = warm(0).await;
    portal.bench.delete(TableName::Users, "USER#").await.unwrap();
    let (answer, gone) = cost(portal.refresh(&token, NOW)).await;
    assert_eq!((answer.code(), gone), ("REFRESH_INVALID", (4, 3.0, 2.0)));
}

#[tokio::test]
async fn logging_out_costs_one_write_in_two_round_trips() {
    let (portal, token) = warm(0).await;
    let (answer, cost) = cost(portal.logout(&token, NOW)).await;
    assert_eq!((answer.status, cost), (200, (2, 1.0, 1.0)));
}
