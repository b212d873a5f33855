//! What each surface's requests leave in the trail.

use contract::{
    Session, Tenant, ask, exchange::Exchange, partner::Practice, password::Clinic, wrong,
};

use super::{has_exactly, trail};

/// The console makes an organization with one patient, an address and a number.
const MADE: [(&str, usize); 5] = [
    ("organization.created", 1),
    ("api-key.created", 1),
    ("organization.api-keys-changed", 1),
    ("identifier.reserved", 2),
    ("user.created", 1),
];

fn made_and(more: &[(&'static str, usize)]) -> Vec<(&'static str, usize)> {
    MADE.iter().chain(more).copied().collect()
}

#[tokio::test]
async fn a_sign_in_is_told_from_the_code_to_the_end_of_the_session() {
    let tenant = Tenant::new().await;
    let of = ["--organization", tenant.organization_id.as_str()];
    has_exactly(&of, &MADE).await;
    let code = tenant.email().await.code();
    has_exactly(&of, &made_and(&[("code.issued", 1), ("code.sent", 1)])).await;
    // Sent again, tried in vain, used.
    assert_eq!(ask(tenant.send_email(&tenant.patient.email)).await.status, 200);
    assert_eq!(ask(tenant.verify(&wrong(&code, 1))).await.status, 401);
    let session = Session::of(&ask(tenant.verify(&code)).await);
    let next = Session::of(&ask(tenant.refresh(&session.refresh)).await);
    assert_eq!(ask(tenant.me(&next.access)).await.status, 200);
    // The second one changes nothing.
    for _ in 0..2 {
        assert_eq!(ask(tenant.logout(&next.refresh)).await.status, 200);
    }
    let lines = has_exactly(
        &of,
        &made_and(&[
            ("code.issued", 1),
            ("code.resent", 1),
            ("code.sent", 2),
            ("code.attempted", 2),
            ("code.redeemed", 1),
            ("session.started", 1),
            ("pointer.created", 2),
            ("session.rotated", 1),
            ("session.revoked", 1),
        ]),
    )
    .await;
    let authors = [
        ("code.issued", "portal-send-otp"),
        ("code.resent", "portal-send-otp"),
        ("code.sent", "portal-deliver-otp"),
        ("code.attempted", "portal-verify-otp"),
        ("code.redeemed", "portal-verify-otp"),
        ("session.started", "portal-verify-otp"),
        ("session.rotated", "portal-refresh-token"),
        ("session.revoked", "portal-logout"),
        ("user.created", "operator"),
    ];
    for (event, by) in authors {
        for line in lines.iter().filter(|line| line["event"] == event) {
            assert_eq!(line["by"], by, "{line}");
            assert_eq!(line["requestId"].is_string(), by != "operator", "{line}");
        }
    }
    for line in &lines {
        let is_of_session = line["event"].as_str().is_some_and(|it| it.starts_with("session."));
        assert!(!is_of_session || line["user"] == tenant.patient.user_id, "{line}");
        let text = line.to_string();
        for secret in [&code, &tenant.patient.email, &tenant.patient.phone_number, &next.refresh] {
            assert!(!text.contains(secret.as_str()), "{line}");
        }
    }
    let of_user = trail(&["--user", &tenant.patient.user_id]);
    assert!(of_user.iter().all(|line| line["user"] == tenant.patient.user_id));
    assert!(of_user.iter().any(|line| line["event"] == "session.revoked"));
}

#[tokio::test]
async fn a_code_that_another_sign_in_withdraws_and_a_replay_are_told() {
    let tenant = Tenant::new().await;
    let by_sms = tenant.sms().await.code();
    let session = tenant.sign_in().await;
    assert_eq!(ask(tenant.verify_sms(&tenant.patient.phone_number, &by_sms)).await.status, 401);
    let next = Session::of(&ask(tenant.refresh(&session.refresh)).await);
    assert_eq!(ask(tenant.refresh(&session.refresh)).await.status, 401);
    assert_eq!(ask(tenant.refresh(&next.refresh)).await.status, 401);
    has_exactly(
        &["--organization", &tenant.organization_id],
        &made_and(&[
            ("code.issued", 2),
            ("code.sent", 2),
            ("code.attempted", 1),
            ("code.redeemed", 1),
            ("code.withdrawn", 1),
            ("session.started", 1),
            // Of the sign-in, the refresh, and of two replays, which take theirs back.
            ("pointer.created", 4),
            ("pointer.dropped", 2),
            ("session.rotated", 1),
            ("session.revoked", 1),
        ]),
    )
    .await;
}

/// Their attempts are counted in items that the trail leaves out; the request log has them.
#[tokio::test]
async fn a_password_login_and_its_refusal_change_nothing_that_lasts() {
    let clinic = Clinic::new().await;
    clinic.token().await;
    assert_eq!(ask(clinic.try_as(&clinic.username, "wrong")).await.status, 401);
    let expected: Vec<_> = MADE.iter().map(|(event, count)| (*event, *count)).collect();
    let expected: Vec<_> = expected
        .into_iter()
        .map(
            |(event, count)| {
                if event == "identifier.reserved" { (event, 3) } else { (event, count) }
            },
        )
        .collect();
    has_exactly(&["--organization", &clinic.organization], &expected).await;
}

#[tokio::test]
async fn the_first_validation_of_a_partner_is_told_and_no_later_one() {
    let practice = Practice::new().await;
    let token = practice.token().await;
    for _ in 0..2 {
        assert_eq!(ask(practice.validate(&token)).await.status, 200);
    }
    let expected = made_and(&[("organization.connected", 1), ("organization.integrated", 1)]);
    let lines = has_exactly(&["--organization", &practice.organization], &expected).await;
    let is_connection = |line: &&serde_json::Value| line["event"] == "organization.connected";
    assert_eq!(
        lines.iter().find(is_connection).map(|it| &it["partner"]),
        Some(&"demo-partner".into())
    );
}

#[tokio::test]
async fn a_token_of_the_identity_provider_is_told_from_its_issue_to_its_end() {
    let exchange = Exchange::new().await;
    let user = exchange.user_id.to_string();
    let of = ["--user", user.as_str()];
    let before = [("user.created", 1), ("identifier.reserved", 1)];
    has_exactly(&of, &before).await;
    let token = exchange.token().await;
    assert_eq!(ask(exchange.sign_out(&token)).await.status, 200);
    let after = [("user.signed-in", 1), ("token.issued", 1), ("token.ended", 1)];
    has_exactly(&of, &[&before[..], &after].concat()).await;
}
