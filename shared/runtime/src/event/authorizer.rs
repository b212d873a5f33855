//! API Gateway's requests to a Lambda authorizer, in both formats: an HTTP API sends payload format
//! 2.0 and expects a yes or no; a REST API (and payload format 1.0) expects an IAM policy.

use std::collections::BTreeMap;
use std::time::Instant;

use domain::secret::Secret;
use domain::time::Timestamp;
use lambda_runtime::Error;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock;
use crate::field;
use crate::http;
use crate::invocation::{self, Invocation};
use crate::run::Event;
use crate::telemetry::{self, Names};

/// API Gateway's description of the request to authorize.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerRequest {
    /// Only from a REST API, and in payload format 1.0.
    #[serde(default, deserialize_with = "field::or_default")]
    method_arn: Option<String>,
    #[serde(default, deserialize_with = "field::texts")]
    headers: BTreeMap<String, String>,
    /// Only from a REST API. Of a repeated header, its `headers` have only the last value.
    #[serde(default, deserialize_with = "field::lists")]
    multi_value_headers: BTreeMap<String, Vec<String>>,
    /// Payload format 2.0 takes cookies out of the headers.
    #[serde(default, deserialize_with = "field::list")]
    cookies: Vec<String>,
    #[serde(default, deserialize_with = "field::texts")]
    path_parameters: BTreeMap<String, String>,
    /// Payload format 2.0 has a method and the route's path, or `$default`.
    #[serde(default, deserialize_with = "field::or_default")]
    route_key: Option<String>,
    /// The route's path, from a REST API and in payload format 1.0.
    #[serde(default, deserialize_with = "field::or_default")]
    resource: Option<String>,
    #[serde(default, deserialize_with = "field::or_default")]
    request_context: Context,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    #[serde(default, deserialize_with = "field::or_default")]
    request_id: Option<String>,
}

impl AuthorizerRequest {
    /// The text of a header, in any letter case: a REST API passes names on as the client sent them.
    /// `None` if the header came twice: the service behind the gateway might read the other value.
    pub fn header(&self, name: &str) -> Option<&str> {
        if self.repeats(name) {
            return None;
        }
        let (_, value) = self.headers.iter().find(|(sent, _)| sent.eq_ignore_ascii_case(name))?;
        Some(value.trim_ascii()).filter(|value| !value.is_empty())
    }

    /// Whether a header came more than once.
    pub fn repeats(&self, name: &str) -> bool {
        let lists = self.multi_value_headers.iter();
        let lists = lists.filter(|(sent, _)| sent.eq_ignore_ascii_case(name));
        let single = self.headers.keys().filter(|sent| sent.eq_ignore_ascii_case(name));
        lists.map(|(_, values)| values.len()).sum::<usize>() > 1 || single.count() > 1
    }

    /// The token of an `Authorization: Bearer` header.
    pub fn bearer(&self) -> Option<Secret> {
        http::bearer_token(self.header("authorization")?)
    }

    /// The value of a cookie. HTTP/2 allows several `Cookie` headers (RFC 9113 §8.2.3).
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let is_cookie = |sent: &&String| sent.eq_ignore_ascii_case("cookie");
        let lists = self.multi_value_headers.iter().filter(|(sent, _)| is_cookie(sent));
        let single = self.headers.iter().filter(|(sent, _)| is_cookie(sent));
        let lines = self.cookies.iter().chain(lists.flat_map(|(_, values)| values));
        let mut lines = lines.chain(single.map(|(_, value)| value));
        lines.find_map(|line| http::cookie_value(line, name))
    }

    /// A parameter of the route's path.
    pub fn path_parameter(&self, name: &str) -> Option<&str> {
        self.path_parameters.get(name).map(String::as_str)
    }

    /// All parameters of the route's path, by their names as the route spells them.
    pub fn path_parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.path_parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The id in the log of the API that asks.
    fn gateway_request_id(&self) -> Option<&str> {
        self.request_context.request_id.as_deref().filter(|id| !id.is_empty())
    }

    /// Whether the route stands for one path, which whoever made the route wrote down. A caller chooses
    /// a part of the path if the route has parameters, and the whole path of the route `$default`.
    pub fn is_of_a_fixed_path(&self) -> bool {
        let key = self.route_key.as_deref().map(|key| key.split_once(' ').map_or(key, |it| it.1));
        let mut routes = key.into_iter().chain(self.resource.as_deref()).peekable();
        let is_fixed = |route: &str| route.starts_with('/') && !route.contains(['{', '$']);
        routes.peek().is_some() && routes.all(is_fixed) && self.path_parameters.is_empty()
    }
}

