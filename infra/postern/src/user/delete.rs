//! `postern user delete`.

use domain::id::UserId;
use registry::Users;
use runtime::clock;

use super::UserArgument;
use super::argument::{Named, matching};
use crate::deletion::{View, note_rest};
use crate::failure::{Result, refused};
use crate::operator::Operator;
use crate::output::Output;

/// Deletes a user, or completes a deletion that was cut off.
pub(super) async fn delete(
    operator: &Operator,
    output: &Output,
    user: &UserArgument,
) -> Result<()> {
    let (users, organization) = (operator.users()?, &user.of.organization);
    let id = if let Some(id) = half_deleted(&users, user).await? {
        id
    } else {
        let id = user.find(operator).await?.user.id;
        operator
            .confirm(&format!(
                "User {id} of organization {organization} will be deleted, and can't be restored without \
                 an export or a backup"
            ))
            .await?;
        id
    };
    match users.delete(organization, &id, clock::now).await? {
        Some(deleted) => {
            output.record(&View::new(&id, deleted))?;
            note_rest();
            Ok(())
        }
        None => refused(format!("user {id} of organization {organization} not found")),
    }
}

/// The user whom nobody else has the name of, and whose tombstone is there.
async fn half_deleted(users: &Users, user: &UserArgument) -> Result<Option<UserId>> {
    let (organization, named) = (&user.of.organization, user.named());
    if !matching(users, &user.of, &named).await?.is_empty() {
        return Ok(None);
    }
    let id = match &named {
        Named::Id(id) => Some(id.clone()),
        Named::Anyhow(text) => UserId::parse(text).ok(),
        Named::Identifier(_) => None,
    };
    if let Some(id) = id
        && users.deleted(organization, &id).await?.is_some()
    {
        return Ok(Some(id));
    }
    for identifier in named.identifiers() {
        let identity = users.identity(organization, &identifier, clock::now()).await?;
        if let Some(id) = users.half_deleted(organization, &identity).await? {
            return Ok(Some(id));
        }
    }
    Ok(None)
}
