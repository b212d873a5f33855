//! The fence of an organization, and the sign-out of a user, for partners.

use domain::fence::{MARGIN, over_at};
use runtime::event::Verdict;
use serde_json::json;

use crate::fixture::{Deployment, NOW, seconds, with};

#[tokio::test]
async fn a_fence_ends_every_token_from_before_it() {
    let deployment = Deployment::start().await;
    let token = deployment.ask_token(NOW).await.token();
    assert_eq!(deployment.validate(&token, NOW).await.status, 200);
    let tenant = &deployment.tenant;
    let headers = with(&token, &tenant.organization_secret);
    let request = json!({"headers": headers, "routeKey": "GET /patients"});
    assert_ne!(deployment.authorize(&request, NOW).await, Verdict::Deny);

    deployment.bench.fence(&tenant.organization, NOW).await.unwrap();
    let over = over_at(NOW.plus(MARGIN));
    for now in [NOW, over] {
        let answer = deployment.validate(&token, now).await;
        assert_eq!((answer.status, answer.step), (401, "ORGANIZATION_NOT_OWN"));
        assert_eq!(deployment.authorize(&request, now).await, Verdict::Deny);
    }
    let token = deployment.ask_token(over).await.token();
    assert_eq!(deployment.validate(&token, over).await.status, 200);
}

#[tokio::test]
async fn until_a_fence_or_a_users_sign_out_is_over_there_are_no_tokens() {
    for (is_fence, cases) in [(true, [(0, "70"), (70, "1")]), (false, [(0, "6"), (5, "1")])] {
        let deployment = Deployment::start().await;
        let tenant = &deployment.tenant;
        if is_fence {
            deployment.bench.fence(&tenant.organization, NOW).await.unwrap();
        } else {
            let users = deployment.bench.users().unwrap();
            users.sign_out(&tenant.organization, &tenant.user, || NOW).await.unwrap();
        }
        let over = NOW.plus(seconds(cases[1].0 + 1));
        for (later, seconds_left) in cases {
            let answer = deployment.ask_token(NOW.plus(seconds(later))).await;
            let retry_after = answer.headers.get("retry-after").map(String::as_str);
            assert_eq!((answer.status, retry_after), (500, Some(seconds_left)), "{is_fence}");
            assert_eq!(answer.step, "SIGN_OUT_NOT_OVER");
        }
        let mut wrong = deployment.headers();
        wrong["x-organization-secret"] = "wrong".into();
        let answer = deployment.send_token(&wrong, "{}", NOW).await;
        assert_eq!(answer.status, 401, "only who has both secrets learns of it");
        let answer = deployment.ask_scopes(&["no:scope"], NOW).await;
        assert_eq!(answer.status, 422, "to wait would not help");
        assert_eq!(deployment.ask_token(over).await.status, 200);
    }
}
