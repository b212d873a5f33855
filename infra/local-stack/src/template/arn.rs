//! Names and ARNs of resources, with a local account and region.

/// The stack's name: the prefix of the names of tables and secrets.
pub(crate) const STACK: &str = "postern";
/// The region of all resources.
pub(crate) const REGION: &str = "us-east-1";
/// The account of all resources.
pub(crate) const ACCOUNT: &str = "000000000000";

/// A table's name, as CloudFormation generates it, without the random part.
pub(crate) fn table_name(logical_id: &str) -> String {
    format!("{STACK}-{logical_id}")
}

pub(crate) fn table(name: &str) -> String {
    format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}")
}

/// Secrets Manager adds six characters to the name; here they are always the same.
pub(crate) fn secret(name: &str) -> String {
    format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-AAAAAA")
}

pub(crate) fn queue(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

pub(crate) fn bucket(name: &str) -> String {
    format!("arn:aws:s3:::{}", name.to_lowercase())
}

pub(crate) fn topic(name: &str) -> String {
    format!("arn:aws:sns:{REGION}:{ACCOUNT}:{name}")
}

pub(crate) fn function(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

/// A function's name, as CloudFormation generates it, without the random part.
pub(crate) fn function_name(logical_id: &str) -> String {
    format!("{STACK}-{logical_id}")
}

/// The name of the mapping of one of a function's sources.
pub(crate) fn mapping_name(function: &str, number: usize) -> String {
    format!("{function}.{number}")
}

/// The id of the function whose mapping has this name.
pub(crate) fn function_of_mapping(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

pub(crate) fn event_source_mapping(id: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:{id}")
}

/// The stream of a table. Its label is a time in AWS; here it is always the same.
pub(crate) fn stream(table: &str) -> String {
    format!("{}/stream/local", self::table(table))
}

/// A log group with all its streams, as CloudFormation returns it.
pub(crate) fn log_group(name: &str) -> String {
    format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*")
}

/// A stream; without its name the group, and without that one all groups.
pub(crate) fn log_stream(group: &str, stream: &str) -> String {
    format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:{stream}")
}

pub(crate) fn policy(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:policy/{name}")
}

/// Whom everybody is that isn't a function.
pub(crate) fn caller() -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/local")
}

/// A role in use.
pub(crate) fn session(role: &str) -> String {
    format!("arn:aws:sts::{ACCOUNT}:assumed-role/{STACK}-{role}/local")
}

/// The identity of an address: its domain, as most deployments verify it.
pub(crate) fn identity(address: &str) -> String {
    let domain = address.rsplit('@').next().unwrap_or_default();
    format!("arn:aws:ses:{REGION}:{ACCOUNT}:identity/{domain}")
}

pub(crate) fn configuration_set(name: &str) -> String {
    format!("arn:aws:ses:{REGION}:{ACCOUNT}:configuration-set/{name}")
}

pub(crate) fn stack(name: &str) -> String {
    format!("arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/local")
}
