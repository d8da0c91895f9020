//! Files as their products write them, in every shape that files have.

use super::*;
use crate::{clock::Instant, event::words::*};

fn shape(bytes: &[u8], wishes: &Wishes) -> Shape {
    look(&mut &*bytes, wishes).unwrap()
}

fn rows_of(bytes: &[u8], wishes: &Wishes) -> Vec<Row> {
    let shape = shape(bytes, wishes);
    Rows::new(bytes, &shape, "Europe/Berlin").unwrap().map(Result::unwrap).collect()
}

fn drafts(bytes: &[u8]) -> (FileFormat, Vec<Draft>) {
    let wishes = Wishes::default();
    let drafts = rows_of(bytes, &wishes).into_iter().map(|row| row.draft.unwrap()).collect();
    (shape(bytes, &wishes).format, drafts)
}

fn at(text: &str) -> Option<Instant> {
    Some(text.parse().unwrap())
}

/// The line and the reason of every row that cannot be read.
fn bad(bytes: &[u8], wishes: &Wishes) -> Vec<(u64, String)> {
    rows_of(bytes, wishes)
        .into_iter()
        .filter_map(|row| row.draft.err().map(|bad| (row.line, bad.message)))
        .collect()
}

fn titles(bytes: &[u8], wishes: &Wishes) -> Vec<(u64, String)> {
    rows_of(bytes, wishes)
        .into_iter()
        .filter_map(|row| row.draft.ok().map(|draft| (row.line, draft.text.title)))
        .collect()
}

#[test]
fn githubs_issues_come_whole_and_its_pull_requests_are_no_issues() {
    let (format, drafts) = drafts(include_bytes!("fixtures/github-rest.json"));
    assert_eq!((format, drafts.len()), (FileFormat::Github, 3));
    let first = &drafts[0];
    assert_eq!(first.text.title, "Checkout hangs after \"Pay\"");
    assert!(first.text.description.contains("\r\n\r\n**Nothing** happens. 💥"));
    assert_eq!(first.text.reporter.name, "octocat");
    assert_eq!(first.component, "checkout");
    assert_eq!(first.at, at("2024-11-19T15:04:05Z"));
    assert_eq!((first.source.as_str(), first.id.as_str()), ("github:acme/shop", "1347"));
    assert_eq!(first.url, "https://github.com/acme/shop/issues/1347");
    assert_eq!((first.closed.as_deref(), first.other), (None, None));
    assert_eq!(drafts[1].other, Some("a pull request"));
    assert_eq!(drafts[2].closed.as_deref(), Some("closed"));
    assert_eq!(drafts[2].text.description, "");
}

#[test]
fn the_list_of_githubs_command_line_is_the_same_issues() {
    let (format, drafts) = drafts(include_bytes!("fixtures/github-cli.json"));
    assert_eq!(format, FileFormat::Github);
    assert_eq!(drafts[0].text.reporter.name, "The Octocat");
    assert_eq!(drafts[1].text.reporter.name, "mona", "who has no name is called by the login");
    assert_eq!(drafts[0].component, "checkout", "a label that is not about the kind of issue");
    assert_eq!((drafts[0].source.as_str(), drafts[0].id.as_str()), ("github:acme/shop", "1347"));
    assert_eq!(drafts[1].closed.as_deref(), Some("CLOSED"));
}

