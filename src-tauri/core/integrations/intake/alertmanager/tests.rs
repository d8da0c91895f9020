//! What alerts become; the real Alertmanager is asked in `tests/tests/sources.rs`.

use super::*;
use crate::integrations::http::loopback::{Loopback, Reply, answer};
use serde_json::json;

fn source(
    replies: impl Into<Vec<Reply>>,
    query: &str,
    group_by: &[&str],
) -> (Loopback, Alertmanager) {
    let server = Loopback::new(replies);
    let access = Access {
        address: server.url(),
        query: query.into(),
        group_by: group_by.iter().map(|name| (*name).to_owned()).collect(),
        ..Access::default()
    };
    let source = Alertmanager::new(&access).unwrap();
    (server, source)
}

fn alert(name: &str, pod: &str, state: &str) -> serde_json::Value {
    json!({
        "labels": { "alertname": name, "pod": pod, "service": "cart" },
        "annotations": { "summary": "Cart is slow", "description": format!("{pod} takes 9 s") },
        "startsAt": "2026-11-24T10:00:00.000Z", "endsAt": "2026-11-24T10:05:00.000Z",
        "updatedAt": "2026-11-24T10:01:00.000Z", "fingerprint": format!("{name}{pod}"),
        "generatorURL": "http://prometheus.example.com/graph", "receivers": [{ "name": "x" }],
        "status": { "state": state, "silencedBy": [], "inhibitedBy": [] },
    })
}

#[tokio::test]
async fn a_storm_is_one_item_with_every_alert_in_it() {
    let storm: Vec<_> = (0..10_000).map(|n| alert("Slow", &format!("pod-{n}"), "active")).collect();
    let (_server, source) = source([answer(200, json!(storm).to_string())], "", &[]);
    let page = source.poll(None).await.unwrap();
    assert!(page.whole && !page.more);
    let [item] = &page.items[..] else { panic!("{} items", page.items.len()) };
    assert_eq!((item.id.as_str(), item.title.as_str()), ("alertname=Slow", "Slow: Cart is slow"));
    let Seen::Now { marks, .. } = &item.seen else { panic!("{:?}", item.seen) };
    assert_eq!(marks.iter().collect::<std::collections::BTreeSet<_>>().len(), 10_000);
    assert_eq!(item.labels.get("service").map(String::as_str), Some("cart"));
    assert!(!item.labels.contains_key("pod"), "what differs is not the issue's");
    assert!(item.text.contains("and 9980 more"), "{}", item.text);
}

#[tokio::test]
async fn labels_of_ones_own_choice_tell_troubles_apart() {
    let alerts = [alert("Slow", "a", "active"), alert("Slow", "b", "suppressed")];
    let body = json!(alerts).to_string();
    let (_server, source) = source([answer(200, body)], "", &["alertname", "pod"]);
    let page = source.poll(None).await.unwrap();
    let seen: Vec<_> = page.items.iter().map(|item| (item.id.as_str(), item.held)).collect();
    assert_eq!(seen, [("alertname=Slow,pod=a", false), ("alertname=Slow,pod=b", true)]);
}

#[tokio::test]
async fn matchers_go_with_the_question_each_on_its_own() {
    let query = r#"{severity="critical", team=~"a,b|c"}"#;
    let (server, source) = source([answer(200, "[]")], query, &[]);
    assert_eq!(source.poll(None).await.unwrap().items, Vec::new());
    let line = &server.requests()[0].line;
    assert_eq!(
        line,
        "GET /api/v2/alerts?filter=severity%3D%22critical%22&filter=team%3D%7E%22a%2Cb%7Cc%22"
    );
    assert!(matchers("nonsense").is_err() && matchers("a=\"").is_err());
    assert_eq!(matchers(" ").unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_no_alertmanager_is_said_to_be_none() {
    let (_server, source) = source([answer(200, "<html>"), answer(500, "oops")], "", &[]);
    let error = source.poll(None).await.unwrap_err();
    assert!(error.lasting && error.error.hint.unwrap().contains("right system"));
    let error = source.poll(None).await.unwrap_err();
    assert!(!error.lasting && error.error.message.contains("500"), "{error:?}");
}
