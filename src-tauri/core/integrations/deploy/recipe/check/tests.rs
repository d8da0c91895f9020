//! Mistakes in recipes, and the lines they are told on.

use super::super::BUILT_IN;
use super::*;

fn generic() -> String {
    BUILT_IN[0].1.to_string()
}

fn line_of(text: &str, needle: &str) -> u32 {
    let index = text.lines().position(|line| line.contains(needle)).unwrap();
    u32::try_from(index + 1).unwrap()
}

#[test]
fn every_recipe_that_ships_is_right_and_named_like_its_file() {
    for (name, text) in BUILT_IN {
        assert_eq!(problems(text), [], "{name}");
        assert_eq!(Recipe::built_in(name).unwrap().name, *name);
        let json = serde_json::to_string(&Recipe::built_in(name).unwrap()).unwrap();
        assert_eq!(serde_json::from_str::<Recipe>(&json).unwrap(), Recipe::parse(text).unwrap());
    }
}

#[test]
fn what_may_be_tried_again_is_named_for_start_and_rollback_and_has_bounds() {
    let header = "idempotency_header = \"Idempotency-Key\"\n";
    let with = |rule: &str| generic().replace(header, &format!("{header}retry = {rule}\n"));
    let text = with("{ statuses = [429, 503] }");
    assert_eq!(problems(&text), []);
    let rule = Recipe::parse(&text).unwrap().start.retry.unwrap();
    assert_eq!((rule.statuses, rule.times, rule.minutes), (vec![429, 503], 3, 10));
    assert!(Recipe::parse(&generic()).unwrap().start.retry.is_none(), "nothing by itself");
    for (rule, word) in [
        ("{ statuses = [] }", "429, 503"),
        ("{ statuses = [202] }", "400 to 599"),
        ("{ statuses = [503], times = 11 }", "1 to 10"),
        ("{ statuses = [503], minutes = 0 }", "1 to 60"),
        ("{ times = 2 }", "statuses"),
    ] {
        let found = problems(&with(rule));
        assert!(found.iter().any(|problem| problem.message.contains(word)), "{rule}: {found:?}");
    }
    let poll =
        generic().replace("[poll.states]", "[poll.retry]\nstatuses = [503]\n\n[poll.states]");
    assert!(problems(&poll)[0].message.contains("no retry"));
}

#[test]
fn each_mistake_is_told_on_its_own_line() {
    let cases = [
        ("{{base_url}}/deployments/{{run}}\"", "{{base_url}}/deployments/{{rum}}\"", "rum", "rum"),
        ("{{base_url}}/healthz", "{{base_url/healthz", "healthz", "template"),
        ("{ text = \"body\" }", "{ text = \"$.[\" }", "$.[", "JSONPath"),
        ("absent = [404]", "absent = [4040]", "url = \"{{base_url}}/deployments?key", "4040"),
        ("timeout_seconds = 10", "timeout_seconds = 0", "timeout_seconds = 0", "timeout"),
        (
            "method = \"POST\"\nurl = \"{{base_url}}/rollback\"",
            "method = \"SEND\"\nurl = \"{{base_url}}/rollback\"",
            "SEND",
            "SEND",
        ),
        ("format = 1", "format = 9", "format = 9", "9"),
        ("name = \"generic-http\"", "name = \"Generic HTTP\"", "name = \"Generic", "lower-case"),
        ("[[secrets]]", "[[secret]]", "[[secret]]", "secret"),
    ];
    for (old, new, needle, word) in cases {
        let text = generic().replacen(old, new, 1);
        assert_ne!(text, generic(), "{old}");
        let found = problems(&text);
        assert!(found.iter().any(|p| p.message.contains(word)), "{new}: {found:?}");
        if needle.starts_with("url = ") {
            continue;
        }
        let line = line_of(&text, needle);
        assert!(found.iter().any(|p| p.line == line), "{new}: {found:?} not on {line}");
    }
}

#[test]
fn several_mistakes_are_told_at_once() {
    let text = generic().replacen("method = \"POST\"", "methd = \"POST\"", 1).replacen(
        "timeout_seconds = 10",
        "timeout = 10",
        1,
    );
    let found = problems(&text);
    assert!(found.len() >= 2, "{found:?}");
    assert!(found.iter().any(|p| p.message.contains("methd")), "{found:?}");
}

#[test]
fn a_section_that_leaves_out_what_the_engine_needs_is_wrong() {
    let text = generic().replacen("extract = { run = \"$.run\" }\n", "", 1);
    assert!(problems(&text)[0].message.contains("must extract run"));
    let text = generic().replacen(
        "[poll.states]\nrunning = \"running\"",
        "[poll.states]\nrunning = \"walking\"",
        1,
    );
    assert!(!problems(&text).is_empty());
}

#[test]
fn what_runs_is_asked_by_a_call_that_changes_nothing_and_must_name_the_version() {
    let asks = "url = \"{{base_url}}/running\"";
    let posts = generic().replacen(
        &format!("method = \"GET\"\n{asks}"),
        &format!("method = \"POST\"\n{asks}"),
        1,
    );
    assert!(problems(&posts)[0].message.contains("change nothing"), "{:?}", problems(&posts));
    let text = generic().replacen("version = \"$.version\"", "v = \"$.version\"", 1);
    assert!(problems(&text)[0].message.contains("must extract version"));
}

#[test]
fn loops_are_not_part_of_the_language() {
    let text = generic().replacen(
        "{{base_url}}/healthz",
        "{{base_url}}/{% for c in base_url %}{{c}}{% endfor %}",
        1,
    );
    assert!(problems(&text)[0].message.contains("nothing else"), "{:?}", problems(&text));
}

#[test]
fn syntax_errors_have_their_line() {
    let found = problems("format = 1\nname = \n");
    assert_eq!(found[0].line, 2, "{found:?}");
}

#[test]
fn what_calls_hand_to_each_other_is_checked_by_line() {
    let jenkins = BUILT_IN.iter().find(|(name, _)| *name == "jenkins").unwrap().1;
    let cases = [
        ("only_with = \"number\"", "only_with = \"numbre\"", "extracts “numbre”"),
        ("@.queueId == {{run | number}}", "@.queueId == {{run}}", "within quotes"),
        ("| base64}}\" }\nsuccess", "| bas64}}\" }\nsuccess", "bas64"),
        ("state = \"{% if queued or", "state = \"{% if queud or", "called “queud”"),
        ("HOTFIX = \"{{hotfix}}\"", "HOTFIX = \"{{hotfiks}}\"", "called “hotfiks”"),
    ];
    for (old, new, words) in cases {
        let text = jenkins.replacen(old, new, 1);
        assert_ne!(text, jenkins, "{old}");
        let found = problems(&text);
        let told = found.iter().find(|problem| problem.message.contains(words));
        let told = told.unwrap_or_else(|| panic!("{new}: {found:?}"));
        let near = text[..text.find(new.split('\n').next().unwrap()).unwrap()].lines().count();
        assert!(told.line.abs_diff(u32::try_from(near).unwrap()) <= 1, "{new}: {told:?}, {near}");
    }
    let unsigned = generic().replacen("secret = \"hub\" }", "secret = \"hubb\" }", 1);
    assert!(problems(&unsigned)[0].message.contains("no secret “hubb”"), "{unsigned}");
}
