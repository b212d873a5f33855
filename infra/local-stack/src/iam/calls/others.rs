//! Secrets Manager, SES, SNS, SQS, Lambda, CloudFormation, CloudWatch and its Logs.

use std::collections::BTreeMap;

use axum::http::Uri;
use serde_json::Value;

use crate::iam::request::{ANY, CALLED_VIA, FROM_ADDRESS, Request};
use crate::template::arn;

/// The configuration set that SES checks for a mail that names none, if the sender has it as its default.
const CONFIGURATION_SET: &str = "default";

/// How a service names itself to those that it calls for its caller.
const SNS: &str = "sns.amazonaws.com";

/// The fields of a request in AWS's Query protocol.
pub(crate) type Fields = BTreeMap<String, String>;

pub(crate) fn secrets_manager(operation: &str, body: &Value) -> Vec<Request> {
    let secret = |id: &str| if id.starts_with("arn:") { id.to_owned() } else { arn::secret(id) };
    let resource = body["SecretId"].as_str().map_or_else(|| ANY.to_owned(), secret);
    vec![Request::new(format!("secretsmanager:{operation}"), resource)]
}

/// A mail needs the right to its sender's identity and its configuration set, the identity's default one if it names none,
/// and in SES's sandbox to the recipient's identity.
pub(crate) fn ses(fields: &Fields) -> Vec<Request> {
    let operation = text(fields, "Action");
    let action = format!("ses:{operation}");
    if operation != "SendEmail" {
        return vec![Request::new(action, ANY)];
    }
    let from = address(text(fields, "Source"));
    let to = address(text(fields, "Destination.ToAddresses.member.1"));
    let set = fields.get("ConfigurationSetName").map_or(CONFIGURATION_SET, String::as_str);
    let resources = [arn::identity(from), arn::identity(to), arn::configuration_set(set)];
    let request =
        |resource| Request::new(action.clone(), resource).with(FROM_ADDRESS, [from.to_owned()]);
    resources.map(request).into()
}

/// A phone number has no ARN, so its resource is everything. SNS sends an SMS through AWS End User Messaging, with the
/// rights of its caller.
pub(crate) fn sns(fields: &Fields) -> Vec<Request> {
    let topic = fields.get("TopicArn").or_else(|| fields.get("TargetArn"));
    let resource = topic.map_or(ANY, String::as_str);
    let mut requests = vec![Request::new(format!("sns:{}", text(fields, "Action")), resource)];
    if fields.contains_key("PhoneNumber") {
        let via = [SNS.to_owned()];
        requests.push(Request::new("sms-voice:SendTextMessage", ANY).with(CALLED_VIA, via));
    }
    requests
}

pub(crate) fn cloudformation(fields: &Fields) -> Vec<Request> {
    let of = |name: &String| if name.starts_with("arn:") { name.clone() } else { arn::stack(name) };
    let resource = fields.get("StackName").map_or_else(|| ANY.to_owned(), of);
    vec![Request::new(format!("cloudformation:{}", text(fields, "Action")), resource)]
}

/// A call that names no resource.
pub(crate) fn any(service: &str, operation: &str) -> Request {
    Request::new(format!("{service}:{operation}"), ANY)
}

/// A call that is not about a stream has the group's ARN with an empty stream, as AWS's denials show.
pub(crate) fn logs(operation: &str, body: &Value) -> Vec<Request> {
    let text = |name: &str| body[name].as_str();
    // An identifier may be an ARN.
    let identifier = text("logGroupIdentifier").unwrap_or_default();
    let name = identifier.rsplit(':').find(|part| *part != "*");
    let group = text("logGroupName").or(name);
    let stream = text("logStreamName").unwrap_or_default();
    let resource = arn::log_stream(group.unwrap_or_default(), stream);
    vec![Request::new(format!("logs:{operation}"), resource)]
}

/// A queue's ARN has the name at the end of its address.
pub(crate) fn sqs(operation: &str, body: &Value) -> Vec<Request> {
    let name = body["QueueUrl"].as_str().and_then(|url| url.rsplit('/').next());
    vec![Request::new(format!("sqs:{operation}"), name.map_or_else(|| ANY.to_owned(), arn::queue))]
}

