//! Stream of the table `challenges`: sends each code by mail or SMS.

use domain::message;
use domain::organization::Organization;
use domain::otp::{Channel, Code};
use domain::time::Timestamp;
use domain::user::User;
use platform::courier::{Courier, Delivery};
use platform::event::Change;
use platform::keys::KeyRings;
use platform::store::{Due, Organizations, Users};
use platform::telemetry;

/// What the delivery needs.
pub struct State {
    /// Tenants.
    pub organizations: Organizations,
    /// Users.
    pub users: Users,
    /// Keys that codes are derived under.
    pub otp_keys: KeyRings,
    /// Mail and SMS.
    pub courier: Courier,
}

/// Says in one word what became of the change. Delivery is at least once: the same code twice is
/// harmless.
///
/// # Errors
/// A passing fault: the stream delivers the change again.
pub async fn handle(state: &State, change: Change, now: Timestamp) -> anyhow::Result<&'static str> {
    let Some(due) = Due::of(&change)? else { return Ok("nothing due") };
    if due.code.expires_at <= now {
        return Ok("expired");
    }
    let Some((organization, user)) = addressee(state, &due).await? else { return Ok("nobody") };
    let code = derive(state, &due, now).await?;
    let locale = user.locale.as_deref().or(organization.locale.as_deref());
    let delivery = match due.code.channel {
        Channel::Email => {
            let Some(email) = &user.email else { return Ok("nobody") };
            let mail = message::email(&code, &organization.name, locale);
            state.courier.mail(&organization, email, &mail).await?
        }
        Channel::Sms => {
            let Some(phone) = &user.phone else { return Ok("nobody") };
            let domain = organization.domain.as_deref();
            let sms = message::sms(&code, &organization.name, locale, domain);
            state.courier.sms(&organization, phone, &sms).await?
        }
    };
    Ok(report(delivery, due.code.channel, now))
}

async fn addressee(state: &State, due: &Due) -> anyhow::Result<Option<(Organization, User)>> {
    let Some(id) = state.users.identified(&due.organization, &due.identity).await? else {
        return Ok(None);
    };
    let (organization, user) = tokio::try_join!(
        state.organizations.find(&due.organization),
        state.users.owner(&due.organization, &due.identity, &id),
    )?;
    Ok(organization.zip(user.filter(|user| !user.disabled)))
}

/// The code is in no table and no queue: it is derived again from what names it.
async fn derive(state: &State, due: &Due, now: Timestamp) -> anyhow::Result<Code> {
    let key = state.otp_keys.find(&due.code.key_id, now).await?;
    Ok(Code::derive(&key.bytes, &due.organization, &due.identity, &due.otp_id))
}

/// One bad number must not hold up everybody behind it: it is counted, and done.
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
