//! What an operator can do about a call that AWS refused. The same cause has the same remedy in every
//! command.

use runtime::outage::FailedCall;

/// The remedy for a refused call.
pub(crate) fn remedy(call: &FailedCall) -> String {
    let FailedCall { action, code } = call;
    match code.as_str() {
        "AccessDenied" | "AccessDeniedException" | "AuthorizationError" => format!(
            "this identity needs the right {}:{action} on it (docs/operate.md, \"The environment\"), or \
             the profile is another one's: set AWS_PROFILE",
            service(action)
        ),
        "DecryptionFailure" => "its KMS key (KmsKeyArn) is disabled or gone, or this identity needs the right kms:Decrypt on it".to_owned(),
        "ExpiredToken" | "ExpiredTokenException" => {
            "the session has expired: run `aws sso login`, or export new credentials".to_owned()
        }
        "IncompleteSignature"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException" => {
            "AWS doesn't know these credentials, or this machine's clock is wrong: try `aws sts \
             get-caller-identity`, then run `aws configure` or `aws sso login`"
                .to_owned()
        }
        "RequestExpired" | "RequestTimeTooSkewed" => "set this machine's clock (chrony, systemd-timesyncd)".to_owned(),
        "NotFound" | "QueueDoesNotExist" | "ResourceNotFoundException" => {
            "it doesn't exist in this account and region, or the variables are another stack's: run \
             `eval \"$(postern env --stack NAME)\"`"
                .to_owned()
        }
        _ => "check that it exists in this account and region, and that your role allows the call"
            .to_owned(),
    }
}

/// The prefix of an action's IAM right.
fn service(action: &str) -> &'static str {
    match action {
        _ if action.contains("Secret") => "secretsmanager",
        "GetAccount" | "GetIdentityVerificationAttributes" => "ses",
        "GetSMSAttributes" | "GetSMSSandboxAccountStatus" | "ListSubscriptionsByTopic" => "sns",
        "DescribeStacks" | "ListStackResources" => "cloudformation",
        "GetEventSourceMapping" | "GetFunctionConfiguration" => "lambda",
        "GetQueueAttributes" => "sqs",
        "DescribeAlarms" | "GetMetricData" => "cloudwatch",
        "DescribeLogGroups" | "FilterLogEvents" => "logs",
        _ => "dynamodb",
    }
}
