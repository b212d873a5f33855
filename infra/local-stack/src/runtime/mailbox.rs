//! Mailboxes: they pass calls on to instances, which poll for events.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

use super::Outcome;

/// One call on its way to an instance.
pub(super) struct Invocation {
    pub(super) id: Uuid,
    pub(super) payload: Bytes,
    pub(super) timeout: Duration,
    /// Signals that the instance has taken the call; until then, the instance is starting.
    pub(super) taken: oneshot::Sender<()>,
    pub(super) outcome: oneshot::Sender<Outcome>,
}

/// A call that an instance takes.
pub(super) struct Event {
    pub(super) id: Uuid,
    pub(super) payload: Bytes,
    pub(super) timeout: Duration,
}

/// The calls that wait for one instance, and the call that it works on.
pub(super) struct Mailbox {
    arriving: Mutex<mpsc::Receiver<Invocation>>,
    current: Mutex<Option<(Uuid, oneshot::Sender<Outcome>)>>,
}

impl Mailbox {
    /// Waits for the next call; `None` if there will be no more.
    pub(super) async fn next(&self) -> Option<Event> {
        let call = self.arriving.lock().await.recv().await?;
        *self.current.lock().await = Some((call.id, call.outcome));
        let _ = call.taken.send(());
        Some(Event { id: call.id, payload: call.payload, timeout: call.timeout })
    }

    /// Ends the call that the instance works on; `false` if it works on another one.
    pub(super) async fn finish(&self, id: Uuid, outcome: Outcome) -> bool {
        let current = self.current.lock().await.take_if(|(current, _)| *current == id);
        current.is_some_and(|(_, caller)| caller.send(outcome).is_ok())
    }
}

/// The mailboxes of all instances, by instance id.
#[derive(Default)]
pub(crate) struct Mailboxes(Mutex<HashMap<Uuid, Arc<Mailbox>>>);

impl Mailboxes {
    /// Opens a mailbox, and returns the sender for its calls.
    pub(super) async fn open(&self, instance: Uuid) -> mpsc::Sender<Invocation> {
        // Room for one: an instance gets a call only after it has answered the call before.
        let (sender, receiver) = mpsc::channel(1);
        let mailbox = Mailbox { arriving: Mutex::new(receiver), current: Mutex::default() };
        self.0.lock().await.insert(instance, Arc::new(mailbox));
        sender
    }

    pub(super) async fn of(&self, instance: Uuid) -> Option<Arc<Mailbox>> {
        self.0.lock().await.get(&instance).cloned()
    }

    pub(super) async fn close(&self, instance: Uuid) {
        self.0.lock().await.remove(&instance);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation(id: Uuid) -> (Invocation, oneshot::Receiver<()>, oneshot::Receiver<Outcome>) {
        let ((taken, was_taken), (outcome, ended)) = (oneshot::channel(), oneshot::channel());
        let timeout = Duration::from_secs(1);
        (Invocation { id, payload: "{}".into(), timeout, taken, outcome }, was_taken, ended)
    }

    #[tokio::test]
    async fn a_call_is_taken_once_and_answered_once() {
        let (mailboxes, instance, id) = (Mailboxes::default(), Uuid::new_v4(), Uuid::new_v4());
        let calls = mailboxes.open(instance).await;
        let (call, taken, ended) = invocation(id);
        calls.send(call).await.map_err(drop).unwrap();

        let mailbox = mailboxes.of(instance).await.unwrap();
        assert_eq!(mailbox.next().await.unwrap().id, id);
        taken.await.unwrap();
        assert!(!mailbox.finish(Uuid::new_v4(), Outcome::Answered("{}".into())).await);
        assert!(mailbox.finish(id, Outcome::Answered("{}".into())).await);
        assert!(!mailbox.finish(id, Outcome::Answered("{}".into())).await);
        assert!(matches!(ended.await.unwrap(), Outcome::Answered(_)));
    }

    #[tokio::test]
    async fn polling_ends_when_no_more_calls_can_come() {
        let (mailboxes, instance) = (Mailboxes::default(), Uuid::new_v4());
        drop(mailboxes.open(instance).await);
        assert!(mailboxes.of(instance).await.unwrap().next().await.is_none());
        mailboxes.close(instance).await;
        assert!(mailboxes.of(instance).await.is_none());
    }
}
