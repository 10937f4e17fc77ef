// `make scale`: what a tenant costs, and whether a decision costs more the more tenants there are. Writes docs/scale.md.
//
//   node e2e/bench/scale.mjs [--quick]      the option: a tenth of the tenants; prints, writes nothing
import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Api } from "../lib/api.mjs";
import { Belfry } from "../lib/belfry.mjs";
import { pause } from "../lib/wait.mjs";
import { family, memoryBytes, processorMicros, scheduledMicros } from "./processes.mjs";

const QUICK = process.argv.includes("--quick");
const TENANTS = QUICK ? 100 : 1000;
const EXTENSIONS = 100;
const RULES = 50;
const FIRST_NUMBER = 200;
const ROUNDS = 15;
/** A session may make 300 requests at once. */
const ROUND_DECISIONS = 200;
const SETTLE_MILLIS = 1500;
const REST_MILLIS = 5000;
const OUT = join(dirname(fileURLToPath(import.meta.url)), "../../docs/scale.md");

const options = { environment: { BELFRY_LOG: "warn" } };
const belfry = await Belfry.start(options);
// Another process with one such tenant: both are asked by turns, so that what the machine does besides meets both alike.
const lonely = await Belfry.start(options);
try {
  const admin = await signedIn(belfry);
  const first = await build(admin, 0);
  const only = await build(await signedIn(lonely), 0);
  const before = await restarted();
  const began = performance.now();
  for (let place = 1; place < TENANTS; place += 1) {
    // A session may ask so much, and its token lives for minutes.
    if (place % 8 === 0) await admin.open(belfry.demo.admin.email, belfry.demo.admin.password);
    await build(admin, place);
  }
  const builtSeconds = (performance.now() - began) / 1000;
  const after = await restarted();
  const restingMicros = await resting();
  const [alone, among] = await decisions([[lonely, only], [belfry, first]]);
  const more = TENANTS - 1;
  const figures = {
    builtSeconds, alone, among, restingMicros,
    tenantKilobytes: (after.bytes - before.bytes) / more / 1000,
    totalMegabytes: after.bytes / 1e6,
    loadMicros: (after.micros - before.micros) / more,
    startSeconds: after.seconds, startAloneSeconds: before.seconds,
  };
  console.log(figures);
  if (!QUICK) writeFileSync(OUT, report(figures));
} finally {
  await Promise.all([belfry.stop(), lonely.stop()]);
}

function signedIn(of) {
  return Api.signIn(of.url, of.demo.admin.email, of.demo.admin.password);
}

/** A tenant with its extensions and rules: half of them let calls in, half let calls out. */
async function build(admin, place) {
  const name = `Company ${String(place).padStart(4, "0")}`;
  const quota = { extensions_max: EXTENSIONS, concurrent_calls_max: 100, ring_groups_max: 10, conference_rooms_max: 0, virtual_receptionists_max: 0, call_queues_max: 0 };
  const { tenant } = await admin.post("/api/admin/tenants", { name, domain: `company${place}.localhost`, admin_email: `admin@company${place}.localhost`, quota });
  const api = new Api(admin.url);
  api.token = (await admin.post(`/api/admin/tenants/${tenant.id}/act`, { tenant_id: tenant.id })).access_token;
  await api.post("/api/tenant/extensions/bulk", { first_number: String(FIRST_NUMBER), count: EXTENSIONS, name: "Person #" });
  const trunk = await api.post("/api/tenant/trunks", { name: "Carrier", host: "127.0.0.1", port: 9, options_seconds: null, did_pool: "4930100-4930199" });
  const lines = Array.from({ length: RULES / 2 }, (_, index) => `Rule ${index},Carrier,${4930100 + index},,${FIRST_NUMBER + index},,,`);
  await api.post("/api/tenant/inbound-rules/import", { csv: `name,trunk,called_number,callers,open,closed,hours,enabled\n${lines.join("\n")}\n` });
  for (let index = 0; index < RULES / 2; index += 1) {
    await api.post("/api/tenant/outbound-rules", { name: `Out ${index}`, prefixes: `00${10 + index}`, routes: [{ trunk_id: trunk.id, strip: 2, prepend: "+" }] });
  }
  return tenant.id;
}

