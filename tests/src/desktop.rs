//! A desktop of one's own for the real window: a virtual display, a session bus with a
//! notification daemon that writes down what it shows, an unlocked keychain, a home folder.
//!
//! Nothing of the machine's own session is used, ports and displays are the free ones, and all of
//! it is gone on drop. What each part said is in `target/demo/logs`.

mod session;
mod window;

pub use session::{Element, Session, WireError};
pub use window::Window;

use crate::child::{Child, dies_with_us, free_port, wait_for};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const STARTING: Duration = Duration::from_secs(20);

pub struct Desktop {
    display: String,
    bus: String,
    logs: PathBuf,
    opened: u32,
    // Dropped in this order: the window's driver first, the bus and the display last.
    driver: Option<Child>,
    notifications: Child,
    _keychain: Child,
    _bus: Child,
    _display: Child,
    home: TempDir,
}

impl Desktop {
    /// Starts it. `name` tells the logs of several desktops apart.
    pub fn start(name: &str) -> Self {
        let logs = crate::demo_folder().join("logs").join(name);
        let home = tempfile::tempdir().expect("a temporary home can be made");
        for folder in ["run", "config", "data", "cache", "state"] {
            fs::create_dir(home.path().join(folder)).expect("a folder can be made");
        }
        restrict(&home.path().join("run"));

        let mut xvfb = dies_with_us("Xvfb");
        xvfb.args(["-displayfd", "1", "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]);
        let mut screen = Child::start("display", &mut xvfb, &logs, true);
        let display = format!(":{}", screen.first_line(STARTING).trim());

        let mut daemon = dies_with_us("dbus-daemon");
        daemon.args(["--session", "--nofork", "--print-address"]);
        private(&mut daemon, home.path(), &display, "");
        let mut bus_daemon = Child::start("bus", &mut daemon, &logs, true);
        let bus = bus_daemon.first_line(STARTING).trim().to_owned();

        let mut keyring = dies_with_us("gnome-keyring-daemon");
        keyring.args(["--foreground", "--unlock", "--components=secrets"]);
        private(&mut keyring, home.path(), &display, &bus);
        let mut keychain = Child::start("keychain", &mut keyring, &logs, false);
        // An empty password would not make a login collection.
        keychain.tell("pw\n");

        let config = home.path().join("config/dunstrc");
        fs::write(&config, "[global]\n    monitor = 0\n    markup = no\n").expect("it fits");
        let mut dunst = dies_with_us("stdbuf");
        dunst.args(["-oL", "dunst", "-print", "-conf"]).arg(&config);
        private(&mut dunst, home.path(), &display, &bus);
        let notifications = Child::start("notifications", &mut dunst, &logs, false);

        let desktop = Self {
            display,
            bus,
            logs,
            opened: 0,
            driver: None,
            notifications,
            _keychain: keychain,
            _bus: bus_daemon,
            _display: screen,
            home,
        };
        for service in ["org.freedesktop.Notifications", "org.freedesktop.secrets"] {
            wait_for(service, STARTING, || desktop.serves(service).then_some(()));
        }
        desktop
    }

    /// Opens Hotfix Desk with these arguments and waits for its window.
    pub fn open(&mut self, args: &[&str]) -> Window {
        let program = crate::built().join("hotfix-desk");
        assert!(program.exists(), "{} is not built", program.display());
        self.open_program(&program, args)
    }

    /// Opens any program with a WebKitGTK view that lets itself be automated. The one opened before
    /// is closed: the driver is handed one program, and of that only the first view.
    pub fn open_program(&mut self, program: &Path, args: &[&str]) -> Window {
        let sessions = (0..3).find_map(|_| self.drive(program, args));
        let session = sessions.unwrap_or_else(|| panic!("no window:\n{}", self.window_log()));
        Window::new(session, &self.logs)
    }

    /// None if nobody answers: a free port may have been taken by somebody else before the driver came
    /// to it.
    fn drive(&mut self, program: &Path, args: &[&str]) -> Option<Session> {
        self.close();
        self.opened += 1;
        let port = free_port();
        let mut command = dies_with_us(tauri_driver());
        command.args(["--port", &port.to_string(), "--native-port", &free_port().to_string()]);
        self.enter(&mut command);
        let name = format!("window-{}", self.opened);
        self.driver = Some(Child::start(&name, &mut command, &self.logs, false));
        let until = Instant::now() + Duration::from_secs(40);
        while Instant::now() < until {
            match Session::open(port, program, args) {
                Ok(session) => return Some(session),
                Err(WireError::NoAnswer(_)) => std::thread::sleep(Duration::from_millis(50)),
                Err(error) => panic!("no window: {error}\n{}", self.window_log()),
            }
        }
        None
    }

    /// Ends the program and waits until it is gone: the next one would hand its start to it.
    fn close(&mut self) {
        let Some(driver) = self.driver.take() else { return };
        let processes = group_of(driver.id());
        drop(driver);
        let gone = |id: &i32| !Path::new(&format!("/proc/{id}")).exists();
        wait_for("the program to end", Duration::from_secs(30), || {
            processes.iter().all(gone).then_some(())
        });
    }

    /// Ends the program at once, as a power cut would; `open` starts it again on the same home.
    pub fn cut_the_power(&mut self) {
        let Some(driver) = self.driver.take() else { return };
        for process in group_of(driver.id()) {
            if let Some(pid) = rustix::process::Pid::from_raw(process) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        }
    }

    /// All that the notification daemon has shown so far.
    pub fn notifications(&self) -> String {
        self.notifications.log()
    }

    pub fn expect_notification(&self, text: &str) {
        let what = format!("a notification “{text}”");
        wait_for(&what, Duration::from_secs(15), || {
            self.notifications().contains(text).then_some(())
        });
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Makes a command (the CLI, secret-tool) run inside this desktop.
    pub fn enter(&self, command: &mut Command) {
        private(command, self.home.path(), &self.display, &self.bus);
    }

    /// What the window's process wrote, for a message about what went wrong.
    pub fn window_log(&self) -> String {
        self.driver.as_ref().map(Child::log).unwrap_or_default()
    }

    fn serves(&self, name: &str) -> bool {
        let mut ask = Command::new("dbus-send");
        ask.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/"]);
        ask.args(["org.freedesktop.DBus.NameHasOwner", &format!("string:{name}")]);
        self.enter(&mut ask);
        ask.output().is_ok_and(|out| String::from_utf8_lossy(&out.stdout).contains("boolean true"))
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        self.driver = None;
    }
}

/// The environment of this desktop and nothing of the caller's session. The locale is named because
/// with C.UTF-8 `navigator.language` is "C" and Intl throws.
fn private(command: &mut Command, home: &Path, display: &str, bus: &str) {
    for foreign in ["WAYLAND_DISPLAY", "XAUTHORITY", "LC_ALL", "HOTFIX_WORKSPACE", "SSH_AUTH_SOCK"]
    {
        command.env_remove(foreign);
    }
    // No user below: rustup and pyenv shims are not needed, programs are found on PATH.
    command
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home.join("run"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_STATE_HOME", home.join("state"))
        .env("DISPLAY", display)
        .env("DBUS_SESSION_BUS_ADDRESS", bus)
        .env("GDK_BACKEND", "x11")
        .env("GSETTINGS_BACKEND", "memory")
        .env("LANG", "en_US.UTF-8")
        .env("LANGUAGE", "en_US")
        .env("TZ", "Europe/Berlin")
        .env("NO_PROXY", "127.0.0.1,localhost");
}

fn restrict(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).expect("it is ours");
}

/// The one that `make setup` installed, else the one on PATH.
fn tauri_driver() -> PathBuf {
    let own = crate::built().parent().map(|target| target.join("tools/bin/tauri-driver"));
    let shared = crate::root().join("target/tools/bin/tauri-driver");
    let found = own.into_iter().chain([shared]).find(|path| path.exists());
    found.unwrap_or_else(|| PathBuf::from("tauri-driver"))
}

/// The processes of a group, from /proc: field 5 of stat, after the name in brackets.
fn group_of(leader: u32) -> Vec<i32> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    ids.filter(|id| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        rest.split(' ').nth(2) == Some(&leader.to_string())
    })
    .collect()
}
