//! Grown cells, undamaged and damaged on purpose.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use super::*;
use crate::data::{Labels, Population};
use crate::morph::{Morphology, NO_PARENT, Sample, SynthesisOptions, classes, synthesize};

const CLASSES: [&str; 3] = ["pyramidal", "basket", "motoneuron"];

fn grown(class: &str, seed: u64) -> Morphology {
    synthesize(class, &SynthesisOptions { axon: false, ..SynthesisOptions::default() }, seed).unwrap()
}

/// Six cells of each of three classes, some replaced.
fn population(replaced: &[(usize, Morphology)]) -> Population {
    let mut cells: Vec<Arc<Morphology>> = (0..18).map(|i| Arc::new(grown(CLASSES[i % 3], i as u64))).collect();
    for (place, neuron) in replaced {
        cells[*place] = Arc::new(neuron.clone());
    }
    Population::new(cells)
}

/// The flags of each cell that has some, by id.
fn flags(population: &Population) -> Vec<(String, String)> {
    let table = population.qc(&QcOptions::default(), 1).unwrap().table;
    let flags = table.column("flags").unwrap();
    (0..table.len()).filter_map(|row| Some((table.ids()[row].clone(), flags.text_at(row)?.into_owned()))).collect()
}

fn found(damaged: Morphology) -> String {
    let flags = flags(&population(&[(4, damaged)]));
    assert!(flags.len() <= 1, "{flags:?}");
    flags.into_iter().next().map_or(String::new(), |(_, flag)| flag)
}

fn moved(neuron: &Morphology, change: impl Fn([f64; 3]) -> [f64; 3]) -> Morphology {
    let position = neuron.position.iter().map(|&p| change(p)).collect();
    Morphology { position, name: "damaged".into(), ..neuron.clone() }
}

/// The neuron without what lies above a height, each crossing branch ending on it, as in a slice.
fn sliced(neuron: &Morphology, axis: usize, height: f64) -> Morphology {
    let (mut samples, mut parents, mut place): (Vec<Sample>, Vec<u32>, Vec<Option<u32>>) = Default::default();
    for (i, mut sample) in neuron.samples().into_iter().enumerate() {
        let above = neuron.parent_of(i);
        let at = above.map(|p| place[p]);
        if at == Some(None) {
            place.push(None);
            continue;
        }
        let is_cut = sample.position[axis] > height;
        if let (true, Some(p)) = (is_cut, above) {
            let from = neuron.position[p];
            let part = (height - from[axis]) / (sample.position[axis] - from[axis]);
            sample.position = std::array::from_fn(|a| from[a] + part * (sample.position[a] - from[a]));
        }
        place.push((!is_cut).then_some(samples.len() as u32));
        parents.push(at.flatten().unwrap_or(NO_PARENT));
        samples.push(sample);
    }
    Morphology::from_unordered("damaged", &samples, &parents)
}

#[test]
fn undamaged_cells_have_few_flags() {
    let (mut cells, mut flagged) = (0, Vec::new());
    for (class, _) in classes() {
        for seed in 0..6 {
            let neuron = grown(class, seed);
            cells += 1;
            let found = (cut::cut(&neuron), steps::steps(&neuron), radii::commonest(&neuron).unwrap_or(0.0));
            if found.0.is_some() || found.1.0 > 0 || found.2 >= radii::SHARE {
                flagged.push((class, seed, found));
            }
        }
    }
    assert!(flagged.len() * 20 <= cells, "{flagged:?}");
    assert_eq!(flags(&population(&[])), []);
}

#[test]
fn a_slice_through_the_arbor_is_found_on_its_side() {
    let neuron = grown("pyramidal", 40);
    let (_, high) = neuron.bounds();
    assert_eq!(found(sliced(&neuron, 2, 0.35 * high[2])), "cut");
    let (side, share) = cut::cut(&sliced(&neuron, 2, 0.35 * high[2])).unwrap();
    assert!(side == "+z" && share > 0.1, "{side} {share}");
    // Traced in one plane, all ends lie in it, which is no cut.
    assert!(cut::cut(&moved(&neuron, |[x, y, _]| [x, y, 0.0])).is_none());
}

#[test]
fn a_slipped_stack_is_found() {
    let neuron = grown("basket", 40);
    let slipped = moved(&neuron, |[x, y, z]| [x, y, if x > 30.0 { z + 60.0 } else { z }]);
    let crossing = (1..neuron.len()).filter(|&i| {
        let (a, b) = (neuron.position[i][0], neuron.position[neuron.parent[i] as usize][0]);
        (a > 30.0) != (b > 30.0)
    });
    assert!(crossing.count() >= steps::STEPS);
    assert_eq!(found(slipped), "z_steps");
}

#[test]
fn radii_that_were_never_measured_are_found() {
    let neuron = grown("motoneuron", 40);
    let radius = neuron.kind.iter().map(|&kind| if kind == 1 { 9.0 } else { 0.5 }).collect();
    assert_eq!(found(Morphology { radius, name: "damaged".into(), ..neuron }), "constant_radii");
}

#[test]
fn a_cell_in_nanometres_is_found_and_is_the_worst() {
    let nanometres = moved(&grown("basket", 40), |p| p.map(|x| 1000.0 * x));
    let report = population(&[(4, nanometres)]).qc(&QcOptions::default(), 1).unwrap();
    assert_eq!(report.table.ids()[0], "damaged");
    assert_eq!(report.table.column("flags").unwrap().text_at(0).as_deref(), Some("unit"));
    let ratio = report.table.column("extent_ratio").unwrap().as_numbers().unwrap()[0];
    assert!((300.0..3000.0).contains(&ratio), "{ratio}");
    assert_eq!(report.to_string(), "Qc(18 cells, 1 flagged: unit 1)");
}

#[test]
fn copies_are_found_where_they_were_moved_or_written_with_fewer_digits() {
    let original = grown(CLASSES[0], 0);
    let shifted = moved(&original, |[x, y, z]| [x + 500.0, y - 20.0, z]);
    let rounded = moved(&original, |p| p.map(|x| (x * 10.0).round() / 10.0));
    for copy in [shifted, rounded] {
        let cells = population(&[(5, copy)]);
        let table = cells.qc(&QcOptions::default(), 1).unwrap().table;
        assert_eq!(
            (table.ids()[0].as_str(), table.column("flags").unwrap().text_at(0).as_deref()),
            ("damaged", Some("duplicate"))
        );
        assert_eq!(table.column("duplicate_of").unwrap().text_at(0).as_deref(), Some("pyramidal_0"));
    }
    // A neuron turned over is another one here.
    assert_eq!(found(moved(&original, |[x, y, z]| [-x, y, z])), "");
}

#[test]
fn laboratories_that_shrink_their_cells_show() {
    let cells = (0..40).map(|i| {
        let neuron = grown("basket", 100 + i);
        Arc::new(if i % 2 == 0 { neuron } else { moved(&neuron, |[x, y, z]| [x, y, 0.4 * z]) })
    });
    let labs = Labels::new((0..40).map(|i| Some(["a", "b"][i % 2])));
    let cells = Population::new(cells.collect()).with_labels("lab", &labs).unwrap();
    let options = QcOptions { batch: Some("lab".into()), within: None };
    let effect = cells.qc(&options, 1).unwrap().batch.unwrap();
    assert!(effect.accuracy > 0.75 && effect.p < 0.03, "{effect}");
    assert!(cells.qc(&QcOptions { batch: Some("lap".into()), within: None }, 1).is_err());
}
