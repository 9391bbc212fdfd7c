//! The look of all figures: sizes, line widths, colours, background.
//!
//! A theme is ambient: `within` holds for the drawing of one figure, [`set_session`] for all that follow. Every part of a
//! figure, from the title down to the sign in a legend, measures its text in the theme, so handing it through each
//! signature would put the same argument into every one of them. It belongs to the thread, as drawing does.

use std::cell::RefCell;

use serde::Deserialize;

use super::marker::MARKERS;
pub use super::marker::Marker;
pub use super::palette::{Color, ColorMap, PALETTE};
use super::palette::{DARK, EXTENDED, WHITE};
use crate::error::{Error, Result};

/// Sizes and colours shared by all parts of a figure. Text in points, lines and gaps in millimetres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Theme {
    /// Title of a figure.
    pub title_pt: f64,
    /// Axis labels and headings.
    pub label_pt: f64,
    /// Tick labels and legends.
    pub small_pt: f64,
    /// Axis lines and ticks.
    pub axis_mm: f64,
    /// Grid lines.
    pub grid_mm: f64,
    /// Lines of data.
    pub line_mm: f64,
    /// Length of a tick.
    pub tick_mm: f64,
    /// Gap between neighbours: title and panel, panel and legend.
    pub gap_mm: f64,
    /// Empty border of the figure.
    pub margin_mm: f64,
    /// Text, axes, scale bars.
    pub ink: Color,
    /// What everything is drawn on.
    pub background: Color,
    /// Grid lines.
    pub grid: Color,
    /// Whether charts have a grid that could do without.
    pub show_grid: bool,
    /// Cells without label or value.
    pub missing: Color,
    /// Colours of classes.
    pub palette: Palette,
    /// Colours of values from low to high.
    pub color_map: ColorMap,
}

/// Colours of classes, of which there are 1 to 12.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Palette {
    colors: [Color; Palette::MAX],
    len: usize,
}

impl Palette {
    const MAX: usize = 12;

    const fn of_eight(eight: [Color; 8]) -> Self {
        let mut colors = [WHITE; Palette::MAX];
        let mut i = 0;
        while i < eight.len() {
            colors[i] = eight[i];
            i += 1;
        }
        Palette { colors, len: eight.len() }
    }

    /// The colours in order.
    pub fn colors(&self) -> &[Color] {
        &self.colors[..self.len]
    }
}

/// The theme of printed figures: 7 to 9 points, thin lines, white background.
pub const PAPER: Theme = Theme {
    title_pt: 9.0,
    label_pt: 8.0,
    small_pt: 7.0,
    axis_mm: 0.2,
    grid_mm: 0.1,
    line_mm: 0.3,
    tick_mm: 0.8,
    gap_mm: 2.0,
    margin_mm: 1.5,
    ink: Color(0x1a, 0x1a, 0x1a),
    background: WHITE,
    grid: Color(0xe2, 0xe2, 0xe2),
    show_grid: false,
    missing: Color(0xbd, 0xbd, 0xbd),
    palette: Palette::of_eight(PALETTE),
    color_map: ColorMap::Viridis,
};

/// The theme of slides: text and lines of twice the size.
pub const TALK: Theme = Theme {
    title_pt: 18.0,
    label_pt: 16.0,
    small_pt: 14.0,
    axis_mm: 0.4,
    grid_mm: 0.2,
    line_mm: 0.6,
    tick_mm: 1.4,
    gap_mm: 3.0,
    margin_mm: 2.5,
    ..PAPER
};

/// The theme of dark screens.
pub const DARK_SCREEN: Theme = Theme {
    ink: Color(0xe6, 0xe6, 0xe6),
    background: Color(0x16, 0x18, 0x1c),
    grid: Color(0x33, 0x37, 0x3d),
    missing: Color(0x5c, 0x61, 0x68),
    palette: Palette::of_eight(DARK),
    ..PAPER
};

/// A theme to start from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// [`PAPER`].
    #[default]
    Paper,
    /// [`TALK`].
    Talk,
    /// [`DARK_SCREEN`].
    Dark,
}

