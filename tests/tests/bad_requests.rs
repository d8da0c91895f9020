//! Every entry of the list is asked nonsense: it says what is wrong and where, does not fall over, and
//! nothing is appended.

use hotfix_core::{
    api,
    desk::{Desk, Options},
    error::{Error, Kind},
};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};

/// What a call with nothing in it may do all the same: it takes no word.
const ACTS_ON_NOTHING: [&str; 1] = ["signing_key_make"];

fn records(desk: &Desk) -> u64 {
    desk.export(&mut std::io::sink()).expect("the journal can be read")
}

/// The names of what a request holds, as its schema has them.
fn fields(schema: &Value, entry: &Value) -> Vec<String> {
    let mut request = &entry["request"];
    while let Some(name) = request["$ref"].as_str() {
        request = &schema["$defs"][name.trim_start_matches("#/$defs/")];
    }
    let properties = request["properties"].as_object();
    properties.into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

const NOWHERE: &str = "/no/such/folder/x";

/// What stands for the words of a request, and for its lists.
struct Words {
    text: &'static str,
    empty_lists: bool,
    /// Nothing but what has to be there.
    required: bool,
}

/// A request that can be read, made of its schema.
fn readable(schema: &Value, of: &Value, words: &Words, depth: u32) -> Value {
    let below = |of: &Value| readable(schema, of, words, depth + 1);
    if let Some(name) = of["$ref"].as_str() {
        return below(&schema["$defs"][name.trim_start_matches("#/$defs/")]);
    }
    if let Some(only) = of.get("const") {
        return only.clone();
    }
    if let Some(first) = of["enum"].as_array().and_then(|all| all.first()) {
        return first.clone();
    }
    let any = of["anyOf"].as_array().or_else(|| of["oneOf"].as_array());
    let mut made = any.and_then(|all| all.first()).map_or(Value::Null, below);
    let kind = match &of["type"] {
        Value::Array(kinds) => kinds[0].as_str().unwrap_or_default(),
        kind => kind.as_str().unwrap_or_default(),
    };
    match kind {
        "string" if of["format"] == "date-time" => json!("2026-11-23T10:00:00Z"),
        "string" => json!(words.text),
        "integer" | "number" => json!(1),
        "boolean" => json!(true),
        "array" if words.empty_lists || depth > 8 => json!([]),
        "array" => json!([below(&of["items"])]),
        "object" => {
            if !made.is_object() {
                made = json!({});
            }
            let wanted = of["required"].as_array();
            for (name, property) in of["properties"].as_object().into_iter().flatten() {
                let must = wanted.is_some_and(|all| all.iter().any(|one| one == name));
                if must || !words.required && depth < 4 {
                    // No file of that name is made here.
                    let path = ["path", "backup", "later", "repository"].contains(&name.as_str());
                    let nowhere = if words.text.trim().is_empty() { "" } else { NOWHERE };
                    made[name] = if path { json!(nowhere) } else { below(property) };
                }
            }
            made
        }
        _ => made,
    }
}

/// A sentence for a person, with the place it is about, and what to do next where that is another place.
fn is_clear(error: &Error) -> Result<(), String> {
    if matches!(error.kind, Kind::Internal | Kind::Damaged) {
        return Err(format!("it is {:?}: {error}", error.kind));
    }
    if error.message.len() < 8 || error.message.contains("called `") {
        return Err(format!("that is no sentence: {error}"));
    }
    if error.kind == Kind::Invalid && error.location.is_none() {
        return Err(format!("no place: {error}"));
    }
    if error.location.is_none() && error.hint.is_none() {
        return Err(format!("neither a place nor a remedy: {error}"));
    }
    Ok(())
}

#[test]
fn nonsense_is_refused_by_every_entry_with_its_place_and_nothing_is_appended() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::create(&folder.path().join("n.hotfix"), "N", Options::default()).unwrap();
    let schema = api::schema();
    let listed = schema["entries"].as_array().unwrap();
    let wrong: RefCell<Vec<String>> = RefCell::default();
    let asked = Cell::new(0);
    for entry in api::ENTRIES {
        let name = entry.name;
        let ask = |request: Value| {
            let before = records(&desk);
            let answer = desk.call(name, request.clone());
            asked.set(asked.get() + 1);
            if records(&desk) != before && !ACTS_ON_NOTHING.contains(&name) {
                wrong.borrow_mut().push(format!("{name} {request}: something was appended"));
            }
            if let Err(error) = &answer
                && let Err(why) = is_clear(error)
            {
                wrong.borrow_mut().push(format!("{name} {request}: {why}"));
            }
            answer
        };
        if entry.who == api::For::Engine {
            assert_eq!(ask(json!({})).unwrap_err().kind, Kind::Denied, "{name}");
            continue;
        }
        drop(ask(json!({})));
        for whole in [json!("text"), json!(17), json!([-1.5])] {
            let refused = ask(whole.clone()).expect_err(name);
            assert_eq!(refused.kind, Kind::Invalid, "{name} {whole}: {refused}");
            assert!(refused.message.starts_with(&format!("{name}: ")), "{name}: {refused}");
        }
        let of_it = listed.iter().find(|one| one["name"] == name).expect(name);
        for field in fields(&schema, of_it) {
            // Nothing in the whole list is a fraction below zero.
            let refused = match ask(json!({ field.as_str(): -1.5 })) {
                Err(refused) => refused,
                Ok(answer) => {
                    wrong
                        .borrow_mut()
                        .push(format!("{name}.{field} takes -1.5 and answers {answer}"));
                    continue;
                }
            };
            if refused.kind != Kind::Invalid || refused.location.as_deref() != Some(&field) {
                let place = &refused.location;
                wrong
                    .borrow_mut()
                    .push(format!("{name}.{field}: {:?} at {place:?}: {refused}", refused.kind));
            }
        }
    }
    let (wrong, asked) = (wrong.take(), asked.get());
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
    println!("{asked} bad requests");
    desk.call("audit_verify", json!({})).unwrap();
}

