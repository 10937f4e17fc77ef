// What a carrier is told of who calls whom, for each way that a trunk can be set up, read off the wire by SIPp.
import assert from "node:assert/strict";

import { freePort } from "../lib/ports.mjs";
import { scenario } from "../lib/scenario.mjs";
import { startSipp } from "../lib/sipp.mjs";
import { until } from "../lib/wait.mjs";

const is = (variable, text) => (text === undefined ? { is: variable } : { is: variable, text });
const DECLINED = 603;
const DECLINES = { status: DECLINED, phrase: "Decline" };

/** Rows: the way, what the trunk is set to, what the phone sends besides, and what the INVITE has then. */
const ROWS = [
  ["as a rule", {}, [], { uri: /^sip:\+442345@127\.0\.0\.1:\d+$/, From: /^"Alice" <sip:49301111@127\.0\.0\.1>/, To: /^<sip:\+442345@127\.0\.0\.1>$/, "P-Asserted-Identity": null, "Remote-Party-ID": null, Privacy: null }],
  ["the extension's number", { from: { user: is("caller_number") } }, [], { From: /^"Alice" <sip:101@127\.0\.0\.1>/ }],
  ["the account", { from: { user: is("auth_id"), display: is("caller_number") } }, [], { From: /^"101" <sip:auth7@127\.0\.0\.1>/ }],
  ["free words", { from: { user: is("custom", "desk"), display: is("custom", "Front desk"), host: is("custom", "carrier.test") } }, [], { From: /^"Front desk" <sip:desk@carrier\.test>/ }],
  ["the tenant's domain", { from: { host: is("sip_domain") }, to: { host: is("sip_domain") } }, [], { From: /^"Alice" <sip:49301111@acme\.localhost>/, To: /^<sip:\+442345@acme\.localhost>$/ }],
  ["our address", { from: { host: is("out_host_port") } }, [], { From: /^"Alice" <sip:49301111@[\d.]+:SERVER>/ }],
  ["the trunk's address with its port", { from: { host: is("trunk_host_port") } }, [], { From: /^"Alice" <sip:49301111@127\.0\.0\.1:CARRIER>/ }],
  ["the Request-URI", { request_user: is("custom", "gateway"), request_host: is("custom", "carrier.test") }, [], { uri: /^sip:gateway@carrier\.test$/, To: /^<sip:\+442345@127\.0\.0\.1>$/ }],
  ["P-Asserted-Identity", { asserted: {} }, [], { "P-Asserted-Identity": /^"Alice" <sip:49301111@127\.0\.0\.1>$/ }],
  ["P-Preferred-Identity", { preferred: { user: is("caller_number") } }, [], { "P-Preferred-Identity": /^"Alice" <sip:101@127\.0\.0\.1>$/ }],
  ["Remote-Party-ID", { remote_party: {} }, [], { "Remote-Party-ID": /^"Alice" <sip:49301111@127\.0\.0\.1>;party=calling;screen=yes;privacy=off$/ }],
  ["P-Called-Party-ID", { called_party: {} }, [], { "P-Called-Party-ID": /^<sip:\+442345@127\.0\.0\.1>$/ }],
  ["nobody, but for who has a right to know", { from: { user: is("anonymous") }, asserted: {} }, [], { From: /^"Anonymous" <sip:anonymous@anonymous\.invalid>/, "P-Asserted-Identity": /<sip:49301111@/, Privacy: /^id$/ }],
  ["Privacy none", { privacy: "none" }, [], { Privacy: /^none$/ }],
  ["Privacy header", { privacy: "header" }, [], { Privacy: /^header$/ }],
  ["the phone's wish", { remote_party: {} }, ["X-Outbound-Cli: rewrite-from=49301112, rewrite-rpi=49301113"], { From: /<sip:49301112@127\.0\.0\.1>/, "Remote-Party-ID": /<sip:49301113@127\.0\.0\.1>/, "X-Outbound-Cli": null }],
  ["the phone's wish for a number that is not the tenant's", {}, ["X-Outbound-Cli: rewrite-from=4930999"], { From: /<sip:49301111@127\.0\.0\.1>/, "X-Outbound-Cli": null }],
];

