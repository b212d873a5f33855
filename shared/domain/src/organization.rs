//! A tenant and its settings.

use crate::id::OrganizationId;
use crate::limits::Limit;

/// One tenant, as every request of it sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Shown to patients as the sender.
    pub name: String,
    /// Only partners may use the portal's endpoints.
    pub partner: bool,
    /// Web domain for which a phone may fill in the code (WebOTP), e.g. `portal.example`.
    pub domain: Option<String>,
    /// BCP 47 language tag of messages to users without one of their own, e.g. `en`.
    pub locale: Option<String>,
    /// Address that mail comes from, instead of the deployment's.
    pub sender_address: Option<String>,
    /// What SMS come from, as [`crate::sender::SmsSender`] has it, instead of the account's default.
    pub sms_sender: Option<String>,
    /// Codes per identifier and UTC day.
    pub sends_per_day: Limit,
    /// Passwords tried per user name and quarter of an hour.
    pub password_attempts: Limit,
    /// Whether a password login also sets its token as a cookie, and the cookie is taken back.
    pub password_cookie: bool,
}
