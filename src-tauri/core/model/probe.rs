//! Whether what is written of a probe, or of a gate's measurement, can be asked and judged. Places are
//! relative to it: `url`, `at_most`.

use crate::{
    error::{Error, Result},
    event::words::*,
};

/// Refused with the field that is wrong and what to write there. `what` it is: a probe or a gate.
pub fn measured(spec: &ProbeSpec, what: &str) -> Result<()> {
    let name = if spec.name.trim().is_empty() {
        format!("The {what}")
    } else {
        format!("The {what} “{}”", spec.name.trim())
    };
    match spec.by {
        Measure::Endpoint => return Ok(()),
        Measure::Command => {
            if spec.argv.first().is_none_or(|program| program.trim().is_empty()) {
                return Err(Error::field("argv", format!("{name} has no program to run."))
                    .hint("Name the program, then its words, one each."));
            }
            if spec.timeout_seconds == 0 {
                return Err(Error::field("timeout_seconds", "A second or more."));
            }
        }
        Measure::Http | Measure::Prometheus | Measure::Alertmanager | Measure::Certificate => {
            address(spec, &name)?;
        }
    }
    match spec.by {
        Measure::Prometheus => {
            if spec.query.trim().is_empty() {
                return Err(Error::field("query", "The query is missing.")
                    .hint("Write it in PromQL: up == 1."));
            }
            if spec.at_least.is_none() && spec.at_most.is_none() && spec.above_before.is_none() {
                let hint = match what {
                    "probe" => {
                        "Say what the number must be at least, or at most, or by how many per \
                                cent it may be above what it was before the deployment."
                    }
                    _ => "Say what the number must be at least, or at most.",
                };
                let message = format!("{name} has no limit.");
                return Err(Error::field("at_most", message).hint(hint));
            }
        }
        Measure::Alertmanager if spec.at_most.is_some_and(|most| most < 0.0) => {
            return Err(Error::field("at_most", "There are never less than no alerts.")
                .hint("0 lets none be active."));
        }
        Measure::Certificate if spec.days() <= 0.0 => {
            return Err(Error::field("at_least", "That would warn when it is too late.")
                .hint("Write days, such as 14."));
        }
        _ => {}
    }
    if let (Some(least), Some(most)) = (spec.at_least, spec.at_most)
        && least > most
        && matches!(spec.by, Measure::Prometheus | Measure::Command)
    {
        return Err(Error::field("at_most", format!("{most} is less than {least}."))
            .hint("No number is at least the one and at most the other."));
    }
    Ok(())
}

/// The same of a probe that is to be saved.
pub fn check(spec: &ProbeSpec) -> Result<()> {
    measured(spec, "probe")?;
    if spec.by == Measure::Endpoint {
        return Err(Error::field("by", "An endpoint's own health is no probe.")
            .hint("It is asked for every minute anyway."));
    }
    for (field, seconds) in
        [("every_seconds", spec.every_seconds), ("retry_seconds", spec.retry_seconds)]
    {
        if seconds == 0 {
            let message = format!("The probe “{}” needs a second or more here.", spec.name);
            return Err(Error::field(field, message));
        }
    }
    match spec.within {
        Some(within) if within == 0 || within > MOST_WITHIN => {
            Err(Error::field("within", format!("Samples count within 1 to {MOST_WITHIN}."))
                .hint("Leave it empty to count them in a row."))
        }
        Some(within) if within <= spec.failure_limit => Err(Error::field(
            "within",
            format!("More than {} of {within} cannot fail.", spec.failure_limit),
        )
        .hint("Count within more samples, or lower the limit.")),
        _ => Ok(()),
    }
}

fn address(spec: &ProbeSpec, name: &str) -> Result<()> {
    let wrong = |why: String| {
        let example = match spec.by {
            Measure::Certificate => "https://shop.example.org, or https://mail.example.org:993",
            Measure::Prometheus => "https://prometheus.example.org",
            Measure::Alertmanager => "https://alertmanager.example.org",
            _ => "https://shop.example.org/healthz",
        };
        Err(Error::field("url", why).hint(format!("Write it like {example}.")))
    };
    let Ok(url) = url::Url::parse(&spec.url) else {
        return wrong(format!("{name} has no web address."));
    };
    let known = match spec.by {
        Measure::Certificate => url.scheme() == "https",
        _ => matches!(url.scheme(), "http" | "https"),
    };
    if !known || url.host_str().is_none_or(str::is_empty) {
        return wrong(format!("{name} cannot ask {}.", spec.url));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn refused(more: Value) -> Option<String> {
        let mut spec = json!({ "id": "p", "name": "P", "url": "https://shop.example.org" });
        for (name, value) in more.as_object().unwrap() {
            spec[name] = value.clone();
        }
        let spec: ProbeSpec = serde_json::from_value(spec).unwrap();
        check(&spec).err().map(|error| error.location.unwrap())
    }

    #[test]
    fn every_kind_is_refused_at_the_field_that_lacks_something() {
        assert_eq!(refused(json!({})), None);
        assert_eq!(refused(json!({ "url": "healthz" })).as_deref(), Some("url"));
        assert_eq!(refused(json!({ "by": "prometheus" })).as_deref(), Some("query"));
        let open = json!({ "by": "prometheus", "query": "up" });
        assert_eq!(refused(open).as_deref(), Some("at_most"));
        let crossed = json!({ "by": "prometheus", "query": "up", "at_least": 2, "at_most": 1 });
        assert_eq!(refused(crossed).as_deref(), Some("at_most"));
        assert_eq!(
            refused(json!({ "by": "alertmanager" })),
            None,
            "any active alert is one too many"
        );
        assert_eq!(refused(json!({ "by": "certificate" })), None);
        let plain = json!({ "by": "certificate", "url": "http://shop.example.org" });
        assert_eq!(refused(plain).as_deref(), Some("url"));
        assert_eq!(
            refused(json!({ "by": "certificate", "at_least": 0 })).as_deref(),
            Some("at_least")
        );
        assert_eq!(refused(json!({ "by": "command" })).as_deref(), Some("argv"));
        assert_eq!(refused(json!({ "by": "command", "argv": ["true"], "url": "" })), None);
        assert_eq!(refused(json!({ "by": "endpoint" })).as_deref(), Some("by"));
        assert_eq!(refused(json!({ "every_seconds": 0 })).as_deref(), Some("every_seconds"));
        assert_eq!(refused(json!({ "within": 2 })).as_deref(), Some("within"));
        assert_eq!(refused(json!({ "within": 101 })).as_deref(), Some("within"));
        assert_eq!(refused(json!({ "within": 10 })), None);
    }

    #[test]
    fn a_probe_without_a_limit_is_told_of_all_three() {
        let spec = json!({ "by": "prometheus", "query": "up", "url": "http://p:9090" });
        let spec: ProbeSpec = serde_json::from_value(spec).unwrap();
        let hint = measured(&spec, "probe").unwrap_err().hint.unwrap();
        assert!(hint.contains("above what it was before"), "{hint}");
        assert!(!measured(&spec, "gate").unwrap_err().hint.unwrap().contains("before"));
    }
}
