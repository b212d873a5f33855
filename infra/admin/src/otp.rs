//! `postern otp`.

use std::num::NonZeroU32;

use clap::{Args, Subcommand};
use domain::decide::Challenge;
use domain::identifier::{Email, Identifier, Phone};
use domain::limits::Window;
use domain::otp::MAX_ATTEMPTS;
use domain::time::Timestamp;
use platform::store::Counter;
use serde::Serialize;

use crate::clock;
use crate::failure::Result;
use crate::operator::{InOrganization, Operator};
use crate::output::{Output, Record, some};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tells what became of somebody's code; never the code
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
    addressee: Addressee,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Addressee {
    /// The address that the code was for
    #[arg(long, value_parser = Email::parse)]
    email: Option<Email>,

    /// The number that the code was for
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
        let limit = operator.registered(id).await?.organization.sends_per_day;
        let (directory, challenges) = (operator.directory()?, operator.challenges()?);
        let Addressee { email, phone } = &self.addressee;
        let email = email.clone().map(Identifier::Email);
        let identifier = email.or_else(|| phone.clone().map(Identifier::Phone));
        let identifier = identifier.ok_or_else(|| anyhow::anyhow!("neither email nor phone"))?;
        let text = match &identifier {
            Identifier::Email(email) => email.as_str(),
            Identifier::Phone(phone) => phone.as_str(),
            Identifier::Username(username) => username.as_str(),
        };
        let user = directory.meant_by(id, text, now).await?;
        let user = user.into_values().find(|user| user.identifiers().contains(&identifier));
        let identity = directory.identity(id, &identifier, now).await?;
        let counter = Counter::sends(id, &identity, Window::day(now));
        let challenge = challenges.find(id, &identity).await?;
        let sent = challenges.counted(&counter).await?;
        let code = challenge.as_ref().and_then(|challenge| challenge.code.as_ref());
        let is_live =
            code.is_some_and(|code| code.expires_at > now && code.claims.len() < MAX_ATTEMPTS);
        Ok(View {
            user: match user {
                None => "nobody: no code is sent".to_owned(),
                Some(user) if user.disabled => format!("{}, disabled: no code is sent", user.id),
                Some(user) => user.id.to_string(),
            },
            code: state(challenge.as_ref(), now),
            attempts_left: code.filter(|_| is_live).map(|code| MAX_ATTEMPTS - code.claims.len()),
            issued_at: challenge.map(|challenge| challenge.issued_at.to_string()),
            sends_today: limit.map(|_| sent),
            sends_left_today: limit
                .map(NonZeroU32::get)
                .map(|limit| usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(sent)),
        })
    }
}

fn state(challenge: Option<&Challenge>, now: Timestamp) -> &'static str {
    match challenge {
        None => "none was asked for in the last day",
        Some(Challenge { code: None, .. }) => "used",
        Some(Challenge { code: Some(code), .. }) if code.expires_at <= now => "expired",
        Some(Challenge { code: Some(code), .. }) if code.claims.len() >= MAX_ATTEMPTS => {
            "locked: three wrong attempts"
        }
        Some(_) => "live",
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    user: String,
    code: &'static str,
    attempts_left: Option<usize>,
    issued_at: Option<String>,
    /// None where there is no limit: then nothing is counted.
    sends_today: Option<usize>,
    sends_left_today: Option<usize>,
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("user", self.user.clone()),
            ("code", self.code.to_owned()),
            ("attempts left", some(self.attempts_left)),
            ("issued", some(self.issued_at.as_ref())),
            (
                "sent today",
                self.sends_today.map_or("not counted".to_owned(), |sent| sent.to_string()),
            ),
            (
                "left today",
                self.sends_left_today.map_or("no limit".to_owned(), |left| left.to_string()),
            ),
        ]
    }
}
