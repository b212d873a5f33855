//! `postern session`.

use clap::{Args, Subcommand};
use domain::decide::Revoked;
use domain::id::FamilyId;
use registry::FamilyOverview;
use runtime::clock;
use serde::Serialize;

use crate::failure::{Result, refused, usage};
use crate::operator::{InOrganization, Operator};
use crate::output::{Output, Record, note, some};
use crate::user::{Who, sign_out};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists a user's sessions; reads the whole table
    #[command(
        after_help = "Example:\n  postern session list --organization 11111111-1111-4111-8111-111111111111 patient@example.com"
    )]
    List(Who),
    /// Ends one session, or all of a user
    ///
    /// A refresh token of one that ended is answered with `REFRESH_REUSED`, as after a logout. The access
    /// token of one session works for up to fifteen minutes more; those of a user end at once.
    #[command(
        after_help = "Example:\n  postern session revoke --organization 11111111-1111-4111-8111-111111111111 patient@example.com\n  postern session revoke --organization 11111111-1111-4111-8111-111111111111 --family 9vX4tq1kQm7RZ0eYb2LwcA"
    )]
    Revoke(Revoke),
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    #[command(flatten)]
    of: InOrganization,

    #[command(flatten)]
    what: What,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct What {
    /// Ends all sessions of this user: id, email address, phone number or user name
    user: Option<String>,

    /// Ends this one, as `session list` shows it
    #[arg(long, allow_hyphen_values = true)]
    family: Option<String>,
}

impl Command {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        match self {
            Self::List(who) => list(operator, output, &who).await,
            Self::Revoke(Revoke { of, what: What { user: Some(user), .. } }) => {
                let user = Who { of, user }.find(operator).await?.user;
                operator.confirm(&format!("All sessions of {} will end", user.id))?;
                sign_out(operator, user).await.map(drop)
            }
            Self::Revoke(Revoke { of, what: What { family: Some(family), .. } }) => {
                revoke(operator, &of, &family).await
            }
            Self::Revoke(_) => usage("name a user, or use --family"),
        }
    }
}

async fn list(operator: &Operator, output: &Output, who: &Who) -> Result<()> {
    let user = who.find(operator).await?.user;
    let (sessions, listing, now) = (operator.sessions()?, output.listing(), clock::now());
    let mut from = None;
    loop {
        let page = sessions.page(&user.organization, &user.id, from).await?;
        let views: Vec<_> = page
            .items
            .iter()
            .map(|family| {
                let is_admitted = user.admits(family.session.created_at);
                View::of(family, if is_admitted { family.state(now) } else { "signed out" })
            })
            .collect();
        listing.page(&views)?;
        from = page.next;
        if from.is_none() {
            return listing.end();
        }
    }
}

async fn revoke(operator: &Operator, of: &InOrganization, family: &str) -> Result<()> {
    let sessions = operator.sessions()?;
    let family = FamilyId::stored(family);
    let found = sessions.find(&family).await?;
    if found.is_none_or(|found| found.session.organization != of.organization) {
        return refused(format!("{} has no session {}", of.organization, family.as_str()));
    }
    operator.confirm(&format!("The session {} will end", family.as_str()))?;
    match sessions.revoke(&family, clock::now()).await? {
        Revoked::Durably => note("ended"),
        Revoked::Gone => note("it was over already"),
    }
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    family: String,
    state: &'static str,
    created_at: String,
    rotated_at: Option<String>,
    expires_at: String,
}

impl View {
    fn of(family: &FamilyOverview, state: &'static str) -> Self {
        Self {
            family: family.session.family.as_str().to_owned(),
            state,
            created_at: family.session.created_at.to_string(),
            rotated_at: family.rotated_at.map(|at| at.to_string()),
            expires_at: family.expires_at.to_string(),
        }
    }
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("family", self.family.clone()),
            ("state", self.state.to_owned()),
            ("created", self.created_at.clone()),
            ("rotated", some(self.rotated_at.as_ref())),
            ("expires", self.expires_at.clone()),
        ]
    }
}
