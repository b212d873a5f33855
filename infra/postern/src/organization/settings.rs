//! Settings of an organization, as `create` and `update` take them.

use std::num::NonZeroU32;

use clap::{ArgAction, Args};
use domain::limits::Limit;
use domain::locale::Locale;
use domain::organization::Organization;
use domain::sender::{SenderAddress, SmsSender, WebDomain};

use crate::perhaps::{Perhaps, perhaps, set};

/// Settings that may be left out.
#[derive(Clone, Debug, Args)]
pub(super) struct Settings {
    /// Whether it may use the portal's endpoints; true when it is created
    #[arg(long, action = ArgAction::Set, value_name = "BOOL")]
    portal: Option<bool>,

    /// Web domain for which a phone may fill in a code, e.g. portal.example
    #[arg(long, value_parser = perhaps(WebDomain::parse))]
    domain: Option<Perhaps<WebDomain>>,

    /// Language of messages to users without one of their own: en, de, es or fr, e.g. de-AT
    #[arg(long, value_parser = perhaps(Locale::parse))]
    locale: Option<Perhaps<Locale>>,

    /// Address that mail comes from, instead of the deployment's; verified in SES
    #[arg(long, value_name = "EMAIL", value_parser = perhaps(SenderAddress::parse))]
    sender_address: Option<Perhaps<SenderAddress>>,

    /// What SMS come from: a sender id, 1 to 11 letters and digits, where the recipient's country
    /// allows one; or a number of the account's own
    #[arg(long, value_name = "NAME|NUMBER", value_parser = perhaps(SmsSender::parse))]
    sms_sender: Option<Perhaps<SmsSender>>,

    /// Codes per identifier and UTC day; 0 for no limit
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    sends_per_day: Option<u32>,

    /// Wrong passwords per user name and quarter of an hour; 0 for no limit
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    password_attempts: Option<u32>,

    /// Whether a password login also sets a cookie
    #[arg(long, action = ArgAction::Set, value_name = "BOOL")]
    cookie: Option<bool>,
}

impl Settings {
    pub(super) fn apply(&self, organization: &mut Organization) {
        set(&mut organization.domain, self.domain.as_ref());
        set(&mut organization.locale, self.locale.as_ref());
        set(&mut organization.sender_address, self.sender_address.as_ref());
        set(&mut organization.sms_sender, self.sms_sender.as_ref());
        organization.portal_enabled = self.portal.unwrap_or(organization.portal_enabled);
        organization.password_cookie = self.cookie.unwrap_or(organization.password_cookie);
        let limit = |field: Limit, given: Option<u32>| given.map_or(field, NonZeroU32::new);
        organization.sends_per_day = limit(organization.sends_per_day, self.sends_per_day);
        organization.password_attempts =
            limit(organization.password_attempts, self.password_attempts);
    }
}
