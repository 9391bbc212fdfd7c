//! Figures fit for a paper: scatter plots of cells, neurons and galleries of them, charts of results, dendrograms, Sholl
//! profiles, barcodes, maps, training histories, recordings of activity and graphs inferred from them, and [grids](grid()) of them with letters; neurons to look at, as a
//! [page](viewer()) in three dimensions or in a terminal; and maps of cells to walk about in, as a [page](explorer()) too.
//!
//! Every drawing function returns a [`Figure`], a self-contained SVG document with its size in millimetres, which
//! [`Figure::save`] writes as SVG, PDF or PNG. Nothing here needs a display, system fonts or a graphics library of the
//! system: text is measured and drawn with one bundled font, PNG is made from the SVG by resvg and PDF by svg2pdf.
//!
//! Axes, ticks and grid are drawn by plotters. What plotters has no element for (legends outside the axes, names, colour
//! bars, scale bars, wrapped titles, neurites with round joins) is written as SVG by `canvas` and `marks`, in the same
//! coordinates. All layout follows from measured text, so that nothing is clipped: where a legend or names need more room
//! than the figure has, the figure grows.
//!
//! This is not a general plotting library: it draws the pictures that studies of neurons need, in one [`theme`], and each
//! file has one kind of picture; those of results of analyses are in `charts`, those of recordings in `activity`.

mod activity;
mod arbor;
mod barcode;
mod canvas;
mod cells_at_points;
mod chart;
mod charts;
mod cluster_gallery;
mod colorbar;
mod coloring;
mod dendrogram;
mod explorer;
mod figure;
mod font;
mod gallery;
mod grid;
mod heatmap;
mod history;
mod layout;
mod legend;
mod marker;
mod marks;
mod names;
mod neuron;
pub(crate) mod page;
mod palette;
mod preview;
mod scalebar;
mod scatter;
mod sheet;
mod sholl;
pub mod theme;
mod ticks;
mod viewer;

pub use activity::{
    HorizonOptions, NetworkOptions, PhasesOptions, RolloutsOptions, TracesOptions, horizon, network, phases, rollouts,
    traces,
};
pub use arbor::{Plane, Thickness};
pub use barcode::{BarcodeOptions, barcode};
pub use cells_at_points::{CellsAtPointsOptions, PointCellColor, cells_at_points};
pub use charts::{
    Bar, BarsOptions, ClustermapOptions, Compare, ConfusionOptions, Counts, DistributionsOptions, FacetsOptions, Group,
    HistogramOptions, Line, LinesOptions, MatrixOptions, Merges, Shape, SilhouetteOptions, bars, clustermap, confusion,
    distributions, facets, histogram, lines, matrix, silhouette,
};
pub use cluster_gallery::{ClusterGalleryOptions, Typical, cluster_gallery};
pub use dendrogram::{DendrogramOptions, dendrogram};
pub use explorer::{Explorer, ExplorerOptions, explorer};
pub use figure::{DEFAULT_DPI, Figure, Resize};
pub use gallery::{GalleryColor, GalleryOptions, gallery};
pub use grid::{GridOptions, grid};
pub use heatmap::{HeatmapOptions, density, persistence_image};
pub use history::{HistoryOptions, Series, history};
pub use neuron::{NeuronColor, NeuronOptions, neuron};
pub use preview::preview;
pub use scatter::{Column, Contours, Outline, ScatterOptions, scatter};
pub use sheet::{Sheet, Shown, sheet};
pub use sholl::{ShollPlotOptions, ShollProfile, sholl};
pub use viewer::{SampleValues, Viewer, ViewerOptions, viewer};
