// Pebble, a certificate authority for tests that speaks ACME, and a DNS server that says that every name is this machine.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Authority } from "./authority.mjs";
import { freePort } from "./ports.mjs";
import { until } from "./wait.mjs";

export class Pebble {
  /** Looks at names by HTTP on `httpPort`; certificates live `lifeSeconds`. */
  static async start(home, { httpPort, lifeSeconds }) {
    const pebble = new Pebble(join(home, "pebble"));
    try {
      await pebble.run(httpPort, lifeSeconds);
    } catch (error) {
      pebble.stop();
      throw error;
    }
    return pebble;
  }

  constructor(folder) {
    this.folder = folder;
    this.output = "";
    this.children = [];
    mkdirSync(folder, { recursive: true });
  }

  async run(httpPort, lifeSeconds) {
    const [directory, management, dns, dnsManagement] =
      [await freePort(), await freePort(), await freePort(), await freePort()];
    this.url = `https://localhost:${directory}/dir`;
    // Its own HTTPS is proved as any other.
    const authority = new Authority(this.folder);
    const own = authority.issue("server", "DNS:localhost,IP:127.0.0.1");
    this.root = authority.path;
    const config = join(this.folder, "config.json");
    writeFileSync(config, JSON.stringify({ pebble: {
      listenAddress: `127.0.0.1:${directory}`, managementListenAddress: `127.0.0.1:${management}`,
      certificate: own.certificate, privateKey: own.key,
      httpPort, tlsPort: 1, ocspResponderURL: "", externalAccountBindingRequired: false,
      certificateValidityPeriod: lifeSeconds,
    } }));
    this.start("pebble-challtestsrv", ["-dns01", `127.0.0.1:${dns}`, "-management", `127.0.0.1:${dnsManagement}`,
      "-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""]);
    this.start("pebble", ["-config", config, "-dnsserver", `127.0.0.1:${dns}`]);
    await until("pebble listens", () => this.output.includes("ACME directory available"));
  }

  start(command, args) {
    // One nonce in twenty is refused, as on the Internet: a client gives up after the third in a row and orders again later.
    const env = { ...process.env, PEBBLE_VA_NOSLEEP: "1", PEBBLE_VA_ALWAYS_VALID: "0", PEBBLE_WFE_NONCEREJECT: "5" };
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => { this.output += chunk; });
    this.children.push(child);
  }

  stop() {
    for (const child of this.children) child.kill("SIGKILL");
  }
}
