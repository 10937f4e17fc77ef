// SIPp: messages by other people, one scenario at a time.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { freePort } from "./ports.mjs";

const SCENARIOS = join(dirname(fileURLToPath(import.meta.url)), "../sip");
const TIMEOUT_SECONDS = 40;

const running = new Set();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** `e2e/sip/NAME.xml` with its `{{words}}`, which may have what stands for them: `{{word|default}}`. `between` is the name of a part. */
function filled(name, { between, ...words }) {
  if (between) words.between = filled(`part/${between}`, words);
  return readFileSync(join(SCENARIOS, `${name}.xml`), "utf8").replace(/\{\{(\w+)(?:\|([^}]*))?\}\}/g, (_, word, otherwise) => {
    const value = words[word] ?? otherwise;
    if (value === undefined) throw new Error(`${name}.xml wants {{${word}}}`);
    return value;
  });
}

/**
 * Starts SIPp with `e2e/sip/NAME.xml`, whose `{{words}}` are filled from `words`, as one account or, with `accounts`, as
 * each of them in turn. `beside` names a scenario for calls that come in meanwhile, on the same connection. Gives `{port, ended, stop}`; `ended` resolves to `{code, output}`, zero when every call went as
 * written.
 */
export async function startSipp(name, server, options) {
  const { user, secret, accounts, words = {}, transport = "udp", calls = 1, port, beside, args = [], seconds = TIMEOUT_SECONDS, trace = true } = options;
  const folder = mkdtempSync(join(tmpdir(), "belfry-sipp-"));
  let text = filled(name, words);
  if (accounts) {
    text = text.replaceAll("[service]", "[field0]").replaceAll("[authentication]", "[field1]");
    const lines = accounts.map((one) => `${one.user};[authentication username=${one.user} password=${one.secret}]`);
    writeFileSync(join(folder, "accounts.csv"), `SEQUENTIAL\n${lines.join("\n")}\n`);
  }
  const scenario = join(folder, `${name}.xml`);
  writeFileSync(scenario, text);
  if (beside) writeFileSync(join(folder, `${beside}.xml`), filled(beside, words));
  const local = port ?? (await freePort());
  const line = [
    ...(server ? [server] : []), "-sf", scenario, "-m", String(calls), "-i", "127.0.0.1", "-p", String(local),
    "-t", transport === "tcp" ? "t1" : "u1", "-nostdin", "-timeout", `${seconds}s`, "-timeout_error",
    "-trace_err", "-error_file", join(folder, "errors"), ...(trace ? ["-trace_msg", "-message_file", join(folder, "messages")] : []),
    ...(user ? ["-s", user, "-au", user, "-ap", secret] : []), ...(accounts ? ["-inf", join(folder, "accounts.csv")] : []),
    ...(beside ? ["-oocsf", join(folder, `${beside}.xml`)] : []), ...args,
  ];
  const child = spawn("sipp", line, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.once("exit", () => running.delete(child));
  let output = "";
  child.stdout.on("data", (chunk) => (output = (output + chunk).slice(-4000)));
  child.stderr.on("data", (chunk) => (output = (output + chunk).slice(-4000)));
  const ended = new Promise((done) => child.once("exit", (code) => done({ code, output: output + errors(folder) })));
  return { port: local, ended, folder, pid: child.pid, stop: () => (child.kill("SIGKILL"), ended), messages: () => slurp(join(folder, "messages")) };
}

/** Runs a scenario to its end; fails with SIPp's words when it did not go as written. */
export async function sipp(name, server, options) {
  const run = await startSipp(name, server, options);
  const { code, output } = await run.ended;
  if (code !== 0) throw new Error(`SIPp ${name} ended with ${code}:\n${output}\n${run.messages().slice(-6000)}`);
  return run;
}

function errors(folder) {
  return slurp(join(folder, "errors")).slice(-3000);
}

function slurp(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
