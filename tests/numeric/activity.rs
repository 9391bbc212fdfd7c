//! The five worms of Kato et al. (2015) against figures computed elsewhere: counts, correlations, and what persistence
//! and ridge regression reach on an animal left out.

use std::path::PathBuf;

use nms::activity::behaviour::{LABEL_NEURONS, LeaveOneOutOptions, StateModel, StateScores, leave_one_out};
use nms::activity::connectome::{
    Connectome, Contact, InferOptions, Method, RecoveryOptions, infer, recovery, stability,
};
use nms::activity::forecast::{Baseline, RolloutOptions, poco, rollout};
use nms::activity::{LoadOptions, RecordingSet, load_dir};

use super::fixture::data;

fn folder() -> Option<PathBuf> {
    data("celegans")
}

/// The five worms with all neurons.
fn worms() -> Option<RecordingSet> {
    let options = LoadOptions { pattern: Some("kato2015_worm*.npz".into()), strict: true };
    let (set, notes) = load_dir(folder()?, &options).unwrap();
    assert_eq!(notes, Vec::<String>::new());
    assert_eq!(set.len(), 5);
    Some(set)
}

fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (f, e) in found.iter().zip(expected) {
        assert!((f - e).abs() <= tolerance, "{found:?}\nexpected {expected:?}");
    }
}

#[test]
fn activity_worms_have_the_published_counts() {
    let Some(set) = worms() else { return };
    let counts: Vec<(usize, usize, usize)> =
        set.recordings().iter().map(|r| (r.frames(), r.len(), r.identified().iter().filter(|&&i| i).count())).collect();
    assert_eq!(counts, [(3137, 109, 38), (3134, 135, 44), (3059, 131, 32), (3311, 125, 47), (3021, 129, 31)]);
    let states = set.recordings()[0].states().unwrap();
    assert_eq!(states.names().as_ref(), ["fwd", "slow", "rev1", "rev2", "revsus", "vt", "dt", "nostate"]);
    assert_eq!(states.counts(), [681, 625, 107, 143, 1053, 334, 172, 22]);
    let bouts: Vec<usize> = set.recordings().iter().map(|r| r.states().unwrap().bouts().len()).collect();
    assert_eq!(bouts, [124, 121, 125, 100, 119]);
    assert!(set.recordings().iter().all(|r| (r.duration() - 1080.0).abs() < 0.5));
    let common = set.common();
    assert_eq!(common.len(), 22);
    assert_eq!(
        common.join(" "),
        "AIBL AIBR ALA ASKR AVAL AVAR AVBL AVBR AVEL AVER RIBL RID RIML RIMR RIVL RIVR RMED RMEL RMER SMDDR SMDVR VB02"
    );
    let moments = |r: &nms::activity::Recording| {
        let trace = r.trace(r.place("AVAL").unwrap());
        let mean = trace.iter().sum::<f64>() / trace.len() as f64;
        (mean, (trace.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / trace.len() as f64).sqrt())
    };
    let (means, deviations): (Vec<f64>, Vec<f64>) = set.recordings().iter().map(moments).unzip();
    close(&means, &[0.379133, 0.487850, 0.575869, 0.589275, 0.674102], 1e-5);
    close(&deviations, &[0.332865, 0.327631, 0.424835, 0.535564, 0.607959], 1e-5);
    let correlation = |other: &str| -> Vec<f64> {
        let pair = |r: &nms::activity::Recording| r.align(&["AVAL", other]).unwrap().correlation().unwrap().row(0)[1];
        set.recordings().iter().map(pair).collect()
    };
    close(&correlation("AVAR"), &[0.9346, 0.9266, 0.9393, 0.9707, 0.9918], 1e-4);
    close(&correlation("RIBL"), &[-0.5987, -0.6410, -0.5566, -0.7398, -0.7689], 1e-4);
}

