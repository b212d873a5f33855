use domain::sender::SmsSender;
use registry::Registered;
use runtime::event::Change;
use runtime::resources::TableName;

use workbench::NOW;
use workbench::portal::{Portal, seconds};

#[tokio::test]
async fn an_unchanged_send_id_a_used_code_and_a_deletion_send_nothing() {
    let portal = Portal::start().await;
    portal.send(NOW).await;
    let item = portal.challenge().await.unwrap();
    let changes = [
        Change { new: Some(item.clone()), old: Some(item.clone()) },
        Change { new: None, old: Some(item) },
    ];
    for change in changes {
        assert_eq!(portal.deliver_change(change, NOW).await, "nothing due");
    }
    let code = portal.code(NOW).await;
    assert_eq!(portal.verify(&code, NOW).await.status, 200);
    assert_eq!(portal.deliver(NOW).await.unwrap(), "nothing due");
    assert_eq!(portal.bench.inbox.sent().len(), 1);
}

#[tokio::test]
async fn a_code_that_expired_in_the_stream_is_not_sent() {
    let portal = Portal::start().await;
    portal.send(NOW).await;
    assert_eq!(portal.deliver(NOW.plus(seconds(300))).await.unwrap(), "expired");
    assert!(portal.bench.inbox.sent().is_empty());
}

#[tokio::test]
async fn nobody_and_disabled_users_are_sent_nothing() {
    let portal = Portal::start().await;
    portal.send(NOW).await;
    let user = &portal.patient.user;
    portal.bench.disable(user).await.unwrap();
    assert_eq!(portal.deliver(NOW).await.unwrap(), "disabled");
    portal.bench.delete(TableName::Users, "IDENT#").await.unwrap();
    assert_eq!(portal.deliver(NOW).await.unwrap(), "unknown");
    assert!(portal.bench.inbox.sent().is_empty());
}

#[tokio::test]
async fn a_bad_address_or_sender_is_done_with_and_a_passing_failure_is_tried_again() {
    let portal = Portal::start().await;
    portal.send(NOW).await;
    let permanent =
        [(400, "MessageRejected"), (403, "AccessDenied"), (400, "AccountSendingPausedException")];
    for refusal in permanent {
        portal.bench.inbox.refuse(Some(refusal));
        assert_eq!(portal.deliver(NOW).await.unwrap(), "undeliverable", "{refusal:?}");
    }
    portal.bench.inbox.refuse(Some((503, "ServiceUnavailable")));
    let before = portal.bench.inbox.calls();
    let failure = portal.deliver(NOW).await.unwrap_err();
    assert!(!format!("{failure:#}").contains(&portal.patient.email));
    assert_eq!(portal.bench.inbox.calls(), before + 1, "the stream asks again, not the SDK");
    portal.bench.inbox.refuse(None);
    assert_eq!(portal.deliver(NOW).await.unwrap(), "sent");
}

#[tokio::test]
async fn an_sms_names_its_sender_by_the_attribute_of_its_kind() {
    let portal = Portal::start().await;
    let organizations = portal.bench.organizations().unwrap();
    let cases = [
        (None, ""),
        (Some("Riverside"), "AWS.SNS.SMS.SenderID=Riverside"),
        (Some("+15551230000"), "AWS.MM.SMS.OriginationNumber=+15551230000"),
    ];
    let mut now = NOW;
    for (sender, expected) in cases {
        let sender = sender.map(|sender| SmsSender::parse(sender).unwrap());
        let change = |registered: &mut Registered| {
            registered.organization.sms_sender.clone_from(&sender);
        };
        organizations.update(&portal.tenant.organization.id, change).await.unwrap();
        now = now.plus(seconds(1));
        assert_eq!(portal.send_sms(now).await.status, 200);
        assert_eq!(portal.deliver_sms(now).await, "sent");
        assert_eq!(portal.bench.inbox.sent().pop().unwrap().from, expected);
    }
}

#[tokio::test]
async fn a_message_tells_the_rest_of_its_codes_life() {
    let portal = Portal::start().await;
    let texts = [(0, "5 minutes"), (60, "4 minutes"), (120, "3 minutes"), (149, "3 minutes")];
    for (after, life) in texts {
        let now = NOW.plus(seconds(after));
        assert_eq!(portal.send(now).await.status, 200);
        assert_eq!(portal.deliver(now).await.unwrap(), "sent");
        assert_eq!(portal.send_sms(now).await.status, 200);
        assert_eq!(portal.deliver_sms(now).await, "sent");
        let sent = portal.bench.inbox.sent();
        for message in &sent[sent.len() - 2..] {
            let expected = format!("It expires in {life}");
            assert!(message.text.contains(&expected), "{after}: {}", message.text);
        }
    }
}
