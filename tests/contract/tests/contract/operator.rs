//! `postern`, the operator's command line: what it prints, how it ends, what it leaves behind.

use std::{fs, thread, time::Duration};

use contract::{
    Tenant, ask,
    operator::{ended, organization, postern, postern_reading, postern_where, started},
    own_stack::{Folder, OwnStack},
};
use serde_json::{Value, json};

/// Every command and what can be said to it, as its own help has it.
fn commands(path: &[&str]) -> Vec<Vec<String>> {
    let help = postern(&[path, &["--help"]].concat()).done().stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = listed.take_while(|line| line.starts_with("  "));
    let names: Vec<_> = names.filter_map(|line| line.split_whitespace().next()).collect();
    if names.is_empty() {
        return vec![path.iter().map(|name| (*name).to_owned()).collect()];
    }
    let below = names.into_iter().filter(|name| *name != "help");
    below.flat_map(|name| commands(&[path, &[name]].concat())).collect()
}

#[test]
fn every_command_has_an_example() {
    let commands = commands(&[]);
    assert!(commands.len() > 25, "{commands:?}");
    for command in commands {
        let words: Vec<_> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let help = postern(&words).done().stdout;
        let example = format!("Example:\n  postern {}", command.join(" "));
        let is_env = command == ["env"];
        assert!(help.contains(&example) || is_env && help.contains("$(postern env"), "{help}");
    }
}

#[test]
fn there_are_completions_for_three_shells() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(postern(&["completions", shell]).done().stdout.contains("postern"), "{shell}");
    }
}

#[test]
fn the_exit_status_tells_why() {
    let nobody = "00000000-0000-4000-8000-000000000000";
    assert_eq!(postern(&["organization", "list"]).status, 0);
    assert_eq!(postern(&["organization", "show", nobody]).status, 1);
    assert_eq!(postern(&["organization", "show"]).status, 2);
    assert_eq!(postern(&["organization", "show", "a#b"]).status, 2);
    assert_eq!(postern_where(&["organization", "list"], &[("ORGANIZATIONS_TABLE", "")]).status, 2);
    let nowhere = [("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")];
    let ran = postern_where(&["organization", "list"], &nowhere);
    assert_eq!((ran.status, ran.stdout.as_str()), (3, ""), "{}", ran.stderr);
}

#[test]
fn nothing_destructive_is_done_without_being_asked_and_nobody_is_waited_for() {
    let own = organization();
    let created = postern(&["user", "create", "--organization", &own, "--email", "a@example.com"]);
    assert_eq!(created.status, 0);
    let user = |command: &str| vec!["user".to_owned(), command.to_owned()];
    for command in ["disable", "sign-out"] {
        let words =
            [user(command), vec!["--organization".into(), own.clone(), "a@example.com".into()]];
        let words = words.concat();
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let ran = postern(&words);
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.contains("--yes"), "{}", ran.stderr);
        assert_eq!(postern(&[&words[..], &["--yes"]].concat()).status, 0);
    }
    assert_eq!(postern(&["organization", "disable", &own]).status, 2);
    assert_eq!(postern(&["organization", "disable", &own, "--yes"]).status, 0);
}

#[test]
fn a_secret_is_alone_on_standard_output() {
    let own = organization();
    let key = postern(&["api-key", "create", "--organization", &own]).done();
    assert_eq!(key.line().len(), 43, "32 bytes in base64url: {}", key.stdout);
    assert!(!key.stderr.contains(key.line()));
    let words =
        ["user", "create", "--organization", &own, "--username", "jo", "--generate-password"];
    let password = postern(&words).done();
    assert_eq!((password.line().len(), password.stdout.lines().count()), (20, 1));
    assert!(!password.stderr.contains(password.line()));
    let listed = postern(&["api-key", "list", "--organization", &own]).done().stdout;
    assert!(!listed.contains(key.line()), "{listed}");
}

#[test]
fn a_password_comes_from_standard_input_and_never_as_an_argument() {
    let own = organization();
    let words = ["user", "create", "--organization", &own, "--username", "jo", "--output", "json"];
    let created = postern_reading(&[&words[..], &["--password-stdin"]].concat(), "a secret\n");
    assert_eq!(created.done().json()["hasPassword"], true);
    assert_eq!(postern(&[&words[..], &["--password", "a secret"]].concat()).status, 2);
    let nobody = postern(&["user", "update", "--organization", &own, "jo", "--password"]);
    assert_eq!(nobody.status, 2, "{}", nobody.stderr);
}

