//! AWS in one process. The real SDK runs, but without a socket: an embedded DynamoDB, key rings and an
//! inbox answer its calls. A layer between the SDK and DynamoDB can lose, repeat and delay calls. If
//! `AWS_ENDPOINT_URL_DYNAMODB` is set, the calls to DynamoDB go there instead.

mod answer;
mod authors;
mod connections;
mod connector;
mod dynamodb;
mod fault;
mod inbox;
mod logs;
mod mutation;
pub mod portal;
pub mod result_cache;
mod secrets;
mod tenant;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use domain::author::Arn;
use domain::id::{Nonce, UserId};
use domain::request_id::RequestId;
use domain::time::Timestamp;
use futures_util::FutureExt as _;
use runtime::author::{self, Authors};
use runtime::aws::Aws;
use runtime::config::Config;
use runtime::resources::{KeyRingName, TableName};

use self::connections::Connections;
use self::connector::{Connector, lock};
use self::mutation::Mutation;

pub use self::answer::Answer;
pub use self::authors::Change;
pub use self::dynamodb::Dispatch;
pub use self::fault::{Fault, Operation, Plan};
pub use self::inbox::{Inbox, Sent};
pub use self::logs::{LogFault, LogPlan, Logs};
pub use self::secrets::Secrets;
pub use self::tenant::{Patient, Tenant, post};

/// Whom STS would name as the operator.
pub const OPERATOR: &str = "arn:aws:iam::000000000000:user/workbench";

/// A fixed instant that tests start from: 2026-01-02T03:04:05.678Z.
pub const NOW: Timestamp = Timestamp::from_millis(1_767_323_045_678);

/// The AWS services of one deployment, with its own empty tables.
#[derive(Clone)]
pub struct Workbench {
    /// Clients of the services.
    pub aws: Aws,
    /// Sent messages.
    pub inbox: Inbox,
    /// The key rings, which a test can rotate.
    pub secrets: Secrets,
    /// The log group of the audit trail.
    pub logs: Logs,
    connector: Connector,
    functions: Arc<Mutex<Vec<Function>>>,
}

/// An instance of a function, with its own connections.
struct Function {
    name: &'static str,
    aws: Aws,
    connections: Arc<Connections>,
}

impl Workbench {
    /// New tables and keys, without faults.
    pub async fn start() -> anyhow::Result<Self> {
        let (inbox, secrets, logs) = (Inbox::default(), Secrets::default(), Logs::default());
        let connector = Connector {
            dispatch: Dispatch::from_environment()?,
            inbox: inbox.clone(),
            secrets: secrets.clone(),
            logs: logs.clone(),
            mutation: Mutation::from_environment(),
            plan: Arc::default(),
            late: Arc::default(),
            images: Arc::default(),
            connections: Arc::default(),
            changes: Arc::default(),
        };
        let aws = Aws::with_http_client(config(), connector::client(connector.clone()))?;
        let aws =
            aws.written_by(Authors::operator(None, || async { Ok(Arn::parse(OPERATOR)?) }.boxed()));
        let workbench = Self { aws, inbox, secrets, logs, connector, functions: Arc::default() };
        workbench.create_tables().await?;
        Ok(workbench)
    }

    /// Sets the plan that decides about each DynamoDB call from now on. Returns the plan before.
    pub fn follow(&self, plan: Plan) -> Plan {
        std::mem::replace(&mut *lock(&self.connector.plan), plan)
    }

    /// Causes a fault at the `nth` write from now on, counted from 0, once.
    pub fn strike(&self, fault: Fault, nth: usize) {
        self.follow(Plan::at_write(fault, nth));
    }

    /// Ends all faults, delivers late calls, and returns how many there were.
    pub async fn calm(&self) -> anyhow::Result<usize> {
        self.follow(Plan::default());
        self.deliver_late_calls().await
    }

    /// Clients for an instance of a function.
    pub fn function(&self, name: &'static str) -> anyhow::Result<Aws> {
        let connections = Arc::default();
        let connector =
            Connector { connections: Arc::clone(&connections), ..self.connector.clone() };
        let config = self.aws.config().clone();
        let aws = Aws::with_http_client(config, connector::client(connector))?;
        lock(&self.functions).push(Function { name, aws: aws.clone(), connections });
        Ok(aws)
    }

