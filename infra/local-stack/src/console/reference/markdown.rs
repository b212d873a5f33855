//! Descriptions are Markdown, with tables.

use maud::{Markup, PreEscaped};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

/// A description.
pub(super) fn markdown(text: &str) -> Markup {
    written(events(text))
}

/// A sentence, without a paragraph around it.
pub(super) fn inline(text: &str) -> Markup {
    let is_around = |event: &Event<'_>| {
        matches!(event, Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph))
    };
    written(events(text).filter(|event| !is_around(event)))
}

/// Markup within a description stays text.
fn events(text: &str) -> impl Iterator<Item = Event<'_>> {
    Parser::new_ext(text, Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(markup) | Event::InlineHtml(markup) => Event::Text(markup),
        other => other,
    })
}

fn written<'t>(events: impl Iterator<Item = Event<'t>>) -> Markup {
    let mut written = String::new();
    html::push_html(&mut written, events);
    PreEscaped(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_within_a_description_stays_text() {
        let written = markdown("**a** `<b>` <script>c</script>").into_string();
        assert_eq!(
            written,
            "<p><strong>a</strong> <code>&lt;b&gt;</code> &lt;script&gt;c&lt;/script&gt;</p>\n"
        );
    }
}
