//! Every change names the request that made it.

use workbench::Change;
use workbench::portal::seconds;

use crate::fixture::{Deployment, NOW};

#[tokio::test]
async fn a_sign_in_and_a_sign_out_name_their_requests() {
    let deployment = Deployment::start().await;
    let bench = &deployment.bench;
    let (answer, changes) = bench.written_by("sso-signin", "r-1", deployment.sign_in(NOW)).await;
    assert_eq!(changes, Change::all_by("sso-signin r-1", &["SSO", "USER"]));
    let token = answer.text("access_token");
    let later = NOW.plus(seconds(1));
    let (_, changes) =
        bench.written_by("sso-signout", "r-2", deployment.sign_out(&token, later)).await;
    assert_eq!(changes, Change::all_by("sso-signout r-2", &["SSO"]));
}
