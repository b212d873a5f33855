//! What an operator changes: secrets follow one another, organizations are connected anew.

use domain::credential::{Credential, Credentials};
use domain::partner::{Connection, Partner};
use domain::scope::{Scope, Scopes};
use domain::secret::Secret;
use domain::token::jwks::PublicKey;
use registry::{Change, Registered};
use workbench::{Fault, Operation, Plan};

use crate::fixture::{Deployment, NOW, seconds};

fn credential(text: &str) -> Credential {
    Credential::of(&Secret::new(text))
}

fn is_write(operation: &Operation) -> bool {
    operation.is_write()
}

async fn partner(deployment: &Deployment) -> Partner {
    deployment.partner(&deployment.tenant.partner).await.unwrap()
}

#[tokio::test]
async fn a_partner_is_created_once() {
    for fault in Fault::HIDDEN {
        let deployment = Deployment::start().await;
        let id = domain::id::PartnerId::random();
        let credentials = Credentials::single(credential("secret"));
        let new = Partner { id, name: "New".into(), credentials };
        deployment.bench.follow(Plan::once(fault, is_write));
        assert_eq!(deployment.partners.create(&new).await.unwrap(), Change::Made, "{fault:?}");
        deployment.bench.calm().await.unwrap();
        let other =
            Partner { credentials: Credentials::single(credential("other")), ..new.clone() };
        assert_eq!(deployment.partners.create(&other).await.unwrap(), Change::Conflict);
        assert_eq!(deployment.partner(&new.id).await, Some(new));
    }
}

#[tokio::test]
async fn a_partners_secret_follows_another_through_every_fault() {
    for fault in Fault::HIDDEN {
        for write in 0..3 {
            let what = format!("{fault:?} at write {write}");
            let deployment = Deployment::start().await;
            let (partners, new) = (&deployment.partners, credential("new"));
            let held = async || partner(&deployment).await;
            let first = held().await;
            deployment.bench.strike(fault, write);
            for next in [credential("dropped"), new.clone()] {
                let announced = partners.announce_secret(&held().await, &next).await.unwrap();
                assert_eq!(announced, Change::Made, "{what}");
                let Credentials { current, next: stored } = held().await.credentials;
                assert_eq!((current, stored), (first.credentials.current.clone(), Some(next)));
            }
            let promoted = partners.promote_secret(&held().await).await.unwrap();
            assert_eq!(promoted, Change::Made, "{what}");
            deployment.bench.calm().await.unwrap();
            assert_eq!(held().await.credentials, Credentials::single(new), "{what}");
        }
    }
}

#[tokio::test]
async fn an_organizations_secret_follows_another() {
    let deployment = Deployment::start().await;
    let (connections, organization) = (&deployment.connections, &deployment.tenant.organization);
    let token = deployment.ask_token(NOW).await.token();
    let seen = deployment.connection().await.credentials;
    let announced =
        connections.announce_secret(organization, &seen, &credential("the next one")).await;
    assert_eq!(announced.unwrap(), Change::Made);
    let headers = crate::fixture::with(&token, "the next one");
    let id = organization.as_str();
    assert_eq!(deployment.send_validate(id, &headers, NOW).await.status, 200);
    assert_eq!(deployment.validate(&token, NOW).await.status, 200, "the old one, too");
    let seen = deployment.connection().await.credentials;
    let promoted = connections.promote_secret(organization, &seen).await;
    assert_eq!(promoted.unwrap(), Change::Made);
    assert_eq!(deployment.send_validate(id, &headers, NOW).await.status, 200);
    assert_eq!(deployment.validate(&token, NOW).await.step, "ORGANIZATION_SECRET_WRONG");
    assert_eq!(deployment.connection().await.integrated_at, Some(NOW), "stays integrated");
}

