//! Message-passing blocks against PyTorch Geometric on fixed weights, forward and backward, and what must hold for
//! encoders of any blocks: order and padding of nodes mean nothing, gradients are slopes, files give the same model back.

use std::path::Path;
use std::sync::Arc;

use nms::augment::View;
use nms::data::{Adjacency, Batch};
use nms::morph::{Morphology, NO_PARENT};
use nms::nn::blocks::gat::{self, GatVersion};
use nms::nn::blocks::{AcAttention, Gat, Gcn, Gin, Norm, TradeOff, Transformer, gcn, gin};
use nms::nn::{
    Architecture, Archive, Block, Edges, EmbedOptions, GraphDinoOptions, Graphs, Head, Model, Pool, Projector,
    ProjectorKind, Scope, Tape, Weights, encode,
};
use nms::positional::Kind as Positional;
use rand::Rng as _;
use serde_json::Value;
use tch::{Device, Kind, Tensor};

fn numbers(value: &Value) -> Tensor {
    let numbers: Vec<f64> = value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    Tensor::from_slice(&numbers)
}

fn apart(ours: &Tensor, theirs: &Tensor) -> f64 {
    (ours.to_kind(Kind::Double).flatten(0, -1) - theirs.to_kind(Kind::Double).flatten(0, -1))
        .abs()
        .max()
        .double_value(&[])
}

/// One layer of the fixture: outputs and gradients of inputs and weights, and the slope along the inputs' gradient.
fn compare(case: &Value, edges: &Edges, layer: impl Fn(&Scope, &Tensor, Option<&Tensor>) -> Tensor, tolerance: f64) {
    let parameters = case["parameters"].as_object().unwrap();
    let shape = |p: &Value| p[0].as_array().unwrap().iter().map(|n| n.as_i64().unwrap()).collect::<Vec<_>>();
    let named = parameters.iter().map(|(name, p)| (name.clone(), numbers(&p[1]).reshape(shape(p)))).collect();
    let weights = Weights::new(named).leaves();
    let x = numbers(&case["x"]).reshape([edges.tokens, -1]).set_requires_grad(true);
    let between = case.get("edge_features").map(|e| numbers(e).reshape([edges.source.size()[0], -1]));
    let asked = numbers(&case["weights"]).reshape([edges.tokens, -1]);
    let run = |x: &Tensor| layer(&weights.scope(""), x, between.as_ref());
    let out = run(&x);
    (&out * &asked).sum(Kind::Double).backward();
    let real = asked.ne(0.0);
    let expected = numbers(&case["out"]).reshape([edges.tokens, -1]);
    assert!(apart(&(&out * &real), &(expected * &real)) < tolerance);
    assert!(apart(&x.grad(), &numbers(&case["x_grad"])) < tolerance);
    for (tensor, (name, p)) in weights.tensors().iter().zip(parameters) {
        assert!(apart(&tensor.grad(), &numbers(&p[2])) < tolerance, "{name}");
    }
    let step = 1e-6;
    let direction = x.grad();
    let value = |by: f64| tch::no_grad(|| (run(&(&x + &direction * by)) * &asked).sum(Kind::Double).double_value(&[]));
    let slope = (value(step) - value(-step)) / (2.0 * step);
    let expected = direction.square().sum(Kind::Double).double_value(&[]);
    assert!((slope / expected - 1.0).abs() < 1e-5, "slope {slope} for {expected}");
}

