//! STS: `GetCallerIdentity`. The local stack has one account, and one identity for all.

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;

use super::query::{self, Form};
use crate::template::arn;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

pub(super) async fn answer(body: Bytes) -> Response {
    let form = Form::parse(&body);
    let Some(action @ "GetCallerIdentity") = form.get("Action") else {
        let message = "The local stack supports only GetCallerIdentity.";
        return query::error(StatusCode::BAD_REQUEST, NAMESPACE, "InvalidAction", message);
    };
    let account = arn::ACCOUNT;
    let identity =
        format!("<Arn>{}</Arn><UserId>local</UserId><Account>{account}</Account>", arn::caller());
    query::result(action, NAMESPACE, &identity)
}
