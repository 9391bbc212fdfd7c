//! What must hold for every edit of every neuron, tried on grown neurons, random forests and extreme shapes.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::error::Result;
use crate::morph::testing::forest;
use crate::morph::{Kinds, Morphology, NO_PARENT, Sample, SynthesisOptions, kind, synthesize};
use crate::run::seed;

fn chain(n: usize) -> Morphology {
    let samples: Vec<Sample> = (0..n)
        .map(|i| Sample {
            id: i as i64,
            kind: kind::DENDRITE,
            position: [i as f64 * 0.1, (i % 7) as f64, 0.0],
            radius: 0.5,
        })
        .collect();
    let parent: Vec<u32> = (0..n).map(|i| i.checked_sub(1).map_or(NO_PARENT, |p| p as u32)).collect();
    Morphology::from_unordered("chain", &samples, &parent)
}

fn point(n: usize) -> Morphology {
    let sample = |i| Sample { id: i as i64 + 1, kind: kind::AXON, position: [3.0; 3], radius: 0.0 };
    let samples: Vec<Sample> = (0..n).map(sample).collect();
    let parent: Vec<u32> = (0..n).map(|i| if i == 0 { NO_PARENT } else { (i as u32 - 1) / 2 }).collect();
    Morphology::from_unordered("point", &samples, &parent)
}

fn neurons() -> Vec<Morphology> {
    let grown = ["pyramidal", "basket", "purkinje", "granule"].map(|class| {
        synthesize(class, &SynthesisOptions { step_um: 12.0, ..SynthesisOptions::default() }, 11).unwrap()
    });
    let mut all: Vec<Morphology> = grown.into_iter().collect();
    for (case, pieces) in [1, 2, 9].into_iter().enumerate() {
        let whole = forest(&mut seed::stream(5, "edits", case as u64), 150, pieces);
        // A fragment without a soma, too.
        all.extend(whole.without(&Kinds::one(kind::SOMA)).map(|(fragment, _)| fragment));
        all.push(whole);
    }
    all.extend([chain(1), chain(2), chain(600), point(1), point(30)]);
    all
}

