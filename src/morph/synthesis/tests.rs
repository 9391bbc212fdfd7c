//! Whether the grown cells are sound trees, lie within the ranges of real cells, and have their classes' shapes.

#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;

use super::*;
use crate::error::Kind;
use crate::morph::kind::{APICAL, AXON, DENDRITE, SOMA};

const CELLS: usize = 30;

fn cell(class: &str, seed: u64) -> Morphology {
    synthesize(class, &SynthesisOptions::default(), seed).unwrap()
}

/// The first `CELLS` cells of a class, grown once for all tests.
fn cells(class: &str) -> &'static [Morphology] {
    static GROWN: LazyLock<Vec<(&str, Vec<Morphology>)>> = LazyLock::new(|| {
        classes().map(|(class, _)| (class, (0..CELLS as u64).map(|seed| cell(class, seed)).collect())).collect()
    });
    &GROWN.iter().find(|(name, _)| *name == class).unwrap().1
}

/// One measure of a class's cells, sorted.
fn measured(class: &str, measure: impl Fn(&Morphology) -> f64) -> Vec<f64> {
    let mut values: Vec<f64> = cells(class).iter().map(measure).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(class: &str, measure: impl Fn(&Morphology) -> f64) -> f64 {
    measured(class, measure)[CELLS / 2]
}

const DENDRITES: &[u16] = &[DENDRITE, APICAL];

fn of<'a>(neuron: &'a Morphology, kinds: &'a [u16]) -> impl DoubleEndedIterator<Item = usize> + 'a {
    (0..neuron.len()).filter(move |&node| kinds.contains(&neuron.kind[node]))
}

fn link(neuron: &Morphology, node: usize) -> f64 {
    vector::distance(neuron.position[node], neuron.position[neuron.parent[node] as usize])
}

/// Cable of some types in µm, without the links from the soma's centre to its surface.
fn length(neuron: &Morphology, kinds: &[u16]) -> f64 {
    of(neuron, kinds).filter(|&node| neuron.parent[node] != 0).map(|node| link(neuron, node)).sum()
}

/// Bifurcations and tips of some types.
fn forks_and_tips(neuron: &Morphology, kinds: &[u16]) -> (f64, f64) {
    let children = neuron.child_counts();
    let count = |wanted: u32| of(neuron, kinds).filter(|&node| children[node] == wanted).count() as f64;
    (count(2) + count(3), count(0))
}

/// Mean partition asymmetry |a - b| / (a + b - 2) of the dendrites' bifurcations that feed more than two tips (van
/// Pelt et al. 1992).
fn asymmetry(neuron: &Morphology) -> f64 {
    let mut tips = vec![0.0; neuron.len()];
    let mut halves = vec![Vec::new(); neuron.len()];
    for node in of(neuron, DENDRITES).rev() {
        tips[node] = halves[node].iter().sum::<f64>().max(1.0);
        halves[neuron.parent[node] as usize].push(tips[node]);
    }
    let split: Vec<f64> = of(neuron, DENDRITES)
        .filter(|&node| halves[node].len() == 2 && tips[node] > 2.0)
        .map(|node| (halves[node][0] - halves[node][1]).abs() / (tips[node] - 2.0))
        .collect();
    split.iter().sum::<f64>() / split.len() as f64
}

/// Lowest and highest y of some types.
fn heights(neuron: &Morphology, kinds: &[u16]) -> (f64, f64) {
    of(neuron, kinds).map(|node| neuron.position[node][1]).fold((0.0, 0.0), |(low, high), y| (y.min(low), y.max(high)))
}

/// Mean height of some types' cable over the soma.
fn mean_height(neuron: &Morphology, kinds: &[u16]) -> f64 {
    let heights: Vec<f64> = of(neuron, kinds).map(|node| neuron.position[node][1]).collect();
    heights.iter().sum::<f64>() / heights.len() as f64
}

/// Standard deviation of the dendrites across their vertical plane relative to that along it.
fn flatness(neuron: &Morphology) -> f64 {
    let points: Vec<[f64; 2]> =
        of(neuron, DENDRITES).map(|node| [neuron.position[node][0], neuron.position[node][2]]).collect();
    let n = points.len() as f64;
    let mean = [0, 1].map(|axis: usize| points.iter().map(|p| p[axis]).sum::<f64>() / n);
    let moment = |a: usize, b: usize| points.iter().map(|p| (p[a] - mean[a]) * (p[b] - mean[b])).sum::<f64>() / n;
    let (xx, zz, xz) = (moment(0, 0), moment(1, 1), moment(0, 1));
    let (middle, swing) = (0.5 * (xx + zz), (0.5 * (xx - zz)).hypot(xz));
    ((middle - swing) / (middle + swing)).max(0.0).sqrt()
}

#[test]
fn every_cell_is_a_sound_tree() {
    for (class, _) in classes() {
        for (seed, neuron) in cells(class).iter().enumerate() {
            let n = neuron.len();
            assert!((500..=6000).contains(&n), "{class} {seed} has {n} samples");
            assert_eq!(neuron.roots().collect::<Vec<_>>(), [0]);
            assert_eq!((neuron.kind[0], neuron.position[0]), (SOMA, [0.0; 3]));
            assert!(neuron.kind[1..].iter().all(|k| [AXON, DENDRITE, APICAL].contains(k)));
            assert!((1..n).all(|node| (neuron.parent[node] as usize) < node));
            assert!(neuron.position.iter().flatten().all(|x| x.is_finite()));
            assert!(neuron.radius.iter().all(|&r| r > 0.1 && r < 30.0));
            assert_eq!(neuron.id, (1..=n as i64).collect::<Vec<_>>());
            let kinds_meet = |node: usize| {
                neuron.parent[node] == 0 || neuron.kind[node] == neuron.kind[neuron.parent[node] as usize]
            };
            assert!((1..n).all(kinds_meet), "{class} {seed}: a branch changes its type");
        }
    }
}

#[test]
fn class_and_seed_decide_everything() {
    for (class, _) in classes() {
        assert_eq!(cell(class, 3), cell(class, 3));
        assert_ne!(cell(class, 3).position, cell(class, 4).position);
    }
}

#[test]
fn without_axon_the_dendrites_stay() {
    let bare = SynthesisOptions { axon: false, ..Default::default() };
    for (class, _) in classes() {
        let (with, without) = (cell(class, 1), synthesize(class, &bare, 1).unwrap());
        assert!(with.kind.contains(&AXON) && !without.kind.contains(&AXON));
        let kept: Vec<_> = (0..with.len()).filter(|&i| with.kind[i] != AXON).map(|i| with.position[i]).collect();
        assert_eq!(without.position, kept);
    }
}

#[test]
fn step_changes_the_sampling_and_scale_the_size_alone() {
    for (class, _) in classes() {
        let fine = synthesize(class, &SynthesisOptions { step_um: 1.0, ..Default::default() }, 2).unwrap();
        let coarse = synthesize(class, &SynthesisOptions { step_um: 5.0, ..Default::default() }, 2).unwrap();
        let ends = |m: &Morphology| -> Vec<[f64; 3]> {
            let children = m.child_counts();
            (0..m.len()).filter(|&i| children[i] != 1).map(|i| m.position[i]).collect()
        };
        assert_eq!(ends(&fine), ends(&coarse), "{class}");
        let mean = length(&fine, &[AXON, DENDRITE, APICAL]) / (fine.len() - 1) as f64;
        assert!((0.85..1.15).contains(&mean), "{class} is sampled every {mean} µm");
        let double =
            synthesize(class, &SynthesisOptions { step_um: 2.0, scale: 2.0, ..Default::default() }, 2).unwrap();
        // Both are rounded to 1e-4.
        let twice = |one: f64, two: f64| (two - 2.0 * one).abs() < 1.6e-4;
        let numbers = |m: &Morphology| [m.position.as_flattened(), &m.radius].concat();
        assert_eq!(double.parent, fine.parent);
        assert!(numbers(&fine).iter().zip(numbers(&double)).all(|(&one, two)| twice(one, two)), "{class}");
    }
}

/// The smallest and largest value of real cells of a class, and their median asymmetry where it is known.
struct Real {
    class: &'static str,
    cable: [f64; 2],
    forks: [f64; 2],
    tips: [f64; 2],
    skew: Option<f64>,
}

const fn real(class: &'static str, cable: [f64; 2], forks: [f64; 2], tips: [f64; 2], skew: Option<f64>) -> Real {
    Real { class, cable, forks, tips, skew }
}

/// Dendritic cable (µm), bifurcations, tips, and asymmetry.
///
/// Measured on reconstructions: 16 layer 2/3 and 16 layer 5 pyramidal cells, 16 spiny stellate, 32 basket and 22
/// Martinotti cells of rat somatosensory cortex (NeuroMorpho.Org, mostly Markram et al. 2015), 51 spiny and 47 aspiny
/// cells of mouse visual cortex (Allen Cell Types Database; for the untufted and the chandelier cells), 8 Purkinje
/// cells and 8 spinal motoneurons (NeuroMorpho.Org). Granule cells: Claiborne et al. 1990, J. Comp. Neurol. 302:206
/// (22 to 40 segments on 1 to 4 stems, so 11 to 22 tips); they give no asymmetry.
const REAL: &[Real] = &[
    real("pyramidal", [1504.0, 8653.0], [16.0, 69.0], [20.0, 76.0], Some(0.73)),
    real("tufted", [2467.0, 13981.0], [11.0, 84.0], [18.0, 95.0], Some(0.81)),
    real("untufted", [1690.0, 6519.0], [14.0, 66.0], [20.0, 79.0], Some(0.81)),
    real("spiny_stellate", [1504.0, 3806.0], [12.0, 35.0], [17.0, 37.0], Some(0.73)),
    real("basket", [447.0, 5911.0], [5.0, 34.0], [11.0, 38.0], Some(0.77)),
    real("martinotti", [1537.0, 5881.0], [15.0, 69.0], [18.0, 71.0], Some(0.80)),
    real("chandelier", [669.0, 5626.0], [6.0, 45.0], [12.0, 53.0], Some(0.76)),
    real("purkinje", [5048.0, 10849.0], [303.0, 471.0], [304.0, 472.0], Some(0.77)),
    real("granule", [2324.0, 4582.0], [7.0, 21.0], [11.0, 22.0], None),
    real("motoneuron", [6162.0, 25292.0], [40.0, 109.0], [48.0, 119.0], Some(0.75)),
];

#[test]
fn sizes_lie_within_those_of_real_cells() {
    assert_eq!(REAL.iter().map(|row| row.class).collect::<Vec<_>>(), classes().map(|c| c.0).collect::<Vec<_>>());
    for &Real { class, cable, forks, tips, skew } in REAL {
        let within = |what: &str, range: [f64; 2], measure: &dyn Fn(&Morphology) -> f64| {
            let values = measured(class, measure);
            let inside = values.iter().filter(|&&v| v >= range[0] && v <= range[1]).count() as f64 / CELLS as f64;
            assert!(inside >= 0.7, "{class}: {what} of {inside} of the cells lie in {range:?}: {values:?}");
        };
        within("cable", cable, &|m| length(m, DENDRITES));
        within("bifurcations", forks, &|m| forks_and_tips(m, DENDRITES).0);
        within("tips", tips, &|m| forks_and_tips(m, DENDRITES).1);
        if let Some(real) = skew {
            let grown = median(class, asymmetry);
            assert!((grown - real).abs() < 0.12, "{class}: asymmetry {grown}, of real cells {real}");
        }
    }
}

#[test]
fn sizes_alone_do_not_tell_cortical_classes_apart() {
    let spans: Vec<_> = ["pyramidal", "untufted", "spiny_stellate", "basket", "martinotti", "chandelier", "granule"]
        .iter()
        .map(|class| measured(class, |m| length(m, DENDRITES)))
        .collect();
    for (at, span) in spans.iter().enumerate() {
        let middle = span[CELLS / 2];
        let alike = spans.iter().enumerate().filter(|(other, v)| *other != at && v[1] < middle && middle < v[28]);
        assert!(alike.count() >= 2, "class {at} stands apart by its cable: {spans:?}");
    }
}

#[test]
fn only_pyramidal_cells_have_an_apical_dendrite_and_it_reaches_far_up() {
    for (class, _) in classes() {
        let apical = ["pyramidal", "tufted", "untufted"].contains(&class);
        for (seed, neuron) in cells(class).iter().enumerate() {
            assert_eq!(neuron.kind.contains(&APICAL), apical, "{class} {seed}");
            let (low, high) = heights(neuron, DENDRITES);
            assert!(!apical || high > -1.3 * low, "{class} {seed} from {low} to {high}");
        }
        let reach = median(class, |m| heights(m, DENDRITES).1 / -heights(m, DENDRITES).0.min(-10.0));
        assert_eq!(reach > 1.8, apical || ["purkinje", "granule", "chandelier"].contains(&class), "{class}: {reach}");
    }
}

#[test]
fn tufts_fork_at_the_top() {
    // Share of the apical bifurcations in the upper third of the apical dendrite.
    let top = |m: &Morphology| {
        let (children, high) = (m.child_counts(), heights(m, &[APICAL]).1);
        let forks: Vec<f64> = of(m, &[APICAL]).filter(|&i| children[i] > 1).map(|i| m.position[i][1]).collect();
        forks.iter().filter(|&&y| y > high * 2.0 / 3.0).count() as f64 / forks.len() as f64
    };
    assert!(median("tufted", top) > 0.3 && median("untufted", top) < 0.25);
}

#[test]
fn purkinje_cells_are_flat_and_granule_cells_flattened() {
    for (class, _) in classes() {
        let ratio = median(class, flatness);
        match class {
            "purkinje" => assert!(measured(class, flatness)[CELLS - 1] < 0.2),
            "granule" => assert!((0.25..0.7).contains(&ratio), "{ratio}"),
            _ => assert!(ratio > 0.5, "{class}: {ratio}"),
        }
    }
}

#[test]
fn granule_dendrites_point_up_and_end_level() {
    for (seed, neuron) in cells("granule").iter().enumerate() {
        let children = neuron.child_counts();
        let ends: Vec<f64> =
            of(neuron, DENDRITES).filter(|&i| children[i] == 0).map(|i| neuron.position[i][1]).collect();
        let (low, high) = heights(neuron, DENDRITES);
        assert!(low > -15.0);
        let level = ends.iter().filter(|&&y| y > 0.7 * high).count();
        assert!(level as f64 >= 0.6 * ends.len() as f64, "{seed}: {ends:?}");
    }
}

#[test]
fn axons_go_where_their_class_sends_them() {
    for neuron in cells("martinotti") {
        assert!(mean_height(neuron, &[AXON]) > 150.0 && heights(neuron, &[AXON]).1 > 280.0);
        assert!(mean_height(neuron, DENDRITES) < 0.0);
    }
    for class in ["pyramidal", "tufted", "untufted", "purkinje", "granule"] {
        assert!(cells(class).iter().all(|neuron| mean_height(neuron, &[AXON]) < -30.0), "{class}");
    }
    // Dense and local: more axon than dendrite, most of it within 200 µm.
    let near = |m: &Morphology| {
        let far: Vec<bool> = of(m, &[AXON]).map(|i| vector::distance(m.position[i], [0.0; 3]) < 200.0).collect();
        far.iter().filter(|&&near| near).count() as f64 / far.len() as f64
    };
    assert!(median("basket", |m| length(m, &[AXON]) / length(m, DENDRITES)) > 1.5);
    assert!(median("basket", near) > 0.85 && median("martinotti", near) < 0.5);
}

#[test]
fn chandelier_axons_end_in_vertical_cartridges() {
    // Share of the axon's tips whose last 10 µm run within 35 degrees of the vertical.
    let vertical = |m: &Morphology| {
        let children = m.child_counts();
        let ends: Vec<usize> = of(m, &[AXON]).filter(|&i| children[i] == 0).collect();
        let steep = |&&end: &&usize| {
            let start = (0..4).fold(end, |node, _| m.parent[node] as usize);
            let way = vector::unit(vector::along(m.position[end], -1.0, m.position[start]));
            way[1].abs() > 35.0_f64.to_radians().cos()
        };
        ends.iter().filter(steep).count() as f64 / ends.len() as f64
    };
    assert!(median("chandelier", vertical) > 0.7 && median("basket", vertical) < 0.4);
}

#[test]
fn populations_are_the_same_on_any_number_of_threads_and_beside_any_classes() {
    let options = SynthesisOptions::default();
    let grow = |classes: &[&str], threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| synthesize_population(classes, 3, &options, 7)).unwrap()
    };
    let both = grow(&["basket", "granule"], 1);
    assert_eq!(both, grow(&["basket", "granule"], 4));
    assert_eq!(both[3..], grow(&["granule"], 2));
    let names: Vec<_> = both.iter().map(|(m, class)| (&*m.name, *class)).collect();
    assert_eq!(names[0], ("basket_0", "basket"));
    assert_eq!(names[5], ("granule_2", "granule"));
    assert_ne!(both[0].0.position, both[1].0.position);
}

#[test]
fn bad_input_is_named_with_its_cure() {
    let options = SynthesisOptions::default();
    let error = synthesize("pyramidial", &options, 1).unwrap_err();
    assert_eq!((error.kind, error.help.as_deref()), (Kind::Value, Some("did you mean `pyramidal`?")));
    for options in [
        SynthesisOptions { scale: f64::NAN, ..Default::default() },
        SynthesisOptions { scale: 0.0, ..Default::default() },
        SynthesisOptions { step_um: -1.0, ..Default::default() },
        SynthesisOptions { step_um: f64::INFINITY, ..Default::default() },
    ] {
        assert_eq!(synthesize("basket", &options, 1).unwrap_err().kind, Kind::Value);
    }
    for (classes, each) in [(&[][..], 1), (&["basket"], 0), (&["basket", "basket"], 1), (&["basket", "bask"], 1)] {
        assert_eq!(synthesize_population(classes, each, &options, 1).unwrap_err().kind, Kind::Value);
    }
}
