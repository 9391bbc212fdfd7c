//! Recordings as scripts handle them: simulated ones, and a file.

use nms::script::session::{Session, Setup};

use super::toys::feed;

fn session() -> Session {
    Session::new(nms::bind::install, &Setup::default())
}

/// What a call that must fail says.
fn refusal(s: &mut Session, call: &str) -> String {
    feed(
        s,
        &[
            "let said = \"\";",
            &format!("try {{ {call}; }} catch (e) {{ said = e.message + \"; \" + e.help; }}"),
            "said",
        ],
    )
}

#[test]
fn activity_recordings_are_handled() {
    let mut s = session();
    let worms = "let worms = activity::simulate(\"worm\", #{ animals: 3, frames: 500, seed: 1 }).recordings;";
    assert_eq!(feed(&mut s, &[worms, "worms"]), "RecordingSet(3 animals, 500 frames, 16 neurons, 16 common)");
    for (call, shown) in [
        ("worms[-1].name", "\"simulated_3\""),
        (
            "worms[\"simulated_2\"]",
            "Recording(simulated_2, 500 frames of 0.350 s, 16 neurons, 16 identified, 7 states)",
        ),
        ("worms[0].window(16, 16)", "Windows(simulated_1, 469 of 16 frames with 16 behind, 16 neurons)"),
        ("worms.without(activity::label_neurons())[0].len", "10"),
        ("worms[0].align([\"AVAL\", \"AVBL\"]).correlation()", "Matrix"),
        ("worms[0].only([\"AVAL\", \"QQQ\"]).neurons", "[\"AVAL\"]"),
        ("worms[0].derivative(#{ method: \"tv\" }).frames", "500"),
        ("worms[0].resample(0.7).frames", "250"),
        ("worms.merge_states(#{ rev1: \"rev\", rev2: \"rev\" })[0].states.names.len", "6"),
        ("worms.leave_one_out()[1].test.name", "\"simulated_2\""),
        ("worms[0].pca().scores.cols", "3"),
        ("worms[0].bouts().columns", "[\"state\", \"start\", \"frames\", \"seconds\"]"),
        ("let n = 0; for w in worms { n += w.frames; } n", "1500"),
    ] {
        let found = feed(&mut s, &[call]);
        assert!(found.starts_with(shown), "{call}: {found}");
    }
}

#[test]
fn activity_is_judged_on_animals_left_out() {
    let mut s = session();
    feed(&mut s, &["let z = activity::simulate(\"worm\", #{ animals: 3, frames: 600, seed: 1 }).recordings.zscore();"]);
    assert_eq!(feed(&mut s, &["evaluate::rollout(z, #{ model: \"persistence\" }).skill"]), "0.0");
    assert_eq!(
        feed(&mut s, &["let r = evaluate::rollout(z, #{ lambda: 100 });", "r.skill > 0.1 && r.skills.len == 16"]),
        "true"
    );
    assert_eq!(feed(&mut s, &["r.origin.function"]), "\"evaluate::rollout\"");
    assert_eq!(feed(&mut s, &["r.table().len"]), "3");
    let told = "let t = evaluate::leave_one_out(z, #{ without: activity::label_neurons() });";
    assert_eq!(feed(&mut s, &[told, "t.accuracy > 0.5 && t.coarse_accuracy > t.balanced_accuracy"]), "true");
    assert_eq!(feed(&mut s, &["t.confusion.classes.len"]), "7");
}

#[test]
fn activity_refuses_what_makes_no_sense() {
    let mut s = session();
    feed(&mut s, &["let z = activity::simulate(\"worm\", #{ animals: 2, frames: 100, seed: 1 }).recordings;"]);
    for (call, said) in [
        ("activity::simulate(\"sprigs\")", "did you mean \"springs\"?"),
        ("activity::load(\"absent.npz\")", "no such file"),
        ("evaluate::rollout(z, #{ model: \"rigde\" })", "did you mean \"ridge\"?"),
        ("evaluate::rollout(z, #{ model: \"var\", lags: [1] })", "has no option `lags`"),
        ("evaluate::rollout(z, #{ context: 4 })", "looks back 9 frames"),
        ("evaluate::rollout(z[0])", "one animal cannot be left out of one"),
        ("evaluate::leave_one_out(3)", "must be recordings"),
        ("z.align([\"AVALL\"])", "did you mean `AVAL`?"),
        ("z.merge_states(#{ rev: \"x\" })", "there is no state `rev`"),
        ("z[0].derivative(#{ window: 4 })", "odd number"),
    ] {
        let found = refusal(&mut s, call).replace("\\\"", "\"");
        assert!(found.contains(said), "{call}: {found}");
    }
}

