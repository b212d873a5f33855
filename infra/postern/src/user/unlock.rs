//! `postern user unlock`.

use domain::identifier::{Email, Identifier, Identity, Phone, Username};
use domain::time::Timestamp;
use registry::Unlocked;
use runtime::clock;

use super::UserArgument;
use crate::failure::{Result, refused};
use crate::operator::Operator;
use crate::output::{Output, note};
use crate::unlock::View;

/// Clears the counters of all identifiers of a user. An identifier that no user has is counted, too, and
/// can be unlocked: a user may be about to get it.
pub(super) async fn unlock(
    operator: &Operator,
    output: &Output,
    user: &UserArgument,
) -> Result<()> {
    let (id, now) = (&user.of.organization, clock::now());
    operator.registered(id).await?;
    let (users, unlocks) = (operator.users()?, operator.unlocks()?);
    let is_known = !users.matching(id, &user.user, now).await?.is_empty();
    let (user_id, identities) = if is_known {
        let found = user.find(operator).await?;
        let identities = found.identities.keys().map(Identity::stored).collect();
        (Some(found.user.id.to_string()), identities)
    } else {
        note(format!("no user of organization {id} has this identifier"));
        (None, identities(operator, user, now).await?)
    };
    let mut all = Unlocked::default();
    for identity in &identities {
        let unlocked = unlocks.unlock(id, identity, now).await?;
        all.sends += unlocked.sends;
        all.passwords += unlocked.passwords;
    }
    output.record(&View::new(user_id, all, now))
}

/// The identities of a text, as identifier of each kind that it may be.
async fn identities(
    operator: &Operator,
    user: &UserArgument,
    now: Timestamp,
) -> Result<Vec<Identity>> {
    let text = &user.user;
    let identifiers = [
        Email::parse(text).ok().map(Identifier::Email),
        Phone::parse(text).ok().map(Identifier::Phone),
        Username::parse(text).ok().map(Identifier::Username),
    ];
    let (users, mut identities) = (operator.users()?, Vec::new());
    for identifier in identifiers.into_iter().flatten() {
        identities.push(users.identity(&user.of.organization, &identifier, now).await?);
    }
    if identities.is_empty() {
        return refused(format!("{text} is not an identifier"));
    }
    Ok(identities)
}
