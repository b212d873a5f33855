//! The pages: a handful of files, nothing from elsewhere.

use axum::Router;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::{problem, reference};

/// Lets the page load its own files and call its own server; no inline script, no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'; require-trusted-types-for 'script'";

const FILES: [(&str, &str, &str); 11] = [
    ("/", "text/html", include_str!("page/index.html")),
    ("/page/style.css", "text/css", include_str!("page/style.css")),
    ("/page/console.css", "text/css", include_str!("page/console.css")),
    ("/page/reference.css", "text/css", include_str!("page/reference.css")),
    ("/page/script.js", "text/javascript", include_str!("page/script.js")),
    ("/page/walks.js", "text/javascript", include_str!("page/walks.js")),
    ("/page/walk.js", "text/javascript", include_str!("page/walk.js")),
    ("/page/element.js", "text/javascript", include_str!("page/element.js")),
    ("/page/inbox.js", "text/javascript", include_str!("page/inbox.js")),
    ("/page/icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
    ("/openapi.yaml", "application/yaml", reference::DESCRIPTION),
];

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let router = Router::new().route("/api", get(description));
    FILES.into_iter().fold(router, |router, (path, kind, text)| {
        router.route(path, get(move || async move { file(kind, text) }))
    })
}

async fn description() -> Response {
    match reference::page() {
        Ok(page) => file("text/html", page).into_response(),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &format!("{error:#}")),
    }
}

fn file(kind: &str, text: impl IntoResponse) -> impl IntoResponse {
    let name = HeaderName::from_static;
    let headers = [
        (name("content-type"), format!("{kind}; charset=utf-8")),
        (name("content-security-policy"), POLICY.to_owned()),
        (name("cross-origin-opener-policy"), "same-origin".to_owned()),
        (name("cross-origin-resource-policy"), "same-origin".to_owned()),
        (name("referrer-policy"), "no-referrer".to_owned()),
        (name("x-content-type-options"), "nosniff".to_owned()),
        // The next build has other files at the same addresses.
        (name("cache-control"), "no-store".to_owned()),
    ];
    (headers, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_comes_from_elsewhere() {
        let loaded = FILES.into_iter().filter(|(path, ..)| *path != "/openapi.yaml");
        for (path, _, text) in loaded {
            let text = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("//cdn") && !text.contains("https://"), "{path}");
            assert!(!text.contains("src=\"http") && !text.contains("@import"), "{path}");
        }
        // Its text has addresses, its elements none.
        let page = reference::page().unwrap();
        assert!(!page.contains("=\"http") && !page.contains("=\"//") && !page.contains("<style"));
    }
}
