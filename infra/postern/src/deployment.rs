//! Which deployment a command works on, and as whom.

use anyhow::anyhow;
use aws_sdk_sts::Client;
use domain::author::Arn;
use runtime::aws::Aws;
use runtime::outage::sdk_error;
use tokio::sync::OnceCell;

use crate::environment::SERVICES;

/// The deployment of the environment.
pub(crate) struct Deployment {
    aws: Aws,
    caller: OnceCell<Result<Caller, String>>,
}

/// Who we are to AWS.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) arn: String,
    pub(crate) account: String,
}

impl Deployment {
    pub(crate) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone(), caller: OnceCell::new() }
    }

    /// The stack and the region, which are known without a call.
    pub(crate) fn stack_and_region(&self) -> String {
        let of = |name| self.aws.config().optional(name).unwrap_or("unknown");
        format!("stack {}, region {}", of("STACK"), of("AWS_REGION"))
    }

    /// The stack, the account and the region.
    pub(crate) async fn place(&self) -> String {
        let account = match self.caller().await {
            Ok(Caller { account, .. }) => account,
            Err(why) => format!("unknown ({why})"),
        };
        format!("{}, account {account}", self.stack_and_region())
    }

    /// The same, with our identity.
    pub(crate) async fn place_and_caller(&self) -> String {
        let place = self.stack_and_region();
        match self.caller().await {
            Ok(Caller { account, arn }) => format!("{place}, account {account}, as {arn}"),
            Err(why) => format!("{place}, account and identity unknown ({why})"),
        }
    }

    /// Whom our changes name.
    pub(crate) async fn author(&self) -> anyhow::Result<Arn> {
        let caller = self.caller().await.map_err(|why| {
            anyhow!("{why}").context(
                "each change names who made it, and AWS did not say who we are; this change was not made",
            )
        })?;
        Ok(Arn::parse(&caller.arn)?)
    }

    /// Asked for once in a command. If it can't be found out, why.
    pub(crate) async fn caller(&self) -> Result<Caller, String> {
        self.caller.get_or_init(|| self.ask()).await.clone()
    }

    async fn ask(&self) -> Result<Caller, String> {
        let config = self.aws.config();
        let is_set =
            |service: &str| config.optional(&format!("AWS_ENDPOINT_URL{service}")).is_some();
        if SERVICES.into_iter().any(is_set) && !is_set("") && !is_set("_STS") {
            return Err("AWS_ENDPOINT_URL_STS is not set, as other addresses are".to_owned());
        }
        let client = Client::new(&self.aws.sdk_config("STS"));
        let answer = client.get_caller_identity().send().await;
        let answer =
            answer.map_err(|error| format!("{:#}", sdk_error(&error, "GetCallerIdentity")))?;
        match (answer.arn, answer.account) {
            (Some(arn), Some(account)) => Ok(Caller { arn, account }),
            _ => Err("GetCallerIdentity: an answer without an identity".to_owned()),
        }
    }
}
