//! Projections of a matrix onto fewer dimensions.