#[test]
fn message_passing_agrees_with_pytorch_geometric() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/nn/message_passing.json");
    let fixture: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let trees = [vec![NO_PARENT, 0, 1, 1, 0, 4, 5], vec![NO_PARENT, 0, NO_PARENT]];
    let adjacency: Vec<Adjacency> = trees.iter().map(|t| Adjacency::from_parents(t)).collect();
    let edges = Edges::new(&adjacency, 8, Device::Cpu);
    for (ours, name) in [(&edges.source, "source"), (&edges.target, "target")] {
        assert_eq!(apart(ours, &numbers(&fixture[name])), 0.0, "{name}");
    }
    for (name, version) in [
        ("gat_1", GatVersion::V1),
        ("gat_2", GatVersion::V2),
        ("gat_1_edges", GatVersion::V1),
        ("gat_2_edges", GatVersion::V2),
    ] {
        compare(&fixture[name], &edges, |w, x, between| gat::attend(w, version, 3, x, &edges, between), 1e-12);
    }
    compare(&fixture["gin"], &edges, |w, x, _| gin::convolve(w, x, &edges), 1e-12);
    // The degrees' roots are kept in single precision.
    compare(&fixture["gcn"], &edges, |w, x, _| gcn::convolve(w, x, &edges), 1e-6);
}

fn every_block() -> Vec<Block> {
    let narrow =
        AcAttention { heads: 2, width: Some(5), trade_off: TradeOff::Node, norm: Norm::Published, mlp_ratio: 1 };
    vec![
        Block::AcAttention(AcAttention::default()),
        Block::AcAttention(narrow),
        Block::Transformer(Transformer::default()),
        Block::Gat(Gat { version: GatVersion::V1, edge_features: true, ..Gat::default() }),
        Block::Gat(Gat { edge_features: true, ..Gat::default() }),
        Block::Gin(Gin::default()),
        Block::Gcn(Gcn::default()),
    ]
}

/// Encoders of all blocks in one stack under every pooling, of each local block alone, and of the projectors.
fn architectures() -> Vec<Architecture> {
    let small = Architecture { dim: 12, node_hidden: 8, positional_dim: 3, ..Architecture::default() };
    let with = |pool, blocks| Architecture { pool, blocks, ..small.clone() };
    let mut all: Vec<Architecture> =
        [Pool::Cls, Pool::Mean, Pool::Max, Pool::Attention].map(|pool| with(pool, every_block())).into();
    all.extend(every_block().into_iter().skip(3).map(|block| with(Pool::Mean, vec![block])));
    all[1].positional = Positional::RandomWalk;
    all[2].positional = Positional::None;
    all[0].head = Head { dim: Some(7), hidden: Some(9), norm: false };
    for (at, frozen) in [(0, true), (1, false)] {
        all[at].projector = Projector { kind: ProjectorKind::Dino, prototypes: 20, frozen, ..Projector::default() };
    }
    all
}

/// A tree in depth-first order whose nodes lie at random places.
fn view(parent: &[u32], seed: u64) -> View {
    let mut rng = nms::run::seed::stream(seed, "view", 0);
    View {
        position: parent.iter().map(|_| std::array::from_fn(|_| rng.gen_range(-100.0..100.0))).collect(),
        radius: parent.iter().map(|_| rng.gen_range(0.0..3.0)).collect(),
        kind: parent.iter().map(|_| rng.gen_range(1..5)).collect(),
        parent: parent.to_vec(),
        sample: (0..parent.len() as u32).collect(),
        anchor: 0,
    }
}

const TREE: [u32; 9] = [NO_PARENT, 0, 1, 1, 3, 0, 5, 5, 7];

fn latents(model: &Model, batch: &Batch) -> Tensor {
    let graphs = Graphs::new(batch, Device::Cpu);
    encode(model.architecture(), model.weights(), &graphs, &mut Tape::silent(), true).unwrap().latent.value
}

fn finite(t: &Tensor) -> bool {
    t.isfinite().all().int64_value(&[]) == 1
}

/// The batch with node `order[i]` at place `i`.
fn permuted(batch: &Batch, parent: &[u32], order: &[usize]) -> Batch {
    let mut place = vec![0u32; order.len()];
    order.iter().enumerate().for_each(|(at, &node)| place[node] = at as u32);
    let take = |values: &[f32], width: usize| -> Vec<f32> {
        order.iter().flat_map(|&node| values[node * width..(node + 1) * width].to_vec()).collect()
    };
    let edges = parent.iter().enumerate().filter(|(_, p)| **p != NO_PARENT);
    let edges = edges.map(|(node, &p)| (place[node], place[p as usize]));
    Batch {
        features: take(&batch.features, batch.feature_width),
        encoding: take(&batch.encoding, batch.encoding_width),
        adjacency: vec![Adjacency::from_edges(parent.len(), edges)],
        ..batch.clone()
    }
}

