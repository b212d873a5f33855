//! SES v1: `SendEmail`, `GetSendQuota` and `GetIdentityVerificationAttributes`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::query::{self, Form};
use crate::inbox::{Inbox, Message};

const NAMESPACE: &str = "http://ses.amazonaws.com/doc/2010-12-01/";

pub(super) async fn answer(State(inbox): State<Arc<Inbox>>, body: Bytes) -> Response {
    let form = Form::parse(&body);
    match form.get("Action") {
        Some("SendEmail") => send(&inbox, &form).await,
        Some("GetSendQuota") => query::result(
            "GetSendQuota",
            NAMESPACE,
            "<Max24HourSend>50000.0</Max24HourSend><MaxSendRate>14.0</MaxSendRate>\
             <SentLast24Hours>0.0</SentLast24Hours>",
        ),
        Some(action @ "GetIdentityVerificationAttributes") => {
            query::result(action, NAMESPACE, &verified(&form))
        }
        _ => refuse(
            "InvalidAction",
            "The local stack supports only SendEmail, GetSendQuota and GetIdentityVerificationAttributes.",
        ),
    }
}

/// Every sender is verified.
fn verified(form: &Form) -> String {
    let identities = (1..).map_while(|index| form.get(&format!("Identities.member.{index}")));
    let entries = identities.map(|identity| {
        let identity = identity.replace('&', "&amp;").replace('<', "&lt;");
        format!(
            "<entry><key>{identity}</key>\
             <value><VerificationStatus>Success</VerificationStatus></value></entry>"
        )
    });
    format!("<VerificationAttributes>{}</VerificationAttributes>", entries.collect::<String>())
}

async fn send(inbox: &Inbox, form: &Form) -> Response {
    let (to, from) = (form.text("Destination.ToAddresses.member.1"), form.text("Source"));
    if to.is_empty() || from.is_empty() {
        return refuse("InvalidParameterValue", "Missing final '@domain'");
    }
    if to.ends_with("@throttled.example") {
        return refuse("Throttling", "Maximum sending rate exceeded.");
    }
    if to.ends_with("@rejected.example") {
        return refuse("MessageRejected", "Email address is not verified.");
    }
    let html = form.get("Message.Body.Html.Data").map(ToOwned::to_owned);
    let (subject, text) = (form.text("Message.Subject.Data"), form.text("Message.Body.Text.Data"));
    let message = Message::email(to, from, subject, text, html);
    let id = message.id();
    inbox.add(message).await;
    query::result("SendEmail", NAMESPACE, &format!("<MessageId>{id}</MessageId>"))
}

fn refuse(code: &str, message: &str) -> Response {
    query::error(StatusCode::BAD_REQUEST, NAMESPACE, code, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn sent_to(address: &str) -> (StatusCode, usize) {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", "SendEmail")
            .append_pair("Source", "no-reply@postern.example")
            .append_pair("Destination.ToAddresses.member.1", address)
            .append_pair("Message.Body.Text.Data", "text")
            .finish();
        let inbox = Arc::new(Inbox::default());
        let response = answer(State(Arc::clone(&inbox)), body.into()).await;
        (response.status(), inbox.newest_first().await.len())
    }

    #[tokio::test]
    async fn mail_arrives_in_the_inbox_unless_the_address_is_one_that_fails() {
        assert_eq!(sent_to("patient@example.com").await, (StatusCode::OK, 1));
        assert_eq!(sent_to("patient@throttled.example").await, (StatusCode::BAD_REQUEST, 0));
        assert_eq!(sent_to("patient@rejected.example").await, (StatusCode::BAD_REQUEST, 0));
        assert_eq!(sent_to("").await, (StatusCode::BAD_REQUEST, 0));
    }
}
