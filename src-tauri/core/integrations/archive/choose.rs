//! Which paths go into a package: patterns as in a `.gitignore`, to include and to exclude.
//!
//! `*.log` is a name at any depth, `/conf` and `conf/x` begin at the top, `docs/` is a folder with
//! everything below it, `**` any number of folders. Excluding wins. With nothing to include,
//! everything is.

use crate::error::{Error, Result};
use globset::{GlobBuilder, GlobMatcher};

/// One pattern and the globs that it stands for.
struct Pattern {
    text: String,
    /// The thing itself; not for a pattern that means folders alone.
    itself: Option<GlobMatcher>,
    /// Everything below it.
    below: GlobMatcher,
}

impl Pattern {
    fn new(field: &str, text: &str) -> Result<Self> {
        let trimmed = text.trim();
        let (body, folder) = match trimmed.strip_suffix('/') {
            Some(body) => (body, true),
            None => (trimmed, false),
        };
        let anchored = body.contains('/');
        let body = body.trim_start_matches('/');
        if body.is_empty() {
            return Err(Error::field(field, format!("“{trimmed}” names nothing."))
                .hint("Patterns are like *.log, docs/ or /conf/*.toml."));
        }
        let whole = if anchored { body.to_owned() } else { format!("**/{body}") };
        let glob = |pattern: &str| {
            GlobBuilder::new(pattern)
                .literal_separator(true)
                .backslash_escape(true)
                .build()
                .map(|glob| glob.compile_matcher())
                .map_err(|error| {
                    Error::field(field, format!("“{trimmed}” is no pattern: {}.", error.kind()))
                })
        };
        Ok(Self {
            text: trimmed.to_owned(),
            itself: if folder { None } else { Some(glob(&whole)?) },
            below: glob(&format!("{whole}/**"))?,
        })
    }

    fn matches(&self, path: &str) -> bool {
        self.itself.as_ref().is_some_and(|glob| glob.is_match(path)) || self.below.is_match(path)
    }

    /// Whether it takes a folder with all that is in it.
    fn takes_folder(&self, path: &str) -> bool {
        self.itself.as_ref().is_some_and(|glob| glob.is_match(path))
            || self.below.is_match(format!("{path}/x"))
    }
}

/// Patterns to include and to exclude.
#[derive(Default)]
pub struct Choice {
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
}

impl Choice {
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self> {
        let all = |field: &str, patterns: &[String]| {
            let typed = patterns.iter().filter(|text| !text.trim().is_empty());
            typed.map(|text| Pattern::new(field, text)).collect::<Result<Vec<_>>>()
        };
        Ok(Self { include: all("include", include)?, exclude: all("exclude", exclude)? })
    }

    /// Why a path stays out, if it does.
    pub fn out(&self, path: &str) -> Option<String> {
        if let Some(pattern) = self.exclude.iter().find(|pattern| pattern.matches(path)) {
            return Some(format!("excluded by {}", pattern.text));
        }
        let taken = self.include.is_empty() || self.include.iter().any(|one| one.matches(path));
        (!taken).then(|| "not among what is included".to_owned())
    }

    /// Why nothing below a folder can go in, if that is so: it need not be looked into.
    pub fn folder_out(&self, path: &str) -> Option<String> {
        let pattern = self.exclude.iter().find(|pattern| pattern.takes_folder(path))?;
        Some(format!("excluded by {}", pattern.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(include: &[&str], exclude: &[&str], path: &str) -> bool {
        let own = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        Choice::new(&own(include), &own(exclude)).unwrap().out(path).is_some()
    }

    #[test]
    fn patterns_mean_what_they_mean_in_a_gitignore() {
        for (pattern, path, excluded) in [
            ("*.log", "a.log", true),
            ("*.log", "deep/in/a.log", true),
            ("*.log", "a.log.txt", false),
            ("/*.log", "deep/a.log", false),
            ("/conf", "conf/x/y.toml", true),
            ("/conf", "app/conf/x", false),
            ("conf/*.toml", "conf/a.toml", true),
            ("conf/*.toml", "conf/sub/a.toml", false),
            ("docs/", "docs/a", true),
            ("docs/", "app/docs/b/c", true),
            ("docs/", "docs", false),
            ("**/test/**", "a/test/b", true),
            ("{a,b}.txt", "x/b.txt", true),
            ("[ab].txt", "c.txt", false),
            ("node_modules", "node_modules/x/y.js", true),
            ("ä*", "x/änderung", true),
        ] {
            assert_eq!(out(&[], &[pattern], path), excluded, "{pattern} {path}");
        }
    }

    #[test]
    fn excluding_wins_and_what_is_not_included_says_so() {
        assert!(!out(&["*.py"], &[], "app/a.py"));
        assert!(out(&["*.py"], &[], "app/a.txt"));
        assert!(out(&["*.py"], &["test_*"], "app/test_a.py"));
        let choice = Choice::new(&[], &["build/".into(), " ".into()]).unwrap();
        assert_eq!(choice.out("build/a").as_deref(), Some("excluded by build/"));
        assert!(choice.folder_out("build").is_some() && choice.folder_out("src").is_none());
    }

    #[test]
    fn a_pattern_that_is_none_names_its_field() {
        for wrong in ["[", "a{b", "/", "//"] {
            let error = Choice::new(&[], &[wrong.to_owned()]).err().unwrap();
            assert_eq!(error.location.as_deref(), Some("exclude"), "{wrong}: {error}");
        }
    }
}