#[tokio::test]
async fn an_organizations_secret_follows_another_through_every_fault() {
    for fault in Fault::HIDDEN {
        for write in 0..3 {
            let what = format!("{fault:?} at write {write}");
            let deployment = Deployment::start().await;
            let (connections, organization) =
                (&deployment.connections, &deployment.tenant.organization);
            let held = async || deployment.connection().await.credentials;
            let new = credential("new");
            deployment.bench.strike(fault, write);
            for next in [&credential("dropped"), &new] {
                let seen = held().await;
                let announced = connections.announce_secret(organization, &seen, next);
                assert_eq!(announced.await.unwrap(), Change::Made, "{what}");
            }
            let promoted = connections.promote_secret(organization, &held().await).await;
            assert_eq!(promoted.unwrap(), Change::Made, "{what}");
            deployment.bench.calm().await.unwrap();
            assert_eq!(held().await, Credentials::single(new), "{what}");
        }
    }
}

#[tokio::test]
async fn a_first_connection_survives_every_fault() {
    for fault in Fault::HIDDEN {
        let deployment = Deployment::start().await;
        let organization = deployment.bench.tenant(None).await.unwrap().organization.id;
        let (partner, new) = (&deployment.tenant.partner, credential("new"));
        deployment.bench.strike(fault, 0);
        let connected = deployment
            .connections
            .connect(&organization, None, partner, &new, &Scopes::all())
            .await;
        assert_eq!(connected.unwrap(), Change::Made, "{fault:?}");
        deployment.bench.calm().await.unwrap();
        let connections = store::Connections::new(&deployment.bench.aws).unwrap();
        let held = connections.find(&organization, NOW).await.unwrap().unwrap();
        assert_eq!(held.credentials, Credentials::single(new), "{fault:?}");
    }
}

#[tokio::test]
async fn a_key_is_published_retired_and_withdrawn_through_every_fault() {
    for fault in Fault::HIDDEN {
        for write in 0..3 {
            let deployment = Deployment::start().await;
            let (jwks, what) = (&deployment.jwks, format!("{fault:?} at write {write}"));
            let published = async || deployment.published_keys().await;
            let key = PublicKey::new("AQAB", "AQAB");
            deployment.bench.strike(fault, write);
            jwks.publish(&key).await.unwrap();
            assert_eq!(published().await.find(key.kid(), NOW), Some(&key), "{what}");
            jwks.retire(key.kid(), NOW).await.unwrap();
            assert_eq!(published().await.find(key.kid(), NOW), None, "{what}");
            if write < 2 {
                deployment.bench.calm().await.unwrap();
                assert_eq!(published().await.find(key.kid(), NOW), None, "{what}");
            }
            jwks.withdraw(key.kid()).await.unwrap();
            deployment.bench.calm().await.unwrap();
            let after_all = NOW.plus(seconds(3600));
            assert!(!published().await.removable(after_all).any(|left| *left == key), "{what}");
        }
    }
}

#[tokio::test]
async fn a_leaked_key_is_dropped_through_every_fault_and_a_late_publication_brings_none_back() {
    for fault in Fault::HIDDEN {
        for (retires_in, write) in [(None, 0), (None, 1), (Some(25_000), 1), (Some(25_000), 2)] {
            let deployment = Deployment::start().await;
            let (jwks, what) = (&deployment.jwks, format!("{fault:?} at write {write}"));
            let key = PublicKey::new("AQAB", "AQAB");
            deployment.bench.strike(fault, write);
            jwks.publish(&key).await.unwrap();
            if let Some(later) = retires_in {
                jwks.retire(key.kid(), NOW.plus(seconds(later))).await.unwrap();
            }
            assert!(deployment.published_keys().await.find(key.kid(), NOW).is_some(), "{what}");
            jwks.drop(key.kid(), NOW).await.unwrap();
            jwks.drop(key.kid(), NOW.plus(seconds(60))).await.unwrap();
            deployment.bench.calm().await.unwrap();
            let published = deployment.published_keys().await;
            assert_eq!(published.find(key.kid(), NOW), None, "{what}");
            let an_hour_later = NOW.plus(seconds(3600));
            assert!(published.removable(an_hour_later).any(|left| *left == key), "{what}");
        }
    }
    let deployment = Deployment::start().await;
    deployment.jwks.drop("nobody's", NOW).await.unwrap();
}

