//! `GET /api/1.0/sso/token/{access_token}`

use contract::{
    ask,
    exchange::{Exchange, NOT_AUTHENTICATED, PASSWORD, SIGNIN, form, info, signout, url_encoded},
};
use insta::assert_snapshot;
use reqwest::Method;

#[tokio::test]
async fn user_info_has_the_fields_of_the_contract_in_their_order() {
    let exchange = Exchange::new().await;
    let token = exchange.token().await;
    let answer = ask(exchange.who(&token)).await;
    let last_login = answer.json()["last_login"].as_str().expect("a time").to_owned();
    // Of today or, around midnight, of yesterday: shaped as the description says.
    assert_eq!(last_login.len(), 19);
    let Exchange { user_id, email, .. } = &exchange;
    let expected = [
        &format!(r#"{{"id":{user_id},"name":"Dr. Ω \"X\"","email":"{email}","is_active":true,"#),
        r#""activated":true,"activated_at":"2014-09-05 00:00:00","#,
        &format!(r#""last_login":"{last_login}","access_token":"{token}","#),
        r#""created_at":"2014-09-04 13:26:14","#,
        &format!(r#""updated_at":"{last_login}","deleted_at":null,"#),
        r#""groups":["MCI Admin","API Consumer"],"profiles":["#,
        r#"{"type":"provider","id":"123","catchment":["302618","302614"]},"#,
        r#"{"type":"patient","id":"10091232131","catchment":[]}]}"#,
    ];
    assert_eq!(answer.text(), expected.concat());
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
}

#[tokio::test]
async fn whatever_is_no_live_token_gets_one_404() {
    let exchange = Exchange::new().await;
    let token = exchange.token().await;
    let unknown = ask(exchange.who(&"x".repeat(42))).await;
    assert_snapshot!(unknown.snapshot(), @r#"
    404
    {"error":true,"message":"Not authenticated","code":401}
    "#);
    let first = token.as_bytes()[0];
    let encoded = |byte: u8| format!("%{byte:02x}");
    let percent = |text: &str| text.bytes().map(encoded).collect::<String>();
    for text in [
        token.to_lowercase(),
        format!("{token}x"),
        format!("{token}%00"),
        format!("{token}%20"),
        format!("%25{first:02x}{}", &token[1..]),
        "x".repeat(256),
        "x".repeat(257),
        "x".repeat(4000),
        percent(&"☃".repeat(256)),
        "%ff%fe".to_owned(),
        "%zz".to_owned(),
        "null".to_owned(),
        "..%5c..".to_owned(),
    ] {
        assert_eq!(ask(exchange.who(&text)).await.essence(), unknown.essence(), "{text}");
    }
    // A slash makes another path of it, in whatever form.
    for text in [format!("{token}/"), format!("{token}%2f"), "%2e%2e%2f".to_owned()] {
        assert_eq!(ask(exchange.who(&text)).await.status, 404, "{text}");
    }
    let encoded = ask(exchange.who(&percent(&token))).await;
    assert_eq!(encoded.status, 200, "decoded once");
    assert_eq!(encoded.json()["access_token"], token.as_str());
}

#[tokio::test]
async fn a_wrong_client_pair_is_401_whatever_the_token() {
    let exchange = Exchange::new().await;
    let token = exchange.token().await;
    let refused = ask(exchange.stack.request(Method::GET, &info(&token))).await;
    assert_snapshot!(refused.snapshot(), @r#"
    401
    www-authenticate: ClientToken realm="sso"
    {"error":true,"message":"Not authenticated","code":401}
    "#);
    let of = |id: &str, pass: &str, token: &str| {
        ask(exchange.request_of(id, pass, Method::GET, &info(token)))
    };
    let (id, pass) = (exchange.client_id.as_str(), exchange.client_token.as_str());
    for (id, pass, token) in [
        (id, "wrong", token.as_str()),
        (id, "wrong", "unknown"),
        ("nobody", pass, &token),
        // The client may not ask.
        (&exchange.quiet_client_id, pass, &token),
        (&exchange.quiet_client_id, pass, "unknown"),
        // An access token is no client's token.
        (id, &token, &token),
    ] {
        assert_eq!(of(id, pass, token).await.essence(), refused.essence(), "{id}");
    }
    let request = exchange.stack.request(Method::GET, &info(&token));
    let request = request.header("client-id", id).header("x-auth-token", pass);
    assert_eq!(ask(request).await.status, 200, "with a hyphen");
}

#[tokio::test]
async fn a_client_asks_about_users_that_another_one_signed_in() {
    let (one, two) = (Exchange::new().await, Exchange::new().await);
    let token = one.token().await;
    let answer = ask(two.who(&token)).await;
    assert_eq!((answer.status, &answer.json()["id"]), (200, &one.user_id.into()));
}

#[tokio::test]
async fn an_account_that_is_shut_shuts_its_tokens_at_once() {
    let exchange = Exchange::new().await;
    let token = exchange.token().await;
    assert_eq!(ask(exchange.who(&token)).await.status, 200);
    exchange.shut().await;
    for request in [exchange.who(&token), exchange.try_as(&exchange.email, PASSWORD)] {
        let answer = ask(request).await;
        assert_eq!((answer.status, answer.text()), (404, NOT_AUTHENTICATED));
    }
}

#[tokio::test]
async fn what_the_headers_lack_is_taken_from_the_query_of_this_route_alone() {
    let exchange = Exchange::new().await;
    let token = exchange.token().await;
    let Exchange { client_id: id, client_token: pass, .. } = &exchange;
    let bare = |query: &str| exchange.stack.request(Method::GET, &(info(&token) + query));
    let (id_there, pass_there) = (format!("client_id={id}"), format!("X-Auth-Token={pass}"));
    let both = format!("?{id_there}&{pass_there}");
    for request in [
        bare(&format!("?{id_there}")).header("x-auth-token", pass),
        bare(&format!("?client-id={id}")).header("x-auth-token", pass),
        bare(&format!("?{pass_there}")).header("client_id", id),
        bare(&both),
        bare(&both.to_lowercase()),
        bare("?client_id=nobody&X-Auth-Token=wrong")
            .header("client_id", id)
            .header("x-auth-token", pass),
    ] {
        assert_eq!(ask(request).await.status, 200);
    }
    for request in [
        bare(&format!("?{id_there}")),
        bare(&format!("?{pass_there}")),
        bare(&format!("?{id_there}&X-Auth-Token=wrong")),
        bare(&format!("?{id_there}&client_id=other&{pass_there}")),
        bare(&both).header("x-auth-token", "wrong"),
        bare(&both).header("client_id", "nobody"),
        bare(&format!("?client_id={}&{pass_there}", exchange.quiet_client_id)),
    ] {
        let answer = ask(request).await;
        assert_eq!((answer.status, answer.text()), (401, NOT_AUTHENTICATED));
    }
    let login = || form(&exchange.email, PASSWORD);
    for path in [SIGNIN.to_owned() + &both, signout(&token) + &both] {
        let request = exchange.stack.request(Method::POST, &path);
        assert_eq!(ask(url_encoded(request, login())).await.status, 401, "not of {path}");
    }
}

#[tokio::test]
async fn a_post_is_answered_as_a_get_is() {
    let exchange = Exchange::new().await;
    let token = exchange.token().await;
    let post = |token: &str| exchange.request(Method::POST, &info(token));
    let got = ask(exchange.who(&token)).await;
    assert_eq!(got.status, 200);
    assert_eq!(ask(post(&token)).await.essence(), got.essence());
    let form = url_encoded(post(&token), form("x@example.com", "x"));
    assert_eq!(ask(form).await.essence(), got.essence(), "whatever the body is");
    let unknown = ask(exchange.who("unknown")).await;
    assert_eq!(ask(post("unknown")).await.essence(), unknown.essence());
    let bare = |method| exchange.stack.request(method, &info(&token));
    let refused = ask(bare(Method::GET)).await;
    assert_eq!(ask(bare(Method::POST)).await.essence(), refused.essence());
}
