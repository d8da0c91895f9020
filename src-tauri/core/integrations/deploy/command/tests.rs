//! Real programs, watched by a real process of their own: this test binary, told to.

use super::*;

/// What the watching process is when these tests start one.
#[test]
fn watcher() {
    let Some(folder) = std::env::var_os("HOTFIX_TEST_RUN") else { return };
    run::watch(Path::new(&folder)).unwrap();
}

/// A folder with a script that hands its last word, the run, on to this binary.
fn watching(folder: &Path) -> Watching {
    use std::os::unix::fs::PermissionsExt as _;
    let program = folder.join("watching");
    let text = format!(
        "#!/bin/sh\nHOTFIX_TEST_RUN=\"$1\" exec '{}' --exact integrations::deploy::command::tests::watcher\n",
        std::env::current_exe().unwrap().display()
    );
    if !program.exists() {
        fs::write(&program, text).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    Watching { program, words: Vec::new() }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn program(folder: &Path, start: &[&str]) -> Program {
    Program {
        start: words(start),
        rollback: Vec::new(),
        health: Vec::new(),
        version: Vec::new(),
        folder: folder.to_path_buf(),
        variables: Vec::new(),
        patience: Duration::from_secs(60),
        secrets: BTreeMap::new(),
        runs: folder.join("runs"),
        watching: watching(folder),
    }
}

fn start(key: &str) -> Start {
    let bytes = b"the package".to_vec();
    Start {
        key: key.into(),
        product: "shop".into(),
        hotfix: "HF-3".into(),
        environment: "staging".into(),
        target: "web-1".into(),
        package: Package::new(
            "HF-3.tar.zst",
            bytes.len() as u64,
            hex::encode(Sha256::digest(&bytes)),
            move || Ok(Box::new(std::io::Cursor::new(bytes.clone()))),
        ),
        variables: BTreeMap::from([("region".into(), "eu west; rm -rf /".into())]),
    }
}

async fn until_over(endpoint: &CommandEndpoint, run: &str) -> RunStatus {
    for _ in 0..600 {
        let status = endpoint.poll(run).await.unwrap();
        if status.state != RunState::Running {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{run} does not end");
}

#[tokio::test]
async fn values_reach_the_program_as_whole_words_and_the_package_as_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let script = "cat \"$1\"; shift; printf '|%s' \"$@\"; echo";
    let endpoint = CommandEndpoint::new(program(
        folder.path(),
        &[
            "sh",
            "-c",
            script,
            "sh",
            "{{package}}",
            "{{target}}",
            "{{param.region}}",
            "$HOME",
            "{{x",
        ],
    ));
    let run = endpoint.start(&start("HF-3.staging.1")).await.unwrap().run;
    assert_eq!(until_over(&endpoint, &run).await.state, RunState::Succeeded);
    let logs = endpoint.logs(&run, 0, false).await.unwrap();
    assert_eq!(logs.text, "the package|web-1|eu west; rm -rf /|$HOME|{{x\n");
    assert_eq!(endpoint.logs(&run, logs.next, false).await.unwrap().text, "");
    // The same key again is the same run: nothing is printed twice.
    assert_eq!(endpoint.start(&start("HF-3.staging.1")).await.unwrap().run, run);
    assert_eq!(endpoint.logs(&run, 0, false).await.unwrap(), logs);
    assert!(!folder.path().join("runs").join(&run).join("package").exists());
}

#[tokio::test]
async fn a_value_that_would_be_an_option_and_bytes_that_were_not_approved_start_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = CommandEndpoint::new(program(folder.path(), &["touch", "{{target}}"]));
    let mut dash = start("a");
    dash.target = "--help".into();
    let error = endpoint.start(&dash).await.unwrap_err();
    assert!(
        matches!(&error, CallError::NotSent { message } if message.contains("dash")),
        "{error}"
    );
    let mut other = start("b");
    other.package.sha256 = "00".into();
    let error = endpoint.start(&other).await.unwrap_err();
    assert!(matches!(&error, CallError::NotSent { message } if message.contains("approved")));
    assert_eq!(endpoint.locate("b").await.unwrap(), None);
    let missing = CommandEndpoint::new(program(folder.path(), &["touch", "{{param.zone}}"]));
    let error = missing.start(&start("c")).await.unwrap_err();
    assert!(error.message().contains("{{param.zone}}"), "{error}");
}

#[tokio::test]
async fn how_it_ended_is_told_with_its_last_words_and_secrets_are_masked() {
    let folder = tempfile::tempdir().unwrap();
    let script =
        "echo \"token is $HOTFIX_SECRET_TOKEN\"; echo $HOTFIX_SECRET_TOKEN denied >&2; exit 7";
    let mut one = program(folder.path(), &["sh", "-c", script]);
    one.secrets.insert("token".into(), "t0p-s3cret".into());
    let endpoint = CommandEndpoint::new(one);
    let run = endpoint.start(&start("k")).await.unwrap().run;
    let status = until_over(&endpoint, &run).await;
    let told = status.message.unwrap();
    assert_eq!(status.state, RunState::Failed);
    assert!(told.starts_with("It ended with 7: ") && told.contains("denied"), "{told}");
    let logs = endpoint.logs(&run, 0, false).await.unwrap().text;
    assert!(logs.contains("token is ••••••"), "{logs}");
    assert!(!format!("{told}{logs}").contains("s3cret"));
    // Its value is in no file but what the program itself printed.
    for entry in fs::read_dir(folder.path().join("runs").join(&run)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && path.file_name().unwrap() != "output" {
            assert!(!fs::read_to_string(&path).unwrap().contains("s3cret"), "{path:?}");
        }
    }
    let gone = CommandEndpoint::new(program(folder.path(), &["/no/such/program"]));
    let run = gone.start(&start("gone")).await.unwrap().run;
    let status = until_over(&gone, &run).await;
    assert_eq!(status.state, RunState::Failed);
    assert!(status.message.unwrap().contains("never ran"));
}

#[tokio::test]
async fn it_sees_named_variables_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut one = program(folder.path(), &["env"]);
    one.variables = vec!["CARGO_MANIFEST_DIR".into(), "NOT_SET_ANYWHERE".into()];
    let endpoint = CommandEndpoint::new(one);
    let run = endpoint.start(&start("k")).await.unwrap().run;
    until_over(&endpoint, &run).await;
    let logs = endpoint.logs(&run, 0, false).await.unwrap().text;
    assert!(logs.contains("CARGO_MANIFEST_DIR="), "{logs}");
    assert!(!logs.contains("CARGO_PKG_NAME=") && !logs.contains("HOTFIX_TEST_RUN="), "{logs}");
}

#[tokio::test]
async fn what_it_prints_is_followed_and_its_end_asked_for_ends_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let script = "echo one; (sleep 2; touch alive) & trap '' TERM; sleep 60";
    let endpoint = CommandEndpoint::new(program(folder.path(), &["sh", "-c", script]));
    let run = endpoint.start(&start("k")).await.unwrap().run;
    for _ in 0..100 {
        if endpoint.logs(&run, 0, false).await.unwrap().text == "one\n" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(endpoint.poll(&run).await.unwrap().state, RunState::Running);
    // Somebody else finds it by its key, as after a crash.
    let again = CommandEndpoint::new(program(folder.path(), &["false"]));
    let located = again.locate("k").await.unwrap().unwrap();
    assert_eq!((located.run.as_str(), located.status.state), (run.as_str(), RunState::Running));
    again.cancel(&run).await.unwrap();
    assert_eq!(until_over(&again, &run).await.state, RunState::Cancelled);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(!folder.path().join("alive").exists(), "a child of the program lived on");
    again.cancel(&run).await.unwrap();
}

#[tokio::test]
async fn its_time_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut one = program(folder.path(), &["sleep", "60"]);
    one.patience = Duration::from_secs(1);
    let endpoint = CommandEndpoint::new(one);
    let run = endpoint.start(&start("k")).await.unwrap().run;
    let status = until_over(&endpoint, &run).await;
    assert_eq!(status.state, RunState::Failed);
    assert!(status.message.unwrap().contains("took longer"));
}

