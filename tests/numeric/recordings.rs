//! Networks of recordings against PyTorch (`fixtures/nn/recordings.py`), their gradients against finite differences, and
//! whether they find the edges of systems that were simulated.

use std::path::Path;

use nms::activity::simulate::{KuramotoOptions, SpringsOptions, kuramoto, springs};
use nms::activity::splits::Segment;
use nms::activity::{Recording, RecordingSet};
use nms::nn::Weights;
use nms::nn::activity::{Design, Gru, Messages, Mlp, Network, Outlook, Relational, Shape, Task, forecast};
use nms::nn::nri::{Decoder, Encoder, Inference, Nri, Sizes, decode, encode};
use nms::train::Checkpoint;
use nms::train::activity::{DynamicsOptions, FitOptions, InferenceOptions, Lesson, dynamics, inference};
use serde_json::Value;
use tch::{Device, Kind, Tensor};

const SEEN: [i64; 3] = [2, 6, 3];

fn fixture() -> Value {
    super::fixture::json(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/nn/recordings.json"))
}

fn sines(shape: &[i64], phase: f64, scale: f64) -> Tensor {
    let count = shape.iter().product::<i64>();
    ((Tensor::arange(count, (Kind::Double, Device::Cpu)) * 1.7 + phase).sin() * scale)
        .to_kind(Kind::Float)
        .reshape(shape)
}

/// Gives weights the fixture's values: sines, the phase being the tensor's number.
fn set(weights: &Weights) {
    for (number, (name, mut tensor)) in weights.named("").enumerate() {
        let above = if name.ends_with("running_var") { 1.0 } else { 0.0 };
        tch::no_grad(|| tensor.copy_(&(sines(&tensor.size(), number as f64, 0.6) + above)));
    }
}

fn numbers(value: &Value, into: &mut Vec<f64>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| numbers(item, into)),
        other => into.push(other.as_f64().unwrap()),
    }
}

fn agrees(name: &str, ours: &Tensor, theirs: &Value) {
    let mut expected = Vec::new();
    numbers(theirs, &mut expected);
    assert_eq!(ours.numel(), expected.len(), "{name}: {ours:?}");
    let apart = ours.to_kind(Kind::Double).flatten(0, -1) - Tensor::from_slice(&expected);
    let apart = apart.abs().max().double_value(&[]);
    // Single precision, through a few layers of numbers about 1.
    assert!(apart < 2e-5, "{name}: {apart} apart");
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("N{i}")).collect()
}

fn network(design: Design, horizon: usize) -> Network {
    let shape = Shape { neurons: names(3), context: 6, task: Task::Forecast { horizon } };
    let network = Network::new(design, shape, 1, Device::Cpu).unwrap();
    set(network.weights());
    network
}

fn relational(messages: Messages, receiver: bool) -> Relational {
    Relational {
        lags: vec![1, 3],
        identity: 2,
        hidden: 3,
        key: 2,
        heads: 2,
        readout: 4,
        messages,
        receiver,
        ..Relational::default()
    }
}

fn told(network: &Network, seen: &Tensor) -> Tensor {
    forecast(network.design(), network.weights(), network.shape(), seen, None, None)
}

#[test]
fn networks_answer_as_pytorch_does() {
    let (fixture, seen) = (fixture(), sines(&SEEN, 0.3, 1.0));
    let mlp = Mlp { hidden: vec![4], lags: vec![1, 3], ..Mlp::default() };
    agrees("mlp", &told(&network(Design::Mlp(mlp), 2), &seen), &fixture["mlp"]);
    let gru = Gru { hidden: 4, ..Gru::default() };
    agrees("gru", &told(&network(Design::Gru(gru), 2), &seen), &fixture["gru"]);
    let kinds =
        [("sum", Messages::Sum, false), ("pairs", Messages::Sum, true), ("concatenate", Messages::Concatenate, true)];
    for (name, messages, receiver) in kinds {
        let network = network(Design::Relational(relational(messages, receiver)), 2);
        agrees(name, &told(&network, &seen), &fixture[name]["answers"]);
        // The edges of a recording are the mean over its frames: here the two rows, as recordings of one window each.
        let mut mean = vec![0.0; 9];
        numbers_of_heads(&fixture[name]["edges"][0], &mut mean);
        let row = Vec::<f32>::try_from(seen.get(0).flatten(0, -1)).unwrap();
        let recording = Recording::new("w", names(3), row.iter().map(|&v| f64::from(v)).collect(), 1.0).unwrap();
        let edges = network.edges(&recording).unwrap();
        for (found, expected) in edges.weights().iter().zip(&mean) {
            assert!((found - expected).abs() < 1e-5, "{name}: {edges:?} for {mean:?}");
        }
    }
}

