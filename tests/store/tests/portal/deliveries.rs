//! What became of the newest send, as its item says.

use domain::delivery::{Delivery, State};
use domain::time::Timestamp;
use registry::Codes;
use runtime::event::{Change, Image};
use runtime::resources::TableName;
use runtime::telemetry::measured;
use workbench::portal::{Portal, seconds};
use workbench::{Change as Written, Fault, NOW, Operation, Plan};

async fn noted(portal: &Portal) -> Option<Delivery> {
    let codes = Codes::new(&portal.bench.aws).unwrap();
    let (organization, identity) = (&portal.tenant.organization.id, &portal.patient.identity);
    codes.inspect(organization, identity).await.unwrap().and_then(|(_, delivery)| delivery)
}

async fn state(portal: &Portal) -> Option<State> {
    noted(portal).await.map(|delivery| delivery.state)
}

const fn sent(item: Image) -> Change {
    Change { new: Some(item), old: None }
}

fn is_note(operation: &Operation) -> bool {
    operation.is_write() && operation.item == "OTP"
}

#[tokio::test]
async fn an_accepted_message_is_noted_with_its_id_and_the_log_names_user_and_send() {
    let portal = Portal::start().await;
    portal.bench.written_by("portal-send-otp", "send-1", portal.send(NOW)).await;
    assert_eq!(noted(&portal).await, None, "nothing is known yet");
    let (outcome, call) = measured(portal.deliver(NOW)).await;
    assert_eq!(outcome.unwrap(), "sent");
    let delivery = noted(&portal).await.unwrap();
    assert_eq!((delivery.state, delivery.at, delivery.error), (State::Accepted, NOW, None));
    assert_eq!(
        (delivery.message_id.as_deref(), call.message_id.as_deref()),
        (Some("1"), Some("1"))
    );
    assert_eq!(call.organization.as_ref(), Some(&portal.tenant.organization.id));
    assert_eq!(call.user, Some(portal.patient.user.id.to_string()));
    assert!(call.caused_by.is_some());
}

#[tokio::test]
async fn each_reason_why_nothing_was_sent_is_noted() {
    let portal = Portal::start().await;
    portal.send(NOW).await;
    assert_eq!(portal.deliver(NOW.plus(seconds(300))).await.unwrap(), "expired");
    assert_eq!(state(&portal).await, Some(State::Expired));
    let mut now = NOW.plus(seconds(301));
    portal.bench.disable(&portal.patient.user).await.unwrap();
    portal.send(now).await;
    assert_eq!(state(&portal).await, None, "of the new code nothing is known");
    portal.deliver(now).await.unwrap();
    assert_eq!(state(&portal).await, Some(State::Disabled));
    portal.bench.delete(TableName::Users, "IDENT#").await.unwrap();
    now = now.plus(seconds(1));
    portal.deliver(now).await.unwrap();
    assert_eq!(state(&portal).await, Some(State::Unknown));
    let sandbox = Portal::sandbox(None).await;
    sandbox.send(NOW).await;
    sandbox.deliver(NOW).await.unwrap();
    assert_eq!(state(&sandbox).await, Some(State::Sandbox));
}

#[tokio::test]
async fn a_refusal_is_noted_with_its_code_and_a_later_success_takes_its_place() {
    let portal = Portal::start().await;
    portal.send(NOW).await;
    portal.bench.inbox.refuse(Some((503, "ServiceUnavailable")));
    portal.deliver(NOW).await.unwrap_err();
    let failed = noted(&portal).await.unwrap();
    assert_eq!(
        (failed.state, failed.error.as_deref()),
        (State::Retrying, Some("ServiceUnavailable"))
    );
    portal.bench.inbox.refuse(None);
    let later = NOW.plus(seconds(1));
    portal.deliver(later).await.unwrap();
    let accepted = noted(&portal).await.unwrap();
    assert_eq!((accepted.state, accepted.at, accepted.error), (State::Accepted, later, None));
}

