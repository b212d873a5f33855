//! Calls of AWS services that we need so little of that their SDKs aren't worth the minute that each
//! takes to compile. The machinery is the SDKs': signature, retries, timeouts, a wrong clock.

use anyhow::Context as _;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_sdk_ses::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_types::region::SigningRegion;
use aws_types::{SdkConfig, SigningName};
use serde_json::Value;

use crate::aws::Aws;
use crate::outage::sdk_error;
use crate::xml;

/// A service that is called without its SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    CloudFormation,
    CloudWatch,
    Lambda,
    Logs,
    /// Version 2 of SES.
    Ses,
    Sqs,
}

/// A protocol of AWS, with what calls need for it.
/// <https://smithy.io/2.0/aws/protocols/index.html>
enum Protocol {
    /// AWS JSON: the type of the body, and the prefix of the operation's name.
    Json { content_type: &'static str, target: &'static str },
    /// AWS Query: forms, answered in XML. Has the version of the API.
    Query { version: &'static str },
    /// Operations are methods and paths.
    Rest,
}

impl Service {
    const fn protocol(self) -> Protocol {
        let (content_type, target) = match self {
            Self::CloudWatch => ("application/x-amz-json-1.0", "GraniteServiceVersion20100801"),
            Self::Logs => ("application/x-amz-json-1.1", "Logs_20140328"),
            Self::Sqs => ("application/x-amz-json-1.0", "AmazonSQS"),
            Self::CloudFormation => return Protocol::Query { version: "2010-05-15" },
            Self::Lambda | Self::Ses => return Protocol::Rest,
        };
        Protocol::Json { content_type, target }
    }

    /// The first label of the service's host names.
    const fn host(self) -> &'static str {
        match self {
            Self::CloudWatch => "monitoring",
            Self::Ses => SES_HOST,
            _ => self.signing_name(),
        }
    }

    const fn signing_name(self) -> &'static str {
        match self {
            Self::CloudFormation => "cloudformation",
            Self::CloudWatch => "monitoring",
            Self::Lambda => "lambda",
            Self::Logs => "logs",
            Self::Ses => "ses",
            Self::Sqs => "sqs",
        }
    }

    /// The suffix of `AWS_ENDPOINT_URL`.
    const fn variable(self) -> &'static str {
        match self {
            Self::CloudFormation => "CLOUDFORMATION",
            Self::CloudWatch => "CLOUDWATCH",
            Self::Lambda => "LAMBDA",
            Self::Logs => "CLOUDWATCH_LOGS",
            Self::Ses => "SES",
            Self::Sqs => "SQS",
        }
    }

    /// Whether the service's usual endpoint in `GovCloud` is the FIPS endpoint, too.
    fn is_fips_by_itself(self, region: &str, use_dual_stack: bool) -> bool {
        let is_such = match self {
            Self::CloudWatch => true,
            Self::CloudFormation | Self::Logs | Self::Sqs => !use_dual_stack,
            Self::Lambda | Self::Ses => false,
        };
        is_such && region.starts_with("us-gov-")
    }
}

const SES_HOST: &str = "email";

/// A client of one service.
#[derive(Clone, Debug)]
pub struct Client {
    service: Service,
    config: SdkConfig,
}

impl Client {
    /// `AWS_ENDPOINT_URL_<service>` replaces the service's address: `CLOUDFORMATION`, `CLOUDWATCH`,
    /// `CLOUDWATCH_LOGS`, `LAMBDA`, `SES`, `SQS`.
    pub fn new(aws: &Aws, service: Service) -> Self {
        Self { service, config: aws.sdk_config(service.variable()) }
    }

    /// Calls an operation of CloudFormation, CloudWatch, Logs or SQS. The body is a JSON object, which
    /// has only texts for CloudFormation.
    pub async fn call(&self, action: &'static str, body: &Value) -> anyhow::Result<Value> {
        let post = |body: String, content_type| {
            let mut request = HttpRequest::new(SdkBody::from(body));
            request.headers_mut().insert("content-type", content_type);
            request.set_method("POST").and_then(|()| request.set_uri("/"))?;
            anyhow::Ok(request)
        };
        let request = match self.service.protocol() {
            Protocol::Json { content_type, target } => {
                let mut request = post(body.to_string(), content_type)?;
                request.headers_mut().insert("x-amz-target", format!("{target}.{action}"));
                request
            }
            Protocol::Query { version } => {
                let fields = body.as_object().into_iter().flatten();
                let texts =
                    fields.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
                let form = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs([("Action", action), ("Version", version)])
                    .extend_pairs(texts)
                    .finish();
                post(form, "application/x-www-form-urlencoded")?
            }
            Protocol::Rest => anyhow::bail!("{action}: {:?} has paths", self.service),
        };
        self.send(action, request).await
    }