/// The mean over two heads of a window's edges.
fn numbers_of_heads(edges: &Value, mean: &mut [f64]) {
    for head in edges.as_array().unwrap() {
        let mut own = Vec::new();
        numbers(head, &mut own);
        mean.iter_mut().zip(own).for_each(|(m, v)| *m += v / 2.0);
    }
}

#[test]
fn relational_inference_answers_as_pytorch_does() {
    let fixture = fixture();
    let (short, long) = (sines(&[2, 6, 3, 2], 0.9, 0.8), sines(&[2, 16, 3, 2], 0.4, 0.8));
    for (name, x, encoder, decoder) in [
        ("nri", &short, Encoder::Mlp, Decoder::Mlp),
        ("nri_recurrent", &short, Encoder::Mlp, Decoder::Recurrent),
        ("nri_cnn", &long, Encoder::Cnn, Decoder::Mlp),
    ] {
        let options = Nri { hidden: 3, encoder, decoder, steps: 2, burn_in: 2, ..Nri::default() };
        let sizes = Sizes { nodes: names(3), columns: 2, frames: x.size()[1] as usize, range: vec![(-1.0, 1.0); 2] };
        let network = Inference::new(options.clone(), sizes, 1, Device::Cpu).unwrap();
        set(network.weights());
        let root = network.weights().scope("");
        let logits = encode(&options, &root, x);
        agrees(name, &logits, &fixture[name]["logits"]);
        let frames = decode(&options, &root, x, &logits.softmax(-1, Kind::Float));
        agrees(name, &frames, &fixture[name]["told"]);
    }
}

/// The gradient of the squared error along itself is its slope, whatever the network and however it unfolds.
#[test]
fn gradients_are_slopes() {
    let (seen, coming) = (sines(&SEEN, 0.3, 1.0), sines(&[2, 4, 3], 0.1, 1.0));
    let mut designs = vec![Design::Gru(Gru { hidden: 4, ..Gru::default() })];
    for rollout in [Outlook::Direct, Outlook::Iterated] {
        designs.push(Design::Mlp(Mlp { hidden: vec![4], lags: vec![1, 3], rollout, ..Mlp::default() }));
        for messages in [Messages::Sum, Messages::Concatenate, Messages::Attention] {
            designs.push(Design::Relational(Relational { rollout, ..relational(messages, true) }));
        }
    }
    for design in designs {
        // Fresh weights: sines would lie on kinks.
        let shape = Shape { neurons: names(3), context: 6, task: Task::Forecast { horizon: 4 } };
        let network = Network::new(design, shape, 3, Device::Cpu).unwrap();
        let error = |weights: &Weights| {
            let told = forecast(network.design(), weights, network.shape(), &seen, None, None);
            (told - &coming).square().mean(Kind::Double)
        };
        let leaves = network.weights().leaves();
        error(&leaves).backward();
        let gradient = leaves.gradient();
        let length = gradient.square().sum(Kind::Double).sqrt().double_value(&[]);
        let moved = |by: f64| {
            let flat = network.weights().flat() + &gradient * (by / length);
            let weights = network.weights().with(&network.weights().split(&flat));
            tch::no_grad(|| error(&weights)).double_value(&[])
        };
        let slope = (moved(2e-3) - moved(-2e-3)) / 4e-3;
        assert!((slope / length - 1.0).abs() < 0.02, "{}: slope {slope} for {length}", network.design().name());
    }
}

fn lesson<'a>(seed: u64, observe: &'a mut dyn FnMut(&nms::train::Event) -> nms::error::Result<()>) -> Lesson<'a> {
    const NOWHERE: &Checkpoint = &Checkpoint { path: None, resume: false };
    tch::set_num_threads(1);
    Lesson { seed, device: Device::Cpu, checkpoint: NOWHERE, observe }
}

