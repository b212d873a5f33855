//! Clients and users of the identity provider that are always there.

use anyhow::{Context, Result, ensure};
use domain::id::NumericId;
use registry::{Realm, Roster, SsoCreation, SsoUsers};
use runtime::aws::Aws;
use serde::Serialize;

use crate::clock;

const ROSTER: &str = include_str!("exchange.json");

/// What a first try is made with: the first client and the first user of the roster.
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

    /// Creates who is always there. Doing it again changes nothing.
    pub(super) async fn create(&self) -> Result<()> {
        self.import(&serde_json::from_str(ROSTER).context("exchange.json")?).await
    }

    /// Creates everybody in a roster.
    pub(crate) async fn import(&self, roster: &Roster) -> Result<()> {
        for client in &roster.clients {
            // A conflict: this client is there already.
            let _ = self.realm.create_client(client).await?;
        }
        for user in &roster.users {
            let creation = self.realm.create_user(user, clock::now()).await?;
            ensure_there(creation).with_context(|| format!("user {}", user.id))?;
        }
        Ok(())
    }

    /// Deletes a user's account.
    pub(crate) async fn delete(&self, user: NumericId) -> Result<()> {
        self.users.delete(user, clock::now()).await
    }
}

fn ensure_there(creation: SsoCreation) -> Result<()> {
    ensure!(creation != SsoCreation::IdTaken, "another user has this id");
    ensure!(creation != SsoCreation::EmailTaken, "another user has this email");
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
