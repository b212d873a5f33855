//! Every command under the policies of operators: it works under its own, and the other one refuses it, says which
//! right is missing, and lets nothing be changed.

use std::collections::BTreeSet;

use contract::{
    Tenant, ask,
    exchange::Exchange,
    operator::{Ran, policy, reading_where},
    own_stack::OwnStack,
};
use serde_json::{Value, json};

use super::usage::commands;

/// What the policy that a command doesn't belong to makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Other {
    Refuses,
    /// The command looks at settings of organizations alone, as `doctor` does, or at nothing in the tables.
    Allows,
}

/// A command, and what it reads.
struct Case {
    words: Vec<String>,
    input: String,
    other: Other,
    /// Its status under its own policy.
    status: i32,
}

fn case(line: &str) -> Case {
    let words = line.split(' ').map(str::to_owned).collect();
    Case { words, input: String::new(), other: Other::Refuses, status: 0 }
}

impl Case {
    fn reading(self, input: impl Into<String>) -> Self {
        Self { input: input.into(), ..self }
    }

    fn for_both(self) -> Self {
        Self { other: Other::Allows, ..self }
    }

    fn ending_with(self, status: i32) -> Self {
        Self { status, ..self }
    }
}

/// What the commands are about.
struct Ground {
    tenant: Tenant,
    exchange: Exchange,
    partner: String,
    /// An organization to delete.
    doomed: String,
    api_key: String,
    kid: String,
}

fn of_keys(ground: &Ground) -> Vec<Case> {
    let kid = &ground.kid;
    vec![
        case("keys list"),
        case("keys rotate password-access"),
        case("keys rotate audit-signing"),
        // It signs, so it stays; the ring was read.
        case(&format!("keys drop password-access {kid} --yes")).ending_with(1),
        case("doctor"),
        case("status").for_both(),
    ]
}

fn of_organizations(ground: &Ground) -> Vec<Case> {
    let Ground { tenant, partner, api_key, doomed, .. } = ground;
    let id = &tenant.organization_id;
    vec![
        case("organization list").for_both(),
        case(&format!("organization show {id}")),
        case("organization create --name Clinic"),
        case("export").for_both(),
        case("diff --file -").reading("partners: [{id: p, name: P}]").ending_with(2),
        case("apply --file - --yes")
            .reading(format!("organizations: [{{id: {id}, name: Renamed}}]")),
        case(&format!("organization update {id} --sends-per-day 9")),
        case(&format!("organization disable {id} --yes")),
        case(&format!("organization enable {id}")),
        case(&format!("organization sign-out {id} --yes --no-wait")),
        case(&format!("organization connect {id} --partner {partner} --scopes read:user")),
        case(&format!("organization rotate-secret {id}")),
        case(&format!("organization disconnect {id} --yes")),
        case(&format!("api-key create --organization {id}")),
        case(&format!("api-key list --organization {id}")),
        case("api-key find").reading(&tenant.api_key),
        case(&format!("api-key retire --organization {id} {api_key} --yes")),
        case("partner list").for_both(),
        case(&format!("partner show {partner}")),
        case("partner create --name Vendor"),
        case(&format!("partner rotate-secret {partner}")),
        case(&format!("partner disable {partner} --yes")),
        case(&format!("partner enable {partner}")),
        case(&format!("partner update {partner} --name Renamed")),
        case("partner delete doomed --yes"),
        case(&format!("organization export {id}")),
        case(&format!("organization delete {doomed} --yes")),
    ]
}

fn of_users(ground: &Ground) -> Vec<Case> {
    let (id, user) = (&ground.tenant.organization_id, &ground.tenant.patient.email);
    let on = |line: &str| case(&format!("{line} --organization {id}"));
    vec![
        on("user list"),
        on(&format!("user show {user}")),
        on("user create --email jo@example.com"),
        on(&format!("user update {user} --locale en")),
        on(&format!("user disable {user} --yes")),
        on(&format!("user enable {user}")),
        on(&format!("user unlock {user} --yes")),
        on("user export"),
        on("user import -").reading("email\nnew@example.com\n"),
        on(&format!("session list {user}")),
        on(&format!("session revoke {user} --yes")),
        on(&format!("user sign-out {user} --yes")),
        on(&format!("otp inspect --email {user}")),
        on(&format!("user delete {user} --yes")),
    ]
}

