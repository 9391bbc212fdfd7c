//! Parity with the published GraphDINO: its checkpoint, and fixtures computed with its code (PyTorch 2.11, one thread,
//! evaluation mode) on synthetic trees. Tolerances are those at which single precision agrees with double.

use std::path::Path;
use std::sync::Arc;

use nms::data::{Adjacency, Batch};
use nms::morph::{Morphology, NO_PARENT, Sample};
use nms::nn::{EmbedOptions, GraphDinoOptions, Graphs, Model, Tape, encode, initialise, read_archive};
use nms::positional::{Band, Laplacian, extreme};
use nms::train::{Adam, Dino, DinoOptions, Group, Moment};
use tch::{Device, Kind, Tensor};

use super::fixture::{Npz, data, distance};

/// Undirected edges of a dense adjacency `[n, n]`.
fn edges(dense: &[f64], n: usize) -> Vec<(u32, u32)> {
    (0..n)
        .flat_map(|i| (i + 1..n).map(move |j| (i, j)))
        .filter(|&(i, j)| dense[i * n + j] != 0.0)
        .map(|(i, j)| (i as u32, j as u32))
        .collect()
}

/// Parents in breadth-first order from node 0, and the node that stands at each place of that order.
fn tree(n: usize, edges: &[(u32, u32)]) -> (Vec<u32>, Vec<usize>) {
    let mut neighbours = vec![Vec::new(); n];
    for &(a, b) in edges {
        neighbours[a as usize].push(b as usize);
        neighbours[b as usize].push(a as usize);
    }
    let (mut order, mut parent, mut place) = (vec![0], vec![NO_PARENT], vec![NO_PARENT; n]);
    place[0] = 0;
    let mut at = 0;
    while at < order.len() {
        for &next in &neighbours[order[at]] {
            if place[next] == NO_PARENT {
                place[next] = order.len() as u32;
                order.push(next);
                parent.push(at as u32);
            }
        }
        at += 1;
    }
    (parent, order)
}

/// The batch that the reference fed to its model, encodings included.
fn batch(features: Vec<f32>, encoding: Vec<f32>, nodes: usize, graphs: &[Vec<(u32, u32)>]) -> Batch {
    let adjacency = graphs.iter().map(|e| Adjacency::from_edges(nodes, e.iter().copied())).collect();
    let cable = vec![1.0 / nodes as f32; features.len() / 3];
    Batch { nodes, feature_width: 3, encoding_width: 32, features, encoding, cable, adjacency }
}

fn values(tensor: &Tensor) -> Vec<f32> {
    Vec::try_from(&tensor.flatten(0, -1)).expect("a tensor of single precision")
}

fn forward(model: &Model, batch: &Batch) -> (Vec<f32>, Vec<f32>) {
    let graphs = Graphs::new(batch, Device::Cpu);
    let encoded = encode(model.architecture(), model.weights(), &graphs, &mut Tape::silent(), true).expect("encodes");
    (values(&encoded.latent.value), values(&encoded.logits.expect("asked for").value))
}

fn close(ours: &[f32], reference: &[f64], tolerance: f64) {
    let apart = distance(ours, reference);
    assert!(apart < tolerance, "{apart} apart");
}

fn load(folder: &Path) -> (Model, Npz) {
    let model = Model::load(&folder.join("ckpt.pt"), Device::Cpu).expect("the published checkpoint loads");
    (model, Npz::open(&folder.join("graphdino_forward.npz")))
}

#[test]
fn the_published_checkpoint_has_the_published_sizes() {
    let Some(folder) = data("graphdino") else { return };
    let (model, _) = load(&folder);
    let published = GraphDinoOptions::default().architecture().expect("the published sizes");
    assert_eq!(*model.architecture(), published);
    assert_eq!(model.weights().count(), 431_382);
    let fresh = initialise(&published, 1);
    assert_eq!(fresh.names(), model.weights().names());
}

#[test]
fn latents_and_logits_of_the_published_model() {
    let Some(folder) = data("graphdino") else { return };
    let (model, mut npz) = load(&folder);
    let (_, dense) = npz.get("A_adj");
    let graphs: Vec<_> = dense.chunks(200 * 200).map(|a| edges(a, 200)).collect();
    let case_a = batch(npz.f32("A_feat"), npz.f32("A_pe"), 200, &graphs);
    let (latent, logits) = forward(&model, &case_a);
    close(&latent, &npz.get("A_latent").1, 1e-5);
    close(&latent, &npz.get("A_latent_f64").1, 1e-5);
    close(&logits, &npz.get("A_logits").1, 1e-4);

    let pairs: Vec<(u32, u32)> = npz.get("B_edges").1.chunks(2).map(|e| (e[0] as u32, e[1] as u32)).collect();
    let case_b = batch(npz.f32("B_feat"), npz.f32("B_pe"), 1000, &[pairs]);
    let (latent, logits) = forward(&model, &case_b);
    close(&latent, &npz.get("B_latent").1, 1e-5);
    close(&logits, &npz.get("B_logits").1, 1e-4);

    let (_, dense) = npz.get("C_adj");
    let case_c = batch(npz.f32("C_feat"), npz.f32("C_pe"), 20, &[edges(&dense, 20)]);
    assert!(distance(&forward(&model, &case_c).0, &npz.get("C_latent").1) < 1e-5);
}

