//! Traces above each other, a row for each neuron, over one axis of time.

use super::bands;
use crate::activity::Recording;
use crate::error::{Error, Result};
use crate::plot::canvas::Canvas;
use crate::plot::layout::{AxisSpec, ChartSpec, Layout, Marks, Title, check_size};
use crate::plot::legend::{Entry, Legend};
use crate::plot::marks::At;
use crate::plot::ticks::{drawable, padded};

/// The least and the usual height of a row, and the greatest of the figure, in millimetres.
const LEAST_ROW_MM: f64 = 0.6;
const ROW_MM: f64 = 4.5;
const PAGE_MM: f64 = 240.0;
/// The share of a row that its trace takes from its least to its largest value.
const FILLED: f64 = 0.9;

/// What rows are to show.
pub(super) struct Spec<'a> {
    pub recording: &'a Recording,
    /// Columns of the recording, the first on top.
    pub neurons: &'a [usize],
    pub title: Option<&'a str>,
    pub width: f64,
    pub height: Option<f64>,
    /// Seconds at the first frame.
    pub start: f64,
    /// Whether all rows have one scale; else each its own.
    pub common: bool,
    /// Signs beside the panel.
    pub entries: Vec<Entry>,
}

/// Rows with their axes and bands drawn.
pub(super) struct Rows {
    pub canvas: Canvas,
    layout: Layout,
    start: f64,
    dt: f64,
    /// Middle and half of the range of each row's values.
    scales: Vec<(f64, f64)>,
}

impl Rows {
    /// Places the rows and draws what lies below traces: bands of states, axes, names, legend.
    ///
    /// # Errors
    /// When there is no row, a size is out of range, or rows become too thin to be seen.
    pub fn new(spec: Spec<'_>) -> Result<Self> {
        let (r, n) = (spec.recording, spec.neurons.len());
        if n == 0 {
            return Err(Error::value("there is no neuron to draw").help("name one or more"));
        }
        check_size("width_mm", spec.width, 50.0)?;
        let title = Title::new(spec.title, spec.width);
        let height = spec.height.unwrap_or_else(|| (ROW_MM * n as f64 + 14.0 + title.bottom()).clamp(30.0, PAGE_MM));
        check_size("height_mm", height, 25.0)?;
        if (height - 12.0) / (n as f64) < LEAST_ROW_MM {
            return Err(Error::value(format!("{n} neurons in {height} mm leave rows too thin to be seen"))
                .help("name fewer `neurons`, or give a larger `height_mm`"));
        }
        let legend = Legend::columns(&spec.entries, height - title.bottom());
        let last = spec.start + r.dt() * (r.frames() - 1) as f64;
        let names: Vec<String> = spec.neurons.iter().map(|&i| r.neurons()[i].clone()).collect();
        let layout = Layout::marked(
            ChartSpec {
                width: spec.width,
                height,
                title,
                x: AxisSpec { range: padded([spec.start, last], 0.0), label: "time (s)".into(), numbered: true },
                // The first row is on top.
                y: AxisSpec { range: (n as f64 - 0.5, -0.5), label: String::new(), numbered: true },
                equal: false,
                side: (legend.width, legend.height),
            },
            &Marks::Numbers,
            &Marks::Names(names),
        );
        let mut canvas = Canvas::new(layout.size.0, layout.size.1);
        let (start, dt) = (spec.start, r.dt());
        if let Some(states) = r.states() {
            bands::draw(&mut canvas, &layout, states, |t| start + dt * t as f64, dt);
        }
        layout.draw_axes(&mut canvas)?;
        legend.draw(&mut canvas, layout.side_at);
        let ends = |i: usize| padded(r.trace(i).into_iter().filter(|&v| drawable(v)), 0.0);
        let widest = spec.neurons.iter().map(|&i| ends(i)).map(|(a, b)| b - a).fold(0.0, f64::max);
        let scale = |&i: &usize| {
            let (low, high) = ends(i);
            (0.5 * (low + high), 0.5 * if spec.common { widest } else { high - low })
        };
        let scales = spec.neurons.iter().map(scale).collect();
        Ok(Rows { canvas, layout, start, dt, scales })
    }

    /// Where the value of a row lies in a frame; beyond its row's neighbours it is cut.
    pub fn at(&self, row: usize, frame: usize, value: f64) -> At {
        let (middle, half) = self.scales[row];
        let up = (0.5 * FILLED * (value - middle) / half).clamp(-1.2, 1.2);
        let y = self.layout.y_at(row as f64 - up);
        (
            self.layout.x_at(self.start + self.dt * frame as f64),
            y.clamp(self.layout.panel.y, self.layout.panel.bottom()),
        )
    }
}

/// The columns of neurons by name, or of all (identified ones first) where no name is given.
pub(super) fn columns(recording: &Recording, names: &[String], most: usize) -> Result<Vec<usize>> {
    if !names.is_empty() {
        return names.iter().map(|name| recording.place(name)).collect();
    }
    let mut all: Vec<usize> = (0..recording.len()).collect();
    all.sort_by_key(|&i| !recording.identified()[i]);
    all.truncate(most);
    Ok(all)
}
