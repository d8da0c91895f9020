//! Probes against a server that answers as it likes.

use super::*;
use crate::integrations::http::loopback::{Loopback, Reply, answer};

async fn sample(reply: Reply, text: &str, max_millis: Option<u32>) -> Sample {
    let server = Loopback::new([reply]);
    let url = format!("{}/cart", server.url());
    let expects = Expect::of_probe(200, text, max_millis);
    HttpProbe::new("GET", &url, "", expects, &Reach::default()).unwrap().sample().await
}

#[tokio::test]
async fn the_expected_answer_is_a_success_with_its_time() {
    let sample = sample(answer(200, "total: 42"), "total", Some(5000)).await;
    assert_eq!(sample.result, Outcome::Success, "{sample:?}");
    assert!(sample.value.is_some_and(|millis| millis > 0.0));
}

#[tokio::test]
async fn a_wrong_answer_is_a_failure_that_says_what_is_wrong() {
    let cases = [
        (answer(500, "total"), "total", None, "500 instead of 200"),
        (answer(302, "total"), "total", None, "302 instead of 200"),
        (answer(200, "oops"), "total", None, "lacks “total”"),
        (answer(200, "total"), "total", Some(0), "ms"),
    ];
    for (reply, text, most, said) in cases {
        let sample = sample(reply, text, most).await;
        assert_eq!(sample.result, Outcome::Failure, "{sample:?}");
        assert!(sample.detail.contains(said), "{sample:?}");
    }
}

#[tokio::test]
async fn no_answer_is_an_error() {
    let cut = sample(Reply::CutAfterReading, "", None).await;
    assert_eq!(cut.result, Outcome::Error, "{cut:?}");
    let gone =
        HttpProbe::new("GET", "http://127.0.0.1:1/", "", Vec::new(), &Reach::default()).unwrap();
    assert_eq!(gone.sample().await.result, Outcome::Error);
}

#[tokio::test]
async fn a_page_of_several_megabytes_is_an_answer_like_any_other() {
    let page = format!("{}total", "x".repeat(3 << 20));
    assert_eq!(sample(answer(200, page), "total", None).await.result, Outcome::Success);
}

#[tokio::test]
async fn a_probe_posts_its_body() {
    let server = Loopback::new([answer(201, "")]);
    let expects = Expect::of_probe(201, "", None);
    let probe =
        HttpProbe::new("POST", &server.url(), r#"{"item":1}"#, expects, &Reach::default()).unwrap();
    assert_eq!(probe.sample().await.result, Outcome::Success);
    assert_eq!(server.requests()[0].body, br#"{"item":1}"#);
}

#[test]
fn a_probe_of_nothing_or_of_another_protocol_is_refused_when_it_is_set_up() {
    for url in ["", "shop", "file:///etc/passwd", "ftp://x/", "http://user:pass@x/"] {
        assert!(HttpProbe::new("GET", url, "", Vec::new(), &Reach::default()).is_err(), "{url}");
    }
}

#[tokio::test]
async fn a_look_says_everything_that_is_not_as_expected() {
    let server = Loopback::new([answer(500, r#"{"ok":false}"#)]);
    let mut expects = Expect::of_probe(200, "total", None);
    expects.push(Expect::json("$.ok", "true").unwrap());
    let probe = HttpProbe::new("GET", &server.url(), "", expects, &Reach::default()).unwrap();
    let look = probe.look().await.unwrap();
    assert_eq!((look.status, look.begins.as_str()), (500, r#"{"ok":false}"#));
    let wrong =
        ["answers 500 instead of 200", "the answer lacks “total”", "$.ok is false instead of true"];
    assert_eq!(look.wrong, wrong);
}

#[tokio::test]
async fn more_than_a_page_may_be_is_no_answer() {
    let server = Loopback::new([answer(200, "x".repeat(PAGE_LIMIT + 1))]);
    let probe = HttpProbe::new("GET", &server.url(), "", Vec::new(), &Reach::default()).unwrap();
    let error = probe.look().await.unwrap_err();
    assert!(error.message().contains("which is not read"), "{error}");
}