/// Every edit by name, as few options as it needs.
type Edit = (&'static str, fn(&Morphology) -> Result<Morphology>);

const EDITS: &[Edit] = &[
    ("resample", |m| m.resampled(3.0, &ResampleOptions::default())),
    ("resample evenly", |m| m.resampled(3.0, &ResampleOptions { even: true })),
    ("smooth", |m| m.smoothed(&SmoothOptions::default())),
    ("smooth by a Gaussian", |m| m.smoothed(&SmoothOptions { sigma: Some(4.0), radii: true, window: 5 })),
    ("every third", |m| m.downsampled(&DownsampleOptions { every: Some(3), tolerance: None })),
    ("within a tolerance", |m| m.downsampled(&DownsampleOptions { every: None, tolerance: Some(0.5) })),
    ("short twigs", |m| Ok(m.pruned(&PruneOptions { length: Some(8.0), ..PruneOptions::default() })?.0)),
    ("short twigs again", |m| {
        Ok(m.pruned(&PruneOptions { length: Some(8.0), recursive: true, ..PruneOptions::default() })?.0)
    }),
    ("tips", |m| Ok(m.pruned(&PruneOptions { length: Some(8.0), exact: true, ..PruneOptions::default() })?.0)),
    ("orders", |m| Ok(m.pruned(&PruneOptions { order: Some(2), ..PruneOptions::default() })?.0)),
    ("Strahler", |m| Ok(m.pruned(&PruneOptions { strahler: Some(1), ..PruneOptions::default() })?.0)),
    ("far", |m| Ok(m.pruned(&PruneOptions { distance: Some(60.0), ..PruneOptions::default() })?.0)),
    ("far along", |m| {
        Ok(m.pruned(&PruneOptions { path_distance: Some(60.0), exact: true, ..PruneOptions::default() })?.0)
    }),
    ("crop", |m| Ok(m.cropped(&ball(Cut::Boundary))?.0)),
    ("crop at samples", |m| Ok(m.cropped(&ball(Cut::Samples))?.0)),
    ("reroot", |m| m.rerooted(m.id[m.len() - 1])),
    ("subtree", |m| m.subtrees(&[m.id[m.len() / 2]])),
    ("mirror", |m| m.mirrored(Direction::X, &About::default())),
    ("rotate", |m| m.rotated(Direction::Y, 30.0, &About::default())),
    ("scale", |m| m.scaled(&ScaleOptions::by(1.5))),
    ("translate", |m| m.translated([1.0, -2.0, 3.0])),
    ("align", |m| m.aligned(&AlignOptions::default())),
    ("longest path", |m| m.longest_path(&LongestPathOptions::default())),
    ("longest of all", |m| m.longest_path(&LongestPathOptions { from_root: false })),
    ("join", |m| Ok(m.joined(&JoinOptions::default())?.0)),
];

fn ball(cut: Cut) -> CropOptions {
    CropOptions { sphere: Some(Sphere { centre: None, radius: 50.0 }), cut, ..CropOptions::default() }
}

#[test]
fn every_edit_gives_a_sound_neuron_and_so_does_the_next_one() {
    for m in neurons() {
        m.check_invariants().unwrap();
        for (first, edit) in EDITS {
            let Ok(once) = edit(&m) else {
                // Only what removes may leave nothing.
                assert!(["tips", "Strahler"].contains(first), "{first} of {}", m.name);
                continue;
            };
            once.check_invariants().unwrap_or_else(|e| panic!("{first} of {}: {e}", m.name));
            for part in once.trees().iter().chain(&once.neurites()) {
                part.check_invariants().unwrap();
            }
            if m.len() > 300 {
                continue;
            }
            for (second, edit) in EDITS {
                if let Ok(twice) = edit(&once) {
                    twice.check_invariants().unwrap_or_else(|e| panic!("{first}, {second} of {}: {e}", m.name));
                }
            }
        }
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-6)
}

#[test]
fn lengths_stay_where_they_must() {
    for m in neurons() {
        let length = m.length_all_edges();
        for name in ["mirror", "rotate", "translate", "align", "reroot"] {
            let (_, edit) = EDITS.iter().find(|(known, _)| *known == name).unwrap();
            assert!(close(edit(&m).unwrap().length_all_edges(), length), "{name} of {}", m.name);
        }
        assert!(close(m.scaled(&ScaleOptions::by(1.5)).unwrap().length_all_edges(), 1.5 * length));
        // Chords are never longer than the path that they replace, and a fine step loses little.
        for step in [0.5, 3.0, 50.0] {
            let resampled = m.resampled(step, &ResampleOptions::default()).unwrap();
            assert!(resampled.total_length() <= m.total_length() * (1.0 + 1e-12), "{step} of {}", m.name);
            let kept = |m: &Morphology| (m.n_roots(), m.n_tips(), m.n_bifurcations(), m.n_stems());
            assert_eq!(kept(&resampled), kept(&m), "{step} of {}", m.name);
        }
        let parts: f64 = m.trees().iter().map(Morphology::length_all_edges).sum();
        assert!(close(parts, length), "{}", m.name);
        let parts: f64 = m.neurites().iter().map(Morphology::length_all_edges).sum();
        assert!(close(parts, m.total_length()), "{}", m.name);
    }
}

/// Boxes that share space out share the cable out: exact cuts lose nothing and count nothing twice.
#[test]
fn two_halves_of_a_crop_are_the_whole() {
    for m in neurons().into_iter().filter(|m| m.total_length() > 0.0) {
        let (low, high) = m.bounds();
        let middle = 0.437 * low[0] + 0.563 * high[0];
        let inf = f64::INFINITY;
        let part = |from: f64, to: f64| {
            let bounds = Some(Bounds([[from, -inf, -inf], [to, inf, inf]]));
            let cropped = m.cropped(&CropOptions { bounds, ..CropOptions::default() });
            cropped.map_or(0.0, |(part, _)| part.total_length())
        };
        assert!(close(part(-inf, middle) + part(middle, inf), m.total_length()), "{}", m.name);
    }
}

#[test]
fn doing_it_twice_changes_nothing_more() {
    let same: [&str; 7] = ["short twigs again", "orders", "far", "crop", "reroot", "longest path", "join"];
    for m in neurons() {
        for (name, edit) in EDITS.iter().filter(|(name, _)| same.contains(name)) {
            let once = edit(&m).unwrap();
            let twice = edit(&once).unwrap();
            match *name {
                // Where the last sample stands depends on the root.
                "reroot" => assert_eq!(twice.len(), once.len()),
                // A cut at a rounded point may be cut again by the last digit.
                "crop" => assert!(close(twice.total_length(), once.total_length()), "{name} of {}", m.name),
                _ => assert_eq!(twice, once, "{name} of {}", m.name),
            }
        }
        let axis = |m: &Morphology| m.mirrored(Direction::Z, &About::default()).unwrap();
        assert_eq!(axis(&axis(&m)), m, "{}", m.name);
        let back = m.rotated(Direction::Y, 90.0, &About::default()).unwrap();
        assert_eq!(back.rotated(Direction::Y, -90.0, &About::default()).unwrap(), m, "{}", m.name);
        let root = m.id[0];
        assert_eq!(m.rerooted(m.id[m.len() - 1]).unwrap().n_roots(), m.n_roots());
        assert_eq!(m.rerooted(root).unwrap().id[0], m.id[0]);
    }
}

/// Edits of coordinates and edits of the tree do not interfere.
#[test]
fn the_order_of_unrelated_edits_does_not_matter() {
    for m in neurons() {
        let turn = |m: &Morphology| m.mirrored(Direction::X, &About::default()).unwrap();
        for (name, edit) in EDITS.iter().filter(|(name, _)| {
            ["every third", "short twigs", "orders", "Strahler", "subtree", "longest path", "reroot"].contains(name)
        }) {
            let (Ok(first), Ok(second)) = (edit(&m).map(|m| turn(&m)), edit(&turn(&m))) else { continue };
            assert_eq!(first, second, "{name} of {}", m.name);
        }
        let twigs =
            |m: &Morphology| m.pruned(&PruneOptions { length: Some(8.0), ..PruneOptions::default() }).unwrap().0;
        let scaled = m.scaled(&ScaleOptions::by(2.0)).unwrap();
        let options = PruneOptions { length: Some(16.0), ..PruneOptions::default() };
        assert_eq!(twigs(&m).scaled(&ScaleOptions::by(2.0)).unwrap(), scaled.pruned(&options).unwrap().0, "{}", m.name);
    }
}

#[test]
fn a_chain_of_100_000_samples_is_nothing_special() {
    let m = chain(100_000);
    for (name, edit) in EDITS.iter().filter(|(name, _)| *name != "smooth by a Gaussian") {
        match edit(&m) {
            Ok(edited) => edited.check_invariants().unwrap(),
            Err(error) => assert_eq!(*name, "Strahler", "{error}"),
        }
    }
    assert_eq!((m.trees().len(), m.neurites().len()), (1, 1));
}
