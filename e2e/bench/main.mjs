// `make bench`: Belfry beside Kamailio and rtpengine in one run, SIPp as load. Writes docs/benchmarks.md.
//
//   node e2e/bench/main.mjs [--only belfry|kamailio] [--quick]      either option: prints, writes nothing
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { freePort } from "../lib/ports.mjs";
import { sipp, startSipp } from "../lib/sipp.mjs";
import { pause } from "../lib/wait.mjs";
import { datagramsReceived, memoryBytes, processorMicros } from "./processes.mjs";
import { openPhones } from "./phones.mjs";
import { report } from "./report.mjs";
import { play, portsOf } from "./sound.mjs";
import { startBelfry, startKamailio } from "./systems.mjs";

/** A tenth of everything: to see that it works. */
const QUICK = process.argv.includes("--quick") ? 10 : 1;
const EXTENSIONS = 10_000 / QUICK;
const REGISTERS_PER_SECOND = 500;
const REGISTERS = 10_000 / QUICK;
const CALLS_PER_SECOND = 50;
const CALLS = 1000 / QUICK;
const CALL_MILLIS = 500;
const HELD_CALLS = 1000 / QUICK;
const SOUNDING_CALLS = 300 / QUICK;
const HELD_SECONDS = 15;
const FIRST_MEDIA_PORT = 14000;
const STREAM_PHONES = 2000 / QUICK;
const STREAM_REGISTERS_PER_SECOND = 250;
const STREAM_KINDS = ["tcp", "tls", "wss"];
const SETTLE_MILLIS = 1500;
const ONLY = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : null;
const OUT = join(dirname(fileURLToPath(import.meta.url)), "../../docs/benchmarks.md");

const startedLoad = loadavg()[0];
const rows = {};
const systems = [
  ["belfry", () => startBelfry(EXTENSIONS)],
  ["kamailio", () => startKamailio(EXTENSIONS)],
  ["kamailio", () => startKamailio(EXTENSIONS, { anchored: true })],
].filter(([key]) => ONLY === null || key === ONLY);
for (const [, start] of systems) {
  const system = await start();
  try {
    rows[system.name] = await measure(system);
  } finally {
    await system.stop();
  }
  console.log(system.name, rows[system.name]);
}
for (const [key, start] of [["belfry", startBelfry], ["kamailio", startKamailio]]) {
  if (ONLY !== null && key !== ONLY) continue;
  for (const kind of STREAM_KINDS) {
    const system = await start(STREAM_PHONES, { streams: true });
    rows[system.name].streams ??= {};
    try {
      rows[system.name].streams[kind] = await connected(system, kind);
    } catch (error) {
      // Its place in the table stays empty, and the others are measured all the same.
      console.error(`${system.name} over ${kind}: ${error.message}`);
      rows[system.name].streams[kind] = {};
    } finally {
      await system.stop();
    }
    console.log(system.name, kind, rows[system.name].streams[kind]);
  }
}
const costs = ONLY === "kamailio" ? {} : soundCosts();
console.log("sound", costs);
if (QUICK === 1 && ONLY === null) {
  writeFileSync(OUT, report(rows, costs, facts(), readOld()));
  console.log(`written: ${OUT}`);
}

async function measure(system) {
  const row = {};
  await pause(SETTLE_MILLIS);
  row.idleBytes = memoryBytes(system.pids());

  // The first round makes the bindings, the second renews them: what a registrar does all day.
  const first = await registers(system, EXTENSIONS);
  row.registrationBytes = (memoryBytes(system.pids()) - row.idleBytes) / EXTENSIONS;
  row.newRegisterMicros = first;
  row.registerMicros = await registers(system, REGISTERS);

  const callee = system.accounts[0];
  const words = { domain: system.domain, formats: "0", millis: 0 };
  const { port } = await sipp("register", system.server, { ...callee, words: { ...words, status: 200, expires: 300 }, trace: false });
  row.callMicros = await calls(system, callee, { port, words });
  Object.assign(row, await held(system, callee, { port, words }));
  return row;
}

/** Processor time per REGISTER with digest: two requests and two answers. */
async function registers(system, count) {
  const before = processorMicros(system.pids());
  await sipp("register", system.server, {
    // The first is called later: devices of an earlier round, gone by then, would be rung beside its own.
    accounts: system.accounts.slice(1), calls: count, words: { domain: system.domain, status: 200, expires: 300 }, trace: false, seconds: 120,
    args: ["-r", String(REGISTERS_PER_SECOND), "-l", "2000"],
  });
  await pause(SETTLE_MILLIS);
  return (processorMicros(system.pids()) - before) / count;
}

