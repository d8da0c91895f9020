//! What a calendar needs before deployments can be published to it. Whether it is one, and may be
//! written, trying it shows.

use crate::{
    error::{Error, Result},
    event::words::*,
    model::State,
    web::is_private,
};
use url::Url;

/// How many small letters and digits a mark has.
const MARK: std::ops::RangeInclusive<usize> = 8..=40;

pub fn check(calendar: &PublishedCalendar, state: &State) -> Result<()> {
    let url = address(calendar)?;
    let fine = MARK.contains(&calendar.mark.len())
        && calendar.mark.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if !fine {
        return Err(Error::field("mark", "The mark that our events are known by is missing.")
            .hint("Choose 8 to 40 small letters and digits at random, once."));
    }
    let before = state.catalog.published_calendar(&calendar.id);
    if before.is_some_and(|before| before.mark != calendar.mark) {
        return Err(Error::field(
            "mark",
            "Its mark cannot be changed: what is there is known by it.",
        )
        .hint("Make a new published calendar instead."));
    }
    for other in state.catalog.published_calendars().filter(|other| other.id != calendar.id) {
        if other.mark == calendar.mark {
            return Err(Error::field("mark", format!("“{}” has this mark.", other.name))
                .hint("Choose another at random."));
        }
        if address(other).is_ok_and(|theirs| theirs == url) {
            return Err(Error::field(
                "address",
                format!("“{}” is published to this calendar already.", other.name),
            )
            .hint(
                "Widen its scope, or take another calendar: everything would stand there twice.",
            ));
        }
    }
    for product in &calendar.products {
        state.product(product).map_err(|_| {
            Error::field("products", format!("There is no product “{product}”."))
                .hint("Settings, Products lists them.")
        })?;
    }
    Ok(())
}

/// The address of the collection, if a password may be sent there.
fn address(calendar: &PublishedCalendar) -> Result<Url> {
    let wrong = |why: &str| {
        Error::field("address", why)
            .hint("Write it like https://dav.example.com/calendars/team/releases/.")
    };
    let mut url = Url::parse(calendar.address.trim())
        .map_err(|_| wrong("This is no address of a calendar."))?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("The address must start with https://."));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("The user and the password have fields of their own."));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("The address has more than a path."));
    }
    if !is_private(&url) && !calendar.user.trim().is_empty() {
        return Err(Error::field(
            "address",
            "Without https:// the password could be read on its way.",
        )
        .hint("Use https://, or a server on this very machine."));
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalog::Catalog;
    use std::{collections::BTreeMap, sync::Arc};

    fn calendar(id: &str, address: &str) -> PublishedCalendar {
        PublishedCalendar {
            id: id.into(),
            name: id.to_uppercase(),
            address: address.into(),
            user: "rita".into(),
            mark: format!("{id:0<12}"),
            ..PublishedCalendar::default()
        }
    }

    fn refusal(calendar: &PublishedCalendar, known: &[PublishedCalendar]) -> Option<String> {
        let mut catalog = Catalog::default();
        for one in known {
            let object = CatalogObject::PublishedCalendar(one.clone());
            let private = crate::event::PersonText::default();
            catalog.apply("catalog", 1, &crate::event::Event::CatalogSaved { object, private });
        }
        let state = State::new(Arc::new(catalog), BTreeMap::new());
        check(calendar, &state).err().map(|error| error.location.unwrap_or_default())
    }

    #[test]
    fn a_password_goes_over_https_or_to_this_machine_alone() {
        for fine in [
            "https://dav.example.com/a/",
            "http://127.0.0.1:5232/a",
            "http://[::1]/a/",
            "http://localhost/a/",
        ] {
            assert_eq!(refusal(&calendar("a", fine), &[]), None, "{fine}");
        }
        for wrong in [
            "http://dav.example.com/a/",
            "http://127.0.0.1.example.com/a/",
            "dav.example.com",
            "webcal://dav.example.com/a/",
            "https://rita:s3cret@dav.example.com/a/",
            "https://dav.example.com/a/?export",
        ] {
            assert_eq!(refusal(&calendar("a", wrong), &[]).as_deref(), Some("address"), "{wrong}");
        }
        let nobody =
            PublishedCalendar { user: String::new(), ..calendar("a", "http://dav.example.com/a/") };
        assert_eq!(refusal(&nobody, &[]), None, "no password is sent");
    }

    #[test]
    fn two_do_not_publish_to_one_calendar_and_a_mark_stays() {
        let one = calendar("one", "https://dav.example.com/a/");
        let same = calendar("two", "https://dav.example.com/a");
        assert_eq!(refusal(&same, std::slice::from_ref(&one)).as_deref(), Some("address"));
        let moved = PublishedCalendar { mark: "another00000".into(), ..one.clone() };
        assert_eq!(refusal(&moved, std::slice::from_ref(&one)).as_deref(), Some("mark"));
        assert_eq!(refusal(&one, std::slice::from_ref(&one)), None);
        let none = PublishedCalendar { mark: String::new(), ..one };
        assert_eq!(refusal(&none, &[]).as_deref(), Some("mark"));
    }
}