/// A chain A -> B -> C of linear neurons driven by noise: the strongest effects are the chain's, with their signs.
#[test]
fn effects_find_a_chain_and_its_signs() {
    let animal = |name: &str, seed: u64| {
        use rand::Rng as _;
        let mut rng = nms::run::seed::stream(seed, "chain", 0);
        let mut state = [0.0f64; 3];
        let mut traces = Vec::new();
        for _ in 0..1200 {
            let noise: [f64; 3] = std::array::from_fn(|_| rng.gen_range(-0.3..0.3));
            state = [
                0.8 * state[0] + noise[0],
                0.6 * state[1] + 0.6 * state[0] + 0.3 * noise[1],
                0.6 * state[2] - 0.6 * state[1] + 0.3 * noise[2],
            ];
            traces.extend(state);
        }
        Recording::new(name, ["A", "B", "C"].map(String::from).to_vec(), traces, 1.0).unwrap()
    };
    let set = RecordingSet::new(vec![animal("a", 1), animal("b", 2)]).unwrap();
    let segments: Vec<Segment> = set.recordings().iter().map(Segment::whole).collect();
    let design =
        Design::Relational(Relational { heads: 1, hidden: 16, readout: 16, lags: vec![1], ..Relational::default() });
    // One frame ahead, so that nothing passes through a neuron in between.
    let options = DynamicsOptions { context: 3, horizon: 1, ..DynamicsOptions::default() };
    let fit = FitOptions { steps: 300, batch: 64, offset: 0.0, scale: 0.0, ..FitOptions::default() };
    let learnt = dynamics(&design, &segments, &options, &fit, lesson(1, &mut |_| Ok(()))).unwrap();
    let effects = learnt.network.effects(&set.recordings()[0]).unwrap();
    let place: Vec<(usize, usize, bool)> = effects.edges().iter().map(|&(to, from, w)| (to, from, w > 0.0)).collect();
    let mut strongest = place[..2].to_vec();
    strongest.sort_unstable();
    assert_eq!(strongest, [(1, 0, true), (2, 1, false)], "{:?}", effects.edges());
    // Without edges no neuron can act on another.
    let alone = Design::Relational(Relational { edges: false, lags: vec![1], ..Relational::default() });
    let fit = FitOptions { steps: 2, ..fit };
    let learnt = dynamics(&alone, &segments, &options, &fit, lesson(1, &mut |_| Ok(()))).unwrap();
    let effects = learnt.network.effects(&set.recordings()[0]).unwrap();
    assert!(effects.weights().iter().all(|w| w.abs() < 1e-5), "{:?}", effects.weights());
    assert!(learnt.network.edges(&set.recordings()[0]).unwrap_err().message.contains("no signed edges"));
}

/// A short run on few particles tells edges far better than chance, with none ever shown.
#[test]
fn relational_inference_finds_springs() {
    let options = SpringsOptions { trajectories: 400, nodes: 3, strength: 0.5, ..SpringsOptions::default() };
    let made = springs(&options, 1).unwrap();
    let nri = Nri { hidden: 24, ..Nri::default() };
    let reading = InferenceOptions { columns: 4, ..InferenceOptions::default() };
    let fit = FitOptions { steps: 600, batch: 32, lr: 5e-3, ..FitOptions::for_inference() };
    let learnt = inference(&nri, &made.recordings, &reading, &fit, lesson(1, &mut |_| Ok(()))).unwrap();
    let fresh = springs(&SpringsOptions { trajectories: 100, ..options }, 2).unwrap();
    let right = learnt.network.accuracy(&fresh.recordings, &fresh.edges).unwrap();
    // Half are right by chance.
    assert!(right > 0.7, "{right}\n{learnt}");
    let oscillators = kuramoto(&KuramotoOptions { trajectories: 2, nodes: 3, ..Default::default() }, 1).unwrap();
    assert!(learnt.network.edges(&oscillators.recordings).is_err());
    assert!(learnt.network.accuracy(&fresh.recordings, &[]).is_err());
}

#[test]
fn networks_are_stored_with_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network.safetensors");
    let network = network(Design::Relational(relational(Messages::Concatenate, false)), 2);
    network.save(&path).unwrap();
    let again = Network::load(&path, Device::Cpu).unwrap();
    assert_eq!((again.design(), again.shape()), (network.design(), network.shape()));
    let seen = sines(&SEEN, 0.3, 1.0);
    assert_eq!(told(&again, &seen), told(&network, &seen));
    assert!(network.save(&folder.path().join("network.pt")).is_err());
    assert!(Inference::load(&path, Device::Cpu).unwrap_err().message.contains("nn::nri"));
}
