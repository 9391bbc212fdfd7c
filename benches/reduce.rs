//! Projections of 10,000 rows of 32 columns in ten classes: time, and how good the maps are.
//!
//! Baselines, in the same run: scikit-learn's PCA, openTSNE and umap-learn on the same data, and scikit-learn's t-SNE on the
//! first 2,000 rows. All are measured as CPU time on one thread. Maps of all programs are judged alike, by our exact
//! divergence and trustworthiness. Python with the peers is `$NMS_PYTHON`, or else `python3`; where it lacks one, our
//! numbers stand alone.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod beside;

use std::path::Path;

use beside::{compare, embedding, one_thread, python, write};
use nms::data::{Matrix, Origin};
use nms::metrics::{MapQualityOptions, trustworthiness};
use nms::reduce::{Components, PcaOptions, TsneOptions, UmapOptions, pca, tsne, tsne_divergence, umap};

const ROWS: usize = 10_000;
const FEWER: usize = 2_000;

/// Each peer by itself, so that one that is missing does not hide the others.
const BASELINES: [&str; 4] = [
    r#"
import time
import numpy as np
from sklearn.decomposition import PCA
X = np.fromfile("x").reshape(-1, 32)
times = []
for _ in range(9):
    start = time.process_time()
    PCA(10).fit_transform(X)
    times.append(time.process_time() - start)
print("PCA scikit-learn", sorted(times)[4])
"#,
    r#"
import time
import numpy as np
from openTSNE import TSNE
X = np.fromfile("x").reshape(-1, 32)
for name, x in [("t-SNE of 2000", X[:2000]), ("t-SNE of 10000", X)]:
    TSNE(neighbors="exact", n_jobs=1, n_iter=2, early_exaggeration_iter=2).fit(X[:500])
    start = time.process_time()
    Y = TSNE(neighbors="exact", n_jobs=1, n_iter=750, random_state=0).fit(x)
    print(name, "openTSNE", time.process_time() - start, flush=True)
    np.asarray(Y).astype(float).tofile(f"openTSNE-{len(x)}")
"#,
    r#"
import time
import numpy as np
from sklearn.manifold import TSNE
X = np.fromfile("x").reshape(-1, 32)[:2000]
start = time.process_time()
Y = TSNE(n_jobs=1, random_state=0).fit_transform(X)
print("t-SNE of 2000 scikit-learn", time.process_time() - start)
Y.astype(float).tofile("scikit-learn-2000")
"#,
    r#"
import time, warnings
import numpy as np
warnings.simplefilter("ignore")
import umap
X = np.fromfile("x").reshape(-1, 32)
# Compilation is not counted.
umap.UMAP(random_state=0, n_epochs=2).fit(X[:5000])
start = time.process_time()
Y = umap.UMAP(random_state=0, n_jobs=1).fit_transform(X)
print("UMAP umap-learn", time.process_time() - start)
Y.astype(float).tofile("umap-learn")
"#,
];

/// How good a map is, in words.
fn judged(x: &Matrix, map: &Matrix) -> String {
    let kept = trustworthiness(x, map, &MapQualityOptions::default()).unwrap();
    let divergence = tsne_divergence(x, map, &TsneOptions::default()).unwrap();
    format!("trustworthiness {kept:.4}, t-SNE divergence {divergence:.4}")
}

/// Numbers that numpy's `tofile` wrote.
fn read(path: &Path) -> Option<Vec<f64>> {
    let bytes = std::fs::read(path).ok()?;
    Some(bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect())
}

/// A map that a peer has left in the folder, judged.
fn peer(x: &Matrix, folder: &Path, name: &str) {
    if let Some(values) = read(&folder.join(name)) {
        let map = Matrix::numbered(x.ids().clone(), "y", 2, values).unwrap();
        println!("    {name}: {}", judged(x, &map));
    }
}

fn main() {
    let (x, _) = embedding(ROWS);
    let fewer = x.select(&(0..FEWER).collect::<Vec<_>>());
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("x"), x.values());
    let peers: Vec<_> = BASELINES.iter().flat_map(|program| python(program, folder.path())).collect();

    let options = PcaOptions { components: Components::Count(10), ..Default::default() };
    let (seconds, _) = one_thread(9, || pca(&x, &options).unwrap());
    println!("{}", compare("PCA", seconds, &peers));
    let (digest, _) = one_thread(9, || Origin::new("reduce::pca", &x, &options, None));
    println!("    of which the digest of the data takes {digest:.5} s");
    for (x, names) in [(&fewer, &["openTSNE-2000", "scikit-learn-2000"][..]), (&x, &["openTSNE-10000"][..])] {
        let (seconds, fit) = one_thread(1, || tsne(x, &TsneOptions::default(), 0).unwrap());
        println!("{}", compare(&format!("t-SNE of {}", x.rows()), seconds, &peers));
        println!("    ours: {}", judged(x, &fit.map));
        names.iter().for_each(|name| peer(x, folder.path(), name));
    }
    let (seconds, fit) = one_thread(1, || umap(&x, None, &UmapOptions::default(), 0).unwrap());
    println!("{}", compare("UMAP", seconds, &peers));
    println!("    ours: {}", judged(&x, &fit.map));
    peer(&x, folder.path(), "umap-learn");
}
