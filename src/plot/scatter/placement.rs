//! Names beside what they name, where they cover neither each other nor much else.

use crate::plot::canvas::Rect;
use crate::plot::font;
use crate::plot::marks::At;

/// A text with the middle of its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed {
    pub text: String,
    /// Where its baseline's middle goes.
    pub at: At,
}

/// How far a name may lie from its place, in heights of a line.
const FARTHEST: usize = 8;
/// Directions in which places are tried.
const DIRECTIONS: usize = 12;

/// Places texts near their anchors, within a panel: each where it covers the fewest `points`, the nearer the better, and
/// no text placed before. A text without room is given back in the second list, by its number.
pub(super) fn place(texts: &[(String, At)], panel: Rect, pt: f64, points: &[At]) -> (Vec<Placed>, Vec<usize>) {
    let line = font::CAP_HEIGHT * pt * font::MM_PER_PT;
    let (mut placed, mut boxes, mut left_over) = (Vec::new(), Vec::<Rect>::new(), Vec::new());
    for (i, (text, anchor)) in texts.iter().enumerate() {
        let (width, height) = (font::width(text, pt) + 0.8, 1.5 * line);
        let around = |(x, y): At| Rect { x: x - 0.5 * width, y: y - 0.5 * height, width, height };
        let rings = (1..=FARTHEST).flat_map(|ring| {
            (0..DIRECTIONS).map(move |k| {
                let (sin, cos) = (std::f64::consts::TAU * (k as f64 + 0.25) / DIRECTIONS as f64).sin_cos();
                (ring as f64, cos, sin)
            })
        });
        let candidates = std::iter::once((0.0, 0.0, 0.0)).chain(rings);
        let cost = |(ring, cos, sin): (f64, f64, f64)| {
            // Sideways steps are as long as the text is wide for its height.
            let at = (anchor.0 + cos * ring * (0.25 * width + 0.5 * height), anchor.1 + sin * ring * height);
            let own = around(at);
            let inside =
                own.x >= panel.x && own.right() <= panel.right() && own.y >= panel.y && own.bottom() <= panel.bottom();
            if !inside || boxes.iter().any(|b| overlap(b, &own)) {
                return None;
            }
            let covered = points.iter().filter(|p| holds(&own, **p)).count();
            // One more height away is worth a tenth of the points that a name of this size could cover.
            Some((covered as f64 + ring * (1.0 + 0.02 * points.len() as f64), at))
        };
        match candidates.filter_map(cost).min_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((_, at)) => {
                boxes.push(around(at));
                placed.push(Placed { text: text.clone(), at: (at.0, at.1 + 0.5 * line) });
            }
            None => left_over.push(i),
        }
    }
    (placed, left_over)
}

fn overlap(a: &Rect, b: &Rect) -> bool {
    a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom()
}

fn holds(rect: &Rect, (x, y): At) -> bool {
    (rect.x..=rect.right()).contains(&x) && (rect.y..=rect.bottom()).contains(&y)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PANEL: Rect = Rect { x: 0.0, y: 0.0, width: 60.0, height: 40.0 };

    #[test]
    fn names_of_one_place_stand_beside_each_other_within_the_panel() {
        let texts: Vec<_> = (0..6).map(|i| (format!("class {i}"), (1.0, 1.0))).collect();
        let (placed, left) = place(&texts, PANEL, 7.0, &[]);
        assert!(left.is_empty() && placed.len() == 6, "{left:?}");
        for (i, a) in placed.iter().enumerate() {
            assert!(a.at.0 > 0.0 && a.at.1 > 0.0);
            for b in &placed[..i] {
                let wide = font::width(&a.text, 7.0);
                assert!((a.at.0 - b.at.0).abs() > wide - 0.5 || (a.at.1 - b.at.1).abs() > 1.5, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn what_has_no_room_is_given_back() {
        let texts: Vec<_> = (0..200).map(|i| (format!("a rather long name {i}"), (30.0, 20.0))).collect();
        let (placed, left) = place(&texts, PANEL, 7.0, &[]);
        assert_eq!(placed.len() + left.len(), 200);
        assert!(!left.is_empty() && !placed.is_empty());
    }
}
