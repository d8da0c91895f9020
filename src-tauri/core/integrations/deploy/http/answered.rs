//! What an answer means: whether it says no, and what a recipe finds in it.

use super::super::{
    CallError,
    recipe::{RecipeCall, RetryRule},
};
use crate::integrations::http::Answer;
use std::collections::BTreeMap;

/// What the calls of a section extracted.
pub(super) type Extracted = BTreeMap<String, serde_json::Value>;

pub(super) fn half_done(error: CallError) -> CallError {
    match error {
        CallError::NotSent { message } => CallError::unclear(message),
        CallError::Refused { status, message, retry_after } => {
            CallError::Unclear { status: Some(status), message, retry_after }
        }
        unclear => unclear,
    }
}

/// A status that is not success. A safe method changed nothing. For the others 4xx says no, and so
/// do 307 and 308; 301 to 303 often follow what was done, 408 does not tell how much was read, and
/// behind 5xx anything may have happened, unless the recipe says that nothing was begun.
pub(super) fn refusal(call: &RecipeCall, retry: Option<&RetryRule>, answer: &Answer) -> CallError {
    let (status, retry_after) = (answer.status, answer.retry_after());
    let message = match status {
        300..=399 => format!("It answered {status}, a redirect, which is not followed."),
        401 | 403 => format!("It answered {status}: the token is missing, wrong or lacks rights."),
        429 => format!("It answered {status}: it asks to be called less often."),
        _ => format!("It answered {status}."),
    };
    let message = format!("{message} {}", answer.excerpt()).trim_end().to_owned();
    let said_no = matches!(status, 307 | 308 | 400..=407 | 409..=499);
    let known = retry.is_some_and(|rule| rule.statuses.contains(&status));
    if call.method.is_safe() || said_no || known {
        CallError::Refused { status, message, retry_after }
    } else {
        CallError::Unclear { status: Some(status), message, retry_after }
    }
}

/// Everything the recipe looks for in an answer. What must be there and is not makes the answer
/// unclear: the call was accepted, and what it came to cannot be told.
pub(super) fn extract_all(
    call: &RecipeCall,
    answer: &Answer,
    path: impl Fn(&str) -> Result<String, String>,
) -> Result<Extracted, CallError> {
    let json: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
    let mut found = Extracted::new();
    for (name, source) in call.extract.iter().chain(&call.extract_optional) {
        let source = if source.contains("{{") {
            path(source).map_err(CallError::unclear)?
        } else {
            source.clone()
        };
        if let Some(value) = extract(answer, json.as_ref(), &source) {
            found.insert(name.clone(), value);
        }
    }
    if let Some((name, source)) = call.extract.iter().find(|(name, _)| !found.contains_key(*name)) {
        return Err(CallError::Unclear {
            status: Some(answer.status),
            message: format!(
                "The answer {} has no {name} where the recipe looks for it ({source}): {}",
                answer.status,
                answer.excerpt()
            ),
            retry_after: None,
        });
    }
    Ok(found)
}

fn extract(
    answer: &Answer,
    json: Option<&serde_json::Value>,
    source: &str,
) -> Option<serde_json::Value> {
    if source == "body" {
        return Some(answer.text().into());
    }
    if source == "cookies" {
        let set = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        let pairs: Vec<&str> =
            set.filter_map(|(_, value)| value.split(';').next()).map(str::trim).collect();
        return (!pairs.is_empty()).then(|| pairs.join("; ").into());
    }
    if let Some(header) = source.strip_prefix("header:") {
        return answer.header(header.trim()).map(Into::into);
    }
    let path = serde_json_path::JsonPath::parse(source).ok()?;
    path.query(json?).first().filter(|value| !value.is_null() && *value != "").cloned()
}

pub(super) fn text(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
