//! How the changes of one thing are found.

use contract::{
    Session, Tenant, ask, eventually,
    operator::{postern, postern_where},
    wrong,
};
use serde_json::Value;

use super::{events, trail};

/// The lines that these options select, once there are so many of an event.
async fn told(options: &[&str], event: &str, count: usize) -> Vec<Value> {
    eventually(&format!("{count} times {event} for {options:?}"), async || {
        let lines = trail(options);
        (events(&lines).get(event) == Some(&count)).then_some(lines)
    })
    .await
}

/// As an auditor asks who guessed.
#[tokio::test]
async fn the_codes_that_were_sent_to_and_guessed_for_a_user_are_found() {
    let (tenant, other) = (Tenant::new().await, Tenant::new().await);
    let code = tenant.email().await.code();
    ask(tenant.verify(&wrong(&code, 1))).await;
    tenant.sms().await;
    other.email().await;
    let (user, organization) = (&tenant.patient.user_id, &tenant.organization_id);
    let of_user = ["--user", user, "--organization", organization];
    assert!(!events(&trail(&of_user)).contains_key("code.issued"));
    let lines = told(&[&of_user[..], &["--codes"]].concat(), "code.issued", 2).await;
    assert_eq!(events(&lines).get("code.attempted"), Some(&1), "{lines:?}");
    assert!(lines.iter().all(|line| line["organization"] == **organization), "{lines:?}");
    // One of the two codes, by its item, as anybody may who reads the trail.
    let attempt = lines.iter().find(|line| line["event"] == "code.attempted");
    let item = attempt.and_then(|line| line["item"].as_str()).unwrap_or_default();
    let of_item = trail(&["--item", item]);
    let mut names: Vec<_> = of_item.iter().map(|line| line["event"].clone()).collect();
    // What became of the send is noted when SES has answered, which may be later.
    names.retain(|name| name != "code.sent");
    assert_eq!(names, ["code.issued", "code.attempted"]);

    let words = ["audit", "--user", user, "--organization", organization, "--codes"];
    let helpdesk = postern_where(&words, &[("AWS_ACCESS_KEY_ID", "HelpdeskPolicy")]);
    assert_eq!(helpdesk.status, 1, "{}", helpdesk.stderr);
    assert!(helpdesk.stderr.contains("secretsmanager:GetSecretValue"), "{}", helpdesk.stderr);
    let unknown =
        postern(&["audit", "--user", "nobody", "--organization", organization, "--codes"]);
    assert!(unknown.status == 1 && unknown.stderr.contains("not found"), "{}", unknown.stderr);
}

#[tokio::test]
async fn a_session_is_found_by_its_family_and_an_api_key_by_its_name() {
    let tenant = Tenant::new().await;
    let session = tenant.sign_in().await;
    let next = Session::of(&ask(tenant.refresh(&session.refresh)).await);
    ask(tenant.logout(&next.refresh)).await;
    let of = ["--organization", tenant.organization_id.as_str()];
    let listed = ["session", "list", of[0], of[1], &tenant.patient.email, "--output", "json"];
    let listed = postern(&listed).done().json();
    let family = listed[0]["family"].as_str().unwrap_or_default().to_owned();
    let lines = told(&["--session", &family], "session.revoked", 1).await;
    let found = events(&lines);
    let expected = [
        ("pointer.created", 2),
        ("session.revoked", 1),
        ("session.rotated", 1),
        ("session.started", 1),
    ];
    let expected = expected.map(|(event, count)| (event.to_owned(), count)).into_iter().collect();
    assert_eq!(found, expected);
    let of_family: Vec<_> = lines
        .iter()
        .filter(|line| line["event"] != "pointer.created")
        .map(|line| line["event"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(of_family, ["session.started", "session.rotated", "session.revoked"], "the chain");

    let keys = postern(&["api-key", "list", of[0], of[1], "--output", "json"]).done().json();
    let name = keys[0]["name"].as_str().unwrap_or_default();
    let lines = told(&["--api-key", name], "api-key.created", 1).await;
    assert_eq!((lines.len(), &lines[0]["apiKey"]), (1, &name.into()));
}

#[tokio::test]
async fn a_filter_that_finds_nothing_says_what_was_looked_for_and_what_does_not_exist() {
    let empty = |words: &[&str]| {
        let ran = postern(&[&["audit"], words].concat()).done();
        assert_eq!(ran.stdout, "", "{words:?}");
        ran.stderr
    };
    let said = empty(&["--organization", "typo-organization", "--by", "operator"]);
    for part in [
        "no change of organization typo-organization, author operator since 2",
        "--since looks further back",
        "there is no organization typo-organization",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(empty(&["--partner", "typo-p"]).contains("there is no partner typo-p"));
    assert!(empty(&["--client", "typo-c"]).contains("there is no client typo-c"));
    let tenant = Tenant::new().await;
    let said = empty(&["--organization", &tenant.organization_id, "--request", "typo-r"]);
    assert!(said.contains("request typo-r since") && !said.contains("there is no"), "{said}");
    for words in [
        &["--user", "no id!"][..],
        &["--organization", "a#b"],
        &["--since", "1w"],
        &["--codes"],
        &["--codes", "--user", "u"],
    ] {
        let ran = postern(&[&["audit"], words].concat());
        assert_eq!(ran.status, 2, "{words:?}: {}", ran.stderr);
    }
}
