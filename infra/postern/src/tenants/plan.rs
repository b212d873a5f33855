//! What has to change so that a deployment is as a file says.

use std::collections::BTreeSet;

use domain::id::PartnerId;
use domain::partner::Connection as Connected;
use registry::{Cursor, Page, Registered};
use serde::Serialize;
use serde_json::{Map, Value};

use super::file::{Client, Connection, Organization, Partner, Tenants};
use crate::failure::Result;
use crate::operator::Operator;
use crate::output::Record;

/// A change, with what it needs to be made.
pub(super) enum Step {
    CreatePartner(Partner),
    SwitchPartner(Partner),
    CreateClient(Client),
    SwitchClient(Client),
    CreateOrganization(Organization),
    UpdateOrganization(Organization),
    /// The rest of the organization stays as it is by then.
    DisableOrganization(Organization),
    Connect {
        organization: Organization,
        replaced: Option<Connected>,
        connection: Connection,
    },
    Disconnect {
        organization: Organization,
        seen: Connected,
    },
}

/// A step, as the plan shows it.
#[derive(Serialize)]
pub(super) struct Planned {
    #[serde(skip)]
    pub(super) step: Step,
    action: &'static str,
    kind: &'static str,
    id: String,
    name: Option<String>,
    /// `setting: before → after`.
    changes: Vec<String>,
    /// The command that prints the secret, which the file doesn't have.
    then: Option<String>,
}

/// The steps in their order, and what no command can change.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) steps: Vec<Planned>,
    pub(super) impossible: Vec<String>,
}

impl Record for Planned {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("id", self.id.clone()),
            ("action", self.action.to_owned()),
            ("what", self.kind.to_owned()),
            ("name", self.name.clone().unwrap_or_default()),
            ("changes", self.changes.join("; ")),
            ("then", self.then.clone().unwrap_or_default()),
        ]
    }
}

impl Plan {
    /// Compares a deployment with a file. Strongly consistent, but for what only `prune` finds: things that
    /// the file doesn't name.
    pub(super) async fn of(tenants: &Tenants, prune: bool, operator: &Operator) -> Result<Self> {
        let mut plan = Self::default();
        let mut partners = BTreeSet::new();
        for wanted in &tenants.partners {
            plan.partner(wanted, operator).await?;
            if !wanted.disabled {
                partners.insert(&wanted.id.0);
            }
        }
        for wanted in &tenants.clients {
            plan.client(wanted, operator).await?;
        }
        for wanted in &tenants.organizations {
            let found = operator.organizations()?.find(&wanted.id.0).await?;
            plan.organization(wanted, found.as_ref());
            plan.connection(wanted, found, &partners, tenants, operator).await?;
        }
        if prune {
            plan.prune(tenants, operator).await?;
        }
        Ok(plan)
    }

    fn add(&mut self, step: Step, action: &'static str, changes: Vec<String>) {
        let text = |id: &str, name: Option<&String>| (id.to_owned(), name.cloned());
        let (kind, (id, name)) = match &step {
            Step::CreatePartner(it) | Step::SwitchPartner(it) => {
                ("partner", text(it.id.0.as_str(), Some(&it.name.0)))
            }
            Step::CreateClient(it) | Step::SwitchClient(it) => {
                ("client", text(it.id.0.as_str(), None))
            }
            Step::CreateOrganization(it)
            | Step::UpdateOrganization(it)
            | Step::DisableOrganization(it) => {
                ("organization", text(it.id.0.as_str(), Some(&it.name.0)))
            }
            Step::Connect { organization: it, .. } | Step::Disconnect { organization: it, .. } => {
                ("connection", text(it.id.0.as_str(), Some(&it.name.0)))
            }
        };
        let then = match &step {
            Step::CreatePartner(_) => Some(format!("postern partner rotate-secret {id}")),
            Step::CreateClient(_) => Some(format!("postern client rotate-token {id}")),
            Step::Connect { .. } => Some(format!("postern organization rotate-secret {id}")),
            Step::CreateOrganization(_) => {
                Some(format!("postern api-key create --organization {id}"))
            }
            _ => None,
        };
        self.steps.push(Planned { step, action, kind, id, name, changes, then });
    }

    async fn partner(&mut self, wanted: &Partner, operator: &Operator) -> Result<()> {
        let found = operator.partners()?.find(&wanted.id.0).await?;
        let Some(found) = found.as_ref().map(Partner::from) else {
            self.add(Step::CreatePartner(wanted.clone()), "create", Vec::new());
            return Ok(());
        };
        if found.name != wanted.name {
            self.impossible.push(format!("the name of partner {} can't be changed", wanted.id.0));
        } else if found.disabled != wanted.disabled {
            self.switch(Step::SwitchPartner(wanted.clone()), wanted.disabled);
        }
        Ok(())
    }

    async fn client(&mut self, wanted: &Client, operator: &Operator) -> Result<()> {
        let found = operator.clients()?.find(&wanted.id.0).await?;
        let Some(found) = found.as_ref().map(Client::from) else {
            self.add(Step::CreateClient(wanted.clone()), "create", Vec::new());
            return Ok(());
        };
        let id = &wanted.id.0;
        if (found.reads_user_info, found.form()) != (wanted.reads_user_info, wanted.form()) {
            self.impossible.push(format!("what client {id} reads of user info can't be changed"));
        } else if found.disabled != wanted.disabled {
            self.switch(Step::SwitchClient(wanted.clone()), wanted.disabled);
        }
        Ok(())
    }

