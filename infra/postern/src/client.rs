//! `postern client`: clients of the identity provider.

use clap::{ArgAction, Args, Subcommand};
use domain::credential::{Credential, Credentials};
use domain::id::ClientId;
use domain::issued::Issued;
use domain::sso::{Client, UserInfoForm};
use registry::{Change, RegisteredClient as Registered};
use runtime::clock;
use serde::Serialize;

use crate::deletion;
use crate::failure::{Result, refused, usage};
use crate::list::Selection;
use crate::operator::Operator;
use crate::output::{Output, Record, note, yes_no};
use crate::slots::{SlotStep, announced, promoted, replace_first, replace_second};
use crate::values::fresh_id;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Creates a client of the identity provider, and prints its API token once
    #[command(after_help = "Example:\n  postern client create 18552 >token")]
    Create(Create),
    /// Lists all clients; this reads the whole table
    #[command(after_help = "Example:\n  postern client list --limit 20")]
    List(Selection),
    /// Shows a client, without secrets
    #[command(after_help = "Example:\n  postern client show 18552")]
    Show(ClientArgument),
    /// Changes what a client may read, and in which form, within a minute
    #[command(after_help = "Example:\n  postern client update 18552 --reads-user-info false")]
    Update(Update),
    /// Adds a second API token, accepted beside the first; with --promote, ends the first
    #[command(
        after_help = "Example:\n  postern client rotate-token 18552 >token\n  postern client rotate-token 18552 --promote"
    )]
    RotateToken(Rotate),
    /// Disables a client, within a minute: it is refused as if it didn't exist
    #[command(after_help = "Example:\n  postern client disable 18552")]
    Disable(ClientArgument),
    /// Enables a disabled client, within a minute
    #[command(after_help = "Example:\n  postern client enable 18552")]
    Enable(ClientArgument),
    /// Deletes a client, within a minute; a user with its id stays
    #[command(after_help = "Example:\n  postern client delete 18552")]
    Delete(ClientArgument),
}

#[derive(Debug, Args)]
pub(crate) struct ClientArgument {
    /// The client's id
    #[arg(value_parser = ClientId::parse)]
    id: ClientId,
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The client's id; a user with the same id represents the client
    #[arg(value_parser = fresh_id(ClientId::parse))]
    id: ClientId,

    /// Whether the client may ask which user an access token belongs to
    #[arg(long, action = ArgAction::Set, default_value_t = true, value_name = "BOOL")]
    reads_user_info: bool,

    /// The form of user info that the client reads: `documented`, or `published` for the published
    /// services of the exchange, which read `is_active` as a number and a profile's `name`
    #[arg(long, value_parser = UserInfoForm::parse, default_value = "documented", value_name = "FORM")]
    user_info: UserInfoForm,
}

#[derive(Debug, Args)]
pub(crate) struct Update {
    /// The client's id
    #[arg(value_parser = ClientId::parse)]
    id: ClientId,

    /// Whether the client may ask which user an access token belongs to
    #[arg(long, action = ArgAction::Set, value_name = "BOOL")]
    reads_user_info: Option<bool>,

    /// The form of user info that the client reads: `documented` or `published`
    #[arg(long, value_parser = UserInfoForm::parse, value_name = "FORM")]
    user_info: Option<UserInfoForm>,
}

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// The client's id
    #[arg(value_parser = ClientId::parse)]
    id: ClientId,

    #[command(flatten)]
    step: SlotStep,
}

impl Command {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        match self {
            Self::Create(create) => create.run(operator, output).await,
            Self::List(selection) => {
                let clients = operator.clients()?;
                let page = async |from| clients.page(from).await;
                selection.print(output, page, |found| State::from(&found)).await
            }
            Self::Show(ClientArgument { id }) => {
                output.record(&State::from(&find(operator, &id).await?))
            }
            Self::Update(update) => update.run(operator, output).await,
            Self::Delete(ClientArgument { id }) => delete(operator, output, &id).await,
            Self::RotateToken(rotate) => rotate.run(operator, output).await,
            Self::Disable(ClientArgument { id }) => {
                find(operator, &id).await?;
                operator.confirm(&format!("Client {id} will be refused everywhere")).await?;
                set_disabled(operator, output, &id, true).await
            }
            Self::Enable(ClientArgument { id }) => set_disabled(operator, output, &id, false).await,
        }
    }
}

