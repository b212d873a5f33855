//! docs/restore.md, played through: what an older copy of the tables brings back to life, and what ends it.
#![expect(clippy::expect_used, reason = "a test reports by panicking")]

use std::fs;
use std::path::Path;

use contract::{
    Session, Stack, Tenant, ask, eventually,
    operator::{Ran, reading_where},
    own_stack::{Folder, OwnStack},
};
use reqwest::Method;
use serde_json::{Value, json};

/// Copies the files of a folder, and of those in it.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            fs::create_dir(&target).expect("a new folder");
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}

/// Puts the tables of a backup in place of those that are there. Secrets and logs stay as they are, as on AWS.
fn put_back(backup: &Path, data: &Path) {
    let is_of_tables = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        ["dynamodb.", "stream-", "shared-local-instance."].iter().any(|it| name.starts_with(it))
    };
    let paths = |folder: &Path| {
        let entries = fs::read_dir(folder).expect("a folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths.filter(|path| is_of_tables(path)).collect::<Vec<_>>()
    };
    for path in paths(data) {
        fs::remove_file(path).expect("removed");
    }
    for path in paths(backup) {
        fs::copy(&path, data.join(path.file_name().expect("a name"))).expect("a copy");
    }
}

/// A stack over a folder, and `postern` with its variables.
struct Place {
    own: OwnStack,
    stack: Stack,
}

impl Place {
    async fn over(data: &Folder) -> Self {
        let own = OwnStack::start(&[("POSTERN_DATA", data.text())]);
        let stack = own.ready().await;
        Self { own, stack }
    }

    async fn end(mut self) {
        self.own.signal("TERM");
        assert!(self.own.ended().await.success());
    }

    fn postern(&self, words: &[&str]) -> Ran {
        let mut variables = self.own.variables_of_operators();
        let policy = contract::operator::policy(words).to_owned();
        variables.push(("AWS_ACCESS_KEY_ID".to_owned(), policy));
        reading_where(words, &variables, "")
    }
}

#[tokio::test]
async fn what_a_restore_brings_back_is_ended_by_the_fence_and_by_the_trails_list() {
    let (data, backup) = (Folder::new(), Folder::new());
    let first = Place::over(&data).await;
    let tenant = Tenant::on(&first.stack, &json!({})).await;
    let id = tenant.organization_id.clone();
    let of = ["--organization", id.as_str()];
    let session = tenant.sign_in().await;
    let create = ["user", "create", "--email", "gone@example.com", "--id", "gone"];
    first.postern(&[&create[..], &of].concat()).done();
    first.end().await;
    copy(data.path(), backup.path());

    let second = Place::over(&data).await;
    let tenant = Tenant { stack: second.stack.clone(), ..tenant };
    assert_eq!(ask(tenant.logout(&session.refresh)).await.status, 200);
    assert_eq!(ask(tenant.refresh(&session.refresh)).await.status, 401);
    second.postern(&[&["user", "delete", "gone", "--yes"], &of[..]].concat()).done();
    let trail = ["audit", "--user", "gone", "--since", "1h", "--output", "json"];
    eventually("the deletion is in the trail", async || {
        second.postern(&trail).done().stdout.contains("user.forgotten").then_some(())
    })
    .await;
    second.end().await;

    put_back(backup.path(), data.path());
    let third = Place::over(&data).await;
    let tenant = Tenant { stack: third.stack.clone(), ..tenant };
    // What the document warns of.
    let revived = ask(tenant.refresh(&session.refresh)).await;
    assert_eq!(revived.status, 200, "a token that its user signed out of");
    let revived = Session::of(&revived);
    third.postern(&[&["user", "show", "gone"], &of[..]].concat()).done();
    let told = third.postern(&trail).done();
    assert!(told.stdout.contains("user.deleted"), "the trail outlives the table: {}", told.stdout);

    let fenced = third.postern(&["fence", "--yes", "--no-wait", "--output", "json"]).done();
    assert!(fenced.stdout.contains(&id), "{}", fenced.stdout);
    let advance = third.stack.console(Method::POST, "/clock").json(&json!({"advance": "71s"}));
    assert_eq!(ask(advance).await.status, 200);
    assert_eq!(ask(tenant.refresh(&revived.refresh)).await.status, 401);
    assert_eq!(ask(tenant.me(&revived.access)).await.status, 401);
    third.postern(&[&["user", "delete", "gone", "--yes"], &of[..]].concat()).done();
    let shown = third.postern(&[&["user", "show", "gone"], &of[..]].concat());
    assert_eq!(shown.status, 1, "{}", shown.stderr);
    let again = tenant.sign_in().await;
    assert_eq!(ask(tenant.refresh(&again.refresh)).await.status, 200);
    third.end().await;
}

#[tokio::test]
async fn keys_that_a_restore_unpublished_are_published_again() {
    let (data, backup) = (Folder::new(), Folder::new());
    let first = Place::over(&data).await;
    first.end().await;
    copy(data.path(), backup.path());
    let second = Place::over(&data).await;
    second.postern(&["keys", "rotate", "partner-signing"]).done();
    let keys = second.postern(&["keys", "list", "--output", "json"]).done().json();
    let is_next = |key: &&Value| key["secret"] == "partner-signing" && key["state"] == "next";
    let next = keys.as_array().into_iter().flatten().find(is_next).expect("the announced key");
    let kid = next["kid"].as_str().expect("a text").to_owned();
    second.end().await;

    put_back(backup.path(), data.path());
    let third = Place::over(&data).await;
    let waiting = third.postern(&["keys", "rotate", "partner-signing"]);
    assert!(waiting.stderr.contains(&kid) || waiting.stdout.contains(&kid), "{waiting:?}");
    let published = ask(third.stack.request(Method::GET, "/.well-known/jwks.json")).await;
    assert!(published.text().contains(&kid), "{}", published.text());
    third.end().await;
}
