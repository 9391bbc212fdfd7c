//! Neurons in three dimensions, as one HTML file that needs nothing but a browser.
//!
//! The page holds its data, its style and its program, so that it can be mailed, put into a supplement, and opened in
//! ten years. It draws with WebGL 2; samples, radii and any per-sample values are stored as 32-bit floats. What the page
//! does (turning, colouring, scale bar, picking of samples) is in `viewer.js`; here its data are made.

mod scene;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::page::{self, embedded, escaped, filled};
use crate::data::Labels;
use crate::error::{Error, Result};
use crate::morph::Morphology;

/// How neurons are shown in a [`Viewer`].
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ViewerOptions {
    /// Title above the controls and of the page.
    pub title: String,
    /// What colours mean at first: `type`, `cell`, `label`, or the name of a value.
    pub color: String,
    /// Neurons side by side instead of where their positions say.
    pub beside: bool,
    /// Unit of positions, for the scale bar.
    pub unit: String,
}

impl Default for ViewerOptions {
    fn default() -> Self {
        ViewerOptions { title: String::new(), color: "type".into(), beside: false, unit: "µm".into() }
    }
}

/// A value of every sample of every neuron, which the page can colour by.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleValues {
    /// What it is called.
    pub name: String,
    /// One list per neuron, one number per sample; NaN where there is none.
    pub values: Vec<Vec<f64>>,
}

/// A page that shows neurons in three dimensions. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct Viewer {
    html: Arc<str>,
    neurons: usize,
    samples: usize,
}

/// Most samples of one page: some 100 MB, which a browser still opens.
const MAX_SAMPLES: usize = 2_000_000;

/// Makes a page of neurons. Branch order, path length, distance from the soma and radius are there to colour by, and so
/// are `values`.
///
/// # Errors
/// When there is no neuron, when there are more than two million samples, when positions are not finite, when labels or
/// values do not fit the neurons, and when `color` names nothing.
pub fn viewer(
    neurons: &[&Morphology],
    labels: Option<&Labels>,
    values: &[SampleValues],
    options: &ViewerOptions,
) -> Result<Viewer> {
    let samples: usize = neurons.iter().map(|m| m.len()).sum();
    if samples == 0 {
        return Err(Error::value("no neuron to show"));
    }
    if samples > MAX_SAMPLES {
        return Err(Error::value(format!("{samples} samples are more than a page can show, which is {MAX_SAMPLES}"))
            .help("show fewer neurons, or thin them with `.downsample(…)` first"));
    }
    if let Some(labels) = labels {
        labels.require_len(neurons.len(), "a viewer")?;
    }
    let scene = scene::scene(neurons, labels, values, options)?;
    let title = escaped(if options.title.is_empty() { "neurons" } else { &options.title });
    let parts = [
        ("{{title}}", title.as_str()),
        ("{{style}}", include_str!("style.css")),
        ("{{scene}}", &embedded(&scene)),
        ("{{script}}", include_str!("viewer.js")),
    ];
    let html = filled(include_str!("page.html"), &parts)?;
    Ok(Viewer { html: html.into(), neurons: neurons.len(), samples })
}

impl Viewer {
    /// The page.
    pub fn html(&self) -> &str {
        &self.html
    }

    /// Writes the page. The file appears complete or not at all.
    ///
    /// # Errors
    /// When the path does not end in `.html`, or cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let instead = "for a picture, use plot::neuron or plot::gallery";
        page::save(&self.html, path.as_ref(), "a viewer", instead)
    }
}

impl fmt::Display for Viewer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::morph::counted;
        write!(f, "Viewer({}, {})", counted(self.neurons, "neuron"), counted(self.samples, "sample"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::parse_swc;

    fn cell(name: &str) -> Morphology {
        parse_swc(name, b"1 1 0 0 0 5 -1\n2 3 10 0 0 1 1\n3 3 20 5 0 1 2\n4 3 20 -5 0 1 2\n").unwrap().morphology
    }

    #[test]
    fn data_cannot_end_the_script_that_holds_them() {
        let bad = cell("</script><script>alert(1)");
        let options = ViewerOptions { title: "a <b> & {{scene}}".into(), ..ViewerOptions::default() };
        let page = viewer(&[&bad], None, &[], &options).unwrap();
        assert_eq!(page.html().matches("<script").count(), 2);
        assert_eq!(page.html().matches("</script>").count(), 2);
        assert!(page.html().contains("<title>a &lt;b&gt; &amp; {{scene}}</title>"));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let m = cell("a");
        let of = |n: usize| SampleValues { name: "x".into(), values: vec![vec![0.0; n]] };
        let error = viewer(&[&m], None, &[of(3)], &ViewerOptions::default()).unwrap_err();
        assert!(error.message.contains('3') && error.message.contains('4'), "{}", error.message);
        assert!(viewer(&[&m], None, &[of(4)], &ViewerOptions::default()).is_ok());
        assert!(viewer(&[], None, &[], &ViewerOptions::default()).is_err());
        let unknown = ViewerOptions { color: "branch ordr".into(), ..ViewerOptions::default() };
        let error = viewer(&[&m], None, &[], &unknown).unwrap_err();
        assert!(error.help.unwrap().contains("branch order"));
        let page = viewer(&[&m], None, &[], &ViewerOptions::default()).unwrap();
        assert_eq!(page.to_string(), "Viewer(1 neuron, 4 samples)");
        assert!(page.save("neuron.png").unwrap_err().message.contains(".html"));
    }
}
