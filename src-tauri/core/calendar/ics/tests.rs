//! The oddities, one test each.
