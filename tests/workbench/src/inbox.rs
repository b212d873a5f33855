//! SES and SNS, as far as they are called: both take a form and answer with XML.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;

use crate::dynamodb::Answer;

/// A message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The recipient.
    pub to: String,
    /// The sender: of a mail its source, of an SMS the attribute that names it, as `name=value`.
    pub from: String,
    /// The text.
    pub text: String,
}

/// Keeps what was sent; may be told to refuse.
#[derive(Clone, Default)]
pub struct Inbox {
    sent: Arc<Mutex<Vec<Sent>>>,
    refusal: Arc<Mutex<Option<(u16, &'static str)>>>,
    asked: Arc<AtomicUsize>,
}

impl Inbox {
    /// Everything that was sent so far, oldest first.
    pub fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Answers every message with this status and error code from now on, or takes them again.
    pub fn refuse(&self, refusal: Option<(u16, &'static str)>) {
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = refusal;
    }

    /// How many calls there were, refused ones among them.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    pub(crate) fn answer(&self, form: &str) -> anyhow::Result<Answer> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if let Some((status, code)) = *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) {
            let error = format!("<Error><Type>Sender</Type><Code>{code}</Code></Error>");
            return Ok(Answer { status, body: format!("<ErrorResponse>{error}</ErrorResponse>") });
        }
        let fields: HashMap<_, _> =
            url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        let field = |name: &str| fields.get(name).cloned();
        let action = field("Action").context("a call without an action")?;
        let sent = Sent {
            to: field("Destination.ToAddresses.member.1")
                .or_else(|| field("PhoneNumber"))
                .context("nobody")?,
            from: field("Source").or_else(|| sms_sender(&fields)).unwrap_or_default(),
            text: field("Message.Body.Text.Data")
                .or_else(|| field("Message"))
                .context("no text")?,
        };
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).push(sent);
        let body = format!(
            "<{action}Response><{action}Result><MessageId>1</MessageId></{action}Result></{action}Response>"
        );
        Ok(Answer { status: 200, body })
    }
}

/// The attribute of an SMS that says who it is from.
fn sms_sender(fields: &HashMap<String, String>) -> Option<String> {
    let names = ["AWS.SNS.SMS.SenderID", "AWS.MM.SMS.OriginationNumber"];
    let (key, name) = fields.iter().find(|(_, value)| names.contains(&value.as_str()))?;
    let entry = key.strip_suffix(".Name")?;
    Some(format!("{name}={}", fields.get(&format!("{entry}.Value.StringValue"))?))
}
