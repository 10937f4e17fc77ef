// The real binary, on free ports and a folder of its own.
import { execFileSync, spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

import { freePort } from "./ports.mjs";
import { until } from "./wait.mjs";

const START_SECONDS = 30;
const STOP_SECONDS = 15;

/** Where `make build` puts the binary. */
export function binary() {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "belfry");
  const target = process.env.CARGO_TARGET_DIR || join(cache, "target");
  return process.env.BELFRY_BINARY || join(target, "release/belfry");
}

/**
 * A running Belfry with its demo. `await Belfry.start()`, then `demo` holds addresses and accounts. With `secure` it serves
 * HTTPS and SIP over TLS as well: `secure` then holds their ports and `url`.
 */
export class Belfry {
  static async start(options = {}) {
    const belfry = new Belfry(options);
    try {
      await belfry.run();
    } catch (error) {
      await belfry.stop();
      throw error;
    }
    return belfry;
  }

  constructor({ demo = true, args = [], environment = {}, secure = false, internet = false, httpPort = 0 } = {}) {
    this.httpPort = httpPort;
    this.home = mkdtempSync(join(tmpdir(), "belfry-e2e-"));
    this.data = join(this.home, "data");
    this.withDemo = demo;
    this.args = args;
    this.secure = secure ? {} : null;
    this.webAddress = internet ? "0.0.0.0" : "127.0.0.1";
    this.environment = environment;
    this.output = "";
    this.addresses = null;
  }

  /** Starts the process, after the first time on the same addresses as before. */
  async run() {
    this.startedAt = performance.now();
    // The public address is left to the default: a browser does not look for sound at the loopback address.
    const port = (name) => this.addresses?.[name].split(":")[1] ?? 0;
    const args = ["serve", "--data", this.data, "--http", `127.0.0.1:${port("http") || this.httpPort}`];
    args.push("--sip-udp", `0.0.0.0:${port("udp")}`, "--sip-tcp", `0.0.0.0:${port("tcp")}`, ...(this.withDemo ? ["--demo"] : []), ...this.args);
    if (this.secure) await this.addSecure(args);
    const from = this.output.length;
    this.process = spawn(binary(), args, {
      cwd: this.home, stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, RUST_BACKTRACE: "1", ...this.environment },
    });
    const log = createWriteStream(join(this.home, "belfry.log"), { flags: "a" });
    const take = (chunk) => {
      this.output += chunk;
      log.write(chunk);
    };
    this.process.stdout.on("data", take);
    this.process.stderr.on("data", take);
    this.exited = new Promise((done) => this.process.once("exit", (code, signal) => done({ code, signal })));
    const gone = this.exited.then(({ code, signal }) => {
      throw new Error(`belfry ended with ${code ?? signal}:\n${this.output.slice(from)}`);
    });
    gone.catch(() => {});
    await Promise.race([gone, until("belfry answers", () => this.isUp(from), START_SECONDS)]);
    if (this.withDemo && !this.addresses) this.readDemo();
  }

  async isUp(from) {
    const url = /https?:\/\/[\w.-]+:\d+/.exec(this.output.slice(from))?.[0];
    if (!url || (this.withDemo && !existsSync(join(this.data, "demo.json")))) return false;
    this.url = this.secure ? JSON.parse(readFileSync(join(this.data, "demo.json"), "utf8")).http : url;
    return (await fetch(`${this.url}/api/setup`)).ok;
  }

  async addSecure(args) {
    if (!this.secure.url) {
      const [https, tls] = [await freePort(), await freePort()];
      this.secure = { https, tls, url: `https://127.0.0.1:${https}` };
    }
    args.push("--https", `${this.webAddress}:${this.secure.https}`, "--sip-tls", `0.0.0.0:${this.secure.tls}`);
  }

  readDemo() {
    this.demo = JSON.parse(readFileSync(join(this.data, "demo.json"), "utf8"));
    const { registrar } = this.tenant("Acme").extensions[0].sip;
    this.addresses = { http: new URL(this.url).host, udp: bare(registrar.udp), tcp: bare(registrar.tcp) };
    if (registrar.tls) this.addresses.tls = bare(registrar.tls);
  }

  tenant(name) {
    return this.demo.tenants.find((tenant) => tenant.name === name);
  }

  /** An extension of the demo: `extension("Acme", "101")`. */
  extension(tenant, number) {
    return this.tenant(tenant).extensions.find((extension) => extension.number === number);
  }

  /** How many TCP connections its media ports have. */
  mediaStreams() {
    const sip = [this.addresses.http, this.addresses.tcp].map((address) => address.split(":").at(-1));
    const others = [...sip, ...(this.secure ? [String(this.secure.https), String(this.secure.tls)] : [])];
    const lines = execFileSync("ss", ["-Htnp", "state", "established"], { encoding: "utf8" }).split("\n");
    const own = lines.filter((line) => line.includes(`pid=${this.process.pid},`)).map((line) => line.trim().split(/\s+/)[2]);
    return own.filter((local) => !others.includes(local.split(":").at(-1))).length;
  }

  /** Ends the process the hard way, as a power cut would. */
  async kill() {
    this.process.kill("SIGKILL");
    await this.exited;
  }

  /** Asks the process to end; gives its exit code. */
  async terminate() {
    this.process.kill("SIGTERM");
    const { code } = await this.exited;
    return code;
  }

  /** Ends the process and removes its folder; the log is shown when `failed`. */
  async stop({ failed = false } = {}) {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill("SIGTERM");
      const timer = setTimeout(() => this.process.kill("SIGKILL"), STOP_SECONDS * 1000);
      await this.exited;
      clearTimeout(timer);
    }
    if (failed) console.error(`belfry said:\n${this.output.slice(-8000)}`);
    if (!process.env.BELFRY_E2E_KEEP) rmSync(this.home, { recursive: true, force: true });
  }

  /** Processor time of all threads so far, in microseconds. */
  processorMicros() {
    return processorMicros(this.process.pid);
  }
}

/** `udp:127.0.0.1:5060`, `sip:127.0.0.1:5060;transport=udp` or `127.0.0.1:5060` as `127.0.0.1:5060`. */
function bare(address) {
  return /([\d.]+:\d+)/.exec(address)[1];
}

const CLOCK_TICKS_PER_SECOND = 100;

/** User and system time of a process, its ended threads included, in microseconds (proc(5), fields 14 and 15). */
export function processorMicros(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND) * 1e6;
}
