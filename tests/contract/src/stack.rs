//! The running stack: its API, its console, and the AWS services that it stands in for.

use reqwest::{Client, Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Answer, ask,
    environment::variable,
    eventually,
    jwt::{Key, RsaKey},
};

/// A running stack and a way to reach it.
#[derive(Clone, Debug)]
pub struct Stack {
    client: Client,
    api: String,
    console: String,
}

/// Something that a patient received.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Different for every message.
    pub id: String,
    /// `EMAIL` or `SMS`.
    pub channel: String,
    /// The address or number that it went to.
    pub to: String,
    /// Who it says that it is from; a text message may say nothing.
    pub from: Option<String>,
    /// The subject of an email.
    pub subject: Option<String>,
    /// The text.
    pub text: String,
    /// The same in HTML, in an email.
    pub html: Option<String>,
    /// When it was handed over.
    pub sent_at: Value,
}

impl Message {
    /// The one run of exactly six digits in the text.
    pub fn code(&self) -> String {
        let mut codes: Vec<_> = self
            .text
            .split(|c: char| !c.is_ascii_digit())
            .filter(|digits| digits.len() == 6)
            .collect();
        codes.dedup();
        assert_eq!(codes.len(), 1, "not exactly one code in {:?}", self.text);
        codes[0].to_owned()
    }
}

impl Stack {
    /// The stack that runs these tests.
    pub fn running() -> Self {
        Self::at(variable("POSTERN_API"), variable("POSTERN_CONSOLE"))
    }

    /// The stack at these base URLs.
    pub fn at(api: String, console: String) -> Self {
        Self { client: Client::new(), api, console }
    }

    /// The API's host and port.
    pub fn authority(&self) -> &str {
        self.api.trim_start_matches("http://").trim_end_matches('/')
    }

    /// The base URLs of API and console.
    pub fn addresses(&self) -> [&str; 2] {
        [&self.api, &self.console]
    }

    /// A request to the API, without any credential.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.api))
    }

    /// A request to the console.
    pub fn console(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.console))
    }

    /// What a recipient has received so far, newest first.
    pub async fn messages_to(&self, recipient: &str) -> Vec<Message> {
        let answer = ask(self.console(Method::GET, "/messages")).await;
        let all: Vec<Message> = serde_json::from_value(answer.json()).expect("a list of messages");
        all.into_iter().filter(|message| message.to == recipient).collect()
    }

    /// Waits until a recipient has more than `seen` messages; newest first.
    pub async fn messages_beyond(&self, seen: usize, recipient: &str) -> Vec<Message> {
        eventually(&format!("message {} to {recipient}", seen + 1), async || {
            let messages = self.messages_to(recipient).await;
            (messages.len() > seen).then_some(messages)
        })
        .await
    }

    /// Calls a function through Lambda's Invoke API; the answer says if the function itself failed.
    pub async fn invoke(&self, function: &str, event: &Value) -> Answer {
        let path = format!("/2015-03-31/functions/{function}/invocations");
        ask(self.console(Method::POST, &path).json(event)).await
    }

    /// The key that signs the portal's access tokens.
    pub async fn access_key(&self) -> Key {
        self.key("PORTAL_ACCESS_SECRET").await
    }

    /// The current key in the secret that this variable names.
    pub async fn key(&self, variable_name: &str) -> Key {
        let secret = self.secret(variable_name).await;
        Key::from_secret(secret.get("current").unwrap_or(&secret))
    }

    /// The key that signs partners' tokens.
    pub async fn partner_key(&self) -> RsaKey {
        RsaKey::from_secret(&self.secret("PARTNER_SIGNING_SECRET").await)
    }

    /// What the secret holds that this variable names.
    async fn secret(&self, variable_name: &str) -> Value {
        let answer = self
            .aws(
                "AWS_ENDPOINT_URL_SECRETS_MANAGER",
                "secretsmanager.GetSecretValue",
                &json!({ "SecretId": variable(variable_name) }),
            )
            .await;
        let secret = answer["SecretString"].as_str().expect("a secret that is text");
        serde_json::from_str(secret).expect("a secret that is JSON")
    }

    /// Everything in the table that this variable names.
    pub async fn table(&self, variable_name: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut input = json!({ "TableName": variable(variable_name), "ConsistentRead": true });
        loop {
            let mut page = self.dynamodb("Scan", &input).await;
            items.append(page["Items"].as_array_mut().expect("a list of items"));
            match page.get("LastEvaluatedKey") {
                Some(last) => input["ExclusiveStartKey"] = last.clone(),
                None => return items,
            }
        }
    }

    /// Forgets a family of refresh tokens, as the database does some time after it has expired.
    pub async fn sweep_family(&self, id: &str) {
        let key = json!({ "pk": { "S": format!("FAM#{id}") } });
        let input = json!({
            "TableName": variable("SESSIONS_TABLE"), "Key": key, "ReturnValues": "ALL_OLD"
        });
        let swept = self.dynamodb("DeleteItem", &input).await;
        assert!(swept["Attributes"].is_object(), "there is no family {id}");
    }

    /// Changes an item of the table that this variable names, as a person in AWS's console does.
    pub async fn by_hand(&self, operation: &str, variable_name: &str, mut input: Value) -> Value {
        input["TableName"] = variable(variable_name).into();
        self.dynamodb(operation, &input).await
    }

    async fn dynamodb(&self, operation: &str, input: &Value) -> Value {
        let target = format!("DynamoDB_20120810.{operation}");
        self.aws("AWS_ENDPOINT_URL_DYNAMODB", &target, input).await
    }

    /// `target` names the operation; `DynamoDB` speaks an older version of the protocol.
    async fn aws(&self, endpoint: &str, target: &str, input: &Value) -> Value {
        let key = variable("AWS_ACCESS_KEY_ID");
        let answer = self.aws_as(&key, &variable(endpoint), target, input).await;
        assert_eq!(answer.status, 200, "{target}: {}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    /// Calls CloudWatch Logs with the rights of the access key's owner.
    pub async fn logs_as(&self, key: &str, operation: &str, input: &Value) -> Answer {
        let target = format!("Logs_20140328.{operation}");
        self.aws_as(key, &format!("{}/aws/logs", self.console), &target, input).await
    }

    /// The stack reads whose credentials a request has, and doesn't check the signature.
    pub(crate) async fn aws_as(&self, key: &str, url: &str, target: &str, input: &Value) -> Answer {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={key}/20300101/us-east-1/any/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature=0"
        );
        let version = if target.starts_with("DynamoDB") { "1.0" } else { "1.1" };
        let request = self
            .client
            .post(url)
            .header("authorization", authorization)
            .header("x-amz-date", "20300101T000000Z")
            .header("x-amz-target", target)
            .header("content-type", format!("application/x-amz-json-{version}"))
            .body(input.to_string());
        ask(request).await
    }
}
