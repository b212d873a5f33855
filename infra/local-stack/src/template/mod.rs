//! Reads `infra/template.yaml`. The local stack has no other definition of functions, tables and secrets.

#[cfg(test)]
mod agreement;
pub(crate) mod arn;
mod conditions;
mod functions;
mod intrinsics;
mod log_groups;
mod roles;
mod secrets;
mod sources;
mod tables;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

pub(crate) use functions::{Function, Route};
use intrinsics::Scope;
pub(crate) use log_groups::LogGroup;
pub(crate) use roles::{Policy, Role};
pub(crate) use secrets::{GenerateSecretString, Secret};
pub(crate) use sources::EventSource;
pub(crate) use tables::Table;

/// Values of parameters that an operator gives at a deployment.
const PARAMETERS: [(&str, &str); 3] = [
    // The functions are this machine's binaries.
    ("Architecture", if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }),
    ("SenderAddress", "no-reply@postern.example"),
    // A developer may try any sender.
    ("OtherSenderAddresses", "*@*"),
];

/// The template that this program was built with.
const TEMPLATE: &str = include_str!("../../../template.yaml");

/// The parts of the template that the local stack uses.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) functions: Vec<Function>,
    pub(crate) tables: Vec<Table>,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) log_groups: Vec<LogGroup>,
    /// The names of queues.
    pub(crate) queues: Vec<String>,
    /// The names of topics.
    pub(crate) topics: Vec<String>,
    /// The outputs that name a resource.
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) roles: Vec<Role>,
    /// The policies of tables' streams.
    pub(crate) stream_policies: Vec<Policy>,
}

