//! `postern organization sign-out`.

use clap::Args;
use domain::fence::MARGIN;
use runtime::clock;

use super::OrganizationArgument;
use super::view::View;
use crate::failure::{Result, refused};
use crate::fence::Wait;
use crate::operator::Operator;
use crate::output::{Output, note};

#[derive(Debug, Args)]
pub(crate) struct SignOut {
    #[command(flatten)]
    organization: OrganizationArgument,

    #[command(flatten)]
    wait: Wait,
}

impl SignOut {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let id = &self.organization.id;
        let name = operator.registered(id).await?.organization.name;
        operator
            .confirm(&format!(
                "All users of {name} ({id}) will be signed out, and nobody can sign in for {} s",
                MARGIN.as_secs()
            ))
            .await?;
        let Some(bound) = operator.fences()?.organization(id, clock::now).await? else {
            return refused(format!("organization {id} not found"));
        };
        note(format!("all sessions, tokens and codes of {name} from until {bound} have ended"));
        output.record(&View::from(&operator.registered(id).await?))?;
        self.wait.until_over(Some(bound)).await
    }
}
