//! What is deleted is gone, says what is left of it, and doesn't come back.
#![expect(clippy::expect_used, reason = "a test reports by panicking")]

use contract::{Tenant, ask, operator::organization, operator::postern, operator::postern_reading};
use serde_json::{Value, json};

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn a_deleted_user_is_signed_out_unknown_and_can_be_deleted_again() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let (id, email) = (&tenant.organization_id, &tenant.patient.email);
    let shown = postern(&["user", "show", "--organization", id, email, "--output", "json"]);
    let user = text(&shown.done().json()["id"]);
    let delete = ["user", "delete", "--organization", id, email, "--output", "json"];
    let asked = postern(&delete);
    assert_eq!(asked.status, 2, "nobody is there to be asked");
    assert!(asked.stderr.contains("will be deleted"), "{}", asked.stderr);
    let deleted = postern(&[&delete[..], &["--yes"]].concat()).done();
    assert!(deleted.stderr.contains("also left"), "{}", deleted.stderr);
    assert!(!deleted.stderr.contains(email.as_str()), "{}", deleted.stderr);
    let record = deleted.json();
    assert_eq!(record["id"], user);
    for field in ["deletedAt", "backupsUntil", "tombstoneUntil"] {
        assert!(record[field].is_string(), "{record}");
    }
    let refreshed = ask(tenant.refresh(&session.refresh)).await;
    assert_eq!(refreshed.status, 401, "{refreshed:?}");
    for named in [email, &user] {
        let gone = postern(&["user", "show", "--organization", id, named]);
        assert_eq!(gone.status, 1, "{}", gone.stderr);
    }
    // By its id it is found as long as the tombstone is there.
    let again = postern(&["user", "delete", "--organization", id, &user, "--output", "json"]);
    assert_eq!(again.done().json(), record);
    let by_address = postern(&[&delete[..], &["--yes"]].concat());
    assert_eq!(by_address.status, 1, "the address leads nowhere: {}", by_address.stderr);
    let next = ["user", "create", "--organization", id, "--id", &user, "--email", email];
    postern(&next).done();
    let refreshed = ask(tenant.refresh(&session.refresh)).await;
    assert_eq!(refreshed.status, 401, "{refreshed:?}");
}

#[tokio::test]
async fn a_deleted_organization_is_unknown_for_ever() {
    let tenant = Tenant::new().await;
    let id = &tenant.organization_id;
    let users = "email\na@example.com\nb@example.com\n";
    let import = ["user", "import", "--organization", id, "-"];
    assert_eq!(postern_reading(&import, users).status, 0);
    let delete = ["organization", "delete", id, "--yes", "--output", "json"];
    let record = postern(&delete).done().json();
    assert_eq!((&record["users"], &record["tombstoneUntil"]), (&json!(3), &Value::Null));
    let shown = postern(&["organization", "show", id]);
    assert!(shown.status == 1 && shown.stderr.contains("was deleted at"), "{}", shown.stderr);
    let created = postern(&["organization", "create", "--name", "X", "--id", id]);
    assert_eq!(created.status, 1);
    assert!(created.stderr.contains("no id is used twice"), "{}", created.stderr);
    for command in [
        &["user", "create", "--organization", id, "--email", "c@example.com"][..],
        &["user", "list", "--organization", id],
        &["api-key", "create", "--organization", id],
        &["organization", "enable", id],
        &["organization", "sign-out", id, "--yes", "--no-wait"],
    ] {
        assert_eq!(postern(command).status, 1, "{command:?}");
    }
    let found = postern_reading(&["api-key", "find"], &tenant.api_key);
    assert_eq!(found.status, 1, "{}", found.stdout);
    let listed = postern(&["organization", "list", "--filter", id, "--output", "json"]);
    assert_eq!(listed.done().json(), json!([]));
    let again = postern(&delete).done().json();
    assert_eq!((&again["users"], &again["deletedAt"]), (&json!(0), &record["deletedAt"]));
    assert_eq!(postern(&["organization", "delete", "nowhere", "--yes"]).status, 1);
}

#[test]
fn a_partner_is_renamed_and_deleted_once_nobody_is_connected_to_it() {
    let own = organization();
    let created = postern(&["partner", "create", "--name", "Software", "--output", "json"]);
    let id = text(&created.done().json()["id"]);
    let renamed = postern(&["partner", "update", &id, "--name", "Suite", "--output", "json"]);
    assert_eq!(renamed.done().json()["name"], "Suite");
    let connect = ["organization", "connect", &own, "--partner", &id, "--scopes", "none"];
    postern(&connect).done();
    let delete = ["partner", "delete", &id, "--yes"];
    let refused = postern(&delete);
    assert!(refused.status == 1 && refused.stderr.contains(&own), "{}", refused.stderr);
    postern(&["organization", "disconnect", &own, "--yes"]).done();
    postern(&delete).done();
    postern(&delete).done();
    for verb in ["show", "enable", "disable", "rotate-secret"] {
        let gone = postern(&["partner", verb, &id, "--yes"]);
        assert!(gone.status == 1 && gone.stderr.contains("not found"), "{verb}: {}", gone.stderr);
    }
    assert_eq!(postern(&connect).status, 1);
    let again = postern(&["partner", "create", "--name", "Another", "--id", &id]);
    assert!(again.status == 1 && again.stderr.contains("was deleted"), "{}", again.stderr);
    let listed = postern(&["partner", "list", "--filter", &id, "--output", "json"]);
    assert_eq!(listed.done().json(), json!([]));
}

#[test]
fn a_client_is_changed_deleted_and_created_again() {
    let id = format!("9{}", u32::from_str_radix(&organization()[..8], 16).expect("a UUID"));
    let first = postern(&["client", "create", &id]).done().line().to_owned();
    let update = ["client", "update", &id, "--user-info", "published", "--output", "json"];
    let updated = postern(&update).done().json();
    assert_eq!(
        (&updated["userInfo"], &updated["readsUserInfo"]),
        (&json!("published"), &json!(true))
    );
    assert_eq!(postern(&["client", "update", &id]).status, 2);
    postern(&["client", "delete", &id, "--yes"]).done();
    for verb in ["show", "enable", "delete", "rotate-token"] {
        let gone = postern(&["client", verb, &id, "--yes"]);
        assert!(gone.status == 1 && gone.stderr.contains("not found"), "{verb}: {}", gone.stderr);
    }
    let second = postern(&["client", "create", &id]).done().line().to_owned();
    assert_ne!(first, second);
    let shown = postern(&["client", "show", &id, "--output", "json"]).done().json();
    assert_eq!(shown["userInfo"], "documented");
}
