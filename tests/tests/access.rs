//! How a host is reached by probes, gates and checks: a real server of an authority of its own that wants a
//! login, asked with an access and without.

use hotfix_core::{desk::Desk, error::Kind};
use hotfix_tests::{
    counter::{Behaviour, Counter},
    ground::{Ground, PLANNED, call, open, product, views_rebuild_to_the_same, watched},
    inside::Inside,
    program,
    servers::Prometheus,
};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

const TOKEN: &str = "t0ken-of-the-shop";

fn save(desk: &Desk, object: Value) {
    call(desk, "catalog_save", json!({ "object": object }));
}

fn refused(desk: &Desk, name: &str, request: Value) -> (Kind, String, String) {
    let error = desk.call(name, request).unwrap_err();
    (error.kind, error.location.clone().unwrap_or_default(), error.to_string())
}

fn give(desk: &Desk, value: &str) {
    call(desk, "access_secret_set", json!({ "access": "inside", "value": value, "session": true }));
}

fn place(ground: &Ground, name: &str) -> PathBuf {
    ground.copy(name, &Counter::start(Behaviour::default()))
}

fn probe(url: &str, more: &Value) -> Value {
    let mut spec = json!({ "id": "inside", "name": "Inside", "url": url, "access": "inside" });
    for (name, value) in more.as_object().unwrap() {
        spec[name] = value.clone();
    }
    spec
}

#[test]
fn a_probe_is_let_in_with_its_access_and_its_secret_goes_nowhere_else() {
    let (inside, other) = (Inside::start(&format!("Bearer {TOKEN}")), Inside::start("nobody"));
    let ground = Ground::make();
    let desk = open(&place(&ground, "probe"));
    save(&desk, inside.access(&json!({ "by": "bearer" })));
    let tried = |spec: Value| call(&desk, "probe_try", json!({ "spec": spec }));
    let http = probe(&inside.url(), &json!({}));

    // Without its secret nothing is sent at all, and the remedy is said.
    give(&desk, "");
    let (kind, _, missing) = refused(&desk, "probe_try", json!({ "spec": http }));
    assert_eq!(kind, Kind::Offline);
    assert!(missing.contains("no token for “Inside”") && missing.contains("Settings, Access"));
    assert_eq!(inside.seen(), "");
    // Without the access its authority is nobody's.
    let mut bare = http.clone();
    bare["access"] = Value::Null;
    let strange = tried(bare);
    assert_eq!(strange["result"], "error", "{strange}");
    assert!(strange["detail"].as_str().unwrap().contains("not trusted"), "{strange}");

    give(&desk, TOKEN);
    let kept = call(&desk, "access_secret", json!({ "access": "inside" }));
    assert_eq!(kept, json!({ "kept": true, "place": "session" }));
    let well = tried(http.clone());
    assert_eq!(well["result"], "success", "{well}");
    assert_eq!(inside.seen().trim(), format!("Bearer {TOKEN}|shop"));
    // What comes back of it is masked.
    let echoed = tried(probe(&inside.url(), &json!({ "expect_status": 204 })));
    assert_eq!(echoed["result"], "failure", "{echoed}");
    let how = |equals: &str| {
        json!({ "by": "http", "url": inside.url(), "access": "inside",
            "assertions": [{ "on": "json", "path": "$.sent", "equals": equals }] })
    };
    let check = call(&desk, "validate_try", json!({ "how": how("nobody") })).to_string();
    assert!(check.contains("••••••") && !check.contains(TOKEN), "{check}");

    // The certificate is judged by the access's authority, and by this machine without.
    let certificate = json!({ "by": "certificate", "at_least": 3 });
    let trusted = tried(probe(&inside.url(), &certificate));
    assert_eq!(trusted["result"], "success", "{trusted}");
    let mut untrusted = probe(&inside.url(), &certificate);
    untrusted["access"] = Value::Null;
    let untrusted = tried(untrusted);
    assert_eq!(untrusted["result"], "failure", "{untrusted}");
    assert!(untrusted["detail"].as_str().unwrap().starts_with("is not trusted"), "{untrusted}");

    // Another host gets nothing: not when it is tried, not when it is saved.
    let elsewhere = probe(&other.url(), &json!({}));
    let (kind, at, said) = refused(&desk, "probe_try", json!({ "spec": elsewhere }));
    assert_eq!((kind, at.as_str()), (Kind::Invalid, "spec.access"), "{said}");
    let saved = json!({ "object": product(&json!([elsewhere])) });
    let (_, at, _) = refused(&desk, "catalog_save", saved);
    assert_eq!(at, "environments.0.probes.0.access");
    let unknown = probe(&inside.url(), &json!({ "access": "nobodys" }));
    let (_, at, _) =
        refused(&desk, "catalog_save", json!({ "object": product(&json!([unknown])) }));
    assert_eq!(at, "environments.0.probes.0.access");
    let mut far = inside.access(&json!({ "by": "bearer" }));
    far["hosts"] = json!(["shop.example.org", inside.host()]);
    save(&desk, far);
    let readable = probe("http://shop.example.org/", &json!({}));
    let (_, at, said) = refused(&desk, "probe_try", json!({ "spec": readable }));
    assert_eq!(at, "spec.url", "{said}");
    assert_eq!(other.seen(), "");

    // Whoever uses it keeps it from going, and from losing its host.
    save(&desk, product(&json!([http])));
    let (kind, _, said) =
        refused(&desk, "catalog_retire", json!({ "kind": "access", "id": "inside" }));
    assert_eq!(kind, Kind::Denied);
    assert!(said.contains("The probe “Inside” of Shop, staging"), "{said}");
    let mut less = inside.access(&json!({ "by": "bearer" }));
    less["hosts"] = json!(["other.example.org"]);
    let (_, at, _) = refused(&desk, "catalog_save", json!({ "object": less }));
    assert_eq!(at, "hosts");
    let listed = call(&desk, "access_list", json!({ "url": inside.url() }));
    assert_eq!(listed[0]["covers"], true);
    assert_eq!(listed[0]["used_by"], json!(["The probe “Inside” of Shop, staging"]));
    save(&desk, product(&json!([])));
    call(&desk, "catalog_retire", json!({ "kind": "access", "id": "inside" }));
    views_rebuild_to_the_same(&desk, "after an access was retired");
}

