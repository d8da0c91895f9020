//! Whose shift an event of another calendar is.
//!
//! By the mail addresses of who takes part first (or one that is its title), else by a name in its
//! title: PagerDuty writes "On Call - Mara Kovac - Primary", others "Mara Kovac" or "Mara Kovac is on
//! call". A name counts where it stands there whole and alone: of "Kovac, Mara" or "Ann Marie Smith"
//! nothing is guessed, and neither is where two people are named or have one name or address. What is
//! nobody's is told with the reason.

use crate::{
    calendar::ics::entries::CalendarEvent,
    event::words::{Person, PersonId},
    model::catalog::Catalog,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How it was found out who is on duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchedBy {
    /// The mail address of somebody in the catalog.
    Mail,
    /// The exact name of somebody in the catalog.
    Name,
    /// It was said for the whole calendar, or written there by this program.
    Said,
}

/// Who is on duty, and what of the event was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whose {
    pub people: Vec<PersonId>,
    pub by: MatchedBy,
    pub left: Vec<String>,
}

/// Who is on duty in an event; `wanted` if anybody is named there. Else a sentence that says why
/// nobody is.
pub fn whose(
    event: &CalendarEvent,
    wanted: &[PersonId],
    catalog: &Catalog,
) -> Result<Whose, String> {
    if !wanted.is_empty() {
        return Ok(Whose { people: wanted.to_vec(), by: MatchedBy::Said, left: Vec::new() });
    }
    let parts = parts(&event.name);
    let titled: Vec<String> =
        parts.iter().filter(|part| is_mail(part)).map(ToString::to_string).collect();
    let mails = if event.mails.is_empty() { &titled } else { &event.mails };
    let by_mail = by_mail(mails, catalog)?;
    if !by_mail.people.is_empty() {
        let left = by_mail.unknown.iter().map(|mail| {
            format!("“{}”: nobody here has the address {mail}, and is left out.", event.name)
        });
        let left = left.collect();
        return Ok(Whose { people: by_mail.people, by: MatchedBy::Mail, left });
    }
    let person = by_name(&event.name, &parts, catalog)?;
    match (person, by_mail.unknown.as_slice()) {
        (Some(person), _) => {
            Ok(Whose { people: vec![person.id.clone()], by: MatchedBy::Name, left: Vec::new() })
        }
        (None, []) => Err(format!(
            "“{}” names nobody who is known here; somebody's whole name or mail address has to stand \
             in it (Settings, People).",
            event.name
        )),
        (None, unknown) => Err(format!(
            "“{}”: nobody here has the address {} (Settings, People).",
            event.name,
            unknown.join(" or ")
        )),
    }
}

struct ByMail {
    people: Vec<PersonId>,
    unknown: Vec<String>,
}

fn by_mail(mails: &[String], catalog: &Catalog) -> Result<ByMail, String> {
    let mut found = ByMail { people: Vec::new(), unknown: Vec::new() };
    for mail in mails {
        let mut owners = catalog.people().filter(|person| {
            !person.mail.trim().is_empty() && person.mail.trim().to_lowercase() == *mail
        });
        match (owners.next(), owners.next()) {
            (Some(one), None) if !found.people.contains(&one.id) => {
                found.people.push(one.id.clone());
            }
            (Some(_), None) => {}
            (Some(one), Some(other)) => {
                return Err(format!(
                    "{mail} is the address of {} and of {}: whose shift it is cannot be told.",
                    one.name, other.name
                ));
            }
            (None, _) => found.unknown.push(mail.clone()),
        }
    }
    Ok(found)
}

fn by_name<'a>(
    title: &str,
    parts: &[String],
    catalog: &'a Catalog,
) -> Result<Option<&'a Person>, String> {
    let named: Vec<&Person> = catalog
        .people()
        .filter(|person| {
            let name = plain(&person.name);
            !name.is_empty() && parts.contains(&name)
        })
        .collect();
    match named.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        [one, other, ..] if plain(&one.name) == plain(&other.name) => Err(format!(
            "“{title}”: two people here are called {} ({} and {}); their mail addresses would tell \
             them apart.",
            one.name, one.id, other.id
        )),
        [one, other, ..] => Err(format!(
            "“{title}” names {} and {}: which of them is on duty cannot be told.",
            one.name, other.name
        )),
    }
}

