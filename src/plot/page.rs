//! HTML pages that hold everything they need, so that they can be mailed, put into a supplement, and opened in ten years:
//! how a template is filled, how data go into it, how its file is written.
//!
//! What a page holds is data, style and program of one's own; it loads nothing, which its content security policy says to
//! the browser as well.

use std::path::Path;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::run::atomic;

/// A template with its places, such as `{{title}}`, filled in their order. Each is looked for behind the one before, for
/// texts may hold anything, the signs of places too.
pub(crate) fn filled(template: &str, parts: &[(&str, &str)]) -> Result<String> {
    let mut rest = template;
    let mut page = String::with_capacity(template.len() + parts.iter().map(|(_, text)| text.len()).sum::<usize>());
    for (place, text) in parts {
        let (before, after) =
            rest.split_once(place).ok_or_else(|| Error::internal(format!("no {place} in the page")))?;
        page.push_str(before);
        page.push_str(text.trim_end());
        rest = after;
    }
    page.push_str(rest);
    Ok(page)
}

/// Data for a script element, in which only `</script` could end them; it occurs nowhere if `<` does not.
pub(crate) fn embedded(data: &Value) -> String {
    data.to_string().replace('<', "\\u003c")
}

/// Text for HTML, between tags and in quoted attributes.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Whether a path ends in `.html` or `.htm`, in any case.
pub(crate) fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("html") || e.eq_ignore_ascii_case("htm"))
}

/// Writes a page, complete or not at all; `what` names it and `instead` says what there is for other endings.
///
/// # Errors
/// When the path does not end in `.html`, or cannot be written.
pub(crate) fn save(html: &str, path: &Path, what: &str, instead: &str) -> Result<()> {
    if !is_page(path) {
        return Err(
            Error::value(format!("{what} is saved as `.html`, not as `{}`", path.display())).help(instead.to_string())
        );
    }
    atomic::write(path, html.as_bytes())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_in_order_and_texts_left_alone() {
        let page = filled("<{{a}}|{{b}}>", &[("{{a}}", "{{b}}\n"), ("{{b}}", "{{a}}")]).unwrap();
        assert_eq!(page, "<{{b}}|{{a}}>");
        assert_eq!(filled("x", &[("{{a}}", "")]).unwrap_err().kind, crate::error::Kind::Internal);
    }

    #[test]
    fn neither_text_nor_data_can_leave_their_place() {
        assert_eq!(escaped("<a href='x'>\"&"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;");
        let data = embedded(&serde_json::json!({ "id": "</script><b>" }));
        assert!(!data.contains('<'));
        assert_eq!(serde_json::from_str::<Value>(&data).unwrap()["id"], "</script><b>");
    }
}
