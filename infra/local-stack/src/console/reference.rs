//! `/api`: the API reference, `infra/openapi.yaml` in Swagger UI. Its files are in the crate
//! `swagger-ui-dist`.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use swagger_ui_dist::{ApiDefinition, OpenApiSource, generate_routes};

use super::page::{self, file};
use super::problem;
use crate::reach;

const PAGE: &str = include_str!("page/reference.html");

/// The paths from which the page loads the description and the viewer's files.
const OF_THIS_STACK: &str = "/api/openapi.yaml";
const VIEWER: &str = "/page/swagger-ui";

/// As [`page::POLICY`], with two exceptions for Swagger UI: its icons are `data:` images, and it assigns
/// sanitised HTML, which `require-trusted-types-for` would refuse.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

pub(super) fn router<S: Clone + Send + Sync + 'static>(api: &str) -> Router<S> {
    let api: Arc<str> = api.into();
    let for_tools = Arc::clone(&api);
    let for_tools = async move |headers| description(&for_tools, &headers, page::POLICY);
    let for_page = async move |headers| description(&api, &headers, POLICY);
    Router::new()
        .route("/openapi.yaml", get(for_tools))
        .route("/api", get(|| async { file("text/html", POLICY, PAGE) }))
        .route(OF_THIS_STACK, get(for_page))
        .merge(viewer().with_state(()))
}

/// The crate also serves its own page. That page has an inline script, which the policy blocks.
fn viewer() -> Router {
    let definition = ApiDefinition {
        uri_prefix: VIEWER,
        api_definition: OpenApiSource::Uri(OF_THIS_STACK),
        title: None,
    };
    generate_routes(definition).layer(map_response(async |mut response: Response| {
        response.headers_mut().extend(page::protection(POLICY));
        response
    }))
}

fn description(api: &str, headers: &HeaderMap, policy: &'static str) -> Response {
    match crate::description::of_stack(&reach::from_another_port(api, headers)) {
        Ok(text) => file("application/yaml", policy, text).into_response(),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &format!("{error:#}")),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn everything_that_the_page_loads_is_here_and_under_its_policy() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let console =
            tokio::spawn(axum::serve(listener, router("http://127.0.0.1:9000")).into_future());
        for (path, kind) in [
            ("/api", "text/html; charset=utf-8"),
            ("/api/openapi.yaml", "application/yaml; charset=utf-8"),
            ("/page/swagger-ui/swagger-ui-bundle.js", "text/javascript"),
            ("/page/swagger-ui/swagger-ui.css", "text/css"),
            // The crate's own page, which is not used: its script is inline, so it does not run.
            ("/page/swagger-ui", "text/html"),
        ] {
            let answer = reqwest::get(format!("{url}{path}")).await.unwrap();
            assert_eq!(answer.status(), 200, "{path}");
            assert_eq!(answer.headers()["content-type"], kind, "{path}");
            assert_eq!(answer.headers()["content-security-policy"], POLICY, "{path}");
            assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "{path}");
        }
        console.abort();
    }

    #[test]
    fn the_page_itself_names_no_other_host() {
        assert!(!PAGE.contains("http://") && !PAGE.contains("https://") && !PAGE.contains("//cdn"));
    }
}
