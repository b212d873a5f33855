//! The client's pair, on all three endpoints.

use domain::credential::{Credential, Credentials};
use domain::id::ClientId;
use domain::secret::Secret;
use domain::sso::{Client, UserInfoForm};
use registry::{Change, Clients};
use serde_json::{Value, json};
use workbench::{Answer, Fault, Plan};

use crate::fixture::{
    CLIENT, Deployment, EMAIL, NOW, OTHER_CLIENT, PASSWORD, at, form, headers, seconds,
};

/// A good request to each endpoint with these headers in place of the client's.
async fn everywhere(deployment: &Deployment, client: &Value) -> [Answer; 3] {
    let token = deployment.token(NOW).await;
    let with = |mut event: Value| {
        let headers = event["headers"].as_object_mut().unwrap();
        headers.retain(|name, _| name == "content-type");
        headers.extend(client.as_object().unwrap().clone());
        event
    };
    let login = with(form(CLIENT, EMAIL, PASSWORD));
    [
        deployment.send_signin(&login, NOW).await,
        deployment.send_token(&at(&token, &with(headers(CLIENT))), NOW).await,
        deployment.send_signout(&at(&token, &login), NOW).await,
    ]
}

#[tokio::test]
async fn a_pair_that_does_not_belong_together_is_401_everywhere() {
    let deployment = Deployment::start().await;
    let expected = json!({"error": true, "message": "Not authenticated", "code": 401});
    let (id, token) = CLIENT;
    for client in [
        json!({}),
        json!({"client_id": id}),
        json!({"x-auth-token": token}),
        json!({"client_id": "", "x-auth-token": token}),
        json!({"client_id": id, "x-auth-token": "  "}),
        json!({"client_id": id, "x-auth-token": "wrong"}),
        json!({"client_id": id, "x-auth-token": OTHER_CLIENT.1}),
        json!({"client_id": "nobody", "x-auth-token": token}),
        json!({"client_id": "a#b", "x-auth-token": token}),
        json!({"client_id": "☃".repeat(1000), "x-auth-token": "☃".repeat(1000)}),
        // What API Gateway makes of a header that comes twice.
        json!({"client_id": format!("{id},{id}"), "x-auth-token": token}),
        json!({"client_id": id, "x-auth-token": format!("{token},{token}")}),
        json!({"client_id": format!("0{id}"), "x-auth-token": token}),
        json!({"clientid": id, "x-auth-token": token}),
        json!({"client_id": "wrong", "client-id": id, "x-auth-token": token}),
    ] {
        for answer in everywhere(&deployment, &client).await {
            assert_eq!((answer.status, &answer.body), (401, &expected), "{client}");
        }
    }
}

#[tokio::test]
async fn a_hyphen_does_for_the_underscore_where_a_proxy_drops_it() {
    let deployment = Deployment::start().await;
    let (id, token) = CLIENT;
    for client in [
        json!({"client-id": id, "x-auth-token": token}),
        json!({"client_id": id, "client-id": "wrong", "x-auth-token": token}),
        json!({"client_id": format!(" {id} "), "x-auth-token": token}),
    ] {
        for answer in everywhere(&deployment, &client).await {
            assert_eq!(answer.status, 200, "{client}");
        }
    }
}

#[tokio::test]
async fn an_unknown_client_costs_what_a_known_one_costs() {
    let deployment = Deployment::start().await;
    let mut ways = Vec::new();
    for id in [CLIENT.0, OTHER_CLIENT.0, "6", "nobody", "a#b"] {
        let instance = deployment.another_instance();
        let event = form((id, "wrong"), EMAIL, PASSWORD);
        let mut way = Vec::new();
        for _ in 0..2 {
            let (answer, asked) =
                deployment.bench.operations_of(instance.send_signin(&event, NOW)).await;
            assert_eq!(answer.status, 401);
            way.push((answer, asked));
        }
        ways.push(way);
    }
    assert!(ways.iter().all(|way| *way == ways[0]), "{ways:?}");
    assert_eq!(ways[0][0].1.len(), 3, "at first: the client, who represents it, and the realm");
    assert!(ways[0][1].1.is_empty(), "remembered");
}

#[tokio::test]
async fn a_client_is_looked_up_again_after_a_minute() {
    let deployment = Deployment::start().await;
    let token = deployment.token(NOW).await;
    let (answer, asked) = deployment
        .bench
        .operations_of(async {
            deployment.who(&token, NOW).await;
            deployment.who(&token, NOW.plus(seconds(59))).await
        })
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(asked.iter().filter(|operation| *operation == "GetItem CLIENT").count(), 1);
    let (_, asked) =
        deployment.bench.operations_of(deployment.who(&token, NOW.plus(seconds(60)))).await;
    assert!(asked.contains(&"GetItem CLIENT".to_owned()));
}

#[tokio::test]
async fn a_client_stands_and_falls_with_the_user_who_represents_it() {
    let deployment = Deployment::start().await;
    let client = ("6", "token-of-the-client-that-user-6-represents");
    let roster = json!({ "clients": [{ "client_id": client.0, "token": client.1 }] });
    deployment.create(&roster).await;
    let event = form(client, EMAIL, PASSWORD);
    assert_eq!(deployment.send_signin(&event, NOW).await.status, 200);
    deployment.set_active(false, NOW.plus(seconds(1))).await;
    let cold = deployment.another_instance().send_signin(&event, NOW).await;
    assert_eq!(cold.status, 401);
    let warm = deployment.send_signin(&event, NOW.plus(seconds(60))).await;
    assert_eq!(warm.status, 401, "within a minute");
}

fn client_id() -> ClientId {
    ClientId::parse(CLIENT.0).unwrap()
}

