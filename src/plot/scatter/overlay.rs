//! What lies below and above the points: edges and outlines, lines of density, names, highlighted cells.

use super::contours::contours;
use super::outline::{ellipse, hull};
use super::placement::{Placed, place};
use super::{Contours, Outline, ScatterOptions};
use crate::data::{Labels, Matrix};
use crate::error::{Error, Result, did_you_mean};
use crate::plot::canvas::{Anchor, Canvas, units};
use crate::plot::coloring::Coloring;
use crate::plot::layout::Layout;
use crate::plot::marks::At;
use crate::plot::theme::{Color, theme};

/// The cells of a class, and what surrounds them.
struct Class {
    name: String,
    color: Color,
    points: Vec<[f64; 2]>,
    outline: Vec<[f64; 2]>,
}

/// Everything but the points, in the data's coordinates.
pub(super) struct Overlay<'a> {
    options: &'a ScatterOptions,
    xy: &'a [[f64; 2]],
    classes: Vec<Class>,
    /// Rows of highlighted cells with their ids.
    highlighted: Vec<(usize, String)>,
}

impl<'a> Overlay<'a> {
    /// What the options ask for.
    ///
    /// # Errors
    /// When a highlighted id is none of the rows', when classes are to be surrounded or named without labels, when an edge
    /// joins rows that do not exist.
    pub fn new(
        points: &Matrix,
        xy: &'a [[f64; 2]],
        labels: Option<&Labels>,
        coloring: &Coloring,
        options: &'a ScatterOptions,
    ) -> Result<Self> {
        let by_class = options.outline != Outline::None || options.density == Contours::Class || options.names;
        if by_class && labels.is_none() {
            let option = match options {
                o if o.names => "names",
                o if o.density == Contours::Class => "density",
                _ => "outline",
            };
            return Err(Error::value(format!("`{option}` shows classes, but the scatter plot has no labels"))
                .help("give `labels`, too"));
        }
        let class = |(code, name): (usize, &String)| {
            let cells = labels.map_or(&[][..], Labels::codes);
            let own: Vec<usize> = (0..cells.len()).filter(|&i| cells[i] == Some(code as u32)).collect();
            let points: Vec<[f64; 2]> = own.iter().map(|&i| xy[i]).collect();
            let outline = match options.outline {
                Outline::None => Vec::new(),
                Outline::Hull => hull(&points),
                Outline::Ellipse => ellipse(&points),
            };
            let color = own.first().map_or(theme().missing, |&i| coloring.looks[i].color);
            Class { name: name.clone(), color, points, outline }
        };
        let names = labels.map_or(&[][..], Labels::classes);
        let classes = if by_class { names.iter().enumerate().map(class).collect() } else { Vec::new() };
        let find = |id: &String| {
            points.ids().iter().position(|own| own == id).map(|row| (row, id.clone())).ok_or_else(|| {
                let error = Error::value(format!("`highlight` names `{id}`, which is none of the rows"));
                match did_you_mean(id, points.ids().iter().map(String::as_str)) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error,
                }
            })
        };
        let highlighted = options.highlight.iter().map(find).collect::<Result<_>>()?;
        if let Some((a, b, _)) = options.edges.iter().find(|(a, b, _)| a.max(b) >= &xy.len()) {
            return Err(Error::value(format!("an edge joins rows {a} and {b}, but there are {} rows", xy.len())));
        }
        Ok(Overlay { options, xy, classes, highlighted })
    }

    /// The points, and the corners of outlines that reach beyond them.
    pub fn extent(&self) -> impl Iterator<Item = [f64; 2]> {
        self.xy.iter().chain(self.classes.iter().flat_map(|c| &c.outline)).copied()
    }

    /// Whether all classes find room for their names.
    pub fn names_fit(&self, layout: &Layout, radius_mm: f64) -> bool {
        self.texts(layout, radius_mm, true).1.is_empty()
    }

    /// Names of highlighted cells, and of classes where they are `named`, at their places; and the numbers of those
    /// without room.
    fn texts(&self, layout: &Layout, radius_mm: f64, named: bool) -> (Vec<Placed>, Vec<usize>) {
        let page = |[x, y]: [f64; 2]| (layout.x_at(x), layout.y_at(y));
        let mut texts: Vec<(String, At)> = Vec::new();
        for (row, id) in &self.highlighted {
            let (x, y) = page(self.xy[*row]);
            texts.push((id.clone(), (x, y - radius_mm - 2.8)));
        }
        if named {
            let with_cells = self.classes.iter().filter(|c| !c.points.is_empty());
            texts.extend(with_cells.map(|c| (c.name.clone(), page(middle(&c.points)))));
        }
        // Beyond some thousand points every place covers many; a sample of them tells where.
        let every = self.xy.len().div_ceil(2000).max(1);
        let sample: Vec<At> = self.xy.iter().step_by(every).map(|&p| page(p)).collect();
        place(&texts, layout.panel, theme().small_pt, &sample)
    }

    /// Draws edges and outlines.
    pub fn draw_below(&self, canvas: &mut Canvas, layout: &Layout) {
        let theme = theme();
        let page = |[x, y]: [f64; 2]| (layout.x_at(x), layout.y_at(y));
        // Edges of about one strength are one path: a graph of 10,000 cells has 100,000 of them.
        let mut levels = vec![String::new(); 5];
        for &(a, b, strength) in &self.options.edges {
            let level = ((strength.clamp(0.0, 1.0) * 5.0) as usize).min(4);
            let ((x, y), (to_x, to_y)) = (page(self.xy[a]), page(self.xy[b]));
            levels[level] += &format!("M{} {}L{} {}", units(x), units(y), units(to_x), units(to_y));
        }
        for (level, commands) in levels.iter().enumerate().filter(|(_, c)| !c.is_empty()) {
            let color = theme.ink.faded(0.86 - 0.12 * level as f64);
            canvas.stroke(commands, color, 0.06 + 0.04 * level as f64);
        }
        for class in self.classes.iter().filter(|c| !c.outline.is_empty()) {
            let corners: Vec<At> = class.outline.iter().map(|&p| page(p)).collect();
            canvas.outlined(&corners, (class.color, 0.1), (class.color, theme.line_mm));
        }
    }

    /// Draws lines of density, highlighted cells and names.
    pub fn draw_above(&self, canvas: &mut Canvas, layout: &Layout, radius_mm: f64) {
        let theme = theme();
        let page = |[x, y]: [f64; 2]| (layout.x_at(x), layout.y_at(y));
        let mut lines = |points: &[[f64; 2]], color: Color| {
            for (level, segments) in contours(points, [layout.x.range, layout.y.range]).into_iter().enumerate() {
                let commands: String = segments
                    .iter()
                    .map(|&(a, b)| (page(a), page(b)))
                    .map(|(a, b)| format!("M{} {}L{} {}", units(a.0), units(a.1), units(b.0), units(b.1)))
                    .collect();
                canvas.stroke(&commands, color, theme.line_mm * (0.6 + 0.3 * level as f64));
            }
        };
        match self.options.density {
            Contours::None => {}
            Contours::All => lines(self.xy, theme.ink),
            Contours::Class => self.classes.iter().for_each(|c| lines(&c.points, c.color.mixed(theme.ink, 0.35))),
        }
        for (row, _) in &self.highlighted {
            canvas.ring(page(self.xy[*row]), radius_mm + 0.7, theme.ink, 1.3 * theme.line_mm);
        }
        let named = self.options.names && self.names_fit(layout, radius_mm);
        let (placed, _) = self.texts(layout, radius_mm, named);
        for label in placed {
            canvas.haloed(label.at, Anchor::Middle, theme.small_pt, theme.ink, &label.text);
        }
    }
}

/// The point of a class that is nearest to its component-wise median: a name there lies upon its cells even where the
/// class is bent.
fn middle(points: &[[f64; 2]]) -> [f64; 2] {
    let median = [0, 1].map(|k| {
        let mut values: Vec<f64> = points.iter().map(|p| p[k]).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    });
    let spread = [0, 1].map(|k| {
        let (low, high) = points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |m, p| (m.0.min(p[k]), m.1.max(p[k])));
        (high - low).max(f64::MIN_POSITIVE)
    });
    let distance = |p: &[f64; 2]| ((p[0] - median[0]) / spread[0]).hypot((p[1] - median[1]) / spread[1]);
    points.iter().copied().min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(median)
}
