//! `postern organization`.

mod connection;
mod create;
mod delete;
mod export;
mod settings;
mod sign_out;
mod until;
mod update;
mod view;

use clap::{Args, Subcommand};
use domain::id::OrganizationId;
use domain::organization::Organization;
use domain::sms;
use registry::Registered;

pub(crate) use self::until::until;
use self::view::{Row, View};
use crate::failure::{Result, refused};
use crate::list::Selection;
use crate::operator::Operator;
use crate::output::{Output, note};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Creates an organization
    #[command(
        after_help = "Example:\n  postern organization create --name 'Riverside Clinic' --domain riverside.example\n  postern organization create --name 'App review' --sandbox --until 2027-01-31"
    )]
    Create(create::Create),
    /// Lists all organizations; this reads the whole table
    #[command(
        after_help = "Example:\n  postern organization list --output json\n  postern organization list --filter clinic --limit 20"
    )]
    List(Selection),
    /// Shows an organization and its connection to a partner, without secrets
    #[command(
        after_help = "Example:\n  postern organization show 11111111-1111-4111-8111-111111111111"
    )]
    Show(OrganizationArgument),
    /// Updates an organization, within a minute; an empty text removes a setting
    #[command(
        after_help = "Example:\n  postern organization update 11111111-1111-4111-8111-111111111111 --sends-per-day 5\n  postern organization update 11111111-1111-4111-8111-111111111111 --scopes create:patient,read:user"
    )]
    Update(update::Update),
    /// Disables an organization, within a minute: all its requests are refused, as if it didn't exist
    #[command(
        after_help = "Example:\n  postern organization disable 11111111-1111-4111-8111-111111111111"
    )]
    Disable(OrganizationArgument),
    /// Enables a disabled organization
    #[command(
        after_help = "Example:\n  postern organization enable 11111111-1111-4111-8111-111111111111"
    )]
    Enable(OrganizationArgument),
    /// Signs out all users of an organization: ends every session, token and code. Nobody can sign in for
    /// 70 seconds
    #[command(
        after_help = "Example:\n  postern organization sign-out 11111111-1111-4111-8111-111111111111"
    )]
    SignOut(sign_out::SignOut),
    /// Exports what is stored of an organization itself, without secrets; `user export` exports its users
    #[command(
        after_help = "Example:\n  postern organization export 11111111-1111-4111-8111-111111111111 --file clinic.json"
    )]
    Export(export::ExportOrganization),
    /// Deletes an organization with all its users, API keys and its connection. Running it again completes what
    /// was cut off
    #[command(
        after_help = "Example:\n  postern organization delete 11111111-1111-4111-8111-111111111111"
    )]
    Delete(OrganizationArgument),
    /// Connects an organization to a partner, and prints the connection's secret once
    #[command(
        after_help = "Example:\n  postern organization connect 11111111-1111-4111-8111-111111111111 --partner practice-software --scopes create:patient,read:user >secret"
    )]
    Connect(connection::Connect),
    /// Ends the connection of an organization to its partner at once: secrets, scopes and tokens
    #[command(
        after_help = "Example:\n  postern organization disconnect 11111111-1111-4111-8111-111111111111"
    )]
    Disconnect(connection::Disconnect),
    /// Adds a second secret, accepted beside the first; with --promote, ends the first
    #[command(
        after_help = "Example:\n  postern organization rotate-secret 11111111-1111-4111-8111-111111111111 >secret\n  postern organization rotate-secret 11111111-1111-4111-8111-111111111111 --promote"
    )]
    RotateSecret(connection::Rotate),
}

#[derive(Debug, Args)]
pub(crate) struct OrganizationArgument {
    /// The organization's id
    #[arg(value_parser = OrganizationId::parse)]
    id: OrganizationId,
}

impl Command {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        match self {
            Self::Create(create) => create.run(operator, output).await,
            Self::List(selection) => {
                let organizations = operator.organizations()?;
                let page = async |from| organizations.page(from).await;
                selection.print(output, page, |found| Row(View::from(&found))).await
            }
            Self::Show(OrganizationArgument { id }) => {
                output.record(&View::from(&operator.registered_still(&id).await?))
            }
            Self::Update(update) => update.run(operator, output).await,
            Self::Disable(OrganizationArgument { id }) => {
                set_disabled(operator, output, &id, true).await
            }
            Self::Enable(OrganizationArgument { id }) => {
                set_disabled(operator, output, &id, false).await
            }
            Self::Export(export) => export.run(operator).await,
            Self::Delete(organization) => delete::delete(operator, output, &organization).await,
            Self::SignOut(sign_out) => sign_out.run(operator, output).await,
            Self::Connect(connect) => connect.run(operator, output).await,
            Self::Disconnect(disconnect) => disconnect.run(operator, output).await,
            Self::RotateSecret(rotate) => rotate.run(operator, output).await,
        }
    }
}

async fn set_disabled(
    operator: &Operator,
    output: &Output,
    id: &OrganizationId,
    disabled: bool,
) -> Result<()> {
    if disabled {
        let name = operator.registered(id).await?.organization.name;
        operator.confirm(&format!("No user of {name} ({id}) will be able to sign in")).await?;
    }
    update(operator, output, id, |registered| registered.disabled = disabled).await?;
    Ok(())
}

async fn update(
    operator: &Operator,
    output: &Output,
    id: &OrganizationId,
    change: impl Fn(&mut Registered) + Send,
) -> Result<Registered> {
    match operator.organizations()?.update(id, change).await? {
        Some(registered) => {
            output.record(&View::from(&registered))?;
            Ok(registered)
        }
        None => refused(format!("organization {id} not found")),
    }
}

/// Warns if an SMS with a code takes more than one part.
fn warn_of_parts(organization: &Organization) {
    let parts = sms::most_parts(organization);
    let sends = organization.portal_enabled && organization.sandbox.is_none();
    if sends && parts > 1 {
        let why = if sms::is_gsm(&organization.name) {
            "name and domain are too long for one"
        } else {
            "the name has letters outside of the alphabet of SMS (GSM 03.38)"
        };
        note(format!("an SMS with a code takes {parts} parts, each billed as an SMS: {why}"));
    }
}
