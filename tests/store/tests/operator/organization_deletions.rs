//! Organizations are deleted with everything that is stored of them, and no id comes back.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be set up is a failed test")]

use std::collections::BTreeSet;

use domain::credential::Credential;
use domain::id::{OrganizationId, PartnerId};
use domain::scope::Scopes;
use domain::secret::Secret;
use registry::{
    Addition, ApiKeys, Begun, Change, Connections, Creation, Cursor, OrganizationDeletion,
    Registered,
};
use runtime::resources::TableName;
use workbench::portal::Portal;
use workbench::{Fault, NOW, Operation, Plan};

use crate::fixture::{Desk, leads};

impl Desk {
    fn deletion(&self) -> OrganizationDeletion {
        OrganizationDeletion::new(&self.bench.aws).unwrap()
    }

    /// What the command does.
    async fn delete_organization(&self) -> anyhow::Result<usize> {
        let (deletion, id) = (self.deletion(), &self.organization);
        let mut users = 0;
        loop {
            if deletion.begin(id).await? == Begun::NotFound {
                return Ok(0);
            }
            loop {
                let (mut found, mut from): (usize, Option<Cursor>) = (0, None);
                loop {
                    let (swept, next) = deletion.sweep(id, from, NOW).await?;
                    found += swept.users + swept.pointers;
                    users += swept.users;
                    from = next;
                    if from.is_none() {
                        break;
                    }
                }
                if found == 0 {
                    break;
                }
            }
            if deletion.finish(id, NOW).await? {
                return Ok(users);
            }
        }
    }

    /// An organization with a user, a second API key and a connection.
    async fn furnished() -> Self {
        let desk = Self::open().await;
        let user = desk.user(&["a@example.com", "+15550001111"]);
        assert_eq!(desk.create(&user).await.unwrap(), Creation::Created);
        let key = Secret::random().digest();
        let api_keys = ApiKeys::new(&desk.bench.aws).unwrap();
        let added = api_keys.add(&desk.organization, &key, NOW).await.unwrap();
        assert_eq!(added, Addition::Added);
        assert_eq!(desk.connect().await.unwrap(), Change::Made);
        desk
    }

    async fn connect(&self) -> anyhow::Result<Change> {
        let credential = Credential::of(&Secret::random());
        let connections = Connections::new(&self.bench.aws)?;
        let (partner, scopes) = (PartnerId::random(), Scopes::default());
        connections.connect(&self.organization, None, &partner, &credential, &scopes).await
    }

    /// Only the tombstone of the organization names it, and tombstones of users without anything in them.
    async fn assert_erased(&self, what: &str) {
        let organizations = self.bench.organizations().unwrap();
        assert_eq!(organizations.find(&self.organization).await.unwrap(), None, "{what}");
        assert!(organizations.deleted(&self.organization).await.unwrap().is_some(), "{what}");
        let id = self.organization.as_str();
        for table in [TableName::Organizations, TableName::Users] {
            for item in self.bench.scan(table).await.unwrap() {
                if !item.to_string().contains(id) {
                    continue;
                }
                let names: BTreeSet<_> =
                    item.as_object().unwrap().keys().map(String::as_str).collect();
                let kind = item["pk"]["S"].as_str().unwrap().split('#').next().unwrap();
                let left = match kind {
                    "ORG" => Some(["by", "disabled", "erasedAt", "pk", "revision"].to_vec()),
                    "USER" => Some(["by", "closed", "erasedAt", "pk", "revision", "ttl"].to_vec()),
                    _ => None,
                };
                assert_eq!(left.map(BTreeSet::from_iter), Some(names), "{what}: {kind} is left");
            }
        }
    }
}

/// The mark, two API keys of two writes each, the connection, a user, two pointers of two writes each, the
/// tombstone.
const WRITES: usize = 1 + 4 + 1 + 1 + 4 + 1;

#[tokio::test]
async fn an_organization_is_deleted_through_every_fault_of_every_write() {
    for fault in Fault::HIDDEN {
        for write in 0..WRITES {
            let what = format!("{fault:?} at write {write}");
            let desk = Desk::furnished().await;
            desk.bench.strike(fault, write);
            assert_eq!(desk.delete_organization().await.unwrap(), 1, "{what}");
            desk.bench.calm().await.unwrap();
            desk.assert_erased(&what).await;
        }
    }
}

