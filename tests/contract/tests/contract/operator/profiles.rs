//! Region and credentials from where AWS's tools look for them, on an operator's own machine: nothing is
//! in its environment but HOME.
#![expect(clippy::expect_used, reason = "a test reports by panicking")]

use std::{fs, path::Path, process::Command};

use contract::{
    fixed::answering,
    operator::{Ran, of_stack, postern, postern_at_home},
    own_stack::Folder,
};

const KEYS: &str = "aws_access_key_id = HelpdeskPolicy\naws_secret_access_key = local\n";

/// A home with this `~/.aws/config`.
fn home(config: &str) -> Folder {
    let home = Folder::new();
    fs::create_dir(home.path().join(".aws")).expect("a folder");
    fs::write(home.path().join(".aws/config"), config).expect("a file");
    home
}

/// Lists the organizations with the stack's tables and addresses, and these variables.
fn listed(home: &Folder, more: &[(&str, &str)]) -> Ran {
    let mut variables = of_stack();
    variables.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    postern_at_home(home.path(), &["organization", "list", "--output", "json"], &variables)
}

fn refused(ran: &Ran, status: i32, words: &[&str]) {
    assert_eq!((ran.status, ran.stdout.as_str()), (status, ""), "{}", ran.stderr);
    for word in words {
        assert!(ran.stderr.contains(word), "{word}: {}", ran.stderr);
    }
}

#[test]
fn a_static_profile_is_enough_by_default_and_by_name() {
    let default = home(&format!("[default]\nregion = us-east-1\n{KEYS}"));
    listed(&default, &[]).done();
    let named = home(&format!("[profile clinic]\nregion = us-east-1\n{KEYS}"));
    listed(&named, &[("AWS_PROFILE", "clinic")]).done();
    let unnamed = home(&format!("[default]\n{KEYS}"));
    listed(&unnamed, &[("AWS_DEFAULT_REGION", "us-east-1")]).done();
    listed(&unnamed, &[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "us-east-1")]).done();
}

#[test]
fn without_a_region_it_is_said_where_it_was_looked_for() {
    let ran = listed(&home(&format!("[default]\n{KEYS}")), &[]);
    let places = ["AWS_REGION", "AWS_DEFAULT_REGION", "profile default", "~/.aws/config"];
    refused(&ran, 2, &places);
    refused(&ran, 2, &["aws configure set region", ". .local/env"]);
}

#[test]
fn without_credentials_it_is_said_where_they_were_looked_for() {
    for home in [Folder::new(), home("[default]\nregion = us-east-1\n"), home("[other]\n")] {
        let ran = listed(&home, &[("AWS_REGION", "us-east-1")]);
        refused(&ran, 2, &["no AWS credentials", "AWS_ACCESS_KEY_ID", "profile default"]);
        refused(&ran, 2, &["AWS_WEB_IDENTITY_TOKEN_FILE", "aws sso login", ". .local/env"]);
    }
}

#[test]
fn an_unknown_profile_is_named_with_those_that_exist() {
    let home = home(&format!("[default]\n{KEYS}[profile clinic]\nregion = eu-west-1\n"));
    let ran = listed(&home, &[("AWS_PROFILE", "clinik")]);
    refused(&ran, 2, &["profile clinik (AWS_PROFILE)", "clinic, default", "~/.aws/config"]);
}

#[test]
fn a_file_that_is_no_configuration_is_named() {
    let ran = listed(&home("not a profile\n"), &[]);
    refused(&ran, 2, &["can't read ~/.aws/config", "line 1"]);
}

#[test]
fn a_process_gives_credentials_or_its_message_is_told() {
    let json = r#"{"Version":1,"AccessKeyId":"HelpdeskPolicy","SecretAccessKey":"local"}"#;
    let profile = |command: &str| {
        home(&format!("[default]\nregion = us-east-1\ncredential_process = {command}\n"))
    };
    listed(&profile(&format!("printf '%s' '{json}'")), &[]).done();
    let failing = listed(&profile("sh -c 'echo \"vault is \u{1b}[2Jsealed\" >&2; exit 3'"), &[]);
    refused(&failing, 2, &["profile default", "vault is", "sealed", "`credential_process`"]);
    assert!(!failing.stderr.contains('\u{1b}'), "{:?}", failing.stderr);
    refused(&listed(&profile("echo nothing"), &[]), 2, &["could not parse response"]);
}

fn sso(name: &str) -> String {
    format!(
        "[{name}]\nregion = us-east-1\nsso_session = company\nsso_account_id = 123456789012\n\
         sso_role_name = Operator\n[sso-session company]\nsso_region = us-east-1\n\
         sso_start_url = https://company.example/start\n"
    )
}

/// Puts the token of a single sign-on where `aws sso login` puts it.
fn cache(home: &Path, expires_at: &str) {
    let hash = Command::new("sh").args(["-c", "printf company | sha1sum"]).output();
    let hash = String::from_utf8(hash.expect("sha1sum").stdout).expect("a digest");
    let folder = home.join(".aws/sso/cache");
    fs::create_dir_all(&folder).expect("a folder");
    let token = format!(
        r#"{{"accessToken":"t","expiresAt":"{expires_at}","region":"us-east-1","startUrl":"https://company.example/start"}}"#
    );
    fs::write(folder.join(format!("{}.json", &hash[..40])), token).expect("a file");
}

