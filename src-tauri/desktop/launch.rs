//! How the program was started: its flags, and an environment that the webview can live in.
//!
//! Both are decided by pure functions. Absent: anything that needs Tauri; it runs before.

use hotfix_core::error::{Error, Result};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
};

pub const HELP: &str = "\
Hotfix Desk: from the first report of a problem to the day nobody thinks of its hot fix any more

Usage: hotfix-desk [OPTIONS]

      --workspace FILE  Open this workspace (or the variable HOTFIX_WORKSPACE); else the last one
      --quick           Open the Quick report window instead of the large one
      --no-engine       Look and decide only: no deployments, messages or probes from here
  -h, --help            Print this
  -V, --version         Print the version
";

/// What the flags ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    pub workspace: Option<PathBuf>,
    pub quick: bool,
    pub no_engine: bool,
    pub help: bool,
    pub version: bool,
}

impl Flags {
    /// Reads flags without the program's own name. Relative paths are taken from `folder`: a second
    /// start hands its words to the running program, whose folder is another.
    pub fn parse(words: impl IntoIterator<Item = OsString>, folder: &Path) -> Result<Self> {
        let mut flags = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match word.to_str() {
                Some("--quick") => flags.quick = true,
                Some("--no-engine") => flags.no_engine = true,
                Some("-h" | "--help") => flags.help = true,
                Some("-V" | "--version") => flags.version = true,
                Some("--workspace") => {
                    let file = words.next().ok_or_else(|| {
                        Error::field("--workspace", "--workspace wants a file after it.")
                    })?;
                    flags.workspace = Some(folder.join(file));
                }
                Some(text) if text.starts_with("--workspace=") => {
                    flags.workspace = Some(folder.join(&text["--workspace=".len()..]));
                }
                _ => {
                    return Err(Error::invalid(format!(
                        "“{}” is not something Hotfix Desk understands.",
                        word.to_string_lossy()
                    ))
                    .hint("`hotfix-desk --help` lists the flags."));
                }
            }
        }
        Ok(flags)
    }
}

/// WebKit's own word for painting without layers. Whoever has set it, to anything, is heard.
const PLAIN_PAINTING: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";

/// Linux's folder of graphics devices that programs may draw with.
const DEVICES: &str = "/dev/dri";

/// Whether this machine has a device that draws; said of systems whose webview is not WebKitGTK too.
fn graphics() -> bool {
    let Ok(devices) = std::fs::read_dir(DEVICES) else { return !cfg!(target_os = "linux") };
    devices.flatten().any(|one| one.file_name().to_string_lossy().starts_with("renderD"))
}

/// One variable of the environment that has to be another before a webview is made; None removes it.
type Change = (&'static str, Option<String>);

/// What must change in the environment, given how to look a variable up. Asked again about its own
/// result it answers nothing, so a restarted program never restarts a second time.
fn wanted(
    lookup: impl Fn(&str) -> Option<String>,
    automation: bool,
    graphics: bool,
) -> Vec<Change> {
    let mut changes = Vec::new();
    // Without a graphics device WebKit would emulate one to put its layers together, for 90 MB.
    if !graphics && lookup(PLAIN_PAINTING).is_none() {
        changes.push((PLAIN_PAINTING, Some("1".into())));
    }
    // WebKit lets itself be driven from outside when this is set, in shipped builds too.
    if !automation && lookup("TAURI_WEBVIEW_AUTOMATION").is_some() {
        changes.push(("TAURI_WEBVIEW_AUTOMATION", None));
    }
    let (decides, locale) = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| lookup(name).filter(|value| !value.is_empty()).map(|v| (name, v)))
        .unwrap_or(("LANG", String::new()));
    if let Some(locale) = spoken(&locale) {
        // LANG only decides when LC_CTYPE is silent, so LC_CTYPE says it without touching the rest.
        let name = if decides == "LC_ALL" { "LC_ALL" } else { "LC_CTYPE" };
        changes.push((name, Some(locale)));
    }
    changes
}

/// WebKit makes `navigator.language` from the locale up to its dot: "C.UTF-8" becomes "C" and
/// "de_DE@euro" becomes "de-DE@euro", neither of which is a language tag, and every `Intl` call in
/// the window throws. Answers what to say instead; None when the locale is one WebKit understands.
fn spoken(locale: &str) -> Option<String> {
    // WebKit itself reads these three as en-US.
    if matches!(locale, "" | "C" | "POSIX") {
        return None;
    }
    let tag = locale.split('.').next().unwrap_or_default();
    if is_tag(tag) {
        return None;
    }
    let base = tag.split('@').next().unwrap_or_default();
    Some(format!("{}.UTF-8", if is_tag(base) { base } else { "en_US" }))
}

fn is_tag(text: &str) -> bool {
    let (language, region) = text.split_once('_').map_or((text, None), |(l, r)| (l, Some(r)));
    (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_lowercase())
        && region.is_none_or(|r| {
            (r.len() == 2 && r.bytes().all(|b| b.is_ascii_uppercase()))
                || (r.len() == 3 && r.bytes().all(|b| b.is_ascii_digit()))
        })
}

