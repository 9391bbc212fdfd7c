//! Classifiers and cross-validation on 10,000 rows of 32 columns: ten unbalanced, stretched classes, rows of length 1.
//!
//! Baseline, in the same run: scikit-learn on the same numbers, which are written as CSV for it. Both on one thread, the
//! shortest of some runs; its time is the CPU time of its process, ours that of the thread.
//! Python with scikit-learn is `$NMS_PYTHON`, or else `python3`; where it has none, our times stand alone.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use nms::data::{Labels, Matrix};
use nms::distance::{Metric, Space};
use nms::evaluate::classify::{Block, Judge, Learn};
use nms::evaluate::{
    CrossValidateOptions, FoldOptions, JudgingOptions, KnnOptions, LogisticOptions, Recipe, SvmOptions, cross_validate,
};
use rand::Rng as _;
use rand_distr::StandardNormal;

const ROWS: usize = 10_000;
const COLUMNS: usize = 32;
const CLASSES: usize = 10;

/// scikit-learn on a table whose first column is the class: seconds of CPU for each work, and what shows that it is the
/// same work.
const BASELINE: &str = r#"
import sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
data = np.loadtxt(sys.argv[1], delimiter=",")
y, X = data[:, 0].astype(int), np.ascontiguousarray(data[:, 1:])
def clock(of, times):
    best = np.inf
    for _ in range(times):
        start = time.process_time()
        shown = of()
        best = min(best, time.process_time() - start)
    print(best, shown)
def neighbours():
    d, _ = NearestNeighbors(n_neighbors=16, algorithm="brute").fit(X).kneighbors(X)
    return d.sum()
def logistic():
    m = LogisticRegression(tol=1e-6, max_iter=1000).fit(X, y)
    p = m.predict_proba(X)[np.arange(len(y)), y]
    return -np.log(p).mean() + (m.coef_**2).sum() / (2 * len(y))
clock(neighbours, 3)
clock(logistic, 3)
clock(lambda: (SVC().fit(X, y).predict(X) == y).mean(), 2)
clock(lambda: (cross_val_predict(make_pipeline(StandardScaler(), KNeighborsClassifier(5, algorithm="brute")), X, y,
                                 cv=StratifiedKFold(5, shuffle=True, random_state=0)) == y).mean(), 3)
"#;

fn rows() -> (Matrix, Vec<usize>) {
    let mut rng = nms::run::seed::stream(1, "bench evaluate", 0);
    let mut normal = move || -> f64 { rng.sample(StandardNormal) };
    let centres: Vec<f64> = (0..CLASSES * COLUMNS).map(|_| normal()).collect();
    let stretch: Vec<f64> = (0..CLASSES * COLUMNS).map(|_| (0.8 * normal()).exp()).collect();
    let mut values = Vec::with_capacity(ROWS * COLUMNS);
    let mut classes = Vec::with_capacity(ROWS);
    for i in 0..ROWS {
        // Shares fall from class to class: 18 % to 2 %.
        let class = triangle(i % 55);
        let row: Vec<f64> =
            (0..COLUMNS).map(|j| centres[class * COLUMNS + j] + stretch[class * COLUMNS + j] * normal()).collect();
        let length = row.iter().map(|v| v * v).sum::<f64>().sqrt();
        values.extend(row.iter().map(|v| v / length));
        classes.push(class);
    }
    (Matrix::numbered((0..ROWS).map(|i| i.to_string()).collect(), "z", COLUMNS, values).unwrap(), classes)
}

/// The class of a number below 55: ten of class 0, nine of class 1, and so on.
fn triangle(mut number: usize) -> usize {
    let mut class = 0;
    while number >= CLASSES - class {
        number -= CLASSES - class;
        class += 1;
    }
    class
}

/// Seconds that this thread has spent on a processor; by the clock where the system does not say.
fn spent(since: Instant) -> f64 {
    let nanoseconds = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = nanoseconds.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| since.elapsed().as_secs_f64(), |n| 1e-9 * n)
}

