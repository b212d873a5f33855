//! `POST /{api}/auth/logout`: has the caller forget the token's cookie.

use password_logout as handler;
use platform::config::Config;
use platform::http;
use platform::password::Apis;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let state = handler::State { apis: Apis::new(&Config::from_environment())? };
    http::serve(|request, now| handler::handle(&state, request, now)).await
}
