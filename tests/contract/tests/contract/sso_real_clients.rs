//! How the systems of the exchange read the answers: each test does what a published client does.

use contract::{
    Answer, ask,
    exchange::{
        Exchange, NOT_AUTHENTICATED, PASSWORD, SIGNIN, form, info, parts, token, url_encoded,
    },
};
use reqwest::Method;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// A Java mapper that fails on unknown properties, and a class with this one field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityToken {
    access_token: String,
}

fn identity_token(answer: &Answer) -> serde_json::Result<Option<String>> {
    if answer.status == 404 {
        return Ok(None);
    }
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_slice(&answer.body).map(|IdentityToken { access_token }| Some(access_token))
}

/// Portals and record clients: 2xx is read by a strict mapper, 404 is "no login".
#[tokio::test]
async fn a_strict_mapper_reads_the_token_and_404_as_no_login() {
    let exchange = Exchange::new().await;
    for accept in ["application/json", "application/atom+xml", "text/plain;q=0", "*/*", "x"] {
        let accepting = |request: reqwest::RequestBuilder| ask(request.header("accept", accept));
        let token = identity_token(&accepting(exchange.sign_in()).await).expect("one field");
        assert_eq!(token.map(|token| token.len()), Some(42), "{accept}");
        let wrong = accepting(exchange.try_as(&exchange.email, "wrong")).await;
        assert_eq!(identity_token(&wrong).expect("no login"), None, "{accept}");
    }
}

/// The same clients tell a fault of their own configuration, 401, from a failed login, 404.
#[tokio::test]
async fn a_wrong_client_pair_and_a_wrong_password_are_told_apart_by_the_status() {
    let exchange = Exchange::new().await;
    let login = form(&exchange.email, "wrong");
    let pair = exchange.request_of(&exchange.client_id, "wrong", Method::POST, SIGNIN);
    assert_eq!(ask(url_encoded(pair, login)).await.status, 401);
    assert_eq!(ask(exchange.try_as(&exchange.email, "wrong")).await.status, 404);
}

/// A portal signs patients in under its own client pair.
#[tokio::test]
async fn a_portal_signs_in_users_who_are_not_its_client() {
    let (portal, clinic) = (Exchange::new().await, Exchange::new().await);
    assert_ne!(portal.client_id, clinic.user_id.to_string());
    let token = identity_token(&ask(portal.try_as(&clinic.email, PASSWORD)).await);
    assert!(token.expect("one field").is_some());
}

/// User info as four published services read it, with Jackson: the shared record, the patient index,
/// its FHIR version and the patients' journal. Each ignores fields that it doesn't know. A number may
/// become text, but a boolean becomes no number; a profile without a name ends in an exception.
#[derive(Deserialize)]
struct UserInfo {
    #[serde(deserialize_with = "text_or_number")]
    id: String,
    email: String,
    is_active: i32,
    activated: bool,
    access_token: String,
    groups: Vec<String>,
    profiles: Vec<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    name: String,
    id: Option<String>,
    catchment: Option<Vec<String>>,
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        other => other.to_string(),
    })
}

impl UserInfo {
    fn read(answer: &Answer) -> serde_json::Result<Self> {
        assert_eq!(answer.status, 200, "{answer:?}");
        serde_json::from_slice(&answer.body)
    }

    fn has_group(&self, name: &str) -> bool {
        self.groups.iter().any(|group| group.eq_ignore_ascii_case(name))
    }

    fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.name.eq_ignore_ascii_case(name))
    }

    /// A role counts with its group and a profile of its kind that has an id.
    fn has_role(&self, group: &str, profile: &str) -> bool {
        self.has_group(group) && self.profile(profile).is_some_and(|it| it.id.is_some())
    }
}

impl Profile {
    fn covers(&self, area: &str) -> bool {
        self.catchment.iter().flatten().any(|code| area.starts_with(code.as_str()))
    }
}

