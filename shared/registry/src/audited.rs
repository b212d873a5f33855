//! The tables' items as the audit trail sees them.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::audit::image::{Image, Tag};
use domain::audit::table::AuditedTable;
use domain::id::OrganizationId;
use domain::identifier::Identity;
use domain::key::{KeyBytes, KeyRing};
use runtime::aws::Aws;
use runtime::key_rings::NoValue;
use runtime::resources::{KeyRingName, TableName};
use runtime::secret::StoredSecret;
use serde_json::{Value, json};
use store::challenge_item::code_key;
use store::item::Item;
use store::table::Table;

use crate::scan::{Cursor, Filter, Page, scan};

/// Keys of counters, which the trail leaves out.
const COUNTERS: &str = "COUNT#";

/// An item, by what stands for it in lines.
pub struct AuditedItem {
    pub pk: String,
    /// The item.
    pub item: Tag,
    /// Its content.
    pub content: Tag,
}

/// The tables that the trail records.
pub struct AuditedTables {
    tables: Vec<(AuditedTable, Table)>,
    key: StoredSecret,
}

impl AuditedTables {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        let open = |(variable, name)| Ok((name, Table::new(aws, variable)?));
        let tables = TableName::AUDITED.into_iter().map(open).collect::<anyhow::Result<_>>()?;
        Ok(Self { tables, key: StoredSecret::new(aws, KeyRingName::Audit)? })
    }

    /// What stands for the codes of these identities in lines.
    pub async fn codes(
        self,
        organization: &OrganizationId,
        identities: &[Identity],
    ) -> anyhow::Result<Vec<Tag>> {
        let key = self.key().await?;
        let tag = |identity| {
            let pk = code_key(organization, identity);
            Tag::of_item(&key, AuditedTable::Challenges, &pk)
        };
        Ok(identities.iter().map(tag).collect())
    }

    async fn key(&self) -> anyhow::Result<KeyBytes> {
        let ring: Option<KeyRing> = self.key.read().await?;
        Ok(ring.ok_or(NoValue(KeyRingName::Audit.as_str()))?.current.bytes)
    }

    /// Each table, with the key of what stands for its items.
    pub async fn all(self) -> anyhow::Result<Vec<Audited>> {
        let key = self.key().await?;
        let open = |(name, table)| Audited { name, table, key: key.clone() };
        Ok(self.tables.into_iter().map(open).collect())
    }
}

/// One table.
pub struct Audited {
    name: AuditedTable,
    table: Table,
    key: KeyBytes,
}

impl Audited {
    pub fn name(&self) -> AuditedTable {
        self.name
    }

    /// A page of all items. Strongly consistent.
    pub async fn page(&self, from: Option<Cursor>) -> anyhow::Result<Page<AuditedItem>> {
        let page = scan(&self.table, "", Filter { from, ..Filter::default() }).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for item in page.items {
            let pk = item.text("pk")?.to_owned();
            if !pk.starts_with(COUNTERS) {
                items.push(self.read(pk, item)?);
            }
        }
        Ok(Page { items, next: page.next })
    }

    /// An item as it is now; `None` if it is gone.
    pub async fn find(&self, pk: &str) -> anyhow::Result<Option<AuditedItem>> {
        let item = self.table.get_strong(pk).await?;
        item.map(|item| self.read(pk.to_owned(), item)).transpose()
    }

    fn read(&self, pk: String, item: Item) -> anyhow::Result<AuditedItem> {
        let image = image(item)?;
        Ok(AuditedItem {
            item: Tag::of_item(&self.key, self.name, &pk),
            content: Tag::of_image(&self.key, &image)?,
            pk,
        })
    }
}

fn image(item: Item) -> anyhow::Result<Image> {
    let attributes = item.into_attributes().into_iter();
    attributes.map(|(name, value)| Ok((name, json_of(&value)?))).collect()
}

/// An attribute in DynamoDB's JSON, as streams have it.
fn json_of(value: &AttributeValue) -> anyhow::Result<Value> {
    Ok(match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(flag) => json!({ "BOOL": flag }),
        AttributeValue::Null(is_null) => json!({ "NULL": is_null }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        AttributeValue::Ns(numbers) => json!({ "NS": numbers }),
        AttributeValue::B(bytes) => json!({ "B": aws_smithy_types::base64::encode(bytes) }),
        AttributeValue::Bs(all) => {
            let all: Vec<_> = all.iter().map(aws_smithy_types::base64::encode).collect();
            json!({ "BS": all })
        }
        AttributeValue::L(values) => {
            let values: anyhow::Result<Vec<_>> = values.iter().map(json_of).collect();
            json!({ "L": values? })
        }
        AttributeValue::M(map) => {
            let map = map.iter().map(|(name, value)| Ok((name.clone(), json_of(value)?)));
            json!({ "M": map.collect::<anyhow::Result<Image>>()? })
        }
        _ => anyhow::bail!("an attribute is of a type that this version doesn't know"),
    })
}