    /// Runs the INIT phase of all functions.
    pub async fn warm(&self) {
        let instances: Vec<_> = lock(&self.functions).iter().map(|it| it.aws.clone()).collect();
        for aws in instances {
            aws.warm().await;
        }
    }

    /// How many connections each function opened to each service so far.
    pub fn connections(&self) -> Vec<(&'static str, BTreeMap<String, usize>)> {
        lock(&self.functions).iter().map(|it| (it.name, it.connections.opened())).collect()
    }

    /// The changes of items since the last call of this, in order. Only the embedded database knows.
    pub async fn changes(&self) -> Vec<Change> {
        std::mem::take(&mut *self.connector.changes.lock().await)
    }

    /// Runs a call of a function as a request with this id, and returns the items that it changed, each
    /// with its author, but for the number of the write.
    pub async fn written_by<F: Future>(
        &self,
        function: &str,
        request_id: &str,
        call: F,
    ) -> (F::Output, Vec<Change>) {
        self.changes().await;
        let output = author::calling(function, [request_id, ""], call).await;
        let mut changes = self.changes().await;
        for change in &mut changes {
            change.by = change.by.split(' ').take(2).collect::<Vec<_>>().join(" ");
        }
        changes.sort_unstable();
        (output, changes)
    }

    /// From now on, every read sees all earlier writes.
    pub fn settle(&self) {
        lock(&self.connector.images).clear();
    }

    /// Delivers all delayed calls, in the order in which they were sent.
    pub async fn deliver_late_calls(&self) -> anyhow::Result<usize> {
        let mut delivered = 0;
        while self.deliver_late_call(0).await? {
            delivered += 1;
        }
        Ok(delivered)
    }

    /// Delivers the `index`th delayed call (modulo their number), if there is one.
    pub async fn deliver_late_call(&self, index: usize) -> anyhow::Result<bool> {
        let late = {
            let mut late = lock(&self.connector.late);
            let index = index.checked_rem(late.len());
            index.map(|index| late.remove(index))
        };
        let Some(late) = late else { return Ok(false) };
        let operation = Operation::parse(&late.target, &late.body)?;
        self.connector.apply(&operation, &late.target, &late.body).await?;
        Ok(true)
    }

    /// All items of one table.
    pub async fn scan(&self, table: TableName) -> anyhow::Result<Vec<serde_json::Value>> {
        let table = self.aws.config().required(table.variable())?;
        let body = serde_json::json!({"TableName": table, "ConsistentRead": true}).to_string();
        let answer = self.connector.dispatch.call("DynamoDB_20120810.Scan", &body).await?;
        let answer: serde_json::Value = serde_json::from_str(&answer.body)?;
        Ok(answer["Items"].as_array().cloned().unwrap_or_default())
    }

    /// Puts a table's items back as `image`, a scan from before, had them.
    pub async fn restore(
        &self,
        table: TableName,
        image: &[serde_json::Value],
    ) -> anyhow::Result<()> {
        self.delete(table, "").await?;
        let table = self.aws.config().required(table.variable())?;
        for item in image {
            let body = serde_json::json!({"TableName": table, "Item": item}).to_string();
            self.connector.dispatch.call("DynamoDB_20120810.PutItem", &body).await?;
        }
        self.settle();
        Ok(())
    }

    /// Deletes every item whose time to live is over. DynamoDB may do so at any time from then on.
    pub async fn expire(&self, table: TableName, now: Timestamp) -> anyhow::Result<()> {
        for item in self.scan(table).await? {
            let ttl = item["ttl"]["N"].as_str().and_then(|ttl| ttl.parse::<i64>().ok());
            if ttl.is_some_and(|ttl| ttl < now.seconds()) {
                self.delete_item(table, &item["pk"]).await?;
            }
        }
        Ok(())
    }

