//! CloudFormation: `DescribeStacks` and `ListStackResources` of the local stack.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::query::{self, Form};
use crate::template::{Template, arn};

pub(super) const NAMESPACE: &str = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

/// The outputs, parameters and resources of the stack.
pub(crate) struct StackDescription {
    outputs: BTreeMap<String, String>,
    parameters: BTreeMap<String, String>,
    /// Type, id in the template, and physical id.
    resources: Vec<[String; 3]>,
}

/// The nested stack of alarms, which this stack doesn't have.
const WATCH: &str = "Watch";

pub(super) async fn answer(State(stack): State<Arc<StackDescription>>, body: Bytes) -> Response {
    let form = Form::parse(&body);
    match (form.get("Action"), form.get("StackName")) {
        (Some(action @ "DescribeStacks"), Some(arn::STACK)) => {
            query::result(action, NAMESPACE, &stack.xml())
        }
        (Some(action @ "ListStackResources"), Some(arn::STACK)) => {
            query::result(action, NAMESPACE, &stack.resources())
        }
        (Some("ListStackResources"), Some(nested)) if nested == arn::stack(WATCH) => {
            let message = "The local stack has no alarms.";
            query::error(StatusCode::BAD_REQUEST, NAMESPACE, "UnknownOperation", message)
        }
        (Some("DescribeStacks" | "ListStackResources"), _) => {
            let message = format!("The only local stack is {}.", arn::STACK);
            query::error(StatusCode::BAD_REQUEST, NAMESPACE, "ValidationError", &message)
        }
        _ => {
            let message = "The local stack supports only DescribeStacks and ListStackResources.";
            query::error(StatusCode::BAD_REQUEST, NAMESPACE, "InvalidAction", message)
        }
    }
}

impl StackDescription {
    pub(crate) fn new(template: &Template, api: &str) -> Self {
        let mut outputs = template.outputs.clone();
        outputs.insert("ApiUrl".to_owned(), api.to_owned());
        let mut resources =
            vec![["AWS::CloudFormation::Stack".to_owned(), WATCH.to_owned(), arn::stack(WATCH)]];
        let mut add = |kind: &str, id: &str, name: String| {
            resources.push([format!("AWS::{kind}"), id.to_owned(), name]);
        };
        for function in &template.functions {
            add("Lambda::Function", &function.id, arn::function_name(&function.id));
            for number in 0..function.sources.len() {
                let id = format!("{}Source{number}", function.id);
                add("Lambda::EventSourceMapping", &id, arn::mapping_name(&function.id, number));
            }
        }
        template.log_groups.iter().for_each(|it| add("Logs::LogGroup", &it.id, it.name.clone()));
        template.queues.iter().for_each(|id| add("SQS::Queue", id, super::sqs::url(id)));
        template.topics.iter().for_each(|id| add("SNS::Topic", id, arn::topic(id)));
        Self { outputs, parameters: template.parameters.clone(), resources }
    }

    fn resources(&self) -> String {
        let members = self.resources.iter().map(|[kind, id, name]| {
            format!(
                "<member><ResourceType>{kind}</ResourceType><LogicalResourceId>{id}</LogicalResourceId>\
                 <PhysicalResourceId>{name}</PhysicalResourceId>\
                 <LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp>\
                 <ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>"
            )
        });
        format!("<StackResourceSummaries>{}</StackResourceSummaries>", members.collect::<String>())
    }

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
