//! The profile of AWS's files that applies, for messages: what was looked for, where, and what to do.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_runtime::env_config::section::{EnvConfigSections, Profile as Section};
use aws_runtime::env_config::source;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_types::os_shim_internal::{Env, Fs};
use runtime::config::Config;
use runtime::outage::Unavailable;

use crate::failure::{Failure, LOCAL_STACK, Result, usage};

/// A profile, which may not exist if it is the default one.
pub(super) struct Profile {
    name: String,
    /// The files, for messages.
    files: String,
    kind: Kind,
}

/// Where credentials come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The browser's session of `aws login`, which the SDK reads only with cryptography of its own.
    Login,
    SingleSignOn,
    Process,
    WebIdentity,
    Role,
    /// Keys in the file, or nothing.
    Other,
}

impl Profile {
    /// The profile that the environment selects.
    ///
    /// # Errors
    /// If a file can't be read, or if it doesn't have the profile that `AWS_PROFILE` names.
    pub(super) async fn selected(config: &Config) -> Result<Self> {
        let path =
            |variable, default: &str| config.optional(variable).unwrap_or(default).to_owned();
        let files = format!(
            "{} and {}",
            path("AWS_CONFIG_FILE", "~/.aws/config"),
            path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")
        );
        let unreadable = |error: &(dyn Error + 'static)| {
            Failure::Usage(format!("can't read {files}: {}", chain(Some(error))))
        };
        let read = source::load(&Env::real(), &Fs::real(), &EnvConfigFiles::default()).await;
        let read = read.map_err(|error| unreadable(&error))?;
        let sections = EnvConfigSections::parse(read).map_err(|error| unreadable(&error))?;
        let name = sections.selected_profile().to_owned();
        let section = sections.get_profile(&name);
        if section.is_none() && config.optional("AWS_PROFILE").is_some() {
            let mut known: Vec<_> = sections.profiles().collect();
            known.sort_unstable();
            let known = if known.is_empty() { "no profile".to_owned() } else { known.join(", ") };
            return usage(format!(
                "the AWS profile {name} (AWS_PROFILE) was not found: {files} have {known}; set \
                 AWS_PROFILE to one of those, or run `aws configure --profile {name}`"
            ));
        }
        Ok(Self { kind: Kind::of(section, config), name, files })
    }

    pub(super) fn without_region(&self) -> String {
        let Self { name, files, .. } = self;
        format!(
            "no AWS region: looked in AWS_REGION, AWS_DEFAULT_REGION, `region` of profile {name} \
             ({files}), and the metadata of an EC2 instance; set AWS_REGION, or run `aws configure \
             set region REGION --profile {name}`; {LOCAL_STACK}"
        )
    }

    pub(super) fn without_credentials(&self) -> String {
        let Self { name, files, .. } = self;
        format!(
            "no AWS credentials: looked in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, profile \
             {name} ({files}), AWS_WEB_IDENTITY_TOKEN_FILE, and the metadata of a container or an EC2 \
             instance; run `aws sso login` or `aws configure`; {LOCAL_STACK}"
        )
    }

    /// Why there are no credentials.
    pub(super) fn failure(&self, error: &CredentialsError) -> Failure {
        if matches!(error, CredentialsError::CredentialsNotLoaded(_)) && self.kind == Kind::Other {
            return Failure::Usage(self.without_credentials());
        }
        let Self { name, files, .. } = self;
        let cause = chain(error.source());
        let why = format!(
            "the AWS credentials of profile {name} ({files}) could not be obtained: {cause}; {}",
            self.remedy()
        );
        if is_unanswered(error) {
            Failure::Unreachable(anyhow::Error::msg(why).context(Unavailable))
        } else {
            Failure::Usage(why)
        }
    }

    fn remedy(&self) -> String {
        let name = &self.name;
        match self.kind {
            Kind::Login => format!(
                "postern doesn't read the session of `aws login`: run `eval \"$(aws configure \
                 export-credentials --profile {name} --format env)\"`"
            ),
            Kind::SingleSignOn => format!("run `aws sso login --profile {name}`"),
            Kind::Process => format!(
                "run the command of its `credential_process`: it has to print credentials as JSON, \
                 and exit with 0; `aws sts get-caller-identity --profile {name}` tries it, too"
            ),
            Kind::WebIdentity => "check that the file of the web identity token exists and is \
                                  fresh, and that the role trusts its issuer"
                .to_owned(),
            Kind::Role => format!(
                "check that `role_arn` and `source_profile` of profile {name} are right, and that the \
                 role trusts you"
            ),
            Kind::Other => format!("check profile {name}, or run `aws configure --profile {name}`"),
        }
    }
}

impl Kind {
    fn of(section: Option<&Section>, config: &Config) -> Self {
        let has = |key: &str| section.is_some_and(|section| section.get(key).is_some());
        match () {
            () if has("login_session") => Self::Login,
            () if has("sso_session") || has("sso_start_url") => Self::SingleSignOn,
            () if has("credential_process") => Self::Process,
            () if has("web_identity_token_file") => Self::WebIdentity,
            () if has("role_arn") => Self::Role,
            () if has("aws_access_key_id") => Self::Other,
            () if config.optional("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() => Self::WebIdentity,
            () => Self::Other,
        }
    }
}

/// An error and its causes.
fn causes<'e>(
    error: Option<&'e (dyn Error + 'static)>,
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(error, |error: &&(dyn Error + 'static)| Error::source(*error))
}

fn chain<'e>(error: Option<&'e (dyn Error + 'static)>) -> String {
    let mut told: Vec<_> = causes(error).map(ToString::to_string).collect();
    told.dedup();
    told.join(": ")
}

/// Whether the service that issues credentials didn't answer.
fn is_unanswered(error: &CredentialsError) -> bool {
    let is_connection = |error: &(dyn Error + 'static)| {
        let error = error.downcast_ref::<ConnectorError>();
        error.is_some_and(|error| error.is_io() || error.is_timeout())
    };
    matches!(error, CredentialsError::ProviderTimedOut(_))
        || causes(error.source()).any(is_connection)
}
