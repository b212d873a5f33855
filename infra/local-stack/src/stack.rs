//! The whole stack.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, ensure};
use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::aws::{self, Secrets, StackDescription};
use crate::config::{Config, Mode};
use crate::console::{self, Api, Console};
use crate::data;
use crate::demo::Demo;
use crate::dynamodb::DynamoDb;
use crate::environment::{self, Addresses};
use crate::functions::Functions;
use crate::gateway::Gateway;
use crate::output::Output;
use crate::port::{self, Variable};
use crate::runtime::{self, Launcher, Runtime, launch};
use crate::stream::{Pump, Shared};
use crate::template::Template;
use crate::watch::Watch;

/// A running stack. All its parts and processes end when it is dropped.
pub(crate) struct Stack {
    pub(crate) addresses: Addresses,
    /// The environment variables of tools and tests.
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) dynamodb: DynamoDb,
    tasks: JoinSet<Result<()>>,
    /// Keeps other stacks out of the data folder.
    _data_lock: Option<File>,
}

/// The ports, which are opened before anything is started.
struct Listeners {
    /// `None` if the developer's `cargo lambda watch` serves the API.
    api: Option<TcpListener>,
    console: TcpListener,
}

impl Stack {
    /// Starts all parts, and returns once the stack is ready.
    pub(crate) async fn start(config: &Config, output: Arc<Output>) -> Result<Self> {
        let template = Template::read(&config.template)?;
        let data_lock = config.data.as_deref().map(data::lock).transpose()?;
        if config.mode != Mode::Services && config.watch.is_none() {
            launch::check(&config.binaries, &template.functions)?;
        }
        let listeners = Listeners::open(config).await?;
        let dynamodb = DynamoDb::start(config, &output).await?;
        dynamodb.create_tables(&template.tables).await?;
        let addresses = Addresses {
            api: listeners.api_url(config)?,
            console: port::url(&listeners.console)?,
            dynamodb: dynamodb.url.clone(),
        };
        let environment = environment::of_tools(&addresses, &template);
        let tasks = JoinSet::new();
        let mut stack = Self { addresses, environment, dynamodb, tasks, _data_lock: data_lock };
        stack.open(config, &template, listeners, output).await?;
        Ok(stack)
    }

    /// Serves the console and the API, creates the demo data, and starts the streams.
    async fn open(
        &mut self,
        config: &Config,
        template: &Template,
        listeners: Listeners,
        output: Arc<Output>,
    ) -> Result<()> {
        let console = Arc::new(Console {
            api: Api::new(self.addresses.api.clone())?,
            functions: Arc::new(self.functions(config, template, &output).await?),
            inbox: Arc::default(),
            dead_letters: Arc::default(),
            demo: Demo::new(&self.environment)?,
            is_ready: AtomicBool::new(false),
        });
        let secrets = Arc::new(Secrets::open(&template.secrets, config.data.as_deref())?);
        let mut router = console::router(Arc::clone(&console));
        let mut outputs = template.outputs.clone();
        outputs.insert("ApiUrl".to_owned(), self.addresses.api.clone());
        let stack = StackDescription { outputs, parameters: template.parameters.clone() };
        router = router.merge(aws::router(secrets, Arc::clone(&console.inbox), Arc::new(stack)));
        if let Functions::Here(runtime) = &*console.functions {
            router = router.merge(runtime::api::router(runtime));
        }
        self.serve(listeners.console, router);
        console.demo.create().await?;
        if !console.demo.can_be_found().await? {
            output.line(&other_secrets(&self.addresses.dynamodb));
        }
        self.pump(config, template, &console, &output).await?;
        if let Some(listener) = listeners.api {
            let gateway = Gateway::new(&template.functions, Arc::clone(&console.functions), output);
            self.tasks.spawn(gateway.serve(listener));
        }
        console.is_ready.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Starts a pump for each event source of the template.
    async fn pump(
        &mut self,
        config: &Config,
        template: &Template,
        console: &Console,
        output: &Arc<Output>,
    ) -> Result<()> {
        let shared = Shared {
            client: self.dynamodb.client(),
            functions: Arc::clone(&console.functions),
            dead_letters: Arc::clone(&console.dead_letters),
            output: Arc::clone(output),
        };
        for function in &template.functions {
            for source in &function.sources {
                let pump =
                    Pump::new(function, source, config.data.as_deref(), shared.clone()).await?;
                self.tasks.spawn(async move { pump.run().await });
            }
        }
        Ok(())
    }

    async fn functions(
        &mut self,
        config: &Config,
        template: &Template,
        output: &Arc<Output>,
    ) -> Result<Functions> {
        if config.mode == Mode::Services {
            return Ok(Functions::watch(self.addresses.api.clone()));
        }
        if let Some(port) = config.watch {
            let watch = Watch::start(config, port, &self.environment, output).await?;
            let functions = Functions::watch(watch.url.clone());
            self.tasks.spawn(watch.ended());
            return Ok(functions);
        }
        let launcher = Launcher {
            binaries: config.binaries.clone(),
            runtime_api: self.addresses.console.clone(),
            environment: environment::of_lambda(&self.addresses),
            output: Arc::clone(output),
        };
        Ok(Functions::Here(Runtime::new(&template.functions, launcher)))
    }

    fn serve(&mut self, listener: TcpListener, router: Router) {
        self.tasks.spawn(async move { Ok(axum::serve(listener, router).await?) });
    }

    /// Returns when a part of the stack has failed.
    pub(crate) async fn failure(&mut self) -> anyhow::Error {
        match self.tasks.join_next().await {
            Some(Ok(Err(error))) => error.context("a part of the stack failed"),
            Some(Err(error)) => anyhow::Error::new(error).context("a part of the stack failed"),
            Some(Ok(Ok(()))) | None => anyhow::anyhow!("a part of the stack ended unexpectedly"),
        }
    }
}

/// What to tell the developer if the tables are of a stack with other secrets.
fn other_secrets(dynamodb: &str) -> String {
    format!(
        "The tables at {dynamodb} are of a stack with other secrets: users and codes in them can't be \
         found by address, nor live tokens verified. To go on with that data, set POSTERN_DATA to \
         that stack's folder, which has its secrets; else delete the tables, and start again."
    )
}

impl Listeners {
    async fn open(config: &Config) -> Result<Self> {
        let api = match config.mode {
            Mode::Services => None,
            Mode::Run | Mode::Exec => Some(port::listen(config.ports.api, Variable::Api).await?),
        };
        Ok(Self { api, console: port::listen(config.ports.console, Variable::Console).await? })
    }

    fn api_url(&self, config: &Config) -> Result<String> {
        if let Some(listener) = &self.api {
            return port::url(listener);
        }
        let port = config.ports.api;
        ensure!(port != 0, "--services needs POSTERN_API_PORT, the port of `cargo lambda watch`");
        Ok(format!("http://127.0.0.1:{port}"))
    }
}
