//! Tokens for the demo data, good ones and those that a caller must see refused: expired, of another
//! organization, or signed with a key that is not ours.

use std::time::Duration;

use anyhow::{Context, Result};
use domain::id::{ApiName, FamilyId, NumericId, OrganizationId, PartnerId, UserId};
use domain::key::KeyRing;
use domain::scope::Scopes;
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::signing_ring::SigningRing;
use domain::token::sso::AccessToken;
use domain::token::{access, partner, password, sso};
use domain::user::User;
use registry::{SigningRings, Users};
use runtime::aws::Aws;
use runtime::config::Config;
use runtime::resources::KeyRingName;
use runtime::secret::StoredSecret;
use serde::Deserialize;
use serde_json::json;
use store::SsoTokens;

use super::clinics::{CLINICS, PARTNER};

/// How long ago an expired token ended.
const PAST: Duration = Duration::from_mins(1);

/// The users of the identity provider in the demo data: the first signs in, the second is another one.
const SSO_USERS: [u64; 2] = [6, 7];

/// A token that a developer asks for.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Wanted {
    surface: Surface,
    #[serde(default)]
    fault: Flaw,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Surface {
    Portal,
    Partner,
    Password,
    Sso,
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Flaw {
    #[default]
    None,
    Expired,
    /// Of the other organization's user or, at the identity provider, of another user.
    Foreign,
    /// Signed with a key that is not ours or, at the identity provider, unknown.
    Forged,
}

/// Makes tokens, with the keys of the stack.
pub(crate) struct Tokens {
    users: Users,
    portal: StoredSecret,
    password: StoredSecret,
    partner: SigningRings,
    sso: SsoTokens,
    api: ApiName,
    password_lifetime: Duration,
    sso_lifetime: Duration,
}

impl Tokens {
    pub(super) fn new(aws: &Aws) -> Result<Self> {
        let config = aws.config();
        Ok(Self {
            users: Users::new(aws)?,
            portal: StoredSecret::new(aws, KeyRingName::PortalAccess)?,
            password: StoredSecret::new(aws, KeyRingName::PasswordAccess)?,
            partner: SigningRings::new(aws)?,
            sso: SsoTokens::new(aws)?,
            api: first_api(config)?,
            password_lifetime: config
                .seconds("PASSWORD_TOKEN_SECONDS", password::DEFAULT_LIFETIME)?,
            sso_lifetime: config.seconds("SSO_TOKEN_SECONDS", sso::DEFAULT_LIFETIME)?,
        })
    }

    pub(crate) async fn mint(&self, wanted: Wanted, now: Timestamp) -> Result<Secret> {
        let flaw = wanted.fault;
        let issued = |lifetime: Duration| match flaw {
            Flaw::Expired => now.minus(lifetime).minus(PAST),
            Flaw::None | Flaw::Foreign | Flaw::Forged => now,
        };
        match wanted.surface {
            Surface::Portal => {
                let user = self.patient(flaw).await?;
                let claims =
                    access::Claims::new(&user, &FamilyId::random(), issued(access::LIFETIME));
                Ok(access::sign(&claims, &keys(&self.portal, flaw).await?)?)
            }
            Surface::Password => {
                let (user, lifetime) = (self.patient(flaw).await?, self.password_lifetime);
                let claims = password::Claims::new(&user, &self.api, lifetime, issued(lifetime));
                Ok(password::sign(&claims, &keys(&self.password, flaw).await?)?)
            }
            Surface::Partner => self.partner(flaw, issued(partner::LIFETIME), now).await,
            Surface::Sso => self.sso(flaw, issued(self.sso_lifetime)).await,
        }
    }

    async fn partner(&self, flaw: Flaw, issued: Timestamp, now: Timestamp) -> Result<Secret> {
        let (organization, user) = person(flaw)?;
        let partner = PartnerId::parse(PARTNER)?;
        let claims = partner::Claims::new(partner, organization, user, Scopes::all(), issued);
        let ring = match flaw {
            Flaw::Forged => Some(SigningRing::first()?),
            Flaw::None | Flaw::Expired | Flaw::Foreign => self.partner.read().await?,
        };
        let ring = ring.context("partners' tokens have no key yet")?;
        let key = ring.signer(now).context("no key signs partners' tokens yet")?;
        Ok(partner::sign(&claims, key)?)
    }

    async fn sso(&self, flaw: Flaw, issued: Timestamp) -> Result<Secret> {
        let token = AccessToken::random();
        let user = SSO_USERS[usize::from(flaw == Flaw::Foreign)];
        if flaw != Flaw::Forged {
            let user = NumericId::try_from(user)?;
            self.sso.issue(&token.digest(), user, self.sso_lifetime, issued).await?;
        }
        Ok(Secret::new(token.expose()))
    }

    async fn patient(&self, flaw: Flaw) -> Result<User> {
        let (organization, user) = person(flaw)?;
        let found = self.users.find(&organization, &user).await?;
        Ok(found.ok_or(Gone)?.user)
    }
}

/// A developer deleted what the token would be of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gone;

impl std::fmt::Display for Gone {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the demo patient was deleted; start the stack again")
    }
}

impl std::error::Error for Gone {}

/// The patient of the first demo organization or, for a foreign token, of the second.
fn person(flaw: Flaw) -> Result<(OrganizationId, UserId)> {
    let clinic = &CLINICS[usize::from(flaw == Flaw::Foreign)];
    let user = clinic.users.first().context("the demo organization has no user")?;
    Ok((OrganizationId::parse(clinic.id)?, UserId::parse(user.id)?))
}

/// The ring in the secret or, for a forged token, other bytes under the name of its current key.
async fn keys(secret: &StoredSecret, flaw: Flaw) -> Result<KeyRing> {
    let ring: KeyRing = secret.read().await?.context("the key ring is empty")?;
    if flaw != Flaw::Forged {
        return Ok(ring);
    }
    let other = [Secret::random(), Secret::random(), Secret::random()];
    let key: String = other.iter().map(Secret::expose).collect();
    let key = key.replace(|char: char| !char.is_ascii_alphanumeric(), "A");
    let key = key.get(..88).context("a random secret is too short")?;
    Ok(serde_json::from_value(json!({ "kid": ring.current.kid, "key": key }))?)
}

fn first_api(config: &Config) -> Result<ApiName> {
    let names = config.required("PASSWORD_API_NAMES")?;
    let first = names.split(',').map(str::trim).find(|name| !name.is_empty());
    Ok(ApiName::parse(first.context("PASSWORD_API_NAMES is empty")?)?)
}
