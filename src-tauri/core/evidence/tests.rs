//! Reports as their tools wrote them (tests/data/reports), and reports that nobody should have written.

use super::*;
use proptest::prelude::*;
use std::io::Read;

macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/data/reports/", $name)).as_slice()
    };
}

fn counts(report: &Report) -> (u32, u32, u32) {
    let count = |outcome| report.count(outcome);
    (count(Outcome::Passed), count(Outcome::Failed), count(Outcome::Skipped))
}

fn failing(report: &Report) -> Vec<String> {
    let failed = report.cases.iter().filter(|case| case.outcome == Outcome::Failed);
    failed.map(Case::id).collect()
}

fn message<'a>(report: &'a Report, id: &str) -> &'a str {
    &report.cases.iter().find(|case| case.id() == id).unwrap().message
}

#[test]
fn pytest() {
    let report = read(sample!("pytest.xml")).unwrap();
    assert_eq!((report.suite.as_str(), counts(&report)), ("pytest tests", (3, 3, 2)));
    assert_eq!(
        failing(&report),
        [
            "test_pricing.TestTotal::test_rounds_up",
            "test_pricing::test_tax[\\u65e5\\u672c-10]",
            "test_pricing::test_orders",
        ]
    );
    let why = message(&report, "test_pricing.TestTotal::test_rounds_up");
    assert!(why.starts_with("AssertionError: rounding: 1.005 € <net>\nassert"), "{why}");
    assert!(message(&report, "test_pricing::test_orders").contains("no database"));
    assert!(message(&report, "test_pricing::test_payment").contains("payment sandbox"));
    assert_eq!(report.cases[3].id(), "test_pricing::test_tax[DE & AT-20]");
}

#[test]
fn cargo_nextest_whose_flaky_test_passed_in_the_end() {
    let report = read(sample!("nextest.xml")).unwrap();
    assert_eq!((report.suite.as_str(), counts(&report)), ("nextest-run", (2, 1, 0)));
    assert_eq!(failing(&report), ["cart::tests::total_is_rounded"]);
    assert_eq!(report.millis, Some(3112));
    assert!(message(&report, "cart::tests::total_is_rounded").contains("rounding"));
}

#[test]
fn maven_surefire_with_reruns() {
    let report = read(sample!("surefire.xml")).unwrap();
    assert_eq!((report.suite.as_str(), counts(&report)), ("com.acme.CartTest", (2, 2, 1)));
    assert_eq!(
        failing(&report),
        ["com.acme.CartTest::orders", "com.acme.CartTest::totalIsRounded"]
    );
    assert!(message(&report, "com.acme.CartTest::orders").contains("no database"));
}

#[test]
fn jest_with_a_suite_that_never_ran() {
    let report = read(sample!("jest.xml")).unwrap();
    assert_eq!(report.suite, "jest tests");
    let failing = failing(&report);
    assert!(failing.contains(&"cart::cart total is rounded".to_owned()), "{failing:?}");
    assert!(
        failing.contains(&"Test suite failed to run::broken.test.js".to_owned()),
        "{failing:?}"
    );
    assert_eq!(counts(&report), (2, 3, 1));
}

#[test]
fn gotestsum_with_a_package_that_does_not_build() {
    let report = read(sample!("gotestsum.xml")).unwrap();
    assert_eq!(counts(&report), (1, 3, 1));
    assert!(failing(&report).contains(&"acme.example/shop/orders::TestMain".to_owned()));
    let why = message(&report, "acme.example/shop/orders::TestMain");
    assert!(why.contains("undefined: connect\nFAIL\tacme.example"), "{why}");
    assert_eq!(report.millis, Some(412));
}

#[test]
fn node_writes_the_same_run_as_junit_and_as_tap() {
    let (xml, tap) = (read(sample!("node.xml")).unwrap(), read(sample!("node.tap")).unwrap());
    assert_eq!(counts(&xml), (2, 1, 2));
    assert_eq!(counts(&tap), (2, 1, 2));
    assert_eq!(failing(&xml), ["test::rounds # up"]);
    assert_eq!(failing(&tap), ["cart::rounds # up"]);
    let why = message(&tap, "cart::rounds # up");
    assert!(why.contains("error: \"'1.00' == '1.01'\""), "{why}");
    assert_eq!(tap.cases[0].millis, Some(2));
}

