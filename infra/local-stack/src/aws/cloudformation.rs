//! CloudFormation: `DescribeStacks` of the local stack.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::query::{self, Form};
use crate::template::arn;

pub(super) const NAMESPACE: &str = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

/// The outputs and parameters of the stack.
pub(crate) struct StackDescription {
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) parameters: BTreeMap<String, String>,
}

pub(super) async fn answer(State(stack): State<Arc<StackDescription>>, body: Bytes) -> Response {
    let form = Form::parse(&body);
    match (form.get("Action"), form.get("StackName")) {
        (Some(action @ "DescribeStacks"), Some(arn::STACK)) => {
            query::result(action, NAMESPACE, &stack.xml())
        }
        (Some("DescribeStacks"), _) => {
            let message = format!("The only local stack is {}.", arn::STACK);
            query::error(StatusCode::BAD_REQUEST, NAMESPACE, "ValidationError", &message)
        }
        _ => {
            let message = "The local stack supports only DescribeStacks.";
            query::error(StatusCode::BAD_REQUEST, NAMESPACE, "InvalidAction", message)
        }
    }
}

impl StackDescription {
    fn xml(&self) -> String {
        let list = |kind: &str, values: &BTreeMap<String, String>| {
            let members = values.iter().map(|(key, value)| {
                format!("<member><{kind}Key>{key}</{kind}Key><{kind}Value>{value}</{kind}Value></member>")
            });
            format!("<{kind}s>{}</{kind}s>", members.collect::<String>())
        };
        let (outputs, parameters) =
            (list("Output", &self.outputs), list("Parameter", &self.parameters));
        format!(
            "<Stacks><member><StackName>{}</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>\
             <StackStatus>CREATE_COMPLETE</StackStatus>{outputs}{parameters}</member></Stacks>",
            arn::STACK
        )
    }
}
