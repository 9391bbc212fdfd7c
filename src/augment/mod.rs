//! Augmentations: what turns one neuron into the many views that a model learns from.
