// Calls to and from the outside: the demo's carrier, SIPp as carriers that fail, Kamailio with digest.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Authority } from "../lib/authority.mjs";
import { Baresip } from "../lib/baresip.mjs";
import { startKamailio } from "../lib/kamailio.mjs";
import { freePort } from "../lib/ports.mjs";
import { scenario } from "../lib/scenario.mjs";
import { sipp, startSipp } from "../lib/sipp.mjs";
import { heardSeconds, readWav } from "../lib/tone.mjs";
import { until } from "../lib/wait.mjs";

const FORMATS = { formats: "0\na=rtpmap:0 PCMU/8000" };
/** The tone of the demo's carrier, in Hz. */
const CARRIER_HZ = 1000;

/** The seconds of the carrier's tone that a phone has heard. */
function carrierHeard(phone) {
  const files = readdirSync(phone.folder).filter((name) => name.endsWith("-dec.wav"));
  return files.reduce((sum, name) => sum + heardSeconds(readWav(readFileSync(join(phone.folder, name))), { carrier: CARRIER_HZ }).carrier, 0);
}

async function trunks(world) {
  return (await (await world.adminApi()).get("/api/admin/trunks")).rows;
}

function standing(world, name, state) {
  return until(`the trunk ${name} is ${state}`, async () => {
    const found = (await trunks(world)).find((trunk) => trunk.name === name);
    return found?.standing.state === state && found;
  });
}

/** A trunk to a port of this machine, for Acme, with these numbers. */
async function addTrunk(world, name, port, did_pool, more = {}) {
  const admin = await world.adminApi();
  const acme = (await admin.get("/api/admin/tenants?search=Acme")).rows[0].tenant.id;
  return admin.post("/api/admin/trunks", {
    name, host: "127.0.0.1", port, assignments: [{ tenant_id: acme, did_pool }], ...more,
  });
}

async function lastCall(world) {
  return (await (await world.tenantApi("Acme")).get("/api/tenant/calls?limit=1")).rows[0];
}

// covers: TRK-01, TRK-03, OUT-03, TRK-12
scenario("the demo's carrier answers with a tone, is busy, and calls back", async (world) => {
  const carrier = await standing(world, "Practice carrier", "connected");
  const found = await (await world.adminApi()).post(`/api/admin/trunks/${carrier.id}/test`, {});
  assert.deepEqual(found.map(({ check, verdict }) => [check, verdict]), ["In use", "Found", "Answers", "Codecs", "Sound", "Calls in", "Calls out", "Caller id"].map((check) => [check, "good"]), JSON.stringify(found));
  const seen = await (await world.tenantApi("Acme")).post(`/api/tenant/trunks/${carrier.id}/test`, {});
  assert.match(seen.find(({ check }) => check === "Answers").detail, /^200 after \d+ ms\.$/);
  const phone = await world.phone("Acme", "101");
  await phone.dial("sip:01001@acme.localhost");
  await phone.event("CALL_ESTABLISHED");
  await until("the tone is heard", () => carrierHeard(phone) > 1);
  await phone.hangUp();
  const record = await until("the record is closed", async () => {
    const call = await lastCall(world);
    return call.ended_at && call;
  });
  assert.deepEqual([record.direction, record.callee, record.outbound_caller_id], ["out", "01001", "12025550100"]);
  assert.match(record.final_destination, /^sip:1001@127\.0\.0\.1/);

  const client = await world.client("Acme", "102");
  assert.equal((await client.invite("sip:01004@acme.localhost")).status, 486);
  assert.equal((await client.invite("sip:01404@acme.localhost")).status, 404);
  assert.equal((await client.invite("sip:991001@acme.localhost")).status, 404, "no rule takes it");

  const before = phone.events.length;
  assert.equal((await client.invite("sip:02001@acme.localhost")).status, 480);
  await phone.event("CALL_INCOMING", { after: before });
  await phone.answer();
  await until("the caller is heard", () => carrierHeard(phone) > 2);
  await phone.hangUp();
  const back = await until("the call back is recorded", async () => {
    const call = await lastCall(world);
    return call.direction === "in" && call.ended_at && call;
  });
  assert.deepEqual([back.caller, back.did_cid, back.callee_name], ["2001", "12025550100", "Alice"]);
});

