//! One hot fix from the first report to closed, in the real window over real endpoints: the shop's
//! bug is real, the fix is a real commit, the package is really delivered, and who complained is
//! really told. Its first revision is rejected in staging, its second goes to production. Then a bad
//! one is rolled back, and one that would remove the first is stopped.
//!
//! Nothing is looked up in the core: what is asserted can be read in the window, seen by the
//! notification daemon, asked of the shop, or printed by the command line.

use super::{fresh, go};
use crate::{
    desktop::{Desktop, Window},
    paper::{said, unpacked, verified},
    shop::{Environment, Shop},
    story,
};
use hotfix_core::desk::{Desk, Options};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

/// How long the shipped hot fix is watched: the shortest that a policy can say.
const WATCH_MINUTES: u32 = 1;

/// What one hot fix is about.
struct Work<'a> {
    title: &'a str,
    commit: &'a str,
    cause: &'a str,
    solution: &'a str,
    /// What the notes of the package say.
    install: &'a str,
}

struct Journey<'a> {
    desktop: &'a Desktop,
    window: Window,
    shop: Shop,
    folder: PathBuf,
    file: PathBuf,
    shots: std::cell::Cell<u32>,
}

/// Tells the story. Leaves a picture a step, the report and the journal in `folder`.
pub fn journey(desktop: &mut Desktop, folder: &Path) {
    let shop = Shop::start();
    let file = fresh(folder, "lantern-loom.hotfix");
    let desk = Desk::create(&file, "Lantern & Loom", Options::default()).expect("it can be made");
    story::fill_catalog(&desk, &shop, WATCH_MINUTES);
    drop(desk);
    let window = desktop.open(&["--workspace", &file.to_string_lossy()]).patient(30);
    window.resize(1440, 900);
    window.expect_text("Waiting for me");
    let shots = std::cell::Cell::new(0);
    let told = Journey { desktop, window, shop, folder: folder.to_owned(), file, shots };
    told.keep_a_secret();
    told.watch_the_checkout();
    told.let_messages_leave();
    told.first_hot_fix();
    told.bad_hot_fix();
    told.stale_hot_fix();
    told.end();
}

