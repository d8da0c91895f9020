//! How what is in the way is called where its whole sentence is not at hand: in a policy, a timeline, a report.

/// Each blocker that a policy may treat: the code that the gates give it, and its name.
pub const BLOCKERS: [(&str, &str); 47] = [
    ("cause_missing", "Root cause missing"),
    ("solution_missing", "Solution missing"),
    ("change_missing", "No change recorded"),
    ("tests_missing", "No proof of tests"),
    ("tests_failed", "Tests failed"),
    ("risk_missing", "Risk missing"),
    ("rollback_plan_missing", "Way back missing"),
    ("package_missing", "Package missing"),
    ("branches_unread", "Living branches not read since the last change"),
    ("branch_missing", "Not on every living branch"),
    ("predecessor_open", "Environment before it not done"),
    ("soaking", "Still soaking before it"),
    ("approval_missing", "Approval missing"),
    ("declined", "Declined"),
    ("stakeholder_objects", "A stakeholder says: not now"),
    ("standard_change", "Standard change does not cover it"),
    ("outside_window", "Outside its window"),
    ("freeze", "Freeze"),
    ("lock", "Environment locked"),
    ("outside_maintenance", "Outside maintenance"),
    ("environment_busy", "Environment busy"),
    ("conflict", "Conflict with another deployment"),
    ("target_booked", "Target booked elsewhere"),
    ("component_booked", "Component booked"),
    ("dependency_booked", "Dependency booked"),
    ("person_absent", "Somebody on duty is away"),
    ("person_off_hours", "Somebody on duty does not work then"),
    ("person_booked", "Somebody on duty is booked"),
    ("approval_expires", "Approval expires before the start"),
    ("procedure_open", "Procedure not ticked"),
    ("stakeholders_untold", "Stakeholders not told"),
    ("endpoint_silent", "Endpoint does not answer"),
    ("drops_what_runs", "Would remove what runs"),
    ("checks_open", "Checks open"),
    ("checks_failed", "Checks failed"),
    ("sign_off_missing", "Sign-off missing"),
    ("named_sign_off_missing", "Named sign-off missing"),
    ("sign_off_refused", "Sign-off refused"),
    ("people_untold", "Affected people not told"),
    ("call_backs_open", "Call-backs open"),
    ("feedback_unasked", "Feedback not asked"),
    ("lessons_missing", "Lessons missing"),
    ("review_open", "Review open"),
    ("breach_open", "Breach open"),
    ("doubt_open", "A probe says neither yes nor no"),
    ("recurred", "It came back"),
    ("still_monitoring", "Still being watched"),
];

/// The name of a blocker.
pub fn called(code: &str) -> String {
    let known = BLOCKERS.iter().find(|(known, _)| *known == code);
    known.map_or_else(|| code.replace('_', " "), |(_, name)| (*name).to_owned())
}

/// "Freeze “Year end” holds Production."; none for a blocker that holds no place.
pub fn holds(code: &str, names: &[String], place: &str) -> Option<String> {
    let (one, many) = match code {
        "freeze" => ("Freeze", "Freezes"),
        "lock" => ("Lock", "Locks"),
        _ => return None,
    };
    let quoted: Vec<String> = names.iter().map(|name| format!("“{name}”")).collect();
    Some(match quoted.as_slice() {
        [only] => format!("{one} {only} holds {place}."),
        several => format!("{many} {} hold {place}.", super::time::listed(several)),
    })
}

/// "This time is outside the maintenance windows of Production."
pub fn outside_maintenance(time: &str, place: &str) -> String {
    format!("{time} is outside the maintenance windows of {place}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_way_is_said_as_the_gate_says_it() {
        assert_eq!(called("outside_maintenance"), "Outside maintenance");
        assert_eq!(called("of_a_newer_program"), "of a newer program");
        let said = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            holds("freeze", &names, "Production")
        };
        assert_eq!(said(&["Year end"]).unwrap(), "Freeze “Year end” holds Production.");
        assert_eq!(said(&["A", "B"]).unwrap(), "Freezes “A” and “B” hold Production.");
        assert_eq!(holds("conflict", &["DEP-1".into()], "Production"), None);
    }
}
