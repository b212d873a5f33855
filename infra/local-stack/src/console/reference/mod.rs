//! `/api`: `infra/openapi.yaml` as a page, and as it is.
//!
//! Rendered here, as plain markup: it needs neither a script nor npm, and keeps the page's policy.

mod document;
mod markdown;
mod operation;
mod resolve;
mod schema;

use anyhow::Result;
use maud::{DOCTYPE, Markup, html};

use document::{Document, Server};
use markdown::markdown;
use operation::Route;

pub(super) const DESCRIPTION: &str = include_str!("../../../../openapi.yaml");

/// The page.
pub(super) fn page() -> Result<String> {
    Ok(shown(&Document::parse(DESCRIPTION)?).into_string())
}

fn shown(document: &Document) -> Markup {
    let Document { openapi, info, servers, tags, components, .. } = document;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (info.title) " API" }
                link rel="icon" href="/page/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/page/style.css";
                link rel="stylesheet" href="/page/reference.css";
            }
            body {
                a.skip href="#description" { "Skip to the description" }
                header {
                    h1 { img src="/page/icon.svg" alt="" width="32" height="32"; " " (info.title) " API" }
                    p { (info.summary) ". Version " (info.version) ", " (info.license.name) "." }
                    p {
                        a href="/" { "Console" } ": what was sent, and every surface step by step. "
                        a href="/openapi.yaml" { "openapi.yaml" } ": this description for tools, OpenAPI " (openapi) "."
                    }
                }
                nav aria-label="Routes" {
                    @for tag in tags {
                        h2 { a href={ "#" (tag.name) } { (tag.name) } }
                        ul { @for route in document.routes(&tag.name) { li { a href={ "#" (route.id()) } { (route.title()) } } } }
                    }
                }
                main id="description" tabindex="-1" {
                    section aria-labelledby="about" {
                        h2 id="about" { "About" }
                        (markdown(&info.description))
                        h3 { "Servers" }
                        dl.properties { @for server in servers { (shown_server(server)) } }
                    }
                    @for tag in tags {
                        section aria-labelledby=(tag.name) {
                            h2 id=(tag.name) { (tag.name) }
                            (markdown(&tag.description))
                            @for route in document.routes(&tag.name) { (route.shown(components)) }
                        }
                    }
                }
            }
        }
    }
}

fn shown_server(server: &Server) -> Markup {
    html! {
        div {
            dt { code { (server.url) } }
            dd {
                (markdown(&server.description))
                @for (name, variable) in &server.variables {
                    p { code { (name) } ", e.g. " code { (variable.default) } }
                    (markdown(&variable.description))
                }
            }
        }
    }
}

impl Document {
    fn routes<'d>(&'d self, tag: &'d str) -> impl Iterator<Item = Route<'d>> {
        let routes = self.paths.iter().flat_map(|(path, item)| {
            let operations = item.operations();
            operations.map(move |(method, operation)| Route { path, method, item, operation })
        });
        routes.filter(move |route| route.operation.tags.iter().any(|own| own == tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_on_the_page_with_everything_that_is_said_of_it() {
        let page = page().unwrap();
        let document = Document::parse(DESCRIPTION).unwrap();
        let mut shown = 0;
        for tag in &document.tags {
            for route in document.routes(&tag.name) {
                let id = format!("<article id=\"{}\"", route.id());
                assert_eq!(page.matches(&id).count(), 1, "{id}");
                shown += 1;
            }
        }
        let described = document.paths.values().flat_map(document::Path::operations).count();
        assert_eq!(shown, described);
        for line in DESCRIPTION.lines().filter_map(|line| line.trim().strip_prefix("operationId: "))
        {
            assert!(page.contains(&format!("href=\"#{line}\"")), "{line}");
        }
    }

    #[test]
    fn a_field_that_the_page_would_leave_out_is_refused() {
        let more = DESCRIPTION.replacen(
            "      operationId:",
            "      externalDocs: {}\n      operationId:",
            1,
        );
        let refusal = format!("{:#}", Document::parse(&more).err().unwrap());
        assert!(refusal.contains("externalDocs"), "{refusal}");
    }
}
