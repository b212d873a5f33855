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
mod secrets;
mod ses;
mod sns;
mod sts;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;

pub(crate) use cloudformation::StackDescription;
pub(crate) use secrets::Secrets;

use crate::inbox::Inbox;

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

/// The endpoints.
pub(crate) fn router(
    secrets: Arc<Secrets>,
    inbox: Arc<Inbox>,
    stack: Arc<StackDescription>,
) -> Router {
    // Some SDKs add a slash to an endpoint's path, others don't.
    let with_slash = |path: &str| format!("{path}/");
    Router::new()
        .route(SECRETS_MANAGER, post(secrets::answer))
        .route(&with_slash(SECRETS_MANAGER), post(secrets::answer))
        .with_state(secrets)
        .route(STS, post(sts::answer))
        .route(&with_slash(STS), post(sts::answer))
        .merge(
            Router::new()
                .route(SES, post(ses::answer))
                .route(&with_slash(SES), post(ses::answer))
                .route(SNS, post(sns::answer))
                .route(&with_slash(SNS), post(sns::answer))
                .with_state(inbox),
        )
        .merge(
            Router::new()
                .route(CLOUDFORMATION, post(cloudformation::answer))
                .route(&with_slash(CLOUDFORMATION), post(cloudformation::answer))
                .with_state(stack),
        )
}
