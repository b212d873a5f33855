//! The whole stack.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, ensure};
use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::aws::{self, Configurations, Known, Post, Secrets, StackDescription, sms_groups};
use crate::clock::Clock;
use crate::config::{Config, Mode};
use crate::console::{self, Api, Console};
use crate::data;
use crate::demo::Demo;
use crate::dynamodb::DynamoDb;
use crate::environment::{self, Addresses};
use crate::functions::Functions;
use crate::gateway::Gateway;
use crate::guard::{self, Hosts};
use crate::iam::Permissions;
use crate::logs::Logs;
use crate::output::Output;
use crate::port::{self, Variable};
use crate::requests::Requests;
use crate::routes;
use crate::runtime::{self, Launcher, Log, Runtime, launch};
use crate::schedule;
use crate::stream::{Mappings, Pump, Shared};
use crate::template::Template;
use crate::watch::Watch;

/// A running stack. All its parts and processes end when it is dropped.
pub(crate) struct Stack {
    pub(crate) addresses: Addresses,
    /// The environment variables of tools and tests.
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) dynamodb: DynamoDb,
    pub(crate) permissions: Arc<Permissions>,
    tasks: JoinSet<Result<()>>,
    /// Keeps other stacks out of the data folder.
    _data_lock: Option<File>,
}

/// The ports, which are opened before anything is started.
struct Listeners {
    /// `None` if the developer's `cargo lambda watch` serves the API.
    api: Option<Vec<TcpListener>>,
    console: Vec<TcpListener>,
}

impl Stack {
    /// Starts all parts, and returns once the stack is ready.
    pub(crate) async fn start(config: &Config, output: Arc<Output>) -> Result<Self> {
        let template = Template::read(config.template.as_deref())?;
        let data_lock = config.data.as_deref().map(data::lock).transpose()?;
        if config.mode != Mode::Services && config.watch.is_none() {
            launch::check(&config.binaries, &template.functions)?;
        }
        let listeners = Listeners::open(config).await?;
        let permissions = Permissions::new(&template, Arc::clone(&output))?;
        let permissions = Arc::new(match &config.usage {
            Some(folder) => permissions.writing_to(folder)?,
            None => permissions,
        });
        let dynamodb = DynamoDb::start(config, Arc::clone(&permissions), &output).await?;
        dynamodb.create_tables(&template.tables).await?;
        let clock = Clock::start(&config.local)?;
        let addresses = Addresses {
            api: listeners.api_url(config)?,
            console: url(&listeners.console)?,
            dynamodb: dynamodb.url.clone(),
            clock: std::path::absolute(clock.file())?.display().to_string(),
        };
        let environment = environment::of_tools(&addresses, &template);
        let tasks = JoinSet::new();
        let mut stack =
            Self { addresses, environment, dynamodb, permissions, tasks, _data_lock: data_lock };
        stack.open(config, &template, listeners, clock, output).await?;
        Ok(stack)
    }

