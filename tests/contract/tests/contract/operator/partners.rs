//! Partners, what organizations share with them, and clients.
#![expect(clippy::expect_used, reason = "a test reports by panicking")]

use contract::operator::{organization, postern};
use serde_json::{Value, json};

fn partner() -> String {
    let created = postern(&["partner", "create", "--name", "Software", "--output", "json"]).done();
    created.json()["id"].as_str().expect("an id").to_owned()
}

fn connection(organization: &str) -> Value {
    let shown = postern(&["organization", "show", organization, "--output", "json"]).done();
    shown.json()["connection"].clone()
}

#[test]
fn what_an_organization_shares_with_a_partner_is_shown_but_its_secrets() {
    let (own, id) = (organization(), partner());
    assert_eq!(connection(&own), Value::Null);
    let scopes = "create:patient,read:user";
    let connect = ["organization", "connect", &own, "--partner", &id, "--scopes", scopes];
    let first = postern(&connect).done();
    let expected = json!({
        "partnerId": id, "scopes": ["create:patient", "read:user"],
        "hasSecret": true, "hasSecondSecret": false, "integratedAt": null,
    });
    assert_eq!(connection(&own), expected);
    let second = postern(&["organization", "rotate-secret", &own]).done();
    assert!(second.stderr.contains("Own Clinic"), "{}", second.stderr);
    assert_eq!(connection(&own)["hasSecondSecret"], true);
    let table = postern(&["organization", "show", &own]).done().stdout;
    for text in [&id, "create:patient, read:user"] {
        assert!(table.contains(text), "{table}");
    }
    for secret in [first.line(), second.line()] {
        assert!(!table.contains(secret), "{table}");
    }
    let named =
        postern(&["organization", "rotate-secret", &own, "--replace", "--yes", "--output", "json"]);
    assert_eq!(named.done().json()["name"], "Own Clinic");
}

#[test]
fn scopes_are_changed_and_nothing_else_of_a_connection() {
    let (own, id) = (organization(), partner());
    let update = |scopes| postern(&["organization", "update", &own, "--scopes", scopes]);
    let ran = update("read:user");
    assert_eq!(ran.status, 1, "it is connected to nobody");
    assert!(ran.stderr.contains("organization connect"), "{}", ran.stderr);
    let connect = ["organization", "connect", &own, "--partner", &id];
    let ran = postern(&connect);
    assert_eq!(ran.status, 2, "nothing is granted that isn't named");
    assert!(ran.stderr.contains("read:patient_prescription"), "{}", ran.stderr);
    let connected = postern(&[&connect[..], &["--scopes", "none"]].concat()).done();
    assert_eq!(connected.line().len(), 55);
    let before = connection(&own);
    assert_eq!(before["scopes"], json!([]));
    for (scopes, expected) in
        [("read:user,create:user", json!(["create:user", "read:user"])), ("", json!([]))]
    {
        assert_eq!(update(scopes).status, 0);
        let mut after = connection(&own);
        assert_eq!(after["scopes"], expected);
        after["scopes"] = before["scopes"].clone();
        assert_eq!(after, before);
    }
    let ran = update("delete:everything");
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("read:patient_prescription"), "{}", ran.stderr);
    // Neither does a change of something else touch them.
    assert_eq!(update("create:patient").status, 0);
    assert_eq!(postern(&["organization", "update", &own, "--name", "Renamed"]).status, 0);
    assert_eq!(connection(&own)["scopes"], json!(["create:patient"]));
}

#[test]
fn a_partners_and_an_organizations_secrets_have_two_slots() {
    let own = organization();
    let partner = postern(&["partner", "create", "--name", "Software", "--output", "json"]).done();
    let id = partner.json()["id"].as_str().expect("an id").to_owned();
    let connect = ["organization", "connect", &own, "--partner", &id, "--scopes", "read:user"];
    assert_eq!(postern(&connect).done().line().len(), 55);
    for words in [["partner", "rotate-secret", &id], ["organization", "rotate-secret", &own]] {
        let promote = [&words[..], &["--promote", "--yes"]].concat();
        assert_eq!(postern(&promote).status, 1, "one secret only");
        assert_eq!(postern(&words).done().line().len(), 55);
        assert_eq!(postern(&words).status, 1, "a third");
        assert_eq!(postern(&promote).status, 0);
        assert_eq!(postern(&words).status, 0);
    }
}

#[test]
fn a_clients_token_has_two_slots() {
    let id = organization();
    assert_eq!(postern(&["client", "create", &id]).done().line().len(), 55);
    assert_eq!(postern(&["client", "create", &id]).status, 1, "there is one");
    let rotate = ["client", "rotate-token", id.as_str()];
    assert_eq!(postern(&rotate).done().line().len(), 55);
    assert_eq!(postern(&rotate).status, 1, "a third");
    assert_eq!(postern(&[&rotate[..], &["--replace", "--yes"]].concat()).status, 0);
    let promoted = postern(&[&rotate[..], &["--promote", "--yes"]].concat()).done();
    assert!(promoted.stderr.contains("up to a minute"), "{}", promoted.stderr);
    assert_eq!(postern(&["client", "rotate-token", "nobody"]).status, 1);
}
