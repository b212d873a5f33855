//! An operator disables a partner, or disconnects an organization from it.

use domain::id::PartnerId;
use domain::partner::Connection;
use domain::scope::{Scope, Scopes};
use registry::{Change, Registered};
use runtime::event::Verdict;
use runtime::resources::TableName;
use serde_json::json;
use workbench::{Fault, Operation, Plan};

use crate::fixture::{Answer, Deployment, NOW, with};

fn is_write(operation: &Operation) -> bool {
    operation.is_write()
}

async fn set_disabled(deployment: &Deployment, disabled: bool) {
    let id = &deployment.tenant.partner;
    let changed = deployment.partners.set_disabled(id, disabled).await.unwrap();
    assert_eq!(changed.map(|changed| changed.disabled), Some(disabled));
}

async fn is_disabled(deployment: &Deployment) -> bool {
    deployment.partners.find(&deployment.tenant.partner).await.unwrap().unwrap().disabled
}

async fn disconnect(deployment: &Deployment, seen: &Connection) -> anyhow::Result<Change> {
    deployment.connections.disconnect(&deployment.tenant.organization, seen).await
}

/// The connection's attributes in the organization's item.
async fn rest(deployment: &Deployment) -> Vec<String> {
    let pk = json!(format!("ORG#{}", deployment.tenant.organization));
    let items = deployment.bench.scan(TableName::Organizations).await.unwrap();
    let item = items.into_iter().find(|item| item["pk"]["S"] == pk).unwrap();
    let names = item.as_object().unwrap().keys().cloned();
    let of_connection = |name: &String| {
        let prefixes = ["connection", "partner", "nextPartner", "pms", "integrated"];
        prefixes.iter().any(|prefix| name.starts_with(prefix))
    };
    names.filter(of_connection).collect()
}

/// What a partner sees, and what it takes: a token, a validation, the authorizer.
async fn seen_by_the_partner(
    deployment: &Deployment,
    token: &str,
) -> (Vec<(u16, serde_json::Value)>, Verdict, Vec<String>) {
    let event = json!({
        "routeKey": "GET /patients",
        "headers": with(token, &deployment.tenant.organization_secret),
    });
    let ((answers, verdict), mut operations) = deployment
        .bench
        .operations_of(async {
            let answers = [deployment.ask_token(NOW).await, deployment.validate(token, NOW).await];
            (answers, deployment.authorize(&event, NOW).await)
        })
        .await;
    // Each handler reads its items side by side.
    operations.sort();
    let shown = |mut answer: Answer| {
        answer.body["timestamp"].take();
        answer.body["requestId"].take();
        (answer.status, answer.body)
    };
    (answers.map(shown).into(), verdict, operations)
}

#[tokio::test]
async fn a_disabled_partner_is_refused_as_an_unknown_one_until_it_is_enabled() {
    let deployment = Deployment::start().await;
    let rival = deployment.rival().await;
    let (token, theirs) =
        (deployment.ask_token(NOW).await.token(), rival.ask_token(NOW).await.token());
    for (tenant, token) in [(&deployment, &token), (&rival, &theirs)] {
        assert_eq!(tenant.validate(token, NOW).await.status, 200);
    }
    // Instances that have served the partner know no better.
    set_disabled(&deployment, true).await;
    let pk = format!("PARTNER#{}", rival.tenant.partner);
    rival.bench.delete(TableName::Organizations, &pk).await.unwrap();
    let (disabled, unknown) = (
        seen_by_the_partner(&deployment, &token).await,
        seen_by_the_partner(&rival, &theirs).await,
    );
    assert_eq!(disabled, unknown);
    assert_eq!(disabled.0.iter().map(|it| it.0).collect::<Vec<_>>(), [401, 401]);
    assert_eq!(disabled.1, Verdict::Deny);
    let wrong = deployment.send_token(&wrong_secret(&deployment), BODY, NOW).await;
    assert_eq!((wrong.status, &wrong.body["error"]), (401, &disabled.0[0].1["error"]));

    set_disabled(&deployment, false).await;
    assert_eq!(deployment.ask_token(NOW).await.status, 200);
    let (_, verdict, _) = seen_by_the_partner(&deployment, &token).await;
    assert!(matches!(verdict, Verdict::Allow { .. }), "the mark stayed");
}

const BODY: &str = r#"{"grantType":"client_credentials","scope":["create:patient"]}"#;

fn wrong_secret(deployment: &Deployment) -> serde_json::Value {
    let mut headers = deployment.headers();
    headers["x-partner-secret"] = json!("wrong");
    headers
}

#[tokio::test]
async fn a_partner_is_disabled_and_enabled_through_every_fault_and_no_late_copy_undoes_it() {
    for fault in Fault::HIDDEN {
        for write in 0..3 {
            let what = format!("{fault:?} at write {write}");
            let deployment = Deployment::start().await;
            let before = deployment.partner(&deployment.tenant.partner).await;
            deployment.bench.strike(fault, write);
            for disabled in [true, false, true] {
                set_disabled(&deployment, disabled).await;
                assert_eq!(is_disabled(&deployment).await, disabled, "{what}");
            }
            set_disabled(&deployment, false).await;
            deployment.bench.calm().await.unwrap();
            assert!(!is_disabled(&deployment).await, "{what}");
            assert_eq!(deployment.partner(&deployment.tenant.partner).await, before, "{what}");
        }
    }
}

