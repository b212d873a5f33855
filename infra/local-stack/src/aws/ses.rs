//! SES: `SendEmail` and `GetIdentityVerificationAttributes` of its first version, `GetAccount` of its second.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::post::{MailEvent, Post};
use super::query::{self, Form};
use crate::inbox::Message;

pub(super) const NAMESPACE: &str = "http://ses.amazonaws.com/doc/2010-12-01/";

pub(super) async fn answer(State(post): State<Post>, body: Bytes) -> Response {
    let form = Form::parse(&body);
    match form.get("Action") {
        Some("SendEmail") => send(&post, &form).await,
        Some(action @ "GetIdentityVerificationAttributes") => {
            query::result(action, NAMESPACE, &verified(&form))
        }
        _ => refuse(
            "InvalidAction",
            "The local stack supports only SendEmail and GetIdentityVerificationAttributes.",
        ),
    }
}

/// An account out of the sandbox.
pub(super) async fn account() -> Json<Value> {
    Json(json!({
        "EnforcementStatus": "HEALTHY", "ProductionAccessEnabled": true, "SendingEnabled": true,
        "SendQuota": { "Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": 0.0 },
    }))
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

async fn send(post: &Post, form: &Form) -> Response {
    let (to, from) = (form.text("Destination.ToAddresses.member.1"), form.text("Source"));
    // A sender may have a name before the address.
    let sender =
        from.rsplit_once('<').map_or(from.as_str(), |(_, rest)| rest.trim_end_matches('>'));
    for address in [to.as_str(), sender] {
        if let Some(why) = malformed(address) {
            return refuse("InvalidParameterValue", why);
        }
    }
    if !from.is_ascii() {
        return refuse("InvalidParameterValue", "Local address contains control or whitespace");
    }
    if to.ends_with("@throttled.example") {
        return refuse("Throttling", "Maximum sending rate exceeded.");
    }
    if to.ends_with("@rejected.example") {
        return refuse("MessageRejected", "Email address is not verified.");
    }
    let event = MailEvent::of(&to);
    let html = form.get("Message.Body.Html.Data").map(ToOwned::to_owned);
    let (subject, text) = (form.text("Message.Subject.Data"), form.text("Message.Body.Text.Data"));
    let message = Message::email(to, from, subject, text, html);
    let id = message.id();
    post.mail(message, event, form.get("ConfigurationSetName")).await;
    query::result("SendEmail", NAMESPACE, &format!("<MessageId>{id}</MessageId>"))
}

/// Why SES refuses an address, in its words. It supports neither SMTPUTF8 (RFC 6531) nor domains outside
/// ASCII.
fn malformed(address: &str) -> Option<&'static str> {
    let is_unprintable = |part: &str| part.chars().any(|char| !char.is_ascii_graphic());
    let has_special = |part: &str| part.contains(|char| "()<>,;:\\\"[]@".contains(char));
    let is_dotted_well = |part: &str| part.split('.').all(|label| !label.is_empty());
    let Some((local, domain)) = address.rsplit_once('@').filter(|(_, domain)| !domain.is_empty())
    else {
        return Some("Missing final '@domain'");
    };
    let is_host = |char: char| char.is_ascii_alphanumeric() || "-.".contains(char);
    match () {
        () if local.is_empty() => Some("Missing local name"),
        () if is_unprintable(local) => Some("Local address contains control or whitespace"),
        () if has_special(local) => Some("Local address contains illegal character"),
        () if !is_dotted_well(local) => Some("Local address contains dot-dot"),
        () if is_unprintable(domain) => Some("Domain contains control or whitespace"),
        () if !domain.chars().all(is_host) => Some("Domain contains illegal character"),
        () if !is_dotted_well(domain) => Some("Domain contains dot-dot"),
        () => None,
    }
}

fn refuse(code: &str, message: &str) -> Response {
    query::error(StatusCode::BAD_REQUEST, NAMESPACE, code, message)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::inbox::Inbox;
    use crate::logs::Logs;

    async fn sent_to(address: &str) -> (StatusCode, usize) {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", "SendEmail")
            .append_pair("Source", "no-reply@postern.example")
            .append_pair("Destination.ToAddresses.member.1", address)
            .append_pair("Message.Body.Text.Data", "text")
            .finish();
        let inbox = Arc::new(Inbox::default());
        let logs = Arc::new(Logs::open(&[], None, Path::new("unused")).unwrap());
        let post = Post { inbox: Arc::clone(&inbox), logs };
        let response = answer(State(post), body.into()).await;
        (response.status(), inbox.newest_first().await.len())
    }

    #[tokio::test]
    async fn mail_arrives_in_the_inbox_unless_the_address_is_one_that_fails() {
        assert_eq!(sent_to("patient@example.com").await, (StatusCode::OK, 1));
        assert_eq!(sent_to("patient@throttled.example").await, (StatusCode::BAD_REQUEST, 0));
        assert_eq!(sent_to("bounce@simulator.amazonses.com").await, (StatusCode::OK, 1));
        assert_eq!(sent_to("patient@rejected.example").await, (StatusCode::BAD_REQUEST, 0));
        assert_eq!(sent_to("patient@suppressed.example").await, (StatusCode::OK, 0));
        assert_eq!(sent_to("").await, (StatusCode::BAD_REQUEST, 0));
    }

    #[tokio::test]
    async fn an_address_that_ses_cannot_mail_to_is_refused() {
        for good in ["a.b+c@xn--bcher-kva.example", "O'Neil_!#$%&*/=?^`{|}~-@example.com"] {
            assert_eq!(sent_to(good).await, (StatusCode::OK, 1), "{good}");
        }
        let outside_ascii = (0x80..0x300).filter_map(char::from_u32);
        for char in ('\0'..=' ').chain(['\u{7f}', '\u{200b}', '例']).chain(outside_ascii) {
            for address in [format!("a{char}b@example.com"), format!("a@exa{char}mple.com")] {
                assert_eq!(sent_to(&address).await, (StatusCode::BAD_REQUEST, 0), "{address:?}");
            }
        }
        for address in
            ["a", "@b", "a@", "a..b@c", ".a@b", "a@b..c", "a@b.", "a,b@c", "a@b@c", "a@b_c"]
        {
            assert_eq!(sent_to(address).await, (StatusCode::BAD_REQUEST, 0), "{address}");
        }
    }
}
