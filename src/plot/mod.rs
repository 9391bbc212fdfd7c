//! Figures fit for a paper: scatter plots of cells, neurons and galleries of them, dendrograms, Sholl profiles, barcodes,
//! maps, training histories; neurons to look at, as a [page](viewer()) in three dimensions or in a terminal; and maps of
//! cells to walk about in, as a [page](explorer()) too.
//!
//! Every drawing function returns a [`Figure`], a self-contained SVG document with its size in millimetres, which
//! [`Figure::save`] writes as SVG or PNG. Nothing here needs a display, system fonts or a graphics library of the system:
//! text is measured and drawn with one bundled font, and PNG is made from the SVG by resvg.
//!
//! The charts' axes, grid, points and lines are drawn by plotters. What plotters has no element for (legends outside the
//! axes, colour bars, scale bars, wrapped titles, neurites with round joins) is written as SVG by `canvas`, in the same
//! coordinates. All layout follows from measured text, so that nothing is clipped: where a legend needs more room than
//! the figure has, the figure grows.
//!
//! This is not a general plotting library: it draws the pictures that studies of neurons need, in one style
//! ([`theme`]), and each file has one kind of picture.

mod arbor;
mod barcode;
mod canvas;
mod cells_at_points;
mod chart;
mod cluster_gallery;
mod colorbar;
mod coloring;
mod dendrogram;
mod explorer;
mod figure;
mod font;
mod gallery;
mod heatmap;
mod history;
mod layout;
mod legend;
mod neuron;
pub(crate) mod page;
mod preview;
mod scalebar;
mod scatter;
mod sholl;
pub mod theme;
mod ticks;
mod viewer;

pub use arbor::{Plane, Thickness};
pub use barcode::{BarcodeOptions, barcode};
pub use cells_at_points::{CellsAtPointsOptions, PointCellColor, cells_at_points};
pub use cluster_gallery::{ClusterGalleryOptions, Typical, cluster_gallery};
pub use dendrogram::{DendrogramOptions, dendrogram};
pub use explorer::{Explorer, ExplorerOptions, explorer};
pub use figure::{DEFAULT_DPI, Figure};
pub use gallery::{GalleryColor, GalleryOptions, gallery};
pub use heatmap::{HeatmapOptions, density, persistence_image};
pub use history::{HistoryOptions, Series, history};
pub use neuron::{NeuronColor, NeuronOptions, neuron};
pub use preview::preview;
pub use scatter::{Column, ScatterOptions, scatter};
pub use sholl::{ShollPlotOptions, ShollProfile, sholl};
pub use viewer::{SampleValues, Viewer, ViewerOptions, viewer};
