//! `postern session`.

use clap::{Args, Subcommand};
use domain::decide::Revoked;
use domain::id::FamilyId;
use domain::otp::Channel;
use domain::user::User;
use registry::{FamilyOverview, SessionState};
use runtime::clock;
use serde::Serialize;

use crate::failure::{Result, refused, usage};
use crate::operator::{InOrganization, Operator};
use crate::output::{Output, Record, note, some};
use crate::user::{UserArgument, signed_out};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists a user's sessions, the newest first; this reads the whole table
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
                let user = UserArgument::new(of, user).find(operator).await?.user;
                operator.confirm(&format!("All sessions of user {} will end", user.id)).await?;
                signed_out(operator, output, user).await
            }
            Self::Revoke(Revoke { of, target: Target { family: Some(family), .. } }) => {
                revoke(operator, output, &of, &family).await
            }
            Self::Revoke(_) => usage("give a user, or --family"),
        }
    }
}

async fn list(operator: &Operator, output: &Output, user: &UserArgument) -> Result<()> {
    let user = user.find(operator).await?.user;
    let listing = output.listing();
    listing.page(&of_user(operator, &user).await?)?;
    listing.end()
}

/// All sessions of a user, the newest first.
pub(crate) async fn of_user(operator: &Operator, user: &User) -> Result<Vec<View>> {
    let organization = operator.registered_still(&user.organization).await?.organization;
    let (sessions, now) = (operator.sessions()?, clock::now());
    // All of them, to sort them: one user's sessions are few.
    let (mut found, mut from) = (Vec::new(), None);
    loop {
        let page = sessions.page(&user.organization, &user.id, from).await?;
        found.extend(page.items);
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    found.sort_by_key(|family| std::cmp::Reverse(family.session.created_at));
    let view = |family: &FamilyOverview| {
        let created_at = family.session.created_at;
        let state = match family.state(now) {
            SessionState::Live if user.disabled => SessionState::Ended("user disabled"),
            SessionState::Live if !user.admits(created_at) => {
                SessionState::Ended("user signed out")
            }
            SessionState::Live if !organization.admits(created_at) => {
                SessionState::Ended("organization signed out")
            }
            state => state,
        };
        View::of(family, state)
    };
    Ok(found.iter().map(view).collect())
}

async fn revoke(
    operator: &Operator,
    output: &Output,
    of: &InOrganization,
    family: &str,
) -> Result<()> {
    let sessions = operator.sessions()?;
    let family = FamilyId::stored(family);
    let found = sessions.find(&family).await?;
    let is_own = |found: &FamilyOverview| found.session.organization == of.organization;
    let Some(found) = found.filter(is_own) else {
        operator.registered(&of.organization).await?;
        return refused(format!(
            "session {} of organization {} not found",
            family.as_str(),
            of.organization
        ));
    };
    operator.confirm(&format!("Session {} will end", family.as_str())).await?;
    match sessions.revoke(&family, clock::now()).await? {
        Revoked::Durably => note("the session has ended"),
        Revoked::Gone => note("the session had expired"),
    }
    let now = clock::now();
    let found = sessions.find(&family).await?.unwrap_or(found);
    output.record(&View::of(&found, found.state(now)))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct View {
    family: String,
    state: &'static str,
    /// Why the session isn't live.
    reason: Option<&'static str>,
    /// How the code came; `None` for a session from before this was stored.
    channel: Option<&'static str>,
    created_at: String,
    last_used_at: String,
    rotated_at: Option<String>,
    ended_at: Option<String>,
    expires_at: String,
}

impl View {
    fn of(family: &FamilyOverview, state: SessionState) -> Self {
        let (state, reason) = match state {
            SessionState::Live => ("live", None),
            SessionState::Ended(why) => ("ended", Some(why)),
            SessionState::Expired(why) => ("expired", Some(why)),
        };
        Self {
            family: family.session.family.as_str().to_owned(),
            state,
            reason,
            channel: family.channel.map(Channel::as_str),
            created_at: family.session.created_at.to_string(),
            last_used_at: family.used_at().to_string(),
            rotated_at: family.rotated_at.map(|at| at.to_string()),
            ended_at: family.revoked.map(|revocation| revocation.at.to_string()),
            expires_at: family.expires_at.to_string(),
        }
    }
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("family", self.family.clone()),
            ("state", self.state.to_owned()),
            ("reason", some(self.reason)),
            ("channel", some(self.channel)),
            ("started", self.created_at.clone()),
            ("last used", self.last_used_at.clone()),
            ("ended", some(self.ended_at.as_ref())),
            ("expires", self.expires_at.clone()),
        ]
    }
}