/// Every entry is asked what can be read and makes no sense: nothing, words that name nothing, keys of nothing.
#[test]
fn what_makes_no_sense_is_refused_by_every_entry_with_its_place_and_nothing_is_appended() {
    let folder = tempfile::tempdir().unwrap();
    let schema = api::schema();
    let listed = schema["entries"].as_array().unwrap();
    let (mut wrong, mut asked, mut refused) = (Vec::new(), 0, 0);
    // None of these names anything that is there.
    for (number, text) in ["", " ", NOWHERE, "HF-99", "DEP-99", "ISS-99"].iter().enumerate() {
        let path = folder.path().join(format!("{number}.hotfix"));
        let desk = Desk::create(&path, "N", Options::default()).unwrap();
        for (empty_lists, required) in [(false, false), (true, false), (false, true), (true, true)]
        {
            let words = Words { text, empty_lists, required };
            for entry in api::ENTRIES.iter().filter(|entry| entry.who != api::For::Engine) {
                let of_it = listed.iter().find(|one| one["name"] == entry.name).unwrap();
                let request = readable(&schema, &of_it["request"], &words, 0);
                let before = records(&desk);
                asked += 1;
                let Err(error) = desk.call(entry.name, request.clone()) else { continue };
                refused += 1;
                let told = match is_clear(&error) {
                    Ok(()) if records(&desk) == before => continue,
                    Ok(()) => "it was refused, and something was appended".into(),
                    Err(why) => why,
                };
                wrong.push(format!("{} {request}: {told}", entry.name));
            }
        }
        desk.call("audit_verify", json!({})).unwrap();
    }
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
    println!("{refused} of {asked} requests were refused");
    assert!(refused * 2 > asked, "only {refused} of {asked} were refused: are they read at all?");
}

#[test]
fn what_is_missing_is_named_by_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::create(&folder.path().join("m.hotfix"), "M", Options::default()).unwrap();
    let place = |name: &str, request: Value| {
        let refused = desk.call(name, request).unwrap_err();
        assert!(refused.hint.as_deref().is_some_and(|hint| hint.contains(name)), "{refused:?}");
        refused.location.unwrap_or_default()
    };
    assert_eq!(place("fix_show", json!({})), "key");
    assert_eq!(place("catalog_save", json!({ "object": { "kind": "team" } })), "object.id");
    let window = json!({ "key": "DEP-1", "starts_at": "soon", "window_ends_at": "later" });
    assert_eq!(place("deploy_move", window), "starts_at");
    let nested = json!({ "key": "DEP-1", "starts_at": "2026-11-23T10:00:00Z",
        "window_ends_at": "2026-11-23T11:00:00Z", "expected": { "on_duty": [7] } });
    assert_eq!(place("deploy_move", nested), "expected.on_duty[0]");
}
