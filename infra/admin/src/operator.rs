//! What every command works with.

use domain::id::OrganizationId;
use platform::aws::Aws;
use platform::partner::Rotation;
use platform::sso::Registry;
use platform::store::{
    Challenges, Organizations, Partners, Registered, Sessions, SsoClients, SsoUsers, Users,
};

use crate::directory::Directory;
use crate::environment;
use crate::failure::{Failure, Result, refused};

/// Access to a deployment.
pub(crate) struct Operator {
    pub(crate) aws: Aws,
    /// Whether every question is answered already.
    pub(crate) yes: bool,
}

/// Which organization a command is about.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct InOrganization {
    /// The organization's id
    #[arg(long, env = "POSTERN_ORGANIZATION", value_name = "ID", value_parser = OrganizationId::parse)]
    pub(crate) organization: OrganizationId,
}

impl Operator {
    pub(crate) async fn connect(yes: bool) -> Result<Self> {
        let aws = Aws::new(environment::complete().await?).map_err(|error| incomplete(&error))?;
        Ok(Self { aws, yes })
    }

    pub(crate) fn organizations(&self) -> Result<Organizations> {
        self.aws.organizations().map_err(|error| incomplete(&error))
    }

    pub(crate) fn users(&self) -> Result<Users> {
        self.aws.users().map_err(|error| incomplete(&error))
    }

    pub(crate) fn sessions(&self) -> Result<Sessions> {
        self.aws.sessions().map_err(|error| incomplete(&error))
    }

    pub(crate) fn partners(&self) -> Result<Partners> {
        self.aws.partners().map_err(|error| incomplete(&error))
    }

    pub(crate) fn clients(&self) -> Result<SsoClients> {
        self.aws.sso_clients().map_err(|error| incomplete(&error))
    }

    pub(crate) fn sso_users(&self) -> Result<SsoUsers> {
        self.aws.sso_users().map_err(|error| incomplete(&error))
    }

    pub(crate) fn registry(&self) -> Result<Registry> {
        Registry::new(&self.aws).map_err(|error| incomplete(&error))
    }

    pub(crate) fn challenges(&self) -> Result<Challenges> {
        self.aws.challenges().map_err(|error| incomplete(&error))
    }

    pub(crate) fn signing_keys(&self) -> Result<Rotation> {
        Rotation::new(&self.aws).map_err(|error| incomplete(&error))
    }

    pub(crate) fn directory(&self) -> Result<Directory> {
        Directory::new(&self.aws).map_err(|error| incomplete(&error))
    }

    pub(crate) fn variable(&self, name: &str) -> Result<&str> {
        self.aws.config().required(name).map_err(|error| incomplete(&error))
    }

    /// An organization that must be there.
    pub(crate) async fn registered(&self, id: &OrganizationId) -> Result<Registered> {
        match self.organizations()?.registered(id).await? {
            Some(registered) => Ok(registered),
            None => refused(format!("there is no organization {id}")),
        }
    }
}

fn incomplete(error: &anyhow::Error) -> Failure {
    Failure::Usage(format!(
        "{error:#}\n`set -a; . .local/env` names the local stack's, `eval \"$(postern env --stack NAME)\"` a deployed one's"
    ))
}
