//! `postern user unlock`.

use domain::identifier::Identity;
use registry::Unlocked;
use runtime::clock;

use super::UserArgument;
use super::argument::matching;
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
    let is_known = !matching(&users, &user.of, &user.named()).await?.is_empty();
    let (user_id, identities) = if is_known {
        let found = user.find(operator).await?;
        let identities = found.identities.keys().map(Identity::stored).collect();
        (Some(found.user.id.to_string()), identities)
    } else {
        let mut identities = Vec::new();
        for identifier in user.named().identifiers() {
            identities.push(users.identity(id, &identifier, now).await?);
        }
        if identities.is_empty() {
            return refused(format!("no user of organization {id} is {}", user.named()));
        }
        note(format!("no user of organization {id} has this identifier"));
        (None, identities)
    };
    let mut all = Unlocked::default();
    for identity in &identities {
        let unlocked = unlocks.unlock(id, identity, now).await?;
        all.sends += unlocked.sends;
        all.passwords += unlocked.passwords;
    }
    output.record(&View::new(user_id, all, now))
}
