//! Organizations and their API keys.

use domain::id::OrganizationId;
use domain::secret::Secret;
use registry::{Addition, ApiKeys, Registered};
use workbench::portal::Portal;
use workbench::{Fault, NOW, Plan};

use crate::fixture::{Desk, leads};

#[tokio::test]
async fn an_organization_has_two_api_keys_at_most_and_each_works_until_it_is_retired() {
    let desk = Desk::open().await;
    let api_keys = ApiKeys::new(&desk.bench.aws).unwrap();
    let (id, [second, third]) = (&desk.organization, [Secret::random(), Secret::random()]);
    // The first is the tenant's own.
    let added = api_keys.add(id, &second.digest(), NOW).await.unwrap();
    assert_eq!(added, Addition::Added);
    let added = api_keys.add(id, &third.digest(), NOW).await.unwrap();
    assert_eq!(added, Addition::TooMany);
    assert!(leads(&desk.bench, &second).await && !leads(&desk.bench, &third).await);
    api_keys.retire(id, &second.digest()).await.unwrap();
    assert!(!leads(&desk.bench, &second).await);
    let added = api_keys.add(id, &third.digest(), NOW).await.unwrap();
    assert_eq!(added, Addition::Added);
    assert!(leads(&desk.bench, &third).await);
    let nobody = OrganizationId::random();
    let added = api_keys.add(&nobody, &second.digest(), NOW).await.unwrap();
    assert_eq!(added, Addition::OrganizationNotFound);
    assert!(!leads(&desk.bench, &second).await);
}

#[tokio::test]
async fn of_many_api_keys_at_once_no_more_than_there_is_room_for_are_added() {
    let desk = Desk::open().await;
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let desk = desk.clone();
            tokio::spawn(async move {
                let api_keys = ApiKeys::new(&desk.bench.aws).unwrap();
                let key = Secret::random();
                let added = api_keys.add(&desk.organization, &key.digest(), NOW).await;
                (added.unwrap(), leads(&desk.bench, &key).await)
            })
        })
        .collect();
    let mut added = 0;
    for call in calls {
        let (addition, leads) = call.await.unwrap();
        assert_eq!(leads, addition == Addition::Added);
        added += usize::from(leads);
    }
    assert_eq!(added, 1, "the tenant has one already");
}

#[tokio::test]
async fn a_late_copy_of_anything_brings_no_retired_key_back() {
    for item in ["KEY", "ORG"] {
        let desk = Desk::open().await;
        let api_keys = ApiKeys::new(&desk.bench.aws).unwrap();
        let (id, key) = (&desk.organization, Secret::random());
        let is_write = move |call: &workbench::Operation| call.item == item && call.is_write();
        desk.bench.follow(Plan::once(Fault::Late, is_write));
        let added = api_keys.add(id, &key.digest(), NOW).await.unwrap();
        assert_eq!(added, Addition::Added);
        api_keys.retire(id, &key.digest()).await.unwrap();
        assert_eq!(desk.bench.deliver_late_calls().await.unwrap(), 1);
        assert!(!leads(&desk.bench, &key).await, "{item}");
    }
}

#[tokio::test]
async fn a_disabled_organization_answers_like_one_that_does_not_exist() {
    let portal = Portal::start().await;
    let token = portal.sign_in(NOW).await;
    let organizations = portal.bench.organizations().unwrap();
    let disable = |registered: &mut Registered| registered.disabled = true;
    let id = &portal.tenant.organization.id;
    assert!(organizations.update(id, disable).await.unwrap().is_some_and(|it| it.disabled));
    portal.bench.settle();
    // Another instance: this one remembers the organization for a minute.
    let portal = portal.another_instance();
    for answer in [portal.send(NOW).await, portal.refresh(&token, NOW).await] {
        assert_eq!((answer.status, answer.code()), (404, "NOT_FOUND"));
    }
    let seen_by_requests = store::Organizations::new(&portal.bench.aws).unwrap();
    assert!(seen_by_requests.find(id).await.unwrap().is_none());
    assert!(organizations.find(id).await.unwrap().is_some());
}

#[tokio::test]
async fn an_id_belongs_to_the_organization_that_was_first() {
    let desk = Desk::open().await;
    let organizations = desk.bench.organizations().unwrap();
    let first = organizations.find(&desk.organization).await.unwrap().unwrap();
    let name = "Second".to_owned();
    let second = domain::organization::Organization { name, ..first.organization.clone() };
    assert!(!organizations.create(&second).await.unwrap());
    assert_eq!(organizations.find(&second.id).await.unwrap(), Some(first));
}

#[tokio::test]
async fn a_key_of_another_organization_is_neither_taken_nor_removed() {
    let desk = Desk::open().await;
    let api_keys = ApiKeys::new(&desk.bench.aws).unwrap();
    let other = desk.bench.tenant(None).await.unwrap();
    let theirs = Secret::new(other.api_key.as_str()).digest();
    let added = api_keys.add(&desk.organization, &theirs, NOW).await.unwrap();
    assert_eq!(added, Addition::Added, "it lists the key, and the key leads elsewhere");
    api_keys.retire(&desk.organization, &theirs).await.unwrap();
    let organizations = store::Organizations::new(&desk.bench.aws).unwrap();
    let found = organizations.find_by_api_key(&theirs).await.unwrap();
    assert_eq!(found.map(|found| found.id), Some(other.organization.id));
}