#[test]
fn gitlabs_table_and_its_interface_tell_the_same() {
    let (format, table) = drafts(include_bytes!("fixtures/gitlab.csv"));
    let (same, items) = drafts(include_bytes!("fixtures/gitlab.json"));
    assert_eq!((format, same), (FileFormat::Gitlab, FileFormat::Gitlab));
    assert_eq!(table[0].text.description, "The button spins.\n\nIt \"never\" stops.");
    for drafts in [&table, &items] {
        assert_eq!(drafts[0].text.title, "Checkout hangs");
        assert_eq!(drafts[0].text.reporter.name, "Ada Lovelace");
        assert_eq!(drafts[0].component, "checkout");
        assert_eq!(drafts[0].source, "gitlab:gitlab.example.com/acme/shop");
        assert_eq!(drafts[0].id, "17");
        assert_eq!(drafts[0].url, "https://gitlab.example.com/acme/shop/-/issues/17");
        assert_eq!(drafts[0].closed, None);
        assert!(drafts[1].closed.is_some());
        assert_eq!(drafts[1].component, "", "a label about priority is no component");
    }
    assert_eq!(table[0].at, at("2024-11-19T15:04:05Z"), "its times are UTC, whatever the zone is");
    assert_eq!(items[0].at, at("2024-11-19T15:04:05.655Z"));
}

#[test]
fn jiras_repeated_columns_are_all_of_their_values() {
    let (format, drafts) = drafts(include_bytes!("fixtures/jira.csv"));
    assert_eq!(format, FileFormat::Jira);
    let first = &drafts[0];
    assert_eq!(first.component, "Checkout, Payments");
    assert_eq!(first.version, "4.8.0, 4.8.1");
    assert_eq!(first.environment, "production");
    assert_eq!(first.text.description, "h2. What happens\nThe button spins; see [^shot.png].");
    assert_eq!(first.at, at("2024-11-19T14:04:00Z"), "in the workspace's zone");
    assert_eq!((first.source.as_str(), first.id.as_str()), ("jira", "SHOP-17"));
    assert_eq!(first.closed, None);
    assert_eq!(drafts[1].closed.as_deref(), Some("Done"));
    assert_eq!(drafts[1].component, "Invoices");
}

#[test]
fn jiras_interface_is_read_out_of_its_wrapping_in_any_language() {
    let (format, drafts) = drafts(include_bytes!("fixtures/jira.json"));
    assert_eq!((format, drafts.len()), (FileFormat::Jira, 2));
    let first = &drafts[0];
    assert_eq!(first.text.description, "The button spins.\nin Firefox");
    assert_eq!(first.component, "Checkout, Payments");
    assert_eq!(
        first.text.reporter,
        Contact { name: "Ada Lovelace".into(), reach: "ada@example.com".into() }
    );
    assert_eq!(first.url, "https://acme.atlassian.net/browse/SHOP-17");
    assert_eq!(first.at, at("2024-11-19T14:04:05Z"));
    assert_eq!(drafts[1].text.description, "Plain, as older servers answer.");
    assert_eq!((first.closed.as_deref(), drafts[1].closed.as_deref()), (None, Some("done")));
}

#[test]
fn zendesks_tickets_come_with_who_asked_and_how() {
    let (format, table) = drafts(include_bytes!("fixtures/zendesk.csv"));
    let (same, items) = drafts(include_bytes!("fixtures/zendesk.jsonl"));
    assert_eq!((format, same), (FileFormat::Zendesk, FileFormat::Zendesk));
    for drafts in [&table, &items] {
        let ada = Contact { name: "Ada Lovelace".into(), reach: "ada@example.com".into() };
        assert_eq!(drafts[0].text.reporter, ada);
        assert_eq!(drafts[0].channel, Channel::Mail);
        assert_eq!((drafts[0].source.as_str(), drafts[0].id.as_str()), ("zendesk", "35436"));
        assert_eq!(drafts[0].closed, None);
        assert!(drafts[1].closed.is_some());
    }
    assert_eq!(items[0].url, "https://acme.zendesk.com/agent/tickets/35436");
    assert_eq!(items[0].component, "payments");
    assert_eq!(items[1].text.title, "Hello, the VAT on my invoice is wrong");
    assert_eq!((table[1].channel, items[1].channel), (Channel::Phone, Channel::Chat));
}

