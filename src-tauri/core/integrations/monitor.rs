//! Probes: a look at whether something is well. A file each under `monitor/`.

pub mod alertmanager;
pub mod certificate;
pub mod command;
pub mod expect;
pub mod http;
pub mod prometheus;

use super::http::record::Mask;
use async_trait::async_trait;

/// Argo Rollouts' three outcomes: a wrong answer is a failure, no answer an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Success,
    Failure,
    /// It says neither yes nor no.
    Inconclusive,
    Error,
}

impl Outcome {
    /// As it is kept and told.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Inconclusive => "inconclusive",
            Self::Error => "error",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub result: Outcome,
    /// Milliseconds until the answer, or the number that was measured.
    pub value: Option<f64>,
    pub detail: String,
}

impl Sample {
    /// What was answered; or an error, with why nothing was.
    pub fn of(asked: Result<Self, impl std::fmt::Display>) -> Self {
        asked.unwrap_or_else(|error| Self {
            result: Outcome::Error,
            value: None,
            detail: error.to_string(),
        })
    }
}

#[async_trait]
pub trait Probe: Send + Sync {
    async fn sample(&self) -> Sample;
}

/// A probe whose detail tells nothing of a secret that was sent along.
pub struct Masked {
    pub probe: Box<dyn Probe>,
    pub mask: Mask,
}

#[async_trait]
impl Probe for Masked {
    async fn sample(&self) -> Sample {
        let mut sample = self.probe.sample().await;
        sample.detail = self.mask.cut(&sample.detail);
        sample
    }
}
