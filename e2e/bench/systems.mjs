// The systems that are compared. Each gives: name, server (`host:port`), domain, accounts, pids, stop().
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Api } from "../lib/api.mjs";
import { Belfry } from "../lib/belfry.mjs";
import { freePort } from "../lib/ports.mjs";
import { pause, until } from "../lib/wait.mjs";
import { family } from "./processes.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const DOMAIN = "bench.localhost";
const FIRST_NUMBER = 10000;
const BULK_ROWS_MAX = 5000;

/** Belfry as it is shipped: SQLite in its data folder, media always anchored. With `streams` it has TLS and HTTPS as well. */
export async function startBelfry(extensions, { streams = false } = {}) {
  const belfry = await Belfry.start({ environment: { BELFRY_LOG: "warn" }, secure: streams });
  const api = await Api.signIn(belfry.url, belfry.demo.admin.email, belfry.demo.admin.password);
  const many = 1_000_000;
  const quota = { extensions_max: many, concurrent_calls_max: many, ring_groups_max: 0, conference_rooms_max: 0, virtual_receptionists_max: 0, call_queues_max: 0 };
  const { tenant } = await api.post("/api/admin/tenants", { name: "Bench", domain: DOMAIN, admin_email: "admin@bench.localhost", quota });
  api.token = (await api.post(`/api/admin/tenants/${tenant.id}/act`, { tenant_id: tenant.id })).access_token;
  const accounts = [];
  for (let first = FIRST_NUMBER; first < FIRST_NUMBER + extensions; first += BULK_ROWS_MAX) {
    const count = Math.min(BULK_ROWS_MAX, FIRST_NUMBER + extensions - first);
    const { accounts_csv } = await api.post("/api/tenant/extensions/bulk", { first_number: String(first), count, name: "Bench #" });
    for (const line of accounts_csv.text.trim().split(/\r?\n/).slice(1)) {
      const [, , , user, secret] = line.split(",");
      accounts.push({ user, secret });
    }
  }
  return {
    name: "Belfry", relays: true, server: belfry.addresses.udp, domain: DOMAIN, accounts,
    streams: streams ? { tcp: Number(belfry.addresses.tcp.split(":")[1]), tls: belfry.secure.tls, wss: belfry.secure.https } : {},
    pids: () => family(belfry.process.pid), stop: () => belfry.stop(),
  };
}

/**
 * Kamailio as registrar and proxy; with `anchored`, rtpengine in user space carries the media; with `streams` it listens
 * on TCP and, for SIP and WebSocket, on TLS.
 */
export async function startKamailio(extensions, { anchored = false, streams = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "belfry-bench-"));
  const [port, rtpengine, tcp, tls] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const secret = "benchmark";
  const words = { domain: DOMAIN, port, rtpengine, secret, tcp, tls, folder, anchored: anchored ? 1 : 0 };
  if (streams) {
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1",
      "-keyout", join(folder, "key.pem"), "-out", join(folder, "certificate.pem")], { stdio: "ignore" });
  }
  const config = readFileSync(join(HERE, "kamailio.cfg"), "utf8").replace(/\{\{(\w+)\}\}/g, (_, word) => words[word]);
  writeFileSync(join(folder, "kamailio.cfg"), config);
  const media = anchored ? startRtpengine(rtpengine) : null;
  if (media) await pause(1000);
  let said = "";
  const kamailio = spawn("kamailio", ["-DD", "-E", "-f", join(folder, "kamailio.cfg"), "-Y", folder, "-P", join(folder, "pid"), "-m", "768", "-M", "16", ...(streams ? ["-A", "STREAMS"] : [])],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [kamailio.stdout, kamailio.stderr]) stream.on("data", (chunk) => (said += chunk));
  await until(`kamailio listens\n${said}`, () => readFileSync("/proc/net/udp", "utf8").includes(`0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`));
  await pause(500);
  const accounts = Array.from({ length: extensions }, (_, index) => ({ user: String(FIRST_NUMBER + index), secret }));
  return {
    name: anchored ? "Kamailio + rtpengine" : "Kamailio", relays: anchored, server: `127.0.0.1:${port}`, domain: DOMAIN, accounts, said: () => said,
    streams: streams ? { tcp, tls, wss: tls } : {},
    pids: () => [...family(kamailio.pid), ...(media ? family(media.pid) : [])],
    mediaPids: () => (media ? family(media.pid) : []),
    stop: async () => {
      for (const process of [kamailio, media].filter(Boolean)) {
        process.kill("SIGTERM");
        const timer = setTimeout(() => process.kill("SIGKILL"), 5000);
        await new Promise((done) => (process.exitCode !== null || process.signalCode !== null ? done() : process.once("exit", done)));
        clearTimeout(timer);
      }
    },
  };
}

function startRtpengine(port) {
  return spawn("rtpengine", ["--foreground", "--table=-1", "--interface=127.0.0.1", `--listen-ng=127.0.0.1:${port}`, "--port-min=20000", "--port-max=29999",
    "--log-stderr", "--log-level=1", "--num-threads=2"], { stdio: "ignore" });
}
