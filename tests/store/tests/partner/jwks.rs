use serde_json::json;

use crate::fixture::{Deployment, NOW};

#[tokio::test]
async fn the_set_may_be_cached_and_is_not_sent_twice() {
    let deployment = Deployment::start().await;
    let answer = deployment.jwks(&json!({}), NOW).await;
    assert_eq!(answer.headers["cache-control"], "public, max-age=300");
    let etag = answer.headers["etag"].as_str();
    assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag}");
    let weak = format!("W/{etag}");
    let list = format!("\"other\", {etag}");
    for held in [etag, &weak, &list, "*"] {
        let again = deployment.jwks(&json!({"if-none-match": held}), NOW).await;
        assert_eq!((again.status, &again.body), (304, &json!(null)), "{held}");
        assert_eq!(
            (&again.headers["etag"], &again.headers["cache-control"]),
            (&answer.headers["etag"], &answer.headers["cache-control"])
        );
    }
    for other in ["\"other\"", "", "etag", &etag[1..]] {
        let again = deployment.jwks(&json!({"if-none-match": other}), NOW).await;
        assert_eq!((again.status, &again.body), (200, &answer.body), "{other}");
    }
}

#[tokio::test]
async fn every_instance_shows_the_same_bytes() {
    let deployment = Deployment::start().await;
    deployment.rotate(NOW).await;
    let one = deployment.jwks(&json!({}), NOW).await;
    assert_eq!(one, deployment.another_instance().jwks(&json!({}), NOW).await);
    assert_eq!(one.body["keys"].as_array().unwrap().len(), 2);
    for key in one.body["keys"].as_array().unwrap() {
        let names: Vec<_> = key.as_object().unwrap().keys().collect();
        assert_eq!(names, ["alg", "e", "kid", "kty", "n", "use"], "nothing private");
    }
}
