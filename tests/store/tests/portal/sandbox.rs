//! Sandbox organizations: a fixed code, no message, an end.

use domain::limits::Limit;
use domain::organization::{Organization, Sandbox};
use registry::Registered;
use runtime::telemetry::measured;
use workbench::NOW;
use workbench::portal::{Portal, seconds};

const CODE: &str = "000000";

#[tokio::test]
async fn a_sandbox_is_signed_in_to_with_the_fixed_code_and_sends_nothing() {
    let portal = Portal::sandbox(None).await;
    for now in [NOW, NOW.plus(seconds(1))] {
        assert_eq!(portal.send(now).await.status, 200);
        assert_eq!(portal.deliver(now).await.unwrap(), "sandbox");
        assert_eq!(portal.verify("000001", now).await.status, 401);
        let token = portal.verify(CODE, now).await.refresh_token();
        assert_eq!(portal.verify(CODE, now).await.status, 401, "once");
        assert_eq!(portal.refresh(&token, now).await.status, 200);
    }
    assert_eq!(portal.send_sms(NOW).await.status, 200);
    assert_eq!(portal.deliver_sms(NOW).await, "sandbox");
    assert_eq!(portal.bench.inbox.calls(), 0);
}

#[tokio::test]
async fn the_fixed_code_has_three_attempts_and_five_minutes_like_any_other() {
    let portal = Portal::sandbox(None).await;
    assert_eq!(portal.verify(CODE, NOW).await.status, 401, "no code was requested");
    assert_eq!(portal.send(NOW).await.status, 200);
    for _ in 0..3 {
        assert_eq!(portal.verify("999999", NOW).await.status, 401);
    }
    assert_eq!(portal.verify(CODE, NOW).await.status, 401);
    let later = NOW.plus(seconds(60));
    assert_eq!(portal.send(later).await.status, 200);
    assert_eq!(portal.verify(CODE, later.plus(seconds(300))).await.status, 401, "expired");
}

#[tokio::test]
async fn a_live_organization_refuses_the_fixed_code() {
    let portal = Portal::start().await;
    for second in 0..20 {
        let now = NOW.plus(seconds(second * 300));
        let code = portal.fresh_code(now).await;
        let expected = if code == CODE { 200 } else { 401 };
        assert_eq!(portal.verify(CODE, now).await.status, expected);
    }
}

#[tokio::test]
async fn a_sandbox_takes_the_same_steps_for_known_and_unknown_users() {
    let portal = Portal::sandbox(None).await;
    let mut seen = Vec::new();
    assert_eq!(portal.send_to("first@example.com", NOW).await.status, 200);
    assert_eq!(portal.verify_as("first@example.com", "000001", NOW).await.status, 401);
    for (email, status) in [(portal.patient.email.as_str(), 200), ("nobody@example.com", 401)] {
        let (sent, sending) = measured(portal.send_to(email, NOW)).await;
        let (wrong, refusal) = measured(portal.verify_as(email, "000001", NOW)).await;
        let (answer, _) = measured(portal.verify_as(email, CODE, NOW)).await;
        assert_eq!(answer.status, status, "{email}");
        seen.push((sent, sending.operations, wrong, refusal.operations));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn a_sandbox_that_is_over_is_unknown_to_the_millisecond_also_where_it_is_cached() {
    let ends_at = NOW.plus(seconds(10));
    let portal = Portal::sandbox(Some(ends_at)).await;
    let last = domain::time::Timestamp::from_millis(ends_at.millis() - 1);
    assert_eq!(portal.send(last).await.status, 200);
    let signed_in = portal.verify(CODE, last).await;
    let (access, refresh) = (signed_in.access_token(), signed_in.refresh_token());
    for portal in [&*portal, &portal.another_instance()] {
        for answer in [
            portal.send(ends_at).await,
            portal.verify(CODE, ends_at).await,
            portal.refresh(&refresh, ends_at).await,
            portal.logout(&refresh, ends_at).await,
        ] {
            assert_eq!((answer.status, answer.code()), (404, "NOT_FOUND"));
        }
        assert_eq!(portal.me(&access, ends_at).await.status, 401);
    }
    let late = Portal::sandbox(Some(ends_at)).await;
    assert_eq!(late.send(last).await.status, 200);
    assert_eq!(late.deliver(ends_at).await.unwrap(), "no organization");
}

#[tokio::test]
async fn a_sandbox_allows_a_thousand_codes_a_day_whatever_is_stored() {
    let portal = Portal::sandbox(None).await;
    let organizations = portal.bench.organizations().unwrap();
    let id = &portal.tenant.organization.id;
    let limit = |registered: &mut Registered| {
        registered.organization.sends_per_day = Limit::MIN;
        registered.organization.name = "Renamed".into();
    };
    organizations.update(id, limit).await.unwrap();
    let stored = organizations.find(id).await.unwrap().unwrap().organization;
    assert_eq!(stored.sends_per_day.get(), 1000);
    assert_eq!(stored.name, "Renamed");
    for _ in 0..12 {
        assert_eq!(portal.send(NOW).await.status, 200, "more than the ten of others");
    }
}

#[tokio::test]
async fn nothing_but_its_creation_makes_an_organization_a_sandbox_or_ends_that() {
    let (live, sandbox) = (Portal::start().await, Portal::sandbox(None).await);
    for (portal, other) in [
        (&live, Some(Sandbox { ends_at: None })),
        (&sandbox, None),
        (&sandbox, Some(Sandbox { ends_at: Some(NOW) })),
    ] {
        let organizations = portal.bench.organizations().unwrap();
        let first = &portal.tenant.organization;
        let changed = Organization { sandbox: other, ..first.clone() };
        let change = |registered: &mut Registered| registered.organization = changed.clone();
        assert!(organizations.update(&first.id, change).await.is_err());
        assert!(organizations.save(&changed).await.is_err());
        assert!(!organizations.create(&changed).await.unwrap());
        let stored = organizations.find(&first.id).await.unwrap().unwrap().organization;
        assert_eq!(stored.sandbox, first.sandbox);
        let disable = |registered: &mut Registered| registered.disabled = true;
        assert!(organizations.update(&first.id, disable).await.unwrap().is_some());
        let stored = organizations.find(&first.id).await.unwrap().unwrap().organization;
        assert_eq!(stored.sandbox, first.sandbox, "another setting takes nothing along");
    }
}
