// `HOTFIX=…/hotfix HOTFIX_WORKSPACE=…/sample.hotfix npx vite -c dev/bridge.config.ts`, then /dev/fix.html:
// the window in a browser over a real workspace, for looking at screens and their journeys.
import { execFile } from "node:child_process";
import { defineConfig, type Plugin } from "vite";
import { svelte } from "@sveltejs/vite-plugin-svelte";

const program = process.env.HOTFIX ?? "hotfix";

function bridge(): Plugin {
  return {
    name: "core-bridge",
    configureServer(server) {
      server.middlewares.use("/core", (request, answer) => {
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => {
          const name = (request.url ?? "").replace(/^\/|\?.*$/g, "");
          const as = request.headers["x-as"]?.toString();
          const body = Buffer.concat(chunks).toString();
          execFile(
            program,
            [...(as ? ["--as", as] : []), "--json", "call", name, body],
            { maxBuffer: 1 << 28 },
            (failed, out, err) => {
              answer.statusCode = failed ? 400 : 200;
              const said = failed ? err.trim().split("\n").at(-1) : out;
              answer.end(said || JSON.stringify({ kind: "internal", message: String(failed) }));
            },
          );
        });
      });
    },
  };
}

export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  plugins: [svelte({ configFile: "./svelte.config.js" }), bridge()],
  server: { port: Number(process.env.PORT ?? 5210), strictPort: true },
});
