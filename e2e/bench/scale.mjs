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
import { family, memoryBytes, processorMicros } from "./processes.mjs";

const QUICK = process.argv.includes("--quick");
const TENANTS = QUICK ? 100 : 1000;
const EXTENSIONS = 100;
const RULES = 50;
const FIRST_NUMBER = 200;
const DECISIONS = 1000;
/** A session may make so many requests at once. */
const SESSION_REQUESTS = 300;
const SETTLE_MILLIS = 1500;
const REST_MILLIS = 5000;
const OUT = join(dirname(fileURLToPath(import.meta.url)), "../../docs/scale.md");

const belfry = await Belfry.start({ environment: { BELFRY_LOG: "warn" } });
try {
  const admin = await Api.signIn(belfry.url, belfry.demo.admin.email, belfry.demo.admin.password);
  const first = await build(admin, 0);
  const before = await restarted();
  const alone = await decisions(first);
  const began = performance.now();
  for (let place = 1; place < TENANTS; place += 1) {
    // A session may ask so much, and its token lives for minutes.
    if (place % 8 === 0) await admin.open(belfry.demo.admin.email, belfry.demo.admin.password);
    await build(admin, place);
  }
  const builtSeconds = (performance.now() - began) / 1000;
  const after = await restarted();
  const among = await decisions(first);
  const more = TENANTS - 1;
  const figures = {
    builtSeconds, alone, among,
    tenantKilobytes: (after.bytes - before.bytes) / more / 1000,
    totalMegabytes: after.bytes / 1e6,
    loadMicros: (after.micros - before.micros) / more,
    startSeconds: after.seconds, startAloneSeconds: before.seconds,
  };
  console.log(figures);
  if (!QUICK) writeFileSync(OUT, report(figures));
} finally {
  await belfry.stop();
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

/** Processor time of one decision, asked for by the API: a call that the last of the rules lets out. */
async function decisions(tenant) {
  const api = new Api(belfry.url);
  const enter = async () => {
    const admin = await Api.signIn(belfry.url, belfry.demo.admin.email, belfry.demo.admin.password);
    api.token = (await admin.post(`/api/admin/tenants/${tenant}/act`, { tenant_id: tenant })).access_token;
  };
  await enter();
  const { id } = (await api.get("/api/tenant/extensions?limit=1")).rows[0].extension;
  const ask = () => api.get(`/api/tenant/simulation?extension_id=${id}&dialled=00${10 + RULES / 2 - 1}123456`);
  const answer = await ask();
  if (!answer.steps.some((step) => step.code === "routed_outside")) throw new Error(`no rule took it: ${JSON.stringify(answer)}`);
  for (let count = 0; count < SESSION_REQUESTS / 2; count += 1) await ask();
  const pids = family(belfry.process.pid);
  const resting = processorMicros(pids);
  await pause(REST_MILLIS);
  const restingMicros = (processorMicros(pids) - resting) / (REST_MILLIS / 1000);
  let spent = 0;
  for (let done = 0; done < DECISIONS; done += SESSION_REQUESTS) {
    await enter();
    const before = processorMicros(pids);
    for (let count = 0; count < Math.min(SESSION_REQUESTS, DECISIONS - done); count += 1) await ask();
    spent += processorMicros(pids) - before;
  }
  return { micros: spent / DECISIONS, restingMicros };
}

function report(found) {
  const figure = (value, digits = 0) => value.toFixed(digits);
  return `# Many tenants

Written by \`make scale\`: ${TENANTS} tenants with ${EXTENSIONS} extensions and ${RULES} rules each, on SQLite. Absolute times do not repeat elsewhere; what is compared is one tenant and many, in
one run.

| | One such tenant | ${TENANTS} of them |
|---|---:|---:|
| One decision by the API (*Try a call*, the last of 25 outbound rules), processor time in µs | ${figure(found.alone.micros)} | ${figure(found.among.micros)} |
| One second of rest, processor time in µs, counted in steps of 10 ms | ${figure(found.alone.restingMicros)} | ${figure(found.among.restingMicros)} |
| From the start of the process until it serves, s | ${figure(found.startAloneSeconds, 2)} | ${figure(found.startSeconds, 2)} |

| One tenant more | |
|---|---:|
| Memory, kB | ${figure(found.tenantKilobytes, 1)} |
| Processor time at the start (rows, secrets opened, digests of ${EXTENSIONS} secrets), µs | ${figure(found.loadMicros)} |

The decision is to cost the same among many as alone; in this run it took ${figure((found.among.micros / found.alone.micros - 1) * 100)} % more.

Memory of the whole process with all of them, just started: ${figure(found.totalMegabytes)} MB. Making ${TENANTS - 1} of them by the API took ${figure(found.builtSeconds)} s.

Machine: ${cpus()[0].model.replace(/\s+\d+-Core.*/, "")}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB. Memory is the proportional set size from \`/proc/PID/smaps_rollup\`; processor time is user and
system time of all threads from \`/proc/PID/stat\`, with the HTTP request that asks for the decision.
`;
}
