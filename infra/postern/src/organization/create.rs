//! `postern organization create`.

use clap::Args;
use domain::id::OrganizationId;
use domain::organization::Organization;
use domain::text;
use runtime::clock;

use super::settings::Settings;
use super::view::View;
use super::warn_of_parts;
use crate::failure::{Result, refused};
use crate::operator::Operator;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The organization's id; the default is a random one
    #[arg(long, value_parser = OrganizationId::parse)]
    id: Option<OrganizationId>,

    /// The organization's name, which messages show as the sender
    #[arg(long, value_parser = text::name)]
    name: String,

    #[command(flatten)]
    settings: Settings,
}

impl Create {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let mut organization =
            Organization::new(self.id.unwrap_or_else(OrganizationId::random), self.name);
        self.settings.apply(&mut organization);
        // From now on, the ring must not be exchanged.
        operator.identifier_ring()?.store(clock::now()).await?;
        if !operator.organizations()?.create(&organization).await? {
            return refused(format!("organization {} already exists", organization.id));
        }
        output.record(&View::from(&operator.registered(&organization.id).await?))?;
        warn_of_parts(&organization);
        Ok(())
    }
}