/// Starts the program anew in the right environment, if this one is wrong. A process cannot safely
/// change its own variables once threads exist, and GTK's are started by its libraries.
pub fn settle() -> Option<ExitCode> {
    let automation = cfg!(any(debug_assertions, feature = "automation"));
    let changes = wanted(|name| std::env::var(name).ok(), automation, graphics());
    if changes.is_empty() { None } else { Some(anew(changes)) }
}

/// Set in a start that comes after another one failed.
const AGAIN: &str = "HOTFIX_DESK_AGAIN";

/// The window that ran ended while this start was handed to it: the next one is the first. Once.
pub fn anew_once() -> Option<ExitCode> {
    std::env::var_os(AGAIN).is_none().then(|| anew(vec![(AGAIN, Some("1".into()))]))
}

fn anew(changes: Vec<Change>) -> ExitCode {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => {
            eprintln!("hotfix-desk: its own file cannot be found: {error}.");
            return ExitCode::from(5);
        }
    };
    let mut again = std::process::Command::new(program);
    again.args(std::env::args_os().skip(1));
    for (name, value) in changes {
        match value {
            Some(value) => again.env(name, value),
            None => again.env_remove(name),
        };
    }
    start(again)
}

/// Takes this process's place: same process id, so whoever started us still holds us.
#[cfg(unix)]
fn start(mut again: std::process::Command) -> ExitCode {
    use std::os::unix::process::CommandExt as _;
    let error = again.exec();
    eprintln!("hotfix-desk: could not start anew: {error}.");
    ExitCode::from(5)
}

#[cfg(not(unix))]
fn start(mut again: std::process::Command) -> ExitCode {
    match again.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("hotfix-desk: could not start anew: {error}.");
            ExitCode::from(5)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn parse(words: &[&str]) -> Result<Flags> {
        Flags::parse(words.iter().map(OsString::from), Path::new("/home/ann"))
    }

    #[test]
    fn a_relative_workspace_is_found_from_where_the_person_stood() {
        let near = parse(&["--workspace", "shop.hotfix"]).unwrap();
        assert_eq!(near.workspace.as_deref(), Some(Path::new("/home/ann/shop.hotfix")));
        let far = parse(&["--workspace=/srv/shop.hotfix", "--quick"]).unwrap();
        assert_eq!(far.workspace.as_deref(), Some(Path::new("/srv/shop.hotfix")));
        assert!(far.quick && !far.no_engine);
    }

    #[test]
    fn an_unknown_flag_is_refused_by_name() {
        assert!(parse(&["--wrokspace", "x"]).unwrap_err().message.contains("--wrokspace"));
        assert!(parse(&["--workspace"]).is_err());
    }

    #[test]
    fn locales_become_ones_that_intl_accepts() {
        for fine in
            ["", "C", "POSIX", "de_DE.UTF-8", "en_US", "fil_PH.utf8", "ca_ES.UTF-8@valencia"]
        {
            assert_eq!(spoken(fine), None, "{fine}");
        }
        assert_eq!(spoken("C.UTF-8").as_deref(), Some("en_US.UTF-8"));
        assert_eq!(spoken("C.utf8").as_deref(), Some("en_US.UTF-8"));
        assert_eq!(spoken("de_DE@euro").as_deref(), Some("de_DE.UTF-8"));
        assert_eq!(spoken("nonsense").as_deref(), Some("en_US.UTF-8"));
    }

    #[test]
    fn shipped_builds_cannot_be_driven_from_outside() {
        let set = |name: &str| (name == "TAURI_WEBVIEW_AUTOMATION").then(|| "true".to_owned());
        assert_eq!(wanted(set, false, true), [("TAURI_WEBVIEW_AUTOMATION", None)]);
        assert_eq!(wanted(set, true, true), []);
    }

    #[test]
    fn no_graphics_device_is_emulated_unless_somebody_says_so() {
        let plain = [(PLAIN_PAINTING, Some("1".to_owned()))];
        assert_eq!(wanted(|_| None, false, false), plain);
        assert_eq!(wanted(|_| None, false, true), []);
        let said = |name: &str| (name == PLAIN_PAINTING).then(|| "0".to_owned());
        assert_eq!(wanted(said, false, false), []);
    }

    #[test]
    fn the_program_starts_anew_at_most_once() {
        for (name, value) in [("LC_ALL", "C.UTF-8"), ("LC_CTYPE", "x"), ("LANG", "de_DE@euro")] {
            let mut environment = BTreeMap::from([(name, value.to_owned())]);
            environment.insert("TAURI_WEBVIEW_AUTOMATION", "true".to_owned());
            for (name, value) in wanted(|n| environment.get(n).cloned(), false, false) {
                match value {
                    Some(value) => environment.insert(name, value),
                    None => environment.remove(name),
                };
            }
            assert_eq!(wanted(|n| environment.get(n).cloned(), false, false), [], "{name}={value}");
        }
    }
}
