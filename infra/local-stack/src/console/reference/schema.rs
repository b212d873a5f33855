//! A schema in words.

use maud::{Markup, html};
use serde_yaml_ng::Value;

use super::document::{Kind, Schema};
use super::markdown::markdown;

/// Type and bounds in a line, then the description, then what is inside.
pub(super) fn schema(schema: &Schema) -> Markup {
    let own = |name: &&String| !schema.properties.contains_key(*name);
    let elsewhere: Vec<_> = schema.required.iter().filter(own).collect();
    html! {
        p.facts { (facts(schema, schema.examples.first())) }
        @if let Some(description) = &schema.description { (markdown(description)) }
        @if !schema.properties.is_empty() {
            dl.properties {
                @for (name, property) in &schema.properties {
                    div {
                        dt { code { (name) } (obligation(schema.required.contains(name))) }
                        dd { (self::schema(property)) }
                    }
                }
            }
        }
        @if !elsewhere.is_empty() { p { "With " (listed(elsewhere)) "." } }
        @if let Some(not) = &schema.not { p { "Without " (listed(&not.required)) "." } }
        @if let Some(items) = &schema.items {
            div.inner { p { "Each of them:" } (self::schema(items)) }
        }
        @for (words, alternatives) in [("Exactly one of:", &schema.one_of), ("One of:", &schema.any_of)] {
            @if !alternatives.is_empty() {
                p { (words) }
                ul.alternatives {
                    @for alternative in alternatives {
                        li {
                            @if let Some(title) = &alternative.title { strong { (title) } }
                            (self::schema(alternative))
                        }
                    }
                }
            }
        }
    }
}

/// Said where it holds, and nothing otherwise.
pub(super) fn obligation(is_required: bool) -> Markup {
    html! { @if is_required { " " span.must { "required" } } }
}

/// A single value, as a header or a parameter holds it.
pub(super) fn single(schema: &Schema, description: &str, example: Option<&Value>) -> Markup {
    html! {
        p.facts { (facts(schema, example)) }
        (markdown(description))
    }
}

/// `string, 1 to 320 characters, e.g. "demo"`
fn facts(schema: &Schema, example: Option<&Value>) -> Markup {
    let kind = match (&schema.kind, &schema.format) {
        (Kind::Any, _) => None,
        // What it has in it says so.
        (Kind::One(kind), _) if kind == "object" => None,
        (Kind::One(kind), Some(format)) => Some(format!("{kind} ({format})")),
        (Kind::One(kind), None) => Some(kind.clone()),
        (Kind::Either(kinds), _) => Some(kinds.join(" or ")),
    };
    let in_words = [
        kind,
        range(schema.min_length, schema.max_length).map(|range| range + " characters"),
        range(schema.minimum, schema.maximum),
        range(schema.min_items, None).map(|range| range + " of them"),
        (schema.additional_properties == Some(false))
            .then(|| "these fields and no other".to_owned()),
    ];
    let one_of =
        (!schema.values.is_empty()).then(|| html! { "one of " (literals(&schema.values)) });
    let always = schema.constant.as_ref().map(|value| html! { "always " (literal(value)) });
    let like = schema.pattern.as_ref().map(|pattern| html! { "like " code { (pattern) } });
    let example = example.filter(|_| schema.constant.is_none());
    let such_as = example.map(|value| html! { "e.g. " (literal(value)) });
    let words = in_words.into_iter().flatten().map(|words| html! { (words) });
    joined(words.chain([one_of, always, like, such_as].into_iter().flatten()))
}

fn range<T: ToString>(from: Option<T>, to: Option<T>) -> Option<String> {
    let [from, to] = [from, to].map(|bound| bound.map(|bound| bound.to_string()));
    match (from, to) {
        (Some(from), Some(to)) => Some(format!("{from} to {to}")),
        (Some(from), None) => Some(format!("at least {from}")),
        (None, Some(to)) => Some(format!("at most {to}")),
        (None, None) => None,
    }
}

/// As it stands in JSON.
fn literal(value: &Value) -> Markup {
    html! { code { (serde_json::to_string(value).unwrap_or_default()) } }
}

fn literals(values: &[Value]) -> Markup {
    joined(values.iter().map(literal))
}

fn listed<'n>(names: impl IntoIterator<Item = &'n String>) -> Markup {
    joined(names.into_iter().map(|name| html! { code { (name) } }))
}

fn joined(parts: impl IntoIterator<Item = Markup>) -> Markup {
    html! { @for (place, part) in parts.into_iter().enumerate() { @if place > 0 { ", " } (part) } }
}
