//! `POST /{api}/auth`: exchanges user name and password for a token.

use std::time::Duration;

use domain::identifier::{Identifier, Username};
use domain::limits::PASSWORD_ATTEMPTS;
use domain::password::Password;
use domain::time::Timestamp;
use domain::token::password::{self as token, Claims};
use runtime::aws::Aws;
use runtime::http::{self, Body, Request, Response};
use runtime::key_rings::KeyRings;
use runtime::resources::KeyRingName;
use runtime::server_error::ServerError;
use runtime::telemetry;
use serde::{Deserialize, Serialize};
use store::Users;
use surfaces::fence;
use surfaces::password::{self, Apis, OrganizationUsers, Organizations, Refusal, cookie};
use surfaces::password_check::{Credentials, PasswordCheck, Passwords};

pub struct State {
    apis: Apis,
    organizations: Organizations,
    users: Users,
    passwords: Passwords,
    access_keys: KeyRings,
    /// How long a token is valid.
    lifetime: Duration,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self {
            apis: Apis::new(aws.config())?,
            organizations: Organizations::new(aws)?,
            users: Users::new(aws)?,
            passwords: Passwords::new(aws)?,
            access_keys: KeyRings::new(aws, KeyRingName::PasswordAccess)?,
            lifetime: password::token_lifetime(aws.config())?,
        })
    }
}

#[derive(Deserialize)]
struct Login {
    username: String,
    password: String,
}

impl Login {
    fn credentials(self) -> Result<(Identifier, Password), Refusal> {
        let username = Username::parse(&self.username);
        let password = Password::parse(self.password);
        match (username, password) {
            (Ok(username), Ok(password)) => Ok((Identifier::Username(username), password)),
            (Err(_), _) | (_, Err(_)) => Err(Refusal::CredentialsRequired),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LoggedIn<'a> {
    token: &'a str,
    expires_in: u64,
    token_type: &'static str,
}

/// Exchanges user name and password for a token. An unknown user or organization takes the same steps.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    let api = state.apis.of(&request)?;
    let id = password::organization_id(&request)?;
    let (identifier, password) = http::json::<Login>(&request)?.credentials()?;
    let organization = state.organizations.find(&id, now).await?;
    fence::require_over(organization.as_ref().and_then(|found| found.valid_after), now)?;
    // An unknown organization is treated as one with the default settings.
    let limit = organization.as_ref().map(|found| found.password_attempts);
    let limit = limit.unwrap_or(PASSWORD_ATTEMPTS.default());

    let exists = organization.is_some();
    let accounts = OrganizationUsers { users: &state.users, organization: &id, exists };
    let credentials = Credentials { realm: id.clone(), identifier, password };
    let login = match state.passwords.check(&accounts, credentials, limit, now).await? {
        PasswordCheck::Right(login) => login,
        PasswordCheck::Wrong => {
            if !exists {
                telemetry::failed_step("ORGANIZATION_UNKNOWN");
            }
            return Err(Refusal::InvalidCredentials);
        }
        PasswordCheck::SignOutNotOver { retry_after } => {
            return Err(ServerError::SignOutNotOver { retry_after }.into());
        }
        PasswordCheck::OverLimit { retry_after } => {
            return Err(Refusal::RateLimited { retry_after });
        }
    };
    tokio::join!(state.passwords.take_back(&login), state.passwords.rehash(&accounts, &login));

    let claims = Claims::new(&login.user, api, state.lifetime, now);
    let keys = state.access_keys.current(now).await?;
    let token = token::sign(&claims, &keys).map_err(anyhow::Error::from)?;
    telemetry::count("PasswordAccepted", ("surface", "password"), now);
    let expires_in = state.lifetime.as_secs();
    let body = LoggedIn { token: token.expose(), expires_in, token_type: "Bearer" };
    let mut response = http::reply(200, &body);
    if organization.is_some_and(|organization| organization.password_cookie) {
        cookie::set(&mut response, api, &token, state.lifetime, now);
    }
    Ok(response)
}
