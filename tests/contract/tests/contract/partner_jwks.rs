//! `GET /.well-known/jwks.json`

use contract::{
    ask,
    partner::{JWKS, Practice},
};
use insta::assert_snapshot;
use reqwest::Method;

#[tokio::test]
async fn whoever_asks_is_shown_the_public_keys_and_may_keep_them() {
    let practice = Practice::new().await;
    let answer = ask(practice.stack.request(Method::GET, JWKS)).await;
    let key = &answer.json()["keys"][0];
    let text = |name: &str| key[name].as_str().expect("text").to_owned();
    assert_eq!(text("kid"), practice.stack.partner_key().await.kid);
    let shown = answer
        .snapshot()
        .replace(answer.header("etag"), "[etag]")
        .replace(&text("n"), "[modulus]")
        .replace(&text("kid"), "[thumbprint]");
    assert_snapshot!(shown, @r#"
    200
    cache-control: public, max-age=300
    etag: [etag]
    {"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"[thumbprint]","n":"[modulus]","e":"AQAB"}]}
    "#);
    assert_eq!((text("n").len(), text("kid").len()), (342, 43), "256 bytes, 32 bytes");
}

#[tokio::test]
async fn a_head_is_answered_like_a_get_without_its_body() {
    let practice = Practice::new().await;
    let get = ask(practice.stack.request(Method::GET, JWKS)).await;
    let head = ask(practice.stack.request(Method::HEAD, JWKS)).await;
    assert_eq!((head.status, head.text()), (200, ""));
    for name in ["etag", "cache-control", "content-type", "content-length"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
    let etag = get.header("etag");
    let request = practice.stack.request(Method::HEAD, JWKS).header("if-none-match", etag);
    assert_eq!(ask(request).await.status, 304);
}

#[tokio::test]
async fn who_has_them_is_told_so() {
    let practice = Practice::new().await;
    let get = || practice.stack.request(Method::GET, JWKS);
    let answer = ask(get()).await;
    let etag = answer.header("etag");
    let held = ask(get().header("if-none-match", etag)).await;
    assert_eq!((held.status, held.text()), (304, ""));
    assert_eq!((held.header("etag"), held.header("cache-control")), (etag, "public, max-age=300"));
    let other = ask(get().header("if-none-match", "\"other\"")).await;
    assert_eq!((other.status, other.body), (200, answer.body));
}