#[tokio::test]
async fn a_partner_whose_switch_gets_no_answer_may_be_either_and_is_switched_again() {
    for fault in [Fault::LostBefore, Fault::Error] {
        let deployment = Deployment::start().await;
        deployment.bench.follow(Plan::always(fault, is_write));
        let id = &deployment.tenant.partner;
        assert!(deployment.partners.set_disabled(id, true).await.is_err(), "{fault:?}");
        deployment.bench.follow(Plan::default());
        assert!(!is_disabled(&deployment).await, "{fault:?}");
        set_disabled(&deployment, true).await;
    }
    let deployment = Deployment::start().await;
    let nobody = PartnerId::random();
    assert_eq!(deployment.partners.set_disabled(&nobody, true).await.unwrap(), None);
    let asked = deployment.bench.operations_of(set_disabled(&deployment, false)).await.1;
    assert_eq!(asked, ["GetItem PARTNER"], "it is enabled already");
}

#[tokio::test]
async fn a_disconnected_partner_is_refused_on_the_next_call_and_nothing_of_it_stays() {
    let deployment = Deployment::start().await;
    let neighbour = deployment.neighbour().await;
    let token = deployment.ask_token(NOW).await.token();
    assert_eq!(deployment.validate(&token, NOW).await.status, 200);
    assert_eq!(rest(&deployment).await.len(), 7, "all but a second secret");
    let seen = deployment.connection().await;
    assert_eq!(disconnect(&deployment, &seen).await.unwrap(), Change::Made);
    assert!(rest(&deployment).await.is_empty());
    let (answers, verdict, _) = seen_by_the_partner(&deployment, &token).await;
    assert_eq!((answers[0].0, answers[1].0, verdict), (401, 401, Verdict::Deny));
    assert_eq!(neighbour.ask_token(NOW).await.status, 200, "the partner's others stay connected");
    assert_eq!(deployment.integrate(&seen.id).await.unwrap(), DISCONNECTED);
    assert!(rest(&deployment).await.is_empty(), "no mark without a connection");
}

const DISCONNECTED: domain::decide::Integration = domain::decide::Integration::Disconnected;

#[tokio::test]
async fn a_connection_ends_through_every_fault_and_no_late_copy_ends_the_next_one() {
    for fault in Fault::HIDDEN {
        let deployment = Deployment::start().await;
        let (tenant, seen) = (&deployment.tenant, deployment.connection().await);
        deployment.bench.strike(fault, 0);
        assert_eq!(disconnect(&deployment, &seen).await.unwrap(), Change::Made, "{fault:?}");
        assert!(rest(&deployment).await.is_empty(), "{fault:?}");
        let (current, scopes) = (&seen.credentials.current, Scopes::all());
        let connections = &deployment.connections;
        let connect =
            connections.connect(&tenant.organization, None, &tenant.partner, current, &scopes);
        assert_eq!(connect.await.unwrap(), Change::Made, "{fault:?}");
        let next = deployment.connection().await;
        deployment.bench.calm().await.unwrap();
        assert_eq!(deployment.connection().await, next, "{fault:?}");
    }
}

#[tokio::test]
async fn a_late_copy_of_a_connection_brings_none_back_that_was_ended() {
    for fault in Fault::HIDDEN {
        let deployment = Deployment::start().await;
        let (tenant, seen) = (&deployment.tenant, deployment.connection().await);
        assert_eq!(disconnect(&deployment, &seen).await.unwrap(), Change::Made, "{fault:?}");
        let (current, scopes) = (&seen.credentials.current, Scopes::all());
        let connections = &deployment.connections;
        deployment.bench.strike(fault, 0);
        let connect =
            connections.connect(&tenant.organization, None, &tenant.partner, current, &scopes);
        assert_eq!(connect.await.unwrap(), Change::Made, "{fault:?}");
        let ended = deployment.connection().await;
        assert_eq!(disconnect(&deployment, &ended).await.unwrap(), Change::Made, "{fault:?}");
        deployment.bench.calm().await.unwrap();
        assert!(rest(&deployment).await.is_empty(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_connection_that_was_replaced_meanwhile_is_not_ended() {
    let deployment = Deployment::start().await;
    let seen = deployment.connection().await;
    deployment.reconnect().await;
    let next = deployment.connection().await;
    assert_eq!(disconnect(&deployment, &seen).await.unwrap(), Change::Conflict);
    assert_eq!(deployment.connection().await, next);
    assert_eq!(disconnect(&deployment, &next).await.unwrap(), Change::Made);
    assert_eq!(disconnect(&deployment, &next).await.unwrap(), Change::Made, "it has ended");
}

#[tokio::test]
async fn a_disconnection_whose_fate_is_unknown_says_so_and_can_be_tried_again() {
    for fault in [Fault::LostBefore, Fault::Error] {
        let deployment = Deployment::start().await;
        let seen = deployment.connection().await;
        deployment.bench.follow(Plan::always(fault, is_write));
        assert!(disconnect(&deployment, &seen).await.is_err(), "{fault:?}");
        deployment.bench.follow(Plan::default());
        assert_eq!(deployment.connection().await, seen, "{fault:?}");
        assert_eq!(disconnect(&deployment, &seen).await.unwrap(), Change::Made);
    }
}

#[tokio::test]
async fn scopes_that_were_meant_for_an_ended_connection_are_nobodys() {
    let deployment = Deployment::start().await;
    let (seen, id) = (deployment.connection().await, &deployment.tenant.organization);
    deployment.bench.follow(Plan::always(Fault::Late, is_write));
    let wider = |registered: &mut Registered| {
        if let Some(connection) = &mut registered.connection {
            connection.scopes = [Scope::ReadUser].into_iter().collect();
        }
    };
    let organizations = deployment.bench.organizations().unwrap();
    assert!(organizations.update(id, wider).await.is_err(), "its fate can't be told");
    deployment.bench.follow(Plan::default());
    assert_eq!(disconnect(&deployment, &seen).await.unwrap(), Change::Made);
    assert!(deployment.bench.deliver_late_calls().await.unwrap() > 0);
    assert!(rest(&deployment).await.is_empty());
}
