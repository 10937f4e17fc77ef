// The limits of the security settings, the IP list, and too much to do.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { request } from "node:http";
import { connect } from "node:net";

import { scenario } from "../lib/scenario.mjs";
import { SipClient } from "../lib/sip_client.mjs";
import { until } from "../lib/wait.mjs";

const STRANGER = "127.0.0.3";
const LIVE_SECONDS = 1;
const SILENCE_MILLIS = 600;
const HALF_OPEN = 400;
const NEWCOMER_MILLIS = 100;

const port = (address) => Number(address.split(":").at(-1));
const list = (admin) => admin.get("/api/admin/ip-list").then(({ rows }) => rows);

const options = (transport, mark) => [
  "OPTIONS sip:acme.localhost SIP/2.0", `Via: SIP/2.0/${transport} ${STRANGER}:5999;branch=z9hG4bK${mark};rport`, "Max-Forwards: 70",
  "From: <sip:t@acme.localhost>;tag=1", "To: <sip:acme.localhost>", `Call-ID: ${mark}`, "CSeq: 1 OPTIONS", "Content-Length: 0", "", "",
].join("\r\n");

/** Is an address heard over UDP, TCP and HTTP? */
async function isHeard(world, from) {
  const { addresses } = world.belfry;
  return { udp: await overUdp(from, port(addresses.udp)), tcp: await overTcp(from, port(addresses.tcp)), http: await overHttp(from, port(addresses.http)) };
}

function overUdp(from, to) {
  return new Promise((done) => {
    const socket = createSocket("udp4");
    const end = (heard) => {
      clearTimeout(timer);
      socket.close();
      done(heard);
    };
    const timer = setTimeout(() => end(false), SILENCE_MILLIS);
    socket.on("message", () => end(true));
    socket.bind(0, from, () => socket.send(options("UDP", Math.random()), to, "127.0.0.1"));
  });
}

