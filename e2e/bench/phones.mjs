// Many phones on connections of their own: TCP, TLS or WebSocket over TLS, which SIPp as Debian builds it does not speak.
import { createHash, randomBytes } from "node:crypto";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";

const CONNECTING_AT_ONCE = 50;
const ANSWER_SECONDS = 20;

/**
 * Opens a connection for each account. `kind` is `tcp`, `tls` or `wss`; `port` of 127.0.0.1. Gives `register(rate)`, which
 * registers each phone once with digest and fails if one is refused, and `close()`.
 */
export async function openPhones(kind, port, domain, accounts) {
  const phones = [];
  for (let first = 0; first < accounts.length; first += CONNECTING_AT_ONCE) {
    const some = accounts.slice(first, first + CONNECTING_AT_ONCE);
    phones.push(...(await Promise.all(some.map((account) => Phone.open(kind, port, domain, account)))));
  }
  return {
    register: (perSecond) => atRate(perSecond, phones, (phone) => phone.register()),
    close: () => phones.forEach((phone) => phone.socket.destroy()),
  };
}

async function atRate(perSecond, phones, act) {
  const startedAt = performance.now();
  const acts = [];
  for (const [index, phone] of phones.entries()) {
    const wait = startedAt + (index * 1000) / perSecond - performance.now();
    if (wait > 1) await new Promise((done) => setTimeout(done, wait));
    acts.push(act(phone));
  }
  await Promise.all(acts);
}

class Phone {
  static async open(kind, port, domain, account) {
    const phone = new Phone();
    Object.assign(phone, { kind, domain, ...account, callId: token(), tag: token(), sequence: 0, waiting: null, received: Buffer.alloc(0) });
    phone.socket = kind === "tcp" ? connectTcp(port, "127.0.0.1") : connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
    await new Promise((done, failed) => {
      phone.socket.once(kind === "tcp" ? "connect" : "secureConnect", done);
      // Once the phone is connected, a connection that breaks is a question without an answer.
      phone.socket.on("error", failed);
    });
    phone.socket.setNoDelay(true);
    if (kind === "wss") await phone.upgrade(port);
    phone.socket.on("data", (bytes) => phone.take(bytes));
    return phone;
  }

  async upgrade(port) {
    this.socket.write(`GET /sip HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: https://127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`);
    const head = (await new Promise((done) => this.socket.once("data", done))).toString();
    if (!head.startsWith("HTTP/1.1 101")) throw new Error(`no WebSocket: ${head}`);
  }

  async register() {
    const challenge = await this.ask("");
    if (challenge.status !== 401) throw new Error(`${this.user} was not challenged but got ${challenge.status}`);
    const answer = await this.ask(this.authorization(challenge.text));
    if (answer.status !== 200) throw new Error(`${this.user} got ${answer.status}`);
  }

  ask(authorization) {
    this.sequence += 1;
    const transport = this.kind === "wss" ? "ws" : this.kind;
    const via = this.kind === "wss" ? "WSS" : this.kind.toUpperCase();
    const host = `127.0.0.1:${this.socket.localPort}`;
    this.send([
      `REGISTER sip:${this.domain} SIP/2.0`, `Via: SIP/2.0/${via} ${host};branch=z9hG4bK${token()};rport`, "Max-Forwards: 70",
      `From: <sip:${this.user}@${this.domain}>;tag=${this.tag}`, `To: <sip:${this.user}@${this.domain}>`, `Call-ID: ${this.callId}`,
      `CSeq: ${this.sequence} REGISTER`, `Contact: <sip:${this.user}@${host};transport=${transport}>`, "Expires: 300",
      ...(authorization ? [authorization] : []), "Content-Length: 0", "", "",
    ].join("\r\n"));
    return new Promise((done, failed) => {
      const timer = setTimeout(() => failed(new Error(`${this.user} got no answer`)), ANSWER_SECONDS * 1000);
      this.waiting = (answer) => {
        clearTimeout(timer);
        done(answer);
      };
    });
  }

  send(text) {
    this.socket.write(this.kind === "wss" ? masked(Buffer.from(text)) : text);
  }

  /** Whole answers; those here have no body. */
  take(bytes) {
    this.received = Buffer.concat([this.received, bytes]);
    for (let end = this.received.indexOf("\r\n\r\n"); end >= 0; end = this.received.indexOf("\r\n\r\n")) {
      const text = this.received.subarray(0, end + 4).toString("latin1");
      this.received = this.received.subarray(end + 4);
      const status = Number(/SIP\/2\.0 (\d{3})/.exec(text)?.[1]);
      if (status >= 200) this.waiting?.({ status, text });
    }
  }

  authorization(text) {
    const line = text.split("\r\n").find((one) => /^WWW-Authenticate:.*\bMD5\b/i.test(one)) ?? text.split("\r\n").find((one) => /^WWW-Authenticate:/i.test(one));
    const field = (name) => new RegExp(`\\b${name}="?([^",]+)"?`, "i").exec(line)?.[1];
    const [realm, nonce, algorithm] = [field("realm"), field("nonce"), field("algorithm") ?? "MD5"];
    const hash = (value) => createHash(algorithm === "SHA-256" ? "sha256" : "md5").update(value).digest("hex");
    const [cnonce, uri] = [token(), `sip:${this.domain}`];
    const secret = hash(`${hash(`${this.user}:${realm}:${this.secret}`)}:${nonce}:00000001:${cnonce}:auth:${hash(`REGISTER:${uri}`)}`);
    const opaque = field("opaque");
    return `Authorization: Digest username="${this.user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${secret}", ` +
      `algorithm=${algorithm}, qop=auth, nc=00000001, cnonce="${cnonce}"${opaque ? `, opaque="${opaque}"` : ""}`;
  }
}

/** One text frame of a client (RFC 6455, 5.2). */
function masked(payload) {
  const mask = randomBytes(4);
  const head = Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ mask[index % 4])]);
}

function token() {
  return randomBytes(8).toString("hex");
}
