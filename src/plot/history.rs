//! Training histories: one small panel per quantity, all above one axis of steps.

use plotters::prelude::{Circle, PathElement};
use plotters::style::Color as _;
use serde::Deserialize;

use super::canvas::{Anchor, Canvas, Rect, units};
use super::chart::{self, Axis, Drawn, Panel};
use super::figure::{Figure, Resize};
use super::font;
use super::layout::{Title, check_size};
use super::theme::{class_style, theme};
use super::ticks::{Ticks, drawable, padded};
use crate::error::{Error, Result, did_you_mean};

/// One quantity over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it is; stands beside its panel.
    pub name: String,
    /// Step and value, in the order measured.
    pub points: Vec<(f64, f64)>,
}

/// How a history looks. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct HistoryOptions {
    /// Title above the panels.
    pub title: Option<String>,
    /// Width of the figure.
    pub width_mm: f64,
    /// Height of one panel.
    pub panel_height_mm: f64,
    /// Label of the common axis.
    pub x_label: String,
    /// Names of series on a logarithmic axis; values of zero and below are gaps there.
    pub log: Vec<String>,
}

impl Default for HistoryOptions {
    fn default() -> Self {
        HistoryOptions { title: None, width_mm: 120.0, panel_height_mm: 22.0, x_label: "step".into(), log: Vec::new() }
    }
}

impl Resize for HistoryOptions {
    fn resize(&mut self, width_mm: f64, _height_mm: f64) {
        self.width_mm = width_mm;
    }
}

const PANEL_GAP_MM: f64 = 3.0;
/// Runs longer than this are thinned; at 120 mm this is a point every 0.06 mm.
const MAX_RUN: usize = 2000;

/// Draws each series in a panel of its own, the panels above each other over one common horizontal axis.
///
/// Values that are not finite are gaps in the line; a series without any finite value has an empty panel that says so.
///
/// # Errors
/// When there is no series or no finite step at all; when `log` names none of the series; when a size is out of range.
pub fn history(series: &[Series], options: &HistoryOptions) -> Result<Figure> {
    check(series, options)?;
    let title = Title::new(options.title.as_deref(), options.width_mm);
    let height = options.panel_height_mm;
    let steps = series.iter().flat_map(|s| &s.points).map(|p| p.0).filter(|&v| drawable(v));
    let x_range = padded(steps, 0.0);
    let tracks: Vec<Track> = series.iter().map(|s| Track::new(s, options)).collect();

    // The widest numbers and the highest name decide where all panels begin.
    let numbers = tracks.iter().map(|t| t.y.depth(t.y.ticks.label_width(theme().small_pt))).fold(0.0, f64::max);
    let names = tracks.iter().map(|t| font::height(t.name.len(), theme().label_pt)).fold(0.0, f64::max);
    let left = theme().margin_mm + names + 1.0 + numbers;
    // The last number of the common axis may stick out by half its width, which the number of ticks decides.
    let probe = Ticks::fitting_width(x_range, options.width_mm - left, theme().small_pt);
    let right = theme().margin_mm + 0.5 * probe.label_width(theme().small_pt) + 1.0;
    let width = options.width_mm - left - right;
    let x_ticks = Ticks::fitting_width(x_range, width, theme().small_pt);

    let top = title.bottom();
    let x_lines = font::wrap(&options.x_label, theme().label_pt, width, 2);
    let small = font::height(1, theme().small_pt);
    let panels_bottom = top + tracks.len() as f64 * (height + PANEL_GAP_MM) - PANEL_GAP_MM;
    let x_label_top = panels_bottom + 2.0 * theme().tick_mm + small + 1.0;
    let page_height = x_label_top + font::height(x_lines.len(), theme().label_pt) + theme().margin_mm;

    let mut canvas = Canvas::new(options.width_mm, page_height);
    title.draw(&mut canvas);
    for (i, track) in tracks.iter().enumerate() {
        let panel = Rect { x: left, y: top + i as f64 * (height + PANEL_GAP_MM), width, height };
        let x = Axis { range: x_range, ticks: x_ticks.clone(), numbered: i + 1 == tracks.len() };
        chart::draw(&mut canvas, panel, (&x, &track.y), true, |panel| track.draw(panel))?;
        let middle = panel.y + 0.5 * panel.height;
        // Names of one line stand as near to the numbers as names of more.
        let name_left = left - numbers - 1.0 - font::height(track.name.len(), theme().label_pt);
        canvas.upright((name_left, middle), theme().label_pt, theme().ink, &track.name);
        if track.runs.is_empty() {
            let at = (panel.x + 0.5 * panel.width, middle);
            canvas.text(at, Anchor::Middle, theme().small_pt, theme().ink, "no finite value");
        }
    }
    canvas.paragraph((left + 0.5 * width, x_label_top), Anchor::Middle, theme().label_pt, theme().ink, &x_lines);
    Ok(canvas.finish("history"))
}

