//! Settings of an organization: the options that `create` and `update` share.

use std::num::NonZeroU32;

use clap::{ArgAction, Args};
use domain::limits::Limit;
use domain::locale::Locale;
use domain::organization::Organization;
use domain::sender::{SenderAddress, SmsSender, WebDomain};

use crate::values::{Clearable, clearable, set};

#[derive(Clone, Debug, Args)]
pub(super) struct Settings {
    /// Whether the organization may use the portal's endpoints; a new organization may
    #[arg(long, action = ArgAction::Set, value_name = "BOOL")]
    portal: Option<bool>,

    /// The web domain on which a phone may fill in a code, e.g. portal.example
    #[arg(long, value_parser = clearable(WebDomain::parse))]
    domain: Option<Clearable<WebDomain>>,

    /// The language of messages to users who have no language of their own: en, de, es or fr, e.g.
    /// de-AT
    #[arg(long, value_parser = clearable(Locale::parse))]
    locale: Option<Clearable<Locale>>,

    /// The address that mail is sent from, instead of the deployment's; SES must have verified it
    #[arg(long, value_name = "EMAIL", value_parser = clearable(SenderAddress::parse))]
    sender_address: Option<Clearable<SenderAddress>>,

    /// The sender of SMS: a sender id (1 to 11 letters and digits), if the recipient's country allows
    /// one; or a phone number of the AWS account
    #[arg(long, value_name = "NAME|NUMBER", value_parser = clearable(SmsSender::parse))]
    sms_sender: Option<Clearable<SmsSender>>,

    /// How many codes are sent per identifier and UTC day; 0 means no limit
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    sends_per_day: Option<u32>,

    /// How many wrong passwords are allowed per user name and quarter of an hour; 0 means no limit
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    password_attempts: Option<u32>,

    /// Whether a password login also sets a cookie
    #[arg(long, action = ArgAction::Set, value_name = "BOOL")]
    cookie: Option<bool>,
}

impl Settings {
    /// Whether the settings change a limit that a sandbox doesn't have.
    pub(super) fn limit_sends(&self) -> bool {
        self.sends_per_day.is_some()
    }

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
