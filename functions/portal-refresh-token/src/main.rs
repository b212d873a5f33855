//! `POST /api/v1/users/auth/refresh-token`: rotates a refresh token and gives a fresh access token.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(portal_refresh_token::State::new, portal_refresh_token::handle).await
}
