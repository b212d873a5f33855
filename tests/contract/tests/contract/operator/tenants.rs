//! `postern export`, `diff` and `apply`: organizations, partners and clients as a file.

use contract::{
    Tenant, ask,
    operator::{Ran, postern, reading_where},
    own_stack::OwnStack,
};
use serde_json::{Value, json};

/// Runs a command against a stack of its own, with the file on standard input.
struct Deployment {
    stack: OwnStack,
    variables: Vec<(String, String)>,
}

impl Deployment {
    async fn start() -> Self {
        let stack = OwnStack::start(&[]);
        stack.ready().await;
        let variables = stack.variables_of_operators();
        Self { stack, variables }
    }

    fn run(&self, line: &str, file: &str) -> Ran {
        let words: Vec<_> = line.split(' ').collect();
        reading_where(&words, &self.variables, file)
    }

    fn json(&self, line: &str, file: &str) -> Value {
        self.run(&format!("{line} --output json"), file).done().json()
    }
}

/// Its ids are of this test alone.
fn file() -> &'static str {
    "partners:
  - {id: vendor, name: Vendor}
  - {id: former, name: Former, disabled: true}
clients:
  - {id: \"4711\", readsUserInfo: false, userInfo: published}
organizations:
  - id: aaaaaaaa-0000-4000-8000-000000000001
    name: Riverside Clinic
    locale: de-AT
    sendsPerDay: 5
    sourceLimit: 100
    connection: {partner: vendor, scopes: [read:user, create:patient]}
  - id: aaaaaaaa-0000-4000-8000-000000000002
    name: App review
    disabled: true
    sandbox: {endsAt: 2027-01-31}
"
}

fn actions(plan: &Value) -> Vec<String> {
    let steps = plan.as_array().into_iter().flatten();
    let word = |step: &Value, name: &str| step[name].as_str().unwrap_or_default().to_owned();
    steps
        .map(|it| format!("{} {} {}", word(it, "action"), word(it, "kind"), word(it, "id")))
        .collect()
}

#[tokio::test]
async fn a_file_is_applied_once_and_what_was_exported_is_nothing_to_change_here_or_there() {
    let (one, other) = (Deployment::start().await, Deployment::start().await);
    let plan = one.run("diff --file - --output json", file());
    assert_eq!(plan.status, 2, "{plan:?}");
    let expected = [
        "create partner vendor",
        "create partner former",
        "create client 4711",
        "create organization aaaaaaaa-0000-4000-8000-000000000001",
        "connect connection aaaaaaaa-0000-4000-8000-000000000001",
        "create organization aaaaaaaa-0000-4000-8000-000000000002",
    ];
    assert_eq!(actions(&plan.json()), expected);
    assert_eq!(plan.json()[0]["then"], "postern partner rotate-secret vendor");
    // A dry run changes nothing, and neither does a question that nobody answers.
    assert_eq!(actions(&one.json("apply --file - --dry-run", file())), expected);
    assert_eq!(one.run("apply --file -", file()).status, 2);
    assert_eq!(actions(&one.json("apply --file - --yes", file())), expected);
    let again = one.run("diff --file -", file());
    assert_eq!((again.status, again.stdout.as_str()), (0, ""), "{again:?}");
    assert_eq!(actions(&one.json("apply --file - --yes", file())), Vec::<String>::new());

    let exported = one.run("export", "").done().stdout;
    assert!(exported.contains("name: Riverside Clinic"), "{exported}");
    let same = one.run("diff --prune --file -", &exported);
    assert_eq!((same.status, same.stdout.as_str()), (0, ""), "{same:?}");
    let as_json = one.json("export", "");
    let same = one.run("diff --prune --file -", &as_json.to_string());
    assert_eq!(same.status, 0, "JSON is YAML: {same:?}");
    // The other stack has the same demo data, and gets the same ids.
    assert_eq!(actions(&other.json("apply --file - --yes", &exported)), expected_there(&exported));
    assert_eq!(other.run("diff --prune --file -", &exported).status, 0);
    assert_eq!(other.run("export", "").done().stdout, exported);
    drop((one.stack, other.stack));
}

