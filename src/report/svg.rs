//! Figures inside a page: without what they have in common, and with ids of their own.

use std::fmt::Write;

use crate::plot::Figure;
use crate::plot::page::escaped;

/// The rule for the font that all figures share; nothing where the figure embeds none.
pub(super) fn font_rule(figure: &Figure) -> &str {
    between(figure.svg(), "<style>", "</style>").map_or("", |(_, rule, _)| rule)
}

/// The figure as an element of a page. Ids in it get a prefix, so that gradients and clips of one figure are not taken
/// for those of another.
pub(super) fn inline(figure: &Figure, prefix: &str, caption: &str) -> String {
    let svg = figure.svg();
    let svg = svg.find("<svg").map_or(svg, |at| &svg[at..]);
    let svg = match between(svg, "<style>", "</style>") {
        Some((before, _, after)) => format!("{before}{after}"),
        None => svg.to_string(),
    };
    let label = if caption.is_empty() { figure.kind() } else { caption };
    let mut element = format!("<svg role=\"img\" aria-label=\"{}\"", escaped(label));
    let mut rest = &svg["<svg".len()..];
    // Texts have no bare quotes, so these signs are attributes; `#` is a reference only behind one of two others.
    while let Some((at, sign)) =
        [" id=\"", "url(#", "href=\"#"].into_iter().filter_map(|sign| rest.find(sign).map(|at| (at, sign))).min()
    {
        let end = at + sign.len();
        write!(element, "{}{prefix}-", &rest[..end]).expect("writing to a string cannot fail");
        rest = &rest[end..];
    }
    element.push_str(rest.trim_end());
    element
}

/// What stands before, between and behind two signs.
fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let (before, rest) = text.split_once(from)?;
    let (inner, after) = rest.split_once(to)?;
    Some((before, inner, after))
}
