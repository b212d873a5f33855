//! Stream of the table `challenges`: sends codes by mail or SMS.

mod courier;
mod message;

use domain::delivery::{self, Delivery};
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
use store::{Deliveries, Due, Organizations, SmsCounts, Users};

use courier::{Courier, Sent};

pub struct State {
    organizations: Organizations,
    users: Users,
    sms_counts: SmsCounts,
    deliveries: Deliveries,
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
            deliveries: Deliveries::new(aws)?,
            otp_keys: KeyRings::new(aws, KeyRingName::Otp)?,
            courier: Courier::new(aws)?,
        })
    }
}

/// Sends the code of a change, notes what became of it, and returns the outcome for the log. Delivery is at
/// least once: the same code twice is harmless.
///
/// # Errors
/// After an error, the stream delivers the change again.
pub async fn handle(state: &State, change: Change, now: Timestamp) -> anyhow::Result<&'static str> {
    let Some(due) = Due::of(&change)? else { return Ok("nothing due") };
    telemetry::organization(&due.organization);
    if let Some(request) = &due.caused_by {
        telemetry::caused_by(request);
    }
    let ended = send(state, &due, now).await?;
    let delivery = ended.delivery(now);
    // The message is under way: a failure to note that must not send it again.
    telemetry::warn_if_failed(state.deliveries.note(&due, &delivery).await);
    ended.report(due.code.channel, now)
}

/// How a send ended.
enum Ended {
    /// A message was handed to SES or SNS.
    Tried(Sent),
    /// There was nothing to hand over.
    Not(delivery::State),
}

impl Ended {
    fn delivery(&self, at: Timestamp) -> Delivery {
        let (state, message_id, error) = match self {
            Self::Tried(Sent::Accepted(id)) => (delivery::State::Accepted, Some(id), None),
            Self::Tried(Sent::Undeliverable(code)) => {
                (delivery::State::Undeliverable, None, Some(code))
            }
            Self::Tried(Sent::Failed(code, _)) => (delivery::State::Retrying, None, code.as_ref()),
            Self::Not(state) => (*state, None, None),
        };
        Delivery { state, at, message_id: message_id.cloned(), error: error.cloned() }
    }

    /// An undeliverable message is only counted, not retried: it must not block the records behind it.
    fn report(self, channel: Channel, now: Timestamp) -> anyhow::Result<&'static str> {
        match self {
            Self::Tried(Sent::Accepted(id)) => {
                telemetry::message_id(id);
                telemetry::count("CodeSent", ("channel", channel.as_str()), now);
                Ok("sent")
            }
            Self::Tried(Sent::Undeliverable(code)) => {
                telemetry::count("CodeUndeliverable", ("error", &code), now);
                Ok("undeliverable")
            }
            Self::Tried(Sent::Failed(_, error)) => Err(error),
            Self::Not(state) => {
                if state == delivery::State::Sandbox {
                    telemetry::count("CodeSandboxed", ("channel", channel.as_str()), now);
                }
                Ok(outcome(state))
            }
        }
    }
}

/// The outcome in the log.
const fn outcome(state: delivery::State) -> &'static str {
    match state {
        // Done, not failed: the stream would deliver it again, and block the records behind it.
        delivery::State::Capped => "SMS cap reached",
        delivery::State::KeyDropped => "key dropped",
        delivery::State::NoOrganization => "no organization",
        state => state.as_str(),
    }
}

async fn send(state: &State, due: &Due, now: Timestamp) -> anyhow::Result<Ended> {
    if due.code.expires_at <= now {
        return Ok(Ended::Not(delivery::State::Expired));
    }
    let (organization, user) = match recipient(state, due, now).await? {
        Ok(found) => found,
        Err(state) => return Ok(Ended::Not(state)),
    };
    if organization.sandbox.is_some() {
        return Ok(Ended::Not(delivery::State::Sandbox));
    }
    let Some(code) = derive(state, due, &organization, now).await? else {
        return Ok(Ended::Not(delivery::State::KeyDropped));
    };
    let locale = user.locale.as_ref().or(organization.locale.as_ref());
    // A code that is sent again lives shorter.
    let life = due.code.expires_at.since(now);
    let language = locale.map_or(Language::English, Locale::language);
    let sent = match due.code.channel {
        Channel::Email => {
            let Some(email) = &user.email else { return Ok(Ended::Not(delivery::State::Unknown)) };
            let mail = message::mail(&code, &organization.name, language, life);
            state.courier.mail(&organization, email, &mail).await?
        }
        Channel::Sms => {
            let Some(phone) = &user.phone else { return Ok(Ended::Not(delivery::State::Unknown)) };
            if !has_sms_left(state, &organization, now).await? {
                return Ok(Ended::Not(delivery::State::Capped));
            }
            let domain = organization.domain.as_ref();
            let sms = sms::text(&code, &organization.name, language, life, domain);
            state.courier.sms(&organization, phone, &sms).await?
        }
    };
    Ok(Ended::Tried(sent))
}

/// The organization and the user that a code is for, or why there is none.
async fn recipient(
    state: &State,
    due: &Due,
    now: Timestamp,
) -> anyhow::Result<Result<(Organization, User), delivery::State>> {
    let Some(id) = state.users.identified(&due.organization, &due.identity).await? else {
        return Ok(Err(delivery::State::Unknown));
    };
    let (organization, user) = tokio::try_join!(
        state.organizations.find(&due.organization),
        state.users.owner(&due.organization, &due.identity, &id),
    )?;
    let Some(user) = user else { return Ok(Err(delivery::State::Unknown)) };
    telemetry::user(&user.id);
    let organization = organization.filter(|organization| !organization.has_ended(now));
    Ok(match organization {
        None => Err(delivery::State::NoOrganization),
        Some(_) if user.disabled => Err(delivery::State::Disabled),
        Some(organization) => Ok((organization, user)),
    })
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
