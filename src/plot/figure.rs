//! A finished drawing, and its ways into a file.

use std::fmt;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg;

use super::canvas::{Canvas, Rect, units};
use super::font;
use super::theme::{Color as Ink, Theme, theme, within};
use crate::error::{Error, Result};
use crate::run::atomic;

/// Resolution of PNG files in pixels per inch, where none is asked for: what journals want of half-tones.
pub const DEFAULT_DPI: f64 = 300.0;

/// The most pixels a PNG may have: 400 MB while it is drawn.
const MAX_PIXELS: f64 = 1e8;

/// Options of a kind of figure that can be drawn at another size.
pub trait Resize {
    /// Asks for a width and a height in millimetres. Kinds whose height follows from what they show take the width only.
    fn resize(&mut self, width_mm: f64, height_mm: f64);
}

/// Draws the figure again at a width and height in millimetres.
type Redraw = Rc<dyn Fn(f64, f64) -> Result<Figure>>;

/// A finished drawing: a self-contained SVG document of a size in millimetres. Cheap to clone.
#[derive(Clone)]
pub struct Figure {
    kind: &'static str,
    width_mm: f64,
    height_mm: f64,
    svg: Arc<str>,
    background: Ink,
    panel: Option<Rect>,
    redraw: Option<Redraw>,
}

/// Ends what stands before the drawing itself in the SVG: the group that sets the font.
const BODY_STARTS: &str = "<g font-family=";

impl Figure {
    pub(super) fn new(kind: &'static str, size: (f64, f64), svg: String, panel: Option<Rect>) -> Self {
        Figure {
            kind,
            width_mm: size.0,
            height_mm: size.1,
            svg: svg.into(),
            background: theme().background,
            panel,
            redraw: None,
        }
    }

