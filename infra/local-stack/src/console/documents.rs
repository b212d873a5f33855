//! `/docs/…`: the documents that explanations link to, so that they are at hand without the project.

use std::collections::HashMap;

use axum::Router;
use axum::routing::get;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::page::{self, file};

/// Name, title, text.
const DOCUMENTS: [(&str, &str, &str); 4] = [
    ("errors", "Errors", include_str!("../../../../docs/errors.md")),
    ("integrate", "Integrate", include_str!("../../../../docs/integrate.md")),
    ("authorizers", "Authorizers", include_str!("../../../../docs/authorizers.md")),
    ("local-stack", "The local stack", include_str!("../../../../docs/local-stack.md")),
];

const SHELL: &str = include_str!("page/document.html");

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    DOCUMENTS.into_iter().fold(Router::new(), |router, (name, title, text)| {
        let page = SHELL.replace("{title}", title).replace("{body}", &rendered(text));
        router.route(
            &format!("/docs/{name}"),
            get(async move || file("text/html", page::POLICY, page.clone())),
        )
    })
}

/// The HTML of a document: headings have GitHub's ids, and a link leads to a document that is here, to
/// another site, or nowhere. Tables and code can be reached and scrolled by keyboard.
fn rendered(text: &str) -> String {
    let mut html = String::new();
    html::push_html(&mut html, events(text).into_iter());
    html.replace(
        "<table>",
        r#"<div class="wide" role="group" aria-label="Table" tabindex="0"><table>"#,
    )
    .replace("</table>", "</table></div>")
}

fn events(text: &str) -> Vec<Event<'_>> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut events: Vec<_> = with_local_links(Parser::new_ext(text, options));
    let (mut seen, mut heading) = (HashMap::new(), None);
    for index in 0..events.len() {
        match &events[index] {
            Event::Start(Tag::Heading { .. }) => heading = Some((index, String::new())),
            Event::Text(part) | Event::Code(part) => {
                if let Some((_, words)) = &mut heading {
                    words.push_str(part);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let Some((start, words)) = heading.take() else { continue };
                let id = unique(slug(&words), &mut seen);
                if let Event::Start(Tag::Heading { id: of_heading, .. }) = &mut events[start] {
                    *of_heading = Some(CowStr::from(id));
                }
            }
            _ => {}
        }
    }
    events
}

/// A link to another file of the project is text.
fn with_local_links<'t>(events: impl Iterator<Item = Event<'t>>) -> Vec<Event<'t>> {
    let mut is_text = false;
    let local = events.filter_map(|event| match event {
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let target = target(&dest_url);
            is_text = target.is_none();
            let dest_url = CowStr::from(target?);
            Some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        Event::End(TagEnd::Link) if is_text => None,
        other => Some(other),
    });
    local.collect()
}

/// Where a link leads, if that is here or on another site.
fn target(link: &str) -> Option<String> {
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, it)| (path, Some(it)));
    let anchor = anchor.map(|anchor| format!("#{anchor}")).unwrap_or_default();
    let name = path.strip_suffix(".md").unwrap_or(path);
    if path.contains("://") {
        Some(link.to_owned())
    } else if path.is_empty() {
        Some(anchor)
    } else if path.ends_with("openapi.yaml") {
        Some("/openapi.yaml".to_owned())
    } else {
        let is_here = DOCUMENTS.iter().any(|(known, _, _)| *known == name);
        is_here.then(|| format!("/docs/{name}{anchor}"))
    }
}

/// GitHub's id of a heading.
fn slug(words: &str) -> String {
    let kept = words.chars().filter(|char| char.is_alphanumeric() || " -_".contains(*char));
    kept.flat_map(char::to_lowercase).map(|char| if char == ' ' { '-' } else { char }).collect()
}

/// A repeated id gets a number.
fn unique(id: String, seen: &mut HashMap<String, u32>) -> String {
    let count = seen.entry(id.clone()).and_modify(|count| *count += 1).or_insert(0);
    if *count == 0 { id } else { format!("{id}-{count}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_have_the_anchors_that_links_use() {
        let html = rendered("## Refusals and errors\n\n## `a-b` (c)\n\n## Refusals and errors");
        for id in ["refusals-and-errors", "a-b-c", "refusals-and-errors-1"] {
            assert!(html.contains(&format!("id=\"{id}\"")), "{id}: {html}");
        }
    }

    #[test]
    fn every_link_to_a_document_that_is_here_finds_its_heading() {
        let pages: HashMap<_, _> =
            DOCUMENTS.map(|(name, _, text)| (format!("/docs/{name}"), rendered(text))).into();
        for (own, html) in &pages {
            for link in html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                let Some((path, id)) = link.split_once('#') else { continue };
                let path = if path.is_empty() { own } else { path };
                let Some(page) = pages.get(path) else { continue };
                assert!(page.contains(&format!("id=\"{id}\"")), "{own}: {link}");
            }
        }
    }

    #[test]
    fn every_explanation_leads_to_a_heading() {
        let errors = rendered(DOCUMENTS[0].2);
        for (function, step) in [("portal-me", "INVALID_TOKEN"), ("sso-signin", "USER_UNKNOWN")] {
            let anchor = registry::explain(function, step).unwrap().anchor;
            assert!(errors.contains(&format!("id=\"{anchor}\"")), "{anchor}");
        }
    }
}
