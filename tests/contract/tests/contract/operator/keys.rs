//! Key rings. On stacks of their own: others look at the keys of the shared one.

#![expect(clippy::unwrap_used, reason = "an answer of another form is a failed test")]

use std::io::{BufRead as _, BufReader};

use contract::{
    operator::{ended, postern_where, started},
    own_stack::OwnStack,
};
use serde_json::{Value, json};

/// What the keys of one secret are good for, of all that are listed.
fn states(listed: &Value, secret: &str) -> Vec<String> {
    let keys = listed.as_array().into_iter().flatten().filter(|key| key["secret"] == secret);
    keys.map(|key| key["state"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_ring_is_rotated_in_two_steps_and_by_one_operator() {
    let own = OwnStack::start(&[]);
    own.ready().await;
    let variables = own.variables_of_operators();
    let run = |words: &[&str]| postern_where(words, &variables);
    let keys = || run(&["keys", "list", "--output", "json"]).done().json();
    let operators: Vec<_> =
        (0..3).map(|_| started(&["keys", "rotate", "password-access"], &variables)).collect();
    let ran: Vec<_> = operators.into_iter().map(ended).collect();
    assert_eq!(ran.iter().filter(|ran| ran.status == 0).count(), 1, "{ran:?}");
    let listed = keys();
    assert_eq!(states(&listed, "password-access"), ["current", "next"]);
    let early = run(&["keys", "rotate", "password-access"]);
    assert_eq!(early.status, 1);
    assert!(early.stderr.contains("--wait"), "{}", early.stderr);
    assert_eq!(keys(), listed);
    assert_eq!(run(&["keys", "rotate", "identifier"]).status, 1);
    for other in ["otp", "portal-access", "portal-refresh"] {
        run(&["keys", "rotate", other]).done();
        assert_eq!(states(&keys(), other), ["current", "next"]);
    }
}

#[tokio::test]
async fn a_previous_key_is_dropped_and_no_other() {
    let own = OwnStack::start(&[]);
    own.ready().await;
    let variables = own.variables_of_operators();
    let run = |words: &[&str]| postern_where(words, &variables);
    let keys = || run(&["keys", "list", "--output", "json"]).done().json();
    let secret = own.variable("PASSWORD_ACCESS_SECRET");
    let call = async |target: &str, body: Value| -> Value {
        let request = reqwest::Client::new()
            .post(own.variable("AWS_ENDPOINT_URL_SECRETS_MANAGER"))
            .header(
                "authorization",
                format!("AWS4-HMAC-SHA256 Credential={}/", own.variable("AWS_ACCESS_KEY_ID")),
            )
            .header("x-amz-target", format!("secretsmanager.{target}"))
            .body(body.to_string());
        let answer = request.send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&answer).unwrap()
    };
    // What a rotation leaves, ten minutes after its announcement.
    let held = call("GetSecretValue", json!({"SecretId": secret})).await;
    let text = held["SecretString"].as_str().unwrap();
    let old: Value = serde_json::from_str(text).unwrap();
    let kid = old["kid"].as_str().unwrap();
    let ring = json!({"current": {"kid": "new", "key": "A".repeat(88)}, "previous": [old]});
    call("PutSecretValue", json!({"SecretId": secret, "SecretString": ring.to_string()})).await;
    assert_eq!(states(&keys(), "password-access"), ["current", "previous"]);

    let drop = |name, kid| run(&["keys", "drop", name, kid, "--yes"]);
    assert_eq!(drop("password-access", "new").status, 1, "it signs");
    assert_eq!(drop("password-access", "nobody's").status, 1);
    assert_eq!(drop("partner-signing", kid).status, 1);
    assert_eq!(drop("identifier", kid).status, 1);
    assert_eq!(run(&["keys", "drop", "password-access", kid]).status, 2, "nobody to be asked");
    assert_eq!(states(&keys(), "password-access"), ["current", "previous"]);
    let dropped = drop("password-access", kid).done();
    let told = dropped.stderr.contains(kid) && dropped.stderr.contains("cached until");
    assert!(told, "{}", dropped.stderr);
    assert_eq!(states(&keys(), "password-access"), ["current"]);
}

#[tokio::test]
async fn a_partners_signing_key_is_added_once_and_its_instant_is_told() {
    let own = OwnStack::start(&[]);
    own.ready().await;
    let variables = own.variables_of_operators();
    let run = |words: &[&str]| postern_where(words, &variables);
    let keys = || run(&["keys", "list", "--output", "json"]).done().json();
    assert_eq!(run(&["keys", "rotate", "partner-signing", "--wait"]).status, 2);
    let added = run(&["keys", "rotate", "partner-signing", "--output", "json"]).done().json();
    let (kid, signs_from) = (&added["kid"], added["signsFrom"].as_str().unwrap());
    assert!(signs_from.ends_with('Z') && signs_from.contains('T'), "{signs_from}");
    let listed = keys();
    assert_eq!(states(&listed, "partner-signing"), ["current", "next"]);
    let is_next = |key: &&Value| key["state"] == "next";
    let next = listed.as_array().and_then(|keys| keys.iter().find(is_next)).unwrap();
    assert_eq!((&next["kid"], &next["since"]), (kid, &added["signsFrom"]));
    let second = run(&["keys", "rotate", "partner-signing", "--output", "json"]);
    assert_eq!((second.status, second.stdout.as_str()), (1, ""));
    assert!(second.stderr.contains(signs_from), "{}", second.stderr);
    assert_eq!(keys(), listed);
}

/// What a command that waits for minutes says, until one line has `text`; then it is cut off.
fn cut_off_after(text: &str, words: &[&str], variables: &[(String, String)]) -> String {
    let mut child = started(words, variables);
    let mut said = String::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        said.push_str(&line.unwrap());
        said.push('\n');
        if said.contains(text) {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(said.contains(text), "{said}");
    said
}

#[tokio::test]
async fn an_emergency_is_asked_about_told_and_goes_on_after_it_was_cut_off() {
    let own = OwnStack::start(&[]);
    own.ready().await;
    let variables = own.variables_of_operators();
    let run = |words: &[&str]| postern_where(words, &variables);
    let keys = || run(&["keys", "list", "--output", "json"]).done().json();
    assert_eq!(run(&["keys", "rotate", "identifier", "--now", "--yes"]).status, 1);
    assert_eq!(run(&["keys", "rotate", "otp", "--now", "--wait"]).status, 2);
    for (ring, states_of_it) in
        [("portal-access", ["current", "next"]), ("partner-signing", ["current", "next"])]
    {
        let before = keys();
        let unasked = run(&["keys", "rotate", ring, "--now"]);
        assert_eq!((unasked.status, keys()), (2, before.clone()), "nobody to be asked");
        let kid = |listed: &Value| {
            let mut of_it = listed.as_array().into_iter().flatten();
            of_it.find(|key| key["secret"] == ring).unwrap()["kid"].clone()
        };
        let rotate = ["keys", "rotate", ring, "--now", "--yes"];
        cut_off_after("min left", &rotate, &variables);
        let announced = keys();
        assert_eq!(states(&announced, ring), states_of_it);
        assert_eq!(kid(&announced), kid(&before));
        // Another operator's, or the same one's again: it waits for the key that is there.
        let again = cut_off_after("min left", &rotate, &variables);
        assert!(again.contains("going on at"), "{again}");
        assert_eq!(keys(), announced);
    }
}