#[tokio::test]
async fn who_saw_something_else_changes_nothing() {
    let deployment = Deployment::start().await;
    let (partners, first) = (&deployment.partners, partner(&deployment).await);
    let (one, other) = (credential("one"), credential("other"));
    assert_eq!(partners.promote_secret(&first).await.unwrap(), Change::Conflict, "nothing next");
    assert_eq!(partners.announce_secret(&first, &one).await.unwrap(), Change::Made);
    assert_eq!(partners.announce_secret(&first, &other).await.unwrap(), Change::Conflict);
    let seen = partner(&deployment).await;
    assert_eq!(seen.credentials.next, Some(one));
    assert_eq!(partners.announce_secret(&seen, &other).await.unwrap(), Change::Made, "replaced");
    assert_eq!(partners.promote_secret(&seen).await.unwrap(), Change::Conflict);
    let seen = partner(&deployment).await;
    assert_eq!(partners.promote_secret(&seen).await.unwrap(), Change::Made);
    assert_eq!(partners.announce_secret(&seen, &credential("x")).await.unwrap(), Change::Conflict);
    assert_eq!(partner(&deployment).await.credentials, Credentials::single(other));
}

#[tokio::test]
async fn who_saw_something_else_of_an_organization_changes_nothing_either() {
    let deployment = Deployment::start().await;
    let (connections, organization) = (&deployment.connections, &deployment.tenant.organization);
    let held = async || deployment.connection().await.credentials;
    let announce = async |seen: &Credentials, new: &Credential| {
        connections.announce_secret(organization, seen, new).await.unwrap()
    };
    let promote =
        async |seen: &Credentials| connections.promote_secret(organization, seen).await.unwrap();
    let (first, one, other) = (held().await, credential("one"), credential("other"));
    deployment.bench.follow(Plan::once(Fault::Late, is_write));
    assert_eq!(announce(&first, &one).await, Change::Made);
    assert_eq!(announce(&first, &other).await, Change::Conflict, "there is a next one");
    let seen = held().await;
    assert_eq!(announce(&seen, &other).await, Change::Made, "replaced");
    assert_eq!(announce(&seen, &credential("x")).await, Change::Conflict);
    assert_eq!(promote(&seen).await, Change::Conflict);
    assert_eq!(promote(&held().await).await, Change::Made);
    assert_eq!(deployment.bench.deliver_late_calls().await.unwrap(), 1);
    assert_eq!(held().await, Credentials::single(other));
}

#[tokio::test]
async fn a_late_copy_brings_no_secret_back() {
    let deployment = Deployment::start().await;
    let (partners, first) = (&deployment.partners, partner(&deployment).await);
    let new = credential("new");
    deployment.bench.follow(Plan::once(Fault::Late, is_write));
    assert_eq!(partners.announce_secret(&first, &new).await.unwrap(), Change::Made);
    deployment.bench.follow(Plan::once(Fault::Late, is_write));
    let seen = partner(&deployment).await;
    assert_eq!(partners.promote_secret(&seen).await.unwrap(), Change::Made);
    for write in ["announcement", "promotion"] {
        assert!(deployment.bench.deliver_late_call(0).await.unwrap(), "the {write} is late");
        let held = partner(&deployment).await.credentials;
        assert_eq!(held, Credentials::single(new.clone()), "after the {write}");
    }
}

#[tokio::test]
async fn connecting_anew_survives_every_fault_and_has_to_be_validated_anew() {
    for fault in Fault::HIDDEN {
        let deployment = Deployment::start().await;
        let token = deployment.ask_token(NOW).await.token();
        assert_eq!(deployment.validate(&token, NOW).await.status, 200);
        let old = deployment.connection().await;
        deployment.bench.follow(Plan::once(fault, is_write));
        deployment.reconnect().await;
        deployment.bench.calm().await.unwrap();
        let new = deployment.connection().await;
        assert_ne!(new.id, old.id, "{fault:?}");
        assert_eq!(new.integrated_at, None, "{fault:?}");
        assert_eq!(deployment.validate(&token, NOW).await.status, 200);
    }
}