/** Phones with a connection each: processor time of connecting and registering, of a renewal, and memory of one phone. */
async function connected(system, kind) {
  await pause(SETTLE_MILLIS);
  const [empty, idle] = [memoryBytes(system.pids()), processorMicros(system.pids())];
  const phones = await openPhones(kind, system.streams[kind], system.domain, system.accounts);
  await phones.register(STREAM_REGISTERS_PER_SECOND);
  await pause(SETTLE_MILLIS);
  const before = processorMicros(system.pids());
  const phoneBytes = (memoryBytes(system.pids()) - empty) / STREAM_PHONES;
  await phones.register(STREAM_REGISTERS_PER_SECOND);
  await pause(SETTLE_MILLIS);
  const registerMicros = (processorMicros(system.pids()) - before) / STREAM_PHONES;
  phones.close();
  return { connectMicros: (before - idle) / STREAM_PHONES, registerMicros, phoneBytes };
}

/** Processor time per call from INVITE to BYE, no sound. */
async function calls(system, callee, { port, words }) {
  const answering = await startSipp("answer", null, { port, words, calls: CALLS, trace: false, seconds: 120 });
  await pause(300);
  const before = processorMicros(system.pids());
  await sipp("call", system.server, {
    accounts: system.accounts.slice(1), calls: CALLS, words: { ...words, number: callee.user, millis: CALL_MILLIS }, trace: false, seconds: 120,
    args: ["-r", String(CALLS_PER_SECOND), "-l", "500"],
  });
  await answering.ended;
  await pause(SETTLE_MILLIS);
  return (processorMicros(system.pids()) - before) / CALLS;
}

/** Memory per held call, and processor time per packet that is relayed while the calls talk. */
async function held(system, callee, { port, words }) {
  const empty = memoryBytes(system.pids());
  const answering = await startSipp("answer", null, { port, words, calls: HELD_CALLS, trace: false, seconds: 120, args: ["-rtp_echo", "-mp", String(await freePort())] });
  await pause(300);
  const beginSeconds = HELD_CALLS / CALLS_PER_SECOND;
  const millis = (beginSeconds + HELD_SECONDS + 15) * 1000;
  const calling = await startSipp("call", system.server, {
    accounts: system.accounts.slice(1), calls: HELD_CALLS, seconds: 120, words: { ...words, number: callee.user, millis },
    args: ["-r", String(CALLS_PER_SECOND), "-l", String(HELD_CALLS), "-mp", String(FIRST_MEDIA_PORT)],
  });
  await pause(beginSeconds * 1000 + 2000);
  const calls = portsOf(calling.messages());
  if (calls.length !== HELD_CALLS) throw new Error(`${calls.length} of ${HELD_CALLS} calls were answered\n${(await calling.ended).output}`);
  // SIPp itself holds the first port.
  const sound = await play(calls.filter((call) => call.from !== FIRST_MEDIA_PORT).slice(0, SOUNDING_CALLS));
  await pause(2000);
  const row = { callBytes: (memoryBytes(system.pids()) - empty) / HELD_CALLS };
  const pids = system.mediaPids?.() ?? system.pids();
  const [micros, datagrams] = [processorMicros(pids), datagramsReceived()];
  await pause(HELD_SECONDS * 1000);
  // Each relayed packet is received twice: by the relay and by the phone behind it.
  const relayed = (datagramsReceived() - datagrams) / 2;
  if (system.relays) {
    row.packetsPerSecond = relayed / HELD_SECONDS;
    row.packetMicros = (processorMicros(pids) - micros) / relayed;
  }
  sound.stop();
  for (const run of [calling, answering]) {
    const { code, output } = await run.ended;
    if (code !== 0) throw new Error(`the held calls ended with ${code}:\n${output}`);
  }
  return row;
}

/** Processor time of rooms, of what is said, recorded and translated: the media engine alone, in virtual time. */
function soundCosts() {
  const args = ["bench", "--quiet", "--package", "media", "--package", "sound", "--bench", "cost", "--"];
  const output = execFileSync("cargo", QUICK === 1 ? args : [...args, "--quick"], { cwd: dirname(dirname(dirname(fileURLToPath(import.meta.url)))) });
  const lines = output.toString().split("\n").map((line) => line.split("\t"));
  return Object.fromEntries(lines.filter((parts) => parts.length === 2).map(([name, micros]) => [name, Number(micros)]));
}

function facts() {
  const version = (command, ...args) => execFileSync(command, args).toString().split("\n")[0].trim();
  return {
    machine: `${cpus()[0].model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    load: startedLoad.toFixed(1),
    kamailio: version("kamailio", "-v").replace("version: ", ""),
    rtpengine: execFileSync("rtpengine", ["--version"], { stdio: ["ignore", "pipe", "pipe"] }).toString().trim() || version("dpkg-query", "-W", "-f", "${Version}", "rtpengine-daemon"),
    sizes: { EXTENSIONS, REGISTERS, REGISTERS_PER_SECOND, CALLS, CALLS_PER_SECOND, CALL_MILLIS, HELD_CALLS, SOUNDING_CALLS, HELD_SECONDS, STREAM_PHONES, STREAM_REGISTERS_PER_SECOND },
  };
}

function readOld() {
  try {
    return readFileSync(OUT, "utf8");
  } catch {
    return "";
  }
}
