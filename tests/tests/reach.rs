//! Endpoints from the outside: set up and tried in a terminal, a command of this machine carried out by
//! the real engine, secrets in the real keychain and nowhere else.

use hotfix_core::desk::{Desk, Options};
use hotfix_tests::{
    counter::{Behaviour, Counter},
    desktop::Desktop,
    ground::{Ground, PLANNED, call, views_rebuild_to_the_same},
    program::{self, hotfix, run},
};
use serde_json::{Value, json};
use std::{
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

fn workspace(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("reach.hotfix");
    hotfix(&path, ["init"]).expect(0);
    path
}

#[test]
fn an_endpoint_is_added_listed_and_tried_in_a_terminal_and_each_mistake_names_its_field() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let service = Counter::start(Behaviour::default());
    let url = service.url();
    let add = |words: &[&str]| {
        let base = ["endpoint", "add", "generic-http", "--name", "Staging agent"];
        hotfix(&path, base.iter().chain(words))
    };
    let cases: [(&[&str], &str, &str); 5] = [
        (&["--base-url", url.as_str(), "--set", "projet=shop"], "settings.projet", "It has:"),
        (&["--base-url", "ftp://x"], "base_url", ""),
        (&[], "base_url", "looks like"),
        (&["--base-url", url.as_str(), "--proxy", "proxy:3128"], "proxy", "http://proxy"),
        (&["--base-url", url.as_str(), "--host", "https://x/"], "hosts", "host:port"),
    ];
    for (words, place, remedy) in cases {
        let error = add(words).expect(2).error();
        assert_eq!(error["where"], place, "{words:?}: {error}");
        assert!(error["hint"].as_str().unwrap_or_default().contains(remedy), "{error}");
    }
    let pem = folder.path().join("ca.pem");
    std::fs::write(&pem, "no certificate").unwrap();
    let error = add(&["--base-url", &url, "--ca", pem.to_str().unwrap()]).expect(2).error();
    assert_eq!(error["where"], "ca", "{error}");

    assert_eq!(add(&["--base-url", &url]).expect(0).json()["id"], "staging-agent");
    let listed = hotfix(&path, ["endpoint", "list"]).expect(0).lines();
    assert_eq!(listed[0]["base_url"], url.as_str());
    let systems = hotfix(&path, ["endpoint", "systems"]).expect(0).lines();
    for name in ["generic-http", "command"] {
        assert!(systems.iter().any(|one| one["name"] == name), "{name}");
    }
    let tried = hotfix(&path, ["endpoint", "try", "Staging agent"]).expect(0).json();
    assert_eq!((&tried["ok"], &tried["calls"][0]["status"]), (&json!(true), &json!(200)));
    assert_eq!(tried["calls"][0]["address"], format!("{url}/healthz"));
    let located = ["endpoint", "try", "staging-agent", "--question", "locate", "--param", "key=k"];
    let located = hotfix(&path, located).expect(0).json();
    assert_eq!(located["detail"], "It knows no run of this key.");
    assert_eq!(located["calls"][0]["status"], 404);
    // What changes something cannot be asked for.
    let refused = ["endpoint", "try", "staging-agent", "--question", "start"];
    assert_eq!(hotfix(&path, refused).expect(2).error()["where"], "question");
    drop(service);
    let silent = hotfix(&path, ["endpoint", "try", "staging-agent"]).expect(3).json();
    assert!(silent["detail"].as_str().unwrap().contains("could not be reached"), "{silent}");
    assert!(silent["hint"].is_string() && silent["calls"][0]["status"].is_null(), "{silent}");
}

#[test]
fn every_mistake_of_a_recipe_is_told_by_its_line_and_it_is_not_taken_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let file = folder.path().join("mine.toml");
    let shipped = "src-tauri/core/integrations/deploy/recipes/generic-http.toml";
    let recipe = std::fs::read_to_string(hotfix_tests::root().join(shipped)).unwrap();
    let wrong = recipe.replacen("{{run}}", "{{rum}}", 1).replacen("\"POST\"", "\"SEND\"", 1);
    std::fs::write(&file, &wrong).unwrap();
    let check = ["endpoint", "check", file.to_str().unwrap()];
    let found = hotfix(&path, check).expect(1).lines();
    let line = wrong.lines().position(|line| line.contains("SEND")).unwrap() + 1;
    assert!(found.iter().any(|one| one["line"] == line), "{found:?}");
    let object = json!({
        "kind": "endpoint", "id": "mine", "name": "Mine", "recipe": "custom",
        "recipe_text": wrong, "base_url": "http://127.0.0.1:9",
    });
    let save = json!({ "object": object }).to_string();
    let error = hotfix(&path, ["call", "catalog_save", &save]).expect(2).error();
    assert_eq!(error["where"], "recipe_text");
    assert!(error["message"].as_str().unwrap().starts_with("line "), "{error}");
}