    /// Deletes every item whose key starts with `prefix`, like TTL.
    pub async fn delete(&self, table: TableName, prefix: &str) -> anyhow::Result<()> {
        for item in self.scan(table).await? {
            if item["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with(prefix)) {
                self.delete_item(table, &item["pk"]).await?;
            }
        }
        Ok(())
    }

    /// Puts an item as it is, as a restored backup would.
    pub async fn put_raw(&self, table: TableName, item: &serde_json::Value) -> anyhow::Result<()> {
        let table = self.aws.config().required(table.variable())?;
        let body = serde_json::json!({"TableName": table, "Item": item}).to_string();
        self.connector.dispatch.call("DynamoDB_20120810.PutItem", &body).await.map(drop)
    }

    async fn delete_item(&self, table: TableName, pk: &serde_json::Value) -> anyhow::Result<()> {
        let table = self.aws.config().required(table.variable())?;
        let body = serde_json::json!({"TableName": table, "Key": {"pk": pk}}).to_string();
        self.connector.dispatch.call("DynamoDB_20120810.DeleteItem", &body).await.map(drop)
    }

    async fn create_tables(&self) -> anyhow::Result<()> {
        for table in TableName::ALL {
            self.aws
                .dynamodb()
                .create_table()
                .table_name(self.aws.config().required(table.variable())?)
                .billing_mode(BillingMode::PayPerRequest)
                .attribute_definitions(
                    AttributeDefinition::builder()
                        .attribute_name("pk")
                        .attribute_type(ScalarAttributeType::S)
                        .build()?,
                )
                .key_schema(
                    KeySchemaElement::builder()
                        .attribute_name("pk")
                        .key_type(KeyType::Hash)
                        .build()?,
                )
                .send()
                .await?;
        }
        Ok(())
    }
}

fn config() -> Config {
    // One DynamoDB may serve many workbenches, so each has its own tables.
    let own = UserId::random();
    let tables = TableName::ALL.map(|table| {
        (table.variable().to_owned(), format!("{}-{own}", table.variable().to_lowercase()))
    });
    let secrets = KeyRingName::ALL.map(KeyRingName::variable);
    let secrets = secrets.map(|variable| (variable.to_owned(), variable.to_owned()));
    let fixed = [
        // Two hundred parallel calls may have to wait for a slow emulator.
        ("ATTEMPT_TIMEOUT_MS", "20000"),
        ("AWS_ACCESS_KEY_ID", "workbench"),
        ("AWS_SECRET_ACCESS_KEY", "workbench"),
        ("SENDER_ADDRESS", "no-reply@postern.example"),
        ("PASSWORD_API_NAMES", "patient,crm"),
        ("AUDIT_LOG_GROUP", "audit"),
    ];
    let fixed = fixed.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let region = [("AWS_REGION".to_owned(), region())];
    tables.into_iter().chain(secrets).chain(fixed).chain(region).collect()
}

/// Runs a call of a function's handler. Its writes name it and, unless the test gives the request an id,
/// a random one, as behind API Gateway.
pub async fn called<F: Future>(function: &str, call: F) -> F::Output {
    // A handler's future is large, and a test's stack is not.
    let call = Box::pin(call);
    if author::request_id().is_ok() {
        return call.await;
    }
    let request_id = UserId::random();
    author::calling(function, [request_id.as_str(), ""], call).await
}

/// The nonce of an attempt of a request of its own, for tests that attempt without the handler.
pub fn attempt() -> Nonce {
    let request_id = RequestId::parse(UserId::random().as_str());
    request_id.map_or_else(|_| Nonce::random(), |request_id| Nonce::of_request(&request_id))
}

/// A region that no other workbench has. The SDK stops retrying in a region that fails often, and counts
/// failures for the whole process: faults of one workbench must not change another one.
fn region() -> String {
    static WORKBENCHES: AtomicU64 = AtomicU64::new(1);
    format!("eu-central-{}", WORKBENCHES.fetch_add(1, Ordering::Relaxed))
}

/// Decodes base64url without padding.
pub fn base64url(text: &str) -> anyhow::Result<Vec<u8>> {
    use base64::Engine as _;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text)?)
}

/// Encodes as base64url without padding.
pub fn to_base64url(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}
