//! `hotfix calendar duty`, `rota`, `take`, `handover`, `handovers`: who is on duty, and what one shift
//! tells the next.

use crate::{
    Context,
    answer::{Failure, text},
};
use clap::Args;
use hotfix_core::desk::Instant;
use serde_json::{Value, json};
use std::{collections::BTreeMap, io::Read as _};

#[derive(Args)]
pub struct Duty {
    /// Now, if left out.
    #[arg(long)]
    at: Option<Instant>,
    #[arg(long)]
    product: Option<String>,
}

#[derive(Args)]
pub struct Rota {
    #[arg(long)]
    name: String,
    /// In their order: mara,tom.
    #[arg(long, required = true, value_delimiter = ',')]
    people: Vec<String>,
    /// When the first turn begins on the wall clock of the zone: 2026-11-30T09:00.
    #[arg(long)]
    start: String,
    /// The workspace's, if left out.
    #[arg(long)]
    zone: Option<String>,
    /// How many days a turn has.
    #[arg(long, default_value_t = 7)]
    days: u32,
    /// Only for these; all where none is named.
    #[arg(long = "product", value_name = "PRODUCT")]
    products: Vec<String>,
    /// Say whose turn would be when, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args)]
pub struct Take {
    #[arg(long)]
    person: String,
    #[arg(long)]
    from: Instant,
    #[arg(long)]
    to: Instant,
    /// Whose place it is, where several people are on duty at once.
    #[arg(long = "entry", value_name = "ENTRY")]
    replaces: Vec<String>,
    #[arg(long)]
    product: Option<String>,
    #[arg(long, default_value = "")]
    note: String,
}

#[derive(Args)]
pub struct Handover {
    /// Whom it is for; whoever comes on duty next if left out.
    #[arg(long, value_name = "PERSON")]
    to: Option<String>,
    /// What the next shift has to know, or - for standard input.
    #[arg(long, required_unless_present = "read")]
    text: Option<String>,
    /// What it is about; everything where none is named.
    #[arg(long = "product", value_name = "PRODUCT")]
    products: Vec<String>,
    /// Without the list of what is under way.
    #[arg(long)]
    bare: bool,
    /// Say that one has read this note.
    #[arg(long, value_name = "KEY", conflicts_with_all = ["to", "text", "products", "bare"])]
    read: Option<String>,
}

#[derive(Args)]
pub struct Handovers {
    /// Only those for me that I have not read.
    #[arg(long)]
    waiting: bool,
    /// At most 500; 100 if left out.
    #[arg(long)]
    limit: Option<u32>,
}

/// People of the catalog by key.
fn names(context: &Context) -> Result<BTreeMap<String, String>, Failure> {
    let rows = context.call("catalog_list", json!({ "kind": "person" }))?;
    let rows = rows.as_array().into_iter().flatten();
    Ok(rows.map(|row| (text(&row["object"]["id"]), text(&row["object"]["name"]))).collect())
}

fn name(names: &BTreeMap<String, String>, person: &Value) -> String {
    let id = text(person);
    names.get(&id).filter(|name| !name.is_empty()).cloned().unwrap_or(id)
}

pub fn duty(context: &Context, asked: Duty) -> Result<u8, Failure> {
    let request = json!({ "at": asked.at, "product": asked.product });
    let view = context.call("calendar_duty", request)?;
    let names = names(context)?;
    let rows = view["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    let said: Vec<String> = rows.iter().map(|row| sentence(row, &names)).collect();
    context.print.done(&said.join("\n"), &view)?;
    let empty = |row: &Value| row["now"].as_array().is_none_or(Vec::is_empty);
    Ok(u8::from(rows.iter().all(empty)))
}

/// "Shop: Mara Kovac until …; next: Tom Reed from …", and what is wrong with the weeks ahead.
fn sentence(row: &Value, names: &BTreeMap<String, String>) -> String {
    let people = |list: &Value, key: &str, word: &str| -> Vec<String> {
        let one = |each: &Value| {
            let who = name(names, &each["person"]);
            match each[key].as_str() {
                Some(at) => format!("{who} {word} {at}"),
                None => who,
            }
        };
        list.as_array().into_iter().flatten().map(one).collect()
    };
    let of = match text(&row["name"]) {
        all if all.is_empty() => String::new(),
        some => format!("{some}: "),
    };
    if row["has_rota"] != true {
        return format!("{of}there is no rota");
    }
    let now = people(&row["now"], "until", "until");
    let mut line = match now.is_empty() {
        true => format!("{of}nobody is on duty"),
        false => format!("{of}{}", now.join(", ")),
    };
    let next = people(&row["next"], "from", "from");
    if !next.is_empty() {
        line.push_str(&format!("; next: {}", next.join(", ")));
    }
    for gap in row["gaps"].as_array().into_iter().flatten() {
        line.push_str(&format!("\n    nobody {} – {}", text(&gap["start"]), text(&gap["end"])));
    }
    for clash in row["clashes"].as_array().into_iter().flatten() {
        let (span, who) = (&clash["span"], name(names, &clash["person"]));
        let (from, to) = (text(&span["start"]), text(&span["end"]));
        line.push_str(&format!("\n    {who} is away {from} – {to}"));
    }
    line
}

pub fn rota(context: &Context, wanted: Rota) -> Result<u8, Failure> {
    let zone = match wanted.zone {
        Some(zone) => zone,
        None => text(&context.call("workspace_show", json!({}))?["zone"]),
    };
    let rota = json!({
        "name": wanted.name, "people": wanted.people, "products": wanted.products,
        "start": wanted.start, "zone": zone, "days": wanted.days,
    });
    if wanted.dry_run {
        let turns = context.call("calendar_rota_next", json!({ "rota": rota }))?;
        return context.print.list(&turns, |turn| {
            let span = &turn["span"];
            format!("{} – {}  {}", text(&span["start"]), text(&span["end"]), text(&turn["person"]))
        });
    }
    let made = context.call("calendar_rota", json!({ "rota": rota }))?;
    let keys: Vec<String> = made["entries"].as_array().into_iter().flatten().map(text).collect();
    context.print.done(&keys.join("\n"), &made)
}

pub fn take(context: &Context, wanted: Take) -> Result<u8, Failure> {
    let request = json!({
        "person": wanted.person, "starts_at": wanted.from, "ends_at": wanted.to,
        "replaces": wanted.replaces, "product": wanted.product, "note": wanted.note,
    });
    let made = context.call("calendar_take", request)?;
    context.print.done(&text(&made["key"]), &made)
}

pub fn handover(context: &Context, wanted: Handover) -> Result<u8, Failure> {
    if let Some(key) = wanted.read {
        let done = context.call("hand_over_read", json!({ "key": key }))?;
        return context.print.done(&format!("{key} is read."), &done);
    }
    let mut typed = wanted.text.unwrap_or_default();
    if typed == "-" {
        typed.clear();
        std::io::stdin().lock().read_to_string(&mut typed)?;
    }
    let products = &wanted.products;
    let under_way = match wanted.bare {
        true => json!([]),
        false => {
            context.call("hand_over_draft", json!({ "products": products }))?["under_way"].clone()
        }
    };
    let request = json!({
        "text": typed, "to": wanted.to, "products": products, "under_way": under_way,
    });
    let made = context.call("hand_over", request)?;
    context.print.done(&text(&made["key"]), &made)
}

pub fn handovers(context: &Context, asked: Handovers) -> Result<u8, Failure> {
    let request = json!({ "waiting": asked.waiting, "limit": asked.limit });
    let page = context.call("hand_over_list", request)?;
    context.print.list(&page["rows"], |row| {
        let read = match row["read_at"].as_str() {
            Some(at) => format!("read {at}"),
            None => "not read".into(),
        };
        let (from, to) = (text(&row["from_name"]), text(&row["to_name"]));
        let first = text(&row["excerpt"]);
        let first = first.lines().next().unwrap_or_default();
        format!("{}  {}  {from} → {to}  {read}  {first}", text(&row["key"]), text(&row["at"]))
    })
}

/// Of an event that became a duty: whose it is, and how that was found out.
pub fn matched(event: &Value) -> String {
    if event["purpose"] != "duty" {
        return String::new();
    }
    let people: Vec<String> = event["people"].as_array().into_iter().flatten().map(text).collect();
    let by = match event["matched"].as_str() {
        Some("mail") => " (by mail)",
        Some("name") => " (by name)",
        _ => "",
    };
    format!("  {}{by}", people.join(", "))
}
