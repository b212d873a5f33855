//! SNS: `Publish` to a phone number, and what `postern doctor` asks: `GetSMSAttributes`,
//! `GetSMSSandboxAccountStatus` and `ListSubscriptionsByTopic`.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::post::Post;
use super::query::{self, Form};
use crate::inbox::Message;
use crate::template::arn;

pub(super) const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

pub(super) async fn answer(State(post): State<Post>, body: Bytes) -> Response {
    let form = Form::parse(&body);
    match form.get("Action") {
        Some("Publish") => publish(&post, &form).await,
        // A limit above SNS's default, so that `postern doctor` accepts it.
        Some(action @ "GetSMSAttributes") => query::result(
            action,
            NAMESPACE,
            "<attributes><entry><key>MonthlySpendLimit</key><value>100</value></entry></attributes>",
        ),
        Some(action @ "GetSMSSandboxAccountStatus") => {
            query::result(action, NAMESPACE, "<IsInSandbox>false</IsInSandbox>")
        }
        Some(action @ "ListSubscriptionsByTopic") => subscriptions(action, &form),
        _ => refuse(
            "InvalidAction",
            "The local stack supports only Publish, GetSMSAttributes, GetSMSSandboxAccountStatus and \
             ListSubscriptionsByTopic.",
        ),
    }
}

/// One mail address, confirmed.
fn subscriptions(action: &str, form: &Form) -> Response {
    let topic = form.text("TopicArn");
    if !is_topic(&topic) {
        return query::error(StatusCode::NOT_FOUND, NAMESPACE, "NotFound", "Topic does not exist");
    }
    let account = arn::ACCOUNT;
    let member = format!(
        "<SubscriptionArn>{topic}:00000000-0000-0000-0000-000000000000</SubscriptionArn>\
         <Owner>{account}</Owner><Protocol>email</Protocol>\
         <Endpoint>on-call@postern.example</Endpoint><TopicArn>{topic}</TopicArn>"
    );
    let all = format!("<Subscriptions><member>{member}</member></Subscriptions>");
    query::result(action, NAMESPACE, &all)
}

/// Whether it names a topic of this account; the name's characters are SNS's, and need no escape in XML.
fn is_topic(arn: &str) -> bool {
    let is_of_name = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
    arn.strip_prefix(&arn::topic("")).is_some_and(|it| !it.is_empty() && it.chars().all(is_of_name))
}

async fn publish(post: &Post, form: &Form) -> Response {
    let to = form.text("PhoneNumber");
    if !to.starts_with('+') {
        return refuse("InvalidParameter", "Invalid parameter: PhoneNumber");
    }
    if to.starts_with("+15550100") {
        return refuse("Throttling", "Rate exceeded");
    }
    if to.starts_with("+15550199") {
        return refuse("InvalidParameter", "Invalid parameter: Phone number is opted out");
    }
    let message = Message::sms(to.clone(), sender(form), form.text("Message"));
    let id = message.id();
    post.sms(message, &to).await;
    query::result("Publish", NAMESPACE, &format!("<MessageId>{id}</MessageId>"))
}

/// The sender that a phone shows, from an attribute of the message.
fn sender(form: &Form) -> Option<String> {
    let names = ["AWS.SNS.SMS.SenderID", "AWS.MM.SMS.OriginationNumber"];
    (1..=10).find_map(|index| {
        let field = |name: &str| format!("MessageAttributes.entry.{index}.{name}");
        let name = form.get(&field("Name"))?;
        let value = form.get(&field("Value.StringValue"))?;
        names.contains(&name).then(|| value.to_owned())
    })
}

fn refuse(code: &str, message: &str) -> Response {
    query::error(StatusCode::BAD_REQUEST, NAMESPACE, code, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_is_an_attribute_of_the_message() {
        let form = Form::parse(
            b"MessageAttributes.entry.1.Name=AWS.SNS.SMS.SMSType&MessageAttributes.entry.1.Value.StringValue=Transactional\
              &MessageAttributes.entry.2.Name=AWS.SNS.SMS.SenderID&MessageAttributes.entry.2.Value.StringValue=Clinic",
        );
        assert_eq!(sender(&form).as_deref(), Some("Clinic"));
    }
}