#[tokio::test]
async fn an_organization_is_connected_only_as_it_was_seen_and_only_if_there_is_one() {
    let deployment = Deployment::start().await;
    let (connections, tenant) = (&deployment.connections, &deployment.tenant);
    let connect = |organization, seen| {
        let (new, scopes) = (credential("new"), Scopes::default());
        async move {
            connections.connect(organization, seen, &tenant.partner, &new, &scopes).await.unwrap()
        }
    };
    let held = deployment.connection().await;
    assert_eq!(connect(&tenant.organization, None).await, Change::Conflict, "it has one");
    assert_eq!(connect(&tenant.organization, Some(&held)).await, Change::Made);
    assert_eq!(connect(&tenant.organization, Some(&held)).await, Change::Conflict, "another now");
    let nobody = domain::id::OrganizationId::random();
    assert_eq!(connect(&nobody, None).await, Change::Conflict);
    assert_eq!(connect(&nobody, Some(&held)).await, Change::Conflict);
    assert_eq!(
        store::Connections::new(&deployment.bench.aws).unwrap().find(&nobody, NOW).await.unwrap(),
        None
    );
    assert!(deployment.connection().await.scopes.is_empty());
}

#[tokio::test]
async fn a_sandbox_is_connected_until_its_end() {
    let deployment = Deployment::start().await;
    let ends_at = NOW.plus(seconds(10));
    let sandbox = deployment.bench.sandbox(Some(ends_at)).await.unwrap().organization.id;
    let (partner, new, scopes) = (&deployment.tenant.partner, credential("new"), Scopes::all());
    let connected = deployment.connections.connect(&sandbox, None, partner, &new, &scopes);
    assert_eq!(connected.await.unwrap(), Change::Made);
    let connections = store::Connections::new(&deployment.bench.aws).unwrap();
    assert!(connections.find(&sandbox, NOW).await.unwrap().is_some());
    assert!(connections.find(&sandbox, ends_at).await.unwrap().is_none());
}

#[tokio::test]
async fn a_published_key_retires_once_and_publishing_it_again_does_not_bring_it_back() {
    let deployment = Deployment::start().await;
    let jwks = &deployment.jwks;
    let kid = deployment.kids(NOW).await.remove(0);
    let published = async || deployment.published_keys().await;
    let key = published().await.find(&kid, NOW).unwrap().clone();
    jwks.withdraw(&kid).await.unwrap();
    assert!(published().await.find(&kid, NOW).is_some(), "not withdrawn while it may sign");
    jwks.retire(&kid, NOW).await.unwrap();
    jwks.retire(&kid, NOW.plus(seconds(1))).await.unwrap();
    jwks.publish(&key).await.unwrap();
    let an_hour_later = NOW.plus(seconds(3600));
    let retired: Vec<_> = published().await.removable(an_hour_later).cloned().collect();
    assert_eq!(retired, [key], "the first instant counts");
    jwks.retire("nobody's", NOW).await.unwrap();
    jwks.withdraw("nobody's").await.unwrap();
    jwks.withdraw(&kid).await.unwrap();
    assert_eq!(published().await, domain::token::jwks::PublishedKeys::default());
}

/// Sets what the partner of an organization may do, as an operator does.
async fn allow(deployment: &Deployment, scopes: &Scopes) -> anyhow::Result<Option<Registered>> {
    let change = |registered: &mut Registered| {
        if let Some(connection) = &mut registered.connection {
            connection.scopes.clone_from(scopes);
        }
    };
    deployment.bench.organizations()?.update(&deployment.tenant.organization, change).await
}

