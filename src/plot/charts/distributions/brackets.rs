//! Which groups are tested against each other, and the brackets with their p.

use serde::Deserialize;

use super::{DistributionsOptions, Group};
use crate::error::{Error, Result, did_you_mean};
use crate::metrics::rank_test::{mann_whitney, wilcoxon};
use crate::plot::canvas::{Anchor, Canvas};
use crate::plot::font;
use crate::plot::layout::Layout;
use crate::plot::theme::theme;
use crate::plot::ticks::power_of_ten;

/// Which groups are tested against each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(from = "Asked")]
pub enum Compare {
    /// None.
    #[default]
    None,
    /// Each with each.
    All,
    /// Each with the next.
    Neighbours,
    /// Pairs by name.
    Pairs(Vec<[String; 2]>),
}

/// How options write it: a word, or a list of pairs.
#[derive(Deserialize, serde::Serialize)]
#[serde(untagged, expecting = "expected \"none\", \"all\", \"neighbours\" or an array of pairs of names")]
enum Asked {
    Word(Word),
    Pairs(Vec<[String; 2]>),
}

#[derive(Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    None,
    All,
    Neighbours,
}

impl From<Asked> for Compare {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Word(Word::None) => Compare::None,
            Asked::Word(Word::All) => Compare::All,
            Asked::Word(Word::Neighbours) => Compare::Neighbours,
            Asked::Pairs(pairs) => Compare::Pairs(pairs),
        }
    }
}

/// A tested pair of groups.
struct Bracket {
    from: usize,
    to: usize,
    text: String,
    /// How many brackets lie below it.
    level: usize,
}

/// All brackets of a figure, low ones first.
pub(super) struct Brackets(Vec<Bracket>);

const TICK_MM: f64 = 0.8;

impl Brackets {
    /// Tests what `compare` asks for; groups without values are not tested.
    pub fn new(groups: &[Group], options: &DistributionsOptions) -> Result<Self> {
        let finite = |i: usize| groups[i].values.iter().copied().filter(|v| v.is_finite()).collect::<Vec<f64>>();
        let mut pairs = pairs(groups, &options.compare)?;
        pairs.retain(|&(a, b)| !finite(a).is_empty() && !finite(b).is_empty());
        let test = |&(a, b): &(usize, usize)| match options.paired {
            true => wilcoxon(&groups[a].values, &groups[b].values),
            false => mann_whitney(&finite(a), &finite(b)),
        };
        let mut p: Vec<f64> = pairs.iter().map(|pair| test(pair).map(|t| t.p)).collect::<Result<_>>()?;
        if options.holm {
            p = holm(&p);
        }
        // Short brackets lie low; each takes the lowest level on which it is free.
        let mut order: Vec<usize> = (0..pairs.len()).collect();
        order.sort_by_key(|&i| (pairs[i].1 - pairs[i].0, pairs[i].0));
        let mut placed: Vec<Bracket> = Vec::new();
        for i in order {
            let (from, to) = pairs[i];
            let free = |level: &usize| placed.iter().all(|b| b.level != *level || b.to <= from || b.from >= to);
            let level = (0..).find(free).unwrap_or(0);
            placed.push(Bracket { from, to, text: p_text(p[i]), level });
        }
        Ok(Brackets(placed))
    }

    fn level_height() -> f64 {
        font::height(1, theme().small_pt) + TICK_MM + 0.9
    }

    /// Height of all brackets in millimetres.
    pub fn height(&self) -> f64 {
        self.0.iter().map(|b| b.level + 1).max().unwrap_or(0) as f64 * Brackets::level_height()
    }

    /// Draws the brackets down from the panel's upper edge.
    pub fn draw(&self, canvas: &mut Canvas, layout: &Layout) {
        let theme = theme();
        let bottom = layout.panel.y + self.height() - 0.5;
        for b in &self.0 {
            let y = bottom - b.level as f64 * Brackets::level_height();
            // Neighbours on one level do not touch.
            let (from, to) = (layout.x_at(b.from as f64) + 0.5, layout.x_at(b.to as f64) - 0.5);
            canvas.polyline(&[(from, y), (from, y - TICK_MM), (to, y - TICK_MM), (to, y)], theme.ink, theme.axis_mm);
            let at = (0.5 * (from + to), y - TICK_MM - 0.6);
            // A text wider than its bracket could lie upon its neighbour's; it is written smaller, down to 5 points.
            let width = font::width(&b.text, theme.small_pt);
            let pt = (theme.small_pt * ((to - from) / width).min(1.0)).max(0.7 * theme.small_pt);
            canvas.text(at, Anchor::Middle, pt, theme.ink, &b.text);
        }
    }
}

