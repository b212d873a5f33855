//! Clients and users of the identity provider that are always there.

use anyhow::{Context, Result, ensure};
use domain::id::NumericId;
use platform::aws::Aws;
use platform::sso::{Registry, Roster};
use platform::store::{Enrolment, SsoUsers};
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

/// Enrols clients and users.
pub(crate) struct Exchange {
    registry: Registry,
    users: SsoUsers,
}

impl Exchange {
    pub(super) fn new(aws: &Aws) -> Result<Self> {
        Ok(Self { registry: Registry::new(aws)?, users: aws.sso_users()? })
    }

    /// Enrols who is always there. Doing it again changes nothing.
    pub(super) async fn create(&self) -> Result<()> {
        self.enrol(&serde_json::from_str(ROSTER).context("exchange.json")?).await
    }

    /// Enrols everybody in a roster.
    pub(crate) async fn enrol(&self, roster: &Roster) -> Result<()> {
        for client in &roster.clients {
            let enrolment = self.registry.enrol_client(client).await?;
            ensure_there(enrolment).with_context(|| format!("client {}", client.client_id))?;
        }
        for user in &roster.users {
            let enrolment = self.registry.enrol_user(user, clock::now()).await?;
            ensure_there(enrolment).with_context(|| format!("user {}", user.id))?;
        }
        Ok(())
    }

    /// Shuts a user's account for good.
    pub(crate) async fn delete(&self, user: NumericId) -> Result<()> {
        self.users.delete(user, clock::now()).await
    }
}

fn ensure_there(enrolment: Enrolment) -> Result<()> {
    ensure!(enrolment != Enrolment::IdTaken, "another user has this id");
    ensure!(enrolment != Enrolment::EmailTaken, "another user has this email");
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
