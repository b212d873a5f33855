//! The messages that SES and SNS would have delivered.

use std::collections::VecDeque;

use domain::sms;
use serde::Serialize;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::clock;

/// How many messages are stored.
const CAPACITY: usize = 1000;

/// One delivered message.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    id: Uuid,
    channel: Channel,
    to: String,
    from: Option<String>,
    subject: Option<String>,
    text: String,
    html: Option<String>,
    /// How many SMS a text message is billed as.
    parts: Option<usize>,
    sent_at: String,
    /// What became of the message after it was accepted; nothing is known of one that arrived.
    fate: Option<Fate>,
}

/// Why a message that was accepted is lost, or unwanted.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Fate {
    Bounced,
    ReportedAsSpam,
    NotDelivered,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Channel {
    Email,
    Sms,
}

impl Message {
    pub(crate) fn email(
        to: String,
        from: String,
        subject: String,
        text: String,
        html: Option<String>,
    ) -> Self {
        Self { subject: Some(subject), html, ..Self::new(Channel::Email, to, Some(from), text) }
    }

    pub(crate) fn sms(to: String, from: Option<String>, text: String) -> Self {
        Self { parts: Some(sms::parts(&text)), ..Self::new(Channel::Sms, to, from, text) }
    }

    fn new(channel: Channel, to: String, from: Option<String>, text: String) -> Self {
        let sent_at = clock::now().rfc3339();
        let id = Uuid::new_v4();
        let (subject, html, parts, fate) = (None, None, None, None);
        Self { id, channel, to, from, subject, text, html, parts, sent_at, fate }
    }

    pub(crate) fn meeting(self, fate: Option<Fate>) -> Self {
        Self { fate, ..self }
    }

    pub(crate) fn id(&self) -> Uuid {
        self.id
    }
}

/// The newest messages.
#[derive(Debug, Default)]
pub(crate) struct Inbox(Mutex<VecDeque<Message>>);

impl Inbox {
    pub(crate) async fn add(&self, message: Message) {
        let mut messages = self.0.lock().await;
        messages.push_front(message);
        messages.truncate(CAPACITY);
    }

    pub(crate) async fn newest_first(&self) -> Vec<Message> {
        self.0.lock().await.iter().cloned().collect()
    }

    /// The HTML of a mail.
    pub(crate) async fn html(&self, id: Uuid) -> Option<String> {
        self.0.lock().await.iter().find(|message| message.id == id)?.html.clone()
    }

    pub(crate) async fn clear(&self) {
        self.0.lock().await.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_message_comes_first_and_the_oldest_goes() {
        let inbox = Inbox::default();
        for number in 0..=CAPACITY {
            inbox.add(Message::sms("+15551234567".into(), None, number.to_string())).await;
        }
        let messages = inbox.newest_first().await;
        assert_eq!(messages.len(), CAPACITY);
        assert_eq!(
            (messages[0].text.as_str(), messages[CAPACITY - 1].text.as_str()),
            ("1000", "1")
        );
    }

    #[test]
    fn a_message_has_every_field_even_when_empty() {
        let json = serde_json::to_value(Message::sms("+1".into(), None, "text".into())).unwrap();
        assert_eq!(json["channel"], "SMS");
        assert!(json["subject"].is_null() && json["html"].is_null() && json["from"].is_null());
    }
}
