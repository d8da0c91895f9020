// The whole window in a plain browser, over the real core: calls go to dev/bridge.config.ts, which runs the
// command line. `?theme=dark` chooses the theme, `?as=marc` who one is. Never part of a production build.
import { mount } from "svelte";
import "../src/kit/base.css";
import App from "../src/app/App.svelte";
import { registerAll } from "../src/app/modules";
import { useTransport } from "../src/rpc/client";

const asked = new URLSearchParams(location.search);
const theme = asked.get("theme");
if (theme) document.documentElement.dataset.theme = theme;
const hearers = new Set<(payload: unknown) => void>();

async function core(name: string, request: unknown): Promise<unknown> {
  const answer = await fetch(`/core/${name}`, {
    method: "POST",
    headers: { "x-as": asked.get("as") ?? "" },
    body: JSON.stringify(request),
  });
  const body: unknown = await answer.json();
  if (!answer.ok) throw body;
  return body;
}

useTransport({
  invoke: async (command, args) => {
    if (command === "workspace_status") {
      return { open: { name: "Sample", path: "/sample.hotfix" }, recent: [], folder: "/" };
    }
    if (command !== "call") return undefined;
    const { name, request } = args as { name: string; request: unknown };
    const answer = await core(name, request);
    if (/_(list|show|load|log)$|^(waiting|search|timeline|report|schedule)$/.test(name))
      return answer;
    if (!/^(calendar_free|count_all|draft_|fix_blockers|runs_where)/.test(name)) {
      setTimeout(() => hearers.forEach((hear) => hear({ topics: ["*"] })));
    }
    return answer;
  },
  listen: async (event, hear) => {
    if (event === "changed") hearers.add(hear);
    return () => void hearers.delete(hear);
  },
  channel: () => undefined,
});
registerAll();
const target = document.getElementById("app");
if (target) mount(App, { target });