function overTcp(from, to) {
  return new Promise((done) => {
    const socket = connect({ port: to, host: "127.0.0.1", localAddress: from });
    socket.on("connect", () => socket.write(options("TCP", Math.random())));
    socket.on("data", () => {
      done(true);
      socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", () => done(false));
  });
}

function overHttp(from, to) {
  return new Promise((done) => {
    const asked = request({ host: "127.0.0.1", port: to, localAddress: from, path: "/api/setup", agent: false }, (response) => {
      response.resume();
      done(response.statusCode === 200);
    });
    asked.on("error", () => done(false));
    asked.end();
  });
}

async function guess(world, from, number) {
  const { domain } = world.account("Acme", "101");
  const client = await SipClient.open(`127.0.0.1:${port(world.belfry.addresses.udp)}`, { user: number, secret: "wrong", domain, from });
  const answer = await client.register({ headers: ["User-Agent: guesser 1.0"] });
  client.close();
  return answer.status;
}

const OPEN = { udp: true, tcp: true, http: true };
const SHUT = { udp: false, tcp: false, http: false };

// covers: SEC-02, SEC-06, IPB-01, IPB-04
scenario("an address without devices that guesses is blocked with evidence, stays so over a restart, and one click lets it in", async (world) => {
  const admin = await world.adminApi();
  assert.deepEqual(await isHeard(world, STRANGER), OPEN);
  for (let attempt = 0; attempt < 10; attempt += 1) {
    // Another port each time, as attackers come: the device alone would be held back.
    assert.equal(await guess(world, STRANGER, attempt % 2 ? "101" : "777"), 403);
  }
  let entry;
  await until("the address is listed", async () => (entry = (await list(admin)).find((row) => row.network === STRANGER)));
  assert.equal(entry.action, "block");
  assert.equal(entry.origin, "automatic");
  assert.equal(Math.round((entry.expires_at - entry.created_at) / 1e6), 3600);
  const { cause, count, users, user_agents, methods } = entry.evidence;
  assert.deepEqual({ cause, count, users, user_agents, methods },
    { cause: "failed_authentication", count: 10, users: ["777", "101"], user_agents: ["guesser 1.0"], methods: ["REGISTER"] });
  await until("nothing of it is heard", async () => JSON.stringify(await isHeard(world, STRANGER)) === JSON.stringify(SHUT), 10);
  const neighbour = await world.client("Acme", "102");
  assert.equal((await neighbour.register()).status, 200, "others are unharmed");
  assert.ok((await list(admin))[0].hits > 0, "what was dropped is counted");
  const tenant = await world.tenantApi("Acme");
  const { rows } = await tenant.get("/api/tenant/refusals");
  assert.ok(rows.some((row) => row.trace.at(-1).code === "address_blocked"), "the tenant reads why");

  await world.belfry.kill();
  await world.belfry.run();
  assert.deepEqual(await isHeard(world, STRANGER), SHUT, "a restart forgets nothing");
  const again = await world.adminApi();
  const allowed = await again.put(`/api/admin/ip-list/${entry.id}`, { action: "allow" });
  assert.equal(allowed.expires_at, null);
  await until("it is heard", async () => (await overUdp(STRANGER, port(world.belfry.addresses.udp))), LIVE_SECONDS);
  assert.deepEqual(await isHeard(world, STRANGER), OPEN);
  for (let attempt = 0; attempt < 12; attempt += 1) await guess(world, STRANGER, "777");
  assert.deepEqual((await list(again)).map((row) => row.action), ["allow"], "whoever is allowed is not examined");
  await again.delete(`/api/admin/ip-list/${entry.id}`);
  assert.deepEqual(await list(again), []);
});

// covers: IPB-02, IPB-05
scenario("a range that somebody blocks is cut off at once, connections that stand too, and never the server itself", async (world) => {
  const admin = await world.adminApi();
  const from = "127.0.7.9";
  const { addresses } = world.belfry;
  const standing = connect({ port: port(addresses.tcp), host: "127.0.0.1", localAddress: from });
  await new Promise((done) => standing.once("connect", done));
  const heard = new Promise((done) => standing.once("data", done));
  standing.write(options("TCP", "standing"));
  await heard;
  const cut = new Promise((done) => standing.once("close", done).on("error", () => {}).resume());
  for (const range of [{ address: "127.0.0.0", mask: "8" }, { address: "127.0.0.1" }, { address: "0.0.0.0", mask: "0.0.0.0" }]) {
    await assert.rejects(admin.post("/api/admin/ip-list", { ...range, confirmed: true }), { status: 422 }, JSON.stringify(range));
  }
  const made = await admin.post("/api/admin/ip-list", { address: "127.0.7.1", mask: "255.255.255.0", description: "test" });
  assert.equal(made.network, "127.0.7.0/24");
  await Promise.race([cut, new Promise((_, failed) => setTimeout(() => failed(new Error("the connection stands")), LIVE_SECONDS * 1000))]);
  assert.deepEqual(await isHeard(world, from), SHUT);
  assert.deepEqual(await isHeard(world, "127.0.8.9"), OPEN);
  await admin.delete(`/api/admin/ip-list/${made.id}`);
  await until("it is heard again", () => overUdp(from, port(addresses.udp)), LIVE_SECONDS);

  // A registered device, and whoever asks, are warned of.
  const { user, secret, domain } = world.account("Acme", "101");
  const phone = await SipClient.open(`127.0.0.1:${port(addresses.udp)}`, { user, secret, domain, from: "127.0.9.9" });
  world.others.push({ stop: () => phone.close() });
  assert.equal((await phone.register()).status, 200);
  await until("the device is known to the store", async () => {
    const refused = await admin.post("/api/admin/ip-list", { address: "127.0.9.9" }).then((entry) => entry, (error) => error);
    if (refused.status !== 422) await admin.delete(`/api/admin/ip-list/${refused.id}`);
    return refused.status === 422 && /confirmed/.test(refused.message);
  });
});

// covers: SEC-04, SEC-05
scenario("a flood is dropped at the limit that was set a moment ago", async (world) => {
  const admin = await world.adminApi();
  await admin.put("/api/admin/settings", { level_2_packets_max: 200, level_1_packets_max: 100000 });
  const socket = createSocket("udp4");
  world.others.push({ stop: () => socket.close() });
  await new Promise((done) => socket.bind(0, STRANGER, done));
  let answers = 0;
  socket.on("message", () => (answers += 1));
  const to = port(world.belfry.addresses.udp);
  for (let packet = 0; packet < 400; packet += 1) socket.send(options("UDP", packet), to, "127.0.0.1");
  let entry;
  await until("the flood is listed", async () => (entry = (await list(admin))[0]));
  assert.equal(entry.evidence.cause, "level2");
  assert.equal(entry.evidence.count, 201);
  assert.deepEqual(entry.evidence.methods, ["OPTIONS"]);
  assert.equal(Math.round((entry.expires_at - entry.created_at) / 1e6), 30);
  assert.ok(answers <= 200, `${answers} answers`);
  await admin.put("/api/admin/settings", { level_2_block_seconds: 1 });
  await admin.delete(`/api/admin/ip-list/${entry.id}`);
  await until("it is let in again", () => overUdp(STRANGER, to), LIVE_SECONDS);
  for (let packet = 0; packet < 400; packet += 1) socket.send(options("UDP", `again-${packet}`), to, "127.0.0.1");
  await until("it is listed once more", async () => (await list(admin)).length === 1);
  await until("the block ends by itself", async () => (await list(admin)).length === 0 && overUdp(STRANGER, to), 5);
});

// covers: SET-10, SET-11, SET-12
scenario("when more waits than can be done new work is asked to come back and calls that run go on", async (world) => {
  const admin = await world.adminApi();
  await admin.put("/api/admin/settings", { congestion_metric: "size", congestion_tolerance: 1 });
  const caller = await world.phone("Acme", "101");
  const callee = await world.phone("Acme", "102", { answer: "auto" });
  await caller.dial("sip:102@acme.localhost");
  await callee.event("CALL_ESTABLISHED");
  const socket = createSocket("udp4");
  world.others.push({ stop: () => socket.close() });
  await new Promise((done) => socket.bind(0, "127.0.0.1", done));
  const statuses = new Map();
  socket.on("message", (bytes) => {
    const [, status] = /^SIP\/2\.0 (\d{3})/.exec(bytes.toString());
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status === "503") assert.match(bytes.toString(), /\r\nRetry-After: \d+\r\n/);
  });
  const to = port(world.belfry.addresses.udp);
  await until("new work is refused", async () => {
    for (let packet = 0; packet < 1500; packet += 1) socket.send(options("UDP", `${Math.random()}`), to, "127.0.0.1");
    await new Promise((done) => setTimeout(done, 200));
    return statuses.get("503") > 0;
  });
  console.log(`# answers: ${JSON.stringify([...statuses])}`);
  await admin.put("/api/admin/settings", { congestion_metric: "wait_time", congestion_tolerance: 80 });
  assert.equal(await overUdp("127.0.0.1", to), true, "afterwards all is as before");
  const later = await world.client("Globex", "101");
  assert.equal((await later.register()).status, 200);
  await caller.hangUp();
  await callee.event("CALL_CLOSED");
});

// covers: S11
scenario("four hundred connections of SIP that say nothing, or a byte now and then, keep no newcomer waiting", async (world) => {
  const { addresses } = world.belfry;
  const silent = [];
  for (let count = 0; count < HALF_OPEN; count += 1) {
    const socket = connect({ port: port(addresses.tcp), host: "127.0.0.1" }).on("error", () => {});
    if (count % 3 === 1) socket.write("OPTIONS sip:acme");
    if (count % 3 === 2) socket.write("INVITE sip:1@acme.localhost SIP/2.0\r\nContent-Length: 60000\r\n\r\nv=0");
    silent.push(socket);
  }
  await Promise.all(silent.map((socket) => new Promise((done) => (socket.connecting ? socket.once("connect", done) : done()))));
  const from = performance.now();
  assert.equal(await overTcp("127.0.0.1", port(addresses.tcp)), true);
  const waited = performance.now() - from;
  assert.ok(waited < NEWCOMER_MILLIS, `the newcomer waited ${waited} ms`);
  for (const socket of silent) socket.destroy();
});

// covers: IPB-03, SEC-06, SEC-07
scenario("the provider sets limits and works on the IP list in the portal", async (world) => {
  const person = await world.person("alice");
  await person.signIn(world.url, world.belfry.demo.admin);
  await person.press("nav-system");
  await person.press("tab-security");
  const level = person.at("field-level_1_packets_max");
  await level.fill("100");
  const form = person.page.locator("form", { has: level });
  await form.getByTestId("save-settings").click();
  await person.page.getByText("More than level 2, at most 1000000.").waitFor();
  await level.fill("9000");
  await form.getByTestId("save-settings").click();
  await person.page.getByText("The settings hold from now on.").first().waitFor();
  const agents = person.at("field-blocked_user_agents");
  await agents.fill("friendly-scanner\nsome-tool");
  await person.page.locator("form", { has: agents }).getByTestId("save-settings").click();
  const admin = await world.adminApi();
  await until("the settings are kept", async () => {
    const settings = await admin.get("/api/admin/settings");
    return settings.level_1_packets_max === 9000 && settings.blocked_user_agents.join() === "friendly-scanner,some-tool";
  });

  await person.press("tab-ip-list");
  await person.page.getByText("Nobody is blocked").waitFor();
  for (let attempt = 0; attempt < 10; attempt += 1) await guess(world, STRANGER, "101");
  // It comes by itself, without a reload.
  const line = person.page.locator("tr", { has: person.page.locator(`[data-network="${STRANGER}"]`) });
  await line.getByText("Blocked").waitFor();
  await line.getByTestId("evidence").click();
  await person.at("seen").getByText("guesser 1.0").waitFor();
  await person.press("dialog-close");
  await line.getByTestId("allow").click();
  await line.getByText("Allowed").waitFor();
  await until("it is heard", () => overUdp(STRANGER, port(world.belfry.addresses.udp)), LIVE_SECONDS);
  await line.getByTestId("row-menu").click();
  await person.press("menu-remove");
  await person.press("confirm");
  await person.page.getByText("Nobody is blocked").waitFor();

  await person.press("add-entry");
  await person.at("field-address").fill("41.202.0.0");
  await person.at("range").getByText("41.202.0.0, one address").waitFor();
  await person.at("field-mask").fill("255.255.0.0");
  await person.at("range").getByText("41.202.0.0 – 41.202.255.255, 65536 addresses").waitFor();
  await person.press("submit");
  await person.page.locator('[data-network="41.202.0.0/16"]').waitFor();
  await person.press("add-entry");
  await person.at("field-address").fill("127.0.0.0/8");
  await person.press("submit");
  await person.page.getByText("The range contains 127.0.0.1, an address of this server.").waitFor();
});
