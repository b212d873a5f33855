//! Makes the changes of a plan. Each is what a command of its own does, with the same guards. Run again after
//! a failure, it plans what is left.

use domain::credential::{Credential, Credentials};
use domain::issued::Issued;
use domain::partner::Partner as NewPartner;
use domain::scope::Scopes;
use domain::sso::Client as NewClient;
use registry::{Change, Registered};
use runtime::clock;

use super::file::{Client, Organization, Partner};
use super::plan::{Plan, Step};
use crate::failure::{Result, refused};
use crate::operator::Operator;

pub(super) async fn apply(plan: Plan, operator: &Operator) -> Result<()> {
    for planned in plan.steps {
        match planned.step {
            Step::CreatePartner(partner) => create_partner(partner, operator).await?,
            Step::SwitchPartner(partner) => switch_partner(&partner, operator).await?,
            Step::CreateClient(client) => create_client(client, operator).await?,
            Step::SwitchClient(client) => switch_client(&client, operator).await?,
            Step::CreateOrganization(organization) => {
                // From now on, the ring must not be exchanged.
                operator.identifier_ring()?.store(clock::now()).await?;
                let id = &organization.id.0;
                if !operator.organizations()?.create(&organization.settings()).await? {
                    return refused(changed(&format!("organization {id}")));
                }
                if organization.disabled {
                    update(&organization, operator).await?;
                }
            }
            Step::UpdateOrganization(organization) => update(&organization, operator).await?,
            Step::DisableOrganization(organization) => {
                let disable = |registered: &mut Registered| registered.disabled = true;
                change(&organization, disable, operator).await?;
            }
            Step::Connect { organization, replaced, connection } => {
                let scopes: Scopes = connection.scopes.into_iter().map(|it| it.0).collect();
                let (id, partner) = (&organization.id.0, &connection.partner.0);
                let connected = operator
                    .connections()?
                    .connect(
                        id,
                        replaced.as_ref(),
                        partner,
                        &unknown(Issued::OrganizationSecret),
                        &scopes,
                    )
                    .await?;
                made(connected, &format!("the connection of organization {id}"))?;
            }
            Step::Disconnect { organization, seen } => {
                let id = &organization.id.0;
                let ended = operator.connections()?.disconnect(id, &seen).await?;
                made(ended, &format!("the connection of organization {id}"))?;
            }
        }
    }
    Ok(())
}

/// A secret that nobody ever sees: the command that the plan names generates the one that is used.
fn unknown(kind: Issued) -> Credential {
    Credential::of(&kind.generate())
}

async fn create_partner(partner: Partner, operator: &Operator) -> Result<()> {
    let credentials = Credentials::single(unknown(Issued::PartnerSecret));
    let new = NewPartner { id: partner.id.0.clone(), name: partner.name.0.clone(), credentials };
    let created = operator.partners()?.create(&new).await?;
    made(created, &format!("partner {}", new.id))?;
    if partner.disabled { switch_partner(&partner, operator).await } else { Ok(()) }
}

async fn switch_partner(partner: &Partner, operator: &Operator) -> Result<()> {
    let id = &partner.id.0;
    match operator.partners()?.set_disabled(id, partner.disabled).await? {
        Some(_) => Ok(()),
        None => refused(changed(&format!("partner {id}"))),
    }
}

async fn create_client(client: Client, operator: &Operator) -> Result<()> {
    let new = NewClient {
        id: client.id.0.clone(),
        credentials: Credentials::single(unknown(Issued::ClientToken)),
        reads_user_info: client.reads_user_info,
        user_info: client.form(),
    };
    let created = operator.clients()?.create(&new).await?;
    made(created, &format!("client {}", new.id))?;
    if client.disabled { switch_client(&client, operator).await } else { Ok(()) }
}

async fn switch_client(client: &Client, operator: &Operator) -> Result<()> {
    let id = &client.id.0;
    match operator.clients()?.set_disabled(id, client.disabled).await? {
        Some(_) => Ok(()),
        None => refused(changed(&format!("client {id}"))),
    }
}

/// Sets what the file has, and leaves what it hasn't: API keys, the instant of a sign-out, and the connection
/// but for its scopes.
async fn update(wanted: &Organization, operator: &Operator) -> Result<()> {
    let set = |registered: &mut Registered| {
        let found = &registered.organization;
        let (valid_after, sandbox) = (found.valid_after, found.sandbox);
        registered.organization = wanted.settings();
        registered.organization.valid_after = valid_after;
        registered.organization.sandbox = sandbox;
        registered.disabled = wanted.disabled;
        if let (Some(wanted), Some(found)) = (&wanted.connection, &mut registered.connection)
            && wanted.partner.0 == found.partner
        {
            found.scopes = wanted.scopes.iter().map(|it| it.0).collect();
        }
    };
    change(wanted, set, operator).await
}

async fn change(
    organization: &Organization,
    change: impl Fn(&mut Registered) + Send,
    operator: &Operator,
) -> Result<()> {
    let id = &organization.id.0;
    match operator.organizations()?.update(id, change).await? {
        Some(_) => Ok(()),
        None => refused(changed(&format!("organization {id}"))),
    }
}

fn made(change: Change, what: &str) -> Result<()> {
    match change {
        Change::Made => Ok(()),
        Change::Conflict => refused(changed(what)),
    }
}

fn changed(what: &str) -> String {
    format!(
        "another operator changed {what} at the same time; run the command again: it plans what is left"
    )
}