fn pairs(groups: &[Group], compare: &Compare) -> Result<Vec<(usize, usize)>> {
    let n = groups.len();
    let place = |name: &String| {
        groups.iter().position(|g| g.name == *name).ok_or_else(|| {
            let error = Error::value(format!("`compare` names `{name}`, which is none of the groups"));
            match did_you_mean(name, groups.iter().map(|g| g.name.as_str())) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error,
            }
        })
    };
    match compare {
        Compare::None => Ok(Vec::new()),
        Compare::All if n > 8 => {
            Err(Error::value(format!("{n} groups make {} comparisons, too many to draw", n * (n - 1) / 2))
                .help("name the pairs of interest: `compare: [[\"a\", \"b\"]]`"))
        }
        Compare::All => Ok((0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))).collect()),
        Compare::Neighbours => Ok((1..n).map(|b| (b - 1, b)).collect()),
        Compare::Pairs(named) => named
            .iter()
            .map(|[a, b]| match (place(a)?, place(b)?) {
                (a, b) if a == b => Err(Error::value(format!("`compare` sets `{}` against itself", groups[a].name))),
                (a, b) => Ok((a.min(b), a.max(b))),
            })
            .collect(),
    }
}

/// Holm's step-down correction (1979).
fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut last = 0.0f64;
    for (rank, i) in order.into_iter().enumerate() {
        last = last.max((p.len() - rank) as f64 * p[i]).min(1.0);
        adjusted[i] = last;
    }
    adjusted
}

/// p with two significant digits.
fn p_text(p: f64) -> String {
    match p {
        p if p >= 0.995 => "p = 1".into(),
        p if p >= 0.1 => format!("p = {p:.2}"),
        p if p >= 0.01 => format!("p = {p:.3}"),
        p if p >= 0.001 => format!("p = {p:.4}"),
        p if p < 1e-300 => "p < 10⁻³⁰⁰".into(),
        p => {
            let mut power = p.log10().floor();
            let mut digits = format!("{:.1}", p / 10f64.powf(power));
            if digits == "10.0" {
                (power, digits) = (power + 1.0, "1.0".into());
            }
            format!("p = {digits}×{}", power_of_ten(power as i32))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_has_two_digits() {
        assert_eq!([1.0, 0.5, 0.0123, 0.00456].map(p_text), ["p = 1", "p = 0.50", "p = 0.012", "p = 0.0046"]);
        assert_eq!([1.26e-5, 9.99e-8, 0.0].map(p_text), ["p = 1.3×10⁻⁵", "p = 1.0×10⁻⁷", "p < 10⁻³⁰⁰"]);
    }

    #[test]
    fn holm_never_lowers_and_keeps_the_order() {
        // R 4.4: p.adjust(c(0.01, 0.04, 0.03), "holm").
        let adjusted = holm(&[0.01, 0.04, 0.03]);
        assert!(adjusted.iter().zip([0.03, 0.06, 0.06]).all(|(a, b)| (a - b).abs() < 1e-12), "{adjusted:?}");
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
    }

    #[test]
    fn brackets_that_share_a_place_lie_above_each_other() {
        let group = |name: &str| Group { name: name.into(), values: vec![1.0, 2.0, 3.0] };
        let groups = ["a", "b", "c"].map(group);
        let options = DistributionsOptions { compare: Compare::All, ..Default::default() };
        let brackets = Brackets::new(&groups, &options).map(|b| b.0).unwrap_or_default();
        let levels: Vec<_> = brackets.iter().map(|b| (b.from, b.to, b.level)).collect();
        assert_eq!(levels, [(0, 1, 0), (1, 2, 0), (0, 2, 1)]);
    }
}