#[test]
fn the_order_of_nodes_and_padding_mean_nothing() {
    let lone = [NO_PARENT];
    let pair = [NO_PARENT, 0];
    let forest = [NO_PARENT, 0, NO_PARENT, 2, 2, NO_PARENT];
    for (number, architecture) in architectures().into_iter().enumerate() {
        let model = Model::new(architecture, 3, Device::Cpu).unwrap();
        let layout = model.architecture().layout();
        let views = [view(&TREE, 1), view(&lone, 2), view(&pair, 3), view(&forest, 4)];
        let together = latents(&model, &Batch::new(&views, &layout));
        assert!(finite(&together), "architecture {number}");
        for (row, one) in views.iter().enumerate() {
            let alone = latents(&model, &Batch::new(std::slice::from_ref(one), &layout));
            let moved = apart(&together.get(row as i64), &alone);
            assert!(moved < 2e-5, "architecture {number}: padding moves graph {row} by {moved}");
        }
        let batch = Batch::new(&views[..1], &layout);
        let shuffled = latents(&model, &permuted(&batch, &TREE, &[4, 8, 0, 3, 6, 1, 7, 2, 5]));
        let moved = apart(&shuffled, &together.get(0));
        assert!(moved < 2e-5, "architecture {number}: another order moves the latent by {moved}");
    }
}

#[test]
fn gradients_of_whole_encoders_are_slopes() {
    for (number, architecture) in architectures().into_iter().enumerate() {
        let model = Model::new(architecture.clone(), 5, Device::Cpu).unwrap();
        let batch = Batch::new(&[view(&TREE, 1), view(&[NO_PARENT, 0, 1], 2)], &architecture.layout());
        let graphs = Graphs::new(&batch, Device::Cpu);
        let leaves = model.weights().leaves();
        let mut tape = Tape::recording();
        let encoded = encode(&architecture, &leaves, &graphs, &mut tape, true).unwrap();
        let logits = encoded.logits.unwrap();
        let scale = 1.0 / logits.value.numel() as f64;
        tape.backward_from(&[
            (&encoded.latent, encoded.latent.value.detach()),
            (&logits, &logits.value.detach() * scale),
        ])
        .unwrap();
        let gradients = leaves.split(&leaves.gradient());
        assert!(gradients.iter().all(finite), "architecture {number}");
        // Half the square of the latents and (scaled) logits, along the gradient.
        let length: f64 = gradients.iter().map(|g| g.square().sum(Kind::Double).double_value(&[])).sum::<f64>().sqrt();
        let value = |by: f64| {
            let moved = model.weights().tensors().iter().zip(&gradients).map(|(w, g)| w + g * (by / length));
            let moved = model.weights().with(&moved.collect::<Vec<_>>());
            let encoded = encode(&architecture, &moved, &graphs, &mut Tape::silent(), true).unwrap();
            let half_square = |t: &Tensor| t.square().sum(Kind::Double).double_value(&[]) / 2.0;
            half_square(&encoded.latent.value) + scale * half_square(&encoded.logits.unwrap().value)
        };
        let step = 2e-3;
        let slope = (value(step) - value(-step)) / (2.0 * step);
        assert!((slope / length - 1.0).abs() < 2e-2, "architecture {number}: slope {slope} for {length}");
    }
}

