//! What data is drawn with: points, lines and areas, in millimetres of the page.

use std::fmt::Write;

use super::canvas::{Canvas, units};
use super::theme::{Color, Marker};

/// A place on the page in millimetres.
pub(super) type At = (f64, f64);

impl Canvas {
    /// A point of a scatter plot.
    pub fn point(&mut self, at: At, (marker, radius): (Marker, f64), color: Color, opacity: f64) {
        let fill = paint(color, opacity);
        match marker.corners(radius) {
            None => self.raw(&format!(
                "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" {fill}/>\n",
                units(at.0),
                units(at.1),
                units(radius).max(1)
            )),
            Some(corners) => {
                let corners: Vec<At> = corners.into_iter().map(|(dx, dy)| (at.0 + dx, at.1 + dy)).collect();
                self.raw(&format!("<path d=\"{}z\" {fill}/>\n", course(&corners)));
            }
        }
    }

    /// A circle around a point.
    pub fn ring(&mut self, at: At, radius: f64, color: Color, width: f64) {
        self.raw(&format!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"/>\n",
            units(at.0),
            units(at.1),
            units(radius),
            color.css(),
            units(width).max(1)
        ));
    }

    /// An area within straight edges.
    pub fn area(&mut self, corners: &[At], color: Color, opacity: f64) {
        if corners.len() > 2 {
            self.raw(&format!("<path d=\"{}z\" {}/>\n", course(corners), paint(color, opacity)));
        }
    }

    /// An area with a border.
    pub fn outlined(&mut self, corners: &[At], (color, opacity): (Color, f64), (border, width): (Color, f64)) {
        self.raw(&format!(
            "<path d=\"{}z\" {} stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"/>\n",
            course(corners),
            paint(color, opacity),
            border.css(),
            units(width).max(1)
        ));
    }

    /// A line through points.
    pub fn polyline(&mut self, points: &[At], color: Color, width: f64) {
        if points.len() > 1 {
            self.stroke(&course(points), color, width);
        }
    }

    /// A dashed line through points.
    pub fn dashed(&mut self, points: &[At], color: Color, width: f64) {
        let (on, off) = (units(4.0 * width), units(3.0 * width));
        self.raw(&format!(
            "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-dasharray=\"{on} {off}\"/>\n",
            course(points),
            color.css(),
            units(width).max(1)
        ));
    }
}

/// The attributes of a filling.
fn paint(color: Color, opacity: f64) -> String {
    match opacity < 1.0 {
        true => format!("fill=\"{}\" fill-opacity=\"{opacity:.3}\"", color.css()),
        false => format!("fill=\"{}\"", color.css()),
    }
}

/// Path commands through points.
pub(super) fn course(points: &[At]) -> String {
    let mut commands = String::with_capacity(12 * points.len());
    for (i, &(x, y)) in points.iter().enumerate() {
        let command = if i == 0 { 'M' } else { 'L' };
        write!(commands, "{command}{} {}", units(x), units(y)).expect("writing to a string cannot fail");
    }
    commands
}