impl Template {
    /// Reads a file or, without one, the template of this program.
    pub(crate) fn read(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else { return Self::parse(TEMPLATE).context("infra/template.yaml") };
        let text =
            std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("read {}", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let document = intrinsics::long_form(serde_yaml_ng::from_str(text)?)?;
        let values = values(&document["Parameters"]);
        let document = conditions::applied(&document, &values)?;
        let scope = Scope {
            lists: lists(&document["Parameters"], &values),
            values,
            resources: document["Resources"]
                .as_object()
                .cloned()
                .context("the template has no Resources")?,
        };
        let is_given = |(name, _): &(&String, &String)| !name.contains("::");
        let given = scope.values.iter().filter(is_given);
        let mut template = Self {
            functions: Vec::new(),
            tables: Vec::new(),
            secrets: Vec::new(),
            log_groups: Vec::new(),
            queues: Vec::new(),
            topics: Vec::new(),
            outputs: outputs(&scope, &document["Outputs"])?,
            parameters: given.map(|(name, value)| (name.clone(), value.clone())).collect(),
            roles: roles::read(&scope)?,
            stream_policies: roles::of_streams(&scope)?,
        };
        for (id, resource) in &scope.resources {
            template
                .add(&scope, &document["Globals"]["Function"], id, resource)
                .with_context(|| id.clone())?;
        }
        Ok(template)
    }

    fn add(&mut self, scope: &Scope, globals: &Value, id: &str, resource: &Value) -> Result<()> {
        let properties = &resource["Properties"];
        match resource["Type"].as_str() {
            Some("AWS::Serverless::Function") => {
                self.functions.push(functions::read(scope, globals, id, properties)?);
            }
            Some("AWS::DynamoDB::Table") => self.tables.push(tables::read(scope, id, properties)?),
            Some("AWS::SecretsManager::Secret") => {
                self.secrets.push(secrets::read(scope, id, properties)?);
            }
            Some("AWS::Logs::LogGroup") => {
                self.log_groups.push(log_groups::read(scope, id, properties)?);
            }
            Some("AWS::SQS::Queue") => self.queues.push(id.to_owned()),
            Some("AWS::SNS::Topic") => self.topics.push(id.to_owned()),
            _ => {}
        }
        Ok(())
    }

    /// The variables of all functions together. A variable has the same value in all of them.
    pub(crate) fn variables(&self) -> BTreeMap<String, String> {
        self.functions.iter().flat_map(|function| function.environment.clone()).collect()
    }
}

fn outputs(scope: &Scope, outputs: &Value) -> Result<BTreeMap<String, String>> {
    let named = outputs.as_object().into_iter().flatten();
    let named = named.filter(|(_, output)| output["Value"].get("Ref").is_some());
    named
        .map(|(name, output)| {
            let value = scope.resolve(&output["Value"])?;
            Ok((name.clone(), value.as_str().context("an output is not a text")?.to_owned()))
        })
        .collect()
}

/// The parameters that are lists, with the values of this stack.
fn lists(parameters: &Value, values: &BTreeMap<String, String>) -> BTreeMap<String, Vec<String>> {
    let is_list = |(_, parameter): &(&String, &Value)| parameter["Type"] == "CommaDelimitedList";
    let listed = parameters.as_object().into_iter().flatten().filter(is_list);
    let split = |text: &String| text.split(',').map(|item| item.trim().to_owned()).collect();
    listed.filter_map(|(name, _)| Some((name.clone(), values.get(name).map(split)?))).collect()
}

fn values(parameters: &Value) -> BTreeMap<String, String> {
    let defaults = parameters.as_object().into_iter().flatten().filter_map(|(name, parameter)| {
        let default = match parameter.get("Default")? {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Some((name.clone(), default))
    });
    let pseudo = [
        ("AWS::AccountId", arn::ACCOUNT),
        ("AWS::Partition", "aws"),
        ("AWS::Region", arn::REGION),
        ("AWS::StackId", &arn::stack(arn::STACK)),
        ("AWS::StackName", arn::STACK),
        ("AWS::URLSuffix", "amazonaws.com"),
    ];
    let given = PARAMETERS
        .into_iter()
        .chain(pseudo)
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    defaults.chain(given).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const TEMPLATE: &str = include_str!("../../../template.yaml");

    fn function(name: &str) -> Function {
        let template = Template::parse(TEMPLATE).unwrap();
        template.functions.into_iter().find(|function| function.name == name).unwrap()
    }

    #[test]
    fn a_function_is_named_after_the_folder_of_its_code_and_has_its_route() {
        let send = function("portal-send-otp");
        let route = Route { method: "POST".into(), path: "/api/v1/users/auth/send-otp".into() };
        assert_eq!(send.routes, [route]);
        assert!(function("portal-authorizer").routes.is_empty());
    }

    #[test]
    fn the_login_has_aliases_that_a_parameter_switches_off() {
        let login = function("password-login");
        let paths: Vec<_> = login.routes.iter().map(|route| route.path.as_str()).collect();
        assert_eq!(paths, ["/auth", "/auth/login", "/{api}/auth"]);
        assert_eq!(login.environment["PASSWORD_LOGIN_ALIASES"], "true");
        let without = TEMPLATE.replace("Default: \"true\"", "Default: \"false\"");
        let functions = Template::parse(&without).unwrap().functions;
        let login = functions.iter().find(|function| function.name == "password-login").unwrap();
        assert_eq!(login.environment["PASSWORD_LOGIN_ALIASES"], "false");
    }

    #[test]
    fn own_values_go_before_globals_and_variables_are_put_together() {
        let deliver = function("portal-deliver-otp");
        assert_eq!((deliver.memory_mb, deliver.timeout), (256, Duration::from_mins(2)));
        assert_eq!(deliver.environment["USERS_TABLE"], "postern-UsersTable");
        assert_eq!(deliver.environment["SENDER_ADDRESS"], "no-reply@postern.example");
        assert_eq!(deliver.environment["ORGANIZATIONS_TABLE"], "postern-OrganizationsTable");
        assert!(!function("portal-send-otp").environment.contains_key("USERS_TABLE"));
    }

    #[test]
    fn the_stream_of_challenges_goes_to_the_delivery() {
        let [source] =
            <[EventSource; 1]>::try_from(function("portal-deliver-otp").sources).unwrap();
        assert_eq!(source.table(), Some("postern-ChallengesTable"));
        assert_eq!((source.batch_size, source.retries()), (10, Some(2)));
        assert_eq!(source.maximum_age_ms(), Some(300_000));
        assert!(source.reports_item_failures() && source.bisect_batch_on_function_error);
        assert_eq!(source.filters().unwrap().len(), 1);
    }

    #[test]
    fn the_recorder_reads_every_stream_and_leaves_out_counters_and_what_expired() {
        let recorder = function("audit-record");
        let tables: Vec<_> = recorder.sources.iter().filter_map(EventSource::table).collect();
        let expected = ["Challenges", "Organizations", "Sessions", "Users"];
        assert_eq!(tables, expected.map(|table| format!("postern-{table}Table")));
        let record = |pk: &str| serde_json::json!({"dynamodb": {"Keys": {"pk": {"S": pk}}}});
        let mut expired = record("OTP#a#b");
        expired["userIdentity"] = serde_json::json!(
            {"type": "Service", "principalId": "dynamodb.amazonaws.com"});
        for source in &recorder.sources {
            let [filter] = <[_; 1]>::try_from(source.filters().unwrap()).unwrap();
            assert!(filter.matches(Some(&record("OTP#a#b"))));
            assert!(!filter.matches(Some(&expired)));
            let counts = filter.matches(Some(&record("COUNT#send#a")));
            assert_eq!(counts, source.table() != Some("postern-ChallengesTable"));
        }
        assert_eq!(function("audit-seal").minutes, [12]);
    }

    #[test]
    fn tables_have_their_time_to_live_and_those_that_are_audited_a_stream() {
        let tables = Template::parse(TEMPLATE).unwrap().tables;
        let with_ttl = tables.iter().filter(|table| table.ttl.as_deref() == Some("ttl")).count();
        let streams =
            tables.iter().filter(|table| table.creation.get("StreamSpecification").is_some());
        assert_eq!((tables.len(), with_ttl, streams.count()), (5, 4, 4));
    }

    /// Paths contain access tokens of the identity provider.
    #[test]
    fn no_access_log_and_no_trace_has_a_path_in_it() {
        let document = intrinsics::long_form(serde_yaml_ng::from_str(TEMPLATE).unwrap()).unwrap();
        let api = &document["Resources"]["Api"]["Properties"];
        let format = api["AccessLogSettings"]["Format"].as_str().unwrap();
        let logged: Vec<_> = format.split("$context.").skip(1).collect();
        let allowed = [
            "requestId",
            "requestTime",
            "routeKey",
            "status",
            "responseLength",
            "responseLatency",
            "integrationLatency",
            "integrationStatus",
            "error.responseType",
        ];
        for variable in logged {
            let name = variable.split('"').next().unwrap();
            assert!(allowed.contains(&name), "{name}");
        }
        // X-Ray would record the whole URL.
        assert!(!TEMPLATE.contains("Tracing"));
    }

    #[test]
    fn secrets_have_the_names_that_functions_refer_to() {
        let names: Vec<_> =
            Template::parse(TEMPLATE).unwrap().secrets.into_iter().map(|it| it.name).collect();
        assert_eq!(
            names,
            [
                "AuditSecret",
                "AuditSigningSecret",
                "IdentifierSecret",
                "OtpSecret",
                "PartnerSigningSecret",
                "PasswordAccessSecret",
                "PortalAccessSecret",
                "PortalRefreshSecret"
            ]
        );
    }
}
