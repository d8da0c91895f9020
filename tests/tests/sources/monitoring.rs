//! A real Alertmanager and a real Prometheus.

use super::{Workspace, counts};
use hotfix_tests::{
    child::{free_port, wait_for},
    servers::{Alertmanager, Prometheus},
};
use serde_json::{Value, json};
use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
    time::Duration,
};

const STORM: usize = 10_000;

fn alertmanager(server: &Alertmanager, query: &str) -> Value {
    json!({
        "kind": "source", "id": "alerts", "name": "Alerts", "system": "alertmanager",
        "address": server.url(), "query": query, "every_seconds": 60,
        "labels": [{ "label": "service", "field": "component" }],
    })
}

fn alert(name: &str, pod: usize, ends_at: Option<&str>) -> Value {
    let mut alert = json!({
        "labels": { "alertname": name, "pod": format!("pod-{pod}"), "service": "cart", "severity": "critical" },
        "annotations": { "summary": "The cart is slow" },
        "startsAt": "2026-03-01T10:00:00Z",
        "generatorURL": "http://prometheus.example.com/graph",
    });
    if let Some(at) = ends_at {
        alert["endsAt"] = at.into();
    } else {
        alert["endsAt"] = "2099-01-01T00:00:00Z".into();
    }
    alert
}

#[test]
fn a_storm_of_ten_thousand_alerts_is_one_issue_with_a_count_and_its_end_is_noted() {
    let server = Alertmanager::start();
    let ground = Workspace::with(alertmanager(&server, ""));
    assert_eq!(counts(&ground.run("alerts")), [0; 5]);
    let storm: Vec<_> = (0..STORM).map(|pod| alert("Slow", pod, None)).collect();
    server.post(&storm);
    assert_eq!(counts(&ground.run("alerts")), [1, 0, 0, 0, 0]);
    let issue = ground.issue("ISS-1");
    assert_eq!(issue["text"]["title"], "Slow: The cart is slow");
    assert_eq!((&issue["seen_again"], &issue["affected"]), (&json!(STORM - 1), &json!(1)));
    assert_eq!((&issue["component"], &issue["channel"]), (&json!("cart"), &json!("monitoring")));
    assert_eq!(issue["origin"]["url"], "http://prometheus.example.com/graph");
    // Read again, also after everything but the journal was lost: nothing is new.
    assert_eq!(counts(&ground.run("alerts")), [0, 0, 0, 0, 1]);
    ground.forget();
    assert_eq!(counts(&ground.run("alerts")), [0, 0, 0, 0, 1]);
    // One more, and another trouble.
    server.post(&[alert("Slow", STORM, None), alert("DiskFull", 0, None)]);
    assert_eq!(counts(&ground.run("alerts")), [1, 1, 0, 0, 0]);
    assert_eq!(ground.issue("ISS-1")["seen_again"], STORM);
    assert_eq!(ground.row()["going_on"], 2);
    // It ends.
    let over: Vec<_> =
        (0..=STORM).map(|pod| alert("Slow", pod, Some("2026-03-01T11:00:00Z"))).collect();
    server.post(&over);
    assert_eq!(counts(&ground.run("alerts")), [0, 0, 0, 1, 1]);
    let note = ground.issue("ISS-1")["comments"][0].clone();
    assert_eq!(note["text"], "It is over: the last 10001 alerts have ended.");
    assert_eq!(note["internal"], true);
    assert_eq!(ground.row()["going_on"], 1);
    assert_eq!(ground.total(), 2);
    ground.whole();
}