/// The client, which must exist.
async fn find(operator: &Operator, id: &ClientId) -> Result<Registered> {
    match operator.clients()?.find(id).await? {
        Some(found) => Ok(found),
        None => refused(format!("client {id} not found")),
    }
}

async fn set_disabled(
    operator: &Operator,
    output: &Output,
    id: &ClientId,
    disabled: bool,
) -> Result<()> {
    let Some(registered) = operator.clients()?.set_disabled(id, disabled).await? else {
        return refused(format!("client {id} not found"));
    };
    note(if disabled {
        "instances that have the client cached accept it for up to a minute"
    } else {
        "instances that have the client cached refuse it for up to a minute"
    });
    output.record(&State::from(&registered))
}

async fn delete(operator: &Operator, output: &Output, id: &ClientId) -> Result<()> {
    find(operator, id).await?;
    operator.confirm(&format!("Client {id} will be deleted")).await?;
    match operator.clients()?.delete(id, clock::now()).await? {
        Some(deleted) => {
            note("instances that have the client cached accept it for up to a minute");
            output.record(&deletion::View::new(&id, deleted))
        }
        None => refused(format!("client {id} not found")),
    }
}

impl Update {
    async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let Self { id, reads_user_info, user_info } = self;
        if reads_user_info.is_none() && user_info.is_none() {
            return usage("nothing to update: give --reads-user-info or --user-info");
        }
        match operator.clients()?.update(&id, reads_user_info, user_info).await? {
            Some(registered) => {
                note("instances that have the client cached learn of it within a minute");
                output.record(&State::from(&registered))
            }
            None => refused(format!("client {id} not found")),
        }
    }
}

impl Create {
    async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let token = Issued::ClientToken.generate();
        let credentials = Credentials::single(Credential::of(&token));
        let Self { id, reads_user_info, user_info } = self;
        let client = Client { id, credentials, reads_user_info, user_info };
        match operator.clients()?.create(&client).await? {
            Change::Made => {}
            Change::Conflict => return refused(format!("client {} already exists", client.id)),
        }
        let printed = output.secret(&View::of(&client, false), "token", &token);
        printed.map_err(|unprinted| unprinted.with_remedy(replace_first(&rotation(&client.id))))
    }
}

impl Rotate {
    async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let clients = operator.clients()?;
        let Registered { client, .. } = find(operator, &self.id).await?;
        let owner = format!("client {}", client.id);
        if self.step.is_promotion(operator, &owner, &client.credentials).await? {
            let late =
                "instances that have the client cached accept the first token for up to a minute";
            return promoted(clients.promote_token(&client).await?, late);
        }
        let token = Issued::ClientToken.generate();
        announced(clients.announce_token(&client, &Credential::of(&token)).await?)?;
        note("instances that have the client cached refuse the new token for up to a minute");
        let printed = output.secret(&View::of(&client, true), "token", &token);
        printed.map_err(|unprinted| unprinted.with_remedy(replace_second(&rotation(&client.id))))
    }
}

fn rotation(id: &ClientId) -> String {
    format!("client rotate-token {id}")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    id: String,
    reads_user_info: bool,
    user_info: UserInfoForm,
    /// Whether another token is accepted beside this one.
    second: bool,
}

impl View {
    fn of(client: &Client, second: bool) -> Self {
        let Client { id, reads_user_info, user_info, .. } = client;
        Self {
            id: id.to_string(),
            reads_user_info: *reads_user_info,
            user_info: *user_info,
            second,
        }
    }
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("id", self.id.clone()),
            ("reads user info", yes_no(self.reads_user_info)),
            ("user info", self.user_info.as_str().to_owned()),
            ("beside another", yes_no(self.second)),
        ]
    }
}

/// A client, without secrets.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct State {
    id: String,
    disabled: bool,
    reads_user_info: bool,
    user_info: UserInfoForm,
    /// Whether a second token is accepted beside the first.
    has_second_token: bool,
}

impl From<&Registered> for State {
    fn from(Registered { client, disabled }: &Registered) -> Self {
        Self {
            id: client.id.to_string(),
            disabled: *disabled,
            reads_user_info: client.reads_user_info,
            user_info: client.user_info,
            has_second_token: client.credentials.next.is_some(),
        }
    }
}

impl Record for State {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("id", self.id.clone()),
            ("disabled", yes_no(self.disabled)),
            ("reads user info", yes_no(self.reads_user_info)),
            ("user info", self.user_info.as_str().to_owned()),
            ("second token", yes_no(self.has_second_token)),
        ]
    }
}
