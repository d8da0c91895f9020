//! The sample workspace (filled in below).
use super::{Desk, Options};
use crate::error::Result;
use std::path::Path;

pub fn make(path: &Path, _issues: usize, _seed: u64, options: Options) -> Result<Desk> {
    Desk::create(path, "Acme Shop", options)
}
