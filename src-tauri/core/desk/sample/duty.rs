//! Who is on duty in the sample: support and the release desk take turns by the week, somebody has
//! swapped a day, and the last shift has left a note.

use super::Maker;
use crate::{
    clock::Instant,
    error::Result,
    event::words::*,
    stages::{
        announce,
        configure::rota::{MakeRota, Rota, TakeDuty},
        schedule::handover::HandOver,
    },
    views::{handover::AskHandOver, messages::ListMessages},
};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const DAY_MICROS: i64 = 86_400_000_000;

pub(super) fn rotas(maker: &Maker) -> Result<()> {
    for (name, people) in
        [("Support", ["sam", "lena", "noor"].as_slice()), ("Release", &["marc", "rita"])]
    {
        let rota = Rota {
            name: name.into(),
            people: people.iter().map(|one| PersonId::from(*one)).collect(),
            start: "2026-01-05T09:00".into(),
            zone: "Europe/Berlin".into(),
            days: 7,
            ..Rota::default()
        };
        maker.by("rita", &MakeRota { rota })?;
    }
    // From nine to nine (ten in summer) on the third day from now, whoever it is.
    let today = Instant::from_micros(maker.until.micros() / DAY_MICROS * DAY_MICROS);
    let from = today.plus(DAY * 3 + HOUR * 8);
    let turns = crate::model::duty::turns(
        maker.desk.catalog()?.calendars(),
        &Touch::default(),
        crate::calendar::Span::lasting(from, DAY),
    )?;
    let of_support = turns.iter().find(|turn| turn.entry.0.starts_with("support-"));
    let Some(turn) = of_support else { return Ok(()) };
    let person = if turn.person.0 == "noor" { "sam" } else { "noor" };
    maker.by(
        person,
        &TakeDuty {
            person: person.into(),
            starts_at: from,
            ends_at: from.plus(DAY),
            replaces: vec![turn.entry.clone()],
            product: None,
            note: "Dentist".into(),
        },
    )?;
    Ok(())
}

/// The note that waits for whoever sits here.
pub(super) fn handed_over(maker: &Maker) -> Result<()> {
    let marc = maker.desk.as_person(&"marc".into());
    let under_way = marc.ask(&AskHandOver::default())?.under_way;
    let text = "Quiet night until six. The card payments in the shop are slow since then: Dana looks at \
        the database, and the hot fix can go out as soon as she says so.\n\nThe certificate of \
        the mail gateway runs out on Friday; Karim has been told.";
    marc.command(&HandOver {
        text: text.into(),
        to: Some("rita".into()),
        under_way: under_way.into_iter().take(8).collect(),
        ..HandOver::default()
    })?;
    // It was told then, and is not told again when the sample is opened.
    let newest = ListMessages { limit: Some(1), ..ListMessages::default() };
    if let Some(told) = marc.ask(&newest)?.rows.into_iter().next() {
        let end = announce::EndMessage::sent(told.key, 1);
        maker.desk.as_engine(None).command(&end)?;
    }
    Ok(())
}