/** What the process takes when it has just started with all that is in the database. */
async function restarted() {
  await belfry.kill();
  const began = performance.now();
  await belfry.run();
  const seconds = (performance.now() - began) / 1000;
  await pause(SETTLE_MILLIS);
  const pids = family(belfry.process.pid);
  return { seconds, bytes: memoryBytes(pids), micros: processorMicros(pids) };
}

/** Processor time of one second in which nobody asks for anything. */
async function resting() {
  const pids = family(belfry.process.pid);
  const before = scheduledMicros(pids);
  await pause(REST_MILLIS);
  return (scheduledMicros(pids) - before) / (REST_MILLIS / 1000);
}

/** Processor time of one decision of each process, asked for by the API: a call that the last of the rules lets out. The middle of the rounds. */
async function decisions(asked) {
  const sides = [];
  for (const [of, tenant] of asked) {
    const api = new Api(of.url);
    const enter = async () => {
      const admin = await signedIn(of);
      api.token = (await admin.post(`/api/admin/tenants/${tenant}/act`, { tenant_id: tenant })).access_token;
    };
    await enter();
    const { id } = (await api.get("/api/tenant/extensions?limit=1")).rows[0].extension;
    const ask = () => api.get(`/api/tenant/simulation?extension_id=${id}&dialled=00${10 + RULES / 2 - 1}123456`);
    const answer = await ask();
    if (!answer.steps.some((step) => step.code === "routed_outside")) throw new Error(`no rule took it: ${JSON.stringify(answer)}`);
    sides.push({ enter, ask, pids: family(of.process.pid), rounds: [] });
  }
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const side of sides) {
      await side.enter();
      const before = scheduledMicros(side.pids);
      for (let count = 0; count < ROUND_DECISIONS; count += 1) await side.ask();
      // The first round warms both up.
      if (round > 0) side.rounds.push((scheduledMicros(side.pids) - before) / ROUND_DECISIONS);
    }
  }
  return sides.map(({ rounds }) => rounds.sort((one, other) => one - other)[Math.floor(rounds.length / 2)]);
}

function report(found) {
  const figure = (value, digits = 0) => value.toFixed(digits);
  return `# Many tenants

Written by \`make scale\`: ${TENANTS} tenants with ${EXTENSIONS} extensions and ${RULES} rules each, on SQLite. Absolute times do not repeat elsewhere; what is compared is one tenant and many, in
one run.

| | One such tenant | ${TENANTS} of them |
|---|---:|---:|
| One decision by the API (*Try a call*, the last of 25 outbound rules), processor time in µs | ${figure(found.alone)} | ${figure(found.among)} |
| From the start of the process until it serves, s | ${figure(found.startAloneSeconds, 2)} | ${figure(found.startSeconds, 2)} |

| One tenant more | |
|---|---:|
| Memory, kB | ${figure(found.tenantKilobytes, 1)} |
| Processor time at the start (rows, secrets opened, digests of ${EXTENSIONS} secrets), µs | ${figure(found.loadMicros)} |

At rest the process with all of them takes ${figure(found.restingMicros)} µs of processor time a second.

The decision is to cost the same among many as alone; in this run the difference was ${figure((found.among / found.alone - 1) * 100)} %. Two processes, one with one tenant and
one with all, were asked by turns, ${ROUNDS} rounds of ${ROUND_DECISIONS} each; the middle round counts.

Memory of the whole process with all of them, just started: ${figure(found.totalMegabytes)} MB. Making ${TENANTS - 1} of them by the API took ${figure(found.builtSeconds)} s.

Machine: ${cpus()[0].model.replace(/\s+\d+-Core.*/, "")}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB. Memory is the proportional set size from \`/proc/PID/smaps_rollup\`; processor time of a decision
is what the scheduler says that all threads have run (\`schedstat\`), with the HTTP request that asks for it; that of the start is from \`/proc/PID/stat\`.
`;
}
