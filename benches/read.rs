//! Reading SWC text. Baseline, in the same run: splitting lines at blanks and parsing with the standard library, into
//! the same columns, without any check, ordering or error message; the reader does all of that on top.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nms::morph::parse_swc;
use nms::run::seed;
use rand::Rng;

/// 1 MB of samples with four decimals, as tracing tools write them.
fn text() -> String {
    let mut rng = seed::stream(1, "bench", 1);
    let mut text = String::from("# id type x y z radius parent\n1 1 0.0000 0.0000 0.0000 5.0000 -1\n");
    for id in 2..=22_000 {
        let mut number = |size: f64| rng.gen_range(-size..size);
        let (x, y, z, r) = (number(500.0), number(500.0), number(100.0), number(0.5) + 0.6);
        let parent = if id % 50 == 0 { id / 2 } else { id - 1 };
        writeln!(text, "{id} 3 {x:.4} {y:.4} {z:.4} {r:.4} {parent}").unwrap();
    }
    text
}

type Columns = (Vec<i64>, Vec<u16>, Vec<[f64; 3]>, Vec<f64>, Vec<i64>);

fn split_and_parse(text: &str) -> Columns {
    let mut columns = Columns::default();
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let mut words = line.split_whitespace();
        let mut word = || words.next().unwrap();
        columns.0.push(word().parse().unwrap());
        columns.1.push(word().parse().unwrap());
        columns.2.push([word().parse().unwrap(), word().parse().unwrap(), word().parse().unwrap()]);
        columns.3.push(word().parse().unwrap());
        columns.4.push(word().parse().unwrap());
    }
    columns
}

fn shortest<T>(mut step: impl FnMut() -> T) -> Duration {
    (0..30)
        .map(|_| {
            let start = Instant::now();
            black_box(step());
            start.elapsed()
        })
        .min()
        .unwrap()
}

fn bench(c: &mut Criterion) {
    let text = text();
    let mut group = c.benchmark_group("read");
    group.sample_size(20).throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("parse_swc", |b| b.iter(|| parse_swc("x", text.as_bytes()).unwrap()));
    group.bench_function("split and parse", |b| b.iter(|| split_and_parse(&text)));
    group.finish();

    let ours = shortest(|| parse_swc("x", text.as_bytes()).unwrap());
    let plain = shortest(|| split_and_parse(&text));
    let rate = |time: Duration| text.len() as f64 / time.as_secs_f64() / 1e6;
    println!(
        "parse_swc {:.0} MB/s, split and parse {:.0} MB/s: {:.2} of its time",
        rate(ours),
        rate(plain),
        ours.as_secs_f64() / plain.as_secs_f64()
    );
}

criterion_group!(benches, bench);
criterion_main!(benches);
