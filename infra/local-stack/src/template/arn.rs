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

pub(crate) fn function(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}
