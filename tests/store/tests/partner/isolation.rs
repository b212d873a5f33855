//! Nothing of one tenant opens another: every pair, within one partner and across two.

use std::sync::Arc;

use runtime::event::Verdict;
use serde_json::json;

use crate::fixture::{Deployment, NOW, with};

async fn tenants() -> [Arc<Deployment>; 4] {
    let one = Deployment::start().await;
    let two = one.neighbour().await;
    let rival = one.rival().await;
    let rivals = rival.neighbour().await;
    [one, two, rival, rivals]
}

#[tokio::test]
async fn no_other_tenants_secret_or_token_is_ever_accepted() {
    let tenants = tenants().await;
    let mut tokens = Vec::new();
    for tenant in &tenants {
        let token = tenant.ask_token(NOW).await.token();
        assert_eq!(tenant.validate(&token, NOW).await.status, 200);
        tokens.push(token);
    }
    let secret = |at: usize| tenants[at].tenant.organization_secret.as_str();
    for organization in 0..tenants.len() {
        let id = tenants[organization].tenant.organization.as_str();
        for (of_secret, of_token) in (0..4).flat_map(|one| (0..4).map(move |other| (one, other))) {
            let is_own = of_secret == organization && of_token == organization;
            let headers = with(&tokens[of_token], secret(of_secret));
            let answer = tenants[0].send_validate(id, &headers, NOW).await;
            let what = format!("{organization}: secret of {of_secret}, token of {of_token}");
            assert_eq!(answer.status, if is_own { 200 } else { 401 }, "{what}");
            let event = json!({"headers": headers, "pathParameters": {"organization_id": id}});
            let verdict = tenants[0].authorize(&event, NOW).await;
            assert_eq!(verdict != Verdict::Deny, is_own, "{what}");
        }
    }
}

#[tokio::test]
async fn no_token_is_given_for_a_mixture_of_two_tenants() {
    const NAMES: [&str; 5] = [
        "x-partner-id",
        "x-partner-secret",
        "x-organization-id",
        "x-organization-secret",
        "x-user-id",
    ];
    const BODY: &str = r#"{"grantType":"client_credentials","scope":["create:patient"]}"#;
    let tenants = tenants().await;
    let deployment = &tenants[0];
    for (one, other) in tenants.iter().flat_map(|one| tenants.iter().map(move |other| (one, other)))
    {
        let is_same = std::ptr::eq(one, other);
        let same_partner = one.tenant.partner == other.tenant.partner;
        for mixture in 0..32_u32 {
            let from = |at: usize| if mixture >> at & 1 == 0 { one } else { other };
            let mut headers = json!({"content-type": "application/json"});
            for (at, name) in NAMES.into_iter().enumerate() {
                headers[name] = from(at).headers()[name].clone();
            }
            // The first two are one partner's, the last three one organization's, and they belong together.
            let partner = mixture & 0b11;
            let organization = mixture >> 2;
            let is_whole = same_partner || partner == 0 && organization == 0 || mixture == 31;
            let is_good = is_same || is_whole && [0, 0b111].contains(&organization);
            let answer = deployment.send_token(&headers, BODY, NOW).await;
            assert_eq!(answer.status, if is_good { 200 } else { 401 }, "{mixture:05b}");
        }
    }
}