/// The same graphs in one padded batch of unequal sizes, as `embed` and training make them.
#[test]
fn padding_changes_nothing() {
    let Some(folder) = data("graphdino") else { return };
    let (model, mut npz) = load(&folder);
    let (_, dense) = npz.get("A_adj");
    let (_, small) = npz.get("C_adj");
    let pad = |values: Vec<f32>, width: usize| [values, vec![0.0; 180 * width]].concat();
    let position = [npz.f32("A_feat")[..600].to_vec(), pad(npz.f32("C_feat"), 3)].concat();
    let encoding = [npz.f32("A_pe")[..6400].to_vec(), pad(npz.f32("C_pe"), 32)].concat();
    let mut mixed = batch(position, encoding, 200, &[edges(&dense[..40_000], 200)]);
    mixed.adjacency.push(Adjacency::from_edges(20, edges(&small, 20).into_iter()));
    let (latent, _) = forward(&model, &mixed);
    assert!(distance(&latent[..32], &npz.get("A_latent").1[..32]) < 1e-5);
    assert!(distance(&latent[32..], &npz.get("C_latent").1) < 1e-5);
}

#[test]
fn positional_encodings_of_the_published_code() {
    let Some(folder) = data("graphdino") else { return };
    let (_, mut npz) = load(&folder);
    let (_, dense) = npz.get("A_adj");
    let (_, eigenvalues) = npz.get("A_eigvals_f64");
    let (_, encoding) = npz.get("A_pe");
    for graph in 0..2 {
        let (parent, order) = tree(200, &edges(&dense[graph * 40_000..(graph + 1) * 40_000], 200));
        let pairs = extreme(&Laplacian::new(&parent), Band::Highest, 34);
        let descending: Vec<f64> = eigenvalues[graph * 200..(graph + 1) * 200].iter().rev().copied().collect();
        let mut compared = 0;
        for column in 1..33 {
            assert!((pairs[column].0 - descending[column]).abs() < 1e-6);
            let gap = (descending[column] - descending[column - 1])
                .abs()
                .min((descending[column] - descending[column + 1]).abs());
            if gap < 1e-4 {
                continue; // a basis of nearly equal eigenvalues is arbitrary
            }
            let reference = order.iter().map(|&node| encoding[(graph * 200 + node) * 32 + column - 1]);
            let cosine: f64 = reference.zip(&pairs[column].1).map(|(a, b)| a * b).sum();
            assert!(cosine.abs() > 0.9999, "graph {graph}, column {column}: {cosine}");
            compared += 1;
        }
        assert!(compared > 20, "only {compared} columns have separated eigenvalues");
    }
}

/// An SWC file of at most 1000 samples gives the published latents, wherever its soma lies and however its lines are
/// ordered.
#[test]
fn neurons_embed_as_published_whatever_their_offset_and_order() {
    let Some(folder) = data("graphdino") else { return };
    let (model, mut npz) = load(&folder);
    let position = npz.get("B_feat").1;
    let (_, pairs) = npz.get("B_edges");
    let mut parent = vec![NO_PARENT; 1000];
    pairs.chunks(2).for_each(|e| parent[e[0] as usize] = e[1] as u32);
    let neuron = |offset: f64, reverse: bool| {
        let place = |i: usize| if reverse { 999 - i } else { i };
        let samples: Vec<Sample> = (0..1000)
            .map(|i| {
                let node = place(i);
                let position = std::array::from_fn(|k| position[node * 3 + k] + offset * (k + 1) as f64);
                Sample { id: i as i64 + 1, kind: if node == 0 { 1 } else { 3 }, position, radius: 1.0 }
            })
            .collect();
        let above: Vec<u32> = (0..1000)
            .map(|i| match parent[place(i)] {
                NO_PARENT => NO_PARENT,
                p => place(p as usize) as u32,
            })
            .collect();
        Arc::new(Morphology::from_unordered("B", &samples, &above))
    };
    let (_, expected) = npz.get("B_latent");
    for (offset, reverse) in [(0.0, false), (1234.5, false), (-321.0, true)] {
        let ids = Arc::from(["B".to_string()]);
        let z = model.embed(&[neuron(offset, reverse)], ids, &EmbedOptions::default()).expect("embeds");
        let row: Vec<f32> = z.row(0).iter().map(|&v| v as f32).collect();
        // The signs of the positional encoding's columns are free, and the latents feel them a little.
        close(&row, &expected, 1e-4);
    }
}

