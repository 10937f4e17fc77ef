// A SIP client that can misbehave: one UDP socket, one request at a time, digest with any password.
import { createHash, randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";

const ANSWER_SECONDS = 5;
const RESEND_MILLIS = 500;

/** `await SipClient.open("127.0.0.1:5060", {user, secret, domain})`; `from` is its own address, `contact` the parameters of its Contact. */
export class SipClient {
  static open(server, account) {
    const client = new SipClient();
    const [host, port] = server.split(":");
    Object.assign(client, { host, serverPort: Number(port), from: "127.0.0.1", contact: "", ...account, sequence: 0, tag: token(), inbox: [], requests: [], wake: () => {} });
    client.socket = createSocket("udp4");
    client.socket.on("message", (bytes) => {
      const text = bytes.toString();
      if (/^(NOTIFY|MESSAGE) /.test(text)) client.take(text);
      else if (/^(INVITE|BYE|ACK) /.test(text)) client.talkBack(text);
      else client.inbox.push(text);
      client.wake();
    });
    return new Promise((done) => client.socket.bind(0, client.from, () => {
      client.port = client.socket.address().port;
      done(client);
    }));
  }

  /** Sends a request, answers one challenge, and gives the final `{status, text}`. */
  async ask(method, uri, options = {}) {
    const callId = token();
    const first = await this.once(method, uri, callId, options);
    if (first.status !== 401 && first.status !== 407) return first;
    return this.once(method, uri, callId, { ...options, authorization: this.authorization(first, method, uri) });
  }

  /** A request of the server: answered with 200, kept once however often it is sent. */
  take(text) {
    const lines = text.split("\r\n");
    const copied = lines.filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
    this.send(["SIP/2.0 200 OK", ...copied, "Content-Length: 0", "", ""].join("\r\n"));
    const key = copied.filter((line) => /^(From|Call-ID|CSeq):/i.test(line)).join("\n");
    if (this.requests.some((known) => known.key === key)) return;
    this.requests.push({ key, method: lines[0].split(" ")[0], text, body: text.slice(text.indexOf("\r\n\r\n") + 4) });
  }

  /** Takes every call, at once. */
  talkBack(text) {
    const lines = text.split("\r\n");
    const method = lines[0].split(" ")[0];
    if (method === "ACK") return;
    const copied = lines.filter((line) => /^(Via|From|Call-ID|CSeq|Record-Route):/i.test(line));
    const to = lines.find((line) => /^To:/i.test(line));
    const body = method === "INVITE" ? offer() : "";
    this.send(["SIP/2.0 200 OK", ...copied, /;tag=/.test(to) ? to : `${to};tag=${this.tag}`, `Contact: <sip:${this.user}@${this.from}:${this.port}>`,
      ...(body ? ["Content-Type: application/sdp"] : []), `Content-Length: ${Buffer.byteLength(body)}`, "", body].join("\r\n"));
  }

  /** Calls, is answered, and hangs up; gives the status of the INVITE and of the BYE. */
  async talk(number) {
    const call = await this.call(number);
    return call.status === 200 ? [call.status, (await call.hangUp()).status] : [call.status];
  }

  /** Calls with its sound at `port`; gives `{status}`, and when it was answered `sound` as `{host, port}`, and `hangUp()`. */
  async call(number, { port } = {}) {
    const [uri, callId] = [`sip:${number}@${this.domain}`, token()];
    const body = offer({ port });
    let answer = await this.once("INVITE", uri, callId, { body });
    if (answer.status === 401) answer = await this.once("INVITE", uri, callId, { body, authorization: this.authorization(answer, "INVITE", uri) });
    if (answer.status !== 200) return { status: answer.status };
    const toTag = /^To:[^\r\n]*(;tag=[^\r\n;]+)/im.exec(answer.text)[1];
    const target = /^Contact: *<([^>]+)>/im.exec(answer.text)[1];
    this.send([`ACK ${target} SIP/2.0`, `Via: SIP/2.0/UDP ${this.from}:${this.port};branch=z9hG4bK${token()};rport`, "Max-Forwards: 70",
      `From: <sip:${this.user}@${this.domain}>;tag=${this.tag}`, `To: <${uri}>${toTag}`, `Call-ID: ${callId}`, `CSeq: ${this.sequence} ACK`,
      "Content-Length: 0", "", ""].join("\r\n"));
    const sound = { host: /^c=IN IP4 (\S+)/m.exec(answer.text)[1], port: Number(/^m=audio (\d+)/m.exec(answer.text)[1]) };
    return { status: 200, sound, hangUp: () => this.once("BYE", target, callId, { to: uri, toTag }) };
  }

  subscribe(event, number, options) {
    return this.ask("SUBSCRIBE", `sip:${number}@${this.domain}`, { expires: 300, headers: [`Event: ${event}`], ...options });
  }

  message(number, body) {
    return this.ask("MESSAGE", `sip:${number}@${this.domain}`, { body, type: "text/plain" });
  }

  register(options) {
    return this.ask("REGISTER", `sip:${this.domain}`, { to: `sip:${this.user}@${this.domain}`, expires: 300, ...options });
  }

  invite(uri, options) {
    return this.ask("INVITE", uri, { body: offer(), ...options });
  }

  async once(method, uri, callId, { to = uri, expires, body = "", type = "application/sdp", headers = [], authorization, toTag: ownTag = "" } = {}) {
    this.sequence += 1;
    const branch = `z9hG4bK${token()}`;
    const request = (verb, toTag = "") => [
      `${verb} ${uri} SIP/2.0`, `Via: SIP/2.0/UDP ${this.from}:${this.port};branch=${branch};rport`, "Max-Forwards: 70",
      `From: <sip:${this.user}@${this.domain}>;tag=${this.tag}`, `To: <${to}>${toTag}`, `Call-ID: ${callId}`,
      `CSeq: ${this.sequence} ${verb}`, `Contact: <sip:${this.user}@${this.from}:${this.port}>${this.contact}`,
    ];
    const lines = request(method, ownTag);
    if (expires !== undefined) lines.push(`Expires: ${expires}`);
    if (authorization) lines.push(authorization);
    lines.push(...headers);
    if (body) lines.push(`Content-Type: ${type}`);
    lines.push(`Content-Length: ${Buffer.byteLength(body)}`, "", body);
    const answer = await this.exchange(lines.join("\r\n"), branch);
    if (method === "INVITE" && answer.status >= 300) {
      const toTag = /^To:[^\r\n]*(;tag=[^\r\n;]+)/im.exec(answer.text)?.[1] ?? "";
      this.send([...request("ACK", toTag), "Content-Length: 0", "", ""].join("\r\n"));
    }
    return answer;
  }

  /** Sends, and sends again until something comes; gives the final answer to this branch. */
  async exchange(text, branch) {
    const end = performance.now() + ANSWER_SECONDS * 1000;
    let answered = false;
    while (performance.now() < end) {
      if (!answered) this.send(text);
      await Promise.race([new Promise((done) => (this.wake = done)), new Promise((done) => setTimeout(done, RESEND_MILLIS))]);
      for (const message of this.inbox.splice(0)) {
        if (!message.includes(branch)) continue;
        answered = true;
        const status = Number(/^SIP\/2\.0 (\d{3})/.exec(message)?.[1]);
        if (status >= 200) return { status, text: message };
      }
    }
    return { status: 0, text: "" };
  }

  send(text) {
    this.socket.send(text, this.serverPort, this.host);
  }

  authorization({ status, text }, method, uri) {
    const challenges = text.split("\r\n").filter((line) => /^(WWW|Proxy)-Authenticate:\s*Digest/i.test(line));
    const challenge = challenges.find((line) => /algorithm="?MD5"?(,|$)/i.test(line) || !/algorithm=/i.test(line)) ?? challenges[0];
    const field = (name) => new RegExp(`\\b${name}="?([^",]+)"?`, "i").exec(challenge)?.[1];
    const [realm, nonce, opaque] = [field("realm"), field("nonce"), field("opaque")];
    const [cnonce, nc] = [token(), "00000001"];
    const secret = md5(`${md5(`${this.user}:${realm}:${this.secret}`)}:${nonce}:${nc}:${cnonce}:auth:${md5(`${method}:${uri}`)}`);
    return `${status === 401 ? "Authorization" : "Proxy-Authorization"}: Digest username="${this.user}", realm="${realm}", ` +
      `nonce="${nonce}", uri="${uri}", response="${secret}", algorithm=MD5, qop=auth, nc=${nc}, cnonce="${cnonce}"` +
      (opaque ? `, opaque="${opaque}"` : "");
  }

  close() {
    this.socket.close();
  }
}

/** An offer of one audio stream with these payload types. */
export function offer({ formats = "0 8 101", maps = ["0 PCMU/8000", "8 PCMA/8000", "101 telephone-event/8000"], port = 39000 } = {}) {
  return ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", `m=audio ${port} RTP/AVP ${formats}`,
    ...maps.map((map) => `a=rtpmap:${map}`), "a=sendrecv", ""].join("\r\n");
}

function md5(text) {
  return createHash("md5").update(text).digest("hex");
}

function token() {
  return randomBytes(8).toString("hex");
}
