//! Check runs, asked of a server on loopback that keeps the contracts of GitHub's and GitLab's lists:
//! a stand-in for servers that no test can run.

use super::{Ground, git};
use hotfix_tests::ground::call;
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

#[derive(Default)]
struct Seen {
    /// The lines of every request's head.
    requests: Vec<Vec<String>>,
}

struct Ci {
    address: String,
    seen: Arc<Mutex<Seen>>,
    ended: Arc<AtomicBool>,
}

impl Ci {
    /// Answers every request with what `answer` says to its path: a status and a body.
    fn start(answer: impl Fn(&str) -> (u16, Value) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address").to_string();
        let seen = Arc::<Mutex<Seen>>::default();
        let ended = Arc::<AtomicBool>::default();
        let (log, over) = (Arc::clone(&seen), Arc::clone(&ended));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                talk(stream, &answer, &log);
            }
        });
        Self { address, seen, ended }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn requests(&self) -> Vec<Vec<String>> {
        self.seen.lock().unwrap().requests.clone()
    }
}

impl Drop for Ci {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes the listener, so that its port is free again.
        let _ = TcpStream::connect(&self.address);
    }
}

fn talk(mut stream: TcpStream, answer: &dyn Fn(&str) -> (u16, Value), log: &Mutex<Seen>) {
    let Ok(copy) = stream.try_clone() else { return };
    let mut head = Vec::new();
    for line in BufReader::new(copy).lines() {
        match line {
            Ok(line) if !line.is_empty() => head.push(line),
            _ => break,
        }
    }
    let Some(path) = head.first().and_then(|line| line.split(' ').nth(1)).map(str::to_owned) else {
        return;
    };
    log.lock().unwrap().requests.push(head);
    let (status, body) = answer(&path);
    let (place, body) = match body {
        Value::String(place) => (format!("Location: {place}\r\n"), String::new()),
        body => (String::new(), body.to_string()),
    };
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{place}Connection: close\r\n\r\n{body}",
        body.len()
    );
}

fn page(path: &str) -> usize {
    let found = path.split(['?', '&']).find_map(|pair| pair.strip_prefix("page="));
    found.and_then(|page| page.parse().ok()).expect("a page is asked for")
}

fn run(name: &str, status: &str, conclusion: Value) -> Value {
    json!({
        "id": 1, "name": name, "status": status, "conclusion": conclusion,
        "started_at": "2026-11-27T10:00:00Z", "completed_at": "2026-11-27T10:01:30Z",
        "html_url": format!("https://github.example/acme/shop/runs/{name}"),
        "app": { "name": "GitHub Actions" },
        "output": { "title": "2 tests failed", "summary": "cart is broken" },
    })
}

/// An endpoint of this recipe at the server, named by the product.
fn set_up(ground: &Ground, recipe: &str, ci: &Ci) {
    ground.ask(
        "catalog_save",
        json!({ "object": {
            "kind": "endpoint", "id": "ci", "name": "CI", "recipe": recipe, "base_url": ci.url(),
            "hosts": [], "secrets": ["token"],
        }}),
    );
    ground.product(json!([]), json!({ "endpoint": "ci", "project": "acme/shop" }));
}

fn fetch(ground: &Ground) -> hotfix_core::error::Result<Value> {
    let desk = ground.desk();
    let secret = json!({ "endpoint": "ci", "name": "token", "value": "s3cret", "session": true });
    call(&desk, "endpoint_secret_set", secret);
    desk.call("fix_evidence_fetch", json!({ "key": "HF-1" }))
}

