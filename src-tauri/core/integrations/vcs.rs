//! Version control, read and never changed.

pub mod git;
