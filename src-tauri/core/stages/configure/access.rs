//! What an access needs before anything can be asked by it. Whether it is let in, trying a probe shows.

use super::required;
use crate::{
    error::{Error, Result},
    event::words::*,
    model::{
        State,
        reached::{self, Unsuited},
    },
    web::{Hosts, is_header_name, is_the_clients, proves_who_calls},
};
use std::collections::BTreeSet;

const MOST_HEADERS: usize = 20;

pub fn check(access: &Access, state: &State) -> Result<()> {
    if access.hosts.is_empty() {
        return Err(Error::field("hosts", "Name the hosts that it is for.")
            .hint("Write host or host:port. Nothing of it is sent to any other."));
    }
    Hosts::new(&access.hosts)?;
    headers(&access.headers)?;
    match &access.login {
        AccessLogin::Nobody | AccessLogin::Bearer => {}
        AccessLogin::Basic { user } => {
            required("login.user", user, "The user")?;
            if user.contains(':') || user.chars().any(char::is_control) {
                return Err(Error::field("login.user", "A user has no colon in it.")
                    .hint("The password is given apart: it is kept in the keychain."));
            }
        }
        AccessLogin::Header { name } => {
            header_name("login.name", name)?;
            if access.headers.iter().any(|other| other.name.trim().eq_ignore_ascii_case(name)) {
                return Err(Error::field(
                    "login.name",
                    format!("{name} is among the other headers already."),
                ));
            }
        }
    }
    // Whoever uses it as it is saved has to be able to go on.
    for used in reached::uses(&state.catalog, &access.id.0) {
        let (field, why) = match reached::unsuited(access, &used.reached) {
            None => continue,
            Some(Unsuited::Host) => ("hosts", "asks a host that is not among them"),
            Some(Unsuited::Readable) => ("login", "asks without https://"),
            Some(Unsuited::Proxy) => ("proxy", "looks at a certificate directly"),
        };
        let message = format!("{} {why}: {}.", used.whose, used.reached.url);
        return Err(Error::field(field, message).hint("Change it there first."));
    }
    Ok(())
}

fn headers(headers: &[AccessHeader]) -> Result<()> {
    if headers.len() > MOST_HEADERS {
        return Err(Error::field("headers", format!("More than {MOST_HEADERS} are too many.")));
    }
    let mut seen = BTreeSet::new();
    for (row, header) in headers.iter().enumerate() {
        let at = |field: &str| format!("headers.{row}.{field}");
        header_name(&at("name"), &header.name)?;
        if proves_who_calls(&header.name) {
            return Err(Error::field(
                at("name"),
                format!("{} carries a secret, and everybody could read it here.", header.name),
            )
            .hint("Choose it as the login: its value is kept in the keychain."));
        }
        if !seen.insert(header.name.to_ascii_lowercase()) {
            return Err(Error::field(at("name"), format!("{} is there twice.", header.name)));
        }
        required(&at("value"), &header.value, "The header's value")?;
        if !header.value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            return Err(Error::field(at("value"), "A header carries plain letters alone.")
                .hint("Letters, digits and signs of ASCII, on one line."));
        }
    }
    Ok(())
}

fn header_name(at: &str, name: &str) -> Result<()> {
    if !is_header_name(name) {
        return Err(Error::field(at, format!("“{name}” is no header's name."))
            .hint("Write it like X-Tenant."));
    }
    if is_the_clients(name) || name.eq_ignore_ascii_case("proxy-authorization") {
        return Err(Error::field(at, format!("{name} is written by this program alone."))
            .hint("Leave it out."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::{Event, PersonText, stream},
        model::catalog::Catalog,
    };
    use serde_json::{Value, json};
    use std::{collections::BTreeMap, sync::Arc};

    fn access(more: &Value) -> Access {
        let mut access = json!({ "id": "inside", "name": "Inside", "hosts": ["shop.example.org"] });
        for (name, value) in more.as_object().unwrap() {
            access[name] = value.clone();
        }
        serde_json::from_value(access).unwrap()
    }

    fn known(objects: Vec<Value>) -> State {
        let mut catalog = Catalog::default();
        for object in objects {
            let object: CatalogObject = serde_json::from_value(object).unwrap();
            let stream = stream::catalog(object.kind(), object.id());
            let private = PersonText::default();
            catalog.apply(&stream, 1, &Event::CatalogSaved { object, private });
        }
        State::new(Arc::new(catalog), BTreeMap::new())
    }

    fn refused(more: &Value, state: &State) -> Option<String> {
        check(&access(more), state).err().map(|error| error.location.unwrap())
    }

    #[test]
    fn an_access_names_its_hosts_and_holds_no_secret() {
        let alone = State::default();
        let header = |name: &str| json!({ "headers": [{ "name": name, "value": "x" }] });
        assert_eq!(refused(&json!({}), &alone), None);
        assert_eq!(refused(&header("X-Tenant"), &alone), None);
        assert_eq!(refused(&json!({ "hosts": [] }), &alone).as_deref(), Some("hosts"));
        assert_eq!(refused(&json!({ "hosts": ["https://x"] }), &alone).as_deref(), Some("hosts"));
        for name in ["Authorization", "cookie", "Proxy-Authorization", "Host", "X-Api-Key", "a b"] {
            assert_eq!(refused(&header(name), &alone).as_deref(), Some("headers.0.name"), "{name}");
        }
        let twice = json!({ "headers": [
            { "name": "X-A", "value": "1" }, { "name": "x-a", "value": "2" },
        ] });
        assert_eq!(refused(&twice, &alone).as_deref(), Some("headers.1.name"));
        let value = json!({ "headers": [{ "name": "X-A", "value": "1\r\nX-B: 2" }] });
        assert_eq!(refused(&value, &alone).as_deref(), Some("headers.0.value"));
        for (login, at) in [
            (json!({ "by": "bearer" }), None),
            (json!({ "by": "basic", "user": "rita" }), None),
            (json!({ "by": "basic", "user": "" }), Some("login.user")),
            (json!({ "by": "basic", "user": "rita:pw" }), Some("login.user")),
            (json!({ "by": "header", "name": "X-Api-Key" }), None),
            (json!({ "by": "header", "name": "Host" }), Some("login.name")),
        ] {
            assert_eq!(refused(&json!({ "login": login }), &alone).as_deref(), at, "{login}");
        }
    }

    #[test]
    fn whoever_uses_it_can_go_on_when_it_is_changed() {
        let check = |url: &str| {
            json!({ "kind": "checklist", "id": "smoke", "name": "Smoke", "items": [{
                "id": "a", "kind": "functional", "text": "Look", "required": true,
                "how": { "by": "http", "url": url, "access": "inside",
                    "assertions": [{ "on": "status", "is": 200 }] },
            }] })
        };
        let state = known(vec![check("http://shop.example.org/healthz")]);
        assert_eq!(refused(&json!({}), &state), None);
        let other = json!({ "hosts": ["other.example.org"] });
        assert_eq!(refused(&other, &state).as_deref(), Some("hosts"));
        let login = json!({ "login": { "by": "bearer" } });
        assert_eq!(refused(&login, &state).as_deref(), Some("login"));
    }
}
