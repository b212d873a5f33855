//! `RING#identifier`: the fingerprint of the identifier ring. Identities, which are parts of keys of
//! items, are made with its key. With another key, no user would be found any more, and users would be
//! created twice, so operators' commands refuse to work with another key.

use std::sync::OnceLock;

use anyhow::{Context as _, anyhow, ensure};
use domain::fingerprint::Fingerprint;
use domain::key::{Key, KeyBytes};
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::key_rings::KeyRings;
use runtime::outage::Unavailable;
use runtime::resources::{KeyRingName, TableName};
use store::item::{Item, string};
use store::table::{Settled, Table};

const PK: &str = "RING#identifier";

/// The identifier ring, and its stored fingerprint.
pub struct IdentifierRing {
    table: Table,
    keys: KeyRings,
    /// The fingerprint of the key that was verified first.
    verified: OnceLock<Fingerprint>,
}

/// A ring that may be used.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// Its fingerprint is the stored one.
    Same(Fingerprint),
    /// No fingerprint is stored yet.
    First(Fingerprint),
}

impl IdentifierRing {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self {
            table: Table::new(aws, TableName::Organizations)?,
            keys: KeyRings::new(aws, KeyRingName::Identifier)?,
            verified: OnceLock::new(),
        })
    }

    /// The key that makes identities.
    ///
    /// # Errors
    /// Also if it isn't the key that made this deployment's identities.
    pub async fn key(&self, now: Timestamp) -> anyhow::Result<KeyBytes> {
        let key = self.current(now).await?;
        if self.verified.get() != Some(&Fingerprint::of(&key.bytes)) {
            let (Verified::Same(verified) | Verified::First(verified)) = self.verify(now).await?;
            self.verified.get_or_init(|| verified);
        }
        Ok(key.bytes)
    }

    /// Compares the ring with the stored fingerprint.
    ///
    /// # Errors
    /// Also if they differ.
    pub async fn verify(&self, now: Timestamp) -> anyhow::Result<Verified> {
        let key = self.current(now).await?;
        match self.table.get_strong(PK).await? {
            Some(item) => same(&key, &item).map(Verified::Same),
            None => Ok(Verified::First(Fingerprint::of(&key.bytes))),
        }
    }

    /// Stores the ring's fingerprint, unless one is stored.
    ///
    /// # Errors
    /// Also if that of another ring is stored.
    pub async fn store(&self, now: Timestamp) -> anyhow::Result<()> {
        let key = self.current(now).await?;
        let item = Item::new(PK.to_owned())
            .with("kid", string(key.kid.as_str()))
            .with("fingerprint", string(Fingerprint::of(&key.bytes).as_str()));
        let is_first = "attribute_not_exists(pk)";
        let put = self.table.put(item).condition_expression(is_first);
        let write = self.table.write_put(put).await?;
        match self.table.settle(PK, write).await? {
            Settled::Applied => Ok(()),
            Settled::Found(Some(found)) => same(&key, &found).map(drop),
            Settled::Found(None) => {
                Err(anyhow!("store the fingerprint of the identifier ring").context(Unavailable))
            }
        }
    }

    async fn current(&self, now: Timestamp) -> anyhow::Result<Key> {
        let keys = self.keys.current(now).await;
        Ok(keys.context("read the key ring identifier")?.current.clone())
    }
}

/// The fingerprint of the key, if it is the one in the item.
fn same(key: &Key, item: &Item) -> anyhow::Result<Fingerprint> {
    let (found, kid) = (Fingerprint::of(&key.bytes), &key.kid);
    let (expected, expected_kid) = (item.text("fingerprint")?, item.text("kid")?);
    ensure!(
        found.as_str() == expected,
        "the secret {} ({}) has key {kid} with the fingerprint {}, but identities of this deployment are made \
         with key {expected_kid}, whose fingerprint is {expected}: no user would be found. Nothing was changed. \
         Restore the secret's earlier version, or set the variables of the right stack",
        KeyRingName::Identifier.as_str(),
        KeyRingName::Identifier.variable(),
        found.as_str(),
    );
    Ok(found)
}
