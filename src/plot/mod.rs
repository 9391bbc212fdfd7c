//! Figures: drawn once as SVG, written as SVG or PNG.
