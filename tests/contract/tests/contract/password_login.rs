//! `POST /{api}/auth`

use contract::{
    Stack, ask,
    jwt::Token,
    malformed,
    operator::{organization, postern_reading},
    password::{
        AUTH, CREDENTIALS_REQUIRED, Clinic, INVALID_CREDENTIALS, NOT_FOUND, ORGANIZATION_REQUIRED,
        PASSWORD, token,
    },
};
use insta::assert_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn the_aliases_log_in_to_the_only_api() {
    let clinic = Clinic::with_cookie().await;
    let body = json!({ "username": clinic.username, "password": PASSWORD });
    for path in ["/auth", "/auth/login"] {
        let answer = ask(clinic.request(Method::POST, path).json(&body)).await;
        let token = token(&answer);
        assert!(answer.header("set-cookie").starts_with("__Host-postern-patient="), "{path}");
        assert_eq!(ask(clinic.account(&token)).await.status, 200, "{path}");
        let wrong = json!({ "username": clinic.username, "password": "wrong" });
        let refused = ask(clinic.request(Method::POST, path).json(&wrong)).await;
        assert_eq!((refused.status, refused.text()), (401, INVALID_CREDENTIALS), "{path}");
        let nameless = ask(clinic.stack.request(Method::POST, path).json(&body)).await;
        assert_eq!((nameless.status, nameless.text()), (400, ORGANIZATION_REQUIRED), "{path}");
    }
    for (method, path) in [
        (Method::GET, "/auth"),
        (Method::GET, "/auth/login"),
        (Method::POST, "/auth/"),
        (Method::POST, "/auth/logout"),
        (Method::POST, "/auth/auth"),
        (Method::POST, "/login"),
    ] {
        let answer = ask(clinic.request(method.clone(), path).json(&body)).await;
        assert_eq!(answer.status, 404, "{method} {path}");
    }
}

