//! Where a refusal is explained: `Link: <…>; rel="help"` (RFC 8288 §3).

use lambda_http::http::HeaderValue;
use lambda_http::http::uri::Uri;

use crate::config::Config;

/// The published page of errors, `docs/errors.md`, which has an anchor for each refusal.
#[derive(Clone, Debug)]
pub struct HelpPage {
    url: String,
}

impl HelpPage {
    /// The page that `HELP_URL` names; `None` if the variable is missing or blank.
    ///
    /// # Errors
    /// If it is not an absolute URL of HTTP without a fragment.
    pub(crate) fn from(config: &Config) -> anyhow::Result<Option<Self>> {
        let Some(url) = config.optional("HELP_URL") else { return Ok(None) };
        let uri = url.parse::<Uri>().ok();
        let is_http =
            uri.as_ref().and_then(Uri::scheme_str).is_some_and(|it| it.starts_with("http"));
        anyhow::ensure!(
            is_http && !url.contains(['#', '<', '>', '"']),
            "the environment variable HELP_URL is not an absolute URL of HTTP without a fragment"
        );
        Ok(Some(Self { url: url.to_owned() }))
    }

    /// The link to the explanation of a refusal, which its answer names by surface, status and a word.
    pub(super) fn link(&self, surface: &str, status: u16, word: &str) -> Option<HeaderValue> {
        let link = format!(r#"<{}#{}>; rel="help""#, self.url, anchor(surface, status, word));
        HeaderValue::from_maybe_shared(link).ok()
    }
}

/// The anchor of a refusal in `docs/errors.md`, by the rule that the page states.
pub fn anchor(surface: &str, status: u16, word: &str) -> String {
    let parts = word.split(|char: char| !char.is_ascii_alphanumeric());
    let words: Vec<_> =
        parts.filter(|part| !part.is_empty()).map(str::to_ascii_lowercase).collect();
    format!("{surface}-{status}-{}", words.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(url: &str) -> anyhow::Result<Option<HelpPage>> {
        HelpPage::from(&[("HELP_URL".to_owned(), url.to_owned())].into_iter().collect())
    }

    #[test]
    fn a_refusal_has_a_link_to_its_anchor() {
        let page = page("https://clinic.example/docs/errors").unwrap().unwrap();
        let link = page.link("partner", 401, "Invalid partner credentials provided.").unwrap();
        assert_eq!(
            link,
            "<https://clinic.example/docs/errors#partner-401-invalid-partner-credentials-provided>; rel=\"help\""
        );
    }

    #[test]
    fn only_an_absolute_url_of_http_is_a_help_page() {
        for url in ["", " "] {
            assert!(page(url).unwrap().is_none());
        }
        for url in [
            "errors",
            "/errors",
            "ftp://a/b",
            "https://",
            "https://a/b#c",
            "https://a/>b",
            "https://a/b c",
        ] {
            assert!(page(url).is_err(), "{url}");
        }
        assert!(page("http://127.0.0.1:9001/docs/errors").unwrap().is_some());
    }
}
