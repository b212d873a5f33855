//! `POST /api/v1/users/auth/refresh-token`: rotates a refresh token, and issues an access token.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(
        env!("CARGO_PKG_NAME"),
        portal_refresh_token::State::new,
        portal_refresh_token::handle,
    )
    .await
}