#[test]
fn activity_graphs_are_inferred_and_held_against_known_edges() {
    let mut s = session();
    feed(
        &mut s,
        &[
            "let sim = activity::simulate(\"worm\", #{ animals: 3, frames: 500, seed: 1 });",
            "let z = sim.recordings.zscore();",
            "let graph = activity::relations(z, #{ method: \"var\", order: 1 });",
            "let truth = activity::connectome(sim.edges[0]);",
        ],
    );
    for (call, shown) in [
        ("graph", "Relations(var, 16 neurons, 240 edges, strongest "),
        ("truth", "Connectome(known edges, 16 cells, 22 chemical edges, 0 gap junctions)"),
        ("graph.strongest(5).edges().len", "5"),
        ("graph.strongest(5).edges().columns", "[\"source\", \"target\", \"weight\"]"),
        ("graph.only([\"AVAL\", \"AVAR\"]).matrix().rows", "2"),
        ("graph.to_graphml().contains(\"graphml\")", "true"),
        ("truth.relations(graph.neurons, \"chemical\").edges().len", "22"),
        ("activity::relations(sim.edges[0], #{ name: \"known\" }).name", "\"known\""),
        ("activity::relations([graph, graph.strongest(3)]).name", "\"mean\""),
        (
            "evaluate::edges(graph, #{ connectome: truth, recordings: z, permutations: 200, seed: 1 }).table().columns",
            "[\"edges\", \"pairs\", \"auroc\", \"p\", \"correlation\", \"difference\", \"partial\", \"best\"]",
        ),
        ("evaluate::edges(graph, truth).verdict", "\"without recordings there is no baseline"),
        ("evaluate::edge_stability([graph, graph.strongest(50)]).table().len", "240"),
        ("plot::network(graph, #{ beside: truth.relations(graph.neurons), edges: 20 })", "Figure(network"),
        ("plot::traces(z[0], #{ neurons: [\"AVAL\"] })", "Figure(traces"),
        ("plot::phases(z[0])", "Figure(phases"),
        ("let t = evaluate::trajectories(z, #{ lambda: 10, frames: 100 }); t", "Trajectories(ridge of simulated_1, "),
        ("plot::rollouts(t, #{ most: 2 })", "Figure(rollouts"),
        ("let r = evaluate::rollout(z, #{ lambda: 10 }); plot::horizon(r)", "Figure(lines"),
        ("let i = r.intervals(#{ resamples: 200, seed: 1 }); i.low < r.skill && r.skill < i.high", "true"),
        ("i.table().ids[-1]", "\"mean\""),
        ("evaluate::leave_one_out(z).intervals(#{ resamples: 200 }).table().len", "4"),
        ("z[0].blocks(#{ count: 5, gap: 10 })[1].train.len", "2"),
        ("z[0].blocks().len", "10"),
        ("z[0].poco_split().test[0].frames", "100"),
        ("z[0].random_frames(#{ seed: 1 }).leak > 0.5", "true"),
    ] {
        let found = feed(&mut s, &[call]);
        assert!(found.starts_with(shown), "{call}: {found}");
    }
    for (call, said) in [
        ("activity::relations(3)", "must be recordings"),
        ("activity::relations(z, #{ method: \"granger\" })", "granger"),
        ("activity::connectome(\"absent.csv\")", "no such file"),
        ("evaluate::edges(graph, #{ recordings: z })", "connectome"),
        ("evaluate::edge_stability([graph])", "two or more relations"),
        ("truth.relations(graph.neurons, \"chem\")", "\"chemical\""),
        ("plot::network(graph, #{ beside: graph.only([\"AVAL\", \"AVAR\"]) })", "same neurons"),
        ("plot::horizon([3])", "must be rollouts"),
        ("graph.save(\"x.dot\")", ".graphml"),
    ] {
        let found = refusal(&mut s, call).replace("\\\"", "\"");
        assert!(found.contains(said), "{call}: {found}");
    }
}
