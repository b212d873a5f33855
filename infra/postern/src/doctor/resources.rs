//! The resources of the deployed stack, by which the other checks find what to look at.

use runtime::service::{Client, Service};
use serde_json::{Value, json};

use super::Finding;
use crate::operator::Operator;
use crate::stack::{Stack, is_not_found};

/// Functions, delivery, alarms and logs are checked only if this is good.
const CHECK: &str = "stack";

/// The stack that makes the alarms, by its id in the template.
const WATCH: &str = "Watch";

/// What CloudFormation knows of a deployed stack.
pub(super) struct Resources {
    client: Client,
    parameters: Vec<(String, String)>,
    all: Vec<Resource>,
}

/// One resource of a stack.
pub(super) struct Resource {
    kind: String,
    /// Its id in the template.
    pub(super) id: String,
    /// Its physical id: a name, an address or an ARN, by its kind.
    pub(super) name: String,
}

impl Resources {
    /// Reads the stack that `STACK` names. An error is the finding about it.
    pub(super) async fn read(operator: &Operator) -> Result<Self, Finding> {
        let name = operator.variable("STACK").map_err(|failure| Finding::failed(CHECK, failure))?;
        let client = Client::new(&operator.aws, Service::CloudFormation);
        let stack = Stack::describe(&client, name).await.map_err(|error| missing(error, name))?;
        let parameters = stack.parameters;
        let all = resources(&client, name).await;
        let all = all.map_err(|error| Finding::failed(CHECK, error))?;
        Ok(Self { client, parameters, all })
    }

    /// The value of a parameter of the stack.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The resources of a type of CloudFormation.
    pub(super) fn of(&self, kind: &str) -> impl Iterator<Item = &Resource> {
        self.all.iter().filter(move |resource| resource.kind == kind)
    }

    /// The names of the stack's alarms, which are in a nested stack.
    pub(super) async fn alarms(&self) -> anyhow::Result<Vec<String>> {
        let nested = self.of("AWS::CloudFormation::Stack").find(|nested| nested.id == WATCH);
        let Some(nested) = nested else { return Ok(Vec::new()) };
        let all = resources(&self.client, &nested.name).await?.into_iter();
        let is_alarm = |resource: &Resource| resource.kind == "AWS::CloudWatch::Alarm";
        Ok(all.filter(is_alarm).map(|alarm| alarm.name).collect())
    }
}

/// The finding about the stack itself.
pub(super) fn finding(found: &Result<Resources, Finding>) -> Finding {
    match found {
        Ok(resources) => Finding::good(CHECK, format!("{} resources", resources.all.len())),
        Err(finding) => finding.clone(),
    }
}

async fn resources(client: &Client, stack: &str) -> anyhow::Result<Vec<Resource>> {
    let (mut all, mut request) = (Vec::new(), json!({"StackName": stack}));
    loop {
        let page = client.call("ListStackResources", &request).await?;
        let found = page["StackResourceSummaries"].as_array().into_iter().flatten();
        all.extend(found.filter_map(|it: &Value| {
            let of = |name: &str| Some(it[name].as_str()?.to_owned());
            let (kind, id) = (of("ResourceType")?, of("LogicalResourceId")?);
            Some(Resource { kind, id, name: of("PhysicalResourceId")? })
        }));
        match &page["NextToken"] {
            Value::String(next) => request["NextToken"] = next.clone().into(),
            _ => return Ok(all),
        }
    }
}

/// The finding about a stack that can't be described.
fn missing(error: anyhow::Error, name: &str) -> Finding {
    if is_not_found(&error) {
        let found = format!("{name} not found");
        let remedy = "it is in another region or account: set AWS_REGION and AWS_PROFILE, then run \
                      `eval \"$(postern env --stack NAME)\"`";
        return Finding::wrong(CHECK, found, remedy);
    }
    Finding::failed(CHECK, error)
}
