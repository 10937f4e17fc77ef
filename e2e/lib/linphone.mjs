// linphone: another phone by other people. It plays a tone file, records what it hears, and is told what to do by its console.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { freePort } from "./ports.mjs";
import { heardSeconds, readWav, TONES, writeTone } from "./tone.mjs";
import { until } from "./wait.mjs";

const RATE = 8000;
const RECORD_RATES = [8000, 48000];
const TONE_SECONDS = 90;

/** One phone with one account, which answers by itself where `answer` is `auto`. */
export class Linphone {
  /** `account` is `{user, secret, domain, registrar}`; `ca` is the file of the root that it trusts over TLS. */
  static async start(folder, account, { tone = "desk", answer = "manual", transport = "tls", ca } = {}) {
    const phone = new Linphone();
    phone.output = "";
    phone.folder = folder;
    phone.records = 0;
    // Without this folder for its database linphonec 5.1 never starts, and does not say so.
    mkdirSync(join(folder, ".local/share/linphone"), { recursive: true });
    const source = writeTone(join(folder, "tone.wav"), { hz: TONES[tone], rate: RATE, seconds: TONE_SECONDS });
    const file = join(folder, "linphonerc");
    writeFileSync(file, config(account, transport, await freePort(), ca));
    const log = process.env.LINPHONE_LOG ? ["-d", "6", "-l", join(folder, "log")] : [];
    // What it says is wanted line by line.
    phone.process = spawn("stdbuf", ["-oL", "linphonec", "-c", file, ...(answer === "auto" ? ["-a"] : []), ...log], { cwd: folder, env: { ...process.env, HOME: folder } });
    phone.process.stdout.on("data", (chunk) => (phone.output += chunk));
    phone.process.stderr.on("data", (chunk) => (phone.output += chunk));
    phone.exited = new Promise((done) => phone.process.once("exit", done));
    phone.say("soundcard use files");
    phone.say(`play ${source}`);
    phone.recordAnew();
    return phone;
  }

  /** The next call is recorded into a file of its own. */
  recordAnew() {
    this.records += 1;
    this.record = join(this.folder, `heard-${this.records}.wav`);
    this.say(`record ${this.record}`);
  }

  say(line) {
    this.process.stdin.write(`${line}\n`);
  }

  /** Waits until its console says so. */
  said(what, { after = 0, seconds = 20 } = {}) {
    return until(`linphone says ${what}`, () => what.test(this.output.slice(after)), seconds).catch((error) => {
      throw new Error(`${error.message}\n${this.output.slice(-1500)}`);
    });
  }

  /** It says so only when it is asked. */
  registered() {
    const asked = () => {
      this.say("status register");
      return /registered, identity=/.test(this.output);
    };
    return until("linphone is registered", asked).catch((error) => {
      throw new Error(`${error.message}\n${this.output.slice(-1500)}`);
    });
  }

  /** Puts its call on hold; what it hears from then on is recorded anew. */
  async hold() {
    const past = this.output.length;
    this.recordAnew();
    this.say("pause");
    await this.said(/ is now paused/, { after: past });
  }

  async resume() {
    const past = this.output.length;
    this.recordAnew();
    this.say("resume");
    await this.said(/(Media streams established|resumed)/, { after: past });
  }

  /** Writes to somebody. */
  write(uri, text) {
    this.say(`chat ${uri} ${text}`);
  }

  /** Waits until somebody's message is on its console. */
  read(text) {
    return this.said(new RegExp(`Message received from [^\\n]*: ${text}`));
  }

  /** What was heard in this file so far, in seconds by tone. */
  heard() {
    const none = Object.fromEntries(Object.keys(TONES).map((name) => [name, 0]));
    if (!existsSync(this.record)) return none;
    // It writes the header when the call is over, and the rate is its codec's: at a wrong one there is no tone.
    const { samples } = readWav(readFileSync(this.record));
    const at = RECORD_RATES.map((rate) => heardSeconds({ rate, samples }));
    return Object.fromEntries(Object.keys(none).map((name) => [name, Math.max(...at.map((heard) => heard[name]))]));
  }

  async stop() {
    this.say("quit");
    const timer = setTimeout(() => this.process.kill("SIGKILL"), 3000);
    await this.exited;
    clearTimeout(timer);
  }
}

function config({ user, secret, domain, registrar }, transport, port, ca) {
  // Its TLS knows names in certificates and no addresses.
  const proxy = `<sip:localhost:${registrar.split(":")[1]};transport=${transport}>`;
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
