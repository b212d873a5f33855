//! Stream of the table `challenges`: sends codes by mail or SMS.

mod courier;
mod message;

use domain::key::Key;
use domain::locale::{Language, Locale};
use domain::organization::Organization;
use domain::otp::{Channel, Code};
use domain::sms;
use domain::time::Timestamp;
use domain::user::User;
use runtime::aws::Aws;
use runtime::event::Change;
use runtime::key_rings::KeyRings;
use runtime::resources::KeyRingName;
use runtime::telemetry;
use store::{Due, Organizations, SmsCounts, Users};

use courier::{Courier, Delivery};

pub struct State {
    organizations: Organizations,
    users: Users,
    sms_counts: SmsCounts,
    otp_keys: KeyRings,
    courier: Courier,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        aws.expect_parallel_calls(2);
        Ok(Self {
            organizations: Organizations::new(aws)?,
            users: Users::new(aws)?,
            sms_counts: SmsCounts::new(aws)?,
            otp_keys: KeyRings::new(aws, KeyRingName::Otp)?,
            courier: Courier::new(aws)?,
        })
    }
}

/// Sends the code of a change, and returns the outcome for the log. Delivery is at least once: the same
/// code twice is harmless.
///
/// # Errors
/// After an error, the stream delivers the change again.
pub async fn handle(state: &State, change: Change, now: Timestamp) -> anyhow::Result<&'static str> {
    let Some(due) = Due::of(&change)? else { return Ok("nothing due") };
    due.request.as_ref().inspect(|request| telemetry::caused_by(request));
    if due.code.expires_at <= now {
        return Ok("expired");
    }
    let Some((organization, user)) = recipient(state, &due, now).await? else {
        return Ok("no recipient");
    };
    telemetry::organization(&organization.id);
    telemetry::user(&user.id);
    if organization.sandbox.is_some() {
        telemetry::count("CodeSandboxed", ("channel", due.code.channel.as_str()), now);
        return Ok("sandbox");
    }
    let code = derive(state, &due, &organization, now).await?;
    let Some(code) = code else { return Ok("key dropped") };
    let locale = user.locale.as_ref().or(organization.locale.as_ref());
    // A code that is sent again lives shorter.
    let life = due.code.expires_at.since(now);
    let language = locale.map_or(Language::English, Locale::language);
    let delivery = match due.code.channel {
        Channel::Email => {
            let Some(email) = &user.email else { return Ok("no recipient") };
            let mail = message::mail(&code, &organization.name, language, life);
            state.courier.mail(&organization, email, &mail).await?
        }
        Channel::Sms => {
            let Some(phone) = &user.phone else { return Ok("no recipient") };
            if !has_sms_left(state, &organization, now).await? {
                // Done, not failed: the stream would deliver it again, and block the records behind it.
                return Ok("SMS cap reached");
            }
            let domain = organization.domain.as_ref();
            let sms = sms::text(&code, &organization.name, language, life, domain);
            state.courier.sms(&organization, phone, &sms).await?
        }
    };
    Ok(report(delivery, due.code.channel, now))
}

async fn recipient(
    state: &State,
    due: &Due,
    now: Timestamp,
) -> anyhow::Result<Option<(Organization, User)>> {
    let Some(id) = state.users.identified(&due.organization, &due.identity).await? else {
        return Ok(None);
    };
    let (organization, user) = tokio::try_join!(
        state.organizations.find(&due.organization),
        state.users.owner(&due.organization, &due.identity, &id),
    )?;
    let organization = organization.filter(|organization| !organization.has_ended(now));
    Ok(organization.zip(user.filter(|user| !user.disabled)))
}

/// Counts an SMS against the organization's cap of the day.
async fn has_sms_left(
    state: &State,
    organization: &Organization,
    now: Timestamp,
) -> anyhow::Result<bool> {
    let cap = organization.sms_per_day;
    let sent = state.sms_counts.count(&organization.id, cap, now).await?;
    let metric = match sent {
        None => "SmsCapReached",
        Some(sent) if u64::from(sent) * 5 >= u64::from(cap) * 4 => "SmsCapNear",
        Some(_) => return Ok(true),
    };
    telemetry::count(metric, ("channel", Channel::Sms.as_str()), now);
    Ok(sent.is_some())
}

/// The code is not stored or queued: it is derived again from the ids of its challenge. `None` if an
/// operator dropped its key: it can't be verified either.
async fn derive(
    state: &State,
    due: &Due,
    organization: &Organization,
    now: Timestamp,
) -> anyhow::Result<Option<Code>> {
    let key = state.otp_keys.find(&due.code.key_id, now).await?;
    let code = |key: &Key| Code::issue(&key.bytes, organization, &due.identity, &due.otp_id);
    Ok(key.as_ref().map(code))
}

/// An undeliverable message is only counted, not retried: it must not block the records behind it.
fn report(delivery: Delivery, channel: Channel, now: Timestamp) -> &'static str {
    match delivery {
        Delivery::Accepted => {
            telemetry::count("CodeSent", ("channel", channel.as_str()), now);
            "sent"
        }
        Delivery::Undeliverable(error_code) => {
            telemetry::count("CodeUndeliverable", ("error", &error_code), now);
            "undeliverable"
        }
    }
}