#[tokio::test]
async fn scopes_are_changed_through_every_fault_and_nothing_else_of_the_connection() {
    for fault in Fault::HIDDEN {
        let deployment = Deployment::start().await;
        let before = deployment.connection().await;
        for scopes in [[Scope::ReadUser].into_iter().collect(), Scopes::default(), Scopes::all()] {
            deployment.bench.follow(Plan::once(fault, is_write));
            let changed = allow(&deployment, &scopes).await.unwrap().unwrap();
            deployment.bench.calm().await.unwrap();
            let after = deployment.connection().await;
            assert_eq!(changed.connection.as_ref(), Some(&after), "{fault:?}");
            assert_eq!(after, Connection { scopes, ..before.clone() }, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_scope_that_was_taken_back_integrates_nobody() {
    let deployment = Deployment::start().await;
    let token = deployment.ask_token(NOW).await.token();
    let narrower = [Scope::ReadUser].into_iter().collect();
    assert!(allow(&deployment, &narrower).await.unwrap().is_some());
    assert_eq!(deployment.validate(&token, NOW).await.step, "SCOPE_MISSING");
    assert_eq!(deployment.connection().await.integrated_at, None);
    assert!(allow(&deployment, &Scopes::all()).await.unwrap().is_some());
    assert_eq!(deployment.validate(&token, NOW).await.status, 200);
}

#[tokio::test]
async fn scopes_that_were_meant_for_one_partner_are_never_those_of_the_next() {
    let deployment = Deployment::start().await;
    let (connections, tenant) = (&deployment.connections, &deployment.tenant);
    deployment.bench.follow(Plan::always(Fault::Late, is_write));
    let wider = [Scope::ReadUser, Scope::ReadUsers].into_iter().collect();
    assert!(allow(&deployment, &wider).await.is_err(), "its fate can't be told");
    deployment.bench.follow(Plan::default());
    let (held, new, none) = (deployment.connection().await, credential("new"), Scopes::default());
    let connected =
        connections.connect(&tenant.organization, Some(&held), &tenant.partner, &new, &none);
    assert_eq!(connected.await.unwrap(), Change::Made);
    assert!(deployment.bench.deliver_late_calls().await.unwrap() > 0);
    assert!(deployment.connection().await.scopes.is_empty());
}

#[tokio::test]
async fn a_partner_is_deleted_through_every_fault_and_no_late_copy_brings_it_back() {
    for fault in Fault::HIDDEN {
        for is_creation in [false, true] {
            let what = format!("{fault:?} at its creation: {is_creation}");
            let deployment = Deployment::start().await;
            let (partners, id) = (&deployment.partners, domain::id::PartnerId::random());
            let credentials = Credentials::single(credential("secret"));
            let new = Partner { id: id.clone(), name: "New".into(), credentials };
            if is_creation {
                deployment.bench.strike(fault, 0);
            }
            assert_eq!(partners.create(&new).await.unwrap(), Change::Made, "{what}");
            if !is_creation {
                deployment.bench.strike(fault, 0);
            }
            assert!(partners.delete(&id, NOW).await.unwrap().is_some(), "{what}");
            deployment.bench.calm().await.unwrap();
            assert_eq!(deployment.partner(&id).await, None, "{what}");
            assert!(partners.find(&id).await.unwrap().is_none(), "{what}");
            let deleted = partners.deleted(&id).await.unwrap().unwrap();
            assert!(deleted.until > Some(NOW.plus(seconds(6 * 3600))), "no token lives so long");
            assert_eq!(partners.create(&new).await.unwrap(), Change::Conflict, "{what}");
            assert!(partners.rename(&id, "Other").await.unwrap().is_none(), "{what}");
            assert!(partners.set_disabled(&id, false).await.unwrap().is_none(), "{what}");
            assert!(partners.delete(&id, NOW).await.unwrap().is_some(), "again: {what}");
            let listed = partners.page(None).await.unwrap().items;
            assert!(listed.iter().all(|found| found.partner.id != id), "{what}");
        }
    }
}

#[tokio::test]
async fn a_partner_that_is_renamed_while_it_is_deleted_is_gone() {
    let deployment = Deployment::start().await;
    let (partners, id) = (&deployment.partners, &deployment.tenant.partner);
    let is_put = |call: &Operation| call.item == "PARTNER" && call.name == "PutItem";
    deployment.bench.follow(Plan::always(Fault::Late, is_put));
    assert!(partners.delete(id, NOW).await.is_err(), "its fate can't be told");
    deployment.bench.follow(Plan::default());
    let renamed = partners.rename(id, "Other").await.unwrap();
    assert_eq!(renamed.map(|found| found.partner.name), Some("Other".to_owned()));
    assert!(deployment.bench.deliver_late_calls().await.unwrap() > 0);
    assert!(deployment.partner(id).await.is_some(), "it read another revision");
    assert!(partners.delete(id, NOW).await.unwrap().is_some());
    assert_eq!(deployment.partner(id).await, None);
}
