//! `postern otp`.

use clap::{Args, Subcommand};
use domain::decide::Challenge;
use domain::delivery::{self, Delivery};
use domain::fence;
use domain::identifier::{Email, Identifier, Phone};
use domain::limits::{Limit, Window};
use domain::otp::MAX_ATTEMPTS;
use domain::time::Timestamp;
use domain::user::User;
use runtime::clock;
use serde::Serialize;

use crate::failure::Result;
use crate::operator::{InOrganization, Operator};
use crate::output::{Output, Record, some};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows the state of a user's code, but not the code
    #[command(
        after_help = "Example:\n  postern otp inspect --organization 11111111-1111-4111-8111-111111111111 --email patient@example.com"
    )]
    Inspect(Inspect),
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    #[command(flatten)]
    of: InOrganization,

    #[command(flatten)]
    recipient: Recipient,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Recipient {
    /// The email address that the code was sent to
    #[arg(long, value_parser = Email::parse)]
    email: Option<Email>,

    /// The phone number that the code was sent to
    #[arg(long, value_parser = Phone::parse)]
    phone: Option<Phone>,
}

impl Command {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let Self::Inspect(inspect) = self;
        output.record(&inspect.view(operator, clock::now()).await?)
    }
}

impl Inspect {
    async fn view(&self, operator: &Operator, now: Timestamp) -> Result<View> {
        let id = &self.of.organization;
        let organization = operator.registered(id).await?.organization;
        let (limit, sandbox) = (organization.sends_per_day, organization.sandbox);
        let valid_after = organization.valid_after;
        let (users, codes) = (operator.users()?, operator.codes()?);
        let Recipient { email, phone } = &self.recipient;
        let email = email.clone().map(Identifier::Email);
        let identifier = email.or_else(|| phone.clone().map(Identifier::Phone));
        let identifier = identifier.ok_or_else(|| anyhow::anyhow!("neither email nor phone"))?;
        let identity = users.identity(id, &identifier, now).await?;
        let user = users.owner(id, &identity).await?.map(|stored| stored.user);
        let (challenge, delivery) = codes.inspect(id, &identity).await?.unzip();
        let sent = codes.sends(id, &identity, Window::day(now)).await?;
        Ok(View {
            sandbox: sandbox.is_some(),
            last_send: delivery.flatten().as_ref().map(LastSend::of),
            ..View::of(user.as_ref(), challenge.as_ref(), valid_after, (limit, sent), now)
        })
    }
}

/// The state of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum State {
    /// No code was requested in the last day.
    None,
    Live,
    Used,
    Expired,
    /// All attempts were wrong.
    Locked,
    /// A sign-out of everyone came after it.
    SignedOut,
}

impl State {
    fn of(challenge: Option<&Challenge>, valid_after: Option<Timestamp>, now: Timestamp) -> Self {
        let Some(challenge) = challenge else { return Self::None };
        match &challenge.code {
            None => Self::Used,
            Some(_) if !fence::admits(valid_after, challenge.issued_at) => Self::SignedOut,
            Some(code) if code.expires_at <= now => Self::Expired,
            Some(code) if code.attempts.len() >= MAX_ATTEMPTS => Self::Locked,
            Some(_) => Self::Live,
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::None => "no code was requested in the last day",
            Self::Live => "live",
            Self::Used => "used",
            Self::Expired => "expired",
            Self::Locked => "locked: three wrong attempts",
            Self::SignedOut => "ended by a sign-out of everyone",
        }
    }
}

/// What became of the newest send.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LastSend {
    state: &'static str,
    at: String,
    /// Of SES or SNS: finds what they say about the message later.
    message_id: Option<String>,
    error: Option<String>,
    #[serde(skip)]
    sentence: &'static str,
}

impl LastSend {
    fn of(delivery: &Delivery) -> Self {
        Self {
            state: delivery.state.as_str(),
            at: delivery.at.to_string(),
            message_id: delivery.message_id.clone(),
            error: delivery.error.clone(),
            sentence: sentence(delivery.state),
        }
    }
}

const fn sentence(state: delivery::State) -> &'static str {
    match state {
        delivery::State::Accepted => "accepted by SES or SNS, which may lose it later",
        delivery::State::Undeliverable => "refused for good by SES or SNS",
        delivery::State::Retrying => "SES or SNS failed; it is tried three times at most",
        delivery::State::Sandbox => "not sent: the organization is a sandbox",
        delivery::State::Capped => "not sent: the organization's SMS of the day are used up",
        delivery::State::Unknown => "not sent: no user had the address",
        delivery::State::Disabled => "not sent: the user was disabled",
        delivery::State::NoOrganization => "not sent: the organization was disabled or had ended",
        delivery::State::Expired => "not sent: the code expired before it could be",
        delivery::State::KeyDropped => "not sent: the code's key was dropped",
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    /// `None` for an unknown address, to which no code is sent.
    user_id: Option<String>,
    /// To a disabled user, no code is sent.
    user_disabled: bool,
    code: State,
    live: bool,
    /// Every code is `000000`, and nothing is sent.
    sandbox: bool,
    attempts_left: usize,
    issued_at: Option<String>,
    expires_at: Option<String>,
    /// `None` if no code was requested, and as long as nothing is known of the send.
    last_send: Option<LastSend>,
    sends_per_day: u32,
    sends_today: usize,
    sends_left_today: usize,
}

impl View {
    fn of(
        user: Option<&User>,
        challenge: Option<&Challenge>,
        valid_after: Option<Timestamp>,
        (limit, sent): (Limit, usize),
        now: Timestamp,
    ) -> Self {
        let code = State::of(challenge, valid_after, now);
        let live =
            challenge.and_then(|challenge| challenge.code.as_ref()).filter(|_| code == State::Live);
        let left = usize::try_from(limit.get()).unwrap_or(usize::MAX).saturating_sub(sent);
        Self {
            user_id: user.map(|user| user.id.to_string()),
            user_disabled: user.is_some_and(|user| user.disabled),
            code,
            live: live.is_some(),
            sandbox: false,
            attempts_left: live.map_or(0, |code| MAX_ATTEMPTS - code.attempts.len()),
            issued_at: challenge.map(|challenge| challenge.issued_at.to_string()),
            expires_at: live.map(|code| code.expires_at.to_string()),
            last_send: None,
            sends_per_day: limit.get(),
            sends_today: sent,
            sends_left_today: left,
        }
    }

    fn user(&self) -> String {
        match &self.user_id {
            None => "not found, so no code is sent".to_owned(),
            Some(id) if self.user_disabled => format!("{id}, disabled, so no code is sent"),
            Some(id) => id.clone(),
        }
    }

    fn sent(&self) -> String {
        match &self.last_send {
            Some(sent) => format!("{}, {}", sent.sentence, sent.at),
            None if self.issued_at.is_some() => "nothing known yet".to_owned(),
            None => some(None::<&String>),
        }
    }
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("user", self.user()),
            ("code", self.code.sentence().to_owned()),
            (
                "sandbox",
                if self.sandbox { "every code is 000000, nothing is sent" } else { "no" }.into(),
            ),
            ("attempts left", self.attempts_left.to_string()),
            ("issued", some(self.issued_at.as_ref())),
            ("expires", some(self.expires_at.as_ref())),
            ("last send", self.sent()),
            ("message id", some(self.last_send.as_ref().and_then(|it| it.message_id.as_ref()))),
            ("error", some(self.last_send.as_ref().and_then(|it| it.error.as_ref()))),
            ("sent today", self.sends_today.to_string()),
            ("left today", self.sends_left_today.to_string()),
        ]
    }
}
