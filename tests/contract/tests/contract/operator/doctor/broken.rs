//! The broken things, and what `doctor` says of each.

mod streams;

use contract::altered::{
    Alteration,
    Effect::{self, Answers, HourOff, Refuses, Replaces, Silent},
};

/// A broken thing: what is altered, and the finding: check, verdict, a part of the remedy.
pub(super) type Case =
    (&'static str, &'static [Alteration], (&'static str, &'static str, &'static str));

pub(super) const fn on(action: &'static str, about: &'static str, effect: Effect) -> Alteration {
    Alteration { action, about, effect }
}

/// Alarms of a stack that has some, which the local stack doesn't: their list, then what they are.
const WATCH: Alteration = on(
    "ListStackResources",
    "Watch",
    Answers(
        "<ListStackResourcesResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\">\
         <ListStackResourcesResult><StackResourceSummaries><member><ResourceType>AWS::CloudWatch::Alarm\
         </ResourceType><LogicalResourceId>A</LogicalResourceId><PhysicalResourceId>postern-api-fails\
         </PhysicalResourceId><LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp>\
         <ResourceStatus>CREATE_COMPLETE</ResourceStatus></member></StackResourceSummaries>\
         </ListStackResourcesResult></ListStackResourcesResponse>",
    ),
);
const NO_ALARMS: &str = "<ListStackResourcesResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\">\
     <ListStackResourcesResult><StackResourceSummaries/></ListStackResourcesResult>\
     </ListStackResourcesResponse>";

const NO_SUBSCRIBERS: &str = "<ListSubscriptionsByTopicResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
     <ListSubscriptionsByTopicResult><Subscriptions/></ListSubscriptionsByTopicResult>\
     </ListSubscriptionsByTopicResponse>";

const ENV: &str = "postern env --stack";
const RESTORE: &str = "restore the secret's previous version";
const REDEPLOY: &str = "deploy infra/template.yaml again";

/// All of them.
pub(super) fn cases() -> impl Iterator<Item = &'static Case> {
    OTHERS.iter().chain(streams::CASES)
}

const OTHERS: &[Case] = &[
    // Tables.
    (
        "a table is missing",
        &[on("DescribeTable", "UsersTable", Refuses("ResourceNotFoundException"))],
        ("USERS_TABLE", "wrong", ENV),
    ),
    (
        "a table may not be described",
        &[on("DescribeTable", "UsersTable", Refuses("AccessDeniedException"))],
        ("USERS_TABLE", "wrong", "dynamodb:DescribeTable"),
    ),
    (
        "a table is being deleted",
        &[on("DescribeTable", "SessionsTable", Replaces("\"ACTIVE\"", "\"DELETING\""))],
        ("SESSIONS_TABLE", "wrong", REDEPLOY),
    ),
    (
        "a table has another key",
        &[on("DescribeTable", "SessionsTable", Replaces("\"pk\"", "\"id\""))],
        ("SESSIONS_TABLE key", "wrong", ENV),
    ),
    (
        "time to live is off",
        &[on("DescribeTimeToLive", "SessionsTable", Replaces("ENABLED", "DISABLED"))],
        ("SESSIONS_TABLE time to live", "wrong", REDEPLOY),
    ),
    (
        "recovery is off",
        &[on(
            "DescribeContinuousBackups",
            "UsersTable",
            Answers(
                r#"{"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED","PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"DISABLED"}}}"#,
            ),
        )],
        ("USERS_TABLE point-in-time recovery", "wrong", REDEPLOY),
    ),
    (
        "protection is off",
        &[on(
            "DescribeTable",
            "UsersTable",
            Replaces("\"DeletionProtectionEnabled\":true", "\"DeletionProtectionEnabled\":false"),
        )],
        ("USERS_TABLE deletion protection", "wrong", REDEPLOY),
    ),
    (
        "a stream has no images",
        &[on("DescribeTable", "ChallengesTable", Replaces("NEW_AND_OLD_IMAGES", "KEYS_ONLY"))],
        ("CHALLENGES_TABLE stream", "wrong", REDEPLOY),
    ),
    // Secrets.
    (
        "a secret has no value",
        &[on("GetSecretValue", "OtpSecret", Refuses("ResourceNotFoundException"))],
        ("OTP_SECRET", "wrong", RESTORE),
    ),
    (
        "a secret may not be read",
        &[on("GetSecretValue", "OtpSecret", Refuses("AccessDeniedException"))],
        ("OTP_SECRET", "wrong", "secretsmanager:GetSecretValue"),
    ),
    (
        "a secret's KMS key may not be used",
        &[on("GetSecretValue", "OtpSecret", Refuses("DecryptionFailure"))],
        ("OTP_SECRET", "wrong", "kms:Decrypt"),
    ),
    (
        "a secret is no key ring",
        &[on(
            "GetSecretValue",
            "PortalAccessSecret",
            Answers(r#"{"VersionId":"v","SecretString":"{}"}"#),
        )],
        ("PORTAL_ACCESS_SECRET", "wrong", RESTORE),
    ),
    (
        "a key is too short",
        &[on(
            "GetSecretValue",
            "PortalAccessSecret",
            Answers(
                r#"{"VersionId":"v","SecretString":"{\"current\":{\"kid\":\"a\",\"key\":\"AAAA\"}}"}"#,
            ),
        )],
        ("PORTAL_ACCESS_SECRET", "wrong", RESTORE),
    ),
    (
        "a secret is no text",
        &[on(
            "GetSecretValue",
            "PortalRefreshSecret",
            Answers(r#"{"VersionId":"v","SecretBinary":"AAAA"}"#),
        )],
        ("PORTAL_REFRESH_SECRET", "wrong", RESTORE),
    ),
    (
        "no key signs partners' tokens",
        &[on("GetSecretValue", "PartnerSigningSecret", Refuses("ResourceNotFoundException"))],
        ("PARTNER_SIGNING_SECRET", "wrong", "postern keys rotate partner-signing"),
    ),
    (
        "no key signs seals",
        &[on("GetSecretValue", "AuditSigningSecret", Refuses("ResourceNotFoundException"))],
        ("AUDIT_SIGNING_SECRET", "wrong", "postern keys rotate audit-signing"),
    ),
    (
        "a key isn't published",
        &[on("GetItem", "JWKS#partner", Answers("{}"))],
        ("published keys", "wrong", "postern keys rotate partner-signing"),
    ),
    (
        "the identifier ring is another",
        &[on(
            "GetItem",
            "RING#identifier",
            Answers(
                r#"{"Item":{"pk":{"S":"RING#identifier"},"kid":{"S":"initial"},"fingerprint":{"S":"AAAAAAAAAAAAAAAAAAAAAA"}}}"#,
            ),
        )],
        ("IDENTIFIER_SECRET fingerprint", "wrong", "restore the secret's earlier version"),
    ),
    // Mail and SMS.
    (
        "sending is paused",
        &[on("GetAccount", "", Replaces("\"SendingEnabled\":true", "\"SendingEnabled\":false"))],
        ("mail: sending", "wrong", "put-account-sending-attributes"),
    ),
    (
        "SES is in its sandbox",
        &[on(
            "GetAccount",
            "",
            Replaces("\"ProductionAccessEnabled\":true", "\"ProductionAccessEnabled\":false"),
        )],
        ("mail: sending", "wrong", "request production access"),
    ),
    (
        "SES reviews the account",
        &[on("GetAccount", "", Replaces("HEALTHY", "PROBATION"))],
        ("mail: sending", "wrong", "reputation"),
    ),
    (
        "the quota is almost used up",
        &[on("GetAccount", "", Replaces("\"SentLast24Hours\":0.0", "\"SentLast24Hours\":40000.0"))],
        ("mail: sending quota", "wrong", "request a higher quota"),
    ),
    (
        "a sender isn't verified",
        &[on("GetIdentityVerificationAttributes", "", Replaces("Success", "Pending"))],
        ("mail: sender no-reply@postern.example", "wrong", "verify postern.example in SES"),
    ),
    (
        "SES may not be asked",
        &[on("GetAccount", "", Refuses("AccessDeniedException"))],
        ("mail: sending", "wrong", "ses:GetAccount"),
    ),
    (
        "SNS is in its sandbox",
        &[on("GetSMSSandboxAccountStatus", "", Replaces("false", "true"))],
        ("SMS: sandbox", "warning", "leave the sandbox"),
    ),
    (
        "SMS have the default limit",
        &[on("GetSMSAttributes", "", Replaces("100", "1"))],
        ("SMS: monthly spend limit", "warning", "request more"),
    ),
    // Functions and delivery.
    (
        "a function is for another processor",
        &[on(
            "GetFunctionConfiguration",
            "PartnerJwks",
            Replaces("\"Architectures\":[\"", "\"Architectures\":[\"other-"),
        )],
        ("function PartnerJwksFunction", "wrong", "`make package`, then `make deploy`"),
    ),
    (
        "a function is inactive",
        &[on(
            "GetFunctionConfiguration",
            "PortalMe",
            Replaces("\"Active\"", "\"Failed\",\"StateReasonCode\":\"ImageDeleted\""),
        )],
        ("function PortalMeFunction", "wrong", "deploy again"),
    ),
    (
        "an update failed",
        &[on("GetFunctionConfiguration", "PortalMe", Replaces("\"Successful\"", "\"Failed\""))],
        ("function PortalMeFunction", "wrong", "deploy again"),
    ),
    (
        "functions may not be described",
        &[on("GetFunctionConfiguration", "", Refuses("AccessDeniedException"))],
        ("function AuditRecordFunction", "wrong", "lambda:GetFunctionConfiguration"),
    ),
    (
        "an alarm is on",
        &[
            WATCH,
            on(
                "DescribeAlarms",
                "",
                Answers(
                    r#"{"MetricAlarms":[{"AlarmName":"postern-api-fails","StateValue":"ALARM","ActionsEnabled":true,"AlarmActions":["t"],"AlarmDescription":"Fails. docs/runbook.md#the-api-fails"}]}"#,
                ),
            ),
        ],
        ("alarm postern-api-fails", "wrong", "docs/runbook.md#the-api-fails"),
    ),
    (
        "an alarm tells nobody",
        &[
            WATCH,
            on(
                "DescribeAlarms",
                "",
                Answers(
                    r#"{"MetricAlarms":[{"AlarmName":"postern-api-fails","StateValue":"OK","ActionsEnabled":false,"AlarmActions":["t"]}]}"#,
                ),
            ),
        ],
        ("alarms: actions", "wrong", "enable-alarm-actions"),
    ),
    (
        "an alarm was deleted",
        &[WATCH, on("DescribeAlarms", "", Answers(r#"{"MetricAlarms":[]}"#))],
        ("alarms: missing", "wrong", "deploy"),
    ),
    (
        "there are no alarms",
        &[on("ListStackResources", "Watch", Answers(NO_ALARMS))],
        ("alarms", "wrong", "`make deploy`"),
    ),
    (
        "an alarm's topic has no subscriber",
        &[on("ListSubscriptionsByTopic", "AlarmTopic", Answers(NO_SUBSCRIBERS))],
        ("alarms: subscribers", "wrong", "set AlarmAddress"),
    ),
    (
        "an alarm's topic has no confirmed subscriber",
        &[on(
            "ListSubscriptionsByTopic",
            "AlarmTopic",
            Replaces(
                "arn:aws:sns:us-east-1:000000000000:AlarmTopic:00000000-0000-0000-0000-000000000000",
                "PendingConfirmation",
            ),
        )],
        ("alarms: subscribers", "wrong", "click on the link"),
    ),
    (
        "an alarm's topic is gone",
        &[on("ListSubscriptionsByTopic", "", Refuses("NotFound"))],
        ("alarms: subscribers", "wrong", ENV),
    ),
    (
        "subscribers may not be listed",
        &[on("ListSubscriptionsByTopic", "", Refuses("AuthorizationError"))],
        ("alarms: subscribers", "wrong", "sns:ListSubscriptionsByTopic"),
    ),
    (
        "a log is stored for ever",
        &[on(
            "DescribeLogGroups",
            "vendedlogs",
            Answers(r#"{"logGroups":[{"logGroupName":"/aws/vendedlogs/apigateway/postern"}]}"#),
        )],
        ("log /aws/vendedlogs/apigateway/postern", "wrong", "put-retention-policy"),
    ),
    (
        "a log is stored too short",
        &[on("DescribeLogGroups", "vendedlogs", Replaces("90", "7"))],
        ("log /aws/vendedlogs/apigateway/postern", "wrong", "--retention-in-days 90"),
    ),
    (
        "a log group is missing",
        &[on("DescribeLogGroups", "vendedlogs", Answers(r#"{"logGroups":[]}"#))],
        ("log /aws/vendedlogs/apigateway/postern", "wrong", "put-retention-policy"),
    ),
    (
        "a function's name is not the one that its role may write logs under",
        &[on(
            "ListStackResources",
            "StackName=postern",
            Replaces("postern-PortalMeFunction", "postern-PortalLogoutFunction"),
        )],
        ("logs: streams", "wrong", "at most 17 characters"),
    ),
    (
        "logs may not be described",
        &[on("DescribeLogGroups", "", Refuses("AccessDeniedException"))],
        ("logs: retention", "wrong", "logs:DescribeLogGroups"),
    ),
    // The place, the clock and the network.
    (
        "the region is wrong",
        &[on("DescribeStacks", "", Refuses("ValidationError"))],
        ("stack", "wrong", "set AWS_REGION"),
    ),
    (
        "the stack may not be described",
        &[on("ListStackResources", "", Refuses("AccessDenied"))],
        ("stack", "wrong", "cloudformation:ListStackResources"),
    ),
    (
        "the session has expired",
        &[on("GetCallerIdentity", "", Refuses("ExpiredToken"))],
        ("identity", "warning", "AWS_PROFILE"),
    ),
    (
        "the clock is an hour off",
        &[on("", "", HourOff)],
        ("clock", "wrong", "set this machine's clock"),
    ),
    (
        "one call gets no answer",
        &[on("GetMetricData", "PortalDeliverOtpFunction", Silent)],
        ("delivery: age of records", "unanswered", "run `postern doctor` again"),
    ),
    (
        "one service is throttled",
        &[on("DescribeLogGroups", "", Refuses("ThrottlingException"))],
        ("logs: retention", "unanswered", "run `postern doctor` again"),
    ),
];
