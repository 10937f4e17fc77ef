// SIPp as caller, callee and registrant: the right answer to everything that can be wrong.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";

import { scenario } from "../lib/scenario.mjs";
import { offer } from "../lib/sip_client.mjs";
import { until } from "../lib/wait.mjs";

const G711 = { formats: "0 8", millis: 300 };

/** The tenant's calls that have ended, newest first. */
async function endedCalls(api, count, from) {
  return until(`${count} ended calls`, async () => {
    const { rows } = await api.get(`/api/tenant/calls?from=${from}`);
    return rows.filter((row) => row.ended_at !== null).length >= count ? rows : null;
  });
}

/** The time on the wire: microseconds since 1970. */
function now() {
  return Date.now() * 1000;
}

// covers: TRN-03, CDR-01, CDR-05
scenario("SIPp registers, is called and answers; the call is one record", async (world) => {
  const api = await world.tenantApi("Acme");
  const from = now();
  const { port } = await world.sipp("register", "Acme", "102", { words: { status: 200, expires: 300 } });
  const callee = await world.startSipp("answer", "Acme", "102", { port, words: G711 });
  await world.sipp("call", "Acme", "101", { words: { ...G711, number: "102" } });
  assert.equal((await callee.ended).code, 0);
  const rows = await endedCalls(api, 1, from);
  assert.equal(rows.length, 1);
  assert.deepEqual([rows[0].caller, rows[0].callee, rows[0].status], ["101", "102", "answered"]);
});

scenario("SIPp over TCP registers and calls", async (world) => {
  const { port } = await world.sipp("register", "Acme", "102", { words: { status: 200, expires: 300 } });
  await world.sipp("register", "Acme", "101", { transport: "tcp", words: { status: 200, expires: 300 } });
  const callee = await world.startSipp("answer", "Acme", "102", { port, words: G711 });
  await world.sipp("call", "Acme", "101", { transport: "tcp", words: { ...G711, number: "102" } });
  assert.equal((await callee.ended).code, 0);
});

scenario("a call between two phones turns into a fax by T.38, and its packets pass both ways", async (world) => {
  const api = await world.tenantApi("Acme");
  const from = now();
  const [one, other] = [await Fax.open(), await Fax.open()];
  const { port } = await world.sipp("register", "Acme", "102", { words: { status: 200, expires: 300 } });
  const callee = await world.startSipp("answer", "Acme", "102", { port, words: { ...G711, between: "fax_answer", fax: other.port } });
  const caller = await world.startSipp("call", "Acme", "101", { words: { ...G711, number: "102", millis: 4000, bye: 4, between: "fax_offer", fax: one.port } });
  for (const [fax, run] of [[one, caller], [other, callee]]) fax.to = await until("a port of the server for the fax", () => serverPort(run.messages()));
  await until("the fax on both sides", () => {
    one.send("from 101");
    other.send("from 102");
    return one.heard.has("from 102") && other.heard.has("from 101");
  });
  assert.equal((await callee.ended).code, 0);
  assert.equal((await caller.ended).code, 0);
  const rows = await endedCalls(api, 1, from);
  const { trace } = await api.get(`/api/tenant/calls/${rows[0].id}`);
  assert.ok(trace.some((step) => step.code === "media_passed_on"), JSON.stringify(trace));
  [one, other].forEach((fax) => fax.close());
});

/** A port that a fax goes to and comes from. */
class Fax {
  static async open() {
    const fax = new Fax();
    fax.heard = new Set();
    fax.socket = createSocket("udp4").on("message", (bytes) => fax.heard.add(bytes.toString()));
    await new Promise((done) => fax.socket.bind(0, "127.0.0.1", done));
    fax.port = fax.socket.address().port;
    return fax;
  }

  send(text) {
    this.socket.send(text, this.to, "127.0.0.1");
  }

  close() {
    this.socket.close();
  }
}

