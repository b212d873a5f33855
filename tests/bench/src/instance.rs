//! One instance of a function, called as Lambda calls it, with a stopwatch.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

/// Longer than any function's own patience.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running process and the Runtime API that it polls.
pub(crate) struct Instance {
    process: Child,
    server: JoinHandle<()>,
    polls: UnboundedReceiver<Instant>,
    events: UnboundedSender<Bytes>,
    answers: UnboundedReceiver<(Instant, Bytes)>,
    /// From exec to the first poll for an event.
    pub(crate) start_up: Duration,
}

/// One call.
pub(crate) struct Called {
    /// What the function answered.
    pub(crate) answer: Value,
    /// From the event's departure to the answer's arrival.
    pub(crate) took: Duration,
    /// CPU time of the process.
    pub(crate) cpu: Duration,
}

struct Api {
    polls: UnboundedSender<Instant>,
    events: Mutex<UnboundedReceiver<Bytes>>,
    answers: UnboundedSender<(Instant, Bytes)>,
}

impl Instance {
    /// Starts a binary and waits for its first poll. The variables of the functions are this process's.
    pub(crate) async fn start(binary: &Path) -> Result<Self> {
        let (poll, mut polls) = unbounded_channel();
        let (events, event) = unbounded_channel();
        let (answer, answers) = unbounded_channel();
        let api = Api { polls: poll, events: Mutex::new(event), answers: answer };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{outcome}", post(answered))
            .with_state(Arc::new(api));
        let server = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        let name = binary.file_name().context("a binary has a name")?;
        let began = Instant::now();
        let process = Command::new(binary)
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {}", binary.display()))?;
        let polled = tokio::time::timeout(PATIENCE, polls.recv()).await;
        let polled = polled.context("no poll for an event")?.context("no poll for an event")?;
        let start_up = polled.duration_since(began);
        Ok(Self { process, server, polls, events, answers, start_up })
    }

    /// Calls the function, which is waiting for an event.
    pub(crate) async fn call(&mut self, event: &Value) -> Result<Called> {
        let before = self.cpu()?;
        let payload = Bytes::from(event.to_string());
        let began = Instant::now();
        self.events.send(payload)?;
        let answer = tokio::time::timeout(PATIENCE, self.answers.recv()).await?;
        let (at, answer) = answer.context("no answer")?;
        // Whatever it does after the answer belongs to the call, too.
        tokio::time::timeout(PATIENCE, self.polls.recv()).await?.context("no next poll")?;
        let cpu = self.cpu()?.saturating_sub(before);
        Ok(Called { answer: serde_json::from_slice(&answer)?, took: at.duration_since(began), cpu })
    }

    /// Resident memory, in bytes.
    pub(crate) fn memory(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("{}/status", self.proc()?))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kilobytes.context("no VmRSS")?.parse::<u64>()? * 1024)
    }

    fn cpu(&self) -> Result<Duration> {
        let mut nanoseconds = 0;
        for task in std::fs::read_dir(format!("{}/task", self.proc()?))? {
            let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
            let on_cpu = text.split(' ').next().context("an empty schedstat")?;
            nanoseconds += on_cpu.parse::<u64>()?;
        }
        ensure!(nanoseconds > 0, "this kernel doesn't count CPU time by the nanosecond");
        Ok(Duration::from_nanos(nanoseconds))
    }

    fn proc(&self) -> Result<String> {
        let id = self.process.id().context("the process has ended")?;
        Ok(format!("/proc/{id}"))
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(
    State(api): State<Arc<Api>>,
) -> Result<([(&'static str, &'static str); 4], Bytes), StatusCode> {
    // Nobody listens any more when the instance is being ended.
    let _ended = api.polls.send(Instant::now());
    let event = api.events.lock().await.recv().await.ok_or(StatusCode::GONE)?;
    let headers = [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:000000000000:function:bench",
        ),
        ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0"),
    ];
    Ok((headers, event))
}

async fn answered(State(api): State<Arc<Api>>, body: Bytes) -> StatusCode {
    drop(api.answers.send((Instant::now(), body)));
    StatusCode::ACCEPTED
}
