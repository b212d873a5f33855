//! Completions, which ask the deployment, and the manual.

use contract::{
    operator::{organization, postern, postern_where},
    own_stack::Folder,
};

#[test]
fn there_are_completions_for_five_shells() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = postern(&["completions", shell]).done().stdout;
        assert!(script.contains("POSTERN_COMPLETE"), "{shell}: {script}");
    }
}

/// What a shell is offered for the last word.
fn offered(words: &[&str], variables: &[(&str, &str)]) -> Vec<String> {
    let index = words.len().to_string();
    let asked = [
        ("POSTERN_COMPLETE", "bash"),
        ("_CLAP_COMPLETE_INDEX", &index),
        ("_CLAP_COMPLETE_COMP_TYPE", "9"),
        ("_CLAP_COMPLETE_SPACE", "true"),
        ("_CLAP_IFS", "\n"),
    ];
    let line = [&["--", "postern"], words].concat();
    let ran = postern_where(&line, &[&asked[..], variables].concat()).done();
    ran.stdout.lines().map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn completions_know_commands_key_rings_and_the_ids_of_the_deployment() {
    let id = organization();
    let key = postern(&["api-key", "create", "--organization", &id, "--output", "json"]).json();
    let name = key["name"].as_str().expect("a name");
    let has = |offered: Vec<String>, expected: &str| {
        assert!(offered.iter().any(|one| one == expected), "{expected}: {offered:?}");
    };
    has(offered(&["organization", "sh"], &[]), "show");
    has(offered(&["keys", "rotate", "portal-a"], &[]), "portal-access");
    let start = &id[..8];
    has(offered(&["organization", "show", start], &[]), &id);
    has(offered(&["user", "list", "--organization", start], &[]), &id);
    has(offered(&["api-key", "retire", ""], &[("POSTERN_ORGANIZATION", &id)]), name);
    // A shell shows no errors.
    let nowhere = [("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")];
    assert!(!offered(&["organization", "show", start], &nowhere).contains(&id));
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    assert!(postern(&["man"]).done().stdout.contains("postern\\-organization"));
    let folder = Folder::new();
    let path = folder.path().to_str().expect("UTF-8");
    postern(&["man", "--directory", path]).done();
    let page = std::fs::read_to_string(folder.path().join("postern-user-import.1"));
    assert!(page.expect("a page").contains("postern user import"));
    let missing = format!("{path}/missing");
    assert_eq!(postern(&["man", "--directory", &missing]).status, 1);
}