#[test]
fn matchers_leave_out_the_rest_and_what_is_silenced_is_no_news() {
    let server = Alertmanager::start();
    let ground = Workspace::with(alertmanager(&server, r#"service="cart", pod=~"pod-1|pod-2""#));
    server.silence("pod", "pod-2");
    server.post(&[alert("One", 1, None), alert("Two", 2, None), alert("Three", 3, None)]);
    assert_eq!(counts(&ground.run("alerts")), [1, 0, 0, 0, 1]);
    assert_eq!(ground.issue("ISS-1")["text"]["title"], "One: The cart is slow");
    // A matcher that Alertmanager cannot read is a person's to mend, and says so.
    let mut wrong = alertmanager(&server, r#"a=~"[""#);
    wrong["id"] = "alerts".into();
    ground.save(wrong);
    let (error, row) = ground.fail("alerts");
    assert!(error.message.contains("400") && row["lasting"] == true, "{error}");
}

#[test]
fn a_server_that_is_not_there_is_offline_and_one_of_another_kind_is_told_apart() {
    let port = free_port();
    let mut source = json!({
        "kind": "source", "id": "alerts", "name": "Alerts", "system": "alertmanager",
        "address": format!("http://127.0.0.1:{port}"), "every_seconds": 60,
    });
    let ground = Workspace::with(source.clone());
    let (error, row) = ground.fail("alerts");
    assert_eq!(error.kind, hotfix_core::error::Kind::Offline);
    assert_eq!(row["lasting"], false);
    assert!(!row["next_at"].is_null());
    let server = Alertmanager::start();
    source["address"] = format!("{}/elsewhere", server.url()).into();
    ground.save(source);
    let (error, row) = ground.fail("alerts");
    assert!(error.message.contains("404") && row["lasting"] == true, "{error}");
}

/// A target that can be scraped, until it is dropped.
struct Target(std::sync::Arc<std::sync::atomic::AtomicBool>, u16);

impl Target {
    fn on(port: u16) -> Self {
        let ended = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let over = std::sync::Arc::clone(&ended);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                if over.load(std::sync::atomic::Ordering::Relaxed) {
                    return;
                }
                let _ = stream.read(&mut [0; 4096]);
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: 7\r\nConnection: close\r\n\r\n";
                let _ = stream.write_all(format!("{head}shop 1\n").as_bytes());
            }
        });
        Self(ended, port)
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
        let _ = std::net::TcpStream::connect(("127.0.0.1", self.1));
    }
}

#[test]
fn a_query_of_prometheus_that_finds_something_is_an_issue_until_it_finds_nothing() {
    let port = free_port();
    let server = Prometheus::start(&format!("127.0.0.1:{port}"), None);
    let source = json!({
        "kind": "source", "id": "down", "name": "Down", "system": "prometheus",
        "address": server.url(), "query": "up == 0", "every_seconds": 60,
        "labels": [{ "label": "job", "field": "component" }],
    });
    let ground = Workspace::with(source.clone());
    server.until("up==0", 1);
    assert_eq!(counts(&ground.run("down")), [1, 0, 0, 0, 0]);
    let issue = ground.issue("ISS-1");
    assert_eq!(issue["text"]["title"], "Prometheus finds: up == 0");
    assert_eq!(issue["component"], "shop");
    assert!(issue["text"]["description"].as_str().unwrap().contains(&format!("127.0.0.1:{port}")));
    assert_eq!(counts(&ground.run("down")), [0, 0, 0, 0, 1]);
    let target = Target::on(port);
    server.until("up==1", 1);
    assert_eq!(counts(&ground.run("down")), [0, 0, 0, 1, 0]);
    assert_eq!(counts(&ground.run("down")), [0; 5]);
    drop(target);
    server.until("up==0", 1);
    assert_eq!(counts(&ground.run("down")), [0, 1, 0, 0, 0]);
    assert_eq!(ground.issue("ISS-1")["seen_again"], 1);
    // A query that cannot be read, and one that always finds something.
    for (query, said) in [("up ==", "parse error"), ("1", "always there")] {
        let mut wrong = source.clone();
        wrong["query"] = query.into();
        ground.save(wrong);
        let (error, row) = ground.fail("down");
        assert!(error.message.contains(said) && row["lasting"] == true, "{error}");
    }
    ground.whole();
}

#[test]
fn an_alert_that_prometheus_fires_at_alertmanager_becomes_an_issue() {
    let alerts = Alertmanager::start();
    let _prometheus = Prometheus::start(&format!("127.0.0.1:{}", free_port()), Some(&alerts));
    let ground = Workspace::with(alertmanager(&alerts, r#"severity="critical""#));
    wait_for("the alert to arrive", Duration::from_secs(60), || {
        (ground.run("alerts")["logged"] == 1).then_some(())
    });
    let issue = ground.issue("ISS-1");
    let title = issue["text"]["title"].as_str().unwrap();
    assert!(title.starts_with("TargetDown: 127.0.0.1:") && title.ends_with("is down"), "{title}");
}