/// A function may have a qualifier; an event source mapping has a function, which a condition may name.
pub(crate) fn lambda(uri: &Uri) -> Vec<Request> {
    let mut parts = uri.path().split('/').skip(2);
    let (kind, name) = (parts.next(), parts.next().unwrap_or_default());
    let request = if kind == Some("functions") {
        let qualifier = uri.query().and_then(|query| query.strip_prefix("Qualifier="));
        let qualifier = qualifier.map(|qualifier| format!(":{qualifier}")).unwrap_or_default();
        let function = arn::function(name) + &qualifier;
        Request::new("lambda:GetFunctionConfiguration", function)
    } else {
        let function = arn::function_of_mapping(name);
        let function = arn::function(&arn::function_name(function)) + ":live";
        let mapping = arn::event_source_mapping(name);
        Request::new("lambda:GetEventSourceMapping", mapping).with("lambda:FunctionArn", [function])
    };
    vec![request]
}

fn text<'f>(fields: &'f Fields, name: &str) -> &'f str {
    fields.get(name).map(String::as_str).unwrap_or_default()
}

/// The address in `"Name" <address>`.
fn address(mailbox: &str) -> &str {
    let inner = mailbox.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>'));
    inner.unwrap_or(mailbox)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_secret_has_one_arn_by_name_and_by_arn() {
        let by = |id: &str| {
            let [request] = <[Request; 1]>::try_from(secrets_manager(
                "GetSecretValue",
                &json!({"SecretId": id}),
            ))
            .unwrap();
            (request.action, request.resource)
        };
        let arn = arn::secret("OtpSecret");
        assert_eq!(by("OtpSecret"), ("secretsmanager:GetSecretValue".to_owned(), arn.clone()));
        assert_eq!(by(&arn), by("OtpSecret"));
    }

    #[test]
    fn a_mail_needs_three_rights_each_with_the_bare_address_that_it_is_from() {
        let requests = ses(&fields(&[
            ("Action", "SendEmail"),
            ("Source", "\"Clinic <b@c>\" <no-reply@postern.example>"),
            ("Destination.ToAddresses.member.1", "patient@example.com"),
        ]));
        let ends: Vec<_> =
            requests.iter().map(|it| it.resource.rsplit(':').next().unwrap()).collect();
        assert_eq!(
            ends,
            ["identity/postern.example", "identity/example.com", "configuration-set/default"]
        );
        for request in requests {
            assert_eq!(request.action, "ses:SendEmail");
            assert_eq!(request.context.get(FROM_ADDRESS).unwrap(), ["no-reply@postern.example"]);
        }
    }

    #[test]
    fn a_call_about_logs_is_about_a_stream_a_group_or_all_groups() {
        let resource = |body: Value| logs("Any", &body).remove(0).resource;
        let group = arn::log_stream("/a", "");
        assert_eq!(
            resource(json!({"logGroupName": "/a", "logStreamName": "s"})),
            group.clone() + "s"
        );
        assert_eq!(resource(json!({"logGroupName": "/a"})), group);
        for identifier in ["/a", &arn::log_group("/a")] {
            assert_eq!(resource(json!({"logGroupIdentifier": identifier})), group);
        }
        assert!(resource(json!({})).ends_with(":log-group::log-stream:"));
    }

    #[test]
    fn a_topic_has_an_arn_and_a_phone_number_has_none_and_needs_another_service() {
        let number = sns(&fields(&[("Action", "Publish"), ("PhoneNumber", "+15550000000")]));
        assert_eq!(number[0].resource, "*");
        assert_eq!(number[1].action, "sms-voice:SendTextMessage");
        assert_eq!(number[1].context.get(CALLED_VIA).unwrap(), ["sns.amazonaws.com"]);
        let topic = sns(&fields(&[("Action", "Publish"), ("TopicArn", "arn:aws:sns:r:a:t")]));
        assert_eq!((topic.len(), topic[0].resource.as_str()), (1, "arn:aws:sns:r:a:t"));
    }
}
