//! Stream of the table `challenges`: sends codes by mail or SMS.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::run(env!("CARGO_PKG_NAME"), portal_deliver_otp::State::new, portal_deliver_otp::handle)
        .await
}
