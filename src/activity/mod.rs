//! Networks of neurons in action: recordings of the activity of many neurons, and the states of the animal meanwhile.
//!
//! * A [`Recording`] is one animal: traces (frames x neurons) with names, states per frame and a sampling interval; a
//!   [`RecordingSet`] is several. [`read`], [`load`] and [`load_dir`] read them from the files that laboratories release.
//! * [`Recording`] has what is done to traces before anything is learnt: z-scores, derivatives, alignment by name,
//!   resampling, [windows](Windows).
//! * [`splits`] says what is learnt from and what is judged on: an animal left out, contiguous blocks, POCO's patches.
//!   Neighbouring frames are alike, so frames split at random leak; that is said.
//! * [`forecast`] has predictions in closed form (persistence, shared linear, VAR, ridge) and their judging on animals
//!   never seen, which learned models go through as well. [`behaviour`] does the same for states.
//! * [`connectome`] has graphs inferred from activity, and holds them against anatomy.
//! * [`simulate`] makes recordings whose edges are known, for tests and for scripts without data.
//!
//! It is not an image pipeline: traces come extracted, and neurons identified. And it knows no torch: learned models are
//! in `nn` and `train`, and are judged here through [`forecast::Forecast`].

pub mod behaviour;
pub mod connectome;
mod derivative;
pub mod forecast;
mod formats;
mod intervals;
mod recording;
mod set;
pub mod simulate;
pub mod splits;
mod states;
mod transform;
mod windows;

pub use derivative::{DerivativeMethod, DerivativeOptions};
pub use formats::{LoadOptions, load, load_dir, parse, read};
pub use intervals::{AnimalInterval, IntervalOptions, Intervals};
pub use recording::Recording;
pub use set::{NameIssue, RecordingSet};
pub use states::{Bout, States};
pub use windows::Windows;
