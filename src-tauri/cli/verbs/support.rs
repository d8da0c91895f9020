//! `hotfix support …`: what people ask about a fix, what they are answered, and what they think of it.

use super::done;
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::Subcommand;
use serde_json::json;

#[derive(Subcommand)]
pub enum Support {
    /// The questions about a hot fix, with their numbers and answers.
    List { key: String },
    /// Note a question, with its answer if there is one yet.
    Ask {
        key: String,
        question: String,
        #[arg(long, default_value = "")]
        answer: String,
        /// Who asked.
        #[arg(long, default_value = "")]
        name: String,
        /// Their mail address or telephone number.
        #[arg(long, default_value = "")]
        reach: String,
    },
    /// Answer a question, or answer it better.
    Answer {
        key: String,
        #[arg(value_parser = clap::value_parser!(u32).range(1..))]
        number: u32,
        answer: String,
    },
    /// Say it in the instructions from now on, after what they say already.
    Instruct {
        key: String,
        #[arg(value_parser = clap::value_parser!(u32).range(1..))]
        number: u32,
    },
    /// What somebody said about the fix: 1 is no help, 5 is solved well.
    Feedback {
        key: String,
        #[arg(long, value_parser = clap::value_parser!(u8).range(1..=5))]
        score: u8,
        #[arg(default_value = "")]
        text: String,
        #[arg(long, default_value = "")]
        name: String,
        #[arg(long, default_value = "")]
        reach: String,
    },
}

pub fn support(context: &Context, verb: Support) -> Result<u8, Failure> {
    match verb {
        Support::List { key } => {
            let shown = context.call("fix_show", json!({ "key": key }))?;
            let mut notes = shown["hotfix"]["support_notes"].clone();
            for (number, note) in (1..).zip(notes.as_array_mut().into_iter().flatten()) {
                if let Some(fields) = note.as_object_mut() {
                    fields.insert("number".into(), json!(number));
                }
            }
            context.print.list(&notes, |note| {
                let answer = match text(&note["answer"]) {
                    answer if !answer.is_empty() => answer,
                    _ if note["answered_at"].is_null() => "(no answer yet)".to_owned(),
                    // Erased; of the oldest entries it stands in the question's text.
                    _ => String::new(),
                };
                format!("{:>3}  {}\n     {answer}", text(&note["number"]), text(&note["text"]))
            })
        }
        Support::Ask { key, question, answer, name, reach } => {
            let from = json!({ "name": name, "reach": reach });
            let request = json!({ "key": key, "text": question, "answer": answer, "from": from });
            let noted = context.call("support_note", request)?;
            context.print.done(&text(&noted["number"]), &noted)
        }
        Support::Answer { key, number, answer } => done(
            context,
            "support_answer",
            json!({ "key": key, "number": number, "answer": answer }),
        ),
        Support::Instruct { key, number } => instruct(context, &key, number),
        Support::Feedback { key, score, text, name, reach } => {
            let from = json!({ "name": name, "reach": reach });
            let request = json!({ "key": key, "score": score, "text": text, "from": from });
            done(context, "feedback_record", request)
        }
    }
}

fn instruct(context: &Context, key: &str, number: u32) -> Result<u8, Failure> {
    let with = json!({ "key": key, "answers": [number] });
    let said = context.call("support_instructions", with)?;
    let request =
        json!({ "key": key, "base": said["base"], "answers": [number], "text": said["text"] });
    done(context, "public_words_write", request)
}
