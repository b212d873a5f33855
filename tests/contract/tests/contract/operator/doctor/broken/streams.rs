//! What reads the tables' streams: the delivery of codes, and the recorder of the audit trail.

use contract::altered::Effect::{Answers, Refuses, Replaces};

use super::{Case, ENV, on};

pub(super) const CASES: &[Case] = &[
    (
        "the event source is off",
        &[on("GetEventSourceMapping", "PortalDeliver", Replaces("\"Enabled\"", "\"Disabled\""))],
        ("delivery: event source", "wrong", "update-event-source-mapping --enabled"),
    ),
    (
        "the event source fails",
        &[on(
            "GetEventSourceMapping",
            "PortalDeliver",
            Replaces("\"LastProcessingResult\":\"", "\"LastProcessingResult\":\"PROBLEM: "),
        )],
        ("delivery: event source", "wrong", "docs/runbook.md"),
    ),
    (
        "a table's changes are not recorded",
        &[on(
            "GetEventSourceMapping",
            "AuditRecordFunction.3",
            Replaces("\"Enabled\"", "\"Disabled\""),
        )],
        ("audit trail: event source of users", "wrong", "update-event-source-mapping --enabled"),
    ),
    (
        "the recorder fails",
        &[on(
            "GetEventSourceMapping",
            "AuditRecordFunction.1",
            Replaces("\"LastProcessingResult\":\"", "\"LastProcessingResult\":\"PROBLEM: "),
        )],
        ("audit trail: event source of organizations", "wrong", "The audit trail is late"),
    ),
    (
        "what can't be recorded has no place",
        &[on(
            "GetEventSourceMapping",
            "AuditRecordFunction.2",
            Replaces("\"OnFailure\":", "\"OnSuccess\":"),
        )],
        ("audit trail: event source of sessions", "wrong", "deploy infra/template.yaml again"),
    ),
    (
        "a table's mapping is gone",
        &[on(
            "ListStackResources",
            "StackName=postern",
            Replaces("AuditRecordFunction.0", "PortalDeliverOtpFunction.0"),
        )],
        ("audit trail: event source of challenges", "wrong", "deploy infra/template.yaml again"),
    ),
    (
        "changes are recorded late",
        &[on(
            "GetMetricData",
            "AuditRecordFunction",
            Answers(
                r#"{"MetricDataResults":[{"Id":"newest","Timestamps":[1.7e9],"Values":[300001.0]}]}"#,
            ),
        )],
        ("audit trail: age of records", "wrong", "The audit trail is late"),
    ),
    (
        "records are late",
        &[on(
            "GetMetricData",
            "PortalDeliverOtpFunction",
            Answers(
                r#"{"MetricDataResults":[{"Id":"newest","Timestamps":[1.7e9],"Values":[90000.0]}]}"#,
            ),
        )],
        ("delivery: age of records", "wrong", "Codes are late"),
    ),
    (
        "codes were not sent",
        &[on(
            "GetQueueAttributes",
            "",
            Answers(r#"{"Attributes":{"ApproximateNumberOfMessages":"3"}}"#),
        )],
        ("delivery: dead letters", "wrong", "Codes were not sent"),
    ),
    (
        "the queue is gone",
        &[on("GetQueueAttributes", "", Refuses("QueueDoesNotExist"))],
        ("delivery: dead letters", "wrong", ENV),
    ),
    // Alarms and logs.
];
