// Everybody calls everybody: phones by other people over each transport, SIPp and a browser, with a tone proved both ways.
import assert from "node:assert/strict";

import { Rtp } from "../lib/rtp.mjs";
import { scenario } from "../lib/scenario.mjs";
import { until } from "../lib/wait.mjs";

const HEARD_SECONDS_MIN = 0.5;
const CALL_SECONDS_MAX = 15;
/** As long as a call of SIPp's lasts. */
const SIPP_MILLIS = 4000;
const ANSWERS_MAX = 100;

/** A phone whose account is `number`, which answers by itself. */
class BaresipEnd {
  constructor(phone, tone) {
    Object.assign(this, { phone, tone });
  }

  async ready() {
    this.past = this.phone.events.length;
  }

  call(number) {
    return this.phone.dial(`sip:${number}@acme.localhost`);
  }

  async answer() {}

  heard() {
    return this.phone.heardLast();
  }

  hangUp() {
    return this.phone.hangUp();
  }

  over() {
    return this.phone.event("CALL_CLOSED", { after: this.past });
  }
}

class LinphoneEnd {
  constructor(phone, tone) {
    Object.assign(this, { phone, tone });
  }

  async ready() {
    this.phone.recordAnew();
    this.past = this.phone.output.length;
  }

  async call(number) {
    this.phone.say(`call sip:${number}@acme.localhost`);
  }

  async answer() {}

  async heard() {
    return this.phone.heard();
  }

  async hangUp() {
    this.phone.say("terminate");
  }

  over() {
    return this.phone.said(/ ended /, { after: this.past });
  }
}

class BrowserEnd {
  constructor(person) {
    Object.assign(this, { person, tone: person.name });
  }

  async ready() {}

  call(number) {
    return this.person.dial(number);
  }

  async answer() {
    await this.person.callState("incoming");
    await this.person.answer();
  }

  heard() {
    return this.person.heard(1);
  }

  hangUp() {
    return this.person.hangUp();
  }

  over() {
    return this.person.callOver();
  }
}

/** SIPp speaks SIP, `Rtp` speaks and listens beside it. */
class SippEnd {
  static async start(world, account, transport, tone) {
    const rtp = await Rtp.open(tone);
    world.others.push({ stop: () => rtp.close() });
    const end = Object.assign(new SippEnd(), { world, account, transport, tone, rtp });
    const words = { expires: 300, status: 200, formats: "0", millis: 200, media: rtp.port, stay: 600_000 };
    if (transport === "udp") {
      const { port } = await world.sippAs("register", account, { words });
      end.callee = await world.startSippAs("answer", account, { port, words, calls: ANSWERS_MAX, seconds: 600 });
    } else {
      // Who registered over a connection is called by it.
      end.callee = await world.startSippAs("stay", account, { transport, words, beside: "answer", seconds: 600 });
      await until("SIPp is registered", () => /^SIP\/2\.0 200/m.test(end.callee.messages()));
    }
    return end;
  }

  async ready() {
    this.caller = undefined;
    this.past = this.callee.messages().length;
  }

  async call(number) {
    const words = { formats: "0", millis: SIPP_MILLIS, media: this.rtp.port, number };
    this.caller = await this.world.startSippAs("call", this.account, { transport: this.transport, words });
    await this.talk(() => this.caller.messages(), /^SIP\/2\.0 200/m);
  }

  answer() {
    return this.talk(() => this.callee.messages().slice(this.past), /^INVITE sip:/m);
  }

  /** Sound goes where the description says that came in such a message. */
  async talk(messages, kind) {
    const described = () => messages().split(/^-{10,}.*$/m).findLast((text) => / received /.test(text) && kind.test(text) && /^m=audio/m.test(text));
    const text = await until("SIPp is described where sound goes", described);
    this.rtp.begin({ host: /^c=IN IP4 (\S+)/m.exec(text)[1], port: Number(/^m=audio (\d+)/m.exec(text)[1]) });
  }

  async heard() {
    return this.rtp.heard();
  }

  /** It hangs up by itself. */
  async hangUp() {}

  async over() {
    if (this.caller) {
      const { code, output } = await this.caller.ended;
      assert.equal(code, 0, output);
    } else {
      await until("SIPp's call is over", () => /^BYE sip:/m.test(this.callee.messages().slice(this.past)));
    }
    this.rtp.end();
  }
}