#[test]
fn columns_are_guessed_in_many_languages_and_said_otherwise_by_name_or_number() {
    let german = "Vorgang;Betreff;Beschreibung;Kunde;Erstellt am;Status;Betroffene\n\
                  7;Kasse hängt;Nichts geht;Ann;19.11.2024 15:04;Erledigt;12\n";
    let (_, drafts) = drafts(german.as_bytes());
    assert_eq!(drafts[0].text.title, "Kasse hängt");
    assert_eq!(drafts[0].text.description, "Nichts geht");
    assert_eq!(drafts[0].text.reporter.name, "Ann");
    assert_eq!(drafts[0].at, at("2024-11-19T14:04:00Z"));
    assert_eq!((drafts[0].affected, drafts[0].id.as_str()), (Some(12), "7"));
    assert_eq!(drafts[0].closed.as_deref(), Some("Erledigt"));
    let map = |field, column: &str| MappedField { field, columns: vec![column.into()] };
    let wishes = Wishes {
        map: vec![
            map(ImportField::Title, "#3"),
            map(ImportField::Steps, "Betreff"),
            MappedField { field: ImportField::Id, columns: Vec::new() },
        ],
        ..Wishes::default()
    };
    let row = rows_of(german.as_bytes(), &wishes).remove(0).draft.unwrap();
    assert_eq!((row.text.title.as_str(), row.text.steps.as_str()), ("Nichts geht", "Kasse hängt"));
    assert_eq!(row.id, "");
    let unknown = Wishes { map: vec![map(ImportField::Title, "Titel")], ..Wishes::default() };
    let error = look(&mut german.as_bytes(), &unknown).unwrap_err();
    assert_eq!(error.location.as_deref(), Some("map"));
    assert!(error.hint.unwrap().contains("Betreff"));
}

#[test]
fn every_separator_line_end_and_encoding_gives_the_same_rows_and_lines() {
    let text =
        "title,description\r\n\r\nKäse,\"one\r\ntwo, \"\"three\"\"\"\r\nZweite €,\r\nDritte,\n";
    let expected = [(3, "Käse"), (5, "Zweite €"), (6, "Dritte")];
    let expected: Vec<(u64, String)> =
        expected.into_iter().map(|(line, title)| (line, title.to_owned())).collect();
    let wide = |text: &str, mark: bool| -> Vec<u8> {
        let mark = mark.then_some(0xFEFF_u16);
        mark.into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let latin: Vec<u8> = text
        .chars()
        .map(|c| match c {
            '€' => 0x80,
            other => u8::try_from(u32::from(other)).unwrap(),
        })
        .collect();
    let mut files: Vec<Vec<u8>> = vec![
        text.into(),
        format!("\u{FEFF}{text}").into(),
        wide(text, true),
        wide(text, false),
        latin,
    ];
    for separator in [";", "\t", "|"] {
        files.push(text.replace(',', separator).into());
        files.push(format!("sep={separator}\n{text}").replace(',', separator).into());
    }
    files.push(text.replace("\r\n", "\n").into());
    files.push(text.replace("\r\n", "\n").replace('\n', "\r").into());
    for file in files {
        let shown = String::from_utf8_lossy(&file).into_owned();
        let mut found = titles(&file, &Wishes::default());
        if shown.starts_with("sep=") {
            found.iter_mut().for_each(|(line, _)| *line -= 1);
        }
        assert_eq!(found, expected, "{shown:?}");
        let rows = rows_of(&file, &Wishes::default());
        let text = &rows[0].draft.as_ref().unwrap().text.description;
        assert!(text.ends_with("\"three\"") && text.starts_with("one"), "{text:?}");
    }
}

#[test]
fn ragged_rows_and_stray_bytes_are_told_by_line_and_the_others_are_read() {
    let mut file = b"title,version\nOne,1\nTwo\nThree,3,4\nFour,4,,\n".to_vec();
    file.extend("Fünf,5\nSechs ß,6\n".as_bytes());
    file.extend(b"S\xE4ben,7\n\n,,\nEight,8\n");
    let wrong = bad(&file, &Wishes::default());
    assert_eq!(wrong.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 4, 8]);
    assert!(wrong[0].1.contains("1 cells and the header 2"), "{wrong:?}");
    assert!(wrong[2].1.contains("0xE4 in “title”") && wrong[2].1.contains("windows-1252"));
    let good = titles(&file, &Wishes::default());
    let good: Vec<&str> = good.iter().map(|(_, title)| title.as_str()).collect();
    assert_eq!(good, ["One", "Four", "Fünf", "Sechs ß", "Eight"]);
}