    /// A figure that [`grid`](super::grid()) can draw again at the size of its place, so that text keeps its size: what
    /// `draw` makes of the options in a theme.
    ///
    /// # Errors
    /// Those of `draw`.
    pub fn elastic<O: Resize + Clone + 'static>(
        options: O,
        theme: Theme,
        draw: impl Fn(&O) -> Result<Figure> + 'static,
    ) -> Result<Figure> {
        let mut figure = within(theme, || draw(&options))?;
        figure.redraw = Some(Rc::new(move |width_mm, height_mm| {
            let mut resized = options.clone();
            resized.resize(width_mm, height_mm);
            within(theme, || draw(&resized))
        }));
        Ok(figure)
    }

    /// The same figure at another size, if it can be drawn again.
    ///
    /// # Errors
    /// When it is too small for what it shows.
    pub(super) fn at_size(&self, width_mm: f64, height_mm: f64) -> Result<Option<Figure>> {
        let redraw = self.redraw.as_ref().map(|redraw| redraw(width_mm, height_mm)).transpose()?;
        Ok(redraw.map(|drawn| Figure { redraw: self.redraw.clone(), ..drawn }))
    }

    /// Where the chart's panel is; none where there is no single one.
    pub(super) fn panel(&self) -> Option<Rect> {
        self.panel
    }

    /// The colour of the page.
    pub(super) fn background(&self) -> Ink {
        self.background
    }

    /// The drawing on a page that has `mm` more at the left. It can no longer be drawn again.
    pub(super) fn indented(&self, mm: f64) -> Figure {
        within(Theme { background: self.background, ..theme() }, || {
            let mut canvas = Canvas::new(self.width_mm + mm, self.height_mm);
            canvas.raw(&format!("<g transform=\"translate({} 0)\">\n{}</g>\n", units(mm), self.body("")));
            if let Some(panel) = self.panel {
                canvas.note_panel(Rect { x: panel.x + mm, ..panel });
            }
            canvas.finish(self.kind)
        })
    }

    /// The drawing without document, font and background, in a space of a hundred units to the millimetre, its ids
    /// beginning with `prefix`.
    pub(super) fn body(&self, prefix: &str) -> String {
        let from = self.svg.find(BODY_STARTS).unwrap_or(0);
        let body = self.svg[from..].trim_end().strip_suffix("</svg>").unwrap_or_default();
        // Quotes in texts are entities, so these are attributes.
        body.replace(" id=\"", &format!(" id=\"{prefix}")).replace("url(#", &format!("url(#{prefix}"))
    }

    /// What is drawn, in one word: `scatter`, `neuron`, `gallery`, `history`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Width in millimetres.
    pub fn width_mm(&self) -> f64 {
        self.width_mm
    }

    /// Height in millimetres.
    pub fn height_mm(&self) -> f64 {
        self.height_mm
    }

    /// The SVG document, with its font inside.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// The drawing as a PNG file of `dpi` pixels per inch, which the file states, so that it opens at its size in print.
    ///
    /// # Errors
    /// When `dpi` is not a positive number, or makes more than 100 million pixels.
    pub fn to_png(&self, dpi: f64) -> Result<Vec<u8>> {
        if !(dpi.is_finite() && dpi > 0.0) {
            return Err(Error::value(format!("`dpi` is {dpi}, expected a positive number of pixels per inch")));
        }
        let pixels = |mm: f64| (mm / 25.4 * dpi).round().max(1.0);
        let (width, height) = (pixels(self.width_mm), pixels(self.height_mm));
        if width * height > MAX_PIXELS {
            return Err(Error::value(format!("a PNG of {width} x {height} pixels is more than 100 million"))
                .help("lower `dpi`, or save as `.svg`, which has no pixels"));
        }
        let options = usvg::Options { fontdb: font::database(), ..usvg::Options::default() };
        let tree = usvg::Tree::from_str(&self.svg, &options)
            .map_err(|cause| Error::internal(format!("the figure's SVG does not parse: {cause}")))?;
        let mut pixmap = Pixmap::new(width as u32, height as u32)
            .ok_or_else(|| Error::internal(format!("no bitmap of {width} x {height} pixels")))?;
        pixmap.fill(Color::WHITE);
        let scale = (width as f32 / tree.size().width(), height as f32 / tree.size().height());
        resvg::render(&tree, Transform::from_scale(scale.0, scale.1), &mut pixmap.as_mut());
        encode_png(&pixmap, dpi).map_err(|cause| Error::internal(format!("cannot encode the PNG: {cause}")))
    }

    /// The drawing as a PDF document of one page of its size. Everything is vectors, and texts are texts in the bundled
    /// font, which is embedded.
    ///
    /// # Errors
    /// When the drawing cannot be turned into PDF.
    pub fn to_pdf(&self) -> Result<Vec<u8>> {
        use svg2pdf::{ConversionOptions, PageOptions, usvg};
        let options = usvg::Options { fontdb: font::pdf_database(), ..usvg::Options::default() };
        let tree = usvg::Tree::from_str(&self.svg, &options)
            .map_err(|cause| Error::internal(format!("the figure's SVG does not parse: {cause}")))?;
        // usvg counts 96 pixels to the inch, and so must the page to have its size in millimetres.
        svg2pdf::to_pdf(&tree, ConversionOptions::default(), PageOptions { dpi: options.dpi })
            .map_err(|cause| Error::internal(format!("cannot write the PDF: {cause}")))
    }

    /// Writes the drawing to a file: SVG, PDF or PNG (at [`DEFAULT_DPI`]) by the path's ending.
    ///
    /// # Errors
    /// As [`Figure::save_with`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        self.save_with(path, DEFAULT_DPI)
    }

    /// Writes the drawing to a file: SVG, PDF or PNG by the path's ending, in any case; `dpi` matters to PNG only. The
    /// file appears complete or not at all.
    ///
    /// # Errors
    /// When the ending is none of them, the file cannot be written, or as [`Figure::to_png`].
    pub fn save_with(&self, path: impl AsRef<Path>, dpi: f64) -> Result<()> {
        let path = path.as_ref();
        let ending = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        match ending.as_deref() {
            Some("svg") => atomic::write(path, self.svg.as_bytes()),
            Some("pdf") => atomic::write(path, &self.to_pdf()?),
            Some("png") => atomic::write(path, &self.to_png(dpi)?),
            other => {
                let found = other.map_or("no ending".to_string(), |e| format!("the ending `.{e}`"));
                Err(Error::value(format!(
                    "a figure is saved as `.svg`, `.pdf` or `.png`, but `{}` has {found}",
                    path.display()
                ))
                .help("end the file name with `.svg` or `.pdf` for print, or `.png` for slides and notes"))
            }
        }
    }
}