    /// Serves the console and the API, creates the demo data, and starts the streams.
    async fn open(
        &mut self,
        config: &Config,
        template: &Template,
        listeners: Listeners,
        clock: Clock,
        output: Arc<Output>,
    ) -> Result<()> {
        let requests = Arc::<Requests>::default();
        let groups = [&template.log_groups[..], &sms_groups()].concat();
        let logs = Logs::open(&groups, config.data.as_deref(), &config.local)?;
        let logs = Arc::new(logs);
        let written = (&requests, &logs);
        let functions = Arc::new(self.functions(config, template, written, &output).await?);
        let hosts = config.bind.map(|_| Hosts::Bound(Arc::from(config.hosts.as_slice())));
        let hosts = hosts.unwrap_or_default();
        let gateway = |_: &Vec<TcpListener>| {
            let (functions, output) = (Arc::clone(&functions), Arc::clone(&output));
            let (requests, hosts) = (Arc::clone(&requests), hosts.clone());
            let (all, url) = (&template.functions, self.addresses.api.clone());
            Arc::new(Gateway::new(all, functions, requests, hosts, output, url))
        };
        let gateway = listeners.api.as_ref().map(gateway);
        let console = Arc::new(Console {
            api: Api::new(self.addresses.api.clone())?,
            functions,
            gateway: gateway.clone(),
            clock,
            inbox: Arc::default(),
            dead_letters: Arc::default(),
            demo: Demo::new(&self.environment)?,
            logs: Arc::clone(&logs),
            is_ready: AtomicBool::new(false),
        });
        let secrets = Arc::new(Secrets::open(&template.secrets, config.data.as_deref())?);
        let mut router = console::router(Arc::clone(&console));
        let mappings = Arc::<Mappings>::default();
        let known = Known {
            secrets,
            post: Post { inbox: Arc::clone(&console.inbox), logs: Arc::clone(&logs) },
            stack: Arc::new(StackDescription::new(template, &self.addresses.api)),
            configurations: Arc::new(Configurations::new(template, Arc::clone(&mappings))),
            logs,
            dead_letters: Arc::clone(&console.dead_letters),
            mappings: Arc::clone(&mappings),
        };
        router = router.merge(aws::router(known, &self.permissions));
        if let Functions::Here(runtime) = &*console.functions {
            router = router.merge(runtime::api::router(runtime));
        }
        let router = routes::with_list(router, &template.functions);
        let router = guard::guarded(console::explained(router), hosts);
        for listener in listeners.console {
            self.serve(listener, router.clone());
        }
        console.demo.create().await?;
        if !console.demo.can_be_found().await? {
            output.line(&other_secrets(&self.dynamodb.tables_at));
        }
        self.pump(config, template, &console, mappings, &output).await?;
        for function in &template.functions {
            for minute in &function.minutes {
                let functions = Arc::clone(&console.functions);
                self.tasks.spawn(schedule::run(function.name.clone(), *minute, functions));
            }
        }
        if let Some((gateway, listeners)) = gateway.zip(listeners.api) {
            for listener in listeners {
                self.tasks.spawn(Arc::clone(&gateway).serve(listener));
            }
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
        mappings: Arc<Mappings>,
        output: &Arc<Output>,
    ) -> Result<()> {
        let shared = Shared {
            permissions: Arc::clone(&self.permissions),
            functions: Arc::clone(&console.functions),
            dead_letters: Arc::clone(&console.dead_letters),
            mappings,
            output: Arc::clone(output),
        };
        for function in &template.functions {
            for source in &function.sources {
                let clients = [self.dynamodb.client(), self.dynamodb.client_of(&function.id)];
                let data = config.data.as_deref();
                let pump = Pump::new(function, source, clients, data, shared.clone()).await?;
                self.tasks.spawn(async move { pump.run().await });
            }
        }
        Ok(())
    }

    async fn functions(
        &mut self,
        config: &Config,
        template: &Template,
        (requests, logs): (&Arc<Requests>, &Arc<Logs>),
        output: &Arc<Output>,
    ) -> Result<Functions> {
        if config.mode == Mode::Services {
            return Ok(Functions::watch(self.addresses.api.clone()));
        }
        if let Some(port) = config.watch {
            let groups = template.functions.iter().map(|function| function.log_group.clone());
            let group = groups.min().unwrap_or_default();
            let stream = crate::watch::STREAM.to_owned();
            // An earlier run may have created it.
            drop(logs.create_stream(&group, &stream));
            let (output, logs) = (Arc::clone(output), Arc::clone(logs));
            let log = Log { group, stream, logs, output, requests: Arc::clone(requests) };
            let watch = Watch::start(config, port, &self.environment, log).await?;
            let functions = Functions::watch(watch.url.clone());
            self.tasks.spawn(watch.ended());
            return Ok(functions);
        }
        let launcher = Launcher {
            binaries: config.binaries.clone(),
            runtime_api: self.addresses.console.clone(),
            environment: environment::of_lambda(&self.addresses),
            output: Arc::clone(output),
            logs: Arc::clone(logs),
            requests: Arc::clone(requests),
            permissions: Arc::clone(&self.permissions),
        };
        Ok(Functions::Here(Runtime::new(&template.functions, launcher)))
    }

    fn serve(&mut self, listener: TcpListener, router: Router) {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        self.tasks.spawn(async move { Ok(axum::serve(listener, service).await?) });
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

/// How this machine reaches what listens.
fn url(listeners: &[TcpListener]) -> Result<String> {
    port::url(listeners.first().context("nothing listens")?)
}

impl Listeners {
    async fn open(config: &Config) -> Result<Self> {
        let api = match config.mode {
            Mode::Services => None,
            Mode::Run | Mode::Exec => {
                Some(port::listen_bound(config.bind, config.ports.api, Variable::Api).await?)
            }
        };
        let (bind, port) = (config.bind, config.ports.console);
        Ok(Self { api, console: port::listen_bound(bind, port, Variable::Console).await? })
    }

    fn api_url(&self, config: &Config) -> Result<String> {
        if let Some(listeners) = &self.api {
            return url(listeners);
        }
        let port = config.ports.api;
        ensure!(port != 0, "--services needs POSTERN_API_PORT, the port of `cargo lambda watch`");
        Ok(format!("http://127.0.0.1:{port}"))
    }
}
