//! The roles that SAM creates for functions, and the managed policies of operators.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::arn;
use super::intrinsics::Scope;

/// Policies that belong together: those of a function's role, or one managed policy for operators.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    /// The logical id of the function or of the managed policy.
    pub(crate) id: String,
    pub(crate) policies: Vec<Policy>,
    /// Tags of the role; SAM copies them from the function.
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) is_function: bool,
}

/// A policy document whose intrinsic functions are resolved.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) name: String,
    pub(crate) document: Value,
    /// Whether SAM adds it, so that the template can't narrow it.
    pub(crate) is_of_sam: bool,
}

/// The managed policies of the template, by their ARNs, each with the roles that it names itself.
type Managed = BTreeMap<String, (Policy, Vec<String>)>;

/// Reads all roles. A managed policy that no function has is one for operators.
pub(super) fn read(scope: &Scope) -> Result<Vec<Role>> {
    let managed = managed(scope)?;
    let (mut roles, mut attached) = (Vec::new(), Vec::new());
    for (id, resource) in of_type(scope, "AWS::Serverless::Function") {
        let properties = &resource["Properties"];
        let own = scope.resolve(&properties["Policies"]).with_context(|| id.clone())?;
        let mut policies = added_by_sam(scope, properties).with_context(|| id.clone())?;
        for policy in own.as_array().into_iter().flatten() {
            policies.push(match policy.as_str() {
                Some(arn) => {
                    attached.push(arn.to_owned());
                    let found = managed.get(arn).map(|(policy, _)| policy.clone());
                    found.with_context(|| format!("{id}: the template has no policy {arn}"))?
                }
                None => Policy { name: id.clone(), document: policy.clone(), is_of_sam: false },
            });
        }
        let role = format!("{id}Role");
        let attaching = managed.iter().filter(|(_, (_, roles))| roles.contains(&role));
        for (arn, (policy, _)) in attaching {
            attached.push(arn.clone());
            policies.push(policy.clone());
        }
        let tags = serde_json::from_value(scope.resolve(&properties["Tags"])?).unwrap_or_default();
        roles.push(Role { id: id.clone(), policies, tags, is_function: true });
    }
    let for_operators = managed.into_iter().filter(|(arn, _)| !attached.contains(arn));
    roles.extend(for_operators.map(|(_, (policy, _))| Role {
        id: policy.name.clone(),
        policies: vec![policy],
        tags: BTreeMap::new(),
        is_function: false,
    }));
    Ok(roles)
}

/// The policies of tables' streams.
pub(super) fn of_streams(scope: &Scope) -> Result<Vec<Policy>> {
    let tables = of_type(scope, "AWS::DynamoDB::Table").filter_map(|(id, table)| {
        let stream = &table["Properties"]["StreamSpecification"];
        Some((id, stream["ResourcePolicy"].get("PolicyDocument")?))
    });
    tables
        .map(|(id, document)| {
            let mut document = scope.resolve(document).with_context(|| id.clone())?;
            // `*` is the stream that the policy belongs to.
            for statement in document["Statement"].as_array_mut().into_iter().flatten() {
                if statement["Resource"] == "*" {
                    statement["Resource"] = arn::stream(&arn::table_name(id)).into();
                }
            }
            Ok(Policy { name: format!("{id}'s stream"), document, is_of_sam: false })
        })
        .collect()
}

fn of_type<'s>(scope: &'s Scope, kind: &'s str) -> impl Iterator<Item = (&'s String, &'s Value)> {
    scope.resources.iter().filter(move |(_, resource)| resource["Type"] == kind)
}

fn managed(scope: &Scope) -> Result<Managed> {
    of_type(scope, "AWS::IAM::ManagedPolicy")
        .map(|(id, resource)| {
            let document = scope.resolve(&resource["Properties"]["PolicyDocument"]);
            let document = document.with_context(|| id.clone())?;
            let policy = Policy { name: id.clone(), document, is_of_sam: false };
            // SAM makes the roles, so they are not among the resources.
            let roles = policy_roles(&resource["Properties"]["Roles"]);
            Ok((arn::policy(id), (policy, roles)))
        })
        .collect()
}

fn policy_roles(roles: &Value) -> Vec<String> {
    let all = roles.as_array().into_iter().flatten();
    all.filter_map(|role| role["Ref"].as_str()).map(ToOwned::to_owned).collect()
}

/// What SAM gives every role, and a role of a function that reads a stream: `samtranslator/model/sam_resources.py` and
/// `samtranslator/model/iam.py` of aws/serverless-application-model. What the two managed policies of AWS allow:
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html> and
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaDynamoDBExecutionRole.html>.
fn added_by_sam(scope: &Scope, properties: &Value) -> Result<Vec<Policy>> {
    let allow = |name: &str, actions: &[&str], resource: &str| Policy {
        name: name.to_owned(),
        document: json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": actions, "Resource": resource},
        ]}),
        is_of_sam: true,
    };
    let logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
    let streams = [
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
    ];
    let mut policies = vec![allow("AWSLambdaBasicExecutionRole", &logs, "*")];
    for event in properties["Events"].as_object().into_iter().flatten().map(|(_, event)| event) {
        if event["Type"] == "DynamoDB" {
            policies.push(allow("AWSLambdaDynamoDBExecutionRole", &streams, "*"));
        }
        let failure = &event["Properties"]["DestinationConfig"]["OnFailure"];
        if failure["Type"] == "SQS" {
            let queue = scope.resolve(&failure["Destination"])?;
            let queue = queue.as_str().context("Destination is not an ARN")?;
            policies.push(allow("SQSPolicy", &["sqs:SendMessage"], queue));
        }
        if failure["Type"] == "S3" {
            let bucket = scope.resolve(&failure["Destination"])?;
            let bucket = bucket.as_str().context("Destination is not an ARN")?;
            policies.push(allow("S3Policy", &["s3:PutObject"], &format!("{bucket}/*")));
            policies.push(allow("S3Policy", &["s3:ListBucket"], bucket));
        }
    }
    Ok(policies)
}
