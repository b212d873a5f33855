use domain::identifier::Phone;
use domain::message;
use domain::organization::Organization;
use domain::otp::Code;
use platform::courier::{Courier, Delivery};
use platform::event::Change;

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
    portal.bench.disable(&user.organization, &user.id).await.unwrap();
    assert_eq!(portal.deliver(NOW).await.unwrap(), "nobody");
    portal.bench.delete("USERS_TABLE", "IDENT#").await.unwrap();
    assert_eq!(portal.deliver(NOW).await.unwrap(), "nobody");
    assert!(portal.bench.inbox.sent().is_empty());
}

#[tokio::test]
async fn a_bad_address_is_done_with_and_a_passing_fault_is_tried_again() {
    let portal = Portal::start().await;
    portal.send(NOW).await;
    portal.bench.inbox.refuse(Some((400, "MessageRejected")));
    assert_eq!(portal.deliver(NOW).await.unwrap(), "undeliverable");
    portal.bench.inbox.refuse(Some((503, "ServiceUnavailable")));
    let before = portal.bench.inbox.asked();
    let failure = portal.deliver(NOW).await.unwrap_err();
    assert!(!format!("{failure:#}").contains(&portal.patient.email));
    assert_eq!(portal.bench.inbox.asked(), before + 1, "the stream asks again, not the SDK");
    portal.bench.inbox.refuse(None);
    assert_eq!(portal.deliver(NOW).await.unwrap(), "sent");
}

#[tokio::test]
async fn an_sms_names_its_sender_by_the_attribute_of_its_kind() {
    let portal = Portal::start().await;
    let courier = Courier::new(&portal.bench.aws).unwrap();
    let (code, phone) = (Code::parse("012345").unwrap(), Phone::parse("+15557654321").unwrap());
    let cases = [
        (None, ""),
        (Some("Riverside"), "AWS.SNS.SMS.SenderID=Riverside"),
        (Some("+15551230000"), "AWS.MM.SMS.OriginationNumber=+15551230000"),
        (Some("stored before it was checked"), "AWS.SNS.SMS.SenderID=stored before it was checked"),
    ];
    for (sender, expected) in cases {
        let sms_sender = sender.map(str::to_owned);
        let organization = Organization { sms_sender, ..portal.tenant.organization.clone() };
        let message = message::sms(&code, "Riverside Clinic", None, None);
        let delivery = courier.sms(&organization, &phone, &message).await.unwrap();
        assert_eq!(delivery, Delivery::Accepted);
        assert_eq!(portal.bench.inbox.sent().pop().unwrap().from, expected);
    }
}
