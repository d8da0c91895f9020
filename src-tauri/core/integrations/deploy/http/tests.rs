//! A recipe against a server that answers as it likes.

use super::*;
use crate::integrations::{
    deploy::RunState,
    http::loopback::{Loopback, Reply, answer},
};
use sha2::{Digest, Sha256};

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

fn generic(server: &Loopback) -> RecipeEndpoint {
    let recipe = Recipe::built_in("generic-http").unwrap();
    let settings = map(&[("base_url", &format!("{}/", server.url()))]);
    RecipeEndpoint::new(recipe, settings, map(&[("token", "t0p s3cret")]), &[]).unwrap()
}

fn start(bytes: Vec<u8>) -> Start {
    let sha256 = hex::encode(Sha256::digest(&bytes));
    Start {
        key: "HF-3.staging.1".into(),
        product: "shop".into(),
        hotfix: "HF-3".into(),
        environment: "staging".into(),
        target: "web-1".into(),
        package: Package::new("HF-3.tar.zst", bytes.len() as u64, sha256, move || {
            Ok(Box::new(std::io::Cursor::new(bytes.clone())))
        }),
        variables: BTreeMap::new(),
    }
}

async fn started(reply: Reply) -> (Result<Started, CallError>, Loopback) {
    let server = Loopback::new([reply]);
    (generic(&server).start(&start(b"package".to_vec())).await, server)
}