impl PartialEq for Figure {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, &self.svg) == (other.kind, &other.svg)
    }
}

impl fmt::Debug for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Figure({}, {:.0} x {:.0} mm)", self.kind, self.width_mm, self.height_mm)
    }
}

fn encode_png(pixmap: &Pixmap, dpi: f64) -> std::result::Result<Vec<u8>, png::EncodingError> {
    // The page is opaque white from the start, so alpha is 255 everywhere and premultiplied colours are plain ones.
    let rgb: Vec<u8> = pixmap.data().as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let per_metre = (dpi / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rgb)?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::*;
    use crate::plot::canvas::Anchor;
    use crate::plot::theme::theme;

    /// Refuses a figure that a renderer would not take, that says `NaN` or `inf` somewhere, whose ink leaves the page, or
    /// whose texts lie upon each other.
    pub fn parses(figure: &Figure) {
        let content = figure.svg().split_once("</style>").unwrap().1;
        assert!(!content.contains("NaN") && !content.contains("inf"));
        let options = usvg::Options { fontdb: font::database(), ..usvg::Options::default() };
        let tree = usvg::Tree::from_str(figure.svg(), &options).unwrap();
        // usvg measures in CSS pixels, 96 to the inch.
        let page = tree.size();
        assert!((f64::from(page.width()) - figure.width_mm() * 96.0 / 25.4).abs() < 0.01);
        assert!((f64::from(page.height()) - figure.height_mm() * 96.0 / 25.4).abs() < 0.01);
        let ink = tree.root().abs_stroke_bounding_box();
        assert!(ink.left() >= -0.01 && ink.top() >= -0.01, "{ink:?}");
        assert!(ink.right() <= page.width() + 0.01 && ink.bottom() <= page.height() + 0.01, "{ink:?}");
        let mut placed = Vec::new();
        place_texts(tree.root(), &mut placed);
        for (i, (a, a_text)) in placed.iter().enumerate() {
            for (b, b_text) in &placed[..i] {
                let apart =
                    a.left() >= b.right() || b.left() >= a.right() || a.top() >= b.bottom() || b.top() >= a.bottom();
                assert!(apart, "`{a_text}` lies upon `{b_text}`");
            }
        }
    }

    /// The texts of a drawing with the boxes of their ink.
    fn place_texts(group: &usvg::Group, placed: &mut Vec<(usvg::Rect, String)>) {
        for node in group.children() {
            match node {
                usvg::Node::Group(group) => place_texts(group, placed),
                usvg::Node::Text(text) => {
                    let words = text.chunks().iter().map(usvg::TextChunk::text).collect();
                    placed.push((text.flattened().abs_bounding_box(), words));
                }
                _ => {}
            }
        }
    }

    /// All texts of a figure, unescaped.
    pub fn texts(figure: &Figure) -> Vec<String> {
        let document = usvg::roxmltree::Document::parse(figure.svg()).unwrap();
        let texts = document.descendants().filter(|n| n.has_tag_name("text"));
        texts.filter_map(|n| n.text()).map(|t| t.trim().to_string()).collect()
    }

    fn figure() -> Figure {
        let mut canvas = Canvas::new(50.8, 25.4);
        canvas.text((5.0, 10.0), Anchor::Start, 12.0, theme().ink, "µm²");
        canvas.finish("test")
    }

    fn decode(png: &[u8]) -> (png::Info<'static>, Vec<u8>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        (reader.info().clone(), pixels)
    }

    #[test]
    fn a_png_has_the_asked_resolution_and_ink_on_white() {
        let (info, pixels) = decode(&figure().to_png(100.0).unwrap());
        assert_eq!((info.width, info.height), (200, 100));
        let dims = info.pixel_dims.unwrap();
        assert_eq!(dims.xppu, 3937);
        assert!(pixels.iter().all(|&p| p > 0x10));
        assert!(pixels.iter().any(|&p| p < 0x60), "no ink: the font was not found");
        assert!(pixels.iter().filter(|&&p| p == 255).count() > pixels.len() / 2);
    }

    #[test]
    fn saving_goes_by_the_ending_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        figure().save(folder.path().join("a.svg")).unwrap();
        figure().save(folder.path().join("b.PNG")).unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("a.svg")).unwrap(), figure().svg());
        let (info, _) = decode(&std::fs::read(folder.path().join("b.PNG")).unwrap());
        assert_eq!((info.width, info.height), (600, 300));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    /// The plain bytes of a PDF's compressed streams, one after the other.
    fn streams(pdf: &[u8]) -> Vec<Vec<u8>> {
        let find =
            |from: usize, word: &[u8]| pdf[from..].windows(word.len()).position(|w| w == word).map(|at| from + at);
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(start) = find(at, b"stream\n") {
            let end = find(start, b"endstream").unwrap();
            let mut plain = Vec::new();
            let mut decoder = flate2::read::ZlibDecoder::new(&pdf[start + 7..end]);
            if std::io::Read::read_to_end(&mut decoder, &mut plain).is_ok() {
                found.push(plain);
            }
            at = end + 9;
        }
        found
    }

    #[test]
    fn a_pdf_has_the_page_size_and_text_in_an_embedded_font() {
        let pdf = figure().to_pdf().unwrap();
        let text = String::from_utf8_lossy(&pdf);
        assert!(text.starts_with("%PDF-") && text.contains("/FontFile2") && text.contains("DejaVuSans"));
        assert!(!text.contains("/Subtype /Image") && !text.contains("/Subtype/Image"));
        // 50.8 mm are 144 points.
        assert!(text.contains("/MediaBox [0 0 144 72]"), "{text}");
        let streams = streams(&pdf);
        let shows =
            |content: &Vec<u8>| content.windows(3).any(|w| w == b"BT\n" || w == b" Tj" || w == b" TJ" || w == b"]TJ");
        assert!(streams.iter().any(shows), "no text is shown");
        assert_eq!(figure().to_pdf().unwrap(), pdf, "the same drawing gives the same file");
    }

    #[test]
    fn an_elastic_figure_is_drawn_again_in_its_theme() {
        #[derive(Clone)]
        struct Size(f64, f64);
        impl Resize for Size {
            fn resize(&mut self, width_mm: f64, height_mm: f64) {
                *self = Size(width_mm, height_mm);
            }
        }
        let draw = |size: &Size| Ok(Canvas::new(size.0, size.1).finish("test"));
        let dark = crate::plot::theme::DARK_SCREEN;
        let figure = Figure::elastic(Size(40.0, 30.0), dark, draw).unwrap();
        let again = figure.at_size(60.0, 20.0).unwrap().unwrap();
        assert_eq!((again.width_mm(), again.height_mm()), (60.0, 20.0));
        assert!(again.svg().contains(&dark.background.css()));
        assert_eq!(again.at_size(40.0, 30.0).unwrap(), Some(figure));
        assert_eq!(self::figure().at_size(9.0, 9.0).unwrap(), None);
    }

    #[test]
    fn what_cannot_be_saved_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let error = figure().save(folder.path().join("a.jpg")).unwrap_err();
        assert!(error.message.contains("`.svg`, `.pdf` or `.png`") && error.message.contains("`.jpg`"), "{error}");
        assert!(figure().save(folder.path().join("a")).unwrap_err().message.contains("no ending"));
        std::fs::write(folder.path().join("file"), "").unwrap();
        let error = figure().save(folder.path().join("file/a.svg")).unwrap_err();
        assert_eq!(error.kind, crate::error::Kind::File);
        assert!(figure().to_png(0.0).is_err());
        assert!(figure().to_png(f64::NAN).is_err());
        assert!(figure().to_png(1e6).unwrap_err().help.is_some());
    }

    #[test]
    fn a_figure_prints_as_one_line() {
        assert_eq!(figure().to_string(), "Figure(test, 51 x 25 mm)");
    }
}