// covers: TRK-09, TRK-12, CLI-02, CLI-04, CLI-06
scenario("a carrier reads who calls where its trunk is set to say so", async (world) => {
  const port = await freePort();
  const carrier = await startSipp("decline", undefined, { words: DECLINES, port, calls: ROWS.length, seconds: 60 });
  const admin = await world.adminApi();
  const acme = (await admin.get("/api/admin/tenants?search=Acme")).rows[0].tenant.id;
  const trunk = {
    name: "Carrier", host: "127.0.0.1", port, options_seconds: null, username: "account7", auth_name: "auth7",
    assignments: [{ tenant_id: acme, did_pool: "49301110-49301119" }],
  };
  const made = await admin.post("/api/admin/trunks", trunk);
  const tenant = await world.tenantApi("Acme");
  await tenant.post("/api/tenant/outbound-rules", {
    name: "Abroad", prefixes: "88", caller_id: "49301111", routes: [{ trunk_id: made.id, strip: 2, prepend: "+44" }],
  });
  const phone = await world.client("Acme", "101");
  const places = { SERVER: world.belfry.addresses.udp.split(":")[1], CARRIER: String(port) };
  for (const [way, outbound, headers, expected] of ROWS) {
    await admin.put(`/api/admin/trunks/${made.id}`, { ...trunk, outbound });
    const before = invites(carrier).length;
    assert.equal((await phone.invite("sip:882345@acme.localhost", { headers })).status, DECLINED, way);
    const invite = await until(`the carrier has the INVITE: ${way}`, () => invites(carrier)[before]);
    for (const [part, pattern] of Object.entries(expected)) {
      const found = part === "uri" ? /^INVITE (\S+) /.exec(invite)[1] : new RegExp(`^${part}: *(.*)$`, "im").exec(invite)?.[1];
      if (pattern === null) assert.equal(found, undefined, `${way}: ${part}`);
      else assert.match(found ?? "", new RegExp(pattern.source.replace(/SERVER|CARRIER/g, (place) => places[place])), `${way}: ${part}`);
    }
  }
  assert.equal((await carrier.ended).code, 0);
});

/** The INVITEs that have come, each once. */
function invites(carrier) {
  const all = carrier.messages().split(/^-{10,}.*$/m).map((text) => text.slice(text.indexOf("INVITE "))).filter((text) => text.startsWith("INVITE "));
  return all.map((text) => text.replaceAll("\r", "")).filter((text, place, texts) => texts.findIndex((other) => branch(other) === branch(text)) === place);
}

function branch(text) {
  return /branch=([^;\s]+)/.exec(text)?.[1];
}

/** Rows: the way, where the trunk says it, what the INVITE has besides, and what the call's record has then. */
const TOLD = [
  ["as a rule", {}, "", ["+4940777", "Outside", "49301110"]],
  ["P-Asserted-Identity", { caller_number: "asserted_user", caller_name: "asserted_display" }, '\nP-Asserted-Identity: "Ada" <sip:+4930999@carrier.example>', ["+4930999", "Ada", "49301110"]],
  ["Remote-Party-ID", { caller_number: "remote_party_user", caller_name: "remote_party_display" }, '\nRemote-Party-ID: "Bert" <sip:+4930888@carrier.example>;party=calling', ["+4930888", "Bert", "49301110"]],
  ["P-Called-Party-ID", { called_number: "called_party_user" }, "\nP-Called-Party-ID: <sip:49301115@carrier.example>", ["+4940777", "Outside", "49301115"]],
];

// covers: TRK-10, INB-03
scenario("who calls whom is read where the trunk says it", async (world) => {
  const port = await freePort();
  const admin = await world.adminApi();
  const acme = (await admin.get("/api/admin/tenants?search=Acme")).rows[0].tenant.id;
  const trunk = { name: "Carrier", host: "127.0.0.1", port, options_seconds: null, assignments: [{ tenant_id: acme, did_pool: "49301110-49301119" }] };
  const made = await admin.post("/api/admin/trunks", trunk);
  const tenant = await world.tenantApi("Acme");
  await tenant.post("/api/tenant/inbound-rules", { name: "Nobody", trunk_id: made.id, did_mask: "*", open: { kind: "end_call" } });
  const calls = () => tenant.get("/api/tenant/calls?limit=1");
  for (const [way, inbound, more, expected] of TOLD) {
    await admin.put(`/api/admin/trunks/${made.id}`, { ...trunk, inbound });
    const before = (await calls()).total;
    const call = await startSipp("inbound", world.belfry.addresses.udp, { port, words: { did: "49301110", caller: "+4940777", millis: 1, more } });
    assert.notEqual((await call.ended).code, 0, "the rule ends the call");
    const record = await until(`the record is closed: ${way}`, async () => {
      const { total, rows } = await calls();
      return total > before && rows[0].ended_at && rows[0];
    });
    assert.deepEqual([record.caller, record.caller_name, record.did_cid], expected, way);
  }
});