/// What the services compare with the three headers that a caller sent: `X-Auth-Token`, `client_id` and
/// `From`.
#[tokio::test]
async fn the_published_services_admit_a_caller_by_the_published_form() {
    let exchange = Exchange::new().await;
    let (x_auth_token, client_id) = (exchange.token().await, exchange.user_id.to_string());
    let request = exchange.who_as_published(&x_auth_token).header("accept", "application/json");
    let info = UserInfo::read(&ask(request).await).expect("user info");
    assert!(info.activated && info.is_active == 1);
    assert_eq!((info.access_token, info.id), (x_auth_token, client_id));
    assert_eq!(info.email, exchange.email, "to the letter: as registered");
    assert!(exchange.email.contains(char::is_uppercase));
}

/// So a client of theirs needs the setting.
#[tokio::test]
async fn the_published_services_cannot_read_the_documented_form() {
    let exchange = Exchange::new().await;
    let answer = ask(exchange.who(&exchange.token().await)).await;
    assert!(UserInfo::read(&answer).is_err());
    let mut info = answer.json();
    info["is_active"] = 1.into();
    assert!(serde_json::from_value::<UserInfo>(info).is_err(), "a profile's name is missing, too");
}

/// What services of newer making read, by the contract.
#[tokio::test]
async fn the_documented_form_is_that_of_the_contract_for_everybody_else() {
    let exchange = Exchange::new().await;
    let token = exchange.token().await;
    let documented = ask(exchange.who(&token)).await.json();
    assert_eq!((&documented["activated"], &documented["is_active"]), (&true.into(), &true.into()));
    assert_eq!(documented["id"], exchange.user_id);
    let mut published = ask(exchange.who_as_published(&token)).await.json();
    assert_eq!(published["is_active"].take(), json!(1));
    published["is_active"] = json!(true);
    for profile in published["profiles"].as_array_mut().expect("profiles") {
        let name = profile.as_object_mut().and_then(|profile| profile.remove("name"));
        assert_eq!(name.as_ref(), profile.get("type"), "{profile}");
    }
    assert_eq!(published, documented, "no other difference");
}

/// A user of the patient index has groups and profiles of these kinds.
#[tokio::test]
async fn roles_and_catchments_are_found_by_group_and_profile_name() {
    let exchange = Exchange::new().await;
    let profiles = json!([
        {"type": "facility", "id": "10000069", "catchment": ["302618"]},
        {"type": "provider", "id": "343234", "catchment": ["3026"]},
        {"type": "mci-supervisor", "id": "102", "catchment": ["10"]},
        {"type": "admin", "id": "2", "catchment": ["30"]},
        {"type": "patient", "id": "10091232131", "catchment": null},
    ]);
    let email = exchange.create_with("profiles", profiles).await;
    let token = token(&ask(exchange.try_as(&email, PASSWORD)).await);
    let answer = ask(exchange.who_as_published(&token)).await;
    let user = UserInfo::read(&answer).expect("user info");
    assert!(user.has_role("mci admin", "mci-supervisor"));
    assert!(!user.has_role("Facility Admin", "facility"), "the profile alone is no role");
    let covers = |name: &str, area: &str| user.profile(name).expect("one").covers(area);
    assert!(covers("facility", "30261801") && !covers("facility", "3026"));
    assert!(covers("Provider", "302618") && covers("mci-supervisor", "102030"));
    assert_eq!(user.profile("patient").map(|it| it.catchment.is_none()), Some(true), "null");
    assert!(!covers("patient", "30"));

    let documented = ask(exchange.who(&token)).await.json();
    assert_eq!(
        documented["profiles"][4],
        json!({
            "type": "patient", "id": "10091232131", "catchment": [],
        }),
        "a list, by the contract"
    );
}

/// The console of the patient index, in PHP: its mapper makes a boolean of a number, roles are made of
/// groups, and the places are those of the profile with the name `admin`.
#[tokio::test]
async fn a_php_console_finds_its_roles_and_the_administrators_places() {
    let exchange = Exchange::new().await;
    let profiles = json!([
        {"type": "provider", "id": "123", "catchment": ["10"]},
        {"type": "admin", "id": "2", "catchment": ["3026"]},
    ]);
    let email = exchange.create_with("profiles", profiles).await;
    let token = token(&ask(exchange.try_as(&email, PASSWORD)).await);
    let user = ask(exchange.who_as_published(&token)).await.json();
    assert!(!matches!(&user["is_active"], Value::Bool(false) | Value::Null));
    assert_ne!(user["is_active"], 0);
    let groups = user["groups"].as_array().expect("groups").iter();
    let role = |group: &Value| group.as_str().map(|it| it.to_uppercase().replace(' ', "_"));
    assert!(groups.filter_map(role).any(|role| role == "MCI_ADMIN"));
    let mut profiles = user["profiles"].as_array().expect("profiles").iter();
    let admin = profiles.find(|profile| profile["name"] == "admin").expect("one");
    assert_eq!(admin["catchment"], json!(["3026"]));
}