/** Rounds in which everybody meets everybody once, each in one pair at a time (Lucas, 1883). */
function rounds(everybody) {
  const seats = everybody.length % 2 ? [...everybody, null] : [...everybody];
  return Array.from({ length: seats.length - 1 }, () => {
    const pairs = Array.from({ length: seats.length / 2 }, (_, index) => [seats[index], seats[seats.length - 1 - index]]);
    seats.splice(1, 0, seats.pop());
    return pairs.filter((pair) => pair.every(Boolean));
  });
}

/** One call; fails with who does not hear whom. */
async function meet(caller, callee) {
  const what = `${caller.name} calls ${callee.name}`;
  await Promise.all([caller.ready(), callee.ready()]);
  await Promise.all([caller.call(callee.number), callee.answer()]).catch((error) => {
    throw new Error(`${what}: ${error.message}`);
  });
  for (const [one, other] of [[caller, callee], [callee, caller]]) {
    let heard;
    await until(`${what}, ${one.name} hears`, async () => {
      heard = await one.heard();
      return heard[other.tone] >= HEARD_SECONDS_MIN;
    }, CALL_SECONDS_MAX).catch((error) => {
      throw new Error(`${error.message}: ${JSON.stringify(heard)}`);
    });
    const foreign = Object.entries(heard).filter(([tone, seconds]) => tone !== other.tone && seconds >= 0.2);
    assert.deepEqual(foreign, [], `${what}: ${one.name} hears somebody else`);
  }
  await caller.hangUp();
  await Promise.all([caller.over(), callee.over()]);
}

/** The table of who was called by whom. */
function table(everybody, done) {
  const cell = (caller, callee) => (caller === callee ? "—" : done.get(`${caller.name}>${callee.name}`) ?? "not tried");
  const rows = [["calls →", ...everybody.map(({ name }) => name)], ...everybody.map((caller) => [caller.name, ...everybody.map((callee) => cell(caller, callee))])];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((text, column) => text.padEnd(widths[column])).join("  ")).join("\n");
}

// covers: TRN-02, TRN-03, TRN-04, TRN-05, SET-19
scenario("phones over UDP, TCP and TLS, SIPp and a browser call each other in every pair", { secure: true }, async (world) => {
  const ca = await world.root();
  const account = (number) => world.newAccount("Acme", number);
  const baresip = async (number, tone, options) => new BaresipEnd(await world.phoneOf(await account(number), { tone, answer: "auto", ...options }), tone);
  const everybody = [
    ["baresip UDP", "111", () => baresip("111", "phone", {})],
    ["baresip TCP", "112", () => baresip("112", "desk", { transport: "tcp" })],
    ["baresip TLS SRTP", "113", () => baresip("113", "door", { transport: "tls", ca, encryption: "srtp-mand" })],
    ["linphone TLS", "114", async () => new LinphoneEnd(await world.linphoneOf(await account("114"), { tone: "alice", answer: "auto", ca }), "alice")],
    ["SIPp UDP", "115", async () => SippEnd.start(world, await account("115"), "udp", "hall")],
    ["SIPp TCP", "116", async () => SippEnd.start(world, await account("116"), "tcp", "lab")],
    ["Chromium WSS", "102", async () => new BrowserEnd(await world.user("Acme", "102", "bob"))],
  ];
  const ends = [];
  for (const [name, number, start] of everybody) ends.push(Object.assign(await start(), { name, number }));
  const done = new Map();
  for (const pairs of [...rounds(ends), ...rounds(ends).map((all) => all.map((pair) => pair.toReversed()))]) {
    await Promise.all(pairs.map(async ([caller, callee]) => {
      done.set(`${caller.name}>${callee.name}`, "failed");
      const from = performance.now();
      await meet(caller, callee);
      done.set(`${caller.name}>${callee.name}`, `heard, ${((performance.now() - from) / 1000).toFixed(1)} s`);
    })).catch((error) => {
      console.log(table(ends, done));
      throw error;
    });
  }
  console.log(table(ends, done));
  assert.equal([...done.values()].filter((word) => word.startsWith("heard")).length, ends.length * (ends.length - 1));
});
