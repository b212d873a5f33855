//! Fences: operators end every session, token and code of an organization, or of the identity provider.

use std::time::Duration;

use anyhow::anyhow;
use domain::decide;
use domain::fence::MARGIN;
use domain::id::OrganizationId;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::outage::Unavailable;
use runtime::resources::TableName;
use store::item::{ERASED_AT, Item, instant, is_erased};
use store::organization::{VALID_AFTER, organization_key};
use store::sso_realm::realm_key;
use store::table::{Settled, Table, unresolved};

/// Two fences at once, or a late copy of an earlier one, never move it back.
const MOVES_FORWARD: &str = "(attribute_not_exists(validAfter) OR validAfter < :bound)";

/// How long one try of a sign-out may take, with the SDK's retries. If it took longer, what is issued
/// after its bound could be issued before its write.
const ATTEMPT: Duration = Duration::from_secs(2);

/// How often a sign-out is tried.
const ATTEMPTS: usize = 3;

/// The fences, in the table `organizations`.
#[derive(Clone)]
pub struct Fences {
    table: Table,
}

impl Fences {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Organizations)? })
    }

    /// Ends every session, token and code of an organization that is created at or before the returned
    /// instant; `None` if the organization was not found. Sign-ins are refused until that instant is
    /// over. It is a minute ahead, because functions cache the organization for so long.
    ///
    /// # Errors
    /// The fence may or may not have been set. Repeating it is safe.
    pub async fn organization(
        &self,
        id: &OrganizationId,
        clock: impl Fn() -> Timestamp + Send,
    ) -> anyhow::Result<Option<Timestamp>> {
        let pk = organization_key(id);
        in_time("fence an organization", MARGIN, clock, async |bound| {
            let (exists, is_no_tombstone) =
                ("attribute_exists(pk)", format!("attribute_not_exists({ERASED_AT})"));
            let condition = format!("{exists} AND {is_no_tombstone} AND {MOVES_FORWARD}");
            match self.set(&pk, &condition, bound).await? {
                Settled::Applied => Ok(Some(bound)),
                Settled::Found(Some(found)) if !is_erased(&found)? => {
                    counting(Some(&found), bound).map(Some)
                }
                Settled::Found(_) => Ok(None),
            }
        })
        .await
    }

    /// Ends every access token of the identity provider, likewise. The first fence creates the item.
    pub async fn realm(&self, clock: impl Fn() -> Timestamp + Send) -> anyhow::Result<Timestamp> {
        let pk = realm_key();
        in_time("fence the identity provider", MARGIN, clock, async |bound| {
            match self.set(&pk, MOVES_FORWARD, bound).await? {
                Settled::Applied => Ok(bound),
                Settled::Found(found) => counting(found.as_ref(), bound),
            }
        })
        .await
    }

    async fn set(&self, pk: &str, condition: &str, bound: Timestamp) -> anyhow::Result<Settled> {
        let update = self
            .table
            .update(pk)
            .update_expression("SET validAfter = :bound")
            .condition_expression(condition)
            .expression_attribute_values(":bound", instant(bound));
        let write = self.table.write_update(update).await?;
        self.table.settle(pk, write).await
    }
}

/// The fence that counts: another operator's may be later than ours.
fn counting(found: Option<&Item>, ours: Timestamp) -> anyhow::Result<Timestamp> {
    let stored = found.map_or(Ok(None), |item| item.some_instant(VALID_AFTER))?;
    decide::fence(stored, ours).map_err(unresolved("set a fence"))
}

/// Writes a bound that lies `margin` ahead. A try that takes too long is given up, and the next one
/// reaches ahead of its own time.
pub(crate) async fn in_time<T, F: Future<Output = anyhow::Result<T>> + Send>(
    what: &'static str,
    margin: Duration,
    clock: impl Fn() -> Timestamp + Send,
    write: impl Fn(Timestamp) -> F + Send,
) -> anyhow::Result<T> {
    let mut error = anyhow!(what).context(Unavailable);
    for _ in 0..ATTEMPTS {
        let attempt = write(clock().plus(margin));
        match tokio::time::timeout(ATTEMPT, attempt).await {
            Ok(Ok(written)) => return Ok(written),
            Ok(Err(failed)) => error = failed,
            Err(_) => {}
        }
    }
    Err(error)
}