// covers: OUT-02, TRK-11
scenario("carrier A is killed in the middle of a call: the call after it goes by B, and the page says what happened", async (world) => {
  const [portA, portB] = [await freePort(), await freePort()];
  const words = { ...FORMATS, millis: 100 };
  const a = await startSipp("answer", undefined, { words, port: portA, calls: 5, seconds: 60 });
  const b = await startSipp("answer", undefined, { words, port: portB, calls: 1, seconds: 60, transport: "tcp" });
  const first = await addTrunk(world, "Carrier A", portA, "49301110-49301119", { options_seconds: null });
  const second = await addTrunk(world, "Carrier B", portB, "", { options_seconds: null, transport: "tcp" });
  const tenant = await world.tenantApi("Acme");
  await tenant.post("/api/tenant/outbound-rules", {
    name: "Abroad", prefixes: "88", caller_id: "49301111",
    routes: [{ trunk_id: first.id, strip: 2, prepend: "+44" }, { trunk_id: second.id, strip: 0, prepend: "" }],
  });
  const phone = await world.phone("Acme", "101");
  await until("the rule holds", async () =>
    (await tenant.get(`/api/tenant/simulation?extension_id=${(await tenant.get("/api/tenant/extensions?search=101")).rows[0].extension.id}&dialled=882345`)).rung.length > 0);
  await phone.dial("sip:882345@acme.localhost");
  await phone.event("CALL_ESTABLISHED");
  assert.match(a.messages(), /INVITE sip:\+442345@127\.0\.0\.1/);
  assert.match(a.messages(), /From: "Alice" <sip:49301111@127\.0\.0\.1>/);
  a.stop();
  await phone.hangUp();

  const before = phone.events.length;
  const dialledAt = performance.now();
  await phone.dial("sip:882345@acme.localhost");
  await phone.event("CALL_ESTABLISHED", { after: before });
  assert.ok(performance.now() - dialledAt < 8000, "the next way is tried within seconds");
  assert.match(b.messages(), /INVITE sip:882345@127\.0\.0\.1/);
  const running = (await tenant.get("/api/tenant/live-calls")).rows?.[0] ?? (await lastCall(world));
  assert.ok(running);
  await phone.hangUp();
  assert.equal((await b.ended).code, 0);
  const trace = await until("the trace is told", async () => {
    const call = await lastCall(world);
    return call.ended_at && (await tenant.get(`/api/tenant/calls/${call.id}`));
  });
  assert.ok(JSON.stringify(trace).includes("trunk_silent"), JSON.stringify(trace).slice(0, 2000));
});

// covers: INB-01, INB-04, INB-08
scenario("SIPp as a carrier calls a number: a phone rings, a browser rings, and what no rule takes is refused", async (world) => {
  const bob = await world.user("Acme", "102", "bob");
  const phone = await world.phone("Acme", "101", { answer: "auto" });
  const port = await freePort();
  const trunk = await addTrunk(world, "Carrier", port, "49301110-49301119", { options_seconds: null });
  const tenant = await world.tenantApi("Acme");
  const people = (await tenant.get("/api/tenant/extensions")).rows.map((row) => row.extension);
  const to = (number) => ({ kind: "extension", extension_id: people.find((one) => one.number === number).id });
  await tenant.post("/api/tenant/inbound-rules", { name: "Desk", trunk_id: trunk.id, did_mask: "49301110", open: to("101") });
  await tenant.post("/api/tenant/inbound-rules", { name: "Browser", trunk_id: trunk.id, did_mask: "49301111", open: to("102") });
  await until("the rules hold", async () =>
    (await tenant.get(`/api/tenant/simulation?trunk_id=${trunk.id}&caller=1&dialled=49301110`)).status === null);
  const call = (did) => sipp("inbound", world.belfry.addresses.udp, { port, words: { did, caller: "+4940777", millis: 500 } });
  await call("+49301110");
  await phone.event("CALL_ESTABLISHED");
  const ringing = call("49301111");
  await bob.callState("incoming");
  await bob.answer();
  await ringing;
  const record = await until("the record is closed", async () => {
    const last = await lastCall(world);
    return last.ended_at && last;
  });
  assert.deepEqual([record.direction, record.caller, record.did_cid, record.callee_name], ["in", "+4940777", "49301111", "Bob"]);
  const refused = await startSipp("inbound", world.belfry.addresses.udp, { port, words: { did: "49301119", caller: "1", millis: 1 } });
  assert.notEqual((await refused.ended).code, 0);
  assert.match(refused.messages(), /SIP\/2\.0 404/);
});