/// The authorizer's decision.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allow {
        /// The caller's id in the gateway's log.
        principal: String,
        /// What the gateway passes on to the service behind it.
        context: BTreeMap<&'static str, String>,
    },
    Deny,
}

impl Verdict {
    fn outcome(&self) -> &'static str {
        match self {
            Self::Allow { .. } => "allow",
            Self::Deny => "deny",
        }
    }

    fn answer(self, method_arn: Option<&str>) -> Value {
        let (principal, context) = match self {
            Self::Allow { principal, context } => (Some(principal), context),
            Self::Deny => (None, BTreeMap::new()),
        };
        let Some(method_arn) = method_arn else {
            return json!({"isAuthorized": principal.is_some(), "context": context});
        };
        let effect = if principal.is_some() { "Allow" } else { "Deny" };
        json!({
            "principalId": principal.unwrap_or_else(|| "nobody".to_owned()),
            "policyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Action": "execute-api:Invoke", "Effect": effect, "Resource": method_arn},
                ],
            },
            "context": context,
        })
    }
}

/// A server error fails the invocation. The gateway then answers with a 500, and neither allows nor
/// denies the request.
impl Event<anyhow::Result<Verdict>> for AuthorizerRequest {
    type Reply = Value;

    async fn respond(
        handle: &impl AsyncFn(Self, Timestamp) -> anyhow::Result<Verdict>,
        event: Value,
        invocation: &Invocation,
    ) -> Result<Value, Error> {
        let started = Instant::now();
        let Invocation { name, request_id, .. } = invocation;
        let request: Self = invocation::parse(event)?;
        let method_arn = request.method_arn.clone();
        let gateway_request_id = request.gateway_request_id().map(str::to_owned);
        let decided = invocation::in_time(handle(request, clock::now()));
        let decided = invocation.calling(request_id, decided);
        let (verdict, call) = telemetry::measured(decided).await;
        let outcome = verdict.as_ref().map_or("failed", Verdict::outcome);
        let status = if verdict.is_ok() { 200 } else { 503 };
        let gateway_request_id = gateway_request_id.as_deref().unwrap_or(request_id);
        let names = Names { invocation, request_id, gateway_request_id };
        telemetry::request(names, outcome, status, &call, started.elapsed());
        verdict.map(|verdict| verdict.answer(method_arn.as_deref())).map_err(|error| {
            telemetry::failure(name, request_id, &error);
            Error::from("the request could not be authorized")
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::field::tests::{any_json, fields};

    fn request(event: Value) -> AuthorizerRequest {
        serde_json::from_value(event).unwrap()
    }

    /// A request as an HTTP API, or a REST API, describes it to its authorizer.
    fn whole() -> Value {
        json!({
            "version": "2.0", "type": "REQUEST", "methodArn": "arn:x", "routeArn": "arn:y",
            "identitySource": ["t"], "cookies": ["a=1"], "pathParameters": {"api": "patient"},
            "routeKey": "GET /{api}/records", "resource": "/{api}/records",
            "headers": {"Authorization": "Bearer t", "x": "y", "Cookie": "a=1"},
            "multiValueHeaders": {"Authorization": ["Bearer t"], "Cookie": ["a=1", "b=2"]},
            "queryStringParameters": {"a": "b"}, "stageVariables": {},
            "requestContext": {"http": {"sourceIp": "192.0.2.1"}, "requestId": "r"},
        })
    }

    proptest! {
        #[test]
        fn no_field_of_an_event_fails_it(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any_json()), 1..6),
        ) {
            let mut event = whole();
            for (index, value) in changes {
                let fields = fields(&event, "");
                if let Some(field) = event.pointer_mut(index.get::<String>(&fields)) {
                    *field = value;
                }
            }
            let request = request(event);
            let _ = (request.bearer(), request.cookie("a"), request.path_parameter("api"));
            let _ = (request.path_parameters().count(), request.is_of_a_fixed_path());
            prop_assert!(Verdict::Deny.answer(request.method_arn.as_deref()).is_object());
        }
    }

    #[test]
    fn every_field_may_be_null() {
        assert_eq!(request(whole()).gateway_request_id(), Some("r"));
        assert!(request(whole()).bearer().is_some());
        for field in fields(&whole(), "") {
            let mut event = whole();
            *event.pointer_mut(&field).unwrap() = Value::Null;
            let is_token = ["/headers", "/headers/Authorization"].contains(&field.as_str());
            assert_eq!(request(event).bearer().is_some(), !is_token, "{field}");
        }
    }

    #[test]
    fn header_names_match_in_any_case() {
        let request = request(json!({
            "headers": {"CV-API-Key": " key ", "Authorization": "bearer token", "Blank": " "},
        }));
        assert_eq!(request.header("cv-api-key"), Some("key"));
        assert_eq!(request.header("blank"), None);
        assert_eq!(request.bearer().map(|token| token.expose().to_owned()), Some("token".into()));
        assert!(self::request(json!({"headers": null})).bearer().is_none());
        let twice = self::request(json!({"headers": {"cv-api-key": "a", "CV-API-KEY": "b"}}));
        assert_eq!(twice.header("cv-api-key"), None);
        assert!(twice.repeats("cv-api-key") && !twice.repeats("authorization"));
    }

    #[test]
    fn a_header_that_came_twice_to_a_rest_api_is_none() {
        let request = |values: &[&str]| {
            let headers = json!({"Organization": values[values.len() - 1]});
            request(json!({"headers": headers, "multiValueHeaders": {"Organization": values}}))
        };
        assert_eq!(request(&["b", "a"]).header("organization"), None);
        assert_eq!(request(&["a"]).header("organization"), Some("a"));
        let half = json!({"headers": {"a": "b"}, "multiValueHeaders": {"a": [null, "b"]}});
        assert_eq!(self::request(half).header("a"), None);
    }

    #[test]
    fn a_cookie_is_found_in_both_formats() {
        let list = request(json!({"headers": {}, "cookies": ["a=1", "b=2"]}));
        let header = request(json!({"headers": {"Cookie": "a=1; b=2"}, "cookies": null}));
        let lines = request(json!({
            "headers": {"Cookie": "b=2"}, "multiValueHeaders": {"Cookie": ["a=1", "b=2"]},
        }));
        for request in [list, header, lines] {
            assert_eq!((request.cookie("b"), request.cookie("c")), (Some("2"), None));
        }
    }

    #[test]
    fn a_route_is_of_a_fixed_path_only_if_it_says_so_and_has_no_parameters() {
        let is_fixed = |event: Value| request(event).is_of_a_fixed_path();
        for fixed in [
            json!({"routeKey": "GET /records"}),
            json!({"routeKey": "ANY /", "pathParameters": null}),
            json!({"resource": "/records/all", "pathParameters": {}}),
        ] {
            assert!(is_fixed(fixed.clone()), "{fixed}");
        }
        for open in [
            json!({}),
            json!({"routeKey": "$default"}),
            json!({"resource": "$default"}),
            json!({"resource": "/$default"}),
            json!({"routeKey": "GET /records", "resource": "/{proxy+}"}),
            json!({"routeKey": "GET /records/{id}"}),
            json!({"resource": "/{proxy+}", "pathParameters": null}),
            json!({"routeKey": "GET /records", "pathParameters": {"id": "1"}}),
            json!({"routeKey": "", "resource": ["/records"]}),
        ] {
            assert!(!is_fixed(open.clone()), "{open}");
        }
    }

    #[test]
    fn each_kind_of_gateway_gets_the_answer_that_it_understands() {
        let allow = || Verdict::Allow {
            principal: "u".into(),
            context: BTreeMap::from([("userId", "u".to_owned())]),
        };
        insta::assert_snapshot!(allow().answer(None), @r#"{"context":{"userId":"u"},"isAuthorized":true}"#);
        insta::assert_snapshot!(Verdict::Deny.answer(None), @r#"{"context":{},"isAuthorized":false}"#);
        insta::assert_snapshot!(allow().answer(Some("arn:x")), @r#"{"context":{"userId":"u"},"policyDocument":{"Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"arn:x"}],"Version":"2012-10-17"},"principalId":"u"}"#);
        insta::assert_snapshot!(Verdict::Deny.answer(Some("arn:x")), @r#"{"context":{},"policyDocument":{"Statement":[{"Action":"execute-api:Invoke","Effect":"Deny","Resource":"arn:x"}],"Version":"2012-10-17"},"principalId":"nobody"}"#);
    }
}
