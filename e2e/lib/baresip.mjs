// baresip: a phone by other people. It plays a tone file, records what it hears, and is told what to do over TCP.
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { freePort } from "./ports.mjs";
import { heardSeconds, readWav, TONES, writeTone } from "./tone.mjs";
import { until } from "./wait.mjs";

const RATE = 8000;
const TONE_SECONDS = 90;
const RTP_PORTS = 100;
const WATCH_MILLIS = 100;
let nextRtpPort = 30100;

/** One phone with one account. */
export class Baresip {
  /**
   * `account` is `{user, secret, domain, registrar}` with `registrar` as `host:port`; `answer` is `auto` or `manual`;
   * `register` off makes a phone without a registrar; `contact` is the URI that `write` writes to;
   * `ca` is the file of the root that it trusts over TLS; with `certificate`, a file with a key too, it listens over TLS at `tlsPort`;
   * `host` is where it runs, of `network.mjs`;
   * `trace` has it say each SIP message, for `dialog`;
   * `encryption` is a kind of baresip's: `srtp` offers keys with plain RTP, `srtp-mand` nothing else.
   */
  static async start(folder, account, { tone = "phone", answer = "manual", transport = "udp", codecs = "pcmu,pcma", register = true, encryption, contact, ca, certificate, host, trace = false } = {}) {
    const phone = new Baresip();
    phone.folder = folder;
    phone.host = host;
    phone.events = [];
    phone.output = "";
    phone.screen = "";
    phone.waiting = new Map();
    phone.sipPort = await freePort();
    phone.controlPort = await freePort();
    phone.consolePort = await freePort();
    mkdirSync(folder, { recursive: true });
    const source = writeTone(join(folder, "tone.wav"), { hz: TONES[tone], rate: RATE, seconds: TONE_SECONDS });
    const tls = [ca && `sip_cafile ${ca}\n`, certificate && `sip_certificate ${certificate}\n`].filter(Boolean).join("");
    writeFileSync(join(folder, "config"), config(phone, source, folder) + tls);
    const proxy = account.registrar ? `;outbound="sip:${account.registrar};transport=${transport}"` : "";
    const line = `<sip:${account.user}@${account.domain};transport=${transport}>;auth_user=${account.user};auth_pass=${account.secret}` +
      `${proxy};regint=${register ? 300 : 0};answermode=${answer};audio_codecs=${codecs};ptime=20${encryption ? `;mediaenc=${encryption}` : ""}\n`;
    writeFileSync(join(folder, "accounts"), line);
    writeFileSync(join(folder, "contacts"), contact ? `"Contact" <${contact}>\n` : "");
    const [program, ...args] = [...(host?.prefix ?? []), "baresip", "-f", folder, ...(trace ? ["-s"] : [])];
    phone.process = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    phone.process.stdout.on("data", (chunk) => (phone.output += chunk));
    phone.process.stderr.on("data", (chunk) => (phone.output += chunk));
    phone.exited = new Promise((done) => phone.process.once("exit", done));
    const ready = async () => {
      await until("baresip takes commands", () => phone.connect());
      if (!host) await until("baresip shows its screen", () => phone.openScreen());
    };
    await ready().catch((error) => {
      throw new Error(`${error.message}\n${phone.output.slice(-1500)}`);
    });
    return phone;
  }

  /** The port after the one that is open to everybody. */
  get tlsPort() {
    return this.sipPort + 1;
  }

  connect() {
    if (this.host) return this.connectThere();
    return new Promise((done, failed) => {
      const socket = connect(this.controlPort, "127.0.0.1");
      socket.once("error", failed);
      socket.once("connect", () => {
        this.listen(socket);
        done(true);
      });
    });
  }

  /** Its loopback address is not ours: a shell over there carries the words. */
  connectThere() {
    const carry = `exec 3<>/dev/tcp/127.0.0.1/${this.controlPort} || exit 1; echo; cat <&3 & exec cat >&3`;
    return new Promise((done, failed) => {
      const [program, ...args] = [...this.host.prefix, "bash", "-c", carry];
      const shell = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"] });
      shell.once("exit", () => failed(new Error("no connection yet")));
      shell.stdin.on("error", () => {});
      shell.stdout.once("data", (first) => {
        const socket = { write: (text) => shell.stdin.write(text), destroy: () => shell.kill(), on: (event, take) => shell.stdout.on(event, take) };
        this.listen(socket, first.subarray(1));
        done(true);
      });
    });
  }

  listen(socket, first = Buffer.alloc(0)) {
    this.socket = socket;
    let buffer = this.readNetstrings(first);
    socket.on("data", (chunk) => {
      buffer = this.readNetstrings(Buffer.concat([buffer, chunk]));
    });
  }

  /** What it shows to whoever sits before it, messages above all, goes to no log. */
  openScreen() {
    return new Promise((done, failed) => {
      this.console = connect(this.consolePort, "127.0.0.1", () => done(true));
      this.console.once("error", failed);
      this.console.on("data", (chunk) => (this.screen += chunk));
    });
  }

  readNetstrings(buffer) {
    for (;;) {
      const colon = buffer.indexOf(":");
      const length = Number(buffer.subarray(0, colon));
      if (colon < 0 || buffer.length < colon + 1 + length + 1) return buffer;
      this.take(JSON.parse(buffer.subarray(colon + 1, colon + 1 + length)));
      buffer = buffer.subarray(colon + 1 + length + 1);
    }
  }

  take(message) {
    if (message.event) this.events.push(message);
    else this.waiting.get(message.token)?.(message);
  }