#[test]
fn a_quote_that_is_never_closed_is_told_where_it_opens() {
    let file = b"title,version\nOne,1\nTwo,\"2\nThree,3\nFour,4\n";
    let wrong = bad(file, &Wishes::default());
    assert_eq!(wrong.len(), 1);
    assert_eq!(wrong[0].0, 3);
    assert!(wrong[0].1.contains("never closed"));
    assert!(bad(b"title,size\nA 5\" screen,1\n", &Wishes::default()).is_empty());
}

#[test]
fn json_is_read_one_a_line_in_a_list_in_an_object_and_one_after_another() {
    let one = r#"{"title":"One","labels":["a",{"x":[1]}]}"#;
    let two = "{\n  \"title\": \"Two\",\n  \"note\": \"} ] {\"\n}";
    let both = |found: Vec<(u64, String)>| found.into_iter().map(|(_, t)| t).collect::<Vec<_>>();
    for file in [
        format!("{one}\n{two}\n"),
        format!("[{one},\n{two}]"),
        format!("\u{FEFF} [ {one} ] [{two}]\n"),
        format!(r#"{{"total":2,"issues":[{one},{two}],"next":null}}"#),
        format!(r#"{{"issues":[{one}]}}{{"issues":[{two}]}}"#),
        format!("{one}{two}"),
    ] {
        assert_eq!(both(titles(file.as_bytes(), &Wishes::default())), ["One", "Two"], "{file}");
    }
    assert_eq!(titles(format!("{one}\n\n{two}").as_bytes(), &Wishes::default())[1].0, 3);
    assert!(
        titles(b"[]", &Wishes { format: Some(FileFormat::Csv), ..Wishes::default() }).is_empty()
    );
    assert!(look(&mut &b"[]"[..], &Wishes::default()).is_err());
    assert!(look(&mut &b""[..], &Wishes::default()).is_err());
}

#[test]
fn a_broken_line_of_json_does_not_take_the_others_along() {
    let file = "{\"title\":\"One\"}\n\
        {\"title\":\"two, \n\
        {\"title\":\"Three\"\n\
        {\"title\":\"Four\"}\n\
        five\n\
        {\"title\":\"Six\"}}\n\
        {\"title\":\"\\ud800\"}\n\
        [1]\n\
        {\"title\":\"Nine\"}\n";
    for lines in [true, false] {
        let wishes = Wishes { lines, format: Some(FileFormat::Jsonl), ..Wishes::default() };
        let good = titles(file.as_bytes(), &wishes);
        assert_eq!(
            good,
            [(1, "One".to_owned()), (4, "Four".into()), (6, "Six".into()), (9, "Nine".into())],
            "{lines}"
        );
        let wrong: Vec<u64> =
            bad(file.as_bytes(), &wishes).into_iter().map(|(line, _)| line).collect();
        assert_eq!(wrong, [2, 3, 5, 6, 7, 8], "{lines}");
    }
    let cut = "[{\"title\":\"One\"},\n{\"title\":\"Tw";
    let wishes = Wishes::default();
    assert_eq!(titles(cut.as_bytes(), &wishes).len(), 1);
    assert!(bad(cut.as_bytes(), &wishes)[0].1.contains("cut off"));
}

#[test]
fn a_time_or_a_number_that_cannot_be_read_is_told_with_what_to_do() {
    let file = "title,created,affected\nOne,yesterday,1\nTwo,2024-01-02,many\nThree,,\n";
    let wrong = bad(file.as_bytes(), &Wishes::default());
    assert!(wrong[0].1.contains("“yesterday” is not a time") && wrong[0].1.contains("“at”"));
    assert!(wrong[1].1.contains("“many” is not a number"));
    assert_eq!(titles(file.as_bytes(), &Wishes::default()), [(4, "Three".to_owned())]);
}

#[test]
fn the_days_order_is_told_by_the_file_and_may_be_said() {
    let file = "title,created\nOne,03/04/2024 10:00\nTwo,03/21/2024 10:00\n";
    let rows = rows_of(file.as_bytes(), &Wishes::default());
    assert_eq!(rows[0].draft.as_ref().unwrap().at, at("2024-03-04T09:00:00Z"));
    let said = Wishes { day_first: Some(true), ..Wishes::default() };
    let rows = rows_of(file.as_bytes(), &said);
    assert_eq!(rows[0].draft.as_ref().unwrap().at, at("2024-04-03T08:00:00Z"));
    assert!(rows[1].draft.is_err());
}

#[test]
fn what_a_row_is_known_by_depends_on_its_content_alone() {
    let (_, one) = drafts("title,version\nKäse,1\nB,2\n".as_bytes());
    let (_, same) = drafts("\u{FEFF}title;version\r\n\"Käse\";1\r\nB;3\r\n".as_bytes());
    assert_eq!(one[0].content, same[0].content);
    assert_ne!(one[1].content, same[1].content);
    let (_, one) = drafts(br#"{"title":"A","x":1}"#);
    let (_, same) = drafts(br#"[{"x": 1, "title": "\u0041"}]"#);
    assert_eq!(one[0].content, same[0].content);
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    fn quoted(cell: &str) -> String {
        format!("\"{}\"", cell.replace('"', "\"\""))
    }

    proptest! {
        #[test]
        fn any_text_in_any_cell_comes_back(
            rows in proptest::collection::vec(("\\PC{1,20}", "(?s).{0,40}"), 1..8),
            separator in proptest::sample::select(vec![',', ';', '\t', '|']),
            crlf in any::<bool>(),
        ) {
            let end = if crlf { "\r\n" } else { "\n" };
            let mut file = format!("title{separator}description{end}");
            for (title, description) in &rows {
                file.push_str(&format!("{}{separator}{}{end}", quoted(title), quoted(description)));
            }
            let wishes = Wishes { separator: Some(separator), ..Wishes::default() };
            let read: Vec<(String, String)> = rows_of(file.as_bytes(), &wishes)
                .into_iter()
                .map(|row| row.draft.unwrap())
                .map(|draft| (draft.text.title, draft.text.description))
                .collect();
            let filled: Vec<(String, String)> = rows
                .into_iter()
                .filter(|(one, two)| !format!("{one}{two}").bytes().all(|b| b.is_ascii_whitespace()))
                .collect();
            prop_assert_eq!(read, filled);
        }

        #[test]
        fn any_object_comes_back(texts in proptest::collection::vec("(?s).{1,40}", 1..8), list in any::<bool>()) {
            let objects: Vec<String> =
                texts.iter().map(|text| serde_json::json!({ "title": text }).to_string()).collect();
            let file = if list { format!("[{}]", objects.join(",\n")) } else { objects.join("\n") };
            let read: Vec<String> =
                titles(file.as_bytes(), &Wishes::default()).into_iter().map(|(_, title)| title).collect();
            prop_assert_eq!(read, texts);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), json in any::<bool>()) {
            let format = Some(if json { FileFormat::Jsonl } else { FileFormat::Csv });
            let wishes = Wishes { format, ..Wishes::default() };
            if let Ok(shape) = look(&mut &*bytes, &wishes)
                && let Ok(rows) = Rows::new(&*bytes, &shape, "UTC")
            {
                prop_assert!(rows.take(1000).count() <= 1000);
            }
        }
    }
}
