//! The HTTP client that all SDK clients share. It has one TLS stack, and trusts five roots.

use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// Amazon Trust Services' roots: the certificate of every AWS endpoint chains to one of them. Parsing
/// the system's hundred and forty roots took half of a function's start-up.
const TRUSTED_ROOTS: &str = include_str!("../roots.pem");

#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "the roots are in the binary, and a test parses them"
)]
pub fn http_client() -> SharedHttpClient {
    let trust_store = TrustStore::empty().with_pem_certificate(TRUSTED_ROOTS.as_bytes());
    let context = TlsContext::builder().with_trust_store(trust_store).build();
    let context = context.expect("five certificates");
    let provider = tls::Provider::Rustls(CryptoMode::AwsLc);
    Builder::new().tls_provider(provider).tls_context(context).build_https()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trusted_roots_are_five_certificates() {
        assert_eq!(TRUSTED_ROOTS.matches("BEGIN CERTIFICATE").count(), 5);
        let _client = http_client();
    }
}
