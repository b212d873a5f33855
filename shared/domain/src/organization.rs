//! An organization and its settings.

use crate::id::OrganizationId;
use crate::limits::Limit;
use crate::locale::Locale;
use crate::sender::{SenderAddress, SmsSender, WebDomain};

/// One organization, as every request of it sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Unique in the deployment.
    pub id: OrganizationId,
    /// Shown to patients as the sender.
    pub name: String,
    /// Whether it may use the portal's endpoints.
    pub portal_enabled: bool,
    /// Web domain for which a phone may fill in the code (WebOTP), e.g. `portal.example`.
    pub domain: Option<WebDomain>,
    /// Language of messages to users without one of their own.
    pub locale: Option<Locale>,
    /// Address that mail comes from, instead of the deployment's.
    pub sender_address: Option<SenderAddress>,
    /// What SMS come from, instead of the account's default.
    pub sms_sender: Option<SmsSender>,
    /// Codes per identifier and UTC day.
    pub sends_per_day: Limit,
    /// Passwords tried per user name and quarter of an hour.
    pub password_attempts: Limit,
    /// Whether a password login also sets its token as a cookie, and the cookie is taken back.
    pub password_cookie: bool,
}
