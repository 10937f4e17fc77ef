// linphone: another phone by other people. It plays a tone file, records what it hears, and is told what to do by its console.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { freePort } from "./ports.mjs";
import { heardSeconds, readWav, TONES, writeTone } from "./tone.mjs";
import { until } from "./wait.mjs";

const RATE = 8000;
const TONE_SECONDS = 90;

/** One phone with one account, which answers by itself where `answer` is `auto`. */
export class Linphone {
  /** `account` is `{user, secret, domain, registrar}`; `ca` is the file of the root that it trusts over TLS. */
  static async start(folder, account, { tone = "desk", answer = "manual", transport = "tls", ca } = {}) {
    const phone = new Linphone();
    phone.output = "";
    phone.record = join(folder, "heard.wav");
    mkdirSync(folder, { recursive: true });
    const source = writeTone(join(folder, "tone.wav"), { hz: TONES[tone], rate: RATE, seconds: TONE_SECONDS });
    const file = join(folder, "linphonerc");
    writeFileSync(file, config(account, transport, await freePort(), ca));
    phone.process = spawn("linphonec", ["-c", file, ...(answer === "auto" ? ["-a"] : [])], { cwd: folder, env: { ...process.env, HOME: folder } });
    phone.process.stdout.on("data", (chunk) => (phone.output += chunk));
    phone.process.stderr.on("data", (chunk) => (phone.output += chunk));
    phone.exited = new Promise((done) => phone.process.once("exit", done));
    phone.say("soundcard use files");
    phone.say(`play ${source}`);
    phone.say(`record ${phone.record}`);
    return phone;
  }

  say(line) {
    this.process.stdin.write(`${line}\n`);
  }

  /** Waits until its console says so. */
  said(what, seconds = 20) {
    return until(`linphone says ${what}`, () => what.test(this.output), seconds).catch((error) => {
      throw new Error(`${error.message}\n${this.output.slice(-1500)}`);
    });
  }

  registered() {
    return this.said(/Registration on .* successful/);
  }

  /** What was heard so far, in seconds by tone. */
  heard() {
    const none = Object.fromEntries(Object.keys(TONES).map((name) => [name, 0]));
    return existsSync(this.record) ? heardSeconds(readWav(readFileSync(this.record))) : none;
  }

  async stop() {
    this.say("quit");
    const timer = setTimeout(() => this.process.kill("SIGKILL"), 3000);
    await this.exited;
    clearTimeout(timer);
  }
}

function config({ user, secret, domain, registrar }, transport, port, ca) {
  const proxy = `<sip:${registrar};transport=${transport}>`;
  return `[sip]
sip_port=-1
sip_tcp_port=-1
sip_tls_port=${port}
verify_server_certs=1
verify_server_cn=1
${ca ? `root_ca=${ca}` : ""}
default_proxy=0
[rtp]
audio_rtp_port=${port + 1}
[proxy_0]
reg_proxy=${proxy}
reg_route=${proxy}
reg_identity=sip:${user}@${domain}
reg_expires=600
reg_sendregister=1
[auth_info_0]
username=${user}
passwd=${secret}
realm=${domain}
domain=${domain}
[misc]
uuid=00000000-0000-4000-8000-0000000${user.padStart(5, "0")}
`;
}
