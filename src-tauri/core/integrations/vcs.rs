//! Version control, read and never changed; and diffs, wherever they come from.

pub mod git;
pub mod unified;