#[tokio::test]
async fn what_nobody_watched_to_its_end_is_not_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = CommandEndpoint::new(program(folder.path(), &["sleep", "60"]));
    // Nothing was ever run here: that says nothing about other machines.
    assert!(matches!(endpoint.locate("k").await, Err(CallError::Unclear { .. })));
    let run = endpoint.start(&start("k")).await.unwrap().run;
    assert_eq!(endpoint.locate("never").await.unwrap(), None);
    let inside = folder.path().join("runs").join(&run);
    let pid = |name: &str, path: &[&str]| {
        let mut value: serde_json::Value =
            serde_json::from_slice(&fs::read(inside.join(name)).unwrap()).unwrap();
        for part in path {
            value = value[part].clone();
        }
        rustix::process::Pid::from_raw(i32::try_from(value.as_i64().unwrap()).unwrap()).unwrap()
    };
    for _ in 0..100 {
        if inside.join("command.json").exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    rustix::process::kill_process(
        pid("watcher.json", &["process", "pid"]),
        rustix::process::Signal::KILL,
    )
    .unwrap();
    let mut told = String::new();
    for _ in 0..100 {
        if let Err(error) = endpoint.locate("k").await {
            told = error.to_string();
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(told.contains("still runs as process"), "{told}");
    endpoint.cancel(&run).await.unwrap();
    assert_eq!(endpoint.poll(&run).await.unwrap().state, RunState::Cancelled);
    let child = pid("command.json", &["pid"]);
    for _ in 0..100 {
        if rustix::process::test_kill_process(child).is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Nobody may be there to wait for it; then only its number is left.
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.as_raw_nonzero())).unwrap();
    assert!(stat.contains(") Z "), "{stat}");
}

#[tokio::test]
async fn health_version_and_rollback_are_commands_of_their_own_and_may_be_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut one = program(folder.path(), &["sh"]);
    let plain = CommandEndpoint::new(one.clone());
    assert!(plain.health().await.unwrap().ok && !plain.can_roll_back());
    let place =
        Place { product: "shop".into(), environment: "staging".into(), target: "web-1".into() };
    assert_eq!(plain.version(&place).await.unwrap(), None);
    one.health = words(&["sh", "-c", "echo two nodes down; exit 3"]);
    one.version = words(&["echo", "4.8.1"]);
    one.rollback = words(&["echo", "back to", "{{to}}"]);
    let endpoint = CommandEndpoint::new(one.clone());
    let health = endpoint.health().await.unwrap();
    assert_eq!((health.ok, health.detail.as_str()), (false, "It ends with 3: two nodes down"));
    assert_eq!(endpoint.version(&place).await.unwrap().unwrap().version, "4.8.1");
    let rollback = Rollback {
        key: "r".into(),
        product: "shop".into(),
        hotfix: "HF-3".into(),
        environment: "staging".into(),
        target: "web-1".into(),
        run: None,
        to: Some("abc".into()),
        variables: BTreeMap::new(),
    };
    let run = endpoint.rollback(&rollback).await.unwrap().run.unwrap();
    assert_eq!(until_over(&endpoint, &run).await.state, RunState::Succeeded);
    assert_eq!(endpoint.logs(&run, 0, false).await.unwrap().text, "back to abc\n");
    one.start = words(&["no-such-program-here"]);
    assert!(!CommandEndpoint::new(one).health().await.unwrap().ok);
}
