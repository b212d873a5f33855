//! `GET /.well-known/jwks.json`: the public keys of the partner surface's tokens.

use partner_jwks as handler;
use platform::aws::Aws;
use platform::http;
use platform::partner::Keys;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let aws = Aws::from_environment()?;
    let state = handler::State { keys: Keys::new(aws.partners()?) };
    state.keys.prime().await;
    http::serve(|request, now| handler::handle(&state, request, now)).await
}
