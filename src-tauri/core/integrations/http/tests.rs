//! The guarded client against a server that misbehaves.

use super::{
    loopback::{Loopback, Reply, answer},
    *,
};

const PATIENCE: Duration = Duration::from_secs(5);

fn http(server: &Loopback) -> Http {
    Http::new(AllowedHosts::new([server.host()]).unwrap(), None).unwrap()
}

async fn post(server: &Loopback, timeout: Duration) -> Result<Answer, CallError> {
    let mut call = Call::new("POST", format!("{}/run", server.url()), timeout);
    call.body = Payload::Bytes(b"go".to_vec());
    http(server).send(call).await
}

fn is_unclear(result: &Result<Answer, CallError>) -> bool {
    matches!(result, Err(CallError::Unclear { .. }))
}

#[tokio::test]
async fn nobody_listening_is_never_sent() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let http = Http::new(AllowedHosts::new([format!("127.0.0.1:{port}")]).unwrap(), None).unwrap();
    let result = http.send(Call::new("POST", format!("http://127.0.0.1:{port}/"), PATIENCE)).await;
    assert!(matches!(result, Err(CallError::NotSent { .. })), "{result:?}");
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_never_sent() {
    let http = Http::new(AllowedHosts::new(["nobody.invalid"]).unwrap(), None).unwrap();
    let result = http.send(Call::new("POST", "http://nobody.invalid/", PATIENCE)).await;
    assert!(matches!(result, Err(CallError::NotSent { .. })), "{result:?}");
}

#[tokio::test]
async fn a_host_that_is_not_listed_sees_nothing() {
    let server = Loopback::new([answer(200, "")]);
    let http = Http::new(AllowedHosts::new(["ci.example.com"]).unwrap(), None).unwrap();
    let result = http.send(Call::new("POST", server.url(), PATIENCE)).await;
    assert!(matches!(&result, Err(CallError::NotSent { message }) if message.contains("Settings")));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_listed_name_is_resolved_and_called() {
    let server = Loopback::new([answer(200, "hello")]);
    let host = format!("localhost:{}", server.address.port());
    let http = Http::new(AllowedHosts::new([&host]).unwrap(), None).unwrap();
    let answer = http.send(Call::new("GET", format!("http://{host}/"), PATIENCE)).await.unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, "hello"));
}

#[tokio::test]
async fn a_cut_connection_is_unclear_and_is_not_tried_again() {
    for reply in [Reply::CutUnread, Reply::CutAfterReading] {
        let server = Loopback::new([reply.clone(), answer(200, "second"), answer(200, "third")]);
        let result = post(&server, PATIENCE).await;
        assert!(is_unclear(&result), "{reply:?}: {result:?}");
        assert_eq!(server.requests().len(), 1, "{reply:?}");
    }
}

#[tokio::test]
async fn silence_is_unclear() {
    let server = Loopback::new([Reply::Silence]);
    let result = post(&server, Duration::from_millis(200)).await;
    assert!(is_unclear(&result), "{result:?}");
    assert!(result.unwrap_err().message().contains("did not answer within 0.2 s"));
}

#[tokio::test]
async fn a_body_that_only_drips_in_is_given_up_in_time_and_unclear() {
    let server = Loopback::new([Reply::Drip]);
    let begun = std::time::Instant::now();
    let result = post(&server, Duration::from_millis(300)).await;
    let Err(CallError::Unclear { status: Some(200), .. }) = result else { panic!("{result:?}") };
    // The bytes never stop; the whole call has its time all the same.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_answer_that_is_no_http_is_unclear() {
    let server = Loopback::new([Reply::Raw(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())]);
    let result = post(&server, PATIENCE).await;
    assert!(is_unclear(&result), "{result:?}");
}

#[tokio::test]
async fn a_body_cut_short_is_unclear_and_names_the_status() {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this".to_vec();
    let result = post(&Loopback::new([Reply::Raw(cut)]), PATIENCE).await;
    assert!(matches!(result, Err(CallError::Unclear { status: Some(200), .. })), "{result:?}");
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_not_read() {
    let server = Loopback::new([answer(200, "x".repeat(100_000))]);
    let mut call = Call::new("GET", server.url(), PATIENCE);
    call.answer_limit = 1000;
    let result = http(&server).send(call).await;
    assert!(matches!(&result, Err(CallError::Unclear { message, .. }) if message.contains("1000")));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = Loopback::new([answer(200, "token taken")]);
    let moved = Reply::Answer {
        status: 302,
        headers: vec![("Location", elsewhere.url())],
        body: String::new(),
    };
    let server = Loopback::new([moved]);
    assert_eq!(post(&server, PATIENCE).await.unwrap().status, 302);
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_header_cannot_smuggle_another_one() {
    let server = Loopback::new([answer(200, "")]);
    let call = Call::new("GET", server.url(), PATIENCE).header("X-Run", "1\r\nX-Admin: yes");
    let result = http(&server).send(call).await;
    assert!(matches!(result, Err(CallError::NotSent { .. })), "{result:?}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn secrets_in_headers_and_queries_show_up_in_no_debug_output_and_no_error() {
    let server = Loopback::new([Reply::CutAfterReading]);
    let url = format!("{}/x?token=s3cret", server.url());
    let call = Call::new("GET", &url, PATIENCE).header("Authorization", "Bearer s3cret");
    assert!(!format!("{call:?}").contains("s3cret"));
    let error = http(&server).send(call).await.unwrap_err();
    assert!(!format!("{error:?} {error}").contains("s3cret"), "{error:?}");
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer s3cret"));
}

#[tokio::test]
async fn retry_after_is_read_in_seconds() {
    let busy = Reply::Answer {
        status: 429,
        headers: vec![("Retry-After", "17".into())],
        body: String::new(),
    };
    assert_eq!(post(&Loopback::new([busy]), PATIENCE).await.unwrap().retry_after(), Some(17));
}
