//! `postern apply`, `diff` and `export`: organizations, partners and clients as a file.

mod apply;
mod file;
mod plan;
mod text;

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;

use self::file::{Client, Organization, Partner, Tenants};
use self::plan::{Plan, all};
use crate::failure::{Failure, Result, refused};
use crate::input::without_byte_order_mark;
use crate::operator::Operator;
use crate::output::{Output, note, printable, script};

/// What a deployment is compared with.
#[derive(Debug, Args)]
pub(crate) struct Wanted {
    /// The file, YAML or JSON, as `postern export` prints it; `-` is standard input
    #[arg(long, short, value_name = "FILE")]
    file: PathBuf,

    /// Also what the file doesn't name: its organizations, partners and clients are disabled, its
    /// connections end; nothing is deleted
    #[arg(long)]
    prune: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    wanted: Wanted,

    /// Prints the plan, and changes nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    wanted: Wanted,
}

#[derive(Debug, Args)]
pub(crate) struct Export {}

impl Wanted {
    /// Prints what has to change, and returns it. What no command can change is a refusal.
    async fn plan(&self, operator: &Operator, output: &Output) -> Result<Plan> {
        let name = self.file.display();
        let text = read(&self.file).map_err(|error| Failure::Usage(format!("{name}: {error}")))?;
        let tenants = Tenants::parse(&without_byte_order_mark(text))
            .map_err(|error| Failure::Usage(format!("{name}: {error}")))?;
        let plan = Plan::of(&tenants, self.prune, operator).await?;
        if !plan.impossible.is_empty() {
            return refused(format!("{name}: {}; nothing was changed", plan.impossible.join("; ")));
        }
        let listing = output.listing();
        listing.page(&plan.steps)?;
        listing.end()?;
        Ok(plan)
    }
}

fn read(file: &Path) -> io::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text)?;
        return Ok(text);
    }
    fs::read_to_string(file)
}

impl Apply {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let plan = self.wanted.plan(operator, output).await?;
        match (plan.steps.len(), self.dry_run) {
            (0, _) => note("nothing to change"),
            (count, true) => note(format!("{count} to change; nothing was changed")),
            (count, false) => {
                operator.confirm(&format!("The {count} listed changes will be made")).await?;
                apply::apply(plan, operator).await?;
                note(format!("{count} changed"));
            }
        }
        Ok(())
    }
}

impl Diff {
    /// Fails with [`Failure::Differs`] if there is something to change, and with status 1 for whatever
    /// else: a script must not take a typing error for a difference.
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let planned = self.wanted.plan(operator, output).await;
        let plan = planned.map_err(Failure::without_usage)?;
        if plan.steps.is_empty() { Ok(()) } else { Err(Failure::Differs) }
    }
}

impl Export {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let (organizations, partners, clients) =
            (operator.organizations()?, operator.partners()?, operator.clients()?);
        let found = all(async |from| organizations.page(from).await).await?;
        let mut tenants = Tenants {
            organizations: found.iter().map(Organization::from).collect(),
            partners: all(async |from| partners.page(from).await)
                .await?
                .iter()
                .map(Partner::from)
                .collect(),
            clients: all(async |from| clients.page(from).await)
                .await?
                .iter()
                .map(Client::from)
                .collect(),
        };
        // Two exports of one state are one text.
        tenants.organizations.sort_by(|one, other| one.id.cmp(&other.id));
        tenants.partners.sort_by(|one, other| one.id.cmp(&other.id));
        tenants.clients.sort_by(|one, other| one.id.cmp(&other.id));
        if output.is_json() {
            return Output::object(&tenants);
        }
        let yaml = serde_yaml_ng::to_string(&tenants).map_err(anyhow::Error::from)?;
        // A name from before names were checked may hold what a terminal must not get; JSON escapes it.
        if yaml.lines().all(|line| printable(line) == line) {
            script(yaml.as_bytes())
        } else {
            Output::object(&tenants)
        }
    }
}
