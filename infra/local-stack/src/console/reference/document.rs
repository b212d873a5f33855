//! What the page shows of an OpenAPI document. An unknown field is refused: the page leaves nothing out in silence.

use anyhow::{Context, Result};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_yaml_ng::Value;

use super::resolve::resolved;

type Map<T> = IndexMap<String, T>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) openapi: String,
    pub(super) info: Info,
    pub(super) servers: Vec<Server>,
    pub(super) tags: Vec<Tag>,
    pub(super) paths: Map<Path>,
    pub(super) components: Components,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Info {
    pub(super) title: String,
    pub(super) version: String,
    pub(super) summary: String,
    pub(super) license: License,
    pub(super) description: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct License {
    pub(super) name: String,
    #[serde(rename = "identifier")]
    _identifier: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Server {
    pub(super) url: String,
    pub(super) description: String,
    #[serde(default)]
    pub(super) variables: Map<Variable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Variable {
    pub(super) default: String,
    pub(super) description: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) description: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Path {
    #[serde(default)]
    pub(super) parameters: Vec<Parameter>,
    get: Option<Operation>,
    post: Option<Operation>,
}

impl Path {
    /// The operations, by method.
    pub(super) fn operations(&self) -> impl Iterator<Item = (&'static str, &Operation)> {
        let both = [("GET", self.get.as_ref()), ("POST", self.post.as_ref())];
        both.into_iter().filter_map(|(method, operation)| Some((method, operation?)))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Operation {
    #[serde(rename = "operationId")]
    pub(super) id: String,
    pub(super) tags: Vec<String>,
    pub(super) summary: String,
    pub(super) description: String,
    /// Alternatives, each of which takes all of its schemes.
    pub(super) security: Vec<Map<Vec<String>>>,
    #[serde(default)]
    pub(super) parameters: Vec<Parameter>,
    pub(super) request_body: Option<Body>,
    pub(super) responses: Map<Response>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameter {
    pub(super) name: String,
    #[serde(rename = "in")]
    pub(super) place: String,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) deprecated: bool,
    pub(super) description: String,
    pub(super) schema: Schema,
    pub(super) example: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    #[serde(default)]
    pub(super) required: bool,
    pub(super) description: String,
    pub(super) schema: Schema,
    pub(super) example: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    pub(super) required: bool,
    pub(super) content: Map<Media>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Response {
    pub(super) description: String,
    #[serde(default)]
    pub(super) headers: Map<Header>,
    #[serde(default)]
    pub(super) content: Map<Media>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Media {
    pub(super) schema: Schema,
    pub(super) examples: Map<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Example {
    pub(super) summary: Option<String>,
    pub(super) value: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Schema {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    #[serde(default, rename = "type")]
    pub(super) kind: Kind,
    pub(super) format: Option<String>,
    #[serde(rename = "const")]
    pub(super) constant: Option<Value>,
    #[serde(default, rename = "enum")]
    pub(super) values: Vec<Value>,
    #[serde(default)]
    pub(super) examples: Vec<Value>,
    pub(super) pattern: Option<String>,
    pub(super) min_length: Option<u64>,
    pub(super) max_length: Option<u64>,
    pub(super) minimum: Option<i64>,
    pub(super) maximum: Option<i64>,
    pub(super) min_items: Option<u64>,
    pub(super) items: Option<Box<Schema>>,
    #[serde(default)]
    pub(super) required: Vec<String>,
    #[serde(default)]
    pub(super) properties: Map<Schema>,
    pub(super) additional_properties: Option<bool>,
    #[serde(default)]
    pub(super) one_of: Vec<Schema>,
    #[serde(default)]
    pub(super) any_of: Vec<Schema>,
    pub(super) not: Option<Box<Schema>>,
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
pub(super) enum Kind {
    #[default]
    Any,
    One(String),
    Either(Vec<String>),
}

/// Of the components, all but these are resolved where they are used.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Components {
    pub(super) security_schemes: Map<Scheme>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", tag = "type")]
pub(super) enum Scheme {
    ApiKey {
        name: String,
        #[serde(rename = "in")]
        place: String,
        description: String,
    },
    #[serde(rename_all = "camelCase")]
    Http { scheme: String, bearer_format: String, description: String },
}

impl Document {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let document = serde_yaml_ng::from_str(text).context("not YAML")?;
        serde_yaml_ng::from_value(resolved(&document)?).context("not a document that is shown")
    }
}