#[test]
fn activity_csv_and_npz_hold_the_same_worms() {
    let (Some(set), Some(folder)) = (worms(), folder()) else { return };
    let options = LoadOptions { pattern: Some("kato2015_common22*.csv".into()), strict: true };
    let (csv, _) = load_dir(folder, &options).unwrap();
    for (a, b) in set.aligned().unwrap().recordings().iter().zip(csv.recordings()) {
        assert_eq!(a.neurons(), b.neurons());
        assert!((a.dt() - b.dt()).abs() < 1e-6, "{} {}", a.dt(), b.dt());
        let off = a.traces().iter().zip(b.traces()).fold(0.0f64, |m, (a, b)| m.max((a - b).abs()));
        assert!(off < 1e-6, "{off}");
        assert!((0..a.frames()).all(|t| a.states().unwrap().get(t) == b.states().unwrap().get(t)));
    }
}

#[test]
fn activity_persistence_and_ridge_on_the_worm_left_out() {
    let Some(set) = worms() else { return };
    let set = set.aligned().unwrap().map(|r| Ok(r.zscore())).unwrap();
    let options = RolloutOptions::default();
    let still = rollout(&set, &Baseline::Persistence, &options).unwrap();
    assert_eq!(still.animals.iter().map(|a| a.windows).collect::<Vec<_>>(), [3106, 3103, 3028, 3280, 2990]);
    let at = |h: usize| still.animals.iter().map(|a| a.mse[h - 1]).collect::<Vec<_>>();
    close(
        &still.animals.iter().map(|a| a.mean()).collect::<Vec<_>>(),
        &[0.28203, 0.27068, 0.34317, 0.16809, 0.37948],
        1e-4,
    );
    close(&at(1), &[0.02893, 0.02305, 0.05104, 0.01613, 0.09176], 1e-4);
    close(&at(16), &[0.60181, 0.59765, 0.66568, 0.36380, 0.70707], 1e-4);

    let ridge = rollout(&set, &Baseline::ridge(1000.0), &options).unwrap();
    close(
        &ridge.animals.iter().map(|a| a.mean()).collect::<Vec<_>>(),
        &[0.17198, 0.16695, 0.22745, 0.11498, 0.26562],
        5e-4,
    );
    let mse = ridge.mse();
    close(&[mse[0], mse[3], mse[7], mse[15]], &[0.03438, 0.07838, 0.17233, 0.36868], 5e-4);
    close(&[ridge.skill()], &[0.3453], 2e-3);
    // With a penalty chosen on the last fifth of the worms learnt from: 0.333.
    let chosen =
        RolloutOptions { share: 0.8, lambdas: vec![100.0, 300.0, 1000.0, 3000.0, 10_000.0], ..options.clone() };
    close(&[rollout(&set, &Baseline::ridge(1.0), &chosen).unwrap().skill()], &[0.333], 0.01);
    // The reference shrinks a VAR's weights, here those of the change are shrunk: towards persistence, which is better.
    let skill = |model: &Baseline| rollout(&set, model, &chosen).unwrap().skill();
    let var = [1, 4].map(|order| skill(&Baseline::Var { order, lambda: 1.0 }));
    assert!(var[0] > 0.131 && var[1] > 0.27 && var[1] < 0.333, "{var:?}");
    let shared = skill(&Baseline::Shared { lambda: 1.0 });
    assert!((0.03..0.08).contains(&shared), "{shared}");
}

#[test]
fn activity_by_the_protocol_of_poco() {
    let Some(set) = worms() else { return };
    let set = set.map(|r| Ok(r.zscore())).unwrap();
    let lambdas = vec![300.0, 1000.0, 3000.0, 10_000.0];
    let options = RolloutOptions { context: 48, horizon: 16, lambdas, ..Default::default() };
    let still = poco(&set, &Baseline::Persistence, &options).unwrap();
    close(&still.animals.iter().map(|a| a.mean()).collect::<Vec<_>>(), &[0.3751, 0.4822, 0.6807, 0.4164, 0.8043], 1e-3);
    let ridge = poco(&set, &Baseline::ridge(1.0), &options).unwrap();
    assert!(ridge.skill() >= 0.31, "{ridge}");
    let shared = poco(&set, &Baseline::Shared { lambda: 1.0 }, &RolloutOptions { lambdas: vec![], ..options }).unwrap();
    close(&[shared.skill()], &[0.251], 0.01);
}

