//! Losses, signs of collapse and the optimiser against PyTorch (`fixtures/train/losses.py`), with gradients; tolerances
//! are those of double precision, and of single precision where the loss itself computes in it.

use std::path::Path;

use nms::nn::Weights;
use nms::train::loss::{Answers, balanced_accuracy};
use nms::train::loss::{Centring, CrossEntropy, DinoLoss, InfoNce, Objective, Space, koleo, sinkhorn};
use nms::train::{Adam, monitor};
use serde_json::Value;
use tch::{Device, Kind, Tensor};

fn fixture() -> Value {
    super::fixture::json(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/train/losses.json"))
}

/// The fixture's inputs.
fn sines(rows: i64, cols: i64, phase: f64, scale: f64) -> Tensor {
    ((Tensor::arange(rows * cols, (Kind::Double, Device::Cpu)) * 1.7 + phase).sin() * scale).reshape([rows, cols])
}

fn numbers(value: &Value) -> Tensor {
    let numbers: Vec<f64> = value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    Tensor::from_slice(&numbers)
}

fn apart(ours: &Tensor, theirs: &Tensor) -> f64 {
    (ours.to_kind(Kind::Double).flatten(0, -1) - theirs.flatten(0, -1)).abs().max().double_value(&[])
}

/// A loss of the fixture's latents, and its gradient.
fn compare(name: &str, loss: impl Fn(&Tensor) -> Tensor) {
    let fixture = fixture();
    let x = sines(6, 5, 0.3, 1.5).set_requires_grad(true);
    let value = loss(&x);
    value.backward();
    let expected = fixture[name].as_f64().unwrap();
    assert!((value.double_value(&[]) - expected).abs() < 1e-12, "{name}: {value:?} for {expected}");
    let moved = apart(&x.grad(), &numbers(&fixture[format!("{name}_grad")]));
    assert!(moved < 1e-12, "{name}: gradients {moved} apart");
}

#[test]
fn losses_agree_with_pytorch() {
    compare("koleo", |x| (koleo(&x.narrow(0, 0, 3)) + koleo(&x.narrow(0, 3, 3))) / 2.0);
    compare("info_nce", |x| InfoNce { temperature: 0.2, space: Space::Latent }.of(x).0);
    let classes = vec![0, 2, 1, 1, 4, 3];
    let loss = CrossEntropy { classes: classes.clone(), weights: vec![1.0; 5], smoothing: 0.1 };
    compare("cross_entropy", |x| loss.of(x, &Tensor::from_slice(&classes)).mean(Kind::Double));
}

#[test]
fn balanced_targets_agree_with_pytorch() {
    let fixture = fixture();
    let (taught, scores) = (sines(6, 4, 0.0, 0.2), sines(6, 4, 1.0, 2.0));
    let targets = sinkhorn(&(&taught / 0.07), 3);
    assert!(apart(&targets, &numbers(&fixture["sinkhorn"])) < 1e-12);
    let loss = DinoLoss {
        student_temperature: 0.1,
        teacher_temperature: 0.07,
        centring: Centring::Sinkhorn,
        sinkhorn_steps: 3,
        koleo: 0.0,
    };
    let single = |t: &Tensor| t.to_kind(Kind::Float);
    let answers = |centre: f64| Answers {
        latent: single(&sines(6, 5, 0.3, 1.5)),
        scores: Some(single(&scores)),
        taught: Some(single(&taught)),
        centre: Some(Tensor::full([1, 4], centre, (Kind::Float, Device::Cpu))),
        cells: vec![0, 1, 2],
    };
    let of = |loss: DinoLoss, centre| loss.loss(&answers(centre), 6.0).value.double_value(&[]);
    let expected = fixture["sinkhorn_loss"].as_f64().unwrap();
    assert!((of(loss, 0.0) - expected).abs() < 1e-5 * expected, "{} for {expected}", of(loss, 0.0));
    // Balancing does without the running centre; the regulariser adds its weighted self.
    assert_eq!(of(loss, 0.0), of(loss, 5.0));
    let regularised = of(DinoLoss { koleo: 0.3, ..loss }, 0.0);
    let added = 0.3 * fixture["koleo"].as_f64().unwrap();
    assert!((regularised - expected - added).abs() < 1e-5 * expected, "{regularised}");
}

#[test]
fn signs_of_collapse_agree_with_pytorch() {
    let fixture = fixture();
    let x = sines(6, 5, 0.3, 1.5);
    assert!((monitor::alignment(&x) - fixture["alignment"].as_f64().unwrap()).abs() < 1e-12);
    assert!((monitor::uniformity(&x) - fixture["uniformity"].as_f64().unwrap()).abs() < 1e-12);
}

#[test]
fn the_optimiser_agrees_with_pytorch() {
    let mut weights = Weights::new(vec![("w".into(), sines(2, 3, 0.1, 1.0).to_kind(Kind::Float))]);
    let mut adam = Adam::new(&weights);
    for step in 0..3 {
        let leaves = weights.leaves();
        let target = sines(2, 3, 0.5 + f64::from(step), 2.0).to_kind(Kind::Float);
        (leaves.scope("").get("w") * target).sum(Kind::Float).backward();
        let gradient = leaves.gradient();
        let norm = gradient.square().sum(Kind::Double).sqrt().double_value(&[]);
        adam.step(&mut weights, &(gradient * (1.5 / (norm + 1e-6)).min(1.0)), 0.01, 0.1);
    }
    assert!(apart(weights.scope("").get("w"), &numbers(&fixture()["adamw"])) < 1e-6);
}

#[test]
fn accuracy_is_balanced_over_the_classes_that_occur() {
    let loss = CrossEntropy { classes: vec![0, 0, 0, 1], weights: vec![1.0; 3], smoothing: 0.0 };
    // Predicts class 0 for all: right for three of four cells, for one of two classes.
    let scores = Tensor::from_slice(&[2f32, 0., 0.]).repeat([4, 1]);
    let latent = Tensor::zeros([4, 2], (Kind::Float, Device::Cpu));
    let answers = Answers { latent, scores: Some(scores), taught: None, centre: None, cells: vec![0, 1, 2, 3] };
    let sums = loss.loss(&answers, 4.0).sums;
    assert_eq!((sums[0].double_value(&[]), balanced_accuracy(&sums)), (0.75, 0.5));
}
