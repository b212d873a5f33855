//! The page: a handful of files, nothing from elsewhere.

use axum::Router;
use axum::http::HeaderName;
use axum::response::IntoResponse;
use axum::routing::get;

/// Lets the page load its own files and call its own server; no inline script, no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'; require-trusted-types-for 'script'";

const FILES: [(&str, &str, &str); 8] = [
    ("/", "text/html", include_str!("page/index.html")),
    ("/page/style.css", "text/css", include_str!("page/style.css")),
    ("/page/script.js", "text/javascript", include_str!("page/script.js")),
    ("/page/walks.js", "text/javascript", include_str!("page/walks.js")),
    ("/page/walk.js", "text/javascript", include_str!("page/walk.js")),
    ("/page/element.js", "text/javascript", include_str!("page/element.js")),
    ("/page/inbox.js", "text/javascript", include_str!("page/inbox.js")),
    ("/page/icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
];

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES.into_iter().fold(Router::new(), |router, (path, kind, text)| {
        router.route(path, get(move || async move { file(kind, text) }))
    })
}

fn file(kind: &str, text: &'static str) -> impl IntoResponse {
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
        for (path, _, text) in FILES {
            let text = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("//cdn") && !text.contains("https://"), "{path}");
            assert!(!text.contains("src=\"http") && !text.contains("@import"), "{path}");
        }
    }
}