/** Where the server wants the fax, in the last description that it sent with one. */
function serverPort(messages) {
  const received = messages.split(/^-{10,}.*$/m).filter((part) => /received \[/.test(part));
  return Number(received.flatMap((part) => [...part.matchAll(/^m=image (\d+) /gm)]).map(([, port]) => port).at(-1) ?? 0);
}

// covers: INB-08
scenario("a wrong number is 404 and an offline one 480, each with its reason in the call's explanation", async (world) => {
  const api = await world.tenantApi("Acme");
  const from = now();
  await world.sipp("call_refused", "Acme", "101", { words: { status: 404, number: "555", formats: "0" } });
  await world.sipp("call_refused", "Acme", "101", { words: { status: 480, number: "102", formats: "0" } });
  const rows = await endedCalls(api, 2, from);
  const reasons = await Promise.all(rows.map(async (row) => (await api.get(`/api/tenant/calls/${row.id}`)).trace.map((step) => step.code)));
  const of = (callee) => reasons[rows.findIndex((row) => row.callee === callee)];
  assert.ok(of("555").includes("number_unknown"), String(of("555")));
  assert.ok(of("102").includes("callee_offline"), String(of("102")));
});

// covers: EXT-12, SEC-07
scenario("a wrong password is 403, for a number that exists and for one that does not", async (world) => {
  await world.sipp("register", "Acme", "101", { secret: "wrong", words: { status: 403, expires: 300 } });
  const nobody = await world.client("Acme", "101", { user: "999" });
  const somebody = await world.client("Acme", "101", { secret: "wrong" });
  const [absent, present] = [await nobody.register(), await somebody.register()];
  assert.deepEqual([absent.status, present.status], [403, 403]);
});

// covers: TRN-11
scenario("a registration of a minute is 423 with the minimum", async (world) => {
  const client = await world.client("Acme", "101");
  const { status, text } = await client.register({ expires: 60 });
  assert.equal(status, 423);
  assert.match(text, /Min-Expires: 300/i);
});

scenario("a callee without a common codec is 488", async (world) => {
  await world.phone("Acme", "102", { answer: "auto" });
  const client = await world.client("Acme", "101");
  const body = offer({ formats: "18", maps: ["18 G729/8000"] });
  assert.equal((await client.invite("sip:102@acme.localhost", { body })).status, 488);
});

scenario("a phone that is busy or declines gives its answer to the caller", async (world) => {
  const { port } = await world.sipp("register", "Acme", "102", { words: { status: 200, expires: 300 } });
  await world.startSipp("decline", "Acme", "102", { port, words: { status: 486, phrase: "Busy Here" } });
  await world.sipp("call_refused", "Acme", "101", { words: { status: 486, number: "102", formats: "0" } });
});

// covers: T-11, T-04
scenario("the call above the quota is 503 and the extension above it is refused in the same words", async (world) => {
  const admin = await world.adminApi();
  const { rows } = await admin.get("/api/admin/tenants?search=Acme");
  const { id, quota } = rows[0].tenant;
  await admin.put(`/api/admin/tenants/${id}`, { tenant_id: id, quota: { ...quota, concurrent_calls_max: 1, extensions_max: 2 } });

  const phone = await world.phone("Acme", "101");
  await world.phone("Acme", "102", { answer: "auto" });
  await phone.dial("sip:102@acme.localhost");
  await phone.event("CALL_ESTABLISHED");
  const client = await world.client("Acme", "101");
  const refused = await client.invite("sip:102@acme.localhost");
  assert.equal(refused.status, 503, refused.text);
  assert.match(refused.text, /limit of 1 concurrent calls/);
  await phone.hangUp();

  const api = await world.tenantApi("Acme");
  await assert.rejects(api.post("/api/tenant/extensions", { number: "103", name: "Carol" }), /limit of 2 extensions is reached/);
});

// covers: T-07
scenario("a suspended tenant's phones are refused, and let in again when it is taken up", async (world) => {
  const admin = await world.adminApi();
  const { rows } = await admin.get("/api/admin/tenants?search=Acme");
  const { id } = rows[0].tenant;
  const client = await world.client("Acme", "101");
  assert.equal((await client.register()).status, 200);
  await admin.put(`/api/admin/tenants/${id}`, { tenant_id: id, enabled: false });
  await until("the phone is refused", async () => (await client.register()).status === 403);
  const neighbour = await world.client("Globex", "101");
  assert.equal((await neighbour.register()).status, 200);
  await admin.put(`/api/admin/tenants/${id}`, { tenant_id: id, enabled: true });
  await until("the phone is let in", async () => (await client.register()).status === 200);
});