#[test]
fn activity_states_of_the_worm_left_out() {
    let Some(set) = worms() else { return };
    let set = set.aligned().unwrap().map(|r| Ok(r.zscore())).unwrap();
    let without: Vec<String> = LABEL_NEURONS.iter().map(|n| (*n).to_string()).collect();
    let fewer = LeaveOneOutOptions { without, ..Default::default() };
    let all = leave_one_out(&set, &StateModel::lda(), &LeaveOneOutOptions::default()).unwrap();
    assert_eq!(all.animals.iter().map(|a| a.frames).collect::<Vec<_>>(), [3115, 3097, 2981, 3258, 3003]);
    close(&[all.accuracy(), all.balanced(), all.coarse().unwrap()], &[0.7844, 0.6678, 0.8949], 2e-3);
    let accuracies = |s: &StateScores| s.animals.iter().map(|a| a.accuracy).collect::<Vec<_>>();
    close(&accuracies(&all), &[0.7197, 0.7766, 0.8202, 0.8398, 0.7656], 2e-3);
    let some = leave_one_out(&set, &StateModel::lda(), &fewer).unwrap();
    assert_eq!(some.neurons, 17);
    close(&[some.accuracy(), some.balanced(), some.coarse().unwrap()], &[0.7590, 0.6100, 0.8812], 2e-3);
    close(&accuracies(&some), &[0.6738, 0.7220, 0.8289, 0.8198, 0.7502], 2e-3);
    let majority = leave_one_out(&set, &StateModel::Majority, &LeaveOneOutOptions::default()).unwrap();
    close(&[majority.accuracy(), majority.balanced()], &[0.302, 0.143], 1e-3);
}

/// Areas under the ROC curve computed with NumPy and SciPy (1.17) from the CSV files and the same list of edges.
#[test]
fn activity_correlations_find_contacts_and_linear_graphs_are_said_not_to() {
    let (Some(set), Some(folder)) = (worms(), folder()) else { return };
    let set = set.aligned().unwrap().map(|r| Ok(r.zscore())).unwrap();
    let truth = Connectome::read(folder.join("connectome_herm_edges.csv")).unwrap();
    let var = InferOptions { method: Method::Var, order: 4, ..Default::default() };
    let graph = infer(&set, &var).unwrap();
    let found = recovery(&graph, &truth, Some(&set), &RecoveryOptions { permutations: 200 }, 1).unwrap();
    for (kind, edges, areas) in [
        (Contact::Any, 154, [0.6522, 0.6870, 0.6354]),
        (Contact::Chemical, 85, [0.6317, 0.6744, 0.6128]),
        (Contact::Gap, 66, [0.7155, 0.7213, 0.7499]),
    ] {
        let score = found.of(kind).unwrap();
        assert_eq!((score.edges, score.pairs), (edges, 462));
        close(&score.baselines.iter().map(|b| b.1).collect::<Vec<_>>(), &areas, 1e-3);
        assert!(!score.supported(), "{found}");
    }
    // The sum of VAR(4)'s weights over lags, lambda 1.
    close(
        &[found.of(Contact::Chemical).unwrap().auroc, found.of(Contact::Gap).unwrap().auroc],
        &[0.5853, 0.5535],
        2e-3,
    );
    assert!(found.verdict().contains("not supported"));
    let each =
        |r: &nms::activity::Recording| infer(&RecordingSet::new(vec![r.clone()]).unwrap(), &InferOptions::default());
    let each: Vec<_> = set.recordings().iter().map(each).collect::<Result<_, _>>().unwrap();
    assert!(stability(&each).unwrap().agreement > 0.2);
}