/// What differs between two stacks that begin with the same demo data.
fn expected_there(exported: &str) -> Vec<&'static str> {
    assert!(exported.contains("demo-partner"), "{exported}");
    vec![
        "create partner former",
        "create partner vendor",
        "create client 4711",
        "create organization aaaaaaaa-0000-4000-8000-000000000001",
        "connect connection aaaaaaaa-0000-4000-8000-000000000001",
        "create organization aaaaaaaa-0000-4000-8000-000000000002",
    ]
}

#[tokio::test]
async fn a_changed_setting_is_set_another_partner_connected_and_the_rest_left_alone() {
    let own = Deployment::start().await;
    own.json("apply --file - --yes", file());
    let id = "aaaaaaaa-0000-4000-8000-000000000001";
    own.run(&format!("api-key create --organization {id}"), "").done();
    let changed = file()
        .replace("sendsPerDay: 5", "sendsPerDay: 6")
        .replace("    locale: de-AT\n", "")
        .replace("[read:user, create:patient]", "[read:user]");
    let plan = own.json("apply --file - --yes", &changed);
    assert_eq!(actions(&plan), [format!("update organization {id}")]);
    let told: Vec<_> = plan[0]["changes"].as_array().expect("changes").clone();
    let told: Vec<_> = told.iter().filter_map(Value::as_str).collect();
    assert!(
        told.contains(&"locale: de-AT → default") && told.contains(&"sendsPerDay: 5 → 6"),
        "{told:?}"
    );
    let shown = own.json(&format!("organization show {id}"), "");
    assert_eq!((&shown["sendsPerDay"], &shown["locale"]), (&json!(6), &Value::Null));
    assert_eq!(
        (&shown["apiKeys"], &shown["connection"]["scopes"]),
        (&json!(1), &json!(["read:user"]))
    );

    let moved = changed.replace("partner: vendor", "partner: demo-partner");
    let plan = own.json("apply --file - --yes", &moved);
    assert_eq!(actions(&plan), [format!("connect connection {id}")]);
    assert!(plan[0]["changes"].to_string().contains("the secret before ends"), "{plan}");
    assert_eq!(
        own.json(&format!("organization show {id}"), "")["connection"]["partnerId"],
        "demo-partner"
    );
}

#[tokio::test]
async fn pruning_disables_and_disconnects_what_the_file_does_not_name_and_deletes_nothing() {
    let own = Deployment::start().await;
    own.json("apply --file - --yes", file());
    let id = "aaaaaaaa-0000-4000-8000-000000000001";
    let without = file()
        .replace("    connection: {partner: vendor, scopes: [read:user, create:patient]}\n", "");
    assert_eq!(own.run("diff --file -", &without).status, 0, "left alone");
    let plan = own.json("apply --file - --prune --yes", &without);
    let done = actions(&plan);
    for step in [
        &format!("disconnect connection {id}"),
        "disable organization 11111111-1111-4111-8111-111111111111",
        "disable partner demo-partner",
        "disable client 18550",
    ] {
        assert!(done.iter().any(|it| it == step), "{step}: {done:?}");
    }
    assert_eq!(own.run("diff --prune --file -", &without).status, 0, "nothing is left to do");
    let demo = own.json("organization show 11111111-1111-4111-8111-111111111111", "");
    assert_eq!((&demo["disabled"], &demo["name"]), (&json!(true), &json!("Demo Clinic")));
    assert_eq!(own.json("partner show demo-partner", "")["disabled"], true);
    assert_eq!(own.json(&format!("organization show {id}"), "")["connection"], Value::Null);
}

/// Statuses that a pipeline tells apart: 2 is a difference, and nothing else.
#[test]
fn a_wrong_file_is_refused_with_line_and_column_and_is_no_difference() {
    let cases = [
        (
            "organizations:\n  - id: a\n    name: A\n    colour: blue\n",
            "unknown field `colour`",
            "line 4 column 5",
        ),
        (
            "organizations:\n  - id: a\n    name: A\n    sendsPerDay: 51\n",
            "sendsPerDay: invalid value: another number, expected a number from 1 to 50",
            "line 4",
        ),
        (
            "organizations:\n  - id: a\n    name: A\n    locale: xx\n",
            "organizations[0].locale",
            "line 4",
        ),
        ("clients:\n  - id: 4711\n", "in quotes", "line 2"),
        ("partners:\n  - {id: p, name: A}\n  - {id: p, name: B}\n", "partner p stands twice", ""),
        ("organizations:\n  - {id: a, name: A, sandbox: {}, sendsPerDay: 5}\n", "a sandbox", ""),
        ("partners: [", "", "line"),
    ];
    for (file, what, place) in cases {
        for (command, status) in [("diff", 1), ("apply", 2)] {
            let ran = reading_where::<&str>(&[command, "--file", "-"], &[], file);
            assert_eq!(ran.status, status, "{command} {file}: {ran:?}");
            assert!(
                ran.stderr.contains(what) && ran.stderr.contains(place),
                "{what}, {place}: {ran:?}"
            );
        }
    }
    let missing = postern(&["diff", "--file", "/nowhere/tenants.yaml"]);
    assert_eq!(missing.status, 1, "{missing:?}");
}

