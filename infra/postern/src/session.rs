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
use crate::user::{UserArgument, sign_out};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists a user's sessions; this reads the whole table
    #[command(
        after_help = "Example:\n  postern session list --organization 11111111-1111-4111-8111-111111111111 patient@example.com"
    )]
    List(UserArgument),
    /// Revokes one session, or all sessions of a user
    ///
    /// The refresh token of a revoked session gets `REFRESH_REUSED`, as after a logout. If one session
    /// is revoked, its access token works for up to fifteen minutes more; if all are, the access tokens
    /// end at once.
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
    target: Target,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Target {
    /// Revokes all sessions of this user: id, email address, phone number or user name
    user: Option<String>,

    /// Revokes this session, as `session list` shows it
    #[arg(long, allow_hyphen_values = true)]
    family: Option<String>,
}

impl Command {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        match self {
            Self::List(user) => list(operator, output, &user).await,
            Self::Revoke(Revoke { of, target: Target { user: Some(user), .. } }) => {
                let user = UserArgument { of, user }.find(operator).await?.user;
                operator.confirm(&format!("All sessions of user {} will end", user.id))?;
                sign_out(operator, user).await.map(drop)
            }
            Self::Revoke(Revoke { of, target: Target { family: Some(family), .. } }) => {
                revoke(operator, &of, &family).await
            }
            Self::Revoke(_) => usage("give a user, or --family"),
        }
    }
}

async fn list(operator: &Operator, output: &Output, user: &UserArgument) -> Result<()> {
    let user = user.find(operator).await?.user;
    let organization = operator.registered(&user.organization).await?.organization;
    let (sessions, listing, now) = (operator.sessions()?, output.listing(), clock::now());
    let mut from = None;
    loop {
        let page = sessions.page(&user.organization, &user.id, from).await?;
        let views: Vec<_> = page
            .items
            .iter()
            .map(|family| {
                let created_at = family.session.created_at;
                let is_admitted = user.admits(created_at) && organization.admits(created_at);
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
        return refused(format!(
            "session {} of organization {} not found",
            family.as_str(),
            of.organization
        ));
    }
    operator.confirm(&format!("Session {} will end", family.as_str()))?;
    match sessions.revoke(&family, clock::now()).await? {
        Revoked::Durably => note("the session has ended"),
        Revoked::Gone => note("the session had expired"),
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