#[tokio::test]
async fn a_deletion_that_was_cut_off_anywhere_is_completed_by_the_next_one() {
    for nth in 0..WRITES {
        let what = format!("write {nth}");
        let desk = Desk::furnished().await;
        assert!(desk.cut_off(nth, desk.delete_organization()).await, "{what}");
        let seen_by_requests = store::Organizations::new(&desk.bench.aws).unwrap();
        let seen = seen_by_requests.find(&desk.organization).await.unwrap();
        assert_eq!(seen.is_some(), nth == 0, "{what}");
        desk.delete_organization().await.unwrap();
        desk.assert_erased(&what).await;
    }
    let desk = Desk::furnished().await;
    assert!(!desk.cut_off(WRITES, desk.delete_organization()).await, "these are all writes");
}

#[tokio::test]
async fn while_it_is_deleted_nothing_else_changes_an_organization() {
    let desk = Desk::furnished().await;
    let (deletion, id) = (desk.deletion(), &desk.organization);
    assert_eq!(deletion.begin(id).await.unwrap(), Begun::Begun);
    let organizations = desk.bench.organizations().unwrap();
    let found = organizations.find(id).await.unwrap().unwrap();
    assert!(found.deleting && found.disabled && found.connection.is_none());
    let enable = |registered: &mut Registered| registered.disabled = false;
    let refused = organizations.update(id, enable).await.unwrap_err();
    assert!(refused.to_string().contains("is being deleted"), "{refused}");
    assert_eq!(desk.connect().await.unwrap(), Change::Conflict);
    assert_eq!(desk.delete_organization().await.unwrap(), 1);
    desk.assert_erased("the end").await;
}

#[tokio::test]
async fn no_id_of_a_deleted_organization_comes_back() {
    for what in ["create", "update", "connect", "disconnect", "fence"] {
        let desk = Desk::open().await;
        let organizations = desk.bench.organizations().unwrap();
        let mut organization = organizations.find(&desk.organization).await.unwrap().unwrap();
        let late = |call: &Operation| call.item == "ORG" && call.is_write();
        desk.bench.follow(Plan::once(Fault::Late, late));
        let desk = match what {
            "create" => {
                organization.organization.id = OrganizationId::random();
                assert!(organizations.create(&organization.organization).await.unwrap());
                Desk { organization: organization.organization.id.clone(), ..desk }
            }
            "update" => {
                let off = |registered: &mut Registered| registered.disabled = true;
                assert!(organizations.update(&desk.organization, off).await.unwrap().is_some());
                desk
            }
            "connect" => {
                assert_eq!(desk.connect().await.unwrap(), Change::Made);
                desk
            }
            "disconnect" => {
                desk.bench.follow(Plan::default());
                assert_eq!(desk.connect().await.unwrap(), Change::Made);
                let found = organizations.find(&desk.organization).await.unwrap().unwrap();
                let connections = Connections::new(&desk.bench.aws).unwrap();
                desk.bench.follow(Plan::once(Fault::Late, late));
                let seen = found.connection.unwrap();
                let done = connections.disconnect(&desk.organization, &seen).await.unwrap();
                assert_eq!(done, Change::Made);
                desk
            }
            _ => {
                desk.bench.fence(&desk.organization, NOW).await.unwrap();
                desk
            }
        };
        desk.bench.follow(Plan::default());
        desk.delete_organization().await.unwrap();
        assert_eq!(desk.bench.deliver_late_calls().await.unwrap(), 1, "{what}");
        desk.assert_erased(what).await;
        let again = domain::organization::Organization {
            id: desk.organization.clone(),
            ..organization.organization
        };
        assert!(!organizations.create(&again).await.unwrap(), "{what}");
        assert_eq!(desk.connect().await.unwrap(), Change::Conflict, "{what}");
        desk.assert_erased(what).await;
    }
}

