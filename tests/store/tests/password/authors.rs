//! Every change names the request that made it.

use domain::password::PasswordHash;
use workbench::Change;

use crate::fixture::{Deployment, NOW, OUTDATED};

#[tokio::test]
async fn a_hash_that_a_login_replaces_names_the_login() {
    let deployment = Deployment::start().await;
    let organization = deployment.organization.id.as_str();
    deployment.add("veteran", Some(PasswordHash::parse(OUTDATED).unwrap())).await;
    for items in [&["USER"][..], &[]] {
        let login = deployment.try_as(organization, "veteran", "password", NOW);
        let (answer, changes) = deployment.bench.written_by("password-login", "r-1", login).await;
        assert_eq!(answer.status, 200);
        assert_eq!(changes, Change::all_by("password-login r-1", items));
    }
}
