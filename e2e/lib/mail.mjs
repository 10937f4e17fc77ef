// A real SMTP server: aiosmtpd, a Python package that is put into the cache when the system has none.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { until } from "./wait.mjs";

const AIOSMTPD = "aiosmtpd==1.4.6";
/** The server of the jobs' tests. */
const SCRIPT = join(dirname(fileURLToPath(import.meta.url)), "../../backend/jobs/tests/it/smtp_server.py");

/** `await MailServer.start(["--login", "user", "password"])`; `mails` are what it took. */
export class MailServer {
  static async start(args = []) {
    const server = new MailServer();
    server.output = "";
    server.child = spawn(python(), [SCRIPT, ...args], { stdio: ["pipe", "pipe", "ignore"] });
    server.child.stdout.on("data", (chunk) => { server.output += chunk; });
    server.port = await until("the mail server listens", () => /^PORT (\d+)$/m.exec(server.output)?.[1]);
    return server;
  }

  /** `[{from, to, text}]`, the text with its head. */
  get mails() {
    return [...this.output.matchAll(/^MAIL (\S+) (\S+) ([0-9a-f]+)$/gm)]
      .map(([, from, to, hex]) => ({ from, to, text: Buffer.from(hex, "hex").toString() }));
  }

  stop() {
    this.child.stdin.end();
  }
}

function python() {
  const has = (command) => spawnSync(command, ["-c", "import aiosmtpd"], { stdio: "ignore" }).status === 0;
  if (has("python3")) return "python3";
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "belfry", "aiosmtpd");
  const own = join(folder, "bin/python");
  if (!existsSync(own) || !has(own)) {
    execFileSync("python3", ["-m", "venv", folder]);
    execFileSync(own, ["-m", "pip", "install", "-q", AIOSMTPD]);
  }
  return own;
}