#[test]
fn a_user_is_created_once_found_by_everything_and_moved() {
    let own = organization();
    let of = ["--organization", own.as_str()];
    let ids = ["--email", "Jo@Example.com", "--phone", "+15550001122", "--username", "Jo"];
    let created = postern(&[&["user", "create", "--output", "json"], &of[..], &ids[..]].concat());
    let user = created.done().json();
    assert_eq!(user["email"], "jo@example.com");
    let id = user["id"].as_str().expect("an id");
    for text in [id, "jo@example.com", "+15550001122", "JO"] {
        let shown = postern(&[&["user", "show", "--output", "json", text], &of[..]].concat());
        assert_eq!(shown.done().json(), user, "{text}");
    }
    let again = postern(&[&["user", "create", "--email", "jo@example.com"], &of[..]].concat());
    assert_eq!(again.status, 1);
    assert!(again.stderr.contains(id), "{}", again.stderr);
    let moved = ["user", "update", id, "--email", "new@example.com", "--phone", ""];
    assert_eq!(postern(&[&moved[..], &of[..]].concat()).status, 0);
    for (text, status) in [("jo@example.com", 1), ("+15550001122", 1), ("new@example.com", 0)] {
        assert_eq!(postern(&[&["user", "show", text], &of[..]].concat()).status, status, "{text}");
    }
    let heir = postern(&[&["user", "create", "--email", "jo@example.com"], &of[..]].concat());
    assert_eq!(heir.status, 0, "{}", heir.stderr);
    let listed = postern(&[&["user", "list", "--output", "json"], &of[..]].concat()).done().json();
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
}

#[test]
fn of_operators_who_create_the_same_user_at_once_one_wins_and_the_others_are_told() {
    let own = organization();
    let words = [
        "user",
        "create",
        "--organization",
        &own,
        "--email",
        "rare@example.com",
        "--phone",
        "+15550003344",
    ];
    let operators: Vec<_> = (0..4).map(|_| started::<&str>(&words, &[])).collect();
    let mut statuses: Vec<_> = operators.into_iter().map(|child| ended(child).status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [0, 1, 1, 1]);
    let listed = postern(&["user", "list", "--organization", &own, "--output", "json"]).done();
    assert_eq!(listed.json().as_array().map(Vec::len), Some(1));
}

#[test]
fn an_import_that_was_killed_is_run_again_and_then_changes_nothing() {
    let (own, folder) = (organization(), Folder::new());
    let file = folder.path().join("users.csv");
    let rows: Vec<_> = (0..300).map(|n| format!("u{n}@example.com,+1555777{n:04}")).collect();
    fs::write(&file, format!("email,phoneNumber\n{}\n", rows.join("\n"))).expect("a file");
    let words = [
        "user",
        "import",
        "--organization",
        &own,
        file.to_str().expect("UTF-8"),
        "--output",
        "json",
    ];
    for delay in [150, 400, 700] {
        let mut child = started::<&str>(&words, &[]);
        thread::sleep(Duration::from_millis(delay));
        child.kill().expect("a child of ours");
        child.wait().expect("a child of ours");
    }
    let repaired = postern(&words).done().json();
    let done = |field: &str| repaired[field].as_u64().expect("a count");
    assert_eq!(done("created") + done("alreadyThere"), 300, "{repaired}");
    let again = postern(&words).done().json();
    assert_eq!((&again["created"], &again["alreadyThere"]), (&json!(0), &json!(300)));
    let listed = postern(&["user", "list", "--organization", &own, "--output", "json"]).done();
    assert_eq!(listed.json().as_array().map(Vec::len), Some(300));
}

#[test]
fn a_bad_row_is_reported_with_its_line_and_the_rest_go_on() {
    let own = organization();
    let words = ["user", "import", "--organization", &own, "-", "--output", "json"];
    let csv = "email,phoneNumber\ngood@example.com,\nnobody,\n,\n\"two\nlines\",\nalso@example.com,+15550009988\n";
    let ran = postern_reading(&words, csv);
    assert_eq!((ran.status, &ran.json()["created"]), (1, &json!(2)), "{}", ran.stderr);
    for line in ["line 3: ", "line 4: ", "line 5: "] {
        assert!(ran.stderr.contains(line), "{line}: {}", ran.stderr);
    }
    assert!(!ran.stderr.contains("nobody"), "what a row holds is shown to nobody: {}", ran.stderr);
    let lines = "{\"email\":\"third@example.com\"}\nno JSON\n{\"password\":\"secret\"}\n";
    let ran = postern_reading(&[&words[..], &["--format", "jsonl"]].concat(), lines);
    assert_eq!((ran.status, &ran.json()["created"], &ran.json()["bad"]), (1, &json!(1), &json!(2)));
    let unknown = postern_reading(&words, "email,password\na@example.com,secret\n");
    assert_eq!(unknown.status, 1);
    assert!(unknown.stderr.contains("unknown column password"), "{}", unknown.stderr);
}