/// What a theme is made of.
#[derive(Clone, Debug, Default, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ThemeOptions {
    /// The theme to start from: `paper`, `talk`, `dark`.
    pub preset: Preset,
    /// Size of axis labels in points; titles are an eighth larger, numbers and legends an eighth smaller.
    pub font_size_pt: Option<f64>,
    /// Width of lines of data in millimetres.
    pub line_mm: Option<f64>,
    /// Colours of classes, 1 to 12 of them, as `#rrggbb`.
    pub palette: Option<Vec<String>>,
    /// Colours of values: `viridis`, `cividis`, `blues`, `diverging`.
    pub color_map: Option<ColorMap>,
    /// Whether charts have a grid.
    pub grid: Option<bool>,
    /// The colour of the page.
    pub background: Option<String>,
    /// The colour of text and axes.
    pub ink: Option<String>,
}

impl Theme {
    /// A theme of these options.
    ///
    /// # Errors
    /// When a colour cannot be read, or a size is out of range.
    pub fn new(options: &ThemeOptions) -> Result<Self> {
        let mut theme = match options.preset {
            Preset::Paper => PAPER,
            Preset::Talk => TALK,
            Preset::Dark => DARK_SCREEN,
        };
        if let Some(pt) = options.font_size_pt {
            if !(4.0..=40.0).contains(&pt) {
                return Err(Error::value(format!("`font_size_pt` is {pt}, expected 4 to 40 points"))
                    .help("journals ask for 5 to 8 points, slides need 14 or more"));
            }
            (theme.title_pt, theme.label_pt, theme.small_pt) = (1.125 * pt, pt, 0.875 * pt);
        }
        if let Some(mm) = options.line_mm {
            if !(0.05..=5.0).contains(&mm) {
                return Err(Error::value(format!("`line_mm` is {mm}, expected 0.05 to 5 millimetres")));
            }
            theme.line_mm = mm;
        }
        if let Some(texts) = &options.palette {
            let colors = texts.iter().map(|t| Color::parse(t)).collect::<Result<Vec<_>>>()?;
            if colors.is_empty() || colors.len() > Palette::MAX {
                return Err(Error::value(format!(
                    "`palette` has {} colours, expected 1 to {}",
                    colors.len(),
                    Palette::MAX
                )));
            }
            theme.palette.colors[..colors.len()].copy_from_slice(&colors);
            theme.palette.len = colors.len();
        }
        theme.color_map = options.color_map.unwrap_or(theme.color_map);
        theme.show_grid = options.grid.unwrap_or(theme.show_grid);
        if let Some(text) = &options.background {
            theme.background = Color::parse(text)?;
        }
        if let Some(text) = &options.ink {
            theme.ink = Color::parse(text)?;
        }
        if options.background.is_some() || options.ink.is_some() {
            theme.grid = theme.background.mixed(theme.ink, 0.13);
            theme.missing = theme.background.mixed(theme.ink, 0.3);
        }
        Ok(theme)
    }

    /// The colour of a class in charts without markers, one of `classes`.
    pub fn class_color(&self, class: usize, classes: usize) -> Color {
        let own = self.palette.colors();
        if classes <= own.len() {
            return own[class % own.len()];
        }
        // The colours of the long list are known to differ from the default ones only.
        let all = PALETTE.len() + EXTENDED.len();
        let color = match class % all {
            i if i < PALETTE.len() => PALETTE[i],
            i => EXTENDED[i - PALETTE.len()],
        };
        if self.is_dark() { color.mixed(WHITE, 0.4) } else { color }
    }

    /// Whether the page is darker than its text.
    pub fn is_dark(&self) -> bool {
        self.background.luminance() < self.ink.luminance()
    }

    /// The colour of the two, background and ink, that is better read on a fill (contrast of WCAG 2.2).
    pub fn text_on(&self, fill: Color) -> Color {
        let contrast = |a: Color| {
            let (x, y) = (a.luminance() + 0.05, fill.luminance() + 0.05);
            x.max(y) / x.min(y)
        };
        if contrast(self.ink) >= contrast(self.background) { self.ink } else { self.background }
    }

    fn name(&self) -> &'static str {
        match self {
            t if *t == PAPER => "paper",
            t if *t == TALK => "talk",
            t if *t == DARK_SCREEN => "dark",
            _ => "own",
        }
    }
}

impl Color {
    /// The colour as pale as a share of the theme's background makes it: 0 leaves it.
    pub(super) fn faded(self, share: f64) -> Color {
        self.mixed(theme().background, share)
    }
}

impl std::fmt::Display for Theme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let colors = self.palette.colors().len();
        write!(f, "Theme({}, {} pt, {colors} colours on {})", self.name(), self.label_pt, self.background.css())
    }
}

