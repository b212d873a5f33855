//! The pages: all their files are in this program.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;

/// The page may load its own files, call its own server and frame a mail of it; it has no inline scripts and
/// can't be framed.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'; require-trusted-types-for 'script'";

/// A mail in its frame: no script, nothing from elsewhere, and an origin of its own.
pub(super) const MAIL: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
                    form-action 'none'; frame-ancestors 'self'; sandbox";

const FILES: [(&str, &str, &str); 19] = [
    ("/", "text/html", include_str!("page/index.html")),
    ("/page/style.css", "text/css", include_str!("page/style.css")),
    ("/page/console.css", "text/css", include_str!("page/console.css")),
    ("/page/document.css", "text/css", include_str!("page/document.css")),
    ("/page/reference.css", "text/css", include_str!("page/reference.css")),
    ("/page/script.js", "text/javascript", include_str!("page/script.js")),
    ("/page/walks.js", "text/javascript", include_str!("page/walks.js")),
    ("/page/copy.js", "text/javascript", include_str!("page/copy.js")),
    ("/page/credentials.js", "text/javascript", include_str!("page/credentials.js")),
    ("/page/requests.js", "text/javascript", include_str!("page/requests.js")),
    ("/page/sandbox.js", "text/javascript", include_str!("page/sandbox.js")),
    ("/page/samples.js", "text/javascript", include_str!("page/samples.js")),
    ("/page/trail.js", "text/javascript", include_str!("page/trail.js")),
    ("/page/tokens.js", "text/javascript", include_str!("page/tokens.js")),
    ("/page/walk.js", "text/javascript", include_str!("page/walk.js")),
    ("/page/element.js", "text/javascript", include_str!("page/element.js")),
    ("/page/inbox.js", "text/javascript", include_str!("page/inbox.js")),
    ("/page/reference.js", "text/javascript", include_str!("page/reference.js")),
    ("/page/icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
];

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES.into_iter().fold(Router::new(), |router, (path, kind, text)| {
        router.route(path, get(move || async move { file(kind, POLICY, text) }))
    })
}

pub(super) fn file(kind: &str, policy: &'static str, text: impl IntoResponse) -> impl IntoResponse {
    let kind = (header::CONTENT_TYPE, format!("{kind}; charset=utf-8"));
    ([kind], protection(policy), text)
}

/// Headers that limit a page to its own files, and protect it from other sites.
pub(super) fn protection(policy: &'static str) -> [(HeaderName, HeaderValue); 6] {
    [
        ("content-security-policy", policy),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        // The next build may have other files at the same addresses.
        ("cache-control", "no-store"),
    ]
    .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
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