#[test]
fn an_api_key_is_replaced_without_a_moment_in_between() {
    let own = organization();
    let of = ["--organization", own.as_str()];
    let create = || postern(&[&["api-key", "create", "--output", "json"], &of[..]].concat());
    let (first, second) = (create().done().json(), create().done().json());
    assert_ne!(first["apiKey"], second["apiKey"]);
    assert_eq!(create().status, 1, "a third");
    let name = first["name"].as_str().expect("a name");
    let retired = postern(&[&["api-key", "retire", name, "--yes"], &of[..]].concat());
    assert_eq!(retired.status, 0, "{}", retired.stderr);
    assert_eq!(create().status, 0);
    let listed = postern(&[&["api-key", "list", "--output", "json"], &of[..]].concat()).done();
    assert_eq!(listed.json().as_array().map(Vec::len), Some(2));
}

#[test]
fn the_stack_is_in_order_and_its_environment_is_told() {
    let doctor = postern(&["doctor", "--output", "json"]).done().json();
    let findings = doctor.as_array().expect("findings");
    assert!(findings.len() > 15, "{doctor}");
    assert!(findings.iter().all(|finding| finding["verdict"] != "wrong"), "{doctor}");
    let broken = postern_where(&["doctor"], &[("USERS_TABLE", "nowhere")]);
    assert_eq!(broken.status, 1);
    assert!(broken.stdout.contains("WRONG"), "{}", broken.stdout);

    let told = postern(&["env", "--stack", "postern", "--output", "json"]).done().json();
    assert_eq!(told["USERS_TABLE"], "postern-UsersTable");
    assert!(told["OTP_SECRET"].as_str().is_some_and(|secret| secret.contains("OtpSecret")));
    assert_eq!(postern(&["env", "--stack", "nobody"]).status, 1);
}

/// On a stack of its own: others look at the keys of the shared one.
#[tokio::test]
async fn a_ring_is_rotated_in_two_steps_and_by_one_operator() {
    let own = OwnStack::start(&[]);
    own.ready().await;
    let variables: Vec<_> = own.variables().into_iter().collect();
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
    assert_eq!(run(&["keys", "rotate", "partner-signing"]).status, 0);
    assert_eq!(states(&keys(), "partner-signing"), ["current", "next"]);
}

#[tokio::test]
async fn a_code_that_was_sent_before_its_address_changed_hands_signs_nobody_in() {
    let tenant = Tenant::new().await;
    let code = tenant.email().await.code();
    let (own, address) = (tenant.organization_id.as_str(), tenant.patient.email.as_str());
    let of = ["--organization", own];
    let moved = format!("moved-{address}");
    let update = ["user", "update", &tenant.patient.user_id, "--email", &moved, "--yes"];
    assert_eq!(postern(&[&update[..], &of[..]].concat()).status, 0);
    let create = ["user", "create", "--email", address];
    assert_eq!(postern(&[&create[..], &of[..]].concat()).status, 0);
    assert_eq!(ask(tenant.verify_email(address, &code)).await.status, 401);
    // The next code is the new owner's, and works.
    let seen = tenant.stack.messages_to(address).await.len();
    assert_eq!(ask(tenant.send_email(address)).await.status, 200);
    let newest = tenant.stack.messages_beyond(seen, address).await.remove(0);
    assert_eq!(ask(tenant.verify_email(address, &newest.code())).await.status, 200);
}

/// What the keys of one secret are good for, of all that are listed.
fn states(listed: &Value, secret: &str) -> Vec<String> {
    let keys = listed.as_array().into_iter().flatten().filter(|key| key["secret"] == secret);
    keys.map(|key| key["state"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_partners_and_an_organizations_secrets_have_two_slots() {
    let own = organization();
    let partner = postern(&["partner", "create", "--name", "Software", "--output", "json"]).done();
    let id = partner.json()["id"].as_str().expect("an id").to_owned();
    let connected = postern(&["organization", "connect", &own, "--partner", &id]).done();
    assert_eq!(connected.line().len(), 43);
    for words in [["partner", "rotate-secret", &id], ["organization", "rotate-secret", &own]] {
        let promote = [&words[..], &["--promote", "--yes"]].concat();
        assert_eq!(postern(&promote).status, 1, "one secret only");
        assert_eq!(postern(&words).done().line().len(), 43);
        assert_eq!(postern(&words).status, 1, "a third");
        assert_eq!(postern(&promote).status, 0);
        assert_eq!(postern(&words).status, 0);
    }
}

#[test]
fn a_clients_token_has_two_slots() {
    let id = organization();
    assert_eq!(postern(&["client", "create", &id]).done().line().len(), 43);
    assert_eq!(postern(&["client", "create", &id]).status, 1, "there is one");
    let rotate = ["client", "rotate-token", id.as_str()];
    assert_eq!(postern(&rotate).done().line().len(), 43);
    assert_eq!(postern(&rotate).status, 1, "a third");
    assert_eq!(postern(&[&rotate[..], &["--replace", "--yes"]].concat()).status, 0);
    assert_eq!(postern(&[&rotate[..], &["--promote", "--yes"]].concat()).status, 0);
    assert_eq!(postern(&["client", "rotate-token", "nobody"]).status, 1);
}
