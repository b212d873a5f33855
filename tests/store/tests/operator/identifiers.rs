//! An identifier leads to its owner and to nobody else, at every sign-in.

use platform::store::Creation;
use workbench::portal::{Portal, seconds};
use workbench::{Fault, NOW, Plan};

use domain::user::User;

use crate::fixture::moved;

#[tokio::test]
async fn a_code_for_an_address_that_was_moved_signs_nobody_in_even_by_a_stale_pointer() {
    for fault in [Fault::None, Fault::Stale] {
        let portal = Portal::start().await;
        let code = portal.fresh_code(NOW).await;
        moved(&portal, "moved@example.com").await;
        let is_pointer = |name: &str, item: &str| name == "GetItem" && item == "IDENT";
        portal.bench.follow(Plan::always(fault, move |call| is_pointer(&call.name, &call.item)));
        let answer = portal.verify(&code, NOW.plus(seconds(1))).await;
        assert_eq!(answer.status, 401, "{fault:?}");
    }
}

#[tokio::test]
async fn a_code_for_an_address_that_was_moved_is_not_sent_to_the_new_one() {
    for fault in [Fault::None, Fault::Stale] {
        let portal = Portal::start().await;
        assert_eq!(portal.send(NOW).await.status, 200);
        moved(&portal, "moved@example.com").await;
        let is_pointer = |name: &str, item: &str| name == "GetItem" && item == "IDENT";
        portal.bench.follow(Plan::always(fault, move |call| is_pointer(&call.name, &call.item)));
        assert_eq!(portal.deliver(NOW).await.unwrap(), "nobody", "{fault:?}");
        assert!(portal.bench.inbox.sent().is_empty(), "{fault:?}");
    }
}

#[tokio::test]
async fn whoever_gets_an_address_that_was_moved_signs_in_with_it() {
    let portal = Portal::start().await;
    let heir =
        User { id: domain::id::UserId::random(), phone: None, ..portal.patient.user.clone() };
    moved(&portal, "moved@example.com").await;
    let identities = portal.bench.identities(&heir).await.unwrap();
    let creation = portal.bench.aws.users().unwrap().create(&heir, &identities).await.unwrap();
    assert_eq!(creation, Creation::Created);
    portal.bench.settle();
    let token = portal.sign_in(NOW).await;
    let answer = portal.refresh(&token, NOW.plus(seconds(1))).await;
    let me = portal.me(&answer.access_token(), NOW.plus(seconds(2))).await;
    assert_eq!(me.body["data"]["userId"], heir.id.as_str());
}
