//! The phase portrait: an animal's way through its principal components, coloured by its states.

use serde::{Deserialize, Serialize};

use super::bands;
use crate::activity::Recording;
use crate::error::{Error, Result};
use crate::plot::canvas::Canvas;
use crate::plot::figure::{Figure, Resize};
use crate::plot::layout::{AxisSpec, ChartSpec, Layout, Title, check_size};
use crate::plot::legend::Legend;
use crate::plot::marks::At;
use crate::plot::theme::theme;
use crate::plot::ticks::padded;
use crate::reduce::{Components, PcaOptions};

/// How a phase portrait looks. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PhasesOptions {
    /// Title above the panel.
    pub title: Option<String>,
    /// Width of the figure.
    pub width_mm: f64,
    /// Height of the figure.
    pub height_mm: f64,
    /// The principal component of the horizontal axis, counted from 1.
    pub x: usize,
    /// That of the vertical axis.
    pub y: usize,
    /// Frames over which the way is averaged, an odd number; noise makes a tangle of it.
    pub smooth: usize,
}

impl Default for PhasesOptions {
    fn default() -> Self {
        PhasesOptions { title: None, width_mm: 110.0, height_mm: 85.0, x: 1, y: 2, smooth: 5 }
    }
}

impl Resize for PhasesOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, height_mm);
    }
}

/// Draws the frames of a recording as a line through two of its principal components; what share of the variance they
/// have stands beside their names. Give z-scored traces, or derivatives as Kato et al. (2015) did. Frames without a state
/// are grey.
///
/// # Errors
/// When a value is missing, a component is not there, `smooth` is even, or a size is out of range.
pub fn phases(recording: &Recording, options: &PhasesOptions) -> Result<Figure> {
    check_size("width_mm", options.width_mm, 40.0)?;
    check_size("height_mm", options.height_mm, 30.0)?;
    if options.smooth.is_multiple_of(2) {
        return Err(Error::value(format!("`smooth` is {}, expected an odd number of frames", options.smooth))
            .help("1 leaves the frames as they are"));
    }
    let most = options.x.max(options.y);
    if options.x.min(options.y) == 0 || most > recording.len().min(recording.frames()) {
        return Err(Error::value(format!("components {} and {} of {} neurons", options.x, options.y, recording.len()))
            .help("components are counted from 1"));
    }
    let pca = recording.pca(&PcaOptions { components: Components::Count(most), ..Default::default() })?;
    let scores = pca.scores();
    let smoothed = |component: usize| -> Vec<f64> {
        let (frames, reach) = (scores.rows(), options.smooth / 2);
        let mean = |t: usize| {
            let (from, to) = (t.saturating_sub(reach), (t + reach + 1).min(frames));
            (from..to).map(|u| scores.row(u)[component - 1]).sum::<f64>() / (to - from) as f64
        };
        (0..frames).map(mean).collect()
    };
    let (x, y) = (smoothed(options.x), smoothed(options.y));
    let states = recording.states();
    let title = Title::new(options.title.as_deref(), options.width_mm);
    let entries = states.map_or(Vec::new(), |s| bands::entries(s, false));
    let legend = Legend::columns(&entries, options.height_mm - title.bottom() - theme().margin_mm);
    let axis = |values: &[f64], component: usize| AxisSpec {
        range: padded(values.iter().copied(), 0.04),
        label: format!("PC{component} ({:.0} %)", 100.0 * pca.explained_variance_ratio()[component - 1]),
        numbered: true,
    };
    let layout = Layout::new(ChartSpec {
        width: options.width_mm,
        height: options.height_mm,
        title,
        x: axis(&x, options.x),
        y: axis(&y, options.y),
        equal: true,
        side: (legend.width, legend.height),
    });
    let mut canvas = Canvas::new(layout.size.0, layout.size.1);
    layout.draw_axes(&mut canvas)?;
    let way: Vec<At> = x.iter().zip(&y).map(|(&x, &y)| (layout.x_at(x), layout.y_at(y))).collect();
    let width = 0.8 * theme().line_mm;
    match states {
        None => canvas.polyline(&way, theme().ink, width),
        Some(states) => {
            for bout in states.bouts() {
                // Up to the first frame of the next bout, so that the way has no holes.
                let end = (bout.start + bout.frames + 1).min(way.len());
                let color = bout.state.map_or(theme().missing, |s| bands::color(states, s as usize));
                canvas.polyline(&way[bout.start..end], color, width);
            }
        }
    }
    legend.draw(&mut canvas, layout.side_at);
    Ok(canvas.finish("phases"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::activity::simulate::{WormOptions, worm};
    use crate::plot::figure::tests::{parses, texts};

    #[test]
    fn the_way_is_coloured_by_state_and_axes_say_their_share() {
        let set = worm(&WormOptions { animals: 1, frames: 400, ..Default::default() }, 1).unwrap().recordings;
        let r = set.recordings()[0].zscore();
        let figure = phases(&r, &PhasesOptions::default()).unwrap();
        parses(&figure);
        let found = texts(&figure);
        assert!(found.iter().any(|t| t.starts_with("PC1 (")) && found.contains(&"revsus".to_string()), "{found:?}");
        let plain = phases(&r.without_states(), &PhasesOptions { x: 3, y: 1, ..Default::default() }).unwrap();
        assert!(texts(&plain).iter().any(|t| t.starts_with("PC3 (")));
        for wrong in [
            PhasesOptions { smooth: 4, ..Default::default() },
            PhasesOptions { x: 0, ..Default::default() },
            PhasesOptions { y: 17, ..Default::default() },
        ] {
            assert!(phases(&r, &wrong).unwrap_err().help.is_some());
        }
    }
}