async fn set_disabled(deployment: &Deployment, disabled: bool) {
    let clients = Clients::new(&deployment.bench.aws).unwrap();
    let changed = clients.set_disabled(&client_id(), disabled).await.unwrap();
    assert_eq!(changed.map(|changed| changed.disabled), Some(disabled));
}

async fn is_disabled(deployment: &Deployment) -> bool {
    let clients = Clients::new(&deployment.bench.aws).unwrap();
    clients.find(&client_id()).await.unwrap().unwrap().disabled
}

/// The answers of all three endpoints to a client, at instances that have nothing cached, and what it
/// takes to give them.
async fn seen_by(deployment: &Deployment, token: &str, id: &str) -> (Vec<Answer>, Vec<String>) {
    let (instance, client) = (deployment.another_instance(), (id, CLIENT.1));
    let login = form(client, EMAIL, PASSWORD);
    deployment
        .bench
        .operations_of(async {
            vec![
                instance.send_signin(&login, NOW).await,
                instance.send_token(&at(token, &headers(client)), NOW).await,
                instance.send_signout(&at(token, &login), NOW).await,
            ]
        })
        .await
}

#[tokio::test]
async fn a_disabled_client_is_refused_as_an_unknown_one_until_it_is_enabled() {
    let deployment = Deployment::start().await;
    let token = deployment.token(NOW).await;
    let warm = deployment.another_instance();
    let who = async |at| warm.who(&token, NOW.plus(seconds(at))).await.status;
    assert_eq!(who(0).await, 200);
    set_disabled(&deployment, true).await;
    let (answers, operations) = seen_by(&deployment, &token, CLIENT.0).await;
    assert!(answers.iter().all(|answer| answer.status == 401), "{answers:?}");
    assert_eq!((answers, operations), seen_by(&deployment, &token, "nobody").await);
    assert_eq!((who(59).await, who(60).await), (200, 401), "within a minute");

    set_disabled(&deployment, false).await;
    assert_eq!((who(119).await, who(120).await), (401, 200), "within a minute, too");
    let (answers, _) = seen_by(&deployment, &token, CLIENT.0).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
}

#[tokio::test]
async fn a_client_is_disabled_and_enabled_through_every_fault_and_no_late_copy_undoes_it() {
    for fault in Fault::HIDDEN {
        for write in 0..3 {
            let what = format!("{fault:?} at write {write}");
            let deployment = Deployment::start().await;
            deployment.bench.strike(fault, write);
            for disabled in [true, false, true] {
                set_disabled(&deployment, disabled).await;
                assert_eq!(is_disabled(&deployment).await, disabled, "{what}");
            }
            set_disabled(&deployment, false).await;
            deployment.bench.calm().await.unwrap();
            assert!(!is_disabled(&deployment).await, "{what}");
        }
    }
    let deployment = Deployment::start().await;
    let clients = Clients::new(&deployment.bench.aws).unwrap();
    deployment.bench.follow(Plan::always(Fault::LostBefore, workbench::Operation::is_write));
    assert!(clients.set_disabled(&client_id(), true).await.is_err(), "its fate can't be told");
    deployment.bench.follow(Plan::default());
    assert!(!is_disabled(&deployment).await);
    let nobody = ClientId::parse("nobody").unwrap();
    assert_eq!(clients.set_disabled(&nobody, true).await.unwrap(), None);
}

#[tokio::test]
async fn a_client_is_deleted_and_created_again_through_every_fault_and_no_late_copy_undoes_it() {
    for fault in Fault::HIDDEN {
        for write in 0..4 {
            let what = format!("{fault:?} at write {write}");
            let deployment = Deployment::start().await;
            let (clients, id) = (Clients::new(&deployment.bench.aws).unwrap(), client_id());
            let old = clients.find(&id).await.unwrap().unwrap().client;
            let token = |text| Credentials::single(Credential::of(&Secret::new(text)));
            let [next, last] =
                ["next", "last"].map(|text| Client { credentials: token(text), ..old.clone() });
            deployment.bench.strike(fault, write);
            assert!(clients.delete(&id, NOW).await.unwrap().is_some(), "{what}");
            assert_eq!(clients.create(&next).await.unwrap(), Change::Made, "{what}");
            assert!(clients.delete(&id, NOW).await.unwrap().is_some(), "{what}");
            assert_eq!(clients.create(&last).await.unwrap(), Change::Made, "{what}");
            deployment.bench.calm().await.unwrap();
            let found = clients.find(&id).await.unwrap().unwrap();
            assert_eq!(found.client, last, "{what}");
            assert!(clients.delete(&id, NOW).await.unwrap().is_some(), "{what}");
            assert!(clients.find(&id).await.unwrap().is_none(), "{what}");
            assert!(clients.update(&id, Some(false), None).await.unwrap().is_none(), "{what}");
            let listed = clients.page(None).await.unwrap().items;
            assert!(listed.iter().all(|found| found.client.id != id), "{what}");
        }
    }
}

#[tokio::test]
async fn what_a_client_may_read_is_changed_and_nothing_else() {
    let deployment = Deployment::start().await;
    let (clients, id) = (Clients::new(&deployment.bench.aws).unwrap(), client_id());
    let before = clients.find(&id).await.unwrap().unwrap().client;
    let form = UserInfoForm::parse("published").unwrap();
    let updated = clients.update(&id, None, Some(form)).await.unwrap().unwrap().client;
    assert_eq!(updated, Client { user_info: form, ..before.clone() });
    let updated = clients.update(&id, Some(false), None).await.unwrap().unwrap().client;
    assert_eq!(updated, Client { user_info: form, reads_user_info: false, ..before.clone() });
    let documented = Some(UserInfoForm::default());
    let updated = clients.update(&id, Some(true), documented).await.unwrap().unwrap().client;
    assert_eq!(updated, before);
}
