//! `GET /.well-known/jwks.json`: returns the public keys of the partner surface's tokens.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(env!("CARGO_PKG_NAME"), partner_jwks::State::new, partner_jwks::handle).await
}
