//! Whether the process that began something has ended without finishing it: killed, or the machine
//! went off. Where that cannot be told (another machine on the same file, another container), nobody
//! is taken for dead.

use std::fs;

/// This process, as another one can look for it: machine, boot, container, number and start.
pub fn mark() -> String {
    let line = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let machine = line("/etc/machine-id");
    let boot = line("/proc/sys/kernel/random/boot_id");
    let space = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let id = std::process::id();
    let began = began(id).unwrap_or_default();
    format!("{machine} {boot} {} {id} {began}", space.display())
}

/// Whether the process that made this mark certainly runs no more.
pub fn is_dead(mark: &str) -> bool {
    let own = self::mark();
    let (theirs, ours): (Vec<&str>, Vec<&str>) =
        (mark.split(' ').collect(), own.split(' ').collect());
    let ([machine, boot, space, id, start], [here, now, mine, ..]) =
        (theirs.as_slice(), ours.as_slice())
    else {
        return false;
    };
    if boot != now {
        // The machine was started anew meanwhile, if it is the same machine.
        return !machine.is_empty() && machine == here;
    }
    if boot.is_empty() || space != mine {
        return false;
    }
    id.parse().is_ok_and(|id| began(id).as_deref() != Some(*start))
}

/// When a process began, in the kernel's ticks since the boot; none if it is not there.
fn began(id: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // After the name in brackets, which may hold anything: the 22nd field of all.
    stat.rsplit_once(") ")?.1.split(' ').nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_certainly_runs_no_more_is_dead() {
        assert!(!is_dead(&mark()));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let own = mark();
        let words: Vec<&str> = own.split(' ').collect();
        let as_if = |at: usize, word: &str| {
            let mut words = words.clone();
            words[at] = word;
            words.join(" ")
        };
        child.wait().unwrap();
        assert!(is_dead(&as_if(3, &child.id().to_string())), "it has ended");
        assert!(is_dead(&as_if(4, "1")), "its number belongs to another one now");
        assert!(!is_dead(&as_if(2, "pid:[1]")), "another container");
        for unknown in ["", "x", "a b c", "a b c d e f"] {
            assert!(!is_dead(unknown), "{unknown}");
        }
    }
}
