//! Organizations and their settings.

use crate::fence;
use crate::id::OrganizationId;
use crate::limits::{
    DEFAULT_SMS_PER_DAY, Limit, PASSWORD_ATTEMPTS, SANDBOX_SENDS_PER_DAY, SENDS_PER_DAY,
};
use crate::locale::Locale;
use crate::sender::{SenderAddress, SmsSender, WebDomain};
use crate::time::Timestamp;

/// One organization, with the settings that its requests need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Unique in the deployment.
    pub id: OrganizationId,
    /// The sender's name in messages.
    pub name: String,
    /// Whether the organization may use the portal's endpoints.
    pub portal_enabled: bool,
    /// The web domain on which a phone may fill in the code (WebOTP), e.g. `portal.example`.
    pub domain: Option<WebDomain>,
    /// The language of messages to users who have no language of their own.
    pub locale: Option<Locale>,
    /// The address that mail is sent from, instead of the deployment's.
    pub sender_address: Option<SenderAddress>,
    /// The sender of SMS, instead of the AWS account's default.
    pub sms_sender: Option<SmsSender>,
    /// Codes per identifier and UTC day.
    pub sends_per_day: Limit,
    /// Wrong passwords per user name and quarter of an hour.
    pub password_attempts: Limit,
    /// Sends and wrong codes per source and hour, if a partner's server names the source; `None`: they
    /// are not counted by source.
    pub source_limit: Option<Limit>,
    /// SMS per UTC day; 0 means that no SMS is sent.
    pub sms_per_day: u32,
    /// Whether a password login also sets its token as a cookie, and requests may authenticate with
    /// that cookie.
    pub password_cookie: bool,
    /// Everything from before this instant is refused: sessions, tokens, and codes. An operator's
    /// sign-out of the whole organization sets it, a minute ahead; only time and a later one move it.
    pub valid_after: Option<Timestamp>,
    /// Set if the organization is a sandbox: when it was created, and never later.
    pub sandbox: Option<Sandbox>,
}

/// What makes an organization a sandbox: every code is `000000`, and nothing is sent. It is for reviews
/// of apps, partners' tests, and checks after a deployment, and has no real users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sandbox {
    /// First instant at which the organization is unknown; `None` if it has no end.
    pub ends_at: Option<Timestamp>,
}

impl Sandbox {
    /// Whether the sandbox is over.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.ends_at.is_some_and(|ends_at| ends_at <= now)
    }
}

impl Organization {
    /// An organization with the default settings: it may use the portal, and has the default limits.
    pub fn new(id: OrganizationId, name: String) -> Self {
        Self {
            id,
            name,
            portal_enabled: true,
            domain: None,
            locale: None,
            sender_address: None,
            sms_sender: None,
            sends_per_day: SENDS_PER_DAY.default(),
            password_attempts: PASSWORD_ATTEMPTS.default(),
            source_limit: None,
            sms_per_day: DEFAULT_SMS_PER_DAY,
            password_cookie: false,
            valid_after: None,
            sandbox: None,
        }
    }

    /// Whether the organization accepts a session, token or code that was created at `created_at`.
    pub fn admits(&self, created_at: Timestamp) -> bool {
        fence::admits(self.valid_after, created_at)
    }

    /// A sandbox with the default settings.
    pub fn sandbox(id: OrganizationId, name: String, sandbox: Sandbox) -> Self {
        let sends_per_day = SANDBOX_SENDS_PER_DAY.default();
        Self { sandbox: Some(sandbox), sends_per_day, ..Self::new(id, name) }
    }

    /// Whether the organization is a sandbox that is over, so that it is unknown.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.sandbox.is_some_and(|sandbox| sandbox.has_ended(now))
    }
}
