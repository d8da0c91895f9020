//! What is sent to a server, and what its answers mean.

use super::*;
use crate::integrations::http::loopback::{Loopback, Reply, answer};

const CALENDAR: &str = r#"<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><response><href>/cal/</href><propstat><prop><displayname>Releases</displayname><resourcetype><collection/><C:calendar/></resourcetype><current-user-privilege-set><privilege><read/></privilege></current-user-privilege-set></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"#;

fn calendar(server: &Loopback) -> Calendar {
    let address = format!("{}/cal", server.url());
    let password = Some("s3cret".to_owned().into());
    Calendar::new(&Access { address, user: "rita".into(), password }).unwrap()
}

async fn refused(status: u16, headers: Vec<(&'static str, String)>) -> PublishError {
    let body = "no".into();
    let server = Loopback::new([Reply::Answer { status, headers, body }]);
    calendar(&server).names().await.unwrap_err()
}

#[tokio::test]
async fn a_calendar_says_its_name_and_whether_one_may_write() {
    let server = Loopback::new([answer(207, CALENDAR)]);
    let look = calendar(&server).look().await.unwrap();
    assert_eq!((look.name.as_str(), look.may_write), ("Releases", Some(false)));
    let asked = server.requests();
    assert_eq!(asked[0].line, "PROPFIND /cal/");
    assert_eq!(asked[0].header("depth"), Some("0"));
    assert_eq!(asked[0].header("authorization"), Some("Basic cml0YTpzM2NyZXQ="));
}

#[tokio::test]
async fn what_is_no_calendar_of_events_is_told_apart() {
    let folder = CALENDAR.replace("<C:calendar/>", "");
    let tasks = CALENDAR.replace(
        "<displayname>",
        "<C:supported-calendar-component-set><C:comp name=\"VTODO\"/></C:supported-calendar-component-set><displayname>",
    );
    for (body, why) in [(folder, "folder"), (tasks, "tasks")] {
        let server = Loopback::new([answer(207, body)]);
        let error = calendar(&server).look().await.unwrap_err();
        assert!(error.lasting && error.error.message.contains(why), "{}", error.error);
    }
    let server = Loopback::new([answer(200, "<html>Welcome</html>"), answer(207, "<html/>")]);
    for _ in 0..2 {
        calendar(&server).look().await.unwrap_err();
    }
}

#[tokio::test]
async fn a_new_one_is_put_where_nothing_is_and_a_known_one_over_what_was_seen() {
    let server = Loopback::new([201, 204, 412, 204, 404].map(|status| answer(status, "")));
    let calendar = calendar(&server);
    assert_eq!(calendar.put("a.ics", "x", None).await.unwrap(), Done::Changed);
    assert_eq!(calendar.put("a.ics", "x", Some("\"1\"")).await.unwrap(), Done::Changed);
    assert_eq!(calendar.put("a.ics", "x", Some("\"1\"")).await.unwrap(), Done::Moved);
    assert_eq!(calendar.remove("a.ics", "\"2\"").await.unwrap(), Done::Changed);
    assert_eq!(calendar.remove("a.ics", "\"2\"").await.unwrap(), Done::Moved, "it is gone");
    let asked = server.requests();
    assert_eq!(asked[0].line, "PUT /cal/a.ics");
    assert_eq!(asked[0].header("if-none-match"), Some("*"));
    assert_eq!(asked[1].header("if-match"), Some("\"1\""));
    assert_eq!(
        (asked[3].line.as_str(), asked[3].header("if-match")),
        ("DELETE /cal/a.ics", Some("\"2\""))
    );
    for odd in ["", "../other/a.ics", "https://elsewhere.example.com/a.ics"] {
        calendar.put(odd, "x", None).await.unwrap_err();
    }
    assert_eq!(server.requests().len(), 5, "nothing else was called");
}

#[tokio::test]
async fn only_what_was_asked_for_is_taken_from_an_answer() {
    let one = |name: &str| {
        format!(
            "<response><href>http://elsewhere.example.com/x/{name}</href><propstat><prop><getetag>\"1\"</getetag><C:calendar-data>BEGIN</C:calendar-data></prop><status>HTTP/1.1 200 OK</status></propstat></response>"
        )
    };
    let body = format!(
        "<multistatus xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">{}{}</multistatus>",
        one("a.ics"),
        one("b.ics")
    );
    let server = Loopback::new([answer(207, body)]);
    let found = calendar(&server).read(&["a.ics".into()]).await.unwrap();
    let names: Vec<_> = found.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["a.ics"]);
    let body = String::from_utf8(server.requests()[0].body.clone()).unwrap();
    assert!(body.contains("<href>/cal/a.ics</href>"), "{body}");
}

#[tokio::test]
async fn a_refusal_says_what_it_is_and_what_to_do() {
    let wait = refused(503, vec![("Retry-After", "17".into())]).await;
    assert_eq!((wait.wait, wait.lasting), (Some(Duration::from_secs(17)), false));
    for (status, word) in
        [(401, "password"), (403, "may not"), (404, "nothing"), (405, "no calendar"), (507, "room")]
    {
        let error = refused(status, Vec::new()).await;
        assert!(error.lasting && error.error.message.contains(word), "{}", error.error);
        assert!(error.error.hint.is_some() && !format!("{error:?}").contains("s3cret"));
    }
    assert!(!refused(500, Vec::new()).await.lasting);
}

#[tokio::test]
async fn a_redirect_is_told_and_the_password_does_not_follow_it() {
    let elsewhere = Loopback::new([answer(207, CALENDAR)]);
    let location = format!("{}/cal/", elsewhere.url());
    let error = refused(301, vec![("Location", location.clone())]).await;
    assert!(error.error.message.contains(&location), "{}", error.error);
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_password_is_not_sent_in_the_open() {
    let access = |address: &str, password: Option<&str>| Access {
        address: address.into(),
        user: "rita".into(),
        password: password.map(|text| text.to_owned().into()),
    };
    let error = Calendar::new(&access("http://dav.example.com/a/", Some("x"))).unwrap_err();
    assert!(error.message.contains("https://"), "{error}");
    assert!(Calendar::new(&access("http://dav.example.com/a/", None)).is_ok());
    assert!(Calendar::new(&access("http://127.0.0.1:5232/a/", Some("x"))).is_ok());
    assert!(Calendar::new(&access("ftp://dav.example.com/a/", Some("x"))).is_err());
}
