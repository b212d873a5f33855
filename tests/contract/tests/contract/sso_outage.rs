//! A database that is down or silent, as callers of the identity provider see it.

#![cfg(target_os = "linux")]

use contract::{
    ask,
    exchange::{Exchange, INTERNAL, token},
    line::{Exchange as Switchboard, Line},
    own_stack::OwnStack,
    race,
};

#[tokio::test]
async fn an_outage_is_told_and_changes_nothing() {
    let database = OwnStack::start(&[]);
    database.ready().await;
    let line = Switchboard::to(&database.dynamodb()).await;
    let stack = OwnStack::start(&[("DYNAMODB", &line.url())]);
    let exchange = Exchange::on(&stack.ready().await).await;
    // The functions are warm, all of them, and know the client.
    let (kept, other) = (exchange.token().await, exchange.token().await);
    assert_eq!(ask(exchange.who(&kept)).await.status, 200);
    assert_eq!(ask(exchange.sign_out(&other)).await.status, 200);
    for disturbance in [Line::Cut, Line::Silent] {
        line.set(disturbance);
        let calls = [exchange.sign_in(), exchange.who(&kept), exchange.sign_out(&kept)];
        for answer in race(calls).await {
            assert_eq!((answer.status, answer.text()), (500, INTERNAL));
            assert_eq!(answer.header("retry-after"), "1");
        }
        line.set(Line::Open);
        assert_eq!(ask(exchange.who(&kept)).await.status, 200);
    }
    assert_eq!(ask(exchange.sign_out(&kept)).await.status, 200);
}

/// The answer of one call to the database is lost, another one each time, until a call needs fewer
/// answers than that.
#[tokio::test]
async fn a_lost_answer_costs_neither_a_sign_in_nor_a_sign_out() {
    let database = OwnStack::start(&[]);
    database.ready().await;
    let line = Switchboard::to(&database.dynamodb()).await;
    let stack = OwnStack::start(&[("DYNAMODB", &line.url())]);
    let exchange = Exchange::on(&stack.ready().await).await;
    let mut lost = 0;
    for nth in 1..=6 {
        line.lose(nth);
        let access = token(&ask(exchange.sign_in()).await);
        lost += u32::from(line.was_lost());
        assert_eq!(ask(exchange.who(&access)).await.status, 200);
        line.lose(nth);
        assert_eq!(ask(exchange.sign_out(&access)).await.status, 200, "answer {nth}");
        lost += u32::from(line.was_lost());
        assert_eq!(ask(exchange.who(&access)).await.status, 404);
    }
    assert!(lost >= 6, "hardly an answer was lost: {lost}");
}