fn open(path: &Path, machine: &Path) -> Desk {
    let options = Options {
        device: "test".into(),
        commands: Some(machine.to_path_buf()),
        ..Options::default()
    };
    Desk::open(path, options).unwrap()
}

fn shown(desk: &Desk) -> Value {
    call(desk, "deploy_show", json!({ "key": PLANNED }))
}

fn until(desk: &Desk, what: &str, mut is: impl FnMut(&Value) -> bool) -> Value {
    let end = Instant::now() + Duration::from_secs(90);
    loop {
        let now = shown(desk);
        if is(&now) {
            return now;
        }
        assert!(Instant::now() < end, "{what}: {now}");
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_command_of_this_machine_deploys_once_both_have_allowed_its_words_and_outlives_the_program() {
    let ground = Ground::make();
    let folder = tempfile::tempdir().unwrap();
    let path = ground.copy("command", &Counter::start(Behaviour::default()));
    let place = folder.path().display().to_string();
    let script = "cat \"$1\" > \"$2\"; echo \"to $2\"; while [ ! -e go ]; do sleep 0.1; done; \
                  echo \"done $2\" >> done";
    let endpoint = |script: &str| {
        json!({ "object": {
            "kind": "endpoint", "id": "service", "name": "Script", "recipe": "command",
            "command": {
                "argv": ["sh", "-c", script, "sh", "{{package}}", "{{target}}"],
                "folder": place, "timeout_minutes": 5,
            },
        } })
    };
    let desk = open(&path, &folder.path().join("machine"));
    call(&desk, "catalog_save", endpoint("echo other words"));
    let tried = json!({ "endpoint": "service" });
    let refused = desk.call("endpoint_try", tried.clone()).unwrap_err();
    assert!(refused.message.contains("This workspace"), "{refused}");
    call(&desk, "tests_allow", json!({ "on": true }));
    let refused = desk.call("endpoint_try", tried.clone()).unwrap_err();
    assert!(refused.message.contains("on this machine"), "{refused}");
    call(&desk, "endpoint_command_allow", json!({ "endpoint": "service", "on": true }));
    assert_eq!(call(&desk, "endpoint_try", tried.clone())["ok"], true);
    // Other words are another question.
    call(&desk, "catalog_save", endpoint(script));
    assert!(desk.call("endpoint_try", tried.clone()).is_err());
    assert_eq!(call(&desk, "endpoint_command", tried.clone())["machine"], false);
    call(&desk, "endpoint_command_allow", json!({ "endpoint": "service", "on": true }));
    assert_eq!(call(&desk, "endpoint_try", tried)["ok"], true);

    call(&desk, "deploy_start", json!({ "key": PLANNED }));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let handle = desk.start_engine(runtime.handle()).unwrap();
    until(&desk, "both run", |_| ["t1", "t2"].iter().all(|one| folder.path().join(one).exists()));
    // The program goes; the commands stay, and end meanwhile.
    handle.stop();
    runtime.shutdown_timeout(Duration::from_secs(5));
    drop(desk);
    std::fs::write(folder.path().join("go"), "").unwrap();
    thread::sleep(Duration::from_secs(1));
    let done = || std::fs::read_to_string(folder.path().join("done")).unwrap_or_default();
    assert_eq!(done().lines().count(), 2, "they ended without the program: {}", done());
    let desk = open(&path, &folder.path().join("machine"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let handle = desk.start_engine(runtime.handle()).unwrap();
    until(&desk, "all are over", |now| now["deployment"]["state"] == "validating");
    let mut lines: Vec<String> = done().lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines, ["done t1", "done t2", "done t3"], "each exactly once");
    let logged = call(&desk, "deploy_log", json!({ "key": PLANNED })).to_string();
    assert!(logged.contains("to t3"), "{logged}");
    handle.stop();
    runtime.shutdown_timeout(Duration::from_secs(5));
    views_rebuild_to_the_same(&desk, "after a command");
}

/// Everything below a folder, as one text.
fn everything(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        // The keychain's own file is where the secret belongs; it is encrypted.
        if path.is_dir() {
            all.extend(everything(&path));
        } else if let Ok(bytes) = std::fs::read(&path) {
            all.extend(bytes);
        }
    }
    all
}

#[test]
fn a_secret_is_in_the_real_keychain_and_in_nothing_that_is_written() {
    const SECRET: &str = "t0p-s3cret-of-the-agent";
    let desktop = Desktop::start("reach");
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let service = Counter::start(Behaviour::default());
    let inside = |words: &[&str], input: &str| {
        let mut command = Command::new(program::path());
        command.arg("--json").arg("-W").arg(&path).args(words);
        desktop.enter(&mut command);
        command.env("RUST_LOG", "trace");
        run(&mut command, input)
    };
    let url = service.url();
    let add = [
        "endpoint",
        "add",
        "generic-http",
        "--name",
        "Agent",
        "--base-url",
        &url,
        "--secret",
        "token=-",
    ];
    let added = inside(&add, &format!("{SECRET}\n")).expect(0);
    let rows = inside(&["call", "endpoint_secrets", r#"{"endpoint":"agent"}"#], "").expect(0);
    assert_eq!(rows.json()[0]["place"], "keychain", "{rows:?}");
    let tried = inside(&["endpoint", "try", "agent"], "").expect(0);
    let headers = tried.json()["calls"][0]["headers"].to_string();
    assert!(headers.contains("Bearer ••••••"), "{headers}");
    let located = ["endpoint", "try", "agent", "--question", "locate", "--param"];
    let key = format!("key={SECRET}");
    let located = inside(&[&located[..], &[key.as_str()]].concat(), "").expect(0);
    let mut written = everything(folder.path());
    for ended in [added, rows, tried, located] {
        written.extend(ended.out.bytes().chain(ended.errors.bytes()));
    }
    let found = written.windows(SECRET.len()).any(|part| part == SECRET.as_bytes());
    assert!(!found, "the secret was written");

    // Somebody else's look into the same keychain.
    let mut tool = Command::new("secret-tool");
    tool.args(["search", "--all", "service", "hotfix-desk"]);
    desktop.enter(&mut tool);
    let kept = tool.output().unwrap();
    assert!(String::from_utf8_lossy(&kept.stdout).contains(SECRET));
}

#[test]
fn without_a_keychain_it_says_so_and_an_agent_reads_what_systemd_gave_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let service = Counter::start(Behaviour::default());
    let alone = |words: &[&str], input: &str, credentials: Option<&Path>| {
        let mut command = Command::new(program::path());
        command.arg("--json").arg("-W").arg(&path).args(words);
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus");
        if let Some(folder) = credentials {
            command.env("CREDENTIALS_DIRECTORY", folder);
        }
        run(&mut command, input)
    };
    let url = service.url();
    let add =
        ["endpoint", "add", "generic-http", "--name", "Agent", "--base-url", &url, "--secret"];
    let error = alone(&[&add[..], &["token=-"]].concat(), "s3cret\n", None).expect(3).error();
    assert!(error["message"].as_str().unwrap().contains("no keychain"), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("session"), "{error}");
    let object = json!({
        "kind": "endpoint", "id": "agent", "name": "Agent", "recipe": "generic-http",
        "base_url": url, "secrets": ["token"],
    });
    let save = json!({ "object": object }).to_string();
    alone(&["call", "catalog_save", &save], "", None).expect(0);
    let rows = ["call", "endpoint_secrets", r#"{"endpoint":"agent"}"#];
    let row = alone(&rows, "", None).expect(0).json()[0].clone();
    assert_eq!(row["kept"], false);
    assert!(row["problem"].as_str().unwrap().contains("keychain"), "{row}");
    let credentials = folder.path().join("credentials");
    std::fs::create_dir(&credentials).unwrap();
    std::fs::write(credentials.join("agent.token"), "s3cret\n").unwrap();
    let row = alone(&rows, "", Some(&credentials)).expect(0).json()[0].clone();
    assert_eq!(row["place"], "credentials");
    let tried = alone(&["endpoint", "try", "agent"], "", Some(&credentials)).expect(0).json();
    assert!(tried["calls"][0]["headers"].to_string().contains("Bearer ••••••"), "{tried}");
}
