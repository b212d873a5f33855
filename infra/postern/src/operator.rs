//! Access to a deployment, for all commands.

use std::sync::Arc;

use domain::author::Reason;
use domain::id::OrganizationId;
use futures_util::FutureExt as _;
use registry::{
    ApiKeys, Clients, Codes, Connections, Fences, IdentifierRing, Organizations, Partners, Realm,
    Registered, Sessions, SigningRings, SsoUsers, Unlocks, Users,
};
use runtime::author::Authors;
use runtime::aws::Aws;

use crate::deployment::Deployment;
use crate::environment;
use crate::failure::{Failure, LOCAL_STACK, Result, refused};

/// Access to a deployment.
pub(crate) struct Operator {
    pub(crate) aws: Aws,
    /// Whether every confirmation is given.
    pub(crate) yes: bool,
    pub(crate) deployment: Arc<Deployment>,
}

/// The organization that a command is about.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct InOrganization {
    /// The organization's id
    #[arg(long, env = "POSTERN_ORGANIZATION", value_name = "ID", value_parser = OrganizationId::parse)]
    pub(crate) organization: OrganizationId,
}

impl Operator {
    pub(crate) async fn connect(yes: bool, reason: Option<Reason>) -> Result<Self> {
        let aws = Aws::new(environment::complete().await?).map_err(|error| incomplete(&error))?;
        let deployment = Arc::new(Deployment::new(&aws));
        let named = Arc::clone(&deployment);
        let ask = move || {
            let named = Arc::clone(&named);
            async move { named.author().await }.boxed()
        };
        Ok(Self { deployment, aws: aws.written_by(Authors::operator(reason, ask)), yes })
    }

    /// Opens a part of the deployment. The error names the missing environment variable.
    pub(crate) fn open<T>(&self, new: impl FnOnce(&Aws) -> anyhow::Result<T>) -> Result<T> {
        new(&self.aws).map_err(|error| incomplete(&error))
    }

    pub(crate) fn organizations(&self) -> Result<Organizations> {
        self.open(Organizations::new)
    }

    pub(crate) fn fences(&self) -> Result<Fences> {
        self.open(Fences::new)
    }

    pub(crate) fn api_keys(&self) -> Result<ApiKeys> {
        self.open(ApiKeys::new)
    }

    pub(crate) fn users(&self) -> Result<Users> {
        self.open(Users::new)
    }

    pub(crate) fn sessions(&self) -> Result<Sessions> {
        self.open(Sessions::new)
    }

    pub(crate) fn unlocks(&self) -> Result<Unlocks> {
        self.open(Unlocks::new)
    }

    pub(crate) fn codes(&self) -> Result<Codes> {
        self.open(Codes::new)
    }

    pub(crate) fn partners(&self) -> Result<Partners> {
        self.open(Partners::new)
    }

    pub(crate) fn connections(&self) -> Result<Connections> {
        self.open(Connections::new)
    }

    pub(crate) fn clients(&self) -> Result<Clients> {
        self.open(Clients::new)
    }

    pub(crate) fn sso_users(&self) -> Result<SsoUsers> {
        self.open(SsoUsers::new)
    }

    pub(crate) fn realm(&self) -> Result<Realm> {
        self.open(Realm::new)
    }

    pub(crate) fn identifier_ring(&self) -> Result<IdentifierRing> {
        self.open(IdentifierRing::new)
    }

    pub(crate) fn signing_rings(&self) -> Result<SigningRings> {
        self.open(SigningRings::new)
    }

    pub(crate) fn variable(&self, name: &str) -> Result<&str> {
        self.aws.config().required(name).map_err(|error| incomplete(&error))
    }

    /// The organization, which must exist, and not be about to be deleted.
    pub(crate) async fn registered(&self, id: &OrganizationId) -> Result<Registered> {
        let registered = self.registered_still(id).await?;
        if registered.deleting {
            return refused(format!(
                "organization {id} is being deleted: complete that with `postern organization delete {id}`"
            ));
        }
        Ok(registered)
    }

    /// The organization, which must exist.
    pub(crate) async fn registered_still(&self, id: &OrganizationId) -> Result<Registered> {
        let organizations = self.organizations()?;
        if let Some(registered) = organizations.find(id).await? {
            return Ok(registered);
        }
        match organizations.deleted(id).await? {
            Some(deleted) => refused(format!("organization {id} was deleted at {}", deleted.at)),
            None => refused(format!("organization {id} not found")),
        }
    }
}

fn incomplete(error: &anyhow::Error) -> Failure {
    Failure::Usage(format!(
        "{error:#}; {LOCAL_STACK}; for a deployed one, run `eval \"$(postern env --stack NAME)\"`"
    ))
}