    /// Reads what is at a path of Lambda or SES: an absolute one, percent-encoded, with its query.
    pub async fn get(&self, action: &'static str, path: &str) -> anyhow::Result<Value> {
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(path.to_owned()).with_context(|| format!("{action}: {path}"))?;
        self.send(action, request).await
    }

    async fn send(&self, action: &'static str, request: HttpRequest) -> anyhow::Result<Value> {
        let operation = self.operation(action, &self.endpoint().await?)?;
        operation.invoke(Sent(request)).await.map_err(|error| sdk_error(&error, action))
    }

    fn operation(
        &self,
        action: &'static str,
        endpoint: &str,
    ) -> anyhow::Result<Operation<Sent, Value, ErrorMetadata>> {
        let config = &self.config;
        let missing = "the SDK's configuration is incomplete";
        let builder = Operation::builder()
            .service_name(self.service.signing_name())
            .operation_name(action)
            .endpoint_url(endpoint)
            .http_client(config.http_client().context(missing)?)
            .sleep_impl(config.sleep_impl().context(missing)?)
            .standard_retry(config.retry_config().context(missing)?)
            .timeout_config(config.timeout_config().context(missing)?.clone())
            .stalled_stream_protection(config.stalled_stream_protection().context(missing)?)
            .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
            .retry_classifier(ServiceClockSkewClassifier::<ErrorMetadata>::new())
            .interceptor(ServiceClockSkewInterceptor::new())
            .runtime_plugin(self.signature().context(missing)?);
        Ok(builder.serializer(|sent: Sent| Ok::<_, BoxError>(sent.0)).deserializer(read).build())
    }

    /// What signs each try.
    fn signature(&self) -> Option<StaticRuntimePlugin> {
        let mut config = Layer::new("signature");
        config.store_put(AuthSchemeOptionResolverParams::new(()));
        config.store_put(SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(self.config.region()?.clone())),
            region_set: None,
            name: Some(SigningName::from_static(self.service.signing_name())),
            signing_options: SigningOptions::default(),
        });
        let credentials = SharedIdentityResolver::new(self.config.credentials_provider()?);
        let scheme = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
        let components = RuntimeComponentsBuilder::new("signature")
            .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
            .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(scheme)))
            .with_identity_cache(Some(IdentityCache::no_cache()))
            .with_identity_resolver(SCHEME_ID, credentials);
        let plugin = StaticRuntimePlugin::new().with_config(config.freeze());
        Some(plugin.with_runtime_components(components))
    }

    /// The address of the service: SES's SDK knows partitions, and its endpoints have no exceptions.
    async fn endpoint(&self) -> anyhow::Result<String> {
        if let Some(url) = self.config.endpoint_url() {
            return Ok(url.to_owned());
        }
        let region = self.config.region().context("no region")?.as_ref();
        let (fips, dual_stack) =
            (self.config.use_fips() == Some(true), self.config.use_dual_stack() == Some(true));
        let params = Params::builder()
            .region(region.to_owned())
            .use_fips(fips && !self.service.is_fips_by_itself(region, dual_stack))
            .use_dual_stack(dual_stack)
            .build()?;
        let found = DefaultResolver::new().resolve_endpoint(&params).await;
        let found = found.map_err(|error| anyhow::anyhow!("no endpoint in {region}: {error}"))?;
        Ok(found.url().replacen(SES_HOST, self.service.host(), 1))
    }
}

/// A request on its way. Its body is not shown.
struct Sent(HttpRequest);

impl std::fmt::Debug for Sent {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sent")
    }
}

