//! `postern organization export`.

use clap::Args;
use serde::Serialize;

use super::OrganizationArgument;
use super::view::View;
use crate::failure::Result;
use crate::operator::Operator;
use crate::output::export::Target;
use crate::output::note;

#[derive(Debug, Args)]
pub(crate) struct ExportOrganization {
    #[command(flatten)]
    organization: OrganizationArgument,

    #[command(flatten)]
    target: Target,
}

/// What is stored of an organization itself, without secrets.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Whole {
    #[serde(flatten)]
    settings: View,
    api_key_names: Vec<ApiKey>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ApiKey {
    name: String,
    created_at: Option<String>,
}

impl ExportOrganization {
    pub(super) async fn run(self, operator: &Operator) -> Result<()> {
        let id = &self.organization.id;
        let registered = operator.registered_still(id).await?;
        let api_keys = operator.api_keys()?;
        let mut export = self.target.open()?;
        let mut api_key_names = Vec::new();
        for digest in &registered.api_keys {
            let created_at = api_keys.find(digest).await?.and_then(|found| found.created_at);
            let created_at = created_at.map(|at| at.to_string());
            api_key_names.push(ApiKey { name: digest.name(), created_at });
        }
        export.document(&Whole { settings: View::from(&registered), api_key_names })?;
        export.finish()?;
        note(format!(
            "its users: `postern user export --organization {id} --file users.jsonl`; who changed what: \
             `postern audit --organization {id}`"
        ));
        Ok(())
    }
}