/// A series ready to be drawn: values on their axis, unbroken runs, the name in lines.
struct Track {
    name: Vec<String>,
    runs: Vec<Vec<(f64, f64)>>,
    y: Axis,
}

impl Track {
    fn new(series: &Series, options: &HistoryOptions) -> Self {
        let log = options.log.contains(&series.name);
        let on_axis = |&(x, y): &(f64, f64)| (x, if log { y.log10() } else { y });
        let points: Vec<_> = series.points.iter().map(on_axis).collect();
        let runs: Vec<_> =
            points.split(|&(x, y)| !(drawable(x) && drawable(y))).filter(|run| !run.is_empty()).map(thinned).collect();
        let range = padded(runs.iter().flatten().map(|p| p.1), 0.06);
        let height = options.panel_height_mm;
        let ticks = match log {
            true => Ticks::logarithmic(range, (height / 6.0).max(2.0) as usize),
            false => Ticks::fitting_height(range, height),
        };
        Track {
            name: font::wrap(&series.name, theme().label_pt, height, 3),
            runs,
            y: Axis { range, ticks, numbered: true },
        }
    }

    fn draw(&self, panel: &mut Panel<'_, '_>) -> Drawn {
        let color = class_style(0).0;
        for run in &self.runs {
            match run[..] {
                [point] => {
                    let radius = units(theme().line_mm) as u32;
                    panel.draw_series([Circle::new(point, radius, color.plotters().filled())])?;
                }
                _ => {
                    panel.draw_series([PathElement::new(run.clone(), chart::line(color, theme().line_mm))])?;
                }
            }
        }
        Ok(())
    }
}

/// A run with at most about [`MAX_RUN`] points that looks the same: of each stretch of points the first, the last, the
/// lowest and the highest stay.
pub(super) fn thinned(run: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if run.len() <= MAX_RUN {
        return run.to_vec();
    }
    let stretch = run.len().div_ceil(MAX_RUN / 4);
    let mut kept = Vec::with_capacity(MAX_RUN);
    for part in run.chunks(stretch) {
        let by_value = |a: &usize, b: &usize| part[*a].1.total_cmp(&part[*b].1);
        let low = (0..part.len()).min_by(by_value).unwrap_or(0);
        let high = (0..part.len()).max_by(by_value).unwrap_or(0);
        let mut stay = vec![0, low, high, part.len() - 1];
        stay.sort_unstable();
        stay.dedup();
        kept.extend(stay.into_iter().map(|i| part[i]));
    }
    kept
}

