//! One route: what it takes, and everything that it answers.

use maud::{Markup, html};
use serde_yaml_ng::{Mapping, Value};

use super::document::{Components, Example, Media, Operation, Parameter, Path, Response, Scheme};
use super::markdown::{inline, markdown};
use super::schema::{obligation, schema, single};

/// A route with its method.
pub(super) struct Route<'d> {
    pub(super) path: &'d str,
    pub(super) method: &'static str,
    pub(super) item: &'d Path,
    pub(super) operation: &'d Operation,
}

impl Route<'_> {
    pub(super) fn id(&self) -> &str {
        &self.operation.id
    }

    pub(super) fn title(&self) -> Markup {
        html! { span.method { (self.method) } " " code { (self.path) } }
    }

    pub(super) fn shown(&self, components: &Components) -> Markup {
        let Self { item, operation, .. } = self;
        let title = format!("{}-title", self.id());
        let parameters: Vec<_> = item.parameters.iter().chain(&operation.parameters).collect();
        html! {
            article id=(self.id()) aria-labelledby=(title) {
                h3 id=(title) { (self.title()) }
                p.summary { (operation.summary) }
                (markdown(&operation.description))
                h4 { "Security" }
                (security(operation, components))
                @if !parameters.is_empty() {
                    h4 { "Parameters" }
                    dl.properties { @for parameter in parameters { (shown_parameter(parameter)) } }
                }
                @if let Some(body) = &operation.request_body {
                    h4 { "Request body" (obligation(body.required)) }
                    @for (kind, media) in &body.content { (shown_media(kind, media)) }
                }
                h4 { "Answers" }
                @for (status, response) in &operation.responses { (shown_response(status, response)) }
            }
        }
    }
}

fn security(operation: &Operation, components: &Components) -> Markup {
    html! {
        @if operation.security.is_empty() { p { "None." } }
        @for (place, alternative) in operation.security.iter().enumerate() {
            @if place > 0 { p { "or" } }
            dl.properties {
                @for scheme in alternative.keys().filter_map(|name| components.security_schemes.get(name)) {
                    div { (shown_scheme(scheme)) }
                }
            }
        }
    }
}

fn shown_scheme(scheme: &Scheme) -> Markup {
    match scheme {
        Scheme::ApiKey { name, place, description } => html! {
            dt { code { (name) } " " span.place { (place) } }
            dd { (markdown(description)) }
        },
        Scheme::Http { scheme, bearer_format, description } => html! {
            dt { code { "Authorization" } " " span.place { "header" } }
            dd { p.facts { (scheme) ", " (bearer_format) } (markdown(description)) }
        },
    }
}

fn shown_parameter(parameter: &Parameter) -> Markup {
    html! {
        div {
            dt {
                code { (parameter.name) } " " span.place { (parameter.place) } (obligation(parameter.required))
                @if parameter.deprecated { " " span.must { "deprecated" } }
            }
            dd { (single(&parameter.schema, &parameter.description, parameter.example.as_ref())) }
        }
    }
}

fn shown_response(status: &str, response: &Response) -> Markup {
    let name = if status == "default" { "any other" } else { status };
    let (gist, more) = sentences(&response.description);
    html! {
        details open[status.starts_with('2')] {
            summary { strong.status { (name) } " " (inline(gist)) }
            (markdown(more))
            @if !response.headers.is_empty() {
                h5 { "Headers" }
                dl.properties {
                    @for (name, header) in &response.headers {
                        div {
                            dt { code { (name) } (obligation(header.required)) }
                            dd { (single(&header.schema, &header.description, header.example.as_ref())) }
                        }
                    }
                }
            }
            @for (kind, media) in &response.content { (shown_media(kind, media)) }
        }
    }
}

fn shown_media(kind: &str, media: &Media) -> Markup {
    html! {
        h5 { (kind) }
        (schema(&media.schema))
        @for (name, example) in &media.examples { (shown_example(kind, name, example)) }
    }
}

fn shown_example(kind: &str, name: &str, example: &Example) -> Markup {
    let label = example.summary.clone().unwrap_or_else(|| name.replace('-', " "));
    html! {
        figure {
            figcaption { "Example: " (label) }
            pre { (sent(kind, &example.value)) }
        }
    }
}

/// An example as it goes over the wire, JSON with room to breathe.
fn sent(kind: &str, value: &Value) -> String {
    match (kind, value) {
        ("application/x-www-form-urlencoded", Value::Mapping(fields)) => {
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.extend_pairs(texts(fields)).finish()
        }
        ("multipart/form-data", Value::Mapping(fields)) => {
            let part = |(name, text)| {
                format!("--boundary\nContent-Disposition: form-data; name=\"{name}\"\n\n{text}\n")
            };
            texts(fields).map(part).collect::<String>() + "--boundary--"
        }
        _ => serde_json::to_string_pretty(value).unwrap_or_default(),
    }
}

fn texts(fields: &Mapping) -> impl Iterator<Item = (&str, &str)> {
    fields.iter().filter_map(|(name, text)| Some((name.as_str()?, text.as_str()?)))
}

/// The first sentence, and what follows it.
fn sentences(text: &str) -> (&str, &str) {
    let mut ends = text.match_indices('.').map(|(dot, _)| dot + 1);
    let first = ends.find(|end| text[*end..].starts_with([' ', '\n']));
    text.split_at(first.unwrap_or(text.len()))
}
