//! The identity provider's checks, in their order.

use contract::{
    Stack,
    exchange::{Exchange, SIGNIN, form, info, signout, url_encoded},
};
use reqwest::Method;

use super::{NONE, climb};

#[tokio::test]
async fn the_identity_providers_checks_are_told_in_their_order() {
    let stack = Stack::running();
    let exchange = Exchange::new().await;
    let client = exchange.client_id.clone();
    let token = exchange.token().await;
    let (email, nobody) = (exchange.email.as_str(), "nobody@example.com");
    for (path, last) in [
        (SIGNIN.to_owned(), vec![(NONE, exchange.sign_in())]),
        (
            signout("unknown"),
            vec![
                ("TOKEN_REFUSED", exchange.sign_out("unknown")),
                (NONE, exchange.sign_out(&exchange.token().await)),
            ],
        ),
    ] {
        let of = |id: &str, token: &str| exchange.request_of(id, token, Method::POST, &path);
        let right = || of(&client, &exchange.client_token);
        let mut rungs = vec![
            ("CLIENT_REQUIRED", stack.request(Method::POST, &path)),
            ("CLIENT_UNKNOWN", of("unknown", "wrong")),
            ("CLIENT_TOKEN_WRONG", of(&client, "wrong")),
            ("LOGIN_REFUSED", url_encoded(right(), "")),
            ("USER_UNKNOWN", url_encoded(right(), form(nobody, "wrong"))),
            ("PASSWORD_WRONG", url_encoded(right(), form(email, "wrong"))),
        ];
        rungs.extend(last);
        climb(&stack, rungs).await;
    }
    let who = |id: &str, with: &str| exchange.request_of(id, with, Method::GET, &info("unknown"));
    climb(
        &stack,
        vec![
            ("CLIENT_REQUIRED", stack.request(Method::GET, &info("unknown"))),
            ("CLIENT_UNKNOWN", who("unknown", "wrong")),
            ("CLIENT_TOKEN_WRONG", who(&client, "wrong")),
            ("TOKEN_REFUSED", who(&client, &exchange.client_token)),
            (NONE, exchange.who(&token)),
        ],
    )
    .await;
}
