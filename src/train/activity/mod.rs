//! Training networks of recordings: to forecast ([`dynamics()`]) and to tell states ([`states()`]), each judged on animals
//! that were not learnt from; and to infer the edges of trajectories ([`inference()`]).
//!
//! The loop is that of all recipes; what is here says which windows are drawn, what is done to them, and which loss is
//! made smaller. A [`Study`] leaves each animal out in turn, chooses settings within the others, and repeats with several
//! seeds.

mod dynamics;
mod inference;
mod options;
mod recipe;
mod states;
mod study;
mod windows;

pub use dynamics::{Dynamics, dynamics};
pub use inference::{InferenceOptions, Inferring, inference};
pub use options::{DynamicsOptions, FitOptions, StatesOptions};
pub use recipe::Lesson;
pub use states::{Labelled, StateNetwork, states};
pub use study::{Candidate, StatesStudy, Study, StudyOptions, Workplace, poco_study, states_study, study};
