//! What the parameters of a cell class are; the classes themselves are in `table.rs`.

use rand::Rng as _;
use rand_distr::StandardNormal;

use crate::run::seed::Rng;

/// A number that differs from cell to cell: normal with a mean and a standard deviation, cut off at two of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around(pub f64, pub f64);

impl Around {
    pub fn draw(self, rng: &mut Rng) -> f64 {
        let deviation: f64 = rng.sample(StandardNormal);
        self.0 + self.1 * deviation.clamp(-2.0, 2.0)
    }
}

/// A cell class. Lengths in µm, angles in degrees, y up to the pia, soma at the origin.
#[derive(Debug)]
pub(super) struct Class {
    pub name: &'static str,
    pub summary: &'static str,
    /// Radius of the soma.
    pub soma: Around,
    /// Height over the soma at which dendrites end and axons turn aside: the pia, or the hippocampal fissure.
    pub pia: Around,
    /// Depth (z) of the grown cell relative to its width: below 1 for cells flattened into a sheet.
    pub depth: f64,
    pub arbors: &'static [Arbor],
}

/// Stems of one kind that grow from the soma.
#[derive(Debug)]
pub(super) struct Arbor {
    /// SWC type.
    pub kind: u16,
    /// Number of stems.
    pub stems: Around,
    /// Elevations between which the stems leave the soma: -90 is straight down, 90 straight up.
    pub zone: [f64; 2],
    pub calibre: Calibre,
    pub growth: Growth,
}

/// The thickness of an arbor.
#[derive(Debug)]
pub(super) struct Calibre {
    /// Radius of a stem where it leaves the soma.
    pub stem: Around,
    /// Radius that no branch gets below.
    pub tip: f64,
    /// Length over which an unbranched stretch thins by the factor e.
    pub taper: f64,
}

/// How a stem grows.
#[derive(Debug)]
pub(super) enum Growth {
    /// A wandering, forking tree.
    Walk(Walk),
    /// A main branch with side branches and a crown.
    Axis(Axis),
    /// A main branch as above, with short vertical branches all along its crown and side branches.
    Cartridges(Axis, Twigs),
    /// A short trunk and a tree that fills a sheet.
    Fan(Fan),
}

/// A wandering, forking tree; `walk.rs` gives the model.
#[derive(Debug)]
pub(super) struct Walk {
    /// Path length at which the main tips stop (`R`).
    pub reach: Around,
    /// Expected number of forks per stem (`B`), where the arbor has its mean number of stems.
    pub forks: f64,
    /// Path length over which the rate of forking falls by the factor e (`tau`).
    pub tau: f64,
    /// How much forking prefers tips of low order (`S`); 0 is no preference.
    pub order: f64,
    /// Angle between the daughters of a fork.
    pub angle: Around,
    /// Share of the remaining reach that the lesser daughter gets.
    pub side: f64,
    /// Size of the short-range wobble relative to the way ahead.
    pub wobble: f64,
    /// Drift of the heading, in radians per root µm.
    pub drift: f64,
    /// Turning of the heading upwards (below 0: downwards), per µm.
    pub up: f64,
    /// Turning of the heading away from the soma (below 0: towards it), per µm.
    pub out: f64,
}

/// A main branch with side branches and a crown.
#[derive(Debug)]
pub(super) struct Axis {
    pub length: Around,
    /// How the main branch wanders; its forks are the side branches below.
    pub trunk: Walk,
    /// Part of the main branch that bears side branches, as fractions of its length.
    pub sides: [f64; 2],
    /// Mean distance between side branches.
    pub spacing: f64,
    /// Angle at which they leave.
    pub angle: Around,
    pub side: Walk,
    /// The tree at the main branch's end.
    pub crown: Walk,
}

/// Short vertical end branches.
#[derive(Debug)]
pub(super) struct Twigs {
    /// Mean distance between them along the arbor.
    pub spacing: f64,
    /// Radius of the ball about the soma that has none.
    pub clear: f64,
    pub walk: Walk,
}

/// A tree that fills a sheet; `fan.rs` gives the model.
#[derive(Debug)]
pub(super) struct Fan {
    /// The trunk below the fan.
    pub trunk: Around,
    pub width: Around,
    pub height: Around,
    /// Sideways shift of the fan per height.
    pub lean: Around,
    /// Standard deviation of the sheet's points across it.
    pub thickness: f64,
    /// Depth of the outline's lobes relative to its radius.
    pub swing: f64,
    /// Distance between the points that the limbs have to reach, and their balancing factor (`bf`).
    pub limbs: f64,
    pub limb_balance: f64,
    /// The same for the branchlets.
    pub spacing: f64,
    pub balance: f64,
    /// Share of those points that is left out.
    pub gaps: f64,
}