/// The shortest of several runs in seconds, and what the last one shows.
fn clock(times: usize, mut of: impl FnMut() -> f64) -> (f64, f64) {
    let began = Instant::now();
    let mut best = (f64::INFINITY, 0.0);
    for _ in 0..times {
        let start = spent(began);
        let shown = black_box(of());
        best = (best.0.min(spent(began) - start), shown);
    }
    best
}

fn ours(z: &Matrix, classes: &[usize]) -> Vec<(f64, f64)> {
    let labels = Labels::from_clusters(classes);
    let block = Block::of(z, "the bench").unwrap();
    let right = |predicted: &[usize]| {
        predicted.iter().zip(classes).filter(|(a, b)| a == b).count() as f64 / classes.len() as f64
    };
    let mut recipe = Recipe::from(KnnOptions::default());
    recipe.preparation.standardise = true;
    let how = CrossValidateOptions {
        candidates: recipe.into(),
        folds: FoldOptions::default(),
        // scikit-learn makes no intervals; the fewest there are here.
        judging: JudgingOptions { resamples: 100, ..JudgingOptions::default() },
    };
    vec![
        clock(3, || {
            let found = Space::new(z, Metric::Euclidean, "knn").unwrap().nearest(z, 16, "knn").unwrap();
            (0..ROWS).map(|i| found.distances(i).iter().sum::<f64>()).sum()
        }),
        clock(3, || LogisticOptions::default().fit(&block, classes, CLASSES).unwrap().loss()),
        clock(2, || {
            let model = SvmOptions::default().fit(&block, classes, CLASSES).unwrap();
            right(&model.judge(&block).unwrap().predicted)
        }),
        clock(3, || cross_validate(z, &labels, &how, 0).unwrap().accuracy),
    ]
}

/// What scikit-learn takes and shows, if it is there.
fn baseline(z: &Matrix, classes: &[usize]) -> Option<Vec<(f64, f64)>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    let mut text = String::new();
    for (row, class) in z.iter_rows().zip(classes) {
        write!(text, "{class}").unwrap();
        row.iter().for_each(|v| write!(text, ",{v:?}").unwrap());
        text.push('\n');
    }
    std::fs::write(&path, text).unwrap();
    let python = std::env::var("NMS_PYTHON").unwrap_or_else(|_| "python3".into());
    let one = [("OMP_NUM_THREADS", "1"), ("OPENBLAS_NUM_THREADS", "1")];
    let output = Command::new(&python).args(["-c", BASELINE]).arg(&path).envs(one).output().ok();
    let text = output.filter(|o| o.status.success()).map(|o| String::from_utf8_lossy(&o.stdout).into_owned())?;
    let numbers = |line: &str| {
        let (time, shown) = line.split_once(' ')?;
        Some((time.parse().ok()?, shown.parse().ok()?))
    };
    text.lines().map(numbers).collect()
}

fn main() {
    let (z, classes) = rows();
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let ours = one.install(|| ours(&z, &classes));
    let works = [
        "16 nearest neighbours of every row",
        "logistic regression",
        "support vector machine, fitted and asked",
        "cross-validation, standardised, 5-NN, 5 folds",
    ];
    let theirs = baseline(&z, &classes);
    for (at, work) in works.iter().enumerate() {
        let (time, shown) = ours[at];
        print!("{work}: {:.0} ms (gives {shown:.6})", 1e3 * time);
        match theirs.as_ref().and_then(|t| t.get(at)) {
            Some((theirs, shown)) => {
                println!("; scikit-learn {:.0} ms (gives {shown:.6}), ratio {:.2}", 1e3 * theirs, time / theirs);
            }
            None => println!(),
        }
    }
    if theirs.is_none() {
        println!(
            "no Python with scikit-learn to compare with: set NMS_PYTHON to one (pip install scikit-learn==1.9.1)"
        );
    }
}