#[test]
fn three_training_steps_of_the_published_code() {
    let Some(folder) = data("graphdino") else { return };
    let (mut model, _) = load(&folder);
    let mut npz = Npz::open(&folder.join("graphdino_train_step.npz"));
    let archive = read_archive(&folder.join("ckpt.pt")).expect("reads");
    let architecture = model.architecture().clone();
    let mut recipe = Dino::new(&architecture, model.weights(), DinoOptions::default(), false);
    let mut adam = Adam::new(model.weights());
    recipe.teacher.load(&archive.tensors, "teacher_encoder.").expect("the teacher loads");
    recipe.centre.copy_(&archive.tensors["teacher_centers"]);

    let graphs: Vec<_> = ["a1", "a2"]
        .iter()
        .flat_map(|name| npz.get(name).1.chunks(64 * 64).map(|a| edges(a, 64)).collect::<Vec<_>>())
        .collect();
    let both = |npz: &mut Npz, a: &str, b: &str| [npz.f32(a), npz.f32(b)].concat();
    let views = batch(both(&mut npz, "f1", "f2"), both(&mut npz, "l1", "l2"), 64, &graphs);
    // The same cells in two groups must give the same sums as in one.
    let pick = |cells: std::ops::Range<usize>| {
        let rows: Vec<usize> = cells.clone().chain(cells.start + 4..cells.end + 4).collect();
        let take = |values: &[f32], width: usize| -> Vec<f32> {
            rows.iter().flat_map(|&r| values[r * 64 * width..(r + 1) * 64 * width].to_vec()).collect()
        };
        let graphs: Vec<_> = rows.iter().map(|&r| graphs[r].clone()).collect();
        batch(take(&views.features, 3), take(&views.encoding, 32), 64, &graphs)
    };

    for (step, &expected) in npz.get("loss_steps").1.clone().iter().enumerate() {
        let group = |batch: Batch, cells: std::ops::Range<usize>| Group { batch, cells: cells.collect() };
        let groups = match step {
            0 => vec![group(views.clone(), 0..4)],
            _ => vec![group(pick(0..1), 0..1), group(pick(1..4), 1..4)],
        };
        let at = Moment { step: step as u64, steps: 3, scale: 1.0 };
        let measured = recipe.measure(model.weights(), groups, at).expect("a step");
        assert!((measured.loss / expected - 1.0).abs() < 1e-4, "step {step}: {} for {expected}", measured.loss);
        if step == 0 {
            let gradients = model.weights().split(measured.gradient.as_ref().expect("asked for"));
            compare_gradients(&model, &gradients, &mut npz);
            assert!(distance(&values(&measured.sums[0]), &npz.get("batch_teacher_mean_logits").1) < 1e-4);
        }
        adam.step(model.weights_mut(), measured.gradient.as_ref().expect("asked for"), 1e-4, 0.0);
        recipe.follow(model.weights(), &measured, at);
        if step == 0 {
            let head = |weights: &nms::nn::Weights| values(weights.scope("mlp_head.1.").get("weight"));
            assert!(distance(&values(&recipe.centre), &npz.get("centers_after1").1) < 1e-5);
            assert!(distance(&head(model.weights()), &npz.get("student_mlp_head1_after1").1) < 1e-6);
            assert!(distance(&head(&recipe.teacher), &npz.get("teacher_mlp_head1_after1").1) < 1e-6);
        }
    }
}

/// Gradients of every weight by their norms, of eight entry by entry, within 1e-3 of the tensor's norm.
fn compare_gradients(model: &Model, gradients: &[Tensor], npz: &mut Npz) {
    let (_, norms) = npz.get("grad_l2");
    for ((name, gradient), expected) in model.weights().names().iter().zip(gradients).zip(norms) {
        let norm = gradient.to_kind(Kind::Double).square().sum(Kind::Double).sqrt().double_value(&[]);
        assert!((norm / expected - 1.0).abs() < 1e-3, "{name}: norm {norm} for {expected}");
    }
    for name in [
        "cls_token",
        "cls_pos_embedding",
        "blocks.0.attn.predict_gamma.weight",
        "blocks.6.attn.predict_gamma.bias",
        "to_node_embedding.0.weight",
        "mlp_head.1.weight",
        "blocks.3.norm1.weight",
        "to_pos_embedding.weight",
    ] {
        let at = model.weights().names().iter().position(|n| n == name).expect("a weight of that name");
        let (_, expected) = npz.get(&format!("grad__{name}"));
        let norm = expected.iter().map(|v| v * v).sum::<f64>().sqrt();
        let apart = distance(&values(&gradients[at]), &expected);
        assert!(apart < 1e-3 * norm, "{name}: {apart} apart, norm {norm}");
    }
}
