//! What a messenger needs before messages can leave by it. Whether it works, trying it shows.

use super::required;
use crate::{
    error::{Error, Result},
    event::words::*,
    web::is_private,
};
use url::Url;

pub fn check(messenger: &Messenger) -> Result<()> {
    let (schemes, example): (&[&str], _) = match messenger.system {
        MessengerSystem::Mail => {
            (&["smtps", "smtp"], "smtps://mail.example.com, or smtp://mail.example.com:587")
        }
        MessengerSystem::Webhook => (&["https", "http"], "https://hooks.example.com/in"),
        _ if messenger.address.trim().is_empty() => return Ok(()),
        _ => {
            return Err(Error::field("address", "Whoever knows this address may write there.")
                .hint("Give it as the secret: it is kept in the keychain, not in the workspace."));
        }
    };
    let wrong = |why: &str| Error::field("address", why).hint(format!("Write it like {example}."));
    let url = Url::parse(messenger.address.trim())
        .ok()
        .filter(|url| schemes.contains(&url.scheme()))
        .filter(|url| url.host_str().is_some_and(|host| !host.is_empty()))
        .ok_or_else(|| wrong("This is no address that messages could be sent to."))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "The address holds a user or a password, which have fields of their own.",
        ));
    }
    let bare = url.query().is_none() && url.fragment().is_none() && matches!(url.path(), "" | "/");
    if messenger.system == MessengerSystem::Mail && !bare {
        return Err(wrong("The address of a mail server has no more than a port."));
    }
    if matches!(messenger.system, MessengerSystem::Webhook) && !is_private(&url) {
        return Err(wrong("Without https:// the message could be read on its way."));
    }
    if messenger.system == MessengerSystem::Mail {
        required("from", &messenger.from, "Whom the mails come from")?;
        for (field, typed) in [("from", &messenger.from), ("reply_to", &messenger.reply_to)] {
            if !typed.trim().is_empty() && !is_mail(typed) {
                return Err(Error::field(field, "This is no mail address.")
                    .hint("Write it like Support <support@example.com>."));
            }
        }
    }
    Ok(())
}

/// `support@example.com` or `Support <support@example.com>`, roughly: the mail library is strict.
fn is_mail(typed: &str) -> bool {
    let typed = typed.trim();
    let address = match typed.rsplit_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => typed,
    };
    let fine = |part: &str| {
        !part.is_empty()
            && !part.chars().any(|c| c.is_whitespace() || c.is_control() || "<>,;".contains(c))
    };
    address.rsplit_once('@').is_some_and(|(name, host)| fine(name) && fine(host))
        && !typed.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(system: MessengerSystem, address: &str, from: &str) -> Option<String> {
        let messenger = Messenger {
            system,
            address: address.into(),
            from: from.into(),
            ..Messenger::default()
        };
        check(&messenger).err().map(|error| error.location.unwrap_or_default())
    }

    #[test]
    fn each_kind_wants_an_address_of_its_own() {
        use MessengerSystem::{Mail, Slack, Webhook};
        let from = "Support <support@example.com>";
        for address in
            ["smtps://mail.example.com", "smtp://mail.example.com:587", "smtp://[::1]:25"]
        {
            assert_eq!(refusal(Mail, address, from), None, "{address}");
        }
        for address in [
            "",
            "mail.example.com",
            "https://mail.example.com",
            "smtps://me:secret@mail.example.com",
            "smtps://mail.example.com/inbox",
        ] {
            assert_eq!(refusal(Mail, address, from).as_deref(), Some("address"), "{address}");
        }
        for address in ["https://hooks.example.com/in?team=4", "http://127.0.0.1:8080/in"] {
            assert_eq!(refusal(Webhook, address, ""), None, "{address}");
        }
        assert_eq!(refusal(Webhook, "http://hooks.example.com/in", "").as_deref(), Some("address"));
        // Such an address is a secret: it never comes into the workspace.
        assert_eq!(refusal(Slack, "", ""), None);
        assert_eq!(
            refusal(Slack, "https://hooks.slack.com/services/T/B/x", "").as_deref(),
            Some("address")
        );
    }

    #[test]
    fn mails_come_from_somebody() {
        let from = |from: &str| refusal(MessengerSystem::Mail, "smtps://mail.example.com", from);
        assert_eq!(from("support@example.com"), None);
        assert_eq!(from("Süpport <support@example.com>"), None);
        for wrong in ["", " ", "Support", "Support <>", "a@b, c@d", "a@b\nBcc: c@d", "@example.com"]
        {
            assert_eq!(from(wrong).as_deref(), Some("from"), "{wrong}");
        }
    }
}
