//! v1 only adds: `infra/openapi.yaml` takes nothing away that the last released one promised.

#![expect(clippy::expect_used, reason = "a test reports by panicking")]

use std::process::Command;

use contract::compatibility::breaks;
use serde_json::Value;

/// Where the document is, in this working tree and in any revision.
const PATH: &str = "infra/openapi.yaml";

fn parse(text: &str) -> Value {
    serde_yaml_ng::from_str(text).expect("YAML")
}

fn current() -> Value {
    parse(include_str!("../../../../infra/openapi.yaml"))
}

/// What git prints, unless it refuses.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().expect("git");
    output.status.success().then(|| String::from_utf8(output.stdout).expect("UTF-8"))
}

#[test]
fn nothing_that_was_released_is_taken_away() {
    let Some(tag) = git(&["describe", "--tags", "--abbrev=0", "--match", "v*"]) else {
        eprintln!("nothing was released yet: no tag v*");
        return;
    };
    let released = git(&["show", &format!("{}:{PATH}", tag.trim())]).expect("the released one");
    assert_eq!(breaks(&parse(&released), &current()), Vec::<String>::new(), "since {tag}");
}

#[test]
fn additions_break_nothing() {
    let (old, mut new) = (current(), current());
    let schemas = &mut new["components"]["schemas"];
    schemas["PortalDone"]["properties"]["addition"] = serde_json::json!({"type": "string"});
    new["paths"]["/api/v2/new"] = new["paths"]["/api/v1/users/me"].clone();
    assert_eq!(breaks(&old, &new), Vec::<String>::new());
}

/// A way to the place, what stands there then, and what is to be told.
const BREAKS: [(&str, &str, &str); 8] = [
    ("/paths/~1api~1v1~1users~1me", "{}", "GET /api/v1/users/me is gone"),
    ("/paths/~1api~1v1~1users~1me/get/responses", "{}", "GET /api/v1/users/me 200 is gone"),
    ("/paths/~1api~1v1~1users~1me/get/security", "[]", "no longer suffices"),
    ("/components/parameters/PortalIdempotencyKey/required", "true", "is required"),
    ("/components/schemas/PortalTokens/required", "[]", "\"accessToken\" may be absent"),
    ("/components/schemas/PortalTokens/properties", "{}", ".accessToken is gone"),
    ("/components/schemas/PasswordCredentials/required", r#"["otp"]"#, "has become required"),
    ("/components/schemas/PasswordCredentials/properties/username/type", "7", "type is 7"),
];

#[test]
fn whatever_is_taken_away_or_asked_for_is_told() {
    let old = current();
    for (pointer, replacement, told) in BREAKS {
        let mut new = current();
        let (parent, name) = pointer.rsplit_once('/').expect("a parent");
        let parent = new.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}"));
        parent[name.replace("~1", "/")] = serde_json::from_str(replacement).expect("JSON");
        let breaks = breaks(&old, &new);
        assert!(breaks.iter().any(|text| text.contains(told)), "{pointer}: {breaks:#?}");
    }
}
