//! Telling the state of an animal from its neurons.