impl Journey<'_> {
    /// Reported, triaged, developed, rejected once, shipped, watched and closed.
    fn first_hot_fix(&self) {
        let shop = &self.shop;
        assert_eq!(shop.production.checkout_as_saved_card(), 500, "the bug is real");
        let work = Work {
            title: "Checkout answers 500 with a saved card",
            commit: &shop.commits.fix,
            cause: "A profile without a VAT rate is read as if it had one",
            solution: "Fall back to the standard rate of the country",
            install: "First attempt",
        };
        self.report(&work, "ISS-1");
        self.triage("ISS-1", "HF-1");
        self.develop(&work, "HF-1");
        self.probes_fail("HF-1");
        self.ship("HF-1", &shop.staging, "DEP-1");
        assert_eq!(shop.staging.checkout_as_saved_card(), 200);
        self.reject("HF-1", "The total is right, its label is not");
        self.build_again("HF-1", "Second attempt: with the label");
        for (place, deployment) in [(&shop.staging, "DEP-2"), (&shop.production, "DEP-3")] {
            self.ship("HF-1", place, deployment);
            assert_eq!(place.checkout_as_saved_card(), 200, "{} is mended", place.name);
            self.validate("HF-1", place);
        }
        self.close("HF-1");
    }

    /// It passes its units and fails its health: a person decides, and it is really rolled back.
    fn bad_hot_fix(&self) {
        let running = self.shop.staging.running()["sha256"].clone();
        let work = Work {
            title: "VAT rates are wrong for the islands",
            commit: &self.shop.commits.bad,
            cause: "The rates are written into the program",
            solution: "Read the rates from a file",
            install: "Nothing to do by hand",
        };
        self.report(&work, "ISS-2");
        self.triage("ISS-2", "HF-2");
        self.develop(&work, "HF-2");
        self.prepare("HF-2", &self.shop.staging, "DEP-4");
        // It lacks the first one, which runs there: only the owner may let it through, with a reason.
        self.override_blocker("HF-2", "HF-1", "To see what its health check says");
        self.start("HF-2", &self.shop.staging);
        go(&self.window, "#/deployment/DEP-4");
        self.window.patient(60).expect("button", "Claim");
        self.shot("bad-asks-a-person");
        self.window.click("button", "Claim");
        self.window.expect_text("You have claimed this decision.");
        self.window.click("button", "Roll back to");
        self.window.within("dialog", "Roll back").click("button", "Roll back");
        self.window.patient(60).expect_text("Rolled back");
        self.shot("bad-rolled-back");
        assert_eq!(self.shop.staging.checkout_as_saved_card(), 200, "the first one runs again");
        assert_eq!(self.shop.staging.running()["sha256"], running, "its very bytes");
    }

    /// Made on the old base: shipping it would quietly undo the first.
    fn stale_hot_fix(&self) {
        let work = Work {
            title: "The delivery banner shows yesterday's date",
            commit: &self.shop.commits.stale,
            cause: "The banner is cached without its date",
            solution: "Say until when it is true",
            install: "Nothing to do by hand",
        };
        self.report(&work, "ISS-3");
        self.triage("ISS-3", "HF-3");
        self.develop(&work, "HF-3");
        self.prepare("HF-3", &self.shop.staging, "DEP-5");
        go(&self.window, "#/fix/HF-3");
        let ship = self.window.within("complementary", "Ship");
        ship.expect_text("Not yet · 1");
        ship.expect_text("HF-1");
        assert!(!ship.enabled("button", "Deploy to Staging"), "keeps what runs");
        self.shot("stale-stopped");
        assert_eq!(self.shop.staging.checkout_as_saved_card(), 200);
    }

    /// What is left behind, and that all of it is true.
    fn end(&self) {
        // A second program on the same file: the window shows its change within a second.
        go(&self.window, "#/inbox");
        self.window.expect("option", "VAT rates are wrong for the islands");
        self.hotfix(&["issue", "log", "--title", "Seen from the terminal", "--product", "shop"]);
        let since = Instant::now();
        self.window.expect_text("Seen from the terminal");
        let seen = since.elapsed();
        assert!(seen < Duration::from_secs(1), "the window took {seen:?} to see it");
        self.shot("terminal-and-window");

        let before = self.hotfix(&["dump"]).stdout;
        self.hotfix(&["rebuild"]);
        assert!(before == self.hotfix(&["dump"]).stdout, "a rebuild gives the same views");
        let proof: Value =
            serde_json::from_slice(&self.hotfix(&["--json", "audit", "verify"]).stdout)
                .expect("audit verify prints JSON");
        assert_eq!(proof["ok"], true, "{proof}");
        let journal = self.folder.join("journal.jsonl");
        drop(std::fs::remove_file(&journal));
        self.hotfix(&["audit", "export", &journal.to_string_lossy()]);
        for place in [&self.shop.staging, &self.shop.production] {
            for (key, count) in place.received().as_object().expect("a count a key") {
                assert_eq!(count, 1, "{key} was sent {count} times to {}", place.name);
            }
        }
    }

    // --- the steps, as a person takes them ---------------------------------------------------------

    /// An endpoint's token goes into the real keychain, and the call that uses it shows no more than
    /// that there is one.
    fn keep_a_secret(&self) {
        go(&self.window, "#/settings/endpoints/staging-agent");
        self.window.click("button", "Use bearer token");
        self.window.click("button", "Save endpoint");
        self.window.click("button", "Give value…");
        self.window.fill("Value of token", "s3cret-of-staging");
        self.window.click("button", "Keep it");
        self.window.expect_text("In the keychain");
        self.window.click("button", "Try it");
        self.window.expect_text("Bearer ••••••");
        self.window.expect_no_text("s3cret-of-staging");
        self.shot("secret");
        let mut search = Command::new("secret-tool");
        search.args(["search", "--all", "service", "hotfix-desk"]);
        self.desktop.enter(&mut search);
        let found = search.output().expect("secret-tool runs").stdout;
        assert!(String::from_utf8_lossy(&found).contains("s3cret-of-staging"), "it is kept");
        for ending in ["", "-wal"] {
            let file = format!("{}{ending}", self.file.display());
            let bytes = std::fs::read(&file).unwrap_or_default();
            let there = bytes.windows(17).any(|part| part == b"s3cret-of-staging");
            assert!(!there, "{file} must not hold it");
        }
    }

    /// The shop says that it is well while nobody with a saved card can pay: each environment gets a probe that
    /// asks what the customer asks.
    fn watch_the_checkout(&self) {
        go(&self.window, "#/settings/products/shop");
        for place in [&self.shop.staging, &self.shop.production] {
            let name = format!("Probes of {}", story::title(place));
            let probes = self.window.within("group", &name);
            probes.click("button", "Add probe");
            self.window.wait_until("the new row has the focus", |window| {
                let empty = "return document.activeElement?.value";
                (window.script(empty, &[]) == "").then_some(())
            });
            self.window.type_text("Checkout");
            // Past what it is measured by: an answer over HTTP.
            self.window.press("Tab");
            self.window.press("Tab");
            self.window.type_text(&place.quote_url());
            self.window.press("Tab");
            self.window.press("Control+a");
            self.window.type_text("1");
            self.window.press("Tab");
        }
        let focused = "document.activeElement.scrollIntoView({ block: 'center' })";
        self.window.script(focused, &[]);
        self.shot("checkout-probe");
        self.window.click("button", "Save product");
        self.window.expect_text("Saved");
    }

    /// The probe of the checkout in an environment, as the window shows it now.
    fn checkout_probe(&self, place: &Environment) -> Window {
        let name = format!("Checkout · Lantern & Loom · {}", story::title(place));
        self.window.within("region", &name)
    }

    /// What monitoring has of that probe in production.
    fn checkout_samples(&self, hotfix: &str) -> Value {
        let asked = self.hotfix(&["call", "monitor_show", &format!("{{\"key\":\"{hotfix}\"}}")]);
        let view: Value = serde_json::from_slice(&asked.stdout).expect("call prints JSON");
        let probes = view["probes"].as_array().expect("a list of probes");
        let found = probes.iter().find(|one| {
            one["spec"]["name"] == "Checkout" && one["environment"] == self.shop.production.name
        });
        found.expect("the probe is there").clone()
    }

    /// Before anything is shipped the checkout fails in both, while the shop says that it is well.
    fn probes_fail(&self, hotfix: &str) {
        go(&self.window, &format!("#/monitoring/{hotfix}"));
        for place in [&self.shop.staging, &self.shop.production] {
            let probe = self.checkout_probe(place);
            probe.expect_text("Not as expected");
            probe.expect_text("answers 500 instead of 200");
        }
        self.window.expect_text("As expected");
        self.shot("probe-fails");
        let seen = self.checkout_samples(hotfix);
        assert_eq!(seen["last"]["result"], "failure", "{seen}");
        assert_eq!(seen["before"]["bad"], seen["before"]["count"], "it never passed: {seen}");
    }

    /// Since the deployment it passes: the same probe, before and after.
    fn probes_pass(&self, hotfix: &str) {
        go(&self.window, &format!("#/monitoring/{hotfix}"));
        for place in [&self.shop.staging, &self.shop.production] {
            self.checkout_probe(place).expect_text("As expected");
        }
        self.window.expect_no_text("Not as expected");
        let last = "[...document.querySelectorAll('section[aria-label=Probes] > *')].at(-1).scrollIntoView()";
        self.window.script(last, &[]);
        self.shot("probe-passes");
        let seen = self.checkout_samples(hotfix);
        let number = |stretch: &str, what: &str| seen[stretch][what].as_u64().unwrap_or_default();
        assert!(number("before", "bad") > 0, "it failed before: {seen}");
        assert!(number("after", "count") > 0, "it was asked since: {seen}");
        assert_eq!(number("after", "bad"), 0, "it fails no more: {seen}");
        assert_eq!(seen["last"]["result"], "success", "{seen}");
    }

    /// A workspace begins in dry run, so that nobody is told by accident.
    fn let_messages_leave(&self) {
        go(&self.window, "#/messages");
        self.window.click("button", "Let messages leave…");
        self.window.press("Enter");
        self.window.expect_text("Messages leave from now on");
    }

    /// Support logs what the caller says, by keyboard.
    fn report(&self, work: &Work, issue: &str) {
        self.be("Sam Okafor");
        go(&self.window, "#/inbox");
        self.window.press("c");
        let form = self.window.within("dialog", "Log issue");
        form.fill("What is wrong?", work.title);
        form.choose("Product", "Lantern & Loom");
        form.fill("Version", "4.8.0");
        form.choose("Environment", "Production");
        form.fill("What happens", "An error page instead of the receipt; the card is not charged.");
        form.fill("Caller name", "Ann Petrov");
        form.fill("Caller reach", "ann@example.org");
        self.shot("report");
        self.window.press("Control+Enter");
        self.window.expect_text(&format!("{issue} logged"));
    }

    /// The matrix gives the priority and its deadlines, and one key makes it a hot fix.
    fn triage(&self, issue: &str, hotfix: &str) {
        self.be("Rita Marsh");
        go(&self.window, &format!("#/inbox/{issue}"));
        let panel = self.window.within("complementary", "Triage");
        let users = panel.within("radiogroup", "Impact on users");
        users.click("radio", "High");
        panel.click("button", "Impact High, Urgency High: P1");
        panel.expect_text("resolve by");
        self.shot("triage");
        // The focus stands on the matrix: keys for the screen, not for typing.
        self.window.press("t");
        self.window.expect_text("P1");
        self.window.press("f");
        self.window.expect_text(&format!("{hotfix} started from {issue}"));
        self.window.expect_text("Can I ship now?");
    }

    /// Who takes it, why it happened, what mends it, and the bytes that would ship.
    fn develop(&self, work: &Work, hotfix: &str) {
        self.window.click("button", "Assign an owner");
        self.window.click("option", "Rita Marsh");
        self.window.click("button", "Assign hot fix");
        self.window.expect("button", "Owner: Rita Marsh");
        self.be("Dana Novak");
        self.section("Root cause", "Record root cause", "Save root cause", |form| {
            form.fill("What happened", work.cause);
        });
        self.section("Solution", "Record solution", "Save solution", |form| {
            form.fill("What was changed", work.solution);
        });
        self.section("Change", "Record a change", "Add change", |form| {
            form.fill("Commit, tag or branch", work.commit);
        });
        assert!(self.shop.units_pass(work.commit), "its author ran the units");
        self.window.click("button", "Record test results");
        self.section("Test results", "By hand", "Add test results", |form| {
            form.fill("Suite", "unittest");
            form.fill("Tests passed", "12");
        });
        self.section("Risk", "Record risk", "Save risk", |form| {
            form.click("radio", "Low");
            form.fill("What could go wrong", "It touches the price of every order");
        });
        self.section("Rollback plan", "Record rollback plan", "Save rollback plan", |form| {
            form.fill("Rollback plan", "Redeploy what runs now");
        });
        self.shot("developed");
        self.build(hotfix, "Build a package", work.install);
    }

    /// The whole tree of the commit becomes an archive with its manifest and hash; then Rollout.
    fn build(&self, hotfix: &str, button: &str, install: &str) {
        self.section("Package", button, "Build package", |form| {
            form.click("radio", "All of it");
            form.fill("How to install", install);
            // The preview of all of it comes last, and makes room for itself.
            form.expect_text("customers.py");
        });
        self.window.expect_text("sha256");
        self.shot("package");
        self.window.click("button", "Start rollout");
        self.window.expect_text(&format!("{hotfix} is in Rollout"));
    }

    /// Everything that must be true before a start, each answered by who may.
    fn prepare(&self, hotfix: &str, place: &Environment, deployment: &str) {
        let name = story::title(place);
        self.be("Rita Marsh");
        go(&self.window, &format!("#/fix/{hotfix}"));
        self.window.click("button", &format!("Ask for approval for {name}"));
        self.window.click("button", "Ask for approval of r");
        self.be("Marc Weber");
        go(&self.window, "#/");
        self.window.expect_text(&format!("approve it for {}", place.name));
        self.shot("waits-for-the-approver");
        go(&self.window, &format!("#/fix/{hotfix}/approve"));
        self.window.click("button", &format!("Approve for {name}"));
        self.window.within("form", "Approve r").click("button", "Approve r");
        self.window.expect_text("by Marc Weber");
        self.be("Rita Marsh");
        self.section("Plan a deployment", &format!("Plan {name}…"), "Plan deployment", |form| {
            form.choose("Environment", &name);
        });
        self.window.expect_text(&format!("Planned as {deployment}"));
        let ship = self.window.within("complementary", "Ship");
        ship.expect_text("Before it is deployed");
        // Of each deployment people hear anew: what was said of staging says nothing of production.
        ship.expect("link", "Go to messages");
        self.tell(hotfix);
        go(&self.window, &format!("#/fix/{hotfix}"));
        let procedure = self.window.within("group", &format!("Procedure of {deployment} "));
        procedure.click("checkbox", "The database was backed up");
        self.ask_endpoints();
        self.shot("can-i-ship");
    }

    fn ask_endpoints(&self) {
        let ship = self.window.within("complementary", "Ship");
        if ship.count("button", "Ask the endpoints") > 0 {
            ship.click("button", "Ask the endpoints");
            self.window.expect_text("Every endpoint answers");
        }
    }

    fn ship(&self, hotfix: &str, place: &Environment, deployment: &str) {
        self.prepare(hotfix, place, deployment);
        self.start(hotfix, place);
        self.window.patient(60).expect("button", "Finish validation");
        self.shot("deployed");
    }

    /// A letter opens what will happen; Enter carries it out.
    fn start(&self, hotfix: &str, place: &Environment) {
        let ship = self.window.within("complementary", "Ship");
        ship.patient(40).expect_text("Ready to deploy");
        ship.click("button", &format!("Deploy to {}", story::title(place)));
        self.window.within("dialog", &format!("Deploy {hotfix}")).expect_text("Targets");
        self.shot("confirm");
        self.window.press("Enter");
        self.window.expect_text("has started");
    }

    /// Support finds that it is not good: back to Development.
    fn reject(&self, hotfix: &str, why: &str) {
        self.be("Sam Okafor");
        go(&self.window, &format!("#/fix/{hotfix}/validate"));
        self.window.click("button", "Failed: A saved card can pay");
        let form = self.window.within("form", "Answer: A saved card can pay");
        form.fill("What was seen", why);
        form.click("button", "Save answer");
        self.window.expect_text(why);
        self.shot("rejected");
        self.be("Rita Marsh");
        self.window.click("button", "More");
        self.window.click("menuitem", "Back to Development…");
        let dialog = self.window.within("dialog", "back to Development");
        dialog.fill("Reason", why);
        dialog.click("button", "Back to Development");
        self.window.expect("button", "Build again");
    }

    fn build_again(&self, hotfix: &str, install: &str) {
        self.be("Dana Novak");
        self.build(hotfix, "Build again", install);
        self.window.expect_text("void");
        self.shot("second-revision");
    }

    /// Evidence on the check, then the environment is done.
    fn validate(&self, hotfix: &str, place: &Environment) {
        self.be("Sam Okafor");
        go(&self.window, &format!("#/fix/{hotfix}/validate"));
        self.window.click("button", "Evidence: A saved card can pay");
        let form = self.window.within("form", "Answer: A saved card can pay");
        form.fill("What was seen", "Paid with a saved card, the receipt is right");
        form.click("button", "Save answer");
        self.window.expect_text("Paid with a saved card");
        self.shot("validated");
        let name = story::title(place);
        self.window.click("button", &format!("Finish validation in {name}"));
        self.window.expect_text(&format!("{name} is validated"));
    }

    /// Through the shut gate with a reason, by who may; it stays open for a review.
    fn override_blocker(&self, hotfix: &str, named: &str, why: &str) {
        go(&self.window, &format!("#/fix/{hotfix}"));
        let ship = self.window.within("complementary", "Ship");
        ship.expect_text(named);
        ship.click("button", "Override:");
        let dialog = self.window.within("dialog", "Override");
        dialog.fill("Reason", why);
        dialog.click("button", "Override");
        ship.expect_text("overridden");
        self.shot("overridden");
    }

    /// From the blocker to the people: who gets it is read before it is sent.
    fn tell(&self, hotfix: &str) {
        go(&self.window, &format!("#/fix/{hotfix}"));
        self.window.within("complementary", "Ship").click("link", "Go to messages");
        let form = self.window.within("form", "Message");
        form.expect_text("1 person");
        form.expect_text("Ann Petrov");
        form.click("radio", "Desktop");
        self.shot("tell");
        self.window.press("Control+Enter");
        self.window.expect_text("in ten seconds");
    }

    /// Watched, asked, learned from, closed, and read.
    fn close(&self, hotfix: &str) {
        self.be("Rita Marsh");
        self.tell(hotfix);
        self.desktop.expect_notification("Fixed");
        self.shot("told");
        go(&self.window, &format!("#/monitoring/{hotfix}"));
        self.window.expect_text("Shop answers");
        self.shot("monitoring");
        self.probes_pass(hotfix);
        go(&self.window, &format!("#/fix/{hotfix}/monitor"));
        self.section("Feedback", "Record feedback", "Save feedback", |form| {
            form.click("radio", "5");
            form.fill("From", "Ann Petrov");
            form.fill("What they said", "It works again, thank you");
        });
        self.section("Lessons", "Write lessons", "Save lessons", |form| {
            form.fill("Lessons", "Test with the oldest profiles we have");
        });
        self.shot("watched");
        let ship = self.window.within("complementary", "Ship");
        ship.patient(90).expect_text("Ready to close");
        ship.click("button", &format!("Close {hotfix}"));
        self.window.expect_text(&format!("{hotfix} is closed"));
        self.shot("closed");
        self.window.press("2");
        self.window.expect_text("rejected");
        self.shot("timeline");
        self.window.press("3");
        self.window.expect_text("Root cause");
        self.shot("report");
        for (format, ending) in
            [("Markdown", "md"), ("HTML", "html"), ("PDF", "pdf"), ("Bundle", "zip")]
        {
            let file = self.folder.join(format!("{hotfix}.{ending}"));
            drop(std::fs::remove_file(&file));
            self.window.within("group", "Save the report as").click("button", format);
            let form = self.window.within("form", "Save the");
            form.fill("Write to", &file.to_string_lossy());
            if ending == "zip" {
                form.expect_text("never what was typed in it");
                self.shot("bundle");
            }
            form.click("button", &format!("Save {}", format.replace("Bundle", "bundle")));
            self.window.patient(60).expect_text(&format!("to {}", file.display()));
            match ending {
                "zip" => {
                    let folder = tempfile::tempdir().expect("a folder");
                    let check = unpacked(&file, folder.path()).join("verify.py");
                    assert!(verified(&check, &file).expect(0).out.starts_with("OK"));
                }
                _ => assert!(
                    said(&file).contains("Test with the oldest profiles we have"),
                    "{}",
                    file.display()
                ),
            }
        }
    }

    // --- below the steps ---------------------------------------------------------------------------

    /// Another person sits down at the desk.
    fn be(&self, name: &str) {
        let navigation = self.window.within("navigation", "Main");
        let seat = format!("Profile: {name}");
        if navigation.count("button", &seat) == 0 {
            navigation.click("button", "Profile: ");
            self.window.click("menuitem", name);
            navigation.expect("button", &seat);
        }
    }

    /// Opens the form of a part of the document, fills it in and saves it.
    fn section(&self, form: &str, open: &str, save: &str, fill: impl Fn(&Window)) {
        let role = if open == "By hand" { "radio" } else { "button" };
        self.window.click(role, open);
        let form = self.window.within("form", form);
        fill(&form);
        form.click("button", save);
        self.window.wait_until(&format!("{save}: the form closes"), |window| {
            (window.count("button", save) == 0).then_some(())
        });
    }

    fn shot(&self, name: &str) {
        self.shots.set(self.shots.get() + 1);
        self.window.shot(&format!("{:02}-{name}", self.shots.get()));
    }

    /// The command line, on the same file, beside the window.
    fn hotfix(&self, words: &[&str]) -> Output {
        let mut command = Command::new(crate::built().join("hotfix"));
        command.arg("--workspace").arg(&self.file).args(words);
        self.desktop.enter(&mut command);
        let output = command.output().expect("hotfix runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "hotfix {words:?}: {said}");
        output
    }
}
