//! `postern env`: the environment variables of a deployed stack, from its outputs and parameters.

use anyhow::Context as _;
use clap::Args;
use runtime::outage::FailedCall;
use runtime::service::{Client, Service};
use serde_json::{Value, json};

use crate::failure::{Failure, Result, refused};
use crate::operator::Operator;
use crate::output::Output;

/// The parameter whose variable is the SDK's, and has its name.
const FIPS: (&str, &str) = ("UseFipsEndpoint", "AWS_USE_FIPS_ENDPOINT");

/// Parameters of the template that functions get as environment variables.
const PARAMETERS: [&str; 7] = [
    FIPS.0,
    "PartnerOrganizationParameters",
    "PasswordApiNames",
    "PasswordLoginAliases",
    "PasswordTokenSeconds",
    "SenderAddress",
    "SsoTokenSeconds",
];

/// Prints the environment variables of a deployed stack
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  eval \"$(postern env --stack postern)\"")]
pub(crate) struct Env {
    /// The name of the CloudFormation stack
    #[arg(long, value_name = "NAME")]
    stack: String,
}

impl Env {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let stack = self.describe(operator).await?;
        let region = operator.variable("AWS_REGION")?.to_owned();
        let mut variables = vec![("AWS_REGION".to_owned(), region)];
        variables.extend(variables_of(&stack));
        output.variables(&variables)
    }

    async fn describe(&self, operator: &Operator) -> Result<Stack> {
        let client = Client::new(&operator.aws, Service::CloudFormation);
        let stack = Stack::describe(&client, &self.stack).await.map_err(|error| {
            if is_not_found(&error) {
                Failure::Refused(format!("stack {} not found in this region", self.stack))
            } else {
                error.into()
            }
        })?;
        if stack.outputs.is_empty() {
            return refused(format!(
                "stack {} has no outputs yet; wait until it is deployed",
                self.stack
            ));
        }
        Ok(stack)
    }
}

/// Whether the stack doesn't exist, for which CloudFormation has no error of its own.
pub(crate) fn is_not_found(error: &anyhow::Error) -> bool {
    error.downcast_ref::<FailedCall>().is_some_and(|call| call.code == "ValidationError")
}

/// What CloudFormation knows of a stack.
pub(crate) struct Stack {
    name: String,
    outputs: Vec<(String, String)>,
    pub(crate) parameters: Vec<(String, String)>,
}

impl Stack {
    pub(crate) async fn describe(client: &Client, name: &str) -> anyhow::Result<Self> {
        let answer = client.call("DescribeStacks", &json!({"StackName": name})).await?;
        let stack = answer["Stacks"].get(0).context("CloudFormation returned no stack")?;
        let list = |name: &str| {
            let pair = |one: &Value| {
                let of = |part| Some(one[format!("{name}{part}")].as_str()?.to_owned());
                Some((of("Key")?, of("Value")?))
            };
            let all = stack[format!("{name}s")].as_array().into_iter().flatten();
            all.filter_map(pair).collect()
        };
        let name = stack["StackName"].as_str().context("the stack has no name")?.to_owned();
        Ok(Self { name, outputs: list("Output"), parameters: list("Parameter") })
    }
}

fn variables_of(stack: &Stack) -> Vec<(String, String)> {
    let outputs = stack.outputs.iter().filter_map(|(key, value)| {
        let is_named = ["Table", "Secret", "LogGroup"].iter().any(|end| key.ends_with(end));
        let name = if key == "ApiUrl" { "POSTERN_API".to_owned() } else { variable(key) };
        (is_named || key == "ApiUrl").then(|| (name, value.clone()))
    });
    let parameters = stack.parameters.iter().filter_map(|(key, value)| {
        let is_wanted = PARAMETERS.contains(&key.as_str());
        let name = if key == FIPS.0 { FIPS.1.to_owned() } else { variable(key) };
        is_wanted.then(|| (name, value.clone()))
    });
    let name = ("STACK".to_owned(), stack.name.clone());
    let mut variables: Vec<_> = outputs.chain(parameters).chain([name]).collect();
    variables.sort();
    variables
}

/// `PortalAccessSecret` → `PORTAL_ACCESS_SECRET`.
fn variable(key: &str) -> String {
    let mut name = String::new();
    for char in key.chars() {
        if char.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(char.to_ascii_uppercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_becomes_the_variable_that_functions_read() {
        assert_eq!(variable("PortalAccessSecret"), "PORTAL_ACCESS_SECRET");
        assert_eq!(variable("OtpSecret"), "OTP_SECRET");
        assert_eq!(variable("UsersTable"), "USERS_TABLE");
        assert_eq!(variable("AuditLogGroup"), "AUDIT_LOG_GROUP");
    }
}
