//! Organizations and their settings.

use crate::id::OrganizationId;
use crate::limits::{DEFAULT_SMS_PER_DAY, Limit, PASSWORD_ATTEMPTS, SENDS_PER_DAY};
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
        }
    }
}
