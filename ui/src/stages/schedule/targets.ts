//! For which targets of an environment a deployment is planned.

import type { Deployment } from "../../rpc/generated";

/** The targets that these bytes have still to reach: all of them, or what the deployments that are done
 * on them left out. */
export function wantedTargets(
  all: readonly string[],
  deployments: readonly Pick<Deployment, "environment" | "hash" | "state" | "left_out">[],
  environment: string,
  hash: string | undefined,
): string[] {
  const done = deployments.filter(
    (one) => one.environment === environment && one.hash === hash && one.state === "done",
  );
  const left = all.filter((id) => done.every((one) => one.left_out.includes(id)));
  return left.length > 0 ? left : [...all];
}
