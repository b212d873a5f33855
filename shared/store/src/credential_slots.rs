//! The two slots of a secret in an item: one for the secret in use, one for its successor.

use domain::credential::{Credential, Credentials};

use crate::item::{Item, string};

/// The item and the attributes of the two slots.
pub struct Slots {
    pub pk: String,
    pub current: &'static str,
    pub next: &'static str,
}

impl Slots {
    pub fn read(&self, item: &Item) -> anyhow::Result<Credentials> {
        let next = item.some_text(self.next)?.map(Credential::parse).transpose()?;
        Ok(Credentials { current: Credential::parse(item.text(self.current)?)?, next })
    }

    pub fn fill(&self, item: Item, credentials: &Credentials) -> Item {
        item.with(self.current, string(credentials.current.text()))
            .with_some(self.next, credentials.next.as_ref().map(|next| string(next.text())))
    }
}