#[test]
fn perl_writes_tap_12_with_skips_and_subtests() {
    let report = read(sample!("perl.tap")).unwrap();
    assert_eq!((counts(&report), failing(&report)), ((1, 1, 2), vec!["rounds up".into()]));
    let report = read(sample!("perl-subtest.tap")).unwrap();
    assert_eq!((counts(&report), failing(&report)), ((2, 1, 0), vec!["cart::rounds".into()]));
}

fn tap(text: &str) -> Report {
    read(text.as_bytes()).unwrap()
}

#[test]
fn what_tap_calls_a_failure_of_the_whole_is_a_failing_test() {
    let short = tap("TAP version 14\n1..3\nok 1 - a\nok 2 - b\n");
    assert_eq!(counts(&short), (2, 1, 0));
    assert_eq!(short.cases[2].message, "3 tests were planned, and 2 ran.");
    let bail = tap("1..9\nok 1 - a\nBail out! The database is gone.\nok 2 - b\n");
    assert_eq!((counts(&bail), failing(&bail)), ((1, 1, 0), vec!["Bail out!".into()]));
    assert_eq!(bail.cases[1].message, "The database is gone.");
    assert_eq!(failing(&tap("ok 1 - a\nok 2 - b\n")), ["(the plan)"]);
    assert_eq!(failing(&tap("1..2\nok 1 - a\nok 1 - b\n")), ["(the plan)"]);
}

#[test]
fn tap_directives_and_escapes_mean_what_the_standard_says() {
    let report = tap("TAP version 14\n1..5\n\
        ok 1 - a \\# b # SKIP no\nnot ok 2 - c # todo later\nok 3 - d # Todo done\n\
        not ok 4 - C# compiles\nok 5 # SKIP\n");
    assert_eq!(counts(&report), (1, 1, 3));
    assert_eq!(report.cases[0].name, "a # b");
    assert_eq!(failing(&report), ["C# compiles"]);
    assert_eq!(counts(&tap("1..0 # SKIP no database here\n")), (0, 0, 1));
}

#[test]
fn a_subtest_is_counted_by_its_tests_and_fails_by_its_own_line_where_they_do_not() {
    let nested = tap("1..2\n    ok 1 - a\n    ok 2 - b\n    1..2\nok 1 - cart\n\
        # Subtest: till\n    1..1\n        1..1\n        not ok 1 - deep\n    not ok 1 - drawer\n\
        not ok 2 - till\n");
    assert_eq!(counts(&nested), (2, 1, 0));
    assert_eq!(nested.cases[0].id(), "cart::a");
    assert_eq!(failing(&nested), ["till › drawer::deep"]);
    let own = tap("1..1\n    ok 1 - a\n    1..1\nnot ok 1 - cart\n");
    assert_eq!(failing(&own), ["cart"], "all of its tests passed, and it failed all the same");
}

#[test]
fn output_without_tap_is_no_report() {
    let said = b"running 3 tests\nlooks okay\nnot okay at all\n".as_slice();
    assert_eq!(read_output(said).unwrap(), None);
    let mixed = b"make: entering\nTAP version 13\n1..1\nwarning: x\nok 1 - a\n".as_slice();
    assert_eq!(counts(&read_output(mixed).unwrap().unwrap()), (1, 0, 0));
    let error = read(b"three tests passed".as_slice()).unwrap_err();
    assert!(error.message.contains("neither JUnit XML nor TAP"), "{error}");
}

#[test]
fn failures_that_a_suite_counts_and_does_not_list_are_not_lost() {
    let report = read(
        b"<testsuites><testsuite name='a' failures='0' errors='2' tests='0'/>\
          <testsuite name='b' tests='1' failures='1'><testcase name='x'><failure/></testcase></testsuite>\
          <testsuite name='c'><error message='no compiler'/></testsuite></testsuites>"
            .as_slice(),
    )
    .unwrap();
    assert_eq!(
        failing(&report),
        ["a::(a test that is not listed)", "b::x", "c::(the suite itself)"]
    );
    assert_eq!(report.cases[2].message, "no compiler");
}

#[test]
fn times_are_read_as_people_write_them_and_nonsense_is_no_time() {
    let time = |time: &str| {
        let xml = format!("<testsuite><testcase name='a' time='{time}'/></testsuite>");
        read(xml.as_bytes()).unwrap().cases[0].millis
    };
    assert_eq!(time("1,234.5"), Some(1_234_500));
    assert_eq!(time("0.0004"), Some(0));
    for nonsense in ["", "NaN", "inf", "-1", "1e300", "soon"] {
        assert_eq!(time(nonsense), None, "{nonsense}");
    }
}

