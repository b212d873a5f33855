//! The users of one organization, for a password login.

use domain::id::{OrganizationId, UserId};
use domain::identifier::Identity;
use domain::password::PasswordHash;
use domain::time::Timestamp;
use domain::user::User;
use store::Users;

use crate::password_check::Accounts;

/// The users of one organization.
pub struct OrganizationUsers<'u> {
    pub users: &'u Users,
    pub organization: &'u OrganizationId,
    /// Whether the organization was found. If not, the reads are the same, and no user is found.
    pub exists: bool,
}

impl Accounts for OrganizationUsers<'_> {
    type User = User;

    async fn identified(&self, identity: &Identity) -> anyhow::Result<Option<UserId>> {
        self.users.identified(self.organization, identity).await
    }

    async fn find(&self, identity: &Identity, id: &UserId) -> anyhow::Result<Option<User>> {
        let user = self.users.owner(self.organization, identity, id).await?;
        Ok(user.filter(|_| self.exists))
    }

    fn hash(user: &User) -> Option<&PasswordHash> {
        user.password.as_ref()
    }

    fn is_enabled(user: &User) -> bool {
        !user.disabled
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
        self.users.rehash(self.organization, &user.id, old, new).await
    }
}
