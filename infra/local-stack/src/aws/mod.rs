//! The calls of Secrets Manager, SES, SNS, SQS, STS, Lambda, CloudFormation, CloudWatch and its Logs that
//! functions and operators make, with AWS's answers.
//!
//! Some recipients always fail, to test failures (SES and SNS themselves have none that fail at once):
//!
//! | recipient | answer |
//! |---|---|
//! | `…@throttled.example` | SES `Throttling`, temporary |
//! | `…@rejected.example` | SES `MessageRejected`, permanent |
//! | `…@suppressed.example` | accepted, not sent: on SES's suppression list |
//! | `+15550100…` | SNS `Throttling`, temporary |
//! | `+15550199…` | SNS `InvalidParameter` (the number opted out), permanent |

mod cloudformation;
mod cloudwatch;
mod json;
mod lambda;
mod logs;
mod post;
mod query;
mod rights;
mod secrets;
mod ses;
mod sns;
mod sqs;
mod sts;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};

pub(crate) use cloudformation::StackDescription;
use cloudwatch::Metrics;
pub(crate) use lambda::Configurations;
pub(crate) use post::{Post, sms_groups};
pub(crate) use secrets::Secrets;

use crate::iam::Permissions;
use crate::logs::Logs;
use crate::stream::{DeadLetters, Mappings};
use rights::Service;

/// Path of Secrets Manager's endpoint on the console's port.
pub(crate) const SECRETS_MANAGER: &str = "/aws/secretsmanager";
/// Path of CloudFormation's endpoint on the console's port.
pub(crate) const CLOUDFORMATION: &str = "/aws/cloudformation";
/// Path of CloudWatch's endpoint on the console's port.
pub(crate) const CLOUDWATCH: &str = "/aws/cloudwatch";
/// Path of the endpoint of CloudWatch Logs on the console's port.
pub(crate) const LOGS: &str = "/aws/logs";
/// Path of SES's endpoint on the console's port.
pub(crate) const SES: &str = "/aws/ses";
/// Path of SNS's endpoint on the console's port.
pub(crate) const SNS: &str = "/aws/sns";
/// Path of SQS's endpoint on the console's port.
pub(crate) const SQS: &str = "/aws/sqs";
/// Path of STS's endpoint on the console's port.
pub(crate) const STS: &str = "/aws/sts";

/// What the endpoints answer from.
pub(crate) struct Known {
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) post: Post,
    pub(crate) stack: Arc<StackDescription>,
    pub(crate) configurations: Arc<Configurations>,
    pub(crate) logs: Arc<Logs>,
    pub(crate) dead_letters: Arc<DeadLetters>,
    pub(crate) mappings: Arc<Mappings>,
}

/// The endpoints, each call with the rights of its caller.
pub(crate) fn router(known: Known, permissions: &Arc<Permissions>) -> Router {
    let checked = |service, router: Router| {
        router.layer(from_fn_with_state((service, Arc::clone(permissions)), rights::layer))
    };
    let of = |service, path: &str, answer: MethodRouter| {
        // Some SDKs add a slash to an endpoint's path, others don't.
        let router = Router::new().route(path, answer.clone()).route(&format!("{path}/"), answer);
        checked(service, router)
    };
    let secrets = post(secrets::answer).with_state(known.secrets);
    let mail = post(ses::answer).with_state(known.post.clone());
    let lambda = Router::new()
        .route("/2015-03-31/functions/{name}/configuration", get(lambda::configuration))
        .route("/2015-03-31/event-source-mappings/{id}", get(lambda::mapping))
        .with_state(known.configurations);
    let account = Router::new().route(&format!("{SES}/v2/email/account"), get(ses::account));
    let metrics = Metrics { mappings: known.mappings, logs: Arc::clone(&known.logs) };
    let cloudwatch = post(cloudwatch::answer).with_state(Arc::new(metrics));
    of(Service::SecretsManager, SECRETS_MANAGER, secrets)
        .merge(of(Service::Ses, SES, mail))
        .merge(checked(Service::SesV2, account))
        .merge(of(Service::Sns, SNS, post(sns::answer).with_state(known.post)))
        .merge(of(Service::Sqs, SQS, post(sqs::answer).with_state(known.dead_letters)))
        .merge(of(Service::Logs, LOGS, post(logs::answer).with_state(known.logs)))
        .merge(of(Service::CloudWatch, CLOUDWATCH, cloudwatch))
        .merge(checked(Service::Lambda, lambda))
        .merge(of(
            Service::CloudFormation,
            CLOUDFORMATION,
            post(cloudformation::answer).with_state(known.stack),
        ))
        // It needs no right.
        .route(STS, post(sts::answer))
        .route(&format!("{STS}/"), post(sts::answer))
}