    fn switch(&mut self, step: Step, disabled: bool) {
        self.add(step, if disabled { "disable" } else { "enable" }, Vec::new());
    }

    /// The settings of an organization, and the scopes of a connection that stays.
    fn organization(&mut self, wanted: &Organization, found: Option<&Registered>) {
        let Some(found) = found.map(Organization::from) else {
            self.add(Step::CreateOrganization(wanted.clone()), "create", Vec::new());
            return;
        };
        let mut wanted = wanted.canonical();
        if found.sandbox != wanted.sandbox {
            let id = &wanted.id.0;
            self.impossible.push(format!(
                "organization {id} is a sandbox from its creation on, with its end, or never"
            ));
            return;
        }
        // Another partner is another connection, and one that the file doesn't name stays without `prune`.
        let partner = |it: &Organization| it.connection.as_ref().map(|it| it.partner.clone());
        if partner(&wanted) != partner(&found) {
            wanted.connection.clone_from(&found.connection);
        }
        let changes = differences(&found, &wanted);
        if !changes.is_empty() {
            self.add(Step::UpdateOrganization(wanted), "update", changes);
        }
    }

    async fn connection(
        &mut self,
        wanted: &Organization,
        found: Option<Registered>,
        enabled: &BTreeSet<&PartnerId>,
        tenants: &Tenants,
        operator: &Operator,
    ) -> Result<()> {
        let Some(connection) = wanted.connection.clone() else { return Ok(()) };
        let replaced = found.and_then(|found| found.connection);
        let partner = &connection.partner.0;
        if replaced.as_ref().is_some_and(|it| it.partner == *partner) {
            return Ok(());
        }
        let is_named = tenants.partners.iter().any(|it| it.id.0 == *partner);
        let stands = async || -> Result<bool> {
            let found = operator.partners()?.find(partner).await?;
            Ok(found.is_some_and(|found| !found.disabled))
        };
        if !enabled.contains(partner) && (is_named || !stands().await?) {
            self.impossible.push(format!(
                "organization {} can't be connected to partner {partner}, which is disabled or doesn't exist",
                wanted.id.0
            ));
            return Ok(());
        }
        let before = replaced.as_ref().map_or("none", |it| it.partner.as_str());
        let mut changes = vec![format!("partner: {before} → {partner}")];
        if replaced.is_some() {
            changes.push("the secret before ends".to_owned());
        }
        let scopes: Vec<_> = connection.scopes.iter().map(|it| it.0.as_str()).collect();
        changes.push(format!("scopes: {}", scopes.join(", ")));
        let organization = wanted.clone();
        self.add(Step::Connect { organization, replaced, connection }, "connect", changes);
        Ok(())
    }

    /// What the deployment has and the file doesn't name. Nothing is deleted.
    async fn prune(&mut self, tenants: &Tenants, operator: &Operator) -> Result<()> {
        let (organizations, partners, clients) =
            (operator.organizations()?, operator.partners()?, operator.clients()?);
        for found in all(async |from| organizations.page(from).await).await? {
            let it = Organization::from(&found);
            let named = tenants.organizations.iter().find(|named| named.id == it.id);
            match (named, found.connection) {
                (None, _) if !it.disabled => {
                    self.add(Step::DisableOrganization(it), "disable", Vec::new());
                }
                (Some(named), Some(seen)) if named.connection.is_none() => {
                    let changes = vec![format!("partner: {} → none", seen.partner)];
                    self.add(Step::Disconnect { organization: it, seen }, "disconnect", changes);
                }
                _ => {}
            }
        }
        for found in all(async |from| partners.page(from).await).await? {
            let it = Partner::from(&found);
            if !it.disabled && !tenants.partners.iter().any(|named| named.id == it.id) {
                self.switch(Step::SwitchPartner(Partner { disabled: true, ..it }), true);
            }
        }
        for found in all(async |from| clients.page(from).await).await? {
            let it = Client::from(&found);
            if !it.disabled && !tenants.clients.iter().any(|named| named.id == it.id) {
                self.switch(Step::SwitchClient(Client { disabled: true, ..it }), true);
            }
        }
        Ok(())
    }
}

/// The items of all pages.
pub(super) async fn all<T>(
    mut page: impl AsyncFnMut(Option<Cursor>) -> anyhow::Result<Page<T>>,
) -> Result<Vec<T>> {
    let (mut all, mut from) = (Vec::new(), None);
    loop {
        let Page { items, next } = page(from).await?;
        all.extend(items);
        if next.is_none() {
            return Ok(all);
        }
        from = next;
    }
}

/// The settings that differ, as the file has them.
fn differences(before: &Organization, after: &Organization) -> Vec<String> {
    let (before, after) = (members(before), members(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let text = |value: Option<&Value>| match value {
        None => "default".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let differing = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    let told =
        |name: &String| format!("{name}: {} → {}", text(before.get(name)), text(after.get(name)));
    differing.map(told).collect()
}

fn members(of: &Organization) -> Map<String, Value> {
    match serde_json::to_value(of) {
        Ok(Value::Object(members)) => members,
        // A structure with texts as names is always an object.
        Ok(_) | Err(_) => Map::new(),
    }
}
