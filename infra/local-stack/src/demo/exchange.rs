//! Demo clients and users of the identity provider.

use anyhow::{Context, Result, ensure};
use domain::id::NumericId;
use registry::{Realm, Roster, SsoCreation, SsoUsers};
use runtime::aws::Aws;
use serde::Serialize;

use crate::clock;

const ROSTER: &str = include_str!("exchange.json");

/// The first client and the first user of the roster, for the announcement and the console.
#[derive(Serialize)]
pub(crate) struct Walkthrough {
    pub(crate) client_id: &'static str,
    pub(crate) token: &'static str,
    pub(crate) email: &'static str,
    pub(crate) password: &'static str,
}

pub(crate) const WALKTHROUGH: Walkthrough = Walkthrough {
    client_id: "18550",
    token: "demo-client-token",
    email: "xyz@example.com",
    password: "demo-password-1",
};

/// Creates clients and users.
pub(crate) struct Exchange {
    realm: Realm,
    users: SsoUsers,
}

impl Exchange {
    pub(super) fn new(aws: &Aws) -> Result<Self> {
        Ok(Self { realm: Realm::new(aws)?, users: SsoUsers::new(aws)? })
    }

    /// Creates the demo clients and users. Repeating it changes nothing.
    pub(super) async fn create(&self) -> Result<()> {
        self.import(&serde_json::from_str(ROSTER).context("exchange.json")?).await
    }

    /// Creates the clients and users in a roster.
    pub(crate) async fn import(&self, roster: &Roster) -> Result<()> {
        for client in &roster.clients {
            // A conflict means that the client already exists.
            let _ = self.realm.create_client(client).await?;
        }
        for user in &roster.users {
            let creation = self.realm.create_user(user, clock::now()).await?;
            ensure_exists(creation).with_context(|| format!("user {}", user.id))?;
        }
        Ok(())
    }

    /// Deletes a user.
    pub(crate) async fn delete(&self, user: NumericId) -> Result<()> {
        self.users.delete(user, clock::now).await.map(drop)
    }
}

fn ensure_exists(creation: SsoCreation) -> Result<()> {
    ensure!(creation != SsoCreation::IdTaken, "this id exists already, with another email address");
    ensure!(creation != SsoCreation::EmailTaken, "another user already has this email address");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walkthrough_is_of_the_first_client_and_user_of_the_roster() {
        let roster: Roster = serde_json::from_str(ROSTER).unwrap();
        let (client, user) = (&roster.clients[0], &roster.users[0]);
        assert_eq!(client.client_id.as_str(), WALKTHROUGH.client_id);
        assert_eq!(client.token.expose(), WALKTHROUGH.token);
        assert_eq!(user.email.as_str(), WALKTHROUGH.email);
        assert!(user.password.is_some());
    }
}