#[tokio::test]
async fn a_deleted_organization_is_listed_nowhere_and_unknown_everywhere() {
    let portal = Portal::start().await;
    let token = portal.sign_in(NOW).await;
    let key = Secret::new(portal.tenant.api_key.as_str());
    let desk =
        Desk { bench: portal.bench.clone(), organization: portal.tenant.organization.id.clone() };
    assert_eq!(desk.delete_organization().await.unwrap(), 1);
    portal.bench.settle();
    let portal = portal.another_instance();
    for answer in [portal.send(NOW).await, portal.refresh(&token, NOW).await] {
        assert_eq!((answer.status, answer.code()), (404, "NOT_FOUND"));
    }
    assert!(!leads(&desk.bench, &key).await);
    let organizations = desk.bench.organizations().unwrap();
    assert_eq!(organizations.page(None).await.unwrap().items, Vec::new());
    assert_eq!(organizations.ids(None).await.unwrap().items, Vec::new());
    let none = |registered: &mut Registered| registered.disabled = false;
    assert!(organizations.update(&desk.organization, none).await.unwrap().is_none());
}

/// A mark whose deletion never came, of a command that was cut off.
#[tokio::test]
async fn a_pointer_that_another_deletion_has_marked_and_left_is_deleted() {
    let desk = Desk::furnished().await;
    let user = desk.users().page(&desk.organization, None).await.unwrap().items.remove(0);
    // The second write of the release.
    assert!(desk.cut_off(3, desk.move_to(&user, "b@example.com")).await);
    let api_keys = ApiKeys::new(&desk.bench.aws).unwrap();
    let registered = desk.bench.organizations().unwrap().find(&desk.organization).await.unwrap();
    let key = registered.unwrap().api_keys.pop_first().unwrap();
    assert!(desk.cut_off(2, api_keys.retire(&desk.organization, &key)).await);
    desk.delete_organization().await.unwrap();
    desk.assert_erased("the end").await;
}

/// A page has all that is needed.
#[tokio::test]
async fn a_pass_reads_the_table_once_and_writes_once_for_a_user_and_twice_for_a_pointer() {
    let desk = Desk::open().await;
    for n in 0..3 {
        let user = desk.user(&[&format!("{n}@example.com")]);
        assert_eq!(desk.create(&user).await.unwrap(), Creation::Created);
    }
    let (deletion, id) = (desk.deletion(), &desk.organization);
    assert_eq!(deletion.begin(id).await.unwrap(), Begun::Begun);
    let pass = deletion.sweep(id, None, NOW);
    let (swept, mut calls) = desk.bench.operations_of(pass).await;
    let (swept, next) = swept.unwrap();
    assert!((swept.users, swept.pointers, next.is_none()) == (3, 3, true), "{swept:?}");
    calls.sort();
    let mut expected = vec!["Scan "];
    for _ in 0..3 {
        expected.extend(["PutItem USER", "UpdateItem IDENT", "DeleteItem IDENT"]);
    }
    expected.sort_unstable();
    assert_eq!(calls, expected);
    let (swept, calls) = desk.bench.operations_of(deletion.sweep(id, None, NOW)).await;
    assert_eq!((swept.unwrap().0, calls), (registry::Swept::default(), vec!["Scan ".to_owned()]));
}

/// The tombstone's put lands after somebody else's change.
#[tokio::test]
async fn a_deletion_that_lands_late_loses_to_a_change() {
    let desk = Desk::open().await;
    let (deletion, id) = (desk.deletion(), &desk.organization);
    assert_eq!(desk.connect().await.unwrap(), Change::Made);
    assert!(desk.cut_off(1, deletion.begin(id)).await, "it is marked, and still connected");
    let is_put = |call: &Operation| call.item == "ORG" && call.name == "PutItem";
    desk.bench.follow(Plan::always(Fault::Late, is_put));
    assert!(deletion.finish(id, NOW).await.is_err(), "its fate can't be told");
    desk.bench.follow(Plan::default());
    assert_eq!(deletion.begin(id).await.unwrap(), Begun::Begun);
    assert!(desk.bench.deliver_late_calls().await.unwrap() > 0);
    let organizations = desk.bench.organizations().unwrap();
    assert!(organizations.find(id).await.unwrap().is_some(), "it read another revision");
    desk.delete_organization().await.unwrap();
    desk.assert_erased("the end").await;
}
