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