#[tokio::test]
async fn a_start_delivers_the_package_with_its_key_and_hash() {
    let server = Loopback::new([answer(202, r#"{"run":"r-17","link":"https://x/r-17"}"#)]);
    let bytes: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
    let request = start(bytes.clone());
    let started = generic(&server).start(&request).await.unwrap();
    assert_eq!(started, Started { run: "r-17".into(), link: Some("https://x/r-17".into()) });
    let seen = &server.requests()[0];
    assert_eq!(seen.line, "POST /deployments");
    assert_eq!(seen.body, bytes);
    assert_eq!(seen.header("idempotency-key"), Some("HF-3.staging.1"));
    assert_eq!(seen.header("x-package-sha256"), Some(request.package.sha256.as_str()));
    assert_eq!(seen.header("content-type"), Some("application/octet-stream"));
    assert_eq!(seen.header("authorization"), Some("Bearer t0p s3cret"));
}

#[tokio::test]
async fn bytes_that_were_not_approved_never_arrive_as_a_whole() {
    for size in [7, 300_000] {
        let server = Loopback::new([answer(202, r#"{"run":"r-1"}"#)]);
        let mut request = start(vec![1; size]);
        request.package.sha256 = hex::encode(Sha256::digest(b"what was approved"));
        let result = generic(&server).start(&request).await;
        assert!(result.is_err(), "{result:?}");
        assert!(server.requests().iter().all(|request| !request.whole), "{size}");
    }
}

#[tokio::test]
async fn a_package_that_cannot_be_read_is_no_delivery() {
    let server = Loopback::new([answer(202, r#"{"run":"r-1"}"#)]);
    let mut request = start(vec![1; 10]);
    request.package = Package::from_file("gone", "/nonexistent/package", 10, "00");
    let result = generic(&server).start(&request).await;
    assert!(result.is_err(), "{result:?}");
    assert!(server.requests().iter().all(|request| !request.whole));
}

#[tokio::test]
async fn what_says_no_is_a_refusal() {
    for status in [307, 400, 401, 403, 404, 409, 422] {
        let (result, _) = started(answer(status, "no")).await;
        let Err(CallError::Refused { status: told, .. }) = result else { panic!("{result:?}") };
        assert_eq!(told, status);
    }
    let busy = Reply::Answer {
        status: 429,
        headers: vec![("Retry-After", "30".into())],
        body: String::new(),
    };
    let (result, _) = started(busy).await;
    assert!(matches!(result, Err(CallError::Refused { status: 429, retry_after: Some(30), .. })));
}

#[tokio::test]
async fn what_may_have_started_all_the_same_is_unclear() {
    let replies = [
        answer(302, ""),
        answer(303, ""),
        answer(408, ""),
        answer(500, "oops"),
        answer(502, ""),
        answer(503, ""),
        answer(204, ""),
        answer(202, "<html>sign in</html>"),
        answer(202, "{}"),
        answer(202, r#"{"run":null}"#),
        answer(202, r#"{"run":""}"#),
        answer(202, r#"{"run":"#),
        answer(202, "x".repeat(3 << 20)),
        Reply::CutUnread,
        Reply::CutAfterReading,
    ];
    for reply in replies {
        let shown = format!("{reply:?}").chars().take(80).collect::<String>();
        let (result, server) = started(reply).await;
        assert!(matches!(result, Err(CallError::Unclear { .. })), "{shown}: {result:?}");
        assert_eq!(server.requests().len(), 1, "{shown}");
    }
}

#[tokio::test]
async fn an_endpoint_that_is_down_was_never_called() {
    let server = Loopback::new(Vec::new());
    tokio::time::sleep(Duration::from_millis(50)).await;
    let result = generic(&server).start(&start(vec![1])).await;
    assert!(matches!(result, Err(CallError::NotSent { .. })), "{result:?}");
}

#[tokio::test]
async fn a_run_is_found_again_by_its_key_or_certainly_not_there() {
    let server = Loopback::new([
        answer(200, r#"{"run":"r-1","state":"failed","message":"no disk"}"#),
        answer(404, ""),
        answer(500, ""),
        answer(200, r#"{"run":"r-1","state":"dancing"}"#),
    ]);
    let endpoint = generic(&server);
    let found = endpoint.locate("HF 3/1&run=x").await.unwrap().unwrap();
    assert_eq!((found.run.as_str(), found.status.state), ("r-1", RunState::Failed));
    assert_eq!(found.status.message.as_deref(), Some("no disk"));
    assert_eq!(server.requests()[0].line, "GET /deployments?key=HF%203%2F1%26run%3Dx");
    assert_eq!(endpoint.locate("k").await, Ok(None));
    assert!(endpoint.locate("k").await.is_err(), "a failing server does not say there is none");
    let strange = endpoint.locate("k").await.unwrap_err();
    assert!(matches!(&strange, CallError::Unclear { message, .. } if message.contains("dancing")));
}

#[tokio::test]
async fn a_run_is_polled_cancelled_and_its_log_read_from_where_it_was_left() {
    let server = Loopback::new([
        answer(200, r#"{"state":"running"}"#),
        answer(202, ""),
        answer(200, "one\ntwo\n"),
        answer(200, "one\ntwo\nthree\n"),
    ]);
    let endpoint = generic(&server);
    assert_eq!(endpoint.poll("../r?1").await.unwrap().state, RunState::Running);
    endpoint.cancel("r-1").await.unwrap();
    let logs = endpoint.logs("r-1", 0, false).await.unwrap();
    assert_eq!(logs.text, "one\ntwo\n");
    assert_eq!(endpoint.logs("r-1", logs.next, false).await.unwrap().text, "three\n");
    let lines: Vec<String> = server.requests().into_iter().map(|request| request.line).collect();
    assert_eq!(lines[0], "GET /deployments/..%2Fr%3F1", "a run's name cannot change the path");
    assert_eq!(lines[1], "POST /deployments/r-1/cancel");
}

fn part(first: usize, body: &str, whole: &str) -> Reply {
    let range = format!("bytes {first}-{}/{whole}", first + body.len() - 1);
    Reply::Answer { status: 206, headers: vec![("Content-Range", range)], body: body.into() }
}

#[tokio::test]
async fn a_log_is_read_by_parts_where_the_server_knows_them() {
    let server = Loopback::new([
        part(0, "one\ntwo\nth", "99"),
        part(8, "three\nfour", "18"),
        answer(416, "nothing"),
        part(14, "four", "*"),
        part(0, "another part", "12"),
    ]);
    let endpoint = generic(&server);
    let ask = |after, ended| endpoint.logs("r-1", after, ended);
    let one = ask(0, false).await.unwrap();
    assert_eq!((one.text.as_str(), one.next, one.more), ("one\ntwo\n", 8, true));
    let two = ask(one.next, false).await.unwrap();
    assert_eq!((two.text.as_str(), two.next, two.more), ("three\n", 14, false));
    assert_eq!(ask(18, true).await.unwrap(), Logs { text: String::new(), next: 18, more: false });
    let rest = ask(two.next, true).await.unwrap();
    assert_eq!((rest.text.as_str(), rest.next, rest.more), ("four", 18, false));
    let wrong = ask(14, false).await.unwrap_err();
    assert!(wrong.message().contains("another part"), "{wrong}");
    let asked = |index: usize| server.requests()[index].header("range").map(str::to_owned);
    assert_eq!(asked(0).as_deref(), Some("bytes=0-1048575"));
    assert_eq!(asked(1).as_deref(), Some("bytes=8-1048583"));
}

#[tokio::test]
async fn a_log_of_any_length_is_read_once_where_the_server_always_sends_all_of_it() {
    let line = |number: usize| format!("{number:07} {}\n", "ä".repeat(60));
    let whole: String = (0..30_000).map(line).collect();
    let pieces = whole.len().div_ceil(crate::integrations::http::PIECE);
    assert!(pieces > 2);
    let server = Loopback::new(vec![answer(200, whole.clone()); pieces + 1]);
    let endpoint = generic(&server);
    let (mut read, mut after) = (String::new(), 0);
    loop {
        let logs = endpoint.logs("r-1", after, false).await.unwrap();
        read.push_str(&logs.text);
        after = logs.next;
        if !logs.more {
            break;
        }
    }
    assert!(read == whole, "{} of {} bytes", read.len(), whole.len());
}

fn rollback(to: Option<&str>) -> Rollback {
    Rollback {
        key: "k".into(),
        product: "shop".into(),
        hotfix: "HF-3".into(),
        environment: "staging".into(),
        target: "web-1".into(),
        run: None,
        to: to.map(Into::into),
        variables: BTreeMap::new(),
    }
}

#[tokio::test]
async fn a_rollback_names_the_hash_to_go_back_to_or_null_and_may_give_a_run() {
    let server = Loopback::new([answer(202, r#"{"run":"b-1"}"#), answer(204, "")]);
    let endpoint = generic(&server);
    let with_run = endpoint.rollback(&rollback(Some("ab\"c"))).await.unwrap();
    assert_eq!(with_run.run.as_deref(), Some("b-1"));
    assert_eq!(endpoint.rollback(&rollback(None)).await.unwrap().run, None);
    let bodies: Vec<serde_json::Value> = server
        .requests()
        .iter()
        .map(|request| serde_json::from_slice(&request.body).unwrap())
        .collect();
    assert_eq!(bodies, [serde_json::json!({"to": "ab\"c"}), serde_json::json!({"to": null})]);
    assert_eq!(server.requests()[0].header("idempotency-key"), Some("k"));
}

#[tokio::test]
async fn unhealthy_is_an_answer_and_silence_is_none() {
    let server = Loopback::new([answer(200, ""), answer(503, "starting"), Reply::CutAfterReading]);
    let endpoint = generic(&server);
    assert!(endpoint.health().await.unwrap().ok);
    let unwell = endpoint.health().await.unwrap();
    assert!(!unwell.ok && unwell.detail.contains("starting"), "{unwell:?}");
    assert!(endpoint.health().await.is_err());
}

/// Two calls that both change something; the second needs what the first one gave.
const TWO_STEPS: &str = r#"
format = 1
name = "two-steps"
title = "Two steps"
[[settings]]
name = "base_url"
label = "Address"
kind = "url"
[[start.calls]]
method = "POST"
url = "{{base_url}}/tickets"
success = [201]
extract = { ticket = "$.id", place = "header:Location" }
[[start.calls]]
method = "PUT"
url = "{{base_url}}/tickets/{{ticket}}/run"
body = { json = { ticket = "{{ticket}}", note = "for {{hotfix}}", at = "{{place}}" } }
extract = { run = "$.run" }
[poll]
states = { ok = "succeeded" }
[[poll.calls]]
method = "GET"
url = "{{base_url}}/{{run}}"
extract = { state = "$.s" }
"#;

fn two_steps(server: &Loopback) -> RecipeEndpoint {
    let recipe = Recipe::parse(TWO_STEPS).unwrap();
    let settings = map(&[("base_url", &server.url())]);
    RecipeEndpoint::new(recipe, settings, BTreeMap::new(), &[]).unwrap()
}

fn ticket() -> Reply {
    Reply::Answer {
        status: 201,
        headers: vec![("Location", "/t/7".into())],
        body: r#"{"id":7}"#.into(),
    }
}

#[tokio::test]
async fn a_later_call_uses_what_an_earlier_one_extracted_with_its_type() {
    let server = Loopback::new([ticket(), answer(200, r#"{"run":99}"#)]);
    let started = two_steps(&server).start(&start(vec![1])).await.unwrap();
    assert_eq!(started.run, "99");
    let seen = &server.requests()[1];
    assert_eq!(seen.line, "PUT /tickets/7/run");
    let body: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
    assert_eq!(body, serde_json::json!({"ticket": 7, "note": "for HF-3", "at": "/t/7"}));
}

#[tokio::test]
async fn a_refusal_of_the_second_call_leaves_the_whole_unclear() {
    let server = Loopback::new([ticket(), answer(400, "no")]);
    let result = two_steps(&server).start(&start(vec![1])).await;
    assert!(matches!(result, Err(CallError::Unclear { status: Some(400), .. })), "{result:?}");
    let server = Loopback::new([ticket()]);
    let result = two_steps(&server).start(&start(vec![1])).await;
    assert!(matches!(result, Err(CallError::Unclear { .. })), "{result:?}");
}

#[tokio::test]
async fn a_secret_that_the_server_repeats_is_masked() {
    let echo = "t0p s3cret, t0p%20s3cret, dDBwIHMzY3JldA==";
    let said = format!(r#"{{"state":"failed","message":"bad token {echo}"}}"#);
    let server = Loopback::new([
        answer(400, echo),
        answer(200, said),
        answer(200, format!("{echo}\n")),
        answer(500, echo),
    ]);
    let endpoint = generic(&server);
    let refused = endpoint.start(&start(vec![1])).await.unwrap_err();
    let polled = endpoint.poll("r").await.unwrap();
    let logs = endpoint.logs("r", 0, false).await.unwrap();
    let health = endpoint.health().await.unwrap();
    let all = format!("{refused:?} {polled:?} {logs:?} {health:?}");
    assert!(!all.contains("s3cret") && !all.contains("dDBwIHMz"), "{all}");
}

#[test]
fn an_endpoint_without_its_settings_or_secrets_says_which() {
    let recipe = Recipe::built_in("generic-http").unwrap();
    let none = BTreeMap::new();
    let error = RecipeEndpoint::new(recipe.clone(), none.clone(), none.clone(), &[]).err().unwrap();
    assert_eq!(error.kind, crate::error::Kind::Invalid);
    let mut recipe = recipe;
    recipe.secrets[0].optional = false;
    let settings = map(&[("base_url", "http://127.0.0.1:1")]);
    let error = RecipeEndpoint::new(recipe, settings, none, &[]).err().unwrap();
    assert!(error.message.contains("token"), "{error}");
}

#[tokio::test]
async fn what_runs_is_told_in_the_recipes_words_or_not_at_all() {
    let server = Loopback::new([
        answer(200, r#"{"version":" 4.8.1 ","sha256":"00ff","commit":null}"#),
        answer(404, ""),
        answer(200, format!(r#"{{"version":"{}"}}"#, "x".repeat(4096))),
        answer(200, r#"{"version":"4.8\u0000"}"#),
        answer(500, "oops"),
    ]);
    let endpoint = generic(&server);
    let place =
        Place { product: "shop".into(), environment: "staging".into(), target: "web-1".into() };
    let told = endpoint.version(&place).await.unwrap().unwrap();
    assert_eq!(told.version, "4.8.1");
    assert_eq!((told.commit, told.package.as_deref()), (None, Some("00ff")));
    assert_eq!(server.requests()[0].line, "GET /running");
    assert_eq!(endpoint.version(&place).await, Ok(None));
    for _ in 0..3 {
        assert!(endpoint.version(&place).await.is_err());
    }
}
