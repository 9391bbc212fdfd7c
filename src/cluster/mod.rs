//! Clustering of rows of a matrix into groups.