// covers: TRK-02
scenario("a trunk is registered with Kamailio by digest; calls go out by it with digest, and come in by the registration", async (world) => {
  const subscriber = await freePort();
  const kamailio = await startKamailio({ account: "account7", secret: "trunk-secret", subscriber });
  world.others.push(kamailio);
  const settings = { mode: "register", username: "account7", outbound: { request_host: { is: "custom", text: "carrier.test" }, from: { host: { is: "custom", text: "carrier.test" } } } };
  const wrong = await addTrunk(world, "Wrong", kamailio.port, "", { ...settings, password: "guess" });
  assert.match((await standing(world, "Wrong", "disconnected")).standing.why, /401 to REGISTER/);
  const trunk = await addTrunk(world, "Kamailio", kamailio.port, "49301110-49301119", { ...settings, password: "trunk-secret" });
  assert.equal((await standing(world, "Kamailio", "connected")).standing.why, "registered");
  const admin = await world.adminApi();
  await admin.delete(`/api/admin/trunks/${wrong.id}`);

  const tenant = await world.tenantApi("Acme");
  const people = (await tenant.get("/api/tenant/extensions")).rows.map((row) => row.extension);
  const alice = people.find((one) => one.number === "101");
  await tenant.post("/api/tenant/outbound-rules", { name: "All", prefixes: "77", routes: [{ trunk_id: trunk.id, strip: 2, prepend: "" }] });
  await tenant.post("/api/tenant/inbound-rules", {
    name: "Desk", trunk_id: trunk.id, did_mask: "49301110", open: { kind: "extension", extension_id: alice.id },
  });
  await until("the rules hold", async () => (await tenant.get(`/api/tenant/simulation?extension_id=${alice.id}&dialled=775551234`)).status === null);
  const phone = await world.phone("Acme", "101", { answer: "auto" });
  const callee = await startSipp("answer", undefined, { words: { ...FORMATS, millis: 100 }, port: subscriber, calls: 1, seconds: 40 });
  await phone.dial("sip:775551234@acme.localhost");
  await phone.event("CALL_ESTABLISHED");
  assert.match(callee.messages(), /INVITE sip:5551234@/);
  await phone.hangUp();
  assert.equal((await callee.ended).code, 0);
  const before = phone.events.length;
  await sipp("inbound", `127.0.0.1:${kamailio.port}`, { port: subscriber, words: { did: "49301110", caller: "+4940777", millis: 300 } });
  await phone.event("CALL_ESTABLISHED", { after: before });
});

// covers: TRK-04
scenario("a gateway without an address of its own registers here, is called, and calls in", async (world) => {
  const tenant = await world.tenantApi("Acme");
  const trunk = await addTrunk(world, "Gateway", 5060, "49301110-49301119", { mode: "accept", host: "gateway.trunk", username: "gw", password: "of-the-trunk" });
  assert.equal((await standing(world, "Gateway", "disconnected")).standing.why, "not registered here yet");
  const alice = (await tenant.get("/api/tenant/extensions?search=101")).rows[0].extension;
  await tenant.post("/api/tenant/outbound-rules", { name: "Abroad", prefixes: "88", routes: [{ trunk_id: trunk.id, strip: 2, prepend: "+44" }] });
  await tenant.post("/api/tenant/inbound-rules", { name: "Desk", trunk_id: trunk.id, did_mask: "49301110", open: { kind: "extension", extension_id: alice.id } });
  const phone = await world.phone("Acme", "101", { tone: "phone", answer: "auto" });
  const client = await world.client("Acme", "102");
  assert.equal((await client.invite("sip:882345@acme.localhost")).status, 503, "nobody is there yet");

  const account = { user: "gw", secret: "of-the-trunk", domain: "gateway.trunk" };
  const stranger = await world.client("Acme", "101", { ...account, secret: "guess" });
  assert.equal((await stranger.register()).status, 403);
  assert.equal((await standing(world, "Gateway", "disconnected")).standing.why, "not registered here yet");
  // One that takes any number: its contact is called with the number that was dialled.
  const box = await world.client("Acme", "101", account);
  assert.equal((await box.register()).status, 200);
  assert.equal((await standing(world, "Gateway", "connected")).standing.why, "registered here");
  await phone.dial("sip:882345@acme.localhost");
  await phone.event("CALL_ESTABLISHED");
  await phone.hangUp();
  await until("the call out is recorded", async () => (await lastCall(world)).final_destination === `sip:+442345@127.0.0.1:${box.port}`);
  // Another device signs in: the last one counts.
  const gateway = await world.phoneOf(account, { tone: "desk" });
  const before = phone.events.length;
  await gateway.dial("sip:49301110@gateway.trunk");
  await phone.event("CALL_ESTABLISHED", { after: before });
  await until("they hear each other", () => phone.heard().desk > 0.8 && gateway.heard().phone > 0.8);
  await gateway.hangUp();
  await phone.event("CALL_CLOSED", { after: before });
  const record = await until("the call in is recorded", async () => {
    const call = await lastCall(world);
    return call.direction === "in" && call.ended_at && call;
  });
  assert.deepEqual([record.did_cid, record.callee_name], ["49301110", "Alice"]);
  await gateway.stop();
  assert.equal((await standing(world, "Gateway", "disconnected")).standing.why, "signed off");
  assert.equal((await client.invite("sip:882345@acme.localhost")).status, 503);
});

