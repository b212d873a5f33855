//! A deployment as a whole: whether it is well, and what its functions read.
#![expect(clippy::expect_used, reason = "a test reports by panicking")]

use std::collections::BTreeMap;

use contract::{
    operator::{postern, postern_where},
    own_stack::OwnStack,
};
use serde_yaml_ng::Value;

const TEMPLATE: &str = include_str!("../../../../../infra/template.yaml");

#[test]
fn the_stack_is_in_order() {
    let doctor = postern(&["doctor", "--output", "json"]).done().json();
    let findings = doctor.as_array().expect("findings");
    assert!(findings.len() > 15, "{doctor}");
    assert!(findings.iter().all(|finding| finding["verdict"] != "wrong"), "{doctor}");
    let broken = postern_where(&["doctor"], &[("USERS_TABLE", "nowhere")]);
    assert_eq!(broken.status, 1);
    assert!(broken.stdout.contains("WRONG"), "{}", broken.stdout);
}

/// Variables that mean nothing to an operator: by what SES follows mail, a digest that makes new versions of
/// functions, and the address of a page that callers' answers link to, which the stack replaces by its own.
const OF_FUNCTIONS_ALONE: [&str; 3] = ["CONFIGURATION_SET", "DEPLOYMENT_DIGEST", "HELP_URL"];

/// The names of all variables that the template gives to functions.
fn variables_of_functions() -> Vec<String> {
    let template: Value = serde_yaml_ng::from_str(TEMPLATE).expect("YAML");
    let is_function = |(_, resource): &(&Value, &Value)| {
        resource.get("Type").and_then(Value::as_str) == Some("AWS::Serverless::Function")
    };
    let resources = template["Resources"].as_mapping().expect("resources").iter();
    let functions = resources.filter(is_function).map(|(_, resource)| &resource["Properties"]);
    let all = functions.chain([&template["Globals"]["Function"]]);
    let variables = all.filter_map(|it| it.get("Environment")?.get("Variables")?.as_mapping());
    let names = variables.flat_map(|variables| variables.keys());
    let mut names: Vec<_> = names.filter_map(Value::as_str).map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| !OF_FUNCTIONS_ALONE.contains(&name.as_str()));
    names
}

#[tokio::test]
async fn the_environment_of_a_stack_is_that_of_its_functions() {
    let own = OwnStack::start(&[]);
    own.ready().await;
    let (variables, given) = (own.variables(), own.variables_of_operators());
    let words = ["env", "--stack", "postern", "--output", "json"];
    let ran = postern_where(&words, &given);
    let custodian = ("AWS_ACCESS_KEY_ID".to_owned(), "KeyCustodianPolicy".to_owned());
    let same = postern_where(&words, &[&given[..], &[custodian]].concat());
    assert_eq!(same.done().stdout, ran.stdout, "under both policies");
    let told: BTreeMap<String, String> = serde_json::from_value(ran.done().json()).expect("texts");
    let names = variables_of_functions();
    assert!(names.len() >= 14, "{names:?}");
    for name in &names {
        assert_eq!(told.get(name), variables.get(name), "{name}");
    }
    let mut beyond: Vec<_> = told.keys().filter(|name| !names.contains(name)).collect();
    beyond.sort_unstable();
    assert_eq!(beyond, ["AWS_REGION", "POSTERN_API"]);
    assert_eq!(postern_where(&["env", "--stack", "nobody"], &given).status, 1);
}

#[tokio::test]
async fn the_stack_says_where_it_has_written_the_variables() {
    let own = OwnStack::start(&[]);
    own.ready().await;
    let path = own.local.path().join("env");
    let expected = format!("set -a; . {}", path.display());
    assert!(
        own.printed().lines().any(|line| line.trim_end().ends_with(&expected)),
        "{}",
        own.printed()
    );
}
