//! What two texts differ in, as a unified diff. Pure: no repository, no file.

use similar::{Algorithm, TextDiff};
use std::time::Duration;

/// After this long a difference is told more coarsely; only texts made to be slow need it.
const PATIENCE: Duration = Duration::from_secs(2);

/// A diff of one file as git would print it; empty if the texts are the same.
pub fn unified(name: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Myers)
        .timeout(PATIENCE)
        .diff_lines(before, after);
    let mut hunks = diff.unified_diff();
    hunks.context_radius(3);
    let hunks = hunks.header(&format!("a/{name}"), &format!("b/{name}")).to_string();
    format!("diff --git a/{name} b/{name}\n{hunks}")
}

/// How many lines are added and removed.
pub fn counts(before: &str, after: &str) -> (u32, u32) {
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Myers)
        .timeout(PATIENCE)
        .diff_lines(before, after);
    diff.iter_all_changes().fold((0, 0), |(added, removed), change| match change.tag() {
        similar::ChangeTag::Insert => (added + 1, removed),
        similar::ChangeTag::Delete => (added, removed + 1),
        similar::ChangeTag::Equal => (added, removed),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_before_and_after_is_a_diff_of_one_file() {
        let diff = unified("limits\nof the shop", "a=1\nb=2\n", "a=1\nb=3");
        assert_eq!(
            diff,
            "diff --git a/limits of the shop b/limits of the shop\n--- a/limits of the shop\n\
             +++ b/limits of the shop\n@@ -1,2 +1,2 @@\n a=1\n-b=2\n+b=3\n\
             \\ No newline at end of file\n"
        );
        assert_eq!(unified("x", "same", "same"), "");
        assert_eq!(counts("a\nb\n", "b\nc\nd\n"), (2, 1));
    }
}