fn of_the_exchange(ground: &Ground) -> Vec<Case> {
    let Exchange { user_id: user, client_id: client, .. } = &ground.exchange;
    let roster = json!({"users": [ground.exchange.user(4242, "new@example.com")]}).to_string();
    vec![
        case("client list").for_both(),
        case("client create 4242"),
        case(&format!("client show {client}")),
        case(&format!("client rotate-token {client}")),
        case(&format!("client disable {client} --yes")),
        case(&format!("client enable {client}")),
        case(&format!("client update {client} --reads-user-info true")),
        case("sso-user list"),
        case("sso-user import -").reading(roster),
        case("sso-user create 4243 --name X --email x@example.com"),
        case(&format!("sso-user update {user} --name X")),
        case(&format!("sso-user show {user}")),
        case(&format!("sso-user disable {user} --yes")),
        case(&format!("sso-user enable {user}")),
        case(&format!("sso-user sign-out {user} --yes")),
        case(&format!("sso-user unlock {user} --yes")),
        case(&format!("sso-user delete {user} --yes")),
        case(&format!("client delete {client} --yes")),
    ]
}

fn of_the_audit(ground: &Ground) -> Vec<Case> {
    vec![
        case(&format!("audit --organization {}", ground.tenant.organization_id)),
        case("audit verify"),
        // No hour is sealed yet, so it says so.
        case("audit seal").ending_with(1),
    ]
}

fn of_the_stack() -> Vec<Case> {
    vec![
        case("explain unknown").ending_with(1),
        case("fence --yes --no-wait"),
        case("env --stack postern").for_both(),
        case("completions bash").for_both(),
        case("man").for_both(),
    ]
}

fn without_case(cases: &[Case]) -> Vec<String> {
    let all = commands(&[]).into_iter().map(|path| path.join(" "));
    let all: BTreeSet<_> = all.filter(|path| !path.is_empty()).collect();
    let is_group = |path: &str| all.iter().any(|other| other.starts_with(&format!("{path} ")));
    let is_met = |path: &str| {
        let words: Vec<_> = path.split(' ').collect();
        cases.iter().any(|case| {
            case.words.iter().map(String::as_str).collect::<Vec<_>>().starts_with(&words)
        })
    };
    all.iter().filter(|path| !is_group(path) && !is_met(path)).cloned().collect()
}

fn is_denied(ran: &Ran) -> bool {
    let said = format!("{}{}", ran.stdout, ran.stderr);
    said.contains("AccessDenied") && said.contains("this identity needs the right ")
}

#[tokio::test]
async fn each_command_works_under_its_own_policy_and_the_other_one_refuses_it() {
    let own = OwnStack::start(&[]);
    let stack = own.ready().await;
    let variables = own.variables_of_operators();
    let run = |case: &Case, policy: &str| {
        let words: Vec<_> = case.words.iter().map(String::as_str).collect();
        let mut all = variables.clone();
        all.push(("AWS_ACCESS_KEY_ID".to_owned(), policy.to_owned()));
        reading_where(&words, &all, &case.input)
    };
    let listed = |line: &str| {
        let listed = case(&format!("{line} --output json"));
        run(&listed, policy(&[line.split(' ').next().unwrap_or_default()])).done().json()
    };
    let tenant = Tenant::on(&stack, &json!({})).await;
    tenant.sign_in().await;
    ask(tenant.send_email(&tenant.patient.email)).await;
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let keys = listed("keys list");
    let signs = |key: &&Value| key["secret"] == "password-access" && key["state"] == "current";
    let kid = text(&keys.as_array().into_iter().flatten().find(signs).expect("a key")["kid"]);
    let partner = text(&listed("partner list")[0]["id"]);
    let api_key = listed(&format!("api-key list --organization {}", tenant.organization_id));
    let api_key = text(&api_key[0]["name"]);
    let exchange = Exchange::on(&stack).await;
    run(&case("partner create --name Doomed --id doomed"), "HelpdeskPolicy").done();
    let doomed = Tenant::on(&stack, &json!({})).await.organization_id;
    let ground = Ground { tenant, exchange, partner, doomed, api_key, kid };

    let mut cases = of_keys(&ground);
    cases.extend(of_organizations(&ground));
    cases.extend(of_users(&ground));
    cases.extend(of_the_exchange(&ground));
    cases.extend(of_the_audit(&ground));
    cases.extend(of_the_stack());
    assert_eq!(without_case(&cases), Vec::<String>::new(), "each command has a case");
    for case in &cases {
        let words: Vec<_> = case.words.iter().map(String::as_str).collect();
        let (own, other) = match policy(&words) {
            own @ ("KeyCustodianPolicy" | "AuditorPolicy") => (own, "HelpdeskPolicy"),
            own => (own, "KeyCustodianPolicy"),
        };
        let refused = run(case, other);
        let is_refused = case.other == Other::Refuses;
        assert_eq!(is_denied(&refused), is_refused, "{words:?} as {other}: {refused:?}");
        assert_eq!(refused.status, i32::from(is_refused), "{words:?} as {other}: {refused:?}");
        let done = run(case, own);
        assert_eq!(done.status, case.status, "{words:?} as {own}: {done:?}");
        assert!(!is_denied(&done), "{words:?} as {own}: {done:?}");
    }
}
