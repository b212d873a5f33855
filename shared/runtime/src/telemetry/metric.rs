//! Metrics, in CloudWatch's embedded format: lines of the log.

use domain::id::OrganizationId;
use domain::time::Timestamp;
use serde_json::{Map, Value, json};

use super::call;
use super::stack;

const NAMESPACE: &str = "Postern";

/// The other metric of a ratio. It is counted as zero beside the first: CloudWatch computes nothing from
/// a metric without data, and an attack without a single success must not go unseen.
fn counterpart(metric: &str) -> Option<&'static str> {
    match metric {
        "CodeAccepted" => Some("CodeRefused"),
        "CodeRefused" => Some("CodeAccepted"),
        "PasswordAccepted" => Some("PasswordRefused"),
        "PasswordRefused" => Some("PasswordAccepted"),
        _ => None,
    }
}

/// Counts one occurrence of `metric` in CloudWatch's embedded metric format: for the stack, with the
/// given dimension and without it. The organization of the call is a property of the line, not a
/// dimension, which CloudWatch would bill as a metric for each organization.
pub fn count(metric: &str, dimension: (&str, &str), now: Timestamp) {
    if let Some(line) = counted(metric, dimension, now) {
        println!("{line}");
    }
}

fn counted(metric: &str, dimension: (&str, &str), now: Timestamp) -> Option<Value> {
    let call = call::current();
    let line = || embedded_metric(metric, dimension, stack(), call.organization.as_ref(), now);
    (!call.is_sandbox).then(line)
}

/// Counts a refusal by the check that failed.
pub(crate) fn count_refusal(metric: &str, step: &str, now: Timestamp) {
    count(metric, ("reason", call::current().failed_step.unwrap_or(step)), now);
}

fn embedded_metric(
    metric: &str,
    (name, value): (&str, &str),
    stack: &str,
    organization: Option<&OrganizationId>,
    now: Timestamp,
) -> Value {
    let directive = |metric: &str, dimensions: &[&[&str]]| {
        json!({
            "Namespace": NAMESPACE,
            "Dimensions": dimensions,
            "Metrics": [{"Name": metric, "Unit": "Count"}],
        })
    };
    let counterpart = counterpart(metric);
    let own = directive(metric, &[&["stack", name], &["stack"]]);
    let other = counterpart.map(|other| directive(other, &[&["stack"]]));
    let directives: Vec<_> = std::iter::once(own).chain(other).collect();
    let mut line = Map::new();
    line.insert("_aws".into(), json!({"Timestamp": now.millis(), "CloudWatchMetrics": directives}));
    line.insert("stack".into(), stack.into());
    line.insert(name.into(), value.into());
    line.insert(metric.into(), 1.into());
    if let Some(other) = counterpart {
        line.insert(other.into(), 0.into());
    }
    if let Some(organization) = organization {
        line.insert("organizationId".into(), organization.as_str().into());
    }
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::{measured, sandbox};

    #[test]
    fn a_metric_is_one_line_in_the_embedded_format() {
        let organization = OrganizationId::parse("clinic").unwrap();
        let at = Timestamp::from_millis(7);
        let line = embedded_metric("Refused", ("reason", "reuse"), "s", Some(&organization), at);
        insta::assert_snapshot!(line, @r#"{"Refused":1,"_aws":{"CloudWatchMetrics":[{"Dimensions":[["stack","reason"],["stack"]],"Metrics":[{"Name":"Refused","Unit":"Count"}],"Namespace":"Postern"}],"Timestamp":7},"organizationId":"clinic","reason":"reuse","stack":"s"}"#);
    }

    #[tokio::test]
    async fn a_sandbox_is_counted_by_no_metric() {
        let count = || counted("CodeAccepted", ("channel", "EMAIL"), Timestamp::from_millis(7));
        let (lines, _) = measured(async {
            let before = count();
            sandbox();
            (before, count())
        })
        .await;
        assert!(lines.0.is_some() && lines.1.is_none(), "{lines:?}");
    }

    #[test]
    fn a_ratio_has_both_of_its_metrics_whichever_was_counted() {
        let at = Timestamp::from_millis(7);
        let line = embedded_metric("CodeRefused", ("reason", "WRONG_CODE"), "s", None, at);
        insta::assert_snapshot!(line, @r#"{"CodeAccepted":0,"CodeRefused":1,"_aws":{"CloudWatchMetrics":[{"Dimensions":[["stack","reason"],["stack"]],"Metrics":[{"Name":"CodeRefused","Unit":"Count"}],"Namespace":"Postern"},{"Dimensions":[["stack"]],"Metrics":[{"Name":"CodeAccepted","Unit":"Count"}],"Namespace":"Postern"}],"Timestamp":7},"reason":"WRONG_CODE","stack":"s"}"#);
    }
}