/// Two integrators look for the facility that a user belongs to. One sends its id in the query and reads
/// text; the other spells the header with a hyphen, and gives up without `email` and `facility_id`.
#[tokio::test]
async fn integrators_find_the_facility_among_the_extra_attributes() {
    let exchange = Exchange::new().await;
    let email = exchange.create_with("extra", json!({ "facility_id": "10000069" })).await;
    let access = token(&ask(exchange.try_as(&email, PASSWORD)).await);
    for client in [&exchange.client_id, &exchange.published_client_id] {
        let in_the_query = exchange
            .stack
            .request(Method::GET, &format!("{}?client_id={client}", info(&access)))
            .header("content-type", "application/x-www-form-urlencoded");
        let with_a_hyphen =
            exchange.stack.request(Method::GET, &info(&access)).header("client-id", client);
        for request in [in_the_query, with_a_hyphen] {
            let answer = ask(request.header("X-Auth-Token", &exchange.client_token)).await;
            let body = answer.json();
            assert_eq!(answer.status, 200);
            assert_eq!((&body["facility_id"], &body["email"]), (&json!("10000069"), &json!(email)));
        }
    }
}

/// An index that caches one token signs in again when its token is refused.
#[tokio::test]
async fn a_cached_token_that_is_refused_is_replaced_by_a_new_sign_in() {
    let exchange = Exchange::new().await;
    let cached = exchange.token().await;
    assert_eq!(ask(exchange.sign_out(&cached)).await.status, 200);
    assert_eq!(ask(exchange.who(&cached)).await.status, 404, "not authorized, to its callers");
    let renewed = exchange.token().await;
    assert_ne!(renewed, cached);
    assert_eq!(ask(exchange.who(&renewed)).await.status, 200);
}

/// A test suite of the exchange posts its form in parts.
#[tokio::test]
async fn a_form_in_parts_signs_in() {
    let exchange = Exchange::new().await;
    let (kind, body) = parts(&[("email", &exchange.email), ("password", PASSWORD)]);
    let request = exchange.request(Method::POST, SIGNIN).header("content-type", kind);
    let token = identity_token(&ask(request.body(body)).await);
    assert!(token.expect("one field").is_some());
}

/// A JavaScript client takes `error` in the body, or no `access_token`, for a failure.
#[tokio::test]
async fn a_failure_has_error_in_its_body_and_a_success_has_not() {
    let exchange = Exchange::new().await;
    let succeeded = |answer: &Answer| {
        let body = answer.json();
        body["error"] != true && body["access_token"].is_string()
    };
    assert!(succeeded(&ask(exchange.sign_in()).await));
    let wrong = ask(exchange.try_as(&exchange.email, "wrong")).await;
    assert!(!succeeded(&wrong) && wrong.text() == NOT_AUTHENTICATED);
    let signed_out = ask(exchange.sign_out(&exchange.token().await)).await;
    assert_eq!(signed_out.json()["error"], false);
}

/// A PHP client decodes any answer and looks for `access_token`.
#[tokio::test]
async fn every_answer_is_a_json_object() {
    let exchange = Exchange::new().await;
    let token = exchange.token().await;
    for request in [
        exchange.sign_in(),
        exchange.try_as(&exchange.email, "wrong"),
        exchange.post("{"),
        exchange.who(&token),
        exchange.who("unknown"),
        exchange.stack.request(Method::GET, &info(&token)),
        exchange.sign_out(&token),
    ] {
        let answer = ask(request).await;
        assert!(answer.json().is_object(), "{answer:?}");
        assert_eq!(answer.header("content-type"), "application/json");
    }
}
