//! Every change names the request that made it.

use workbench::Change;

use crate::fixture::{Deployment, NOW};

#[tokio::test]
async fn the_mark_of_an_integration_names_the_request_that_made_it() {
    let deployment = Deployment::start().await;
    let token = deployment.ask_token(NOW).await.token();
    for (request_id, items) in [("req_1_a", &["ORG"][..]), ("req_1_b", &[])] {
        let validated = deployment.validate(&token, NOW);
        let bench = &deployment.bench;
        let (answer, changes) = bench.written_by("partner-validate", request_id, validated).await;
        assert_eq!(answer.status, 200);
        assert_eq!(changes, Change::all_by(&format!("partner-validate {request_id}"), items));
    }
}