#[test]
fn what_is_watched_is_asked_by_its_access_and_says_what_is_missing() {
    let inside = Inside::start(&format!("Bearer {TOKEN}"));
    let ground = Ground::make();
    let service = Counter::start(Behaviour::default());
    let path = ground.copy("watched", &service);
    watched(&path);
    let desk = open(&path);
    save(&desk, inside.access(&json!({ "by": "bearer" })));
    save(&desk, product(&json!([probe(&inside.url(), &json!({ "every_seconds": 1 }))])));
    give(&desk, "");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let engine = desk.start_engine(runtime.handle()).unwrap();
    let until = |result: &str| {
        let begun = Instant::now();
        loop {
            let shown = call(&desk, "monitor_show", json!({ "key": "HF-1" }));
            let last = shown["probes"][0]["last"].clone();
            if last["result"] == result {
                return last["detail"].as_str().unwrap().to_owned();
            }
            assert!(begun.elapsed() < Duration::from_secs(90), "{result}: {shown}");
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    let missing = until("error");
    assert!(missing.contains("no token for “Inside”"), "{missing}");
    give(&desk, TOKEN);
    assert!(until("success").starts_with("200 in"));
    engine.stop();
    drop(desk);
    let bytes = std::fs::read(&path).unwrap();
    let held = bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes());
    assert!(!held, "the secret is nowhere in the file");
}

#[test]
fn a_check_logs_in_with_user_and_password() {
    // rita:geheim
    let inside = Inside::start("Basic cml0YTpnZWhlaW0=");
    let stage = crate::checks::Stage::with(json!([]));
    save(&stage.desk, inside.access(&json!({ "by": "basic", "user": "rita" })));
    let how = json!({ "by": "http", "url": inside.url(), "access": "inside", "assertions": [
        { "on": "status", "is": 200 },
        { "on": "json", "path": "$.sent", "equals": "something else" },
    ] });
    let add = json!({ "key": stage.key, "kind": "functional", "text": "Inside answers",
        "required": true, "how": how });
    let check = call(&stage.desk, "validate_add", add)["check"].as_str().unwrap().to_owned();
    let ran = stage.run(Some(&check));
    assert!(ran[0]["result"].is_null() && ran[0]["problem"].is_object(), "{ran:?}");
    give(&stage.desk, "geheim");
    let ran = stage.run(Some(&check));
    let said = ran[0]["said"].as_str().unwrap();
    assert!(said.contains("answered 200"), "{said}");
    assert!(said.contains("••••••") && !said.contains("cml0YTpnZWhlaW0"), "{said}");
}

/// A real Prometheus, with TLS and a password as its own documentation sets them up.
#[test]
fn a_prometheus_behind_a_login_is_asked_by_a_probe_a_check_and_a_gate() {
    let server = Prometheus::behind_a_login("127.0.0.1:9");
    let host = server.url().trim_start_matches("https://");
    let access = json!({
        "kind": "access", "id": "inside", "name": "Inside", "hosts": [host],
        "login": { "by": "basic", "user": "rita" }, "ca": server.authority(),
    });
    let query = json!({ "by": "prometheus", "query": "vector(1)", "at_least": 1 });
    let stage = crate::checks::Stage::with(json!([]));
    save(&stage.desk, access.clone());
    give(&stage.desk, "guessed");
    let tried = || call(&stage.desk, "probe_try", json!({ "spec": probe(server.url(), &query) }));
    let refused = tried();
    assert_eq!(refused["result"], "error", "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains("401"), "{refused}");
    give(&stage.desk, "geheim");
    let begun = Instant::now();
    while tried()["result"] != "success" {
        assert!(begun.elapsed() < Duration::from_secs(60), "{}", tried());
        std::thread::sleep(Duration::from_millis(200));
    }
    let how = json!({ "by": "prometheus", "url": server.url(), "access": "inside",
        "query": "vector(1)", "at_least": 1 });
    let add = json!({ "key": stage.key, "kind": "functional", "text": "No errors",
        "required": true, "how": how });
    let check = call(&stage.desk, "validate_add", add)["check"].as_str().unwrap().to_owned();
    assert_eq!(stage.run(Some(&check))[0]["result"], "passed");

    let ground = Ground::make();
    let service = Counter::start(Behaviour::default());
    let desk = open(&ground.copy("gate", &service));
    save(&desk, access);
    give(&desk, "geheim");
    let mut gate = probe(server.url(), &query);
    gate["every_seconds"] = json!(1);
    let mut rolled = product(&json!([]));
    rolled["environments"][0]["rollout"] =
        json!({ "health_seconds": 1, "waves": [{ "wave": 1, "gates": [gate] }] });
    save(&desk, rolled);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let engine = desk.start_engine(runtime.handle()).unwrap();
    call(&desk, "deploy_start", json!({ "key": PLANNED }));
    let begun = Instant::now();
    let shown = loop {
        let shown = call(&desk, "deploy_show", json!({ "key": PLANNED }));
        if shown["deployment"]["state"] == "validating" {
            break shown;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{shown:#}");
        std::thread::sleep(Duration::from_millis(50));
    };
    engine.stop();
    let end = &shown["waves"][0]["gates"][0]["end"];
    assert_eq!((&end["verdict"], &end["measured"]["failures"]), (&json!("passed"), &json!(0)));
}

/// The secret may be the whole value of a header of one's own.
#[test]
fn a_login_by_a_header_is_sent_as_that_header_and_masked() {
    let inside = Inside::start("nobody");
    let ground = Ground::make();
    let desk = open(&place(&ground, "header"));
    let mut access = inside.access(&json!({ "by": "header", "name": "X-Tenant" }));
    access["headers"] = json!([]);
    save(&desk, access);
    give(&desk, "k3y-of-the-shop");
    let spec = probe(&inside.url(), &json!({ "expect_status": 401 }));
    let tried = call(&desk, "probe_try", json!({ "spec": spec }));
    assert_eq!(tried["result"], "success", "{tried}");
    assert_eq!(inside.seen().trim(), "|k3y-of-the-shop");
    assert!(!tried.to_string().contains("k3y"), "{tried}");
}

#[test]
fn the_terminal_adds_an_access_and_reads_its_secret_from_the_agents_credentials() {
    let inside = Inside::start(&format!("Bearer {TOKEN}"));
    let ground = Ground::make();
    let path = place(&ground, "terminal");
    let credentials = inside.folder().join("credentials");
    std::fs::create_dir(&credentials).unwrap();
    std::fs::write(credentials.join("access+inside.secret"), TOKEN).unwrap();
    let hotfix = |words: &[&str]| {
        let mut command = Command::new(program::path());
        command.arg("--json").arg("-W").arg(&path).args(words);
        command.env("CREDENTIALS_DIRECTORY", &credentials);
        program::run(&mut command, "")
    };
    let pem = inside.folder().join("authority.pem");
    let (host, pem) = (inside.host(), pem.to_string_lossy().into_owned());
    let named = ["access", "add", "--name", "Inside", "--host", &host, "--ca", &pem];
    hotfix(&[&named[..], &["--bearer", "--header", "X-Tenant=shop"]].concat()).expect(0);
    let wrong = hotfix(&[&named[..], &["--header", "Authorization=Bearer x"]].concat()).expect(2);
    assert_eq!(wrong.error()["where"], "headers.0.name");
    let listed = hotfix(&["access", "list", "--url", &inside.url()]).expect(0).lines();
    assert_eq!((&listed[0]["access"], &listed[0]["covers"]), (&json!("inside"), &json!(true)));
    let kept = hotfix(&["access", "secret", "Inside"]).expect(0).json();
    assert_eq!(kept, json!({ "kept": true, "place": "credentials" }));
    let probes = json!([probe(&inside.url(), &json!({}))]);
    save(&open(Path::new(&path)), product(&probes));
    let tried = hotfix(&["monitor", "try", "shop", "staging", "inside"]).expect(0).json();
    assert_eq!(tried["result"], "success", "{tried}");
}
