//! `POST /v1/token`

use contract::{
    ask,
    jwt::Token,
    malformed,
    partner::{ANNOUNCED, Practice, SCOPES, TOKEN, detail, token},
};
use insta::{assert_json_snapshot, assert_snapshot};
use reqwest::Method;
use serde_json::{Value, json};

fn good() -> Value {
    json!({ "grantType": "client_credentials", "scope": ["create:patient"] })
}

#[tokio::test]
async fn five_headers_and_a_grant_are_exchanged_for_a_token() {
    let practice = Practice::new().await;
    let answer = ask(practice.ask_token(&["create:patient", "read:user"])).await;
    let took = answer.json()["meta"]["responseTime"].as_u64().expect("milliseconds");
    let shown =
        answer.snapshot().replace(&format!("\"responseTime\":{took}"), "\"responseTime\":[ms]");
    assert_snapshot!(shown, @r#"
    200
    {"success":true,"statusCode":200,"message":"Token generated successfully","data":{"accessToken":"[access token]","expiresIn":21600,"tokenType":"Bearer","scope":["create:patient","read:user"]},"timestamp":"[timestamp]","requestId":"[request id]","meta":{"apiVersion":"1.0","responseTime":[ms]}}
    "#);
    assert_eq!(answer.json()["requestId"], answer.header("x-request-id"));

    let key = practice.stack.partner_key().await;
    let issued = Token::read_rs256(&token(&answer), &key);
    assert_eq!(issued.header, json!({ "typ": "JWT", "alg": "RS256", "kid": key.kid }));
    let mut claims = issued.claims.clone();
    let times = ["iat", "exp"].map(|name| claims[name].take().as_i64().expect("seconds"));
    assert_eq!(claims["jti"].take().as_str().map(str::len), Some(22), "16 bytes, base64url");
    assert_eq!(times[1] - times[0], 21_600);
    let expected = json!({
        "organization_id": practice.organization, "partner_id": "demo-partner",
        "user_id": practice.user_id, "scope": ["create:patient", "read:user"],
        "iss": "postern", "sub": practice.user_id, "jti": null, "iat": null, "exp": null,
    });
    assert_eq!(claims, expected);
}

#[tokio::test]
async fn no_more_is_granted_than_the_organization_allows() {
    let practice = Practice::allowing(&["read:user", "read:users"]).await;
    let granted = async |scopes: &[&str]| {
        ask(practice.ask_token(scopes)).await.json()["data"]["scope"].clone()
    };
    assert_eq!(granted(&SCOPES).await, json!(["read:user", "read:users"]));
    assert_eq!(granted(&["read:user", "create:patient"]).await, json!(["read:user"]));
    assert_eq!(granted(&["create:patient"]).await, json!([]));
}

#[tokio::test]
async fn scopes_that_are_only_announced_are_taken_and_never_granted() {
    let practice = Practice::new().await;
    let granted = async |scopes: &[&str]| {
        let answer = ask(practice.ask_token(scopes)).await;
        let issued = Token::read_rs256(&token(&answer), &practice.stack.partner_key().await).claims;
        let granted = answer.json()["data"]["scope"].clone();
        assert_eq!(issued["scope"], granted);
        granted
    };
    for announced in ANNOUNCED {
        assert_eq!(granted(&[announced]).await, json!([]), "{announced}");
    }
    // As the published client of this API asks.
    assert_eq!(granted(&["create:patient", "read:patient"]).await, json!(["create:patient"]));
    assert_eq!(granted(&[SCOPES.as_slice(), &ANNOUNCED].concat()).await, json!(SCOPES));
}

#[tokio::test]
async fn any_fault_of_the_five_headers_is_one_401() {
    let (practice, foreign) = (Practice::new().await, Practice::new().await);
    let refusal = ask(practice.stack.request(Method::POST, TOKEN).json(&good())).await;
    assert_snapshot!(refusal.snapshot(), @r#"
    401
    www-authenticate: Secret realm="partner"
    {"success":false,"statusCode":401,"error":{"type":"https://parchment.health/errors/authentication-required","title":"Unauthorized","detail":"Invalid partner credentials provided."},"timestamp":"[timestamp]","requestId":"[request id]"}
    "#);
    let essence = |answer: &contract::Answer| {
        let mut body = answer.json();
        body["timestamp"].take();
        body["requestId"].take();
        (answer.status, body)
    };
    let others =
        ["nobody", foreign.organization.as_str(), &foreign.secret, &foreign.user_id, " ", "#\"'"];
    for at in 0..5 {
        for other in others {
            let mut headers = practice.headers();
            headers[at].1 = other;
            let answer = ask(practice.ask_with(&headers, &good())).await;
            assert_eq!(essence(&answer), essence(&refusal), "{} {other}", headers[at].0);
        }
        let headers = practice.headers();
        let rest: Vec<_> = headers.into_iter().filter(|it| *it != headers[at]).collect();
        let answer = ask(practice.ask_with(&rest, &good())).await;
        assert_eq!(essence(&answer), essence(&refusal), "no {}", headers[at].0);
        let twice = practice.ask_with(&headers, &good()).header(headers[at].0, "x");
        assert_eq!(essence(&ask(twice).await), essence(&refusal), "{} twice", headers[at].0);
    }
    assert_eq!(ask(practice.ask_with(&practice.headers(), &good())).await.status, 200);
}

#[tokio::test]
async fn each_field_that_is_wrong_is_named() {
    let practice = Practice::new().await;
    let refused = async |body: Value| {
        let answer = ask(practice.ask_with(&practice.headers(), &body)).await;
        assert_eq!(answer.status, 422, "{body}");
        answer.json()["error"].clone()
    };
    let unknown = json!({ "grantType": "client_credentials", "scope": ["read:everything"] });
    assert_json_snapshot!(refused(unknown).await, @r#"
    {
      "detail": "There were some problems with your input.",
      "title": "Validation failed",
      "type": "https://parchment.health/errors/validation-error",
      "validation": [
        {
          "code": "VALIDATION_ERROR",
          "field": "scope",
          "message": "Invalid enum value. Expected 'create:patient' | 'read:patient_prescription' | 'update:patient' | 'create:user' | 'read:user' | 'read:users' | 'read:patient' | 'update:user' | 'delete:user' | 'delete:patient' | 'create:custom_drug' | 'read:custom_drug' | 'update:custom_drug' | 'delete:custom_drug'"
        }
      ]
    }
    "#);
    let fields = |error: Value| -> Vec<String> {
        let faults = error["validation"].as_array().expect("a list").clone();
        faults.iter().map(|fault| fault["field"].as_str().expect("a field").to_owned()).collect()
    };
    assert_eq!(fields(refused(json!({})).await), ["grantType", "scope"]);
    for (field, value) in [
        ("grantType", json!("authorization_code")),
        ("grantType", json!(1)),
        ("scope", json!([])),
        ("scope", json!("create:patient")),
        ("scope", json!([null])),
        ("scope", json!(["read:patients"])),
        ("scope", json!(["READ_PATIENT"])),
        ("scope", json!(["create:patient", "delete:users"])),
    ] {
        let mut body = good();
        body[field] = value.clone();
        assert_eq!(fields(refused(body).await), [field], "{value}");
    }
}

#[tokio::test]
async fn malformed_bodies_are_refused() {
    let practice = Practice::new().await;
    let mut let_through = Vec::new();
    for (fault, body) in malformed::bodies(&good()) {
        let request = practice.stack.request(Method::POST, TOKEN);
        let request = practice
            .headers()
            .into_iter()
            .fold(request, |it, (name, value)| it.header(name, value));
        let answer = ask(request.header("content-type", "application/json").body(body)).await;
        let is_refused = match answer.status {
            400 => detail(&answer) == "The body must be a JSON object.",
            422 => detail(&answer) == "There were some problems with your input.",
            _ => false,
        };
        if !is_refused {
            let_through.push(format!("{fault}: {}", answer.text()));
        }
    }
    assert_eq!(let_through, [""; 0]);
}
