//! What is wrong with a line that is no sample, and how to cure it.

use super::line::{NotWhole, ends_token, integer};
use crate::error::Error;
use crate::morph::formats::table::LIMIT;

/// The columns of a line, in order.
const COLUMNS: [&str; 7] = ["id", "type", "x", "y", "z", "radius", "parent"];

const LAYOUT: &str = "a sample line is `id type x y z radius parent`, separated by blanks; other lines start with `#`";

/// The error for a line without its end; `last` says that the text ends with it.
pub(super) fn explain(line: &[u8], last: bool) -> Error {
    if line.contains(&0) {
        return Error::format("the line holds NUL bytes").help("the file is damaged: copy or export it again");
    }
    if line.starts_with(b"version https://git-lfs") {
        return Error::format("this is a Git LFS pointer, not the neuron itself")
            .help("fetch the file: `git lfs pull`");
    }
    let tokens: Vec<&[u8]> = line
        .split(|&b| b == b'#')
        .next()
        .unwrap_or_default()
        .split(|&b| ends_token(b))
        .filter(|t| !t.is_empty())
        .collect();
    if let Some(error) = separators(&tokens) {
        return error;
    }
    for (token, column) in tokens.iter().zip(COLUMNS) {
        let fault = match column {
            "id" | "type" | "parent" => whole(token, column),
            _ => decimal(token, column),
        };
        if let Some(error) = fault {
            return error;
        }
    }
    let found = Error::format(format!("found {} of 7 columns", tokens.len()));
    if last {
        found.help("the file ends within this line: an unfinished copy or download?")
    } else {
        found.help(LAYOUT)
    }
}

/// Columns that are separated by something else than blanks, and decimal commas.
fn separators(tokens: &[&[u8]]) -> Option<Error> {
    let count = |byte: u8| tokens.iter().map(|t| t.iter().filter(|&&b| b == byte).count()).sum::<usize>();
    // `1, 3, 0, …` has seven tokens too, but a decimal comma has digits on both sides.
    let decimal_comma = |t: &&&[u8]| {
        let mut halves = t.splitn(2, |&b| b == b',');
        let (whole, rest) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        let digits = |half: &[u8]| !half.is_empty() && half.iter().all(u8::is_ascii_digit);
        digits(whole.strip_prefix(b"-").unwrap_or(whole)) && digits(rest)
    };
    if tokens.len() >= 7
        && let Some(at) = tokens.iter().position(|t| decimal_comma(&t))
    {
        let column = COLUMNS.get(at).unwrap_or(&"after parent");
        return Some(
            Error::format(format!("column `{column}`: {} has a decimal comma, expected a point", quoted(tokens[at])))
                .help("write decimal points: `sed 's/,/./g' old.swc > new.swc`"),
        );
    }
    let separator = [(b',', "commas"), (b';', "semicolons")].into_iter().find(|&(byte, _)| count(byte) >= 6)?;
    Some(
        Error::format(format!("expected 7 numbers separated by blanks, found {}", separator.1))
            .help(format!("replace the {} by blanks, and put `#` before a header line", separator.1)),
    )
}

fn whole(token: &[u8], column: &str) -> Option<Error> {
    let shown = quoted(token);
    match integer(token) {
        Err(NotWhole::NotANumber) => Some(not_a_number(&shown, column)),
        Err(NotWhole::Fraction) => {
            Some(Error::format(format!("column `{column}`: {shown} is not a whole number")).help(LAYOUT))
        }
        Err(NotWhole::TooLarge) => Some(
            Error::format(format!("column `{column}`: {shown} does not fit into 64 bits"))
                .help("number the samples from 1"),
        ),
        Ok(value) if column == "type" && u16::try_from(value).is_err() => Some(
            Error::format(format!("column `type`: {shown} is not a type, expected 0 to 65535"))
                .help("types are 0 undefined, 1 soma, 2 axon, 3 dendrite, 4 apical dendrite, 5 and above custom"),
        ),
        Ok(value) if column == "id" && value < 0 => Some(
            Error::format(format!("column `id`: {shown} is negative, expected 0 or more"))
                .help("number the samples from 1"),
        ),
        Ok(value) if column == "parent" && value < -1 => Some(
            Error::format(format!("column `parent`: {shown}, expected the number of a sample, or -1 for a root"))
                .help("write -1 for a sample without parent"),
        ),
        Ok(_) => None,
    }
}

fn decimal(token: &[u8], column: &str) -> Option<Error> {
    let shown = quoted(token);
    match fast_float2::parse::<f64, _>(token) {
        Err(_) => Some(not_a_number(&shown, column)),
        Ok(value) if !value.is_finite() => Some(not_a_number(&shown, column)),
        Ok(value) if value.abs() > LIMIT => {
            let message = format!("column `{column}`: {shown} is out of range, expected at most {LIMIT:e}");
            Some(Error::format(message).help("measure the value again, or give it in another unit"))
        }
        Ok(_) => None,
    }
}

fn not_a_number(shown: &str, column: &str) -> Error {
    let error = Error::format(format!("column `{column}`: {shown} is not a number"));
    match column {
        "id" => error.help(LAYOUT),
        _ => error.help("measure the value again, or remove the sample and re-attach its children"),
    }
}

/// A token in backticks, cut and escaped so that any bytes can be shown.
fn quoted(token: &[u8]) -> String {
    let text = String::from_utf8_lossy(token);
    let mut shown: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().count() > 40 {
        shown.push('…');
    }
    format!("`{shown}`")
}