/// Reads an answer: JSON, XML as JSON, or an error with its code.
fn read(response: &HttpResponse) -> Result<Value, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    let json = match std::str::from_utf8(body) {
        Ok(text) if text.trim_start().starts_with('<') => xml::result(text).map_err(BoxError::from),
        _ => serde_json::from_slice::<Value>(body).map_err(BoxError::from),
    };
    if response.status().is_success() {
        return json.map_err(OrchestratorError::response);
    }
    let json = json.unwrap_or_default();
    let code = response.headers().get("x-amzn-errortype");
    let code = ["__type", "code", "Code"]
        .iter()
        .fold(code, |found, name| found.or_else(|| json[name].as_str()));
    let mut error = ErrorMetadata::builder();
    if let Some(code) = code {
        // `com.amazonaws.sqs#QueueDoesNotExist`, `ResourceNotFoundException:http://…`
        let code = code.split(':').next().unwrap_or_default();
        error = error.code(code.rsplit('#').next().unwrap_or_default());
    }
    Err(OrchestratorError::operation(error.build()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    /// The client's address with these variables.
    async fn address(service: Service, variables: &[(&str, &str)]) -> String {
        let keys = [("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")];
        let all = keys.iter().chain(variables);
        let config: Config =
            all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Client::new(&Aws::new(config).unwrap(), service).endpoint().await.unwrap()
    }

    /// The addresses that botocore's rules give.
    #[tokio::test]
    async fn addresses_are_those_of_each_partition_with_fips_and_dual_stack() {
        let of = async |service, region, fips, dual_stack| {
            let (fips, dual_stack) = (fips != 0, dual_stack != 0);
            let flag = |is_set: bool| if is_set { "true" } else { "false" };
            let variables = [
                ("AWS_REGION", region),
                ("AWS_USE_FIPS_ENDPOINT", flag(fips)),
                ("AWS_USE_DUALSTACK_ENDPOINT", flag(dual_stack)),
            ];
            address(service, &variables).await
        };
        for (service, region, fips, dual_stack, expected) in [
            (
                Service::CloudFormation,
                "us-gov-west-1",
                1,
                0,
                "cloudformation.us-gov-west-1.amazonaws.com",
            ),
            (
                Service::CloudFormation,
                "us-gov-east-1",
                1,
                1,
                "cloudformation-fips.us-gov-east-1.api.aws",
            ),
            (Service::CloudWatch, "us-east-1", 0, 0, "monitoring.us-east-1.amazonaws.com"),
            (Service::CloudWatch, "us-east-1", 1, 1, "monitoring-fips.us-east-1.api.aws"),
            (Service::CloudWatch, "us-gov-west-1", 1, 0, "monitoring.us-gov-west-1.amazonaws.com"),
            (Service::CloudWatch, "us-gov-east-1", 1, 1, "monitoring.us-gov-east-1.api.aws"),
            (Service::Lambda, "eu-central-1", 0, 1, "lambda.eu-central-1.api.aws"),
            (Service::Lambda, "us-gov-west-1", 1, 0, "lambda-fips.us-gov-west-1.amazonaws.com"),
            (Service::Logs, "cn-north-1", 0, 0, "logs.cn-north-1.amazonaws.com.cn"),
            (Service::Logs, "us-gov-west-1", 1, 0, "logs.us-gov-west-1.amazonaws.com"),
            (Service::Logs, "us-gov-west-1", 1, 1, "logs-fips.us-gov-west-1.api.aws"),
            (Service::Ses, "us-east-1", 1, 0, "email-fips.us-east-1.amazonaws.com"),
            (Service::Sqs, "us-iso-east-1", 0, 0, "sqs.us-iso-east-1.c2s.ic.gov"),
            (Service::Sqs, "us-gov-east-1", 1, 0, "sqs.us-gov-east-1.amazonaws.com"),
        ] {
            let found = of(service, region, fips, dual_stack).await;
            assert_eq!(found, format!("https://{expected}"));
        }
    }

    #[tokio::test]
    async fn a_variable_replaces_an_address() {
        let variables = [("AWS_REGION", "us-east-1"), ("AWS_ENDPOINT_URL_SQS", "http://[::1]:1/q")];
        assert_eq!(address(Service::Sqs, &variables).await, "http://[::1]:1/q");
    }

    #[test]
    fn an_error_has_its_code_in_a_header_or_in_the_body() {
        let code = |header: Option<&'static str>, body: &'static str| {
            let mut response = HttpResponse::new(400.try_into().unwrap(), SdkBody::from(body));
            if let Some(header) = header {
                response.headers_mut().insert("x-amzn-errortype", header);
            }
            let Err(error) = read(&response) else { panic!("an error was read as an answer") };
            error.as_operation_error().and_then(|error| error.code().map(str::to_owned))
        };
        let of = |code: &str| Some(code.to_owned());
        assert_eq!(code(Some("NotFound:http://x"), "{}"), of("NotFound"));
        assert_eq!(code(None, r#"{"__type":"com.amazonaws.sqs#Missing"}"#), of("Missing"));
        assert_eq!(code(None, r#"{"code":"AccessDenied"}"#), of("AccessDenied"));
        let query = "<ErrorResponse xmlns=\"x\"><Error><Code>ValidationError</Code></Error></ErrorResponse>";
        assert_eq!(code(None, query), of("ValidationError"));
        assert_eq!(code(None, "<html>"), None);
    }
}
