//! What AWS refuses: the thing, the place, who asked, and what to do, with one status for one cause.

use contract::{
    fixed::refusing,
    operator::{Ran, organization, postern, postern_where},
};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// Commands that read a table or a secret first, with the name of that in the stack.
const COMMANDS: [(&[&str], &str); 9] = [
    (&["organization", "list"], "table postern-OrganizationsTable: Scan"),
    (&["organization", "show", NOBODY], "table postern-OrganizationsTable: GetItem"),
    (&["organization", "disable", NOBODY], "table postern-OrganizationsTable: GetItem"),
    (&["user", "list", "--organization", NOBODY], "table postern-OrganizationsTable: GetItem"),
    (&["partner", "disable", "x", "--yes"], "table postern-OrganizationsTable: GetItem"),
    (&["client", "disable", "x", "--yes"], "table postern-OrganizationsTable: GetItem"),
    (&["sso-user", "show", "6"], "table postern-UsersTable: GetItem"),
    (&["keys", "list"], "PortalAccessSecret"),
    (&["fence", "--yes"], "table postern-OrganizationsTable: UpdateItem"),
];

fn refused_by(address: &str, words: &[&str]) -> Ran {
    let services = ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SECRETS_MANAGER"];
    postern_where(words, &services.map(|service| (service, address)))
}

#[test]
fn a_refusal_names_the_thing_the_place_the_identity_and_the_remedy() {
    let cases = [
        ("AccessDeniedException", "this identity needs the right "),
        ("ExpiredTokenException", "the session has expired: run `aws sso login`"),
        ("UnrecognizedClientException", "AWS doesn't know these credentials"),
        ("ResourceNotFoundException", "it doesn't exist in this account and region"),
    ];
    for (code, remedy) in cases {
        let aws = refusing(code);
        for (words, named) in COMMANDS {
            let ran = refused_by(&aws, words);
            if words == ["keys", "list"] && code == "ResourceNotFoundException" {
                // Secrets Manager says so of a secret without a value, too.
                assert_eq!(ran.status, 1, "{}", ran.stderr);
                continue;
            }
            assert_eq!(ran.status, 1, "{words:?} {code}: {}", ran.stderr);
            let named = if words[0] == "keys" { "Secret" } else { named };
            let place = "stack postern, region us-east-1, account 000000000000, as \
                         arn:aws:iam::000000000000:user/local";
            for told in [named, code, place, remedy] {
                assert!(ran.stderr.contains(told), "{words:?} {told}: {}", ran.stderr);
            }
        }
    }
}

#[test]
fn no_answer_is_one_status_in_every_command_and_says_where() {
    for (words, _) in COMMANDS {
        let ran = refused_by("http://127.0.0.1:1", words);
        assert_eq!(ran.status, 3, "{words:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("stack postern, region us-east-1"), "{}", ran.stderr);
    }
}

#[test]
fn a_secret_that_does_not_exist_is_one_status_in_every_command() {
    let own = organization();
    // With rights for it: a role of fewer rights is not told whether it exists.
    let gone = [("IDENTIFIER_SECRET", "nowhere"), ("AWS_ACCESS_KEY_ID", "postern")];
    let show = ["user", "show", "--organization", own.as_str(), "jo"];
    for words in [&show[..], &["organization", "create", "--name", "X"], &["keys", "list"]] {
        let ran = postern_where(words, &gone);
        assert_eq!(ran.status, 1, "{words:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("identifier"), "{}", ran.stderr);
    }
}

#[test]
fn every_question_and_every_destructive_command_says_where() {
    let own = organization();
    let disable = ["organization", "disable", own.as_str()];
    let place = "stack postern, region us-east-1, account 000000000000: ";
    let asked = postern(&disable);
    assert!(asked.status == 2 && asked.stderr.contains(place), "{}", asked.stderr);
    let done = postern(&[&disable[..], &["--yes"]].concat()).done();
    assert!(done.stderr.contains(place), "{}", done.stderr);
}

/// The table of organizations is the first that the doctor looks at.
#[test]
fn the_doctor_tells_every_finding_even_if_the_first_ones_are_bad() {
    let missing = postern_where(&["doctor"], &[("ORGANIZATIONS_TABLE", "")]);
    let nowhere = [("ORGANIZATIONS_TABLE", "nowhere"), ("AWS_ACCESS_KEY_ID", "postern")];
    let unknown = postern_where(&["doctor"], &nowhere);
    for ran in [&missing, &unknown] {
        assert_eq!(ran.status, 1, "{}", ran.stderr);
        for check in ["ORGANIZATIONS_TABLE", "SESSIONS_TABLE", "OTP_SECRET", "mail: sending quota"]
        {
            assert!(ran.stdout.lines().any(|line| line.starts_with(check)), "{}", ran.stdout);
        }
    }
    assert!(unknown.stdout.contains("eval \"$(postern env --stack NAME)\""), "{}", unknown.stdout);
    let silent = postern_where(&["doctor"], &[("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")]);
    assert_eq!(silent.status, 3, "{}", silent.stderr);
    assert!(silent.stdout.contains("NO ANSWER"), "{}", silent.stdout);
    assert!(silent.stdout.contains("mail: sending quota"), "{}", silent.stdout);
    let denied = refusing("AccessDeniedException");
    let denied = [("AWS_ENDPOINT_URL_DYNAMODB", denied.as_str())];
    let ran = postern_where(&["doctor", "--output", "json"], &denied);
    let findings = ran.json();
    let findings = findings.as_array().expect("findings");
    let table = findings.iter().find(|found| found["check"] == "ORGANIZATIONS_TABLE");
    let remedy = table.and_then(|found| found["remedy"].as_str()).unwrap_or_default();
    assert!(remedy.contains("dynamodb:DescribeTable"), "{findings:?}");
}
