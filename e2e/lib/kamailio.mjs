// Kamailio as a carrier with digest, by other people.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { freePort } from "./ports.mjs";
import { until } from "./wait.mjs";

const CONFIG = join(dirname(fileURLToPath(import.meta.url)), "../sip/carrier.cfg");

/** Starts it for one account; `subscriber` is the port of whoever is on the public network behind it. */
export async function startKamailio({ account, secret, subscriber }) {
  const folder = mkdtempSync(join(tmpdir(), "belfry-kamailio-"));
  const port = await freePort();
  const words = { port, account, secret, subscriber };
  writeFileSync(join(folder, "carrier.cfg"), readFileSync(CONFIG, "utf8").replace(/\{\{(\w+)\}\}/g, (_, word) => words[word]));
  const args = ["-DD", "-E", "-f", join(folder, "carrier.cfg"), "-Y", folder, "-P", join(folder, "pid"), "-m", "64", "-M", "8"];
  const child = spawn("kamailio", args, { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said = (said + chunk).slice(-4000)));
  const listens = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  await until("kamailio listens", () => {
    if (child.exitCode !== null) throw new Error(`kamailio ended:\n${said}`);
    return readFileSync("/proc/net/udp", "utf8").includes(listens);
  });
  const gone = new Promise((done) => child.once("exit", done));
  return {
    port,
    said: () => said,
    async stop() {
      // Its children go with it.
      try {
        process.kill(-child.pid, "SIGTERM");
      } catch {
        return;
      }
      await gone;
    },
  };
}
