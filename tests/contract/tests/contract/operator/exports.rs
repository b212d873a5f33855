//! What is exported is whole, is read again by an import, and has no secret of an organization in it.
#![expect(clippy::expect_used, reason = "a test reports by panicking")]

use std::os::unix::fs::PermissionsExt as _;

use contract::operator::{postern, postern_reading};
use contract::password::Clinic;
use contract::{Tenant, ask, eventually};
use serde_json::{Value, json};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test]
async fn a_user_who_was_exported_and_deleted_comes_back_by_an_import_with_the_old_password() {
    let clinic = Clinic::new().await;
    let of = ["--organization", clinic.organization.as_str()];
    let run = |words: &[&str]| postern(&[words, &of[..]].concat());
    run(&[
        "user",
        "create",
        "--email",
        "jo@example.com",
        "--phone",
        "+15551230000",
        "--locale",
        "de",
    ])
    .done();
    run(&["user", "disable", "jo@example.com", "--yes"]).done();
    let exported = run(&["user", "export"]).done();
    let mut before = lines(&exported.stdout);
    assert_eq!(before.len(), 2, "{}", exported.stdout);
    assert!(exported.stderr.contains("2 users exported"), "{}", exported.stderr);
    let session = clinic.token().await;

    for user in [clinic.username.as_str(), "jo@example.com"] {
        run(&["user", "delete", user, "--yes"]).done();
    }
    assert_eq!(run(&["user", "export"]).done().stdout, "");
    assert_eq!(ask(clinic.log_in()).await.status, 401);
    let words =
        [&["user", "import", "--format", "jsonl", "-", "--output", "json"], &of[..]].concat();
    let summary = postern_reading(&words, &exported.stdout).done().json();
    assert_eq!((&summary["created"], &summary["bad"]), (&json!(2), &json!(0)), "{summary}");
    let mut after = lines(&run(&["user", "export"]).done().stdout);
    for users in [&mut before, &mut after] {
        users.sort_by_key(|user| user["id"].as_str().map(str::to_owned));
    }
    assert_eq!(after, before);
    eventually("the old password is good", async || {
        (ask(clinic.log_in()).await.status == 200).then_some(())
    })
    .await;
    assert_eq!(ask(clinic.account(&session)).await.status, 401, "the old session stays ended");
}

#[tokio::test]
async fn one_user_is_exported_with_everything_that_is_stored() {
    let tenant = Tenant::new().await;
    tenant.sign_in().await;
    let of = ["--organization", tenant.organization_id.as_str()];
    let email = tenant.patient.email.as_str();
    let exported = postern(&[&["user", "export", email], &of[..]].concat()).done().json();
    assert_eq!((&exported["email"], &exported["disabled"]), (&json!(email), &json!(false)));
    assert_eq!(exported["organization"], tenant.organization_id);
    assert_eq!(exported["sessions"][0]["state"], "live", "{exported}");
    let identities = exported["identities"].as_object().expect("identities");
    let codes = identities.values().filter(|code| code["issuedAt"].is_string()).count();
    assert_eq!((identities.len(), codes), (2, 1), "{exported}");
    assert_eq!(postern(&[&["user", "export", "nobody"], &of[..]].concat()).status, 1);
    assert_eq!(postern(&["user", "export", "--organization", "nowhere"]).status, 1);
}

#[tokio::test]
async fn an_export_goes_to_a_new_file_that_only_its_owner_reads() {
    let tenant = Tenant::new().await;
    let path = std::env::temp_dir().join(format!("export-{}.jsonl", tenant.organization_id));
    let file = path.to_str().expect("a path");
    let words = ["user", "export", "--organization", &tenant.organization_id, "--file", file];
    let ran = postern(&words).done();
    assert_eq!(ran.stdout, "");
    let mode = std::fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let rows = lines(&std::fs::read_to_string(&path).expect("a file"));
    assert_eq!(rows[0]["email"], tenant.patient.email);
    let again = postern(&words);
    assert!(again.status == 2 && again.stderr.contains("can't create"), "{}", again.stderr);
    std::fs::remove_file(&path).expect("removed");
}

#[tokio::test]
async fn an_organization_is_exported_without_secrets() {
    let tenant = Tenant::new().await;
    let id = &tenant.organization_id;
    let exported = postern(&["organization", "export", id]).done();
    assert!(!exported.stdout.contains(&tenant.api_key), "{}", exported.stdout);
    assert!(exported.stderr.contains("postern user export"), "{}", exported.stderr);
    let exported = exported.json();
    let shown = postern(&["organization", "show", id, "--output", "json"]).done().json();
    for (name, value) in shown.as_object().expect("an object") {
        assert_eq!(&exported[name], value, "{name}");
    }
    assert_eq!(exported["apiKeyNames"].as_array().map(Vec::len), Some(1), "{exported}");
}
