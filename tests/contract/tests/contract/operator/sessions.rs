//! A user's sessions, as an operator sees them.

use contract::{Tenant, ask, operator::postern};
use serde_json::Value;

#[tokio::test]
async fn sessions_are_listed_newest_first_with_channel_use_and_the_reason_of_their_end() {
    let tenant = Tenant::new().await;
    let patient = &tenant.patient;
    let listed = || {
        let words = ["session", "list", "--organization", &tenant.organization_id, &patient.email];
        let listed = postern(&[&words[..], &["--output", "json"]].concat()).done().json();
        listed.as_array().expect("a list").clone()
    };
    let first = tenant.sign_in().await;
    let second = tenant.sign_in().await;
    let sessions = listed();
    let text = |session: &Value, name: &str| session[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(sessions.len(), 2);
    assert!(text(&sessions[0], "createdAt") > text(&sessions[1], "createdAt"), "{sessions:?}");
    for session in &sessions {
        assert_eq!(
            (text(session, "state"), text(session, "channel")),
            ("live".into(), "EMAIL".into())
        );
        assert_eq!(text(session, "lastUsedAt"), text(session, "createdAt"), "{session}");
    }
    let refreshed = ask(tenant.refresh(&second.refresh)).await;
    assert_eq!(refreshed.status, 200);
    assert!(text(&listed()[0], "lastUsedAt") > text(&listed()[0], "createdAt"));
    let family = text(&sessions[1], "family");
    let revoke = ["session", "revoke", "--organization", &tenant.organization_id, "--yes"];
    let revoke = [&revoke[..], &["--output", "json", "--family", &family]].concat();
    let revoked = postern(&revoke).done().json();
    assert_eq!(text(&revoked, "reason"), "revoked by an operator");
    assert_eq!(ask(tenant.refresh(&first.refresh)).await.status, 401);
    let sessions = listed();
    assert_eq!(text(&sessions[1], "state"), "ended");
    let sign_out = ["user", "sign-out", "--organization", &tenant.organization_id, &patient.email];
    postern(&[&sign_out[..], &["--yes"]].concat()).done();
    assert_eq!(text(&listed()[0], "reason"), "user signed out");
}
