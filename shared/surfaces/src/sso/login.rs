//! Authentication of users by email and password, for sign-in and sign-out.

use domain::id::{OrganizationId, UserId};
use domain::identifier::{Email, Identifier, Identity};
use domain::limits::PASSWORD_ATTEMPTS;
use domain::password::{Password, PasswordHash};
use domain::sso::User;
use domain::time::Timestamp;
use lambda_http::Request;
use runtime::aws::Aws;
use runtime::http;
use runtime::server_error::ServerError;
use runtime::telemetry;
use store::SsoUsers;

use super::refusal::Refusal;
use crate::password_check::{Accounts, Credentials, Login, PasswordCheck, Passwords};

pub struct Logins {
    passwords: Passwords,
    accounts: RealmUsers,
}

/// The users of the identity provider.
struct RealmUsers(SsoUsers);

impl Logins {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { passwords: Passwords::new(aws)?, accounts: RealmUsers(SsoUsers::new(aws)?) })
    }

    /// Checks the email and the password in the request's form. An unknown email takes the same steps.
    pub async fn check(&self, request: &Request, now: Timestamp) -> Result<Login<User>, Refusal> {
        let credentials = credentials(request)?;
        // The realm has no settings. Attempts are counted by email, not by client: a portal signs all
        // its users in as one client, and a few users with wrong passwords would block all others.
        let limit = PASSWORD_ATTEMPTS.default();
        match self.passwords.check(&self.accounts, credentials, limit, now).await? {
            PasswordCheck::Right(login) => Ok(login),
            PasswordCheck::Wrong => Err(Refusal::LoginRefused),
            PasswordCheck::SignOutNotOver { retry_after } => {
                Err(ServerError::SignOutNotOver { retry_after }.into())
            }
            PasswordCheck::OverLimit { .. } => Err(Refusal::RateLimited),
        }
    }

    /// Removes the attempt from the count.
    pub async fn take_back(&self, login: &Login<User>) {
        self.passwords.take_back(login).await;
    }

    /// Records a sign-in: sets the user's `last_login`, replaces an outdated hash, and removes the
    /// attempt from the count. Failures are only logged: the password was right.
    pub async fn record_sign_in(&self, login: &Login<User>, now: Timestamp) {
        let recorded = async {
            telemetry::warn_if_failed(self.accounts.0.record_sign_in(login.user.id, now).await);
        };
        tokio::join!(
            self.passwords.take_back(login),
            self.passwords.rehash(&self.accounts, login),
            recorded
        );
    }
}

fn credentials(request: &Request) -> Result<Credentials, Refusal> {
    let mut form = http::form(request)?;
    let email = Email::parse(&form.take("email").unwrap_or_default());
    let password = Password::parse(form.take("password").unwrap_or_default());
    match (email, password) {
        (Ok(email), Ok(password)) => {
            let identifier = Identifier::Email(email);
            Ok(Credentials { realm: OrganizationId::sso(), identifier, password })
        }
        (Err(_), _) | (_, Err(_)) => Err(Refusal::LoginRefused),
    }
}

impl Accounts for RealmUsers {
    type User = User;

    async fn identified(&self, identity: &Identity) -> anyhow::Result<Option<UserId>> {
        self.0.identified(identity).await
    }

    async fn find(&self, identity: &Identity, id: &UserId) -> anyhow::Result<Option<User>> {
        self.0.owner(identity, id).await
    }

    fn hash(user: &User) -> Option<&PasswordHash> {
        user.password.as_ref()
    }

    fn is_enabled(user: &User) -> bool {
        user.is_enabled()
    }

    fn valid_after(user: &User) -> Option<Timestamp> {
        user.sessions_valid_after
    }

    async fn rehash(
        &self,
        user: &User,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> anyhow::Result<()> {
        self.0.rehash(user.id, old, new).await
    }
}