#[test]
fn githubs_check_runs_are_read_page_by_page_with_the_token_and_become_evidence() {
    let ci = Ci::start(|path| {
        let all: Vec<Value> = (0..120)
            .map(|n| match n {
                7 => run("unit", "completed", json!("failure")),
                8 => run("lint", "completed", json!("skipped")),
                n => run(&format!("job-{n}"), "completed", json!("success")),
            })
            .collect();
        let shown: Vec<_> = all.iter().skip((page(path) - 1) * 100).take(100).collect();
        (200, json!({ "total_count": all.len(), "check_runs": shown }))
    });
    let ground = Ground::new();
    set_up(&ground, "github-checks", &ci);
    let added = fetch(&ground).unwrap();
    assert_eq!(
        (&added["passed"], &added["failed"], &added["skipped"], &added["from"]),
        (&json!(118), &json!(1), &json!(1), &json!("check_runs"))
    );
    assert_eq!(added["failing"], json!(["GitHub Actions::unit"]));
    let head = git(&ground.repository(), &["rev-parse", "HEAD"]);
    let requests = ci.requests();
    assert_eq!(requests.len(), 2);
    let first = &requests[0][0];
    assert!(
        first.starts_with(&format!("GET /repos/acme/shop/commits/{head}/check-runs?")),
        "{first}"
    );
    let token = requests[0].iter().find(|line| line.to_lowercase().starts_with("authorization"));
    assert_eq!(token.unwrap().split(": ").nth(1), Some("Bearer s3cret"));
    let shown = ground.evidence(&["show", "HF-1"]).expect(0).json();
    assert!(shown["tests"][0]["message"].as_str().unwrap().contains("cart is broken"));
    assert!(!ground.run(&["audit", "export"]).out.contains("s3cret"));
}

#[test]
fn gitlabs_statuses_are_read_and_a_job_that_may_fail_has_not_failed() {
    let ci = Ci::start(|path| {
        if path.contains("/pipelines") {
            return (403, json!({ "message": "403 Forbidden" }));
        }
        assert_eq!(page(path), 1);
        let job = |name: &str, status: &str, may: bool| {
            json!({ "id": 1, "name": name, "status": status, "allow_failure": may, "ref": "main",
                "description": null, "target_url": "https://gitlab.example/1",
                "started_at": null, "finished_at": null })
        };
        let jobs = [
            job("unit", "success", false),
            job("e2e", "failed", false),
            job("lint", "failed", true),
        ];
        (200, json!(jobs))
    });
    let ground = Ground::new();
    set_up(&ground, "gitlab-checks", &ci);
    let added = fetch(&ground).unwrap();
    assert_eq!(
        (&added["passed"], &added["skipped"], &added["failing"]),
        (&json!(1), &json!(1), &json!(["main::e2e"]))
    );
    let requests = ci.requests();
    assert!(requests[0][0].contains("/api/v4/projects/acme%2Fshop/repository/commits/"));
    assert!(requests[0].iter().any(|line| line.eq_ignore_ascii_case("private-token: s3cret")));
}

#[test]
fn each_test_of_gitlabs_newest_pipeline_is_a_test_of_the_run() {
    let ci = Ci::start(|path| {
        if path.contains("/test_report") {
            assert!(path.contains("/projects/acme%2Fshop/pipelines/47/test_report"), "{path}");
            let case = |name: &str, status: &str, output: Value| {
                json!({ "status": status, "name": name, "classname": "shop.CartTest",
                    "execution_time": 0.25, "system_output": output, "stack_trace": null })
            };
            let suites = json!([
                { "name": "unit", "suite_error": null, "test_cases": [
                    case("adds", "success", Value::Null),
                    case("removes", "failed", json!("expected 1, got 2")),
                    case("empties", "error", json!({ "message": "no cart" })),
                    case("renames", "skipped", Value::Null),
                ] },
                { "name": "e2e", "suite_error": "JUnit XML is broken", "test_cases": [] },
                // Its job may fail, and so may its tests.
                { "name": "quarantine", "suite_error": null, "test_cases": [
                    case("flakes", "failed", json!("timed out")),
                ] },
            ]);
            return (200, json!({ "total_count": 4, "test_suites": suites }));
        }
        if path.contains("/pipelines?sha=") {
            return (200, json!([{ "id": 47, "status": "failed" }]));
        }
        let job = |name: &str, may: bool| json!({ "id": 1, "name": name, "status": "failed", "allow_failure": may, "ref": "main" });
        (200, json!([job("unit", false), job("quarantine", true)]))
    });
    let ground = Ground::new();
    set_up(&ground, "gitlab-checks", &ci);
    let added = fetch(&ground).unwrap();
    assert_eq!(
        (&added["passed"], &added["failed"], &added["skipped"]),
        (&json!(1), &json!(4), &json!(3))
    );
    assert_eq!(
        added["failing"],
        json!([
            "main::unit",
            "shop.CartTest::removes",
            "shop.CartTest::empties",
            "e2e::(the report)"
        ])
    );
    let shown = ground.evidence(&["show", "HF-1"]).expect(0).json();
    assert!(shown.to_string().contains("expected 1, got 2"), "{shown}");
}

