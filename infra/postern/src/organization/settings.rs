//! Settings of an organization: the options that `create` and `update` share.

use std::ops::RangeInclusive;

use clap::{ArgAction, Args, value_parser};
use domain::limits::{
    Bounds, HIGHEST_SMS_PER_DAY, Limit, PASSWORD_ATTEMPTS, SENDS_PER_DAY, SOURCE_LIMIT,
};
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

    /// How many codes are sent per identifier and UTC day, from 1 to 50: with three attempts for each,
    /// this bounds guesses, too
    #[arg(
        long,
        value_name = "COUNT",
        allow_negative_numbers = true,
        value_parser = value_parser!(u32).range(bounds(SENDS_PER_DAY))
    )]
    sends_per_day: Option<u32>,

    /// How many wrong passwords are allowed per user name and quarter of an hour, from 1 to 50
    #[arg(
        long,
        value_name = "COUNT",
        allow_negative_numbers = true,
        value_parser = value_parser!(u32).range(bounds(PASSWORD_ATTEMPTS))
    )]
    password_attempts: Option<u32>,

    /// How many codes one end user's address may request and get wrong per hour, from 1 to 200 (100 is
    /// recommended), if your server names the address in `x-end-user-ip`; 0 or none: not counted
    #[arg(
        long,
        value_name = "COUNT",
        allow_negative_numbers = true,
        value_parser = source_limit
    )]
    source_limit: Option<Clearable<Limit>>,

    /// How many SMS are sent per UTC day; 0: none at all
    #[arg(
        long,
        value_name = "COUNT",
        allow_negative_numbers = true,
        value_parser = value_parser!(u32).range(0..=i64::from(HIGHEST_SMS_PER_DAY))
    )]
    sms_per_day: Option<u32>,

    /// Whether a password login also sets a cookie
    #[arg(long, action = ArgAction::Set, value_name = "BOOL")]
    cookie: Option<bool>,
}

impl Settings {
    /// Whether the settings change a limit that a sandbox doesn't have.
    pub(super) fn limit_sends(&self) -> bool {
        self.sends_per_day.is_some()
    }

    /// Whether no setting was given.
    pub(super) fn is_empty(&self) -> bool {
        let Self { portal, domain, locale, sender_address, sms_sender, .. } = self;
        let Self { sends_per_day, password_attempts, source_limit, sms_per_day, cookie, .. } = self;
        portal.is_none()
            && domain.is_none()
            && locale.is_none()
            && sender_address.is_none()
            && sms_sender.is_none()
            && sends_per_day.is_none()
            && password_attempts.is_none()
            && source_limit.is_none()
            && sms_per_day.is_none()
            && cookie.is_none()
    }

    pub(super) fn apply(&self, organization: &mut Organization) {
        set(&mut organization.domain, self.domain.as_ref());
        set(&mut organization.locale, self.locale.as_ref());
        set(&mut organization.sender_address, self.sender_address.as_ref());
        set(&mut organization.sms_sender, self.sms_sender.as_ref());
        organization.portal_enabled = self.portal.unwrap_or(organization.portal_enabled);
        organization.password_cookie = self.cookie.unwrap_or(organization.password_cookie);
        let limit = |field: Limit, given: Option<u32>| given.and_then(Limit::new).unwrap_or(field);
        organization.sends_per_day = limit(organization.sends_per_day, self.sends_per_day);
        organization.password_attempts =
            limit(organization.password_attempts, self.password_attempts);
        set(&mut organization.source_limit, self.source_limit.as_ref());
        organization.sms_per_day = self.sms_per_day.unwrap_or(organization.sms_per_day);
    }
}

fn bounds(of: Bounds) -> RangeInclusive<i64> {
    1..=i64::from(of.highest().get())
}

fn source_limit(text: &str) -> Result<Clearable<Limit>, String> {
    let (off, highest) = (["", "0", "none"], SOURCE_LIMIT.highest());
    let limit = |text: &str| text.parse().ok().filter(|limit: &Limit| *limit <= highest);
    let limit = clearable(move |text: &str| {
        limit(text).ok_or_else(|| format!("{text} is not in 1..={highest}, and not 0 or none"))
    });
    limit(if off.contains(&text) { "" } else { text })
}