#[test]
fn a_single_sign_on_is_used_while_it_lives_and_its_end_is_told() {
    let credentials = r#"{"roleCredentials":{"accessKeyId":"HelpdeskPolicy","secretAccessKey":"local","sessionToken":"t","expiration":4102444800000}}"#;
    let portal = answering(200, "application/json", credentials);
    let address = [("AWS_ENDPOINT_URL_SSO", portal.as_str())];
    let home = home(&sso("default"));
    let login = ["aws sso login --profile default"];
    refused(&listed(&home, &address), 2, &login);
    cache(home.path(), "2099-01-01T00:00:00Z");
    listed(&home, &address).done();
    cache(home.path(), "2020-01-01T00:00:00Z");
    refused(&listed(&home, &address), 2, &["expired", login[0]]);
    cache(home.path(), "2099-01-01T00:00:00Z");
    let denied = answering(403, "application/json", r#"{"message":"No access"}"#);
    let address = [("AWS_ENDPOINT_URL_SSO", denied.as_str())];
    refused(&listed(&home, &address), 2, &login);
    refused(&listed(&home, &[("AWS_ENDPOINT_URL_SSO", "http://127.0.0.1:1")]), 3, &login);
}

#[test]
fn a_web_identity_is_exchanged_and_its_refusal_is_told() {
    let result = "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
        <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>HelpdeskPolicy</AccessKeyId>\
        <SecretAccessKey>local</SecretAccessKey><SessionToken>t</SessionToken>\
        <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
        </AssumeRoleWithWebIdentityResponse>";
    let sts = answering(200, "text/xml", result);
    let home = home(
        "[default]\nregion = us-east-1\nrole_arn = arn:aws:iam::123456789012:role/Operator\n\
         web_identity_token_file = token\n",
    );
    let token = home.path().join("token");
    let config = home.path().join(".aws/config");
    let text = fs::read_to_string(&config).expect("the file");
    fs::write(&config, text.replace("= token", &format!("= {}", token.display()))).expect("a file");
    let address = [("AWS_ENDPOINT_URL_STS", sts.as_str())];
    refused(&listed(&home, &address), 2, &["web identity token exists"]);
    fs::write(&token, "a.b.c").expect("a file");
    listed(&home, &address).done();
    let error = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>\
        <Type>Sender</Type><Code>ExpiredTokenException</Code><Message>Token expired</Message></Error>\
        <RequestId>1</RequestId></ErrorResponse>";
    let sts = answering(400, "text/xml", error);
    let address = [("AWS_ENDPOINT_URL_STS", sts.as_str())];
    refused(&listed(&home, &address), 2, &["ExpiredTokenException", "the role trusts its issuer"]);
}

#[test]
fn the_session_of_aws_login_is_not_read_and_the_way_around_is_told() {
    let config =
        "[default]\nregion = us-east-1\nlogin_session = arn:aws:iam::123456789012:user/jo\n";
    refused(&listed(&home(config), &[]), 2, &["aws configure export-credentials"]);
}

/// The words of every example in the help of every command and group.
fn examples(path: &[&str]) -> Vec<Vec<String>> {
    let help = postern(&[path, &["--help"]].concat()).done().stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = listed.take_while(|line| line.starts_with("  "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    let below: Vec<_> = names.filter(|name| *name != "help").collect();
    if !below.is_empty() {
        return below.iter().flat_map(|name| examples(&[path, &[name]].concat())).collect();
    }
    let (_, examples) = help.split_once("Example:\n").expect("an example");
    let lines = examples.lines().map(|line| line.trim().trim_start_matches("eval \"$("));
    let lines = lines.filter_map(|line| line.strip_prefix("postern "));
    let split = |line: &str| {
        let parts = line.trim_end_matches(")\"").split('\'').enumerate();
        let words = parts.flat_map(|(nth, part)| match nth % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        });
        words.take_while(|word| !word.starts_with(['<', '>'])).collect::<Vec<_>>()
    };
    lines.map(split).collect()
}

#[test]
fn every_command_says_what_is_missing_on_a_machine_that_has_nothing_and_one_that_has_a_profile() {
    let examples = examples(&[]);
    assert!(examples.len() > 45, "{examples:?}");
    let (nothing, profile) =
        (Folder::new(), home(&format!("[default]\nregion = us-east-1\n{KEYS}")));
    // Addresses, so that no command asks beyond loopback; but neither tables nor secrets.
    let mut addresses = of_stack();
    addresses.retain(|(name, _)| name.starts_with("AWS_ENDPOINT_URL"));
    for words in examples {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let is_alone = ["completions", "man"].contains(&words[0]);
        let ran = postern_at_home(nothing.path(), &words, &addresses);
        let told = is_alone || ran.stderr.contains("no AWS region: looked in AWS_REGION");
        // To `diff`, 2 is a difference.
        let status = match words[0] {
            _ if is_alone => 0,
            "diff" => 1,
            _ => 2,
        };
        assert!(ran.status == status && told, "{words:?}: {ran:?}");
        let ran = postern_at_home(profile.path(), &words, &addresses);
        // The doctor's findings are its output, and `env` needs no variable.
        let expected = match words[0] {
            "completions" | "env" | "man" => 0,
            "diff" | "doctor" => 1,
            _ => 2,
        };
        let told = format!("{}{}", ran.stdout, ran.stderr);
        let is_told = expected == 0 || told.contains("the environment variable ");
        let is_refused_before =
            ["can't be rotated", "No such file"].iter().any(|why| told.contains(why));
        assert!(ran.status == expected || is_refused_before, "{words:?}: {ran:?}");
        assert!(is_told || is_refused_before, "{words:?}: {ran:?}");
    }
}
