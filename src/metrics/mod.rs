//! Scores: agreement of clusterings, quality of predictions.
