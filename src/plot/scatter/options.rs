//! How a scatter plot looks.

use serde::{Deserialize, Serialize};

use crate::data::Labels;
use crate::plot::figure::Resize;

/// How a scatter plot looks. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScatterOptions {
    /// Title above the panel.
    pub title: Option<String>,
    /// Width of the figure; it grows where a legend would take more than 35 % of it.
    pub width_mm: f64,
    /// Height of the figure.
    pub height_mm: f64,
    /// Diameter of a point; by default from 1.6 (up to 100 cells) down to 0.5 (10,000 cells).
    pub point_size: Option<f64>,
    /// Opacity of a point, above 0 and up to 1; by default the less, the more points there are.
    pub opacity: Option<f64>,
    /// Column drawn to the right; by default the first of two.
    pub x: Option<Column>,
    /// Column drawn upwards; by default the second of two.
    pub y: Option<Column>,
    /// Label of the horizontal axis; by default the column's name.
    pub x_label: Option<String>,
    /// Label of the vertical axis; by default the column's name.
    pub y_label: Option<String>,
    /// What `values` are, beside the colour bar.
    pub value_label: Option<String>,
    /// Whether axes carry ticks and numbers; by default they do, save for t-SNE and UMAP, whose numbers mean nothing.
    pub ticks: Option<bool>,
    /// Whether both axes have the same scale.
    pub equal: bool,
    /// Lines around the densest 30, 60 and 90 % of the cells: `none`, of `all` cells, or of each `class`.
    pub density: Contours,
    /// What surrounds each class: `none`, its convex `hull`, or the `ellipse` that holds 95 % of a normal distribution.
    pub outline: Outline,
    /// Whether classes are named beside their cells instead of in the legend, if all of them find room there.
    pub names: bool,
    /// Ids of cells that have a ring and their name.
    pub highlight: Vec<String>,
    /// A second labelling, of 8 classes at most, shown by the points' shapes.
    #[serde(skip)]
    pub shapes: Option<Labels>,
    /// Lines between cells, below them: pairs of rows, and how strong each is from 0 to 1.
    #[serde(skip)]
    pub edges: Vec<(usize, usize, f64)>,
}

/// Which cells lines of equal density surround.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Contours {
    /// There are none.
    #[default]
    None,
    /// All cells together.
    All,
    /// The cells of each class, in its colour.
    Class,
}

/// What surrounds the cells of a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outline {
    /// Nothing.
    #[default]
    None,
    /// The convex hull.
    Hull,
    /// The ellipse of the covariance that holds 95 % of a normal distribution.
    Ellipse,
}

impl Default for ScatterOptions {
    fn default() -> Self {
        ScatterOptions {
            title: None,
            width_mm: 120.0,
            height_mm: 90.0,
            point_size: None,
            opacity: None,
            x: None,
            y: None,
            x_label: None,
            y_label: None,
            value_label: None,
            ticks: None,
            equal: false,
            density: Contours::None,
            outline: Outline::None,
            names: false,
            highlight: Vec::new(),
            shapes: None,
            edges: Vec::new(),
        }
    }
}

impl Resize for ScatterOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, height_mm);
    }
}

/// A column of a matrix.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged, expecting = "expected a column's name, or its number counted from 0")]
pub enum Column {
    /// By number, counted from 0.
    Number(usize),
    /// By name.
    Name(String),
}
