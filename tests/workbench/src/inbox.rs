//! SES and SNS. Both take a form, and answer with XML.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;

use crate::dynamodb::Answer;

/// A message that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The recipient.
    pub to: String,
    /// The sender: the source of a mail, or the attribute of an SMS that has the sender, as `name=value`.
    pub from: String,
    /// The text.
    pub text: String,
}

/// Stores sent messages. A test can make it refuse them.
#[derive(Clone, Default)]
pub struct Inbox {
    sent: Arc<Mutex<Vec<Sent>>>,
    refusal: Arc<Mutex<Option<(u16, &'static str)>>>,
    calls: Arc<AtomicUsize>,
}

impl Inbox {
    /// All sent messages, oldest first.
    pub fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Answers every message with this status and error code from now on; `None` accepts them again.
    pub fn refuse(&self, refusal: Option<(u16, &'static str)>) {
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = refusal;
    }

    /// How many calls there were, also refused ones.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    pub(crate) fn answer(&self, form: &str) -> anyhow::Result<Answer> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if let Some((status, code)) = *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) {
            let error = format!("<Error><Type>Sender</Type><Code>{code}</Code></Error>");
            return Ok(Answer { status, body: format!("<ErrorResponse>{error}</ErrorResponse>") });
        }
        let fields: HashMap<_, _> =
            url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        let field = |name: &str| fields.get(name).cloned();
        let action = field("Action").context("the call has no action")?;
        let sent = Sent {
            to: field("Destination.ToAddresses.member.1")
                .or_else(|| field("PhoneNumber"))
                .context("the message has no recipient")?,
            from: field("Source").or_else(|| sms_sender(&fields)).unwrap_or_default(),
            text: field("Message.Body.Text.Data")
                .or_else(|| field("Message"))
                .context("the message has no text")?,
        };
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).push(sent);
        let body = format!(
            "<{action}Response><{action}Result><MessageId>1</MessageId></{action}Result></{action}Response>"
        );
        Ok(Answer { status: 200, body })
    }
}

/// The attribute of an SMS that has the sender.
fn sms_sender(fields: &HashMap<String, String>) -> Option<String> {
    let names = ["AWS.SNS.SMS.SenderID", "AWS.MM.SMS.OriginationNumber"];
    let (key, name) = fields.iter().find(|(_, value)| names.contains(&value.as_str()))?;
    let entry = key.strip_suffix(".Name")?;
    Some(format!("{name}={}", fields.get(&format!("{entry}.Value.StringValue"))?))
}
