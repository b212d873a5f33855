//! The authorizer of other teams' APIs behind a result cache.

use runtime::event::Verdict;
use serde_json::{Value, json};
use workbench::NOW;
use workbench::portal::Portal;
use workbench::result_cache::{confused, documented_sources};

#[tokio::test]
async fn behind_a_result_cache_nobody_gets_anothers_answer() {
    let portal = Portal::start().await;
    let neighbour = portal.neighbour().await;
    let (code, elsewhere) = (portal.fresh_code(NOW).await, neighbour.fresh_code(NOW).await);
    let token = portal.verify(&code, NOW).await.access_token();
    let elsewhere = neighbour.verify(&elsewhere, NOW).await.access_token();
    let with = |key: &str, token: &str| json!({"headers": {"cv-api-key": key, "authorization": format!("Bearer {token}")}});
    let (own, other) = (portal.tenant.api_key.as_str(), neighbour.tenant.api_key.as_str());
    let events = [
        ("own", with(own, &token)),
        ("another organization's key", with(other, &token)),
        ("another's token", with(own, &elsewhere)),
        ("another", with(other, &elsewhere)),
        ("a bad token", with(own, "garbage")),
        ("no key", json!({"headers": {"authorization": format!("Bearer {token}")}})),
        ("no token", json!({"headers": {"cv-api-key": own}})),
    ];
    let state = portal_authorizer::State::new(&portal.bench.aws).unwrap();
    let decide = async |event: &Value| {
        let request = serde_json::from_value(event.clone()).unwrap();
        workbench::called("portal-authorizer", portal_authorizer::handle(&state, request, NOW))
            .await
            .unwrap()
    };
    assert_ne!(decide(&events[0].1).await, Verdict::Deny);
    let sources = documented_sources("portal-authorizer");
    assert_eq!(confused(&sources, &events, decide).await, []);
    for left_out in &sources {
        let fewer: Vec<_> = sources.iter().copied().filter(|source| source != left_out).collect();
        assert_ne!(confused(&fewer, &events, decide).await, [], "without {left_out}");
    }
}
