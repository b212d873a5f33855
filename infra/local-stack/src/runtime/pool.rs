//! The instances of one function.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Bytes;
use tokio::sync::{Mutex, Semaphore};

use super::instance::{Call, Instance};
use super::launch::Launcher;
use super::mailbox::Mailboxes;
use super::{Outcome, failure};
use crate::template::Function;

/// How many instances a function may have. Further calls wait. Lambda's limit is 1000 per account.
const INSTANCES: usize = 10;

/// The instances of one function.
pub(super) struct Pool {
    function: Function,
    launcher: Arc<Launcher>,
    mailboxes: Arc<Mailboxes>,
    slots: Semaphore,
    idle: Mutex<Vec<Instance>>,
    /// How often the instances were renewed.
    generation: AtomicU64,
}

impl Pool {
    pub(super) fn new(
        function: Function,
        launcher: Arc<Launcher>,
        mailboxes: Arc<Mailboxes>,
    ) -> Self {
        Self {
            function,
            launcher,
            mailboxes,
            slots: Semaphore::new(INSTANCES),
            idle: Mutex::default(),
            generation: AtomicU64::new(0),
        }
    }

    /// Calls the instance that was used last or, if all are busy, a new one.
    pub(super) async fn invoke(&self, payload: Bytes) -> Outcome {
        let Ok(_slot) = self.slots.acquire().await else {
            return failure("Local.Stopped", "the stack is stopping");
        };
        let generation = self.generation.load(Ordering::SeqCst);
        // Ends: each instance that died while idle is tried once, then a new one.
        loop {
            let warm = self.idle.lock().await.pop();
            let is_new = warm.is_none();
            let mut instance = match warm {
                Some(instance) => instance,
                None => match self.start().await {
                    Ok(instance) => instance,
                    Err(error) => {
                        return failure("Runtime.InvalidEntrypoint", &format!("{error:#}"));
                    }
                },
            };
            let outcome = match instance.call(payload.clone(), self.function.timeout).await {
                Call::Done(outcome) => {
                    self.put_back(instance, generation).await;
                    return outcome;
                }
                Call::Broken(outcome) => Some(outcome),
                Call::NeverTaken(outcome) => is_new.then_some(outcome),
            };
            instance.end().await;
            if let Some(outcome) = outcome {
                self.report(&outcome);
                return outcome;
            }
        }
    }

    /// Ends the instance if it is of an earlier generation.
    async fn put_back(&self, instance: Instance, generation: u64) {
        let mut idle = self.idle.lock().await;
        if self.generation.load(Ordering::SeqCst) == generation {
            idle.push(instance);
        } else {
            drop(idle);
            instance.end().await;
        }
    }

    /// Ends all instances, the busy ones after their calls.
    pub(super) async fn renew(&self) {
        let mut idle = self.idle.lock().await;
        self.generation.fetch_add(1, Ordering::SeqCst);
        let ended: Vec<_> = idle.drain(..).collect();
        drop(idle);
        for instance in ended {
            instance.end().await;
        }
    }

    async fn start(&self) -> anyhow::Result<Instance> {
        let launch = |id| self.launcher.start(&self.function, id);
        Instance::new(Arc::clone(&self.mailboxes), launch).await
    }

    /// Prints Lambda's report of a broken instance. It doesn't quote the call.
    fn report(&self, outcome: &Outcome) {
        if let Outcome::Failed(report) = outcome {
            let (name, report) = (&self.function.name, String::from_utf8_lossy(report));
            self.launcher.output.line(&format!("{name}: {report}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::iam::Permissions;
    use crate::logs::Logs;
    use crate::output::Output;
    use crate::template::Template;

    /// A program that ends without ever asking for a call.
    fn pool(program: &str) -> Pool {
        let function = Function {
            id: "Own".to_owned(),
            log_group: "/own".to_owned(),
            name: program.to_owned(),
            memory_mb: 128,
            timeout: Duration::from_secs(1),
            environment: BTreeMap::new(),
            routes: Vec::new(),
            sources: Vec::new(),
            minutes: Vec::new(),
        };
        let output = Arc::new(Output::Terminal);
        let template = Template::read(None).unwrap();
        let launcher = Launcher {
            permissions: Arc::new(Permissions::new(&template, Arc::clone(&output)).unwrap()),
            binaries: "/bin".into(),
            runtime_api: "http://127.0.0.1:1".to_owned(),
            environment: BTreeMap::new(),
            output,
            logs: Arc::new(Logs::open(&[], None, &std::env::temp_dir()).unwrap()),
            requests: Arc::default(),
        };
        Pool::new(function, Arc::new(launcher), Arc::default())
    }

    async fn report(program: &str) -> String {
        match pool(program).invoke("{}".into()).await {
            Outcome::Failed(report) => String::from_utf8_lossy(&report).into_owned(),
            Outcome::Answered(_) => panic!("no instance can have answered"),
        }
    }

    #[tokio::test]
    async fn a_function_that_ends_before_it_takes_the_call_has_failed() {
        assert!(report("false").await.contains("Runtime exited with error: exit status: 1"));
    }

    #[tokio::test]
    async fn a_function_that_can_not_be_started_has_failed() {
        assert!(report("no-such-program").await.contains("Runtime.InvalidEntrypoint"));
    }
}
