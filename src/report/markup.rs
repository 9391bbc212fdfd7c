//! Texts in Markdown, as HTML that cannot do harm.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// A heading, for the table of contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    /// 1 for chapters.
    pub level: u8,
    pub text: String,
    pub id: String,
}

fn parser(markdown: &str) -> Parser<'_> {
    Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
}

/// A text as HTML. Its headings get ids and stand one level below the title; they are added to `headings`. HTML in it
/// becomes text, and links lead nowhere but to pages, mail and places in the report.
pub(super) fn to_html(markdown: &str, headings: &mut Vec<Heading>) -> String {
    let mut events: Vec<Event<'_>> = Vec::new();
    let mut open: Option<(usize, String)> = None;
    // Whether each link that is open was kept.
    let mut links = Vec::new();
    for event in parser(markdown) {
        match event {
            Event::Html(text) | Event::InlineHtml(text) => events.push(Event::Text(text)),
            Event::Start(Tag::Heading { level, .. }) => {
                let level = (level as u8).min(5);
                open = Some((events.len(), String::new()));
                events.push(heading_start(level, CowStr::Borrowed("")));
            }
            Event::End(TagEnd::Heading(level)) => {
                let level = (level as u8).min(5);
                if let Some((at, text)) = open.take() {
                    let id = format!("section-{}", headings.len() + 1);
                    events[at] = heading_start(level, id.clone().into());
                    headings.push(Heading { level, text, id });
                }
                events.push(Event::End(TagEnd::Heading(lower(level))));
            }
            // A picture would have to be loaded: its text links to it.
            Event::Start(
                Tag::Link { link_type, dest_url, title, id } | Tag::Image { link_type, dest_url, title, id },
            ) => {
                let kept = is_harmless(&dest_url);
                links.push(kept);
                if kept {
                    events.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
                }
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                if links.pop() == Some(true) {
                    events.push(Event::End(TagEnd::Link));
                }
            }
            other => {
                if let (Some((_, text)), Event::Text(part) | Event::Code(part)) = (&mut open, &other) {
                    text.push_str(part);
                }
                events.push(other);
            }
        }
    }
    let mut page = String::new();
    html::push_html(&mut page, events.into_iter());
    page
}

/// The text with the signs of its HTML escaped, for readers that would take it for markup.
pub(super) fn without_html(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    let mut done = 0;
    for (event, range) in parser(markdown).into_offset_iter() {
        if matches!(event, Event::Html(_) | Event::InlineHtml(_)) && range.start >= done {
            text.push_str(&markdown[done..range.start]);
            text.push_str(&markdown[range.clone()].replace('&', "&amp;").replace('<', "&lt;"));
            done = range.end;
        }
    }
    text.push_str(&markdown[done..]);
    text
}

fn heading_start(level: u8, id: CowStr<'_>) -> Event<'_> {
    let id = (!id.is_empty()).then_some(id);
    Event::Start(Tag::Heading { level: lower(level), id, classes: Vec::new(), attrs: Vec::new() })
}

/// The level of HTML, where 1 is the title's.
fn lower(level: u8) -> HeadingLevel {
    HeadingLevel::try_from(usize::from(level) + 1).unwrap_or(HeadingLevel::H6)
}

/// Whether an address is a page, mail, or a place in the report: above all, no script.
fn is_harmless(address: &str) -> bool {
    let scheme = address.split(['/', '?', '#']).next().and_then(|start| start.split_once(':'));
    scheme.is_none_or(|(scheme, _)| ["http", "https", "mailto"].iter().any(|known| scheme.eq_ignore_ascii_case(known)))
}