#[test]
fn files_give_the_same_model_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    for architecture in architectures() {
        let model = Model::new(architecture, 9, Device::Cpu).unwrap();
        model.save(&path).unwrap();
        let read = Model::load(&path, Device::Cpu).unwrap();
        assert_eq!(read.architecture(), model.architecture());
        let batch = Batch::new(&[view(&TREE, 1)], &model.architecture().layout());
        assert_eq!(apart(&latents(&read, &batch), &latents(&model, &batch)), 0.0);
    }
}

/// Files written before architectures had notes of GraphDINO's sizes, those of others none.
#[test]
fn older_files_are_graphdino() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let sizes = GraphDinoOptions { dim: 8, depth: 2, heads: 3, prototypes: 11, ..GraphDinoOptions::default() };
    let model = Model::new(sizes.architecture().unwrap(), 9, Device::Cpu).unwrap();
    let old = serde_json::json!({ "encoder": {
        "unit": 1.0, "dim": 8, "depth": 2, "heads": 3, "mlp_ratio": 2, "positional_dim": 32, "positional": "highest",
        "projector_dim": 128, "prototypes": 11,
    }});
    for note in [old, Value::Null] {
        Archive::write(&path, model.weights().named("student_encoder.").collect(), &note).unwrap();
        assert_eq!(Model::load(&path, Device::Cpu).unwrap().architecture(), model.architecture());
    }
}

#[test]
fn impossible_architectures_are_refused_with_a_cure() {
    let refused = |architecture: Architecture| Model::new(architecture, 0, Device::Cpu).unwrap_err();
    let local = Architecture { blocks: vec![Block::Gat(Gat::default())], ..Architecture::default() };
    let error = refused(local);
    assert!(error.message.contains("class token") && error.help.unwrap().contains("\"mean\""));
    let none = Architecture { blocks: vec![], ..Architecture::default() };
    assert_eq!(refused(none).message, "`blocks` is empty: an encoder needs at least one block");
    let zero = vec![Block::AcAttention(AcAttention { heads: 0, ..AcAttention::default() })];
    let error = refused(Architecture { blocks: zero, ..Architecture::default() });
    assert_eq!(error.message, "`blocks[0]`: `heads` must lie between 1 and 1048576, not 0");
    let twice = Architecture { features: vec![nms::data::Feature::Radius; 2], ..Architecture::default() };
    assert_eq!(refused(twice).message, "`features[1]` names `radius` a second time");
}

#[test]
fn neurons_of_any_size_embed_together() {
    let options = nms::morph::SynthesisOptions::default();
    let grown = nms::morph::synthesize_population(&["granule", "basket"], 1, &options, 4).unwrap();
    let cells: Vec<Arc<Morphology>> = grown.into_iter().map(|(cell, _)| Arc::new(cell)).collect();
    let model = Model::new(Architecture { dim: 16, ..Architecture::default() }, 1, Device::Cpu).unwrap();
    let ids: Arc<[String]> = cells.iter().map(|c| c.name.to_string()).collect();
    let rows = model.embed(&cells, ids, &EmbedOptions::default()).unwrap();
    assert!(rows.row(0).iter().all(|v| v.is_finite()) && rows.row(0) != rows.row(1));
    // A stream writes what a matrix holds.
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let population = nms::data::Population::new(cells);
    let rows = model.embed(&population.neurons().unwrap(), population.ids().clone(), &EmbedOptions::default()).unwrap();
    for name in ["z.csv", "z.npy"] {
        let streamed = model.embed_to(&population, &path(name), &EmbedOptions::default(), false).unwrap();
        assert_eq!((streamed.rows, streamed.resumed), (2, 0));
        rows.save(&path(&format!("all {name}"))).unwrap();
    }
    let read = |name: &str| std::fs::read(path(name)).unwrap();
    assert!(read("z.csv") == read("all z.csv"));
    let numbers = |name: &str| npyz::NpyFile::new(&read(name)[..]).unwrap().into_vec::<f64>().unwrap();
    assert_eq!(numbers("z.npy"), numbers("all z.npy"));
    assert!(model.embed_to(&population, &path("z.txt"), &EmbedOptions::default(), false).is_err());
}
