//! How long a request waits for each service, and how often its calls are retried. Measured where all
//! calls pass: at the HTTP client, once per try.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::config_bag::ConfigBag;

use super::call::record;
use super::waited::Dependency;

/// One try of a call. Ends when dropped: at the answer, or when its caller gives up.
struct Try(Dependency);

impl Try {
    fn begin(dependency: Dependency, request: &HttpRequest) -> Self {
        let is_retry = request.headers().get("amz-sdk-request").is_some_and(is_retry);
        record(|call| {
            call.waited[dependency as usize].begin();
            call.retries += u32::from(is_retry);
        });
        Self(dependency)
    }
}

impl Drop for Try {
    fn drop(&mut self) {
        record(|call| call.waited[self.0 as usize].end());
    }
}

/// Whether the SDK's header counts a try after the first: `attempt=2; max=4`.
fn is_retry(header: &str) -> bool {
    let attempt = header.split(';').find_map(|part| part.trim().strip_prefix("attempt="));
    attempt.is_some_and(|attempt| attempt != "1")
}

/// The HTTP client of one service's calls.
pub(crate) fn measuring(client: SharedHttpClient, dependency: Dependency) -> SharedHttpClient {
    SharedHttpClient::new(Measuring { client, dependency })
}

#[derive(Debug)]
struct Measuring {
    client: SharedHttpClient,
    dependency: Dependency,
}

impl HttpClient for Measuring {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(Connector { connector, dependency: self.dependency })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.client.validate_base_client_config(components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.client.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.client.connector_metadata()
    }
}

#[derive(Debug)]
struct Connector {
    connector: SharedHttpConnector,
    dependency: Dependency,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (connector, dependency) = (self.connector.clone(), self.dependency);
        HttpConnectorFuture::new(async move {
            let _running = Try::begin(dependency, &request);
            connector.call(request).await
        })
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::time::Duration;

    use super::*;
    use crate::telemetry::measured;
    use crate::telemetry::waited::Waited;

    #[tokio::test]
    async fn calls_side_by_side_are_waited_for_once() {
        let request = HttpRequest::get("https://dynamodb.example").unwrap();
        let ((), call) = measured(async {
            let first = Try::begin(Dependency::DynamoDb, &request);
            let second = Try::begin(Dependency::DynamoDb, &request);
            drop(first);
            // A call that nobody waits for any more has ended, too.
            let never = async { drop((second, pending::<()>().await)) };
            let _ = tokio::time::timeout(Duration::from_millis(5), never).await;
        })
        .await;
        let [waited, others @ ..] = &call.waited;
        assert!(waited.millis().is_some_and(|millis| millis >= 5), "{call:?}");
        assert_eq!((waited.running, waited.since), (0, None));
        assert!(others.iter().all(|other| *other == Waited::default()), "{call:?}");
    }

    #[tokio::test]
    async fn only_a_second_try_is_a_retry() {
        let ((), call) = measured(async {
            for attempt in ["attempt=1; max=4", "attempt=2; max=4", "ttl=1; attempt=3"] {
                let mut request = HttpRequest::get("https://dynamodb.example").unwrap();
                request.headers_mut().insert("amz-sdk-request", attempt);
                drop(Try::begin(Dependency::Ses, &request));
            }
        })
        .await;
        assert_eq!(call.retries, 2);
    }
}