#[tokio::test]
async fn the_right_password_gives_a_token() {
    let clinic = Clinic::new().await;
    assert_snapshot!(ask(clinic.log_in()).await.snapshot(), @r#"
    200
    {"token":"[token]","expiresIn":3600,"tokenType":"Bearer"}
    "#);
}

#[tokio::test]
async fn an_organization_may_have_the_token_as_a_cookie_too() {
    let clinic = Clinic::with_cookie().await;
    let answer = ask(clinic.log_in()).await;
    assert_snapshot!(answer.snapshot(), @r#"
    200
    set-cookie: __Host-postern-patient=[token]; Max-Age=3600; Expires=[date]; Path=/; HttpOnly; Secure; SameSite=Strict
    {"token":"[token]","expiresIn":3600,"tokenType":"Bearer"}
    "#);
    assert!(answer.header("set-cookie").contains(&token(&answer)), "the same token");
    let refused = ask(clinic.try_as(&clinic.username, "wrong")).await;
    assert!(!refused.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn a_token_says_for_whom_it_is_and_nothing_about_them() {
    let clinic = Clinic::new().await;
    let key = clinic.key().await;
    let read = Token::read(&clinic.token().await, &key);
    assert_eq!(read.header, json!({ "alg": "HS512", "kid": key.kid, "typ": "JWT" }));
    let names: Vec<_> =
        read.claims.as_object().expect("claims").keys().map(String::as_str).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["aud", "exp", "iat", "iss", "jti", "organization", "sub"]);
    assert_eq!(read.claims["iss"], "postern");
    assert_eq!(read.claims["aud"], "patient");
    assert_eq!(read.claims["sub"], clinic.user_id.as_str());
    assert_eq!(read.claims["organization"], clinic.organization.as_str());
    assert_eq!(read.number("exp") - read.number("iat"), 3600);
    let again = Token::read(&clinic.token().await, &key);
    assert_ne!(again.claims["jti"], read.claims["jti"]);
}

#[tokio::test]
async fn an_unknown_api_is_not_found_before_all_else() {
    let clinic = Clinic::new().await;
    let good = json!({ "username": clinic.username, "password": PASSWORD });
    for path in ["/crm/auth", "/Patient/auth", "/patient%20/auth", "/patient%2C/auth", "/☃/auth"]
    {
        let request = clinic.request(Method::POST, path);
        assert_eq!(ask(request.json(&good)).await.text(), NOT_FOUND, "{path}");
        let bare = ask(clinic.stack.request(Method::POST, path).body("{")).await;
        assert_eq!((bare.status, bare.text()), (404, NOT_FOUND), "{path}");
    }
}

#[tokio::test]
async fn an_absent_organization_is_refused_before_the_body_is_read() {
    let clinic = Clinic::new().await;
    let bare = || clinic.stack.request(Method::POST, AUTH);
    let answer = ask(bare().body("{")).await;
    assert_snapshot!(answer.snapshot(), @r#"
    400
    {"statusCode":400,"message":"Organization header is required","error":"Bad Request"}
    "#);
    let good = json!({ "username": clinic.username, "password": PASSWORD });
    for blank in ["", "  ", "\t"] {
        let answer = ask(bare().header("organization", blank).json(&good)).await;
        assert_eq!((answer.status, answer.text()), (400, ORGANIZATION_REQUIRED), "{blank:?}");
    }
}

#[tokio::test]
async fn whatever_is_no_json_with_user_name_and_password_is_refused() {
    let clinic = Clinic::with_limits().await;
    let good = json!({ "username": clinic.username, "password": PASSWORD });
    let missing = ask(clinic.post(&json!({}))).await;
    assert_snapshot!(missing.snapshot(), @r#"
    400
    {"statusCode":400,"message":"Username and password are required","error":"Bad Request"}
    "#);
    let send = |body: Vec<u8>| {
        let request = clinic.request(Method::POST, AUTH).header("content-type", "application/json");
        ask(request.body(body))
    };
    for (fault, body) in malformed::bodies(&good) {
        assert_eq!(send(body).await.essence(), missing.essence(), "{fault}");
    }
    for field in ["username", "password"] {
        let mut values = malformed::not_text().to_vec();
        values.push(json!(""));
        for value in values {
            let mut body = good.clone();
            body[field] = value.clone();
            assert_eq!(
                ask(clinic.post(&body)).await.essence(),
                missing.essence(),
                "{field} {value}"
            );
        }
        let mut body = good.clone();
        body.as_object_mut().expect("an object").remove(field);
        assert_eq!(ask(clinic.post(&body)).await.essence(), missing.essence(), "no {field}");
    }
    let long = malformed::of_size(malformed::BODY_LIMIT + 1, &good);
    assert_eq!(send(long).await.essence(), missing.essence(), "a byte too many");
    let form = clinic.request(Method::POST, AUTH).header("content-type", "text/plain");
    assert_eq!(ask(form.body(good.to_string())).await.essence(), missing.essence());
    assert_eq!(ask(clinic.request(Method::POST, AUTH)).await.essence(), missing.essence());
    // None of it was an attempt.
    assert_eq!(send(malformed::of_size(malformed::BODY_LIMIT, &good)).await.status, 200);
}

#[tokio::test]
async fn names_and_passwords_have_their_bounds() {
    let clinic = Clinic::new().await;
    let status = async |username: String, password: String| {
        let answer = ask(clinic.try_as(&username, &password)).await;
        if answer.status == 400 {
            assert_eq!(answer.text(), CREDENTIALS_REQUIRED);
        }
        answer.status
    };
    let name = || clinic.username.clone();
    assert_eq!(status("n".repeat(320), "p".into()).await, 401);
    assert_eq!(status("n".repeat(321), "p".into()).await, 400);
    assert_eq!(status("e\u{301}".repeat(320), "p".into()).await, 401, "320 once composed");
    assert_eq!(status("\u{1f600}".repeat(320), "p".into()).await, 401);
    assert_eq!(status(format!("  {}  ", "n".repeat(320)), "p".into()).await, 401);
    assert_eq!(status(" \u{a0}\u{2003} ".into(), "p".into()).await, 400, "blank");
    assert_eq!(status(name(), "p".repeat(1024)).await, 401);
    assert_eq!(status(name(), "p".repeat(1025)).await, 400);
    assert_eq!(status(name(), "ä".repeat(512)).await, 401);
    assert_eq!(status(name(), "ä".repeat(513)).await, 400);
    assert_eq!(status(name(), " ".into()).await, 401, "a password of one space is one");
}

#[tokio::test]
async fn an_invisible_character_inside_a_name_is_refused() {
    let clinic = Clinic::new().await;
    for char in malformed::invisible() {
        for name in [clinic.username.as_str(), "nobody"] {
            let answer = ask(clinic.try_as(&malformed::with_inside(name, char), PASSWORD)).await;
            assert_eq!((answer.status, answer.text()), (400, CREDENTIALS_REQUIRED), "{char:?}");
        }
    }
}

#[tokio::test]
async fn one_name_is_one_however_it_is_spelt() {
    let clinic = Clinic::new().await;
    for spelling in [
        "zoë@example.com",
        "ZOË@EXAMPLE.COM",
        "zoe\u{308}@example.com",
        "\tZoE\u{308}@Example.Com\n",
        "\u{a0}zoë@example.com\u{3000}",
        "\u{feff}zoë@example.com\u{200b}",
        "ｚｏë＠ｅｘａｍｐｌｅ．ｃｏｍ",
    ] {
        assert_eq!(ask(clinic.try_as(spelling, PASSWORD)).await.status, 200, "{spelling:?}");
    }
    for other in ["zoe@example.com", "zo\u{451}@example.com"] {
        assert_eq!(ask(clinic.try_as(other, PASSWORD)).await.status, 401, "{other:?}");
    }
}

#[tokio::test]
async fn a_password_is_taken_to_the_letter() {
    let longest = "\u{1f511}".repeat(256);
    for password in [" ", "\0", "\"\\\u{7f}", " p ", "p\r\n", "Ｐａｓｓ", "{\"a\":1}", &longest]
    {
        let clinic = Clinic::on(&Stack::running(), &json!({ "password": password })).await;
        let status =
            async |tried: String| ask(clinic.try_as(&clinic.username, &tried)).await.status;
        assert_eq!(status(password.to_owned()).await, 200, "{password:?}");
        if password != longest {
            assert_eq!(status(format!("{password} ")).await, 401, "{password:?} and a space");
        }
    }
    let clinic = Clinic::new().await;
    assert_eq!(
        ask(clinic.try_as(&clinic.username, "pa\u{308}ss word 1 ")).await.status,
        200,
        "NFD"
    );
    for tried in [PASSWORD.trim(), "pass word 1 ", "Päss word 1 ", "päss word 1 \0"] {
        assert_eq!(ask(clinic.try_as(&clinic.username, tried)).await.status, 401, "{tried:?}");
    }
}

#[tokio::test]
async fn every_credential_fault_is_one_and_the_same_answer() {
    let (clinic, foreign) = (Clinic::new().await, Clinic::new().await);
    let wrong = ask(clinic.try_as(&clinic.username, "wrong")).await;
    assert_snapshot!(wrong.snapshot(), @r#"
    401
    www-authenticate: Password realm="password"
    {"statusCode":401,"message":"Invalid credentials","error":"Unauthorized"}
    "#);
    let demo = "11111111-1111-4111-8111-111111111111";
    let disabled = clinic.stack.request(Method::POST, AUTH).header("organization", demo);
    let disabled = disabled
        .json(&json!({ "username": "disabled@example.com", "password": "demo-password-1" }));
    for (fault, request) in [
        ("an unknown user", clinic.try_as("nobody", PASSWORD)),
        ("an unknown organization", clinic.try_in("no-such-organization", PASSWORD)),
        ("an organization that can't be one", clinic.try_in("a#b c/d", PASSWORD)),
        ("a very long organization", clinic.try_in(&"o".repeat(4_000), PASSWORD)),
        ("an organization that is not ASCII", clinic.try_in("clinique-é", PASSWORD)),
        ("two organizations", clinic.log_in().header("organization", &foreign.organization)),
        ("a user without a password login", disabled),
        (
            "the patient's address, which is no user name",
            clinic.try_as("patient@example.com", PASSWORD),
        ),
    ] {
        assert_eq!(ask(request).await.essence(), wrong.essence(), "{fault}");
    }
}

#[tokio::test]
async fn an_organizations_uuid_may_be_in_capitals() {
    let clinic = Clinic::new().await;
    let request = clinic
        .stack
        .request(Method::POST, AUTH)
        .header("organization", clinic.organization.to_uppercase())
        .json(&json!({ "username": clinic.username, "password": PASSWORD }));
    let token = token(&ask(request).await);
    assert_eq!(ask(clinic.account(&token)).await.status, 200);
}

#[tokio::test]
async fn the_demo_organizations_have_a_member_of_one_name() {
    let stack = Stack::running();
    let log_in = |organization: &str, password: &str| {
        let body = json!({ "username": "demo", "password": password });
        ask(stack.request(Method::POST, AUTH).header("organization", organization).json(&body))
    };
    let [demo, other, limited] = [
        "11111111-1111-4111-8111-111111111111",
        "22222222-2222-4222-8222-222222222222",
        "55555555-5555-4555-8555-555555555555",
    ];
    for (organization, password, cookie) in [
        (demo, "demo-password-1", true),
        (other, "other-password-1", false),
        (limited, "demo-password-1", false),
    ] {
        let answer = log_in(organization, password).await;
        assert_eq!(answer.status, 200, "{organization}");
        assert_eq!(answer.headers.contains_key("set-cookie"), cookie, "{organization}");
    }
    assert_eq!(log_in(demo, "other-password-1").await.status, 401);
    assert_eq!(log_in(other, "demo-password-1").await.status, 401);
}

#[tokio::test]
async fn unknown_fields_do_no_harm() {
    let clinic = Clinic::new().await;
    let body = json!({
        "username": clinic.username, "password": PASSWORD, "organization": Value::Null, "remember": true,
    });
    assert_eq!(ask(clinic.post(&body)).await.status, 200);
}

/// Of the password `password`, with less memory than today's.
const OUTDATED: &str =
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

/// Of Django 5.2.
const DJANGO: &str = "pbkdf2_sha256$2000$saltSALT0123$VjTZ/cIah4lRlo+5/G0c1h4fujtG4NtyJr7EB9BACRw=";
/// Of passlib 1.7.
const BCRYPT: &str = "$2y$04$BauGJh1c/4GslvW2/G5/zuHk06xcEp9tu7HtLFGTUvLVWUr0mbaZ.";

#[tokio::test]
async fn a_hash_with_outdated_parameters_is_replaced_at_the_next_login() {
    let long = "x".repeat(80);
    for (outdated, password) in [(OUTDATED, "password"), (DJANGO, "Pässword 1"), (BCRYPT, &long)] {
        let (clinic, id) = (Clinic::new().await, organization());
        let row = json!({ "id": "veteran", "username": "veteran", "passwordHash": outdated });
        let words = ["user", "import", "--organization", &id, "-", "--format", "jsonl"];
        postern_reading(&words, &row.to_string()).done();
        let stored = async || {
            let users = clinic.stack.table("USERS_TABLE").await;
            let found =
                users.into_iter().find(|user| user["pk"]["S"] == format!("USER#{id}#veteran"));
            found.expect("the user")["passwordHash"]["S"].clone()
        };
        assert_eq!(stored().await, outdated);
        let body = json!({ "username": "veteran", "password": password });
        let log_in =
            || clinic.stack.request(Method::POST, AUTH).header("organization", &id).json(&body);
        token(&ask(log_in()).await);
        let replaced = stored().await;
        assert!(replaced.as_str().is_some_and(|hash| hash.starts_with("$argon2id$v=19$m=19456,")));
        token(&ask(log_in()).await);
        assert_eq!(stored().await, replaced, "once");
    }
}