/// Small letters, and one space where there are several.
fn plain(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_mail(text: &str) -> bool {
    text.contains('@') && !text.contains(' ')
}

/// What may stand beside a name, the longest first.
const BESIDE: [&str; 8] =
    ["is on call", "is on-call", "is on duty", "on call", "on-call", "oncall", "on duty", "duty"];

/// The pieces of a title in which a name may stand alone.
fn parts(title: &str) -> Vec<String> {
    let title = plain(title);
    let mut pieces = vec![title.clone()];
    for separator in [" - ", " – ", " — ", " | ", ": ", " / ", "(", ")", "[", "]", "<", ">"] {
        pieces = pieces.iter().flat_map(|one| one.split(separator)).map(str::to_owned).collect();
    }
    let mut all = vec![title];
    for piece in pieces {
        let piece = piece.trim();
        all.push(piece.to_owned());
        for phrase in BESIDE {
            // Whole words alone: nobody called Duty-Jones is cut in two.
            let padded = format!(" {piece} ");
            if let Some((before, after)) = padded.split_once(&format!(" {phrase} ")) {
                all.extend([before.trim().to_owned(), after.trim().to_owned()]);
                break;
            }
        }
    }
    all.retain(|part| !part.is_empty());
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        calendar::Rule,
        event::{Event, PersonText, words::*},
    };

    fn catalog(people: &[(&str, &str, &str)]) -> Catalog {
        let mut catalog = Catalog::default();
        for (id, name, mail) in people {
            let person = Person {
                id: (*id).into(),
                name: (*name).into(),
                mail: (*mail).into(),
                ..Person::default()
            };
            let object = CatalogObject::Person(person);
            let event = Event::CatalogSaved { object, private: PersonText::default() };
            catalog.apply("catalog", 1, &event);
        }
        catalog
    }

    fn known() -> Catalog {
        catalog(&[
            ("mara", "Mara Kovac", "mara@example.org"),
            ("tom", "Tom Reed", "Tom.Reed@Example.org"),
            ("ann", "Ann", ""),
        ])
    }

    fn event(title: &str, mails: &[&str]) -> CalendarEvent {
        CalendarEvent {
            uid: "a".into(),
            line: 1,
            name: title.into(),
            note: String::new(),
            rule: Rule::default(),
            all_day: false,
            mails: mails.iter().map(ToString::to_string).collect(),
            said: std::collections::BTreeMap::new(),
            digest: String::new(),
        }
    }

    fn found(title: &str, mails: &[&str]) -> Result<(Vec<String>, MatchedBy), String> {
        let whose = whose(&event(title, mails), &[], &known())?;
        Ok((whose.people.into_iter().map(|id| id.0).collect(), whose.by))
    }

    #[test]
    fn a_mail_address_goes_before_a_name() {
        let tom = Ok((vec!["tom".to_owned()], MatchedBy::Mail));
        assert_eq!(found("Mara Kovac", &["tom.reed@example.org"]), tom);
        assert_eq!(found("tom.reed@example.org", &[]), tom);
        let both = found("Shift", &["mara@example.org", "tom.reed@example.org"]);
        assert_eq!(both.unwrap().0, ["mara", "tom"]);
    }

    #[test]
    fn the_titles_that_other_programs_write_name_one_person() {
        for title in [
            "On Call - Mara Kovac - Primary",
            "Mara Kovac",
            "MARA  KOVAC is on call",
            "Payments on-call: Mara Kovac",
            "Mara Kovac on-call for Payments",
            "[L1] Mara Kovac",
            "Mara Kovac (secondary)",
            "On duty: Mara Kovac",
        ] {
            assert_eq!(found(title, &[]), Ok((vec!["mara".into()], MatchedBy::Name)), "{title}");
        }
    }

    #[test]
    fn what_is_not_certain_is_not_guessed() {
        for title in [
            "Kovac, Mara",
            "Ann Smith",
            "Mary Ann is on call",
            "Mara Kovacs",
            "Primary",
            "Mara Kovac / Tom Reed",
            "On Call - Mara - Primary",
        ] {
            assert!(found(title, &[]).is_err(), "{title}");
        }
        let two = catalog(&[("a", "Li Wei", "x@example.org"), ("b", "li wei", "x@example.org")]);
        let same = whose(&event("Li Wei", &[]), &[], &two).unwrap_err();
        assert!(same.contains("two people"), "{same}");
        let same = whose(&event("Shift", &["x@example.org"]), &[], &two).unwrap_err();
        assert!(same.contains("cannot be told"), "{same}");
    }

    #[test]
    fn an_unknown_address_is_told_and_the_others_stay() {
        let event = event("Shift", &["mara@example.org", "new@example.org"]);
        let whose = whose(&event, &[], &known()).unwrap();
        assert_eq!((whose.people.len(), whose.left.len()), (1, 1));
        let nobody = found("Shift", &["new@example.org"]).unwrap_err();
        assert!(nobody.contains("new@example.org"), "{nobody}");
    }
}
