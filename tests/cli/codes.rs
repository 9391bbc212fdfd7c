//! Exit codes, and what is said with them.

use super::{code, folder, nms, said};

#[test]
fn success_and_failure_of_scripts() {
    insta::assert_snapshot!(code("print(1 + 2)"), @r"
    exit 0
    --- stdout
    3
    --- stderr
    ");
    insta::assert_snapshot!(code("print(1);\nlet x = [1, 2];\nx[7]"), @r"
    exit 1
    --- stdout
    1
    --- stderr
    error: index 7 is outside an array of 2 items
     --> -c:3:3
    3 | x[7]
      |   ^
    ");
    insta::assert_snapshot!(code("let a = ;"), @r"
    exit 1
    --- stdout
    --- stderr
    error: syntax error: unexpected `;`
     --> -c:1:9
    1 | let a = ;
      |         ^
    ");
    insta::assert_snapshot!(code("prnt(1)"), @r"
    exit 1
    --- stdout
    --- stderr
    error: unknown function `prnt`; did you mean `print`?
     --> -c:1:1
    1 | prnt(1)
      | ^^^^
    ");
}

#[test]
fn the_script_s_own_code() {
    insta::assert_snapshot!(code("print(1); exit(7); print(2)"), @r"
    exit 7
    --- stdout
    1
    --- stderr
    ");
    insta::assert_snapshot!(code("try { exit(3) } catch { print(\"caught\") }"), @r"
    exit 3
    --- stdout
    --- stderr
    ");
    insta::assert_snapshot!(code("[1].map(|x| exit(4))"), @r"
    exit 4
    --- stdout
    --- stderr
    ");
    insta::assert_snapshot!(code("exit()"), @r"
    exit 0
    --- stdout
    --- stderr
    ");
    insta::assert_snapshot!(code("exit(256)"), @r"
    exit 1
    --- stdout
    --- stderr
    error: an exit code is a number from 0 to 255, found `256`
     --> -c:1:1
    1 | exit(256)
      | ^^^^
    ");
    // The value of a script is not its exit code.
    insta::assert_snapshot!(code("5"), @r"
    exit 0
    --- stdout
    --- stderr
    ");
}

#[test]
fn a_wrong_command_line() {
    let folder = folder(&[]);
    let with = |args: &[&str]| said(nms(folder.path(), args));
    insta::assert_snapshot!(with(&["run", "nope.rhai"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: cannot read the script `nope.rhai`: no such file or folder
       = help: a relative path starts at the folder that nms was started in
    ");
    insta::assert_snapshot!(with(&["run", "x.rhai", "--sed", "3"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: unexpected argument '--sed' found

      tip: a similar argument exists: '--seed'

    Usage: nms run --seed <N> <SCRIPT>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(with(&["-c", "1", "--device", "gpu"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: invalid value 'gpu' for '--device <DEVICE>': expected `auto`, `cpu`, `cuda` or `cuda:N`

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(with(&["-c", "1", "doctor"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: `-c` runs code by itself; it takes no command beside it
    ");
}

#[test]
#[cfg(not(feature = "torch"))]
fn models_without_libtorch() {
    insta::assert_snapshot!(code("train::dino(1)"), @r"
    exit 1
    --- stdout
    --- stderr
    error: cannot call `train::dino`: models need libtorch, and this nms was built without it (`--no-default-features`)
     --> -c:1:1
    1 | train::dino(1)
      | ^^^^^^^^^^^
      = help: build it with `cargo xtask setup` and `cargo build --release`; `nms doctor` then shows what it found
    ");
}

#[test]
fn a_limit_on_operations() {
    let folder = folder(&[]);
    let command = nms(folder.path(), &["--max-ops", "1000", "-c", "loop { }"]);
    insta::assert_snapshot!(said(command), @r"
    exit 1
    --- stdout
    --- stderr
    error: the script took more operations than `--max-ops` allows
     --> -c:1:6
    1 | loop { }
      |      ^
    ");
}

#[test]
fn the_doctor_names_what_it_looked_at() {
    let folder = folder(&[]);
    let said = said(nms(folder.path(), &["doctor", "--no-std"]));
    assert!(said.starts_with("exit 0"), "{said}");
    for what in ["nms", "threads", "standard modules", "working folder", "history"] {
        assert!(said.contains(&format!("ok    {what}")), "{what} in\n{said}");
    }
}

#[test]
fn the_doctor_looks_with_cron_s_eyes() {
    let folder = folder(&[]);
    let with = |args: &[&str]| {
        let mut command = nms(folder.path(), args);
        command.env("XDG_STATE_HOME", folder.path().join("mine"));
        said(command)
    };
    let (own, cron) = (with(&["doctor", "--no-std"]), with(&["doctor", "--no-std", "--cron"]));
    assert!(own.contains("mine/nms/history") && !cron.contains("mine/nms/history"), "{own}\n{cron}");
    assert!(cron.starts_with("exit 0") && cron.contains("ok    working folder"), "{cron}");
}