#[tokio::test]
async fn what_no_command_can_change_is_refused_before_anything_is_changed() {
    let own = Deployment::start().await;
    own.json("apply --file - --yes", file());
    for (from, to, why) in [
        ("name: Vendor", "name: Other", "the name of partner vendor can't be changed"),
        ("userInfo: published", "userInfo: documented", "what client 4711 reads"),
        ("    sandbox: {endsAt: 2027-01-31}\n", "", "is a sandbox from its creation on"),
        ("partner: vendor,", "partner: former,", "disabled or doesn't exist"),
        ("partner: vendor,", "partner: nobody,", "disabled or doesn't exist"),
    ] {
        let wrong = file().replace(from, to).replace("Riverside Clinic", "Renamed");
        for command in ["apply --file - --yes", "diff --file -"] {
            let ran = own.run(command, &wrong);
            assert_eq!(ran.status, 1, "{why}: {ran:?}");
            assert!(ran.stderr.contains(why), "{why}: {ran:?}");
        }
    }
    let shown = own.json("organization show aaaaaaaa-0000-4000-8000-000000000001", "");
    assert_eq!(shown["name"], "Riverside Clinic");
}

/// The secrets that `apply` makes are known to nobody; those of the commands that the plan names are good.
#[tokio::test]
async fn the_file_has_no_secret_and_what_was_created_gets_one_by_its_own_command() {
    let tenant = Tenant::new().await;
    let exported = postern(&["export"]).done().stdout;
    assert!(exported.contains(&tenant.organization_id));
    for secret in [
        tenant.api_key.as_str(),
        "demo-partner-secret",
        "demo-organization-secret",
        "demo-client-token",
    ] {
        assert!(!exported.contains(secret));
    }
    let own = Deployment::start().await;
    own.json("apply --file - --yes", file());
    let id = "aaaaaaaa-0000-4000-8000-000000000001";
    for (command, prefix) in [
        ("partner rotate-secret vendor".to_owned(), "pspar_"),
        ("client rotate-token 4711".to_owned(), "pscli_"),
        (format!("organization rotate-secret {id}"), "psorg_"),
        (format!("api-key create --organization {id}"), "pskey_"),
    ] {
        let ran = own.run(&command, "").done();
        assert!(ran.line().starts_with(prefix), "{command}");
    }
    let stack = own.stack.ready().await;
    let key = own.run(&format!("api-key create --organization {id}"), "").done();
    let demo =
        Tenant { stack, organization_id: id.to_owned(), api_key: key.line().to_owned(), ..tenant };
    assert_eq!(ask(demo.send_email("nobody@example.com")).await.status, 200);
}

/// Half of a file, as a run leaves it that was cut off.
#[tokio::test]
async fn a_run_that_was_cut_off_is_gone_on_with() {
    let own = Deployment::start().await;
    own.run("partner create --id vendor --name Vendor", "").done();
    let id = "aaaaaaaa-0000-4000-8000-000000000001";
    own.run(&format!("organization create --id {id} --name Half"), "").done();
    let plan = own.json("apply --file - --yes", file());
    let expected = [
        "create partner former",
        "create client 4711",
        "update organization aaaaaaaa-0000-4000-8000-000000000001",
        "connect connection aaaaaaaa-0000-4000-8000-000000000001",
        "create organization aaaaaaaa-0000-4000-8000-000000000002",
    ];
    assert_eq!(actions(&plan), expected);
    assert_eq!(own.run("diff --file -", file()).status, 0);
}
