//! Stands in for the core's façade until it lands: the same signatures, no answers.

use hotfix_core::error::{Error, Result};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::broadcast;

#[derive(Clone, Debug, Default)]
pub struct Options {}

#[derive(Clone, Debug, serde::Serialize)]
pub struct Change {
    pub seq: u64,
    pub topics: Vec<String>,
}

#[derive(Clone)]
pub struct Desk(Arc<(PathBuf, broadcast::Sender<Change>)>);

pub struct EngineHandle;

impl EngineHandle {
    pub fn busy(&self) -> bool {
        false
    }
    pub fn stop(self) {}
}

impl Desk {
    pub fn create(path: &Path, _name: &str, _options: Options) -> Result<Self> {
        if path.exists() {
            return Err(Error::invalid("There is a file of that name already.").at("path"));
        }
        std::fs::write(path, b"")?;
        Self::open(path, Options {})
    }
    pub fn open(path: &Path, _options: Options) -> Result<Self> {
        if !path.exists() {
            return Err(Error::invalid("There is no such file.").at("path"));
        }
        Ok(Self(Arc::new((path.to_owned(), broadcast::channel(64).0))))
    }
    pub fn sample(path: &Path, _issues: usize, _seed: u64, options: Options) -> Result<Self> {
        Self::create(path, "Sample", options)
    }
    pub fn call(&self, name: &str, request: Value) -> Result<Value> {
        match name {
            "echo" => {
                let _ = self.0.1.send(Change { seq: 1, topics: vec!["echo".into()] });
                Ok(request)
            }
            _ => Err(Error::invalid(format!("There is no request “{name}”."))),
        }
    }
    pub fn blob(&self, _hash: &str) -> Result<Vec<u8>> {
        Err(Error::invalid("There is no such attachment."))
    }
    pub fn put_blob(&self, _bytes: &[u8]) -> Result<String> {
        Err(Error::internal("Attachments are not there yet."))
    }
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.0.1.subscribe()
    }
    pub fn start_engine(&self, _runtime: tokio::runtime::Handle) -> Result<EngineHandle> {
        Ok(EngineHandle)
    }
    pub fn path(&self) -> &Path {
        &self.0.0
    }
    pub fn name(&self) -> String {
        "Stand-in".into()
    }
}

pub fn window_may_call(name: &str) -> Result<()> {
    if name == "echo" { Ok(()) } else { Err(Error::denied("Not for the window.")) }
}