// covers: TRK-05, TRK-01
scenario("a trunk over TLS proves its name, carries protected sound, and says what is wrong with a certificate", { secure: true }, async (world) => {
  const [authority, other] = ["carrier", "stranger"].map((name) => new Authority(join(world.belfry.home, name)));
  const own = authority.issue("carrier", "IP:127.0.0.1");
  const certificate = join(world.belfry.home, "carrier.pem");
  writeFileSync(certificate, readFileSync(own.certificate) + readFileSync(own.key));
  const carrier = await Baresip.start(join(world.belfry.home, "carrier"), { user: "4930555", domain: "127.0.0.1" }, {
    tone: "desk", answer: "auto", register: false, transport: "tls", certificate, encryption: "srtp-mand", trace: true, ca: await world.root(),
  });
  world.others.push(carrier);
  const settings = { transport: "tls", options_seconds: 5 };
  const admin = await world.adminApi();
  await assert.rejects(addTrunk(world, "Broken", carrier.tlsPort, "", { ...settings, roots: "words" }), /422.*roots/s);
  const wrong = await addTrunk(world, "Wrong", carrier.tlsPort, "", { ...settings, roots: other.pem });
  assert.match((await standing(world, "Wrong", "disconnected")).standing.why, /no answer to OPTIONS: TLS: invalid peer certificate/);
  await admin.delete(`/api/admin/trunks/${wrong.id}`);
  const trunk = await addTrunk(world, "Secure", carrier.tlsPort, "49301110-49301119", { ...settings, roots: authority.pem, requires_srtp: true });
  const found = await standing(world, "Secure", "connected");
  assert.deepEqual(found.standing.targets, [`tls 127.0.0.1:${carrier.tlsPort}`]);

  const tenant = await world.tenantApi("Acme");
  const alice = (await tenant.get("/api/tenant/extensions?search=101")).rows[0].extension;
  await tenant.post("/api/tenant/outbound-rules", { name: "Abroad", prefixes: "77", routes: [{ trunk_id: trunk.id, strip: 2, prepend: "" }] });
  await tenant.post("/api/tenant/inbound-rules", { name: "Desk", trunk_id: trunk.id, did_mask: "49301110", open: { kind: "extension", extension_id: alice.id } });
  const phone = await world.phone("Acme", "101", { tone: "phone", answer: "auto" });
  await phone.dial("sip:774930555@acme.localhost");
  await phone.event("CALL_ESTABLISHED");
  await until("they hear each other", () => phone.heard().desk > 0.8 && carrier.heard().phone > 0.8);
  assert.match(carrier.output, /m=audio \d+ RTP\/SAVP /);
  assert.match(carrier.output, new RegExp(`INVITE sip:4930555@127\\.0\\.0\\.1:${carrier.tlsPort};transport=tls`));
  await phone.hangUp();
  await carrier.event("CALL_CLOSED");

  const before = phone.events.length;
  await carrier.dial(`sip:49301110@${world.belfry.addresses.tls};transport=tls`);
  await phone.event("CALL_ESTABLISHED", { after: before });
  await carrier.hangUp();
  const record = await until("the call in is recorded", async () => {
    const call = await lastCall(world);
    return call.direction === "in" && call.ended_at && call;
  });
  assert.deepEqual([record.did_cid, record.callee_name], ["49301110", "Alice"]);
});
