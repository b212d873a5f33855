//! The calls of Secrets Manager, SES, SNS, STS and CloudFormation that functions and operators make, with
//! AWS's answers.
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
mod query;
mod rights;
mod secrets;
mod ses;
mod sns;
mod sts;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, post};

pub(crate) use cloudformation::StackDescription;
pub(crate) use secrets::Secrets;

use crate::iam::Permissions;
use crate::inbox::Inbox;
use rights::Service;

/// Path of Secrets Manager's endpoint on the console's port.
pub(crate) const SECRETS_MANAGER: &str = "/aws/secretsmanager";
/// Path of CloudFormation's endpoint on the console's port.
pub(crate) const CLOUDFORMATION: &str = "/aws/cloudformation";
/// Path of SES's endpoint on the console's port.
pub(crate) const SES: &str = "/aws/ses";
/// Path of SNS's endpoint on the console's port.
pub(crate) const SNS: &str = "/aws/sns";
/// Path of STS's endpoint on the console's port.
pub(crate) const STS: &str = "/aws/sts";

/// The endpoints, each call with the rights of its caller.
pub(crate) fn router(
    secrets: Arc<Secrets>,
    inbox: Arc<Inbox>,
    stack: Arc<StackDescription>,
    permissions: &Arc<Permissions>,
) -> Router {
    let of = |service, path: &str, answer: MethodRouter| {
        let checked = from_fn_with_state((service, Arc::clone(permissions)), rights::layer);
        // Some SDKs add a slash to an endpoint's path, others don't.
        let router = Router::new().route(path, answer.clone()).route(&format!("{path}/"), answer);
        router.layer(checked)
    };
    let (ses, sns) = (Arc::clone(&inbox), inbox);
    of(Service::SecretsManager, SECRETS_MANAGER, post(secrets::answer).with_state(secrets))
        .merge(of(Service::Ses, SES, post(ses::answer).with_state(ses)))
        .merge(of(Service::Sns, SNS, post(sns::answer).with_state(sns)))
        .merge(of(
            Service::CloudFormation,
            CLOUDFORMATION,
            post(cloudformation::answer).with_state(stack),
        ))
        // It needs no right.
        .route(STS, post(sts::answer))
        .route(&format!("{STS}/"), post(sts::answer))
}
