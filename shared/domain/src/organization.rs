//! Organizations and their settings.

use crate::id::OrganizationId;
use crate::limits::Limit;
use crate::locale::Locale;
use crate::sender::{SenderAddress, SmsSender, WebDomain};

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
    /// Passwords tried per user name and quarter of an hour.
    pub password_attempts: Limit,
    /// Whether a password login also sets its token as a cookie, and requests may authenticate with
    /// that cookie.
    pub password_cookie: bool,
}
