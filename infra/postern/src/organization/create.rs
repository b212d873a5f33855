//! `postern organization create`.

use std::num::NonZeroU32;

use clap::Args;
use domain::id::OrganizationId;
use domain::limits::{DEFAULT_PASSWORD_ATTEMPTS, DEFAULT_SENDS_PER_DAY};
use domain::organization::Organization;
use domain::text;

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
        let mut organization = Organization {
            id: self.id.unwrap_or_else(OrganizationId::random),
            name: self.name,
            portal_enabled: true,
            domain: None,
            locale: None,
            sender_address: None,
            sms_sender: None,
            sends_per_day: NonZeroU32::new(DEFAULT_SENDS_PER_DAY),
            password_attempts: NonZeroU32::new(DEFAULT_PASSWORD_ATTEMPTS),
            password_cookie: false,
        };
        self.settings.apply(&mut organization);
        if !operator.organizations()?.create(&organization).await? {
            return refused(format!("organization {} already exists", organization.id));
        }
        output.record(&View::from(&operator.registered(&organization.id).await?))?;
        warn_of_parts(&organization);
        Ok(())
    }
}