/// A file of that many bytes that nobody has to hold: its beginning, then one text again and again.
struct Endless {
    start: &'static [u8],
    part: &'static [u8],
    left: u64,
    at: usize,
}

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let mut written = 0;
        while written < out.len() && self.left > 0 {
            let byte = match self.start.get(self.at) {
                Some(byte) => *byte,
                None => self.part[(self.at - self.start.len()) % self.part.len()],
            };
            out[written] = byte;
            (written, self.at, self.left) = (written + 1, self.at + 1, self.left - 1);
        }
        Ok(written)
    }
}

#[track_caller]
fn refused(start: &'static str, part: &'static str, why: &str) {
    let began = std::time::Instant::now();
    let endless =
        Endless { start: start.as_bytes(), part: part.as_bytes(), left: 200 << 20, at: 0 };
    let error = read(endless).unwrap_err();
    assert!(error.message.contains(why), "{error}");
    assert!(error.hint.is_some() && error.location.is_some(), "{error:?}");
    // Unoptimised and beside other tests; the release build takes a second.
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}

#[test]
fn two_hundred_megabytes_are_refused_whatever_they_consist_of() {
    refused("<testsuite>", "<testcase name='a'/>", "tests");
    refused("<testsuite><testcase name='a'><failure>", "and again ", "MiB");
    refused("<testsuite><system-out><![CDATA[", "]] > ", "MiB");
    refused("<testsuite name='", "a", "mebibyte");
    refused("", "<a>", "not JUnit XML");
    refused("<testsuite>", "<testsuite>", "deep");
    refused("<!--", "-", "MiB");
    refused("1..2\nok 1 - ", "a", "MiB");
    refused("TAP version 13\n", "ok\n", "tests");
}

#[test]
fn bombs_of_entities_and_attributes_are_refused_before_they_go_off() {
    let bomb =
        b"<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>\n\
        <testsuite><testcase name=\"&b;\"/></testsuite>";
    let error = read(bomb.as_slice()).unwrap_err();
    assert_eq!(error.location.as_deref(), Some("line 2"));
    let unknown = read(b"<testsuite><testcase name='&b;'/></testsuite>".as_slice()).unwrap();
    assert_eq!(unknown.cases[0].name, "&b;", "an entity that nobody declared stays as it is");
    let many: String = (0..300).map(|n| format!(" a{n}='x'")).collect();
    let error = read(format!("<testsuite{many}/>").as_bytes()).unwrap_err();
    assert!(error.message.contains("attributes"), "{error}");
}

#[test]
fn a_report_that_was_cut_or_is_none_is_told_with_its_line() {
    let error = read(b"<testsuite>\n<testcase name='a'>\n<fail".as_slice()).unwrap_err();
    assert!(error.message.contains("not well-formed"), "{error}");
    assert_eq!(error.location.as_deref(), Some("line 3"));
    let error = read(b"<testsuite>\n<testcase name='a'/>\n".as_slice()).unwrap_err();
    assert!(error.message.contains("middle of an element"), "{error}");
    let error = read(b"\xEF\xBB\xBF<html><body/></html>".as_slice()).unwrap_err();
    assert!(error.message.contains("<html>, not JUnit"), "{error}");
    let error = read(b"<testsuite>\n\n</testsuites>".as_slice()).unwrap_err();
    assert_eq!(error.location.as_deref(), Some("line 3"));
}

#[test]
fn long_names_stay_apart_and_long_messages_are_cut() {
    let long = "x".repeat(5_000);
    let xml = format!(
        "<testsuite><testcase name='{long}1'/><testcase name='{long}2'><failure>{}</failure>\
         </testcase></testsuite>",
        "ä".repeat(200_000)
    );
    let report = read(xml.as_bytes()).unwrap();
    assert_ne!(report.cases[0].name, report.cases[1].name);
    assert!(report.cases[0].name.chars().count() < MOST_NAME + 20);
    assert!(report.cases[1].message.len() <= MOST_MESSAGE + 4);
}

fn case(name: &str, outcome: Outcome) -> Case {
    Case { name: name.into(), outcome, ..Case::default() }
}