#[test]
fn checks_that_still_run_prove_nothing_yet_and_refusals_say_what_to_do() {
    let ci = Ci::start(|_| {
        let runs =
            [run("unit", "completed", json!("success")), run("e2e", "in_progress", Value::Null)];
        (200, json!({ "total_count": 2, "check_runs": runs }))
    });
    let ground = Ground::new();
    set_up(&ground, "github-checks", &ci);
    let error = fetch(&ground).unwrap_err();
    assert!(error.message.contains("e2e has not ended"), "{error}");
    drop(ci);

    let ci = Ci::start(|_| (200, json!({ "total_count": 0, "check_runs": [] })));
    set_up(&ground, "github-checks", &ci);
    assert!(fetch(&ground).unwrap_err().message.contains("keeps no checks"));
    drop(ci);

    let ci = Ci::start(|_| (401, json!({ "message": "Bad credentials" })));
    set_up(&ground, "github-checks", &ci);
    let error = fetch(&ground).unwrap_err();
    assert!(error.message.contains("401") && error.message.contains("Bad credentials"), "{error}");
    assert!(error.hint.unwrap().contains("token"));
    drop(ci);

    // A redirection is followed nowhere: the token stays where it belongs.
    let elsewhere = Ci::start(|_| (200, json!({ "total_count": 0, "check_runs": [] })));
    let away = elsewhere.url();
    let ci = Ci::start(move |_| (302, json!(away)));
    set_up(&ground, "github-checks", &ci);
    assert!(fetch(&ground).unwrap_err().hint.unwrap().contains("no redirection"));
    assert!(elsewhere.requests().is_empty());

    let wrong = json!({ "object": {
        "kind": "endpoint", "id": "ci", "name": "CI", "recipe": "github-checks",
        "base_url": ci.url(), "hosts": ["ci.example.org"], "secrets": ["token"],
    }});
    ground.ask("catalog_save", wrong);
    assert_eq!(fetch(&ground).unwrap_err().location.as_deref(), Some("base_url"));
    assert!(ground.evidence(&["list", "HF-1"]).lines().is_empty());
}

#[test]
fn an_endpoint_for_checks_can_be_tried_and_deploys_nothing() {
    let ci = Ci::start(|path| (200, json!({ "asked": path })));
    let ground = Ground::new();
    set_up(&ground, "github-checks", &ci);
    let desk = ground.desk();
    let secret = json!({ "endpoint": "ci", "name": "token", "value": "s3cret", "session": true });
    call(&desk, "endpoint_secret_set", secret);
    let tried = call(&desk, "endpoint_try", json!({ "endpoint": "ci" }));
    assert_eq!(tried["ok"], true);
    assert!(!tried.to_string().contains("s3cret"));
    assert!(tried["answer"].as_str().unwrap().contains("/rate_limit"));
    let recipes = ground.ask("recipe_list", json!({}));
    let names: Vec<_> = recipes.as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert!(names.contains(&json!("gitlab-checks")));
}