fn check(series: &[Series], options: &HistoryOptions) -> Result<()> {
    check_size("width_mm", options.width_mm, 40.0)?;
    check_size("panel_height_mm", options.panel_height_mm, 8.0)?;
    if !series.iter().flat_map(|s| &s.points).any(|p| drawable(p.0)) {
        return Err(Error::value("a history needs at least one series with a point")
            .help("was the model trained before its history was drawn?"));
    }
    let names = || series.iter().map(|s| s.name.as_str());
    match options.log.iter().find(|name| !names().any(|n| n == name.as_str())) {
        None => Ok(()),
        Some(unknown) => {
            let error = Error::value(format!("`log` names `{unknown}`, which is none of the series"));
            Err(match did_you_mean(unknown, names()) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("they are `{}`", names().collect::<Vec<_>>().join("`, `"))),
            })
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plot::figure::tests::{parses, texts};

    fn series(name: &str, n: usize, f: impl Fn(f64) -> f64) -> Series {
        Series { name: name.into(), points: (0..n).map(|i| (i as f64, f(i as f64))).collect() }
    }

    #[test]
    fn every_series_has_its_panel_and_the_axis_of_steps_is_drawn_once() {
        let all = [series("loss", 100, |x| 5.0 - x * 0.04), series("rate & more", 100, |x| x * 1e-6)];
        let figure = history(&all, &HistoryOptions::default()).unwrap();
        parses(&figure);
        let texts = texts(&figure);
        for text in ["loss", "rate & more", "step"] {
            assert_eq!(texts.iter().filter(|t| *t == text).count(), 1, "{text}: {texts:?}");
        }
        assert_eq!(texts.iter().filter(|t| *t == "80").count(), 1, "{texts:?}");
        assert_eq!(figure.svg().matches(r##"stroke="#0072B2""##).count(), 2);
        assert_eq!(history(&all, &HistoryOptions::default()).unwrap(), figure);
    }

    #[test]
    fn gaps_break_the_line_and_single_points_stay_visible() {
        let gap = series("gap", 50, |x| if (20.0..30.0).contains(&x) || x == 31.0 { f64::NAN } else { x });
        let figure = history(&[gap], &HistoryOptions::default()).unwrap();
        assert_eq!(figure.svg().matches(r##"stroke="#0072B2""##).count(), 2);
        assert_eq!(figure.svg().matches("<circle").count(), 1);
    }

    #[test]
    fn a_series_without_values_says_so() {
        let figure = history(&[series("nan", 50, |_| f64::NAN)], &HistoryOptions::default()).unwrap();
        parses(&figure);
        assert!(texts(&figure).contains(&"no finite value".to_string()));
    }

    #[test]
    fn long_series_are_thinned_and_keep_their_peaks() {
        let mut long = series("long", 300_000, |x| (x * 0.01).sin());
        long.points[123_457].1 = 40.0;
        let kept = thinned(&long.points);
        assert!(kept.len() <= MAX_RUN && kept.contains(&(123_457.0, 40.0)));
        assert_eq!((kept[0], kept[kept.len() - 1]), (long.points[0], long.points[299_999]));
        assert!(kept.windows(2).all(|w| w[0].0 < w[1].0));
    }

    #[test]
    fn logarithmic_panels_have_powers_of_ten() {
        let options = HistoryOptions { log: vec!["loss".into()], ..Default::default() };
        let figure = history(&[series("loss", 200, |x| 10f64.powf(1.0 - x / 40.0))], &options).unwrap();
        assert!(texts(&figure).contains(&"10⁻²".to_string()), "{:?}", texts(&figure));
    }

    #[test]
    fn what_cannot_be_drawn_says_why() {
        let fails = |s: &[Series], o: HistoryOptions| history(s, &o).unwrap_err().to_string();
        assert!(fails(&[], HistoryOptions::default()).contains("at least one series"));
        assert!(fails(&[series("loss", 0, |x| x)], HistoryOptions::default()).contains("at least one series"));
        let log = HistoryOptions { log: vec!["los".into()], ..Default::default() };
        assert!(fails(&[series("loss", 5, |x| x)], log).contains("did you mean `loss`"));
        let flat = HistoryOptions { panel_height_mm: 1.0, ..Default::default() };
        assert!(fails(&[series("loss", 5, |x| x)], flat).contains("`panel_height_mm`"));
    }
}