#[test]
fn two_runs_are_told_apart_test_by_test() {
    use Outcome::{Failed, Passed, Skipped};
    let before = [
        case("mended", Failed),
        case("still", Failed),
        case("breaks", Passed),
        case("gone", Passed),
        case("gone-failing", Failed),
        case("silenced", Failed),
        case("never-ran", Skipped),
        case("fine", Passed),
    ];
    let now = [
        case("fine", Passed),
        case("breaks", Failed),
        case("still", Failed),
        case("mended", Passed),
        case("new-and-failing", Failed),
        case("new", Passed),
        case("silenced", Skipped),
    ];
    let found = compare(&before, &now);
    let name = |cases: &[Case], places: &[usize]| -> Vec<String> {
        places.iter().map(|place| cases[*place].name.clone()).collect()
    };
    assert_eq!(name(&now, &found.newly), ["breaks", "new-and-failing"]);
    assert_eq!(name(&now, &found.still), ["still"]);
    assert_eq!(name(&now, &found.mended), ["mended"]);
    assert_eq!(name(&before, &found.missing), ["gone", "gone-failing", "silenced"]);
}

fn names() -> impl Strategy<Value = String> {
    "[\\PC&<>\"'#\\\\]{1,40}".prop_filter("a name", |name| !name.trim().is_empty())
}

fn cases() -> impl Strategy<Value = Vec<Case>> {
    let outcome = prop_oneof![Just(Outcome::Passed), Just(Outcome::Failed), Just(Outcome::Skipped)];
    let case = (names(), names(), outcome, proptest::option::of(0..10_000_u64), ".{0,200}");
    let case = case.prop_map(|(group, name, outcome, millis, message)| {
        let message = if outcome == Outcome::Passed { String::new() } else { message };
        Case { group, name, outcome, millis, message }
    });
    proptest::collection::vec(case, 0..20)
}

/// Written as a careful tool would.
fn xml(cases: &[Case]) -> String {
    let escape =
        |text: &str| quick_xml::escape::escape(text).replace('\n', "&#10;").replace('\r', "&#13;");
    let mut out = String::from("<testsuites><testsuite name=\"s\">");
    for case in cases {
        let seconds =
            case.millis.map_or(String::new(), |ms| format!(" time=\"{}\"", ms as f64 / 1000.0));
        out.push_str(&format!(
            "<testcase classname=\"{}\" name=\"{}\"{seconds}>",
            escape(&case.group),
            escape(&case.name)
        ));
        match case.outcome {
            Outcome::Passed => {}
            Outcome::Failed => {
                out.push_str(&format!("<failure>{}</failure>", escape(&case.message)))
            }
            Outcome::Skipped => {
                out.push_str(&format!("<skipped message=\"{}\"/>", escape(&case.message)));
            }
        }
        out.push_str("</testcase>");
    }
    out + "</testsuite></testsuites>"
}

/// As the reader gives names and messages back.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

proptest! {
    #[test]
    fn junit_that_was_written_is_read_back(cases in cases()) {
        let report = read(xml(&cases).as_bytes()).unwrap();
        prop_assert_eq!(report.cases.len(), cases.len());
        for (read, written) in report.cases.iter().zip(&cases) {
            prop_assert_eq!(&read.name, &plain(&written.name));
            let group = if written.group == written.name { "s" } else { &written.group };
            prop_assert_eq!(&read.group, &plain(group));
            prop_assert_eq!(read.outcome, written.outcome);
            prop_assert_eq!(read.millis, written.millis);
            prop_assert_eq!(plain(&read.message), plain(&written.message));
        }
    }

    #[test]
    fn no_bytes_fell_the_readers(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for start in ["", "<testsuite>", "<testsuite><testcase name='a'><failure>", "1..2\n", "ok 1 - a\n    "] {
            let all = [start.as_bytes(), &bytes].concat();
            drop(read(all.as_slice()));
            drop(read_output(all.as_slice()));
        }
    }

    #[test]
    fn a_stored_list_comes_back_as_it_was(cases in cases(), suite in ".{0,30}") {
        let mut report = Report::new(crate::event::words::EvidenceFrom::Tap);
        report.suite = suite;
        for case in cases {
            report.push(case).unwrap();
        }
        let mut bytes = Vec::new();
        list::write(&report, &mut bytes).unwrap();
        let back = list::read(bytes.as_slice()).unwrap();
        prop_assert_eq!(back.cases, report.cases);
        prop_assert_eq!(back.suite, report.suite);
    }

    #[test]
    fn every_test_of_two_runs_is_in_at_most_one_part_of_the_difference(a in cases(), b in cases()) {
        let found = compare(&a, &b);
        let mut now: Vec<usize> = [found.newly, found.still, found.mended].concat();
        let all = now.len();
        now.sort_unstable();
        now.dedup();
        prop_assert_eq!(now.len(), all);
        prop_assert!(compare(&b, &b).newly.is_empty());
        prop_assert!(compare(&b, &b).missing.is_empty());
    }
}
