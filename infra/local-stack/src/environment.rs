//! The environment variables of functions and tools.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::Result;

use crate::aws;
use crate::dynamodb::client::ACCESS_KEY;
use crate::private_file;
use crate::template::Template;
use crate::template::arn::REGION;

/// The addresses of the stack.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    pub(crate) api: String,
    pub(crate) console: String,
    pub(crate) dynamodb: String,
    /// The file of the clock.
    pub(crate) clock: String,
}

/// Region and credentials, which Lambda gives to each function, and the endpoints of this stack.
pub(crate) fn of_lambda(addresses: &Addresses) -> BTreeMap<String, String> {
    let at_console = |path: &str| format!("{}{path}", addresses.console);
    [
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_DEFAULT_REGION", REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", ACCESS_KEY.to_owned()),
        ("AWS_ENDPOINT_URL_CLOUDFORMATION", at_console(aws::CLOUDFORMATION)),
        ("AWS_ENDPOINT_URL_CLOUDWATCH", at_console(aws::CLOUDWATCH)),
        ("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", at_console(aws::LOGS)),
        ("AWS_ENDPOINT_URL_DYNAMODB", addresses.dynamodb.clone()),
        ("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", addresses.dynamodb.clone()),
        ("AWS_ENDPOINT_URL_LAMBDA", addresses.console.clone()),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", at_console(aws::SECRETS_MANAGER)),
        ("AWS_ENDPOINT_URL_SES", at_console(aws::SES)),
        ("AWS_ENDPOINT_URL_SNS", at_console(aws::SNS)),
        ("AWS_ENDPOINT_URL_SQS", at_console(aws::SQS)),
        ("AWS_ENDPOINT_URL_STS", at_console(aws::STS)),
        ("HELP_URL", at_console("/docs/errors")),
        ("POSTERN_CLOCK", addresses.clock.clone()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// For tools and tests: also the variables of all functions, and the stack's addresses.
pub(crate) fn of_tools(addresses: &Addresses, template: &Template) -> BTreeMap<String, String> {
    let mut all = template.variables();
    all.extend(of_lambda(addresses));
    all.insert("POSTERN_API".to_owned(), addresses.api.clone());
    all.insert("POSTERN_CONSOLE".to_owned(), addresses.console.clone());
    all
}

/// Writes `KEY=value` lines, for `set -a; . .local/env` and `cargo lambda watch --env-file`.
pub(crate) fn write(path: &Path, environment: &BTreeMap<String, String>) -> Result<()> {
    let mut text = String::new();
    for (name, value) in environment {
        writeln!(text, "{name}={value}")?;
    }
    private_file::write(path, text.as_bytes())
}