  /** One command of baresip's menu, such as `dial`. */
  command(name, params = "") {
    const token = String(this.waiting.size + 1);
    const text = JSON.stringify({ command: name, params, token });
    return new Promise((done) => {
      this.waiting.set(token, done);
      this.socket.write(`${Buffer.byteLength(text)}:${text},`);
    });
  }

  /** Waits for an event of this type that came after the first `after` ones; gives it back. */
  event(type, { after = 0, seconds = 15, param } = {}) {
    const right = (event) => event.type === type && (param === undefined || event.param === param);
    return until(`baresip: ${type} ${param ?? ""}\n${this.output.slice(-1500)}`, () => this.events.slice(after).find(right), seconds);
  }

  has(type) {
    return this.events.some((event) => event.type === type);
  }

  /** The event may come before anybody listens, so the phone is asked. */
  async registered() {
    const isOk = async () => /mOK /.test((await this.command("reginfo")).data);
    await until("baresip is registered", isOk).catch((error) => {
      throw new Error(`${error.message}\n${this.output.slice(-1500)}`);
    });
  }

  dial(uri) {
    return this.command("dial", uri);
  }

  /** Asks for a blind transfer of its call (REFER). */
  transfer(uri) {
    return this.command("transfer", uri);
  }

  /** What names its last `incoming` or `outgoing` call: the Call-ID, and the tags of the two ends. */
  dialog(direction) {
    const answers = this.output.split(/^(?=SIP\/2\.0 )/m).filter((text) => /^SIP\/2\.0 200 /.test(text) && /^CSeq: \d+ INVITE/im.test(text));
    const field = (text, name) => new RegExp(`^${name}:\\s*([^\r\n]*)`, "im").exec(text)[1];
    const tag = (text, name) => /;tag=([^;\s>]+)/.exec(field(text, name))?.[1];
    // Its own answers say what it is; the server's call it something else.
    const own = (text) => /^Server: baresip/im.test(text);
    const last = answers.filter((text) => own(text) === (direction === "incoming")).at(-1);
    const [ours, theirs] = direction === "incoming" ? ["To", "From"] : ["From", "To"];
    return { callId: field(last, "Call-ID"), ours: tag(last, ours), theirs: tag(last, theirs) };
  }

  answer() {
    return this.command("accept");
  }

  hangUp() {
    return this.command("hangup");
  }

  /** Writes to its contact. */
  write(text) {
    return this.command("message", text);
  }

  /** Waits until somebody's message is on its screen. */
  read(text) {
    return until(`baresip shows “${text}”\n${this.screen.slice(-1500)}`, () => this.screen.includes(`: "${text}"`));
  }

  /** Presses a key of the call. */
  press(key) {
    return this.command("sndcode", key);
  }

  /** Watches by the clock on the wall until `stop()`, which gives the longest time without a tone, in seconds. */
  watch(tone) {
    let [heard, at, longest] = [this.heard()[tone], performance.now(), 0];
    const look = () => {
      const now = performance.now();
      longest = Math.max(longest, (now - at) / 1000);
      const more = this.heard()[tone];
      if (more > heard) [heard, at] = [more, now];
    };
    const timer = setInterval(look, WATCH_MILLIS);
    return {
      stop() {
        clearInterval(timer);
        look();
        return longest;
      },
    };
  }

  /** What was heard in all its calls so far, in seconds by tone. */
  heard() {
    const total = Object.fromEntries(Object.keys(TONES).map((name) => [name, 0]));
    for (const file of readdirSync(this.folder).filter((name) => name.endsWith("-dec.wav"))) {
      const heard = heardSeconds(readWav(readFileSync(join(this.folder, file))));
      for (const name of Object.keys(total)) total[name] += heard[name];
    }
    return total;
  }

  /** The seconds of sound that it has decoded in its call. After a hold of its own baresip 1.0 decodes and records no more. */
  async played() {
    const { data } = await this.command("audio_debug");
    return Number(/ rx: [^]*?time = ([\d.]+) sec/.exec(data)?.[1] ?? 0);
  }

  /** What is heard in the call that began last, in seconds by tone. */
  heardLast() {
    return heardSeconds(this.soundLast());
  }

  /** What has been heard in the call that began last: `{rate, samples}`. */
  soundLast() {
    const last = readdirSync(this.folder).filter((name) => name.endsWith("-dec.wav")).sort().at(-1);
    return last ? readWav(readFileSync(join(this.folder, last))) : { rate: RATE, samples: new Float32Array() };
  }

  async stop() {
    this.socket?.destroy();
    this.console?.destroy();
    this.process.kill("SIGTERM");
    const timer = setTimeout(() => this.process.kill("SIGKILL"), 5000);
    await this.exited;
    clearTimeout(timer);
  }
}

function config(phone, source, folder) {
  const first = nextRtpPort;
  nextRtpPort += RTP_PORTS;
  const { address = "127.0.0.1", ipv6 } = phone.host ?? {};
  return `sip_listen ${ipv6 ? `[${ipv6}]` : address}:${phone.sipPort}
${ipv6 ? "net_af ipv6\nprefer_ipv6 yes\n" : ""}audio_source aufile,${source}
ausrc_format s16
auplay_format s16
rtp_ports ${first}-${first + RTP_PORTS - 1}
module_path /usr/lib/baresip/modules
module g711.so
module opus.so
module srtp.so
module aufile.so
module sndfile.so
snd_path ${folder}
module_tmp uuid.so
module_tmp account.so
module_app contact.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:${phone.controlPort}
module_app cons.so
cons_listen 127.0.0.1:${phone.consolePort}
`;
}
