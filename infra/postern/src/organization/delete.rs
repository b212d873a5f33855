//! `postern organization delete`.

use std::time::Duration;

use domain::id::OrganizationId;
use registry::{Begun, Deleted, OrganizationDeletion, Swept};
use runtime::clock;
use tokio::time::Instant;

use super::OrganizationArgument;
use crate::deletion::{View, note_rest};
use crate::failure::{Result, refused};
use crate::operator::Operator;
use crate::output::{Output, note};

/// How often a line tells the progress.
const INTERVAL: Duration = Duration::from_secs(10);

/// How often it begins again while others change the organization.
const ATTEMPTS: usize = 5;

/// Deletes an organization with its users, or completes a deletion that was cut off.
pub(super) async fn delete(
    operator: &Operator,
    output: &Output,
    OrganizationArgument { id }: &OrganizationArgument,
) -> Result<()> {
    let (organizations, deletion) =
        (operator.organizations()?, operator.open(OrganizationDeletion::new)?);
    match organizations.find(id).await? {
        Some(registered) if !registered.deleting => {
            let name = registered.organization.name;
            operator
                .confirm(&format!(
                    "{name} ({id}) will be deleted with all its users, and can't be restored without an export \
                     or a backup; its id can't be used again"
                ))
                .await?;
        }
        Some(_) | None => {}
    }
    let mut swept = Swept::default();
    for _ in 0..ATTEMPTS {
        let begun = deletion.begin(id).await?;
        if begun == Begun::NotFound {
            return refused(format!("organization {id} not found"));
        }
        sweep(&deletion, id, &mut swept).await?;
        if deletion.finish(id, clock::now()).await? {
            return print(output, id, organizations.deleted(id).await?, &swept);
        }
    }
    refused(format!(
        "other operators change organization {id} at the same time; run `postern organization delete {id}` again"
    ))
}

/// Deletes users until a whole pass finds none.
async fn sweep(
    deletion: &OrganizationDeletion,
    id: &OrganizationId,
    swept: &mut Swept,
) -> Result<()> {
    let mut told_at = Instant::now();
    loop {
        let (before, mut from) = (*swept, None);
        loop {
            let (done, next) = deletion.sweep(id, from, clock::now()).await?;
            swept.users += done.users;
            swept.pointers += done.pointers;
            if told_at.elapsed() >= INTERVAL {
                note(format!("{} users and {} identifiers deleted", swept.users, swept.pointers));
                told_at = Instant::now();
            }
            from = next;
            if from.is_none() {
                break;
            }
        }
        if *swept == before {
            return Ok(());
        }
    }
}

fn print(
    output: &Output,
    id: &OrganizationId,
    deleted: Option<Deleted>,
    swept: &Swept,
) -> Result<()> {
    let Some(deleted) = deleted else { return refused(format!("organization {id} not found")) };
    output.record(&View::new(&id, deleted).with_users(swept.users))?;
    note("instances that have the organization cached know it for up to a minute");
    note_rest();
    Ok(())
}
