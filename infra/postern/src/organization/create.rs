//! `postern organization create`.

use clap::Args;
use domain::id::OrganizationId;
use domain::organization::{Organization, Sandbox};
use domain::text;
use domain::time::Timestamp;
use runtime::clock;

use super::settings::Settings;
use super::until::until;
use super::view::View;
use super::warn_of_parts;
use crate::failure::{Result, refused, usage};
use crate::operator::Operator;
use crate::output::{Output, note};
use crate::values::fresh_id;

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The organization's id; the default is a random one
    #[arg(long, value_parser = fresh_id(OrganizationId::parse))]
    id: Option<OrganizationId>,

    /// The organization's name, which messages show as the sender
    #[arg(long, value_parser = text::name)]
    name: String,

    /// A sandbox, for ever: every code is 000000, nothing is sent, and 1,000 codes a day may be requested
    /// per identifier. For reviews of apps, partners' tests, and checks after a deployment
    #[arg(long, conflicts_with = "sends_per_day")]
    sandbox: bool,

    /// The last day of the sandbox, or the instant of its end, in UTC: from then on its API keys are
    /// unknown
    #[arg(long, requires = "sandbox", value_name = "DATE|TIME", value_parser = until)]
    until: Option<Timestamp>,

    #[command(flatten)]
    settings: Settings,
}

impl Create {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let now = clock::now();
        if let Some(until) = self.until.filter(|until| *until <= now) {
            return usage(format!("the sandbox would have ended at {until}"));
        }
        let id = self.id.unwrap_or_else(OrganizationId::random);
        let mut organization = if self.sandbox {
            Organization::sandbox(id, self.name, Sandbox { ends_at: self.until })
        } else {
            Organization::new(id, self.name)
        };
        self.settings.apply(&mut organization);
        // From now on, the ring must not be exchanged.
        operator.identifier_ring()?.store(now).await?;
        let organizations = operator.organizations()?;
        if !organizations.create(&organization).await? {
            if organizations.deleted(&organization.id).await?.is_some() {
                return refused(format!(
                    "organization {} was deleted, and no id is used twice",
                    organization.id
                ));
            }
            return refused(format!("organization {} already exists", organization.id));
        }
        output.record(&View::from(&operator.registered(&organization.id).await?))?;
        if self.sandbox {
            note("every code of this organization is 000000: don't give it the data of real users");
        }
        warn_of_parts(&organization);
        Ok(())
    }
}