/// The message is under way: neither is it sent again, nor does anything else change.
#[tokio::test]
async fn a_note_that_meets_any_fault_sends_nothing_again_and_holds_up_no_sign_in() {
    let loss = [Fault::Silence, Fault::LostBefore];
    for fault in Fault::HIDDEN.into_iter().chain(loss) {
        for always in [false, true] {
            let portal = Portal::start().await;
            portal.send(NOW).await;
            let plan =
                if always { Plan::always(fault, is_note) } else { Plan::once(fault, is_note) };
            portal.bench.follow(plan);
            assert_eq!(portal.deliver(NOW).await.unwrap(), "sent", "{fault:?}");
            portal.bench.calm().await.unwrap();
            assert_eq!(portal.bench.inbox.calls(), 1, "{fault:?}");
            if !always {
                assert_eq!(state(&portal).await, Some(State::Accepted), "{fault:?}");
            }
            let mail = portal.bench.inbox.sent().pop().unwrap();
            let code = workbench::portal::six_digits(&mail.text).unwrap().to_owned();
            assert_eq!(portal.verify(&code, NOW).await.status, 200, "{fault:?}");
        }
    }
}

/// Guard: `sendId = :seen`.
#[tokio::test]
async fn a_note_about_an_older_send_says_nothing_about_a_newer_one() {
    let portal = Portal::start().await;
    portal.send(NOW).await;
    let first = portal.challenge().await.unwrap();
    let again = NOW.plus(seconds(10));
    portal.send(again).await;
    portal.deliver(again).await.unwrap();
    let accepted = noted(&portal).await;
    portal.bench.inbox.refuse(Some((400, "MessageRejected")));
    let late = again.plus(seconds(10));
    assert_eq!(portal.deliver_change(sent(first), late).await, "undeliverable");
    assert_eq!(noted(&portal).await, accepted);
    assert_eq!(accepted.map(|it| it.state), Some(State::Accepted));
}

/// Guard: `sendId = :seen` is false without an item.
#[tokio::test]
async fn a_note_brings_no_deleted_item_back() {
    let portal = Portal::start().await;
    portal.send(NOW).await;
    let item = portal.challenge().await.unwrap();
    portal.bench.delete(TableName::Challenges, "OTP#").await.unwrap();
    assert_eq!(portal.deliver_change(sent(item), NOW).await, "sent");
    let rows = portal.bench.scan(TableName::Challenges).await.unwrap();
    assert!(!rows.iter().any(|row| row["pk"]["S"].as_str().unwrap().starts_with("OTP#")));
}

/// Guard: `deliveryAt < :at`.
#[tokio::test]
async fn a_late_copy_of_a_note_takes_no_later_notes_place() {
    let portal = Portal::start().await;
    portal.send(NOW).await;
    portal.bench.inbox.refuse(Some((503, "ServiceUnavailable")));
    portal.bench.follow(Plan::once(Fault::Late, is_note));
    portal.deliver(NOW).await.unwrap_err();
    portal.bench.follow(Plan::default());
    portal.bench.inbox.refuse(None);
    portal.deliver(NOW.plus(seconds(1))).await.unwrap();
    assert_eq!(portal.bench.deliver_late_calls().await.unwrap(), 1);
    assert_eq!(state(&portal).await, Some(State::Accepted));
}

#[tokio::test]
async fn a_note_is_no_send_and_names_the_delivery() {
    let portal = Portal::start().await;
    portal.send(NOW).await;
    let before = portal.challenge().await.unwrap();
    let deliver = portal.deliver(NOW);
    let (_, written) = portal.bench.written_by("portal-deliver-otp", "d-1", deliver).await;
    assert_eq!(written, Written::all_by("portal-deliver-otp d-1", &["OTP"]));
    let note = Change { new: Some(portal.challenge().await.unwrap()), old: Some(before) };
    assert_eq!(portal.deliver_change(note, NOW).await, "nothing due");
    assert_eq!(portal.bench.inbox.calls(), 1);
}

/// The code stays what it was: its attempts, its tombstone, its resend.
#[tokio::test]
async fn a_used_code_still_says_what_became_of_its_send() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    assert_eq!(portal.verify(&code, NOW).await.status, 200);
    assert_eq!(state(&portal).await, Some(State::Accepted));
    let next: Timestamp = NOW.plus(seconds(1));
    portal.send(next).await;
    assert_eq!(state(&portal).await, None);
}
