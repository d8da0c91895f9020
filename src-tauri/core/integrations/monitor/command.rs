//! A program of this machine, run without a shell: it ends with 0 if all is well and with 1 if not; whatever
//! else it ends with is an error. Where there are limits, its last line is a number that is held against them.
//! Deliberately absent: whether it may be run at all, which is asked before one is made.

use super::{Outcome, Probe, Sample};
use crate::integrations::command::{self, End, Printed};
use async_trait::async_trait;
use std::{path::PathBuf, sync::Arc, time::Duration};

/// How much of what it prints is kept in mind; the rest is passed over.
const HEARD: usize = 64 << 10;
const SHOWN: usize = 200;

#[derive(Clone)]
pub struct CommandProbe {
    pub argv: Vec<String>,
    /// Empty for the folder of temporary files.
    pub folder: PathBuf,
    pub patience: Duration,
    pub at_least: Option<f64>,
    pub at_most: Option<f64>,
}

/// The end of what it printed.
#[derive(Default)]
struct Tail(Vec<u8>);

impl Tail {
    fn hear(&mut self, piece: &[u8]) {
        self.0.extend_from_slice(piece);
        let over = self.0.len().saturating_sub(HEARD);
        self.0.drain(..over);
    }

    /// The last line that is not empty.
    fn last(&self) -> String {
        let text = String::from_utf8_lossy(&self.0);
        let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty());
        let printable = line.unwrap_or_default().chars().filter(|letter| !letter.is_control());
        printable.take(SHOWN).collect()
    }
}

impl CommandProbe {
    fn run(&self) -> Sample {
        let error = |detail: String| Sample { result: Outcome::Error, value: None, detail };
        let folder = match self.folder.as_os_str().is_empty() {
            true => std::env::temp_dir(),
            false => self.folder.clone(),
        };
        let (mut out, mut wrong) = (Tail::default(), Tail::default());
        let ended = command::run(
            &self.argv,
            &folder,
            self.patience,
            &mut |place, piece| {
                match place {
                    Printed::Out => out.hear(piece),
                    Printed::Error => wrong.hear(piece),
                }
                Ok(())
            },
            &|| false,
        );
        let last = out.last();
        let said = if last.is_empty() { wrong.last() } else { last.clone() };
        let with = |sentence: String| match said.is_empty() {
            true => sentence,
            false => format!("{sentence}: {said}"),
        };
        match ended {
            Err(why) => error(why.message),
            Ok(End::Exit(0)) => self.judge(&last),
            Ok(End::Exit(1)) => Sample {
                result: Outcome::Failure,
                value: last.parse().ok().filter(|number: &f64| number.is_finite()),
                detail: with("ended with 1".into()),
            },
            Ok(End::Exit(code)) => error(with(format!("ended with {code}, neither 0 nor 1"))),
            Ok(End::Signal(signal)) => error(with(format!("ended by signal {signal}"))),
            Ok(End::TooLong) => {
                error(with(format!("did not end within {} s", self.patience.as_secs())))
            }
            Ok(End::Cancelled) => error("was stopped".into()),
        }
    }

    /// Of a program that ended well.
    fn judge(&self, last: &str) -> Sample {
        let value = last.parse().ok().filter(|number: &f64| number.is_finite());
        let limited = self.at_least.is_some() || self.at_most.is_some();
        let (result, detail) = match value {
            None if limited => {
                (Outcome::Inconclusive, format!("its last line is no number: “{last}”"))
            }
            None if last.is_empty() => (Outcome::Success, "ended with 0".into()),
            None => (Outcome::Success, last.to_owned()),
            Some(number) => match (self.at_least, self.at_most) {
                (Some(least), _) if number < least => {
                    (Outcome::Failure, format!("{number} is less than {least}"))
                }
                (_, Some(most)) if number > most => {
                    (Outcome::Failure, format!("{number} is more than {most}"))
                }
                _ => (Outcome::Success, number.to_string()),
            },
        };
        Sample { result, value, detail }
    }
}

#[async_trait]
impl Probe for CommandProbe {
    async fn sample(&self) -> Sample {
        let probe = Arc::new(self.clone());
        let ran = tokio::task::spawn_blocking(move || probe.run()).await;
        Sample::of(ran.map_err(|error| format!("its run broke off: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(script: &str, at_least: Option<f64>, at_most: Option<f64>) -> Sample {
        CommandProbe {
            argv: ["sh", "-c", script].map(str::to_owned).to_vec(),
            folder: PathBuf::new(),
            patience: Duration::from_secs(if script.contains("sleep") { 1 } else { 30 }),
            at_least,
            at_most,
        }
        .run()
    }

    #[test]
    fn it_says_by_its_end_whether_it_is_well() {
        let well = ran("echo all is well", None, None);
        assert_eq!((well.result, well.detail.as_str()), (Outcome::Success, "all is well"));
        let ill = ran("echo queue is stuck >&2; exit 1", None, None);
        assert_eq!(
            (ill.result, ill.detail.as_str()),
            (Outcome::Failure, "ended with 1: queue is stuck")
        );
        assert_eq!(ran("exit 2", None, None).result, Outcome::Error);
        assert_eq!(ran("kill -9 $$", None, None).result, Outcome::Error);
        let late = ran("sleep 20", None, None);
        assert_eq!((late.result, late.detail.as_str()), (Outcome::Error, "did not end within 1 s"));
    }

    #[test]
    fn its_last_line_is_held_against_the_limits() {
        let number = |text: &str| ran(&format!("echo first; echo {text}"), Some(1.0), Some(5.0));
        assert_eq!((number("3").result, number("3").value), (Outcome::Success, Some(3.0)));
        assert_eq!(number("5.5").detail, "5.5 is more than 5");
        assert_eq!(number("0").result, Outcome::Failure);
        assert_eq!(number("many").result, Outcome::Inconclusive);
        assert_eq!(number("NaN").result, Outcome::Inconclusive);
    }
}
