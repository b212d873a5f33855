//! `postern env`: the environment variables of a deployed stack, from its outputs and parameters.

use anyhow::Context as _;
use aws_sdk_cloudformation::types::Stack;
use clap::Args;
use runtime::outage::sdk_error;

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
        let client = client(operator);
        let described = client.describe_stacks().stack_name(&self.stack).send().await;
        let described = described.map_err(|refusal| {
            // CloudFormation has no specific error for a stack that doesn't exist.
            let code = refusal
                .as_service_error()
                .and_then(aws_sdk_cloudformation::error::ProvideErrorMetadata::code);
            match code {
                Some("ValidationError") => {
                    Failure::Refused(format!("stack {} not found in this region", self.stack))
                }
                _ => sdk_error(&refusal, "DescribeStacks").into(),
            }
        })?;
        let stack = described.stacks.unwrap_or_default().pop();
        match stack {
            Some(stack) if stack.outputs().is_empty() => refused(format!(
                "stack {} has no outputs yet; wait until it is deployed",
                self.stack
            )),
            stack => Ok(stack.context("CloudFormation returned no stack")?),
        }
    }
}

fn variables_of(stack: &Stack) -> Vec<(String, String)> {
    let outputs = stack.outputs().iter().filter_map(|output| {
        let (key, value) = (output.output_key()?, output.output_value()?);
        let is_named = key.ends_with("Table") || key.ends_with("Secret");
        let name = if key == "ApiUrl" { "POSTERN_API".to_owned() } else { variable(key) };
        (is_named || key == "ApiUrl").then(|| (name, value.to_owned()))
    });
    let parameters = stack.parameters().iter().filter_map(|parameter| {
        let key = parameter.parameter_key()?;
        let is_wanted = PARAMETERS.contains(&key);
        let name = if key == FIPS.0 { FIPS.1.to_owned() } else { variable(key) };
        is_wanted.then(|| Some((name, parameter.parameter_value()?.to_owned())))?
    });
    let name = stack.stack_name().map(|name| ("STACK".to_owned(), name.to_owned()));
    let mut variables: Vec<_> = outputs.chain(parameters).chain(name).collect();
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

pub(crate) fn client(operator: &Operator) -> aws_sdk_cloudformation::Client {
    aws_sdk_cloudformation::Client::new(&operator.aws.sdk_config("CLOUDFORMATION"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_becomes_the_variable_that_functions_read() {
        assert_eq!(variable("PortalAccessSecret"), "PORTAL_ACCESS_SECRET");
        assert_eq!(variable("OtpSecret"), "OTP_SECRET");
        assert_eq!(variable("UsersTable"), "USERS_TABLE");
    }
}
