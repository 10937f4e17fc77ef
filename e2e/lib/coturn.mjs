// coturn: a relay by other people, with the configuration that `infra` has for it.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { freePort } from "./ports.mjs";
import { until } from "./wait.mjs";

/** `min-port` of the template. */
const RELAY_PORT_FIRST = 49152;
const TEMPLATE = join(dirname(fileURLToPath(import.meta.url)), "../../infra/coturn/turnserver.conf");

/** A relay at this address that leads to this address and nowhere else. */
export class Coturn {
  static async start(folder, { address, peer }) {
    const relay = new Coturn();
    relay.secret = "a secret of the end-to-end tests";
    relay.port = await freePort();
    relay.address = address;
    relay.output = "";
    mkdirSync(folder, { recursive: true });
    const words = { ADDRESS: address, SECRET: relay.secret, DOMAIN: "acme.localhost", BELFRY: peer };
    const lines = readFileSync(TEMPLATE, "utf8").split("\n").filter((line) => !line.startsWith("#"))
      .map((line) => line.replace(/=(ADDRESS|SECRET|DOMAIN|BELFRY)$/, (_, word) => `=${words[word]}`))
      .map((line) => line.replace(/^listening-port=.*/, `listening-port=${relay.port}`));
    lines.push("log-file=stdout", "verbose", `userdb=${join(folder, "turndb")}`, `pidfile=${join(folder, "turn.pid")}`);
    const file = join(folder, "turnserver.conf");
    writeFileSync(file, lines.join("\n") + "\n");
    relay.process = spawn("turnserver", ["-c", file], { stdio: ["ignore", "pipe", "pipe"] });
    relay.process.stdout.on("data", (chunk) => (relay.output += chunk));
    relay.process.stderr.on("data", (chunk) => (relay.output += chunk));
    relay.exited = new Promise((done) => relay.process.once("exit", done));
    await until("coturn listens", () => relay.isUp()).catch((error) => {
      throw new Error(`${error.message}\n${relay.output.slice(-2000)}`);
    });
    return relay;
  }

  get url() {
    return `turn:${this.address}:${this.port}?transport=tcp`;
  }

  isUp() {
    return new Promise((done) => {
      const socket = connect(this.port, this.address);
      socket.once("error", () => done(false));
      socket.once("connect", () => {
        socket.destroy();
        done(true);
      });
    });
  }

  /** How many ways are open: each has a port of its own. */
  ways() {
    const lines = execFileSync("ss", ["-Hunap"], { encoding: "utf8" }).split("\n");
    const ports = lines.filter((line) => line.includes(`pid=${this.process.pid},`)).map((line) => Number(line.trim().split(/\s+/)[3].split(":").at(-1)));
    return ports.filter((port) => port >= RELAY_PORT_FIRST).length;
  }

  async stop() {
    this.process.kill("SIGTERM");
    const timer = setTimeout(() => this.process.kill("SIGKILL"), 5000);
    await this.exited;
    clearTimeout(timer);
  }
}
