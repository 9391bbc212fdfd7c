//! States as coloured bands behind what happened meanwhile, and their legend.

use crate::activity::States;
use crate::plot::canvas::Canvas;
use crate::plot::layout::Layout;
use crate::plot::legend::{Entry, Swatch};
use crate::plot::theme::{Color, theme};

/// How pale bands are: traces must be read upon them.
const PALE: f64 = 0.65;

/// The colour of a state, which it has in all figures.
pub(super) fn color(states: &States, state: usize) -> Color {
    theme().class_color(state, states.names().len())
}

/// The colour of its band.
fn pale(states: &States, state: usize) -> Color {
    color(states, state).faded(PALE)
}

/// Signs and names of the states that occur, in bands' colours or those of lines.
pub(super) fn entries(states: &States, bands: bool) -> Vec<Entry> {
    let counts = states.counts();
    let own = |s: usize| if bands { pale(states, s) } else { color(states, s) };
    let entry = |s: usize| Entry { swatch: Swatch::Disc(own(s)), name: states.names()[s].clone(), count: None };
    (0..counts.len()).filter(|&s| counts[s] > 0).map(entry).collect()
}

/// Draws a band over the panel's height for each bout; `seconds` is the time of the middle of a frame, `dt` its length.
pub(super) fn draw(canvas: &mut Canvas, layout: &Layout, states: &States, seconds: impl Fn(usize) -> f64, dt: f64) {
    let panel = layout.panel;
    for bout in states.bouts() {
        let Some(state) = bout.state else { continue };
        let at = |t: f64| layout.x_at(t).clamp(panel.x, panel.right());
        let (left, right) = (at(seconds(bout.start) - 0.5 * dt), at(seconds(bout.start + bout.frames - 1) + 0.5 * dt));
        let corners = [(left, panel.y), (right, panel.y), (right, panel.bottom()), (left, panel.bottom())];
        canvas.area(&corners, pale(states, state as usize), 1.0);
    }
}
