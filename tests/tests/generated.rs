//! What is generated from the one list is what is committed.

#[test]
fn the_windows_types_are_those_of_the_api() {
    let path = hotfix_tests::root().join("ui/src/rpc/generated.ts");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let current = hotfix_core::api::typescript();
    assert!(
        committed == current,
        "ui/src/rpc/generated.ts is stale: run `make generate` and commit it"
    );
}

#[test]
fn every_entry_has_a_schema_and_a_name_of_its_own() {
    let schema = hotfix_core::api::schema();
    let entries = schema["entries"].as_array().unwrap();
    let mut names: Vec<_> = entries.iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(
        entries.iter().all(|entry| entry["request"].is_object() && entry["response"].is_object())
    );
}
