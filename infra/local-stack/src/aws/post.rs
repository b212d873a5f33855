//! What becomes of messages after SES and SNS accepted them, and where AWS writes it.

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use crate::clock;
use crate::inbox::{Fate, Inbox, Message};
use crate::logs::{Event, Logs};
use crate::template::{LogGroup, arn};

/// How long the log groups of SNS store lines: without a retention, AWS stores them for ever.
const SNS_RETENTION_DAYS: u64 = 3653;

/// The inbox, and the logs of what became of messages.
#[derive(Clone)]
pub(crate) struct Post {
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) logs: Arc<Logs>,
}

/// What SES says about a mail later.
#[derive(Clone, Copy)]
pub(super) enum MailEvent {
    Delivery,
    /// The mailbox doesn't exist.
    Bounce,
    /// The address is on the suppression list, because mail to it bounced before.
    Suppressed,
    /// The recipient marked the mail as spam.
    Complaint,
}

impl MailEvent {
    /// By the addresses of SES's mailbox simulator, and a domain of the local stack.
    pub(super) fn of(address: &str) -> Self {
        let Some((local, domain)) = address.rsplit_once('@') else { return Self::Delivery };
        // The simulator takes labels: `bounce+label@…`.
        match (local.split('+').next().unwrap_or(local), domain) {
            ("bounce", "simulator.amazonses.com") => Self::Bounce,
            ("complaint", "simulator.amazonses.com") => Self::Complaint,
            ("suppressionlist", "simulator.amazonses.com") | (_, "suppressed.example") => {
                Self::Suppressed
            }
            _ => Self::Delivery,
        }
    }

    /// As the rule in `infra/sender.yaml` writes the event.
    fn line(self, id: Uuid) -> String {
        let (event, bounce, cause, complaint) = match self {
            Self::Delivery => ("Delivery", "", "", ""),
            Self::Bounce => ("Bounce", "Permanent", "General", ""),
            Self::Suppressed => ("Bounce", "Permanent", "OnAccountSuppressionList", ""),
            Self::Complaint => ("Complaint", "", "", "abuse"),
        };
        format!(
            "messageId={id} event={event} bounce={bounce} cause={cause} complaint={complaint} \
             delay= rejected="
        )
    }

    const fn fate(self) -> Option<Fate> {
        match self {
            Self::Delivery | Self::Suppressed => None,
            Self::Bounce => Some(Fate::Bounced),
            Self::Complaint => Some(Fate::ReportedAsSpam),
        }
    }
}

impl Post {
    /// Takes a mail that SES accepted. SES sends none to an address on its suppression list.
    pub(super) async fn mail(&self, message: Message, event: MailEvent, set: Option<&str>) {
        let id = message.id();
        if !matches!(event, MailEvent::Suppressed) {
            self.inbox.add(message.meeting(event.fate())).await;
        }
        if let Some(set) = set {
            self.write(&format!("/aws/events/{set}-mail"), event.line(id));
        }
    }

    /// Takes an SMS that SNS accepted. Some numbers can't be reached, as SNS learns later.
    pub(super) async fn sms(&self, message: Message, to: &str) {
        let is_lost = to.starts_with("+15550198");
        let (status, response) = if is_lost {
            ("FAILURE", "Unknown error attempting to reach phone")
        } else {
            ("SUCCESS", "Message has been accepted by phone")
        };
        let line = json!({
            "notification": { "messageId": message.id(), "timestamp": clock::now().rfc3339() },
            "delivery": { "destination": to, "smsType": "Transactional", "providerResponse": response },
            "status": status,
        });
        self.inbox.add(message.meeting(is_lost.then_some(Fate::NotDelivered))).await;
        self.write(&sms_group(is_lost), line.to_string());
    }

    /// Each event has a stream of its own, as `EventBridge` makes them. Without its log group an event is lost,
    /// as on AWS.
    fn write(&self, group: &str, message: String) {
        let stream = Uuid::new_v4().to_string();
        let event = Event { timestamp: clock::now().millis(), message };
        if self.logs.create_stream(group, &stream).is_ok() {
            let _ = self.logs.put(group, &stream, &[event]);
        }
    }
}

/// The log groups that SNS makes in the account, of SMS that arrived and of others.
pub(crate) fn sms_groups() -> [LogGroup; 2] {
    [("SnsDelivered", false), ("SnsFailed", true)].map(|(id, is_lost)| LogGroup {
        id: id.to_owned(),
        name: sms_group(is_lost),
        retention_days: SNS_RETENTION_DAYS,
    })
}

fn sms_group(is_lost: bool) -> String {
    let end = if is_lost { "/Failure" } else { "" };
    format!("sns/{}/{}/DirectPublishToPhoneNumber{end}", arn::REGION, arn::ACCOUNT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_of_the_mailbox_simulator_meet_their_fates_with_and_without_a_label() {
        for (address, expected) in [
            ("patient@example.com", "event=Delivery bounce= "),
            ("bounce@simulator.amazonses.com", "event=Bounce bounce=Permanent cause=General"),
            ("bounce+7@simulator.amazonses.com", "event=Bounce bounce=Permanent cause=General"),
            ("complaint@simulator.amazonses.com", "event=Complaint bounce= cause= complaint=abuse"),
            ("a@suppressed.example", "cause=OnAccountSuppressionList"),
            ("success@simulator.amazonses.com", "event=Delivery"),
        ] {
            let line = MailEvent::of(address).line(Uuid::nil());
            assert!(line.contains(expected), "{address}: {line}");
            assert!(!line.contains('@'));
        }
    }
}