thread_local! {
    /// The session's theme, and above it those of figures being drawn.
    static THEMES: RefCell<Vec<Theme>> = const { RefCell::new(Vec::new()) };
}

/// The theme to draw in.
pub fn theme() -> Theme {
    THEMES.with_borrow(|themes| themes.last().copied().unwrap_or(PAPER))
}

/// Makes a theme that of all figures from here on; not to be called while one is drawn.
pub fn set_session(theme: Theme) {
    THEMES.replace(vec![theme]);
}

/// Draws in a theme.
pub(super) fn within<T>(theme: Theme, draw: impl FnOnce() -> T) -> T {
    /// Takes the theme off again, also when drawing panics.
    struct Scope;
    impl Drop for Scope {
        fn drop(&mut self) {
            THEMES.with_borrow_mut(|themes| themes.pop());
        }
    }
    THEMES.with_borrow_mut(|themes| themes.push(theme));
    let _scope = Scope;
    draw()
}

/// How many classes [`class_style`] tells apart.
pub fn max_classes() -> usize {
    theme().palette.colors().len() * MARKERS.len()
}

/// Colour and marker of the class with this number; distinct for numbers below [`max_classes`].
pub fn class_style(class: usize) -> (Color, Marker) {
    let theme = theme();
    let colors = theme.palette.colors();
    (colors[class % colors.len()], MARKERS[class / colors.len() % MARKERS.len()])
}

/// The colour of a value from 0 (low) to 1 (high) on the theme's map; numbers outside are clamped.
pub fn sequential(value: f64) -> Color {
    theme().color_map.at(value)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_class_has_its_own_look() {
        let looks: BTreeSet<_> = (0..max_classes()).map(class_style).collect();
        assert_eq!(looks.len(), 64);
        let colors: BTreeSet<_> = (0..24).map(|i| PAPER.class_color(i, 24)).collect();
        assert_eq!(colors.len(), 24);
    }

    #[test]
    fn a_theme_holds_for_its_figure_and_the_session_for_the_rest() {
        assert_eq!(theme(), PAPER);
        assert_eq!(within(TALK, || theme().label_pt), 16.0);
        assert!(std::panic::catch_unwind(|| within(TALK, || panic!("drawing failed"))).is_err());
        assert_eq!(theme(), PAPER);
        set_session(DARK_SCREEN);
        assert_eq!((theme(), within(PAPER, theme)), (DARK_SCREEN, PAPER));
        set_session(PAPER);
    }

    #[test]
    fn themes_are_made_of_a_preset_and_changes() {
        let options = ThemeOptions {
            preset: Preset::Dark,
            font_size_pt: Some(10.0),
            palette: Some(vec!["#ff0000".into(), "#00ff00".into()]),
            ..Default::default()
        };
        let made = Theme::new(&options).unwrap();
        assert_eq!((made.title_pt, made.small_pt, made.background), (11.25, 8.75, DARK_SCREEN.background));
        assert_eq!(within(made, || class_style(2)), (Color(255, 0, 0), Marker::Triangle));
        assert_eq!(made.to_string(), "Theme(own, 10 pt, 2 colours on #16181c)");
        assert_eq!(PAPER.to_string(), "Theme(paper, 8 pt, 8 colours on #ffffff)");
        let fails = |o: ThemeOptions| Theme::new(&o).unwrap_err().message;
        assert!(fails(ThemeOptions { font_size_pt: Some(f64::NAN), ..Default::default() }).contains("`font_size_pt`"));
        assert!(fails(ThemeOptions { palette: Some(vec![]), ..Default::default() }).contains("0 colours"));
        assert!(fails(ThemeOptions { ink: Some("red".into()), ..Default::default() }).contains("`red`"));
        assert!(fails(ThemeOptions { line_mm: Some(0.0), ..Default::default() }).contains("`line_mm`"));
    }

    #[test]
    fn text_on_fills_is_legible() {
        for i in 0..=20 {
            for map in [ColorMap::Viridis, ColorMap::Blues, ColorMap::Diverging] {
                let fill = map.at(f64::from(i) / 20.0);
                let text = PAPER.text_on(fill);
                let (a, b) = (text.luminance() + 0.05, fill.luminance() + 0.05);
                assert!(a.max(b) / a.min(b) > 4.0, "{map:?} {i}");
            }
        }
    }
}
