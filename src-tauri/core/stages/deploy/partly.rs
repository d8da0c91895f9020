//! A deployment for some of an environment's targets: the new package counts as what runs there, and the
//! targets that it has not reached are named until a later deployment of the same bytes reaches them.
//! That is the careful side: the next package has to keep both what is new and what is still there.

use crate::{event::words::*, model::deployment::Deployment};

/// The targets that the package has not reached once this deployment is through.
pub(super) fn left_out(before: Option<&Running>, deployment: &Deployment) -> Vec<String> {
    let mut left = deployment.left_out.clone();
    // What an earlier deployment of these bytes reached has them still.
    if let Some(before) = before.filter(|one| one.hash.as_ref() == Some(&deployment.hash)) {
        left.retain(|target| before.left_out.contains(target));
    }
    left
}

/// What runs once this deployment, whose package runs now, is taken back from its targets: the package
/// as long as another deployment brought it to the rest, else what ran before it. `None` if nobody
/// knows what that was.
pub(super) fn after_rollback(
    running: &Running,
    before: Option<&Running>,
    deployment: &Deployment,
) -> Option<Running> {
    let elsewhere = deployment.left_out.iter().any(|target| !running.left_out.contains(target));
    if !elsewhere {
        return before.cloned();
    }
    let mut left_out = running.left_out.clone();
    left_out.extend(deployment.targets.iter().map(|target| target.id.clone()));
    Some(Running { left_out, ..running.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Instant;

    fn deployment(of: &str, left_out: &[&str]) -> Deployment {
        let target =
            Target { id: of.into(), wave: 1, endpoint: "agent".into(), params: Default::default() };
        Deployment {
            hash: Digest("ab".into()),
            targets: vec![target],
            left_out: left_out.iter().map(|one| (*one).to_owned()).collect(),
            ..Deployment::default()
        }
    }

    fn running(hash: Option<&str>, left_out: &[&str]) -> Running {
        Running {
            version: "4.8.0".into(),
            hotfix: None,
            revision: None,
            hash: hash.map(|hash| Digest(hash.into())),
            hotfixes: Vec::new(),
            commit: String::new(),
            left_out: left_out.iter().map(|one| (*one).to_owned()).collect(),
            since: Instant::from_micros(0),
        }
    }

    #[test]
    fn two_deployments_for_a_target_each_make_it_run_everywhere() {
        let release = running(None, &[]);
        assert_eq!(left_out(Some(&release), &deployment("eu", &["us"])), ["us"]);
        let partly = running(Some("ab"), &["us"]);
        assert_eq!(left_out(Some(&partly), &deployment("us", &["eu"])), [""; 0]);
    }

    #[test]
    fn what_is_taken_back_from_one_target_still_runs_on_the_other() {
        let release = running(None, &[]);
        let both = running(Some("ab"), &[]);
        let left = after_rollback(&both, Some(&release), &deployment("us", &["eu"])).unwrap();
        assert_eq!((left.hash, left.left_out), (both.hash, vec!["us".to_owned()]));
        let partly = running(Some("ab"), &["us"]);
        let back = after_rollback(&partly, Some(&release), &deployment("eu", &["us"]));
        assert_eq!(back, Some(release));
    }
}
