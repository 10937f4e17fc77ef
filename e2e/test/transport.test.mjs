// Transports and certificates: SIP over TLS and WSS with phones by others, listeners that come and go, a certificate that is
// replaced while people talk, and peers that do not mean well.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { connect as connectTcp, createServer } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";

import { freePort } from "../lib/ports.mjs";
import { scenario } from "../lib/scenario.mjs";
import { SipClient } from "../lib/sip_client.mjs";
import { pause, until } from "../lib/wait.mjs";

const SECURE = { secure: true };
const HEARD_SECONDS_MIN = 0.5;
const SERVED_SECONDS = 5;
const HALF_OPEN = 400;
const NEWCOMER_MILLIS = 100;

/** The installation's own root, as a phone or browser would get it. */
async function root(world) {
  const response = await fetch(`${world.url}/root.crt`);
  assert.equal(response.status, 200);
  return response.text();
}

async function rootFile(world) {
  const path = join(world.belfry.home, "root.crt");
  writeFileSync(path, await root(world));
  return path;
}

/** Shakes hands; gives the socket and the certificate that was shown. */
function shake(port, options = {}) {
  return new Promise((done, failed) => {
    const socket = connectTls({ host: "127.0.0.1", port, servername: "localhost", ...options });
    socket.once("error", failed);
    socket.once("secureConnect", () => {
      const { fingerprint256 } = socket.getPeerCertificate();
      done({ socket, fingerprint: fingerprint256, protocol: socket.getProtocol(), authorized: socket.authorized });
    });
  });
}

async function fingerprint(port, ca) {
  const { socket, fingerprint: shown } = await shake(port, { ca });
  socket.destroy();
  return shown;
}

/** Waits for the first answer on a socket. */
function answer(socket) {
  return new Promise((done, failed) => {
    socket.once("data", (bytes) => done(bytes.toString()));
    socket.once("error", failed);
    socket.once("close", () => failed(new Error("closed")));
  });
}

const options = (transport) => [
  "OPTIONS sip:acme.localhost SIP/2.0", `Via: SIP/2.0/${transport} 127.0.0.1:5999;branch=z9hG4bK${Math.random()};rport`, "Max-Forwards: 70",
  "From: <sip:t@acme.localhost>;tag=1", "To: <sip:acme.localhost>", `Call-ID: ${Math.random()}`, "CSeq: 1 OPTIONS", "Content-Length: 0", "", "",
].join("\r\n");

// covers: TRN-04, TRN-06
scenario("two phones over TLS that trust the own root hear each other", SECURE, async (world) => {
  const ca = await rootFile(world);
  const caller = await world.phone("Acme", "101", { tone: "phone", transport: "tls", ca });
  const callee = await world.phone("Acme", "102", { tone: "desk", answer: "auto", transport: "tls", ca });
  await caller.dial("sip:102@acme.localhost");
  await caller.event("CALL_ESTABLISHED");
  await callee.event("CALL_ESTABLISHED");
  await pause(2500);
  await caller.hangUp();
  await callee.event("CALL_CLOSED");
  assert.ok(caller.heard().desk >= HEARD_SECONDS_MIN, JSON.stringify(caller.heard()));
  assert.ok(callee.heard().phone >= HEARD_SECONDS_MIN, JSON.stringify(callee.heard()));
  const tenant = await world.tenantApi("Acme");
  const { rows } = await tenant.get("/api/tenant/registrations");
  assert.deepEqual(rows.map((row) => row.transport), ["tls", "tls"]);
});

// covers: WIZ-07, OPS-03
scenario("a certificate that is replaced in the middle of a call over TLS and WSS disturbs nobody", SECURE, async (world) => {
  const admin = await world.adminApi();
  const ca = await root(world);
  const { tls, https } = world.belfry.secure;
  const phone = await world.phone("Acme", "101", { tone: "phone", transport: "tls", ca: await rootFile(world) });
  const bob = await world.user("Acme", "102", "bob", { url: world.belfry.secure.url });
  await bob.dial("101");
  await phone.event("CALL_INCOMING");
  await phone.answer();
  await bob.callState("talking");
  const before = { tls: await fingerprint(tls, ca), https: await fingerprint(https, ca) };
  assert.equal(before.tls, before.https, "one certificate for all");
  const held = await shake(tls, { ca });

  const made = await admin.post("/api/admin/certificate/local", { web_domain: "localhost" });
  assert.equal(made.source, "local");
  for (const port of [tls, https]) {
    await until("the new certificate is served", async () => (await fingerprint(port, ca)) !== before.tls, SERVED_SECONDS);
  }
  // The old connections are as good as before.
  const asked = answer(held.socket);
  held.socket.write(options("TLS"));
  assert.match(await asked, /^SIP\/2\.0 200 /);
  held.socket.destroy();
  const heardBefore = phone.heard().bob;
  await pause(1500);
  const heard = await bob.heard(2);
  assert.ok(heard.phone >= HEARD_SECONDS_MIN, JSON.stringify(heard));
  assert.ok(phone.heard().bob - heardBefore >= HEARD_SECONDS_MIN, "the phone hears the browser still");
  assert.deepEqual(await bob.callStates(), ["talking"]);
  // Ending it crosses both connections.
  await bob.hangUp();
  await phone.event("CALL_CLOSED");
  assert.ok(!phone.has("UNREGISTERING"), "the phone never had to come back");
});

// covers: TRN-10
scenario("TLS 1.1 is refused, 1.2 and 1.3 are taken", SECURE, async (world) => {
  const ca = await root(world);
  for (const port of [world.belfry.secure.tls, world.belfry.secure.https]) {
    for (const version of ["TLSv1.2", "TLSv1.3"]) {
      const { socket, protocol, authorized } = await shake(port, { ca, minVersion: version, maxVersion: version });
      assert.deepEqual([protocol, authorized], [version, true]);
      socket.destroy();
    }
    const old = { ca, minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" };
    for (const maxVersion of ["TLSv1", "TLSv1.1"]) {
      await assert.rejects(shake(port, { ...old, maxVersion }), /alert/, maxVersion);
    }
    // The same client gets in when it may speak the newer version: it is the version that was refused.
    (await shake(port, { ...old, maxVersion: "TLSv1.2" })).socket.destroy();
  }
});

// covers: TRN-02, TRN-03, TRN-04, TRN-05, TRN-08
scenario("transports are added, fail, recover and are removed while the process runs", async (world) => {
  const admin = await world.adminApi();
  const add = async (protocol, port) => admin.post("/api/admin/transports", { protocol, port });
  const listening = (row) => row.addresses.every((address) => address.failure === null);
  const ports = {};
  for (const protocol of ["udp", "tcp", "tls", "ws", "wss"]) {
    ports[protocol] = await freePort();
    assert.ok(listening(await add(protocol, ports[protocol])), protocol);
  }
  const ca = await root(world);

  const account = world.account("Acme", "101");
  const udp = await SipClient.open(`127.0.0.1:${ports.udp}`, account);
  assert.equal((await udp.register()).status, 200, "a phone registers over the new UDP port");
  udp.close();
  const tcp = connectTcp(ports.tcp, "127.0.0.1");
  tcp.write(options("TCP"));
  assert.match(await answer(tcp), /^SIP\/2\.0 200 /);
  const tls = await shake(ports.tls, { ca });
  tls.socket.write(options("TLS"));
  assert.match(await answer(tls.socket), /^SIP\/2\.0 200 /);
  assert.match(await page(ports.wss, ca), /^HTTP\/1\.1 200 [^]*This port is for phones/);
  const ws = connectTcp(ports.ws, "127.0.0.1");
  ws.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n\r\n");
  assert.match(await answer(ws), /^HTTP\/1\.1 101 /);
  ws.write(frame(options("WS")));
  assert.match(await answer(ws), /^[^]{2,4}SIP\/2\.0 200 /);

  const rows = await admin.get("/api/admin/transports");
  const row = (protocol) => rows.find((one) => one.port === ports[protocol]);
  assert.deepEqual(["udp", "tcp", "tls", "ws", "wss"].map((protocol) => row(protocol).devices), [1, 1, 1, 1, 0]);
  assert.equal(rows.filter((one) => one.id === null).length, 3, "UDP, TCP and WebSocket of the start are fixed");

  // A port that another program has: said at once, taken when it is free.
  const other = createServer();
  const port = await freePort();
  await new Promise((done) => other.listen(port, "0.0.0.0", done));
  const failed = await add("tls", port);
  assert.deepEqual(failed.addresses.map((address) => address.failure), ["Another program has this port."]);
  await new Promise((done) => other.close(done));
  await until("the port is taken when it is free", async () => {
    return listening((await admin.get("/api/admin/transports")).find((one) => one.id === failed.id));
  });

  // Removed: nobody new gets in, who is there is cut off.
  const cut = [tcp, tls.socket, ws].map((socket) => new Promise((done) => socket.once("close", done).on("error", () => {}).resume()));
  for (const protocol of ["udp", "tcp", "tls", "ws", "wss"]) await admin.delete(`/api/admin/transports/${row(protocol).id}`);
  await Promise.all(cut);
  await assert.rejects(shake(ports.tls, { ca }), { code: "ECONNREFUSED" });
  assert.equal((await admin.get("/api/admin/transports")).length, 4);
  const still = await world.client("Acme", "102");
  assert.equal((await still.register()).status, 200, "the ports of the start are untouched");
});

/** A text message as a browser sends it (RFC 6455, 5.2), masked with nothing. */
function frame(text) {
  const head = Buffer.alloc(8);
  head.set([0x81, 0x80 | 126]);
  head.writeUInt16BE(Buffer.byteLength(text), 2);
  return Buffer.concat([head, Buffer.from(text)]);
}

/** What a browser gets that opens the port as a page. */
async function page(port, ca) {
  const { socket } = await shake(port, { ca });
  let text = "";
  const over = new Promise((done) => socket.once("close", done));
  socket.on("data", (bytes) => (text += bytes));
  socket.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  await over;
  return text;
}

// covers: S11, S17
scenario("those who open TLS and do not mean it keep nobody waiting", SECURE, async (world) => {
  const { tls } = world.belfry.secure;
  const ca = await root(world);
  const silent = [];
  for (let count = 0; count < HALF_OPEN; count += 1) {
    const socket = connectTcp(tls, "127.0.0.1").on("error", () => {});
    // Half of them begin a handshake, byte-wise, and stop.
    if (count % 2) socket.write(Buffer.from([0x16, 0x03]));
    silent.push(socket);
  }
  await Promise.all(silent.map((socket) => new Promise((done) => (socket.connecting ? socket.once("connect", done) : done()))));
  const from = performance.now();
  const newcomer = await shake(tls, { ca });
  const waited = performance.now() - from;
  assert.ok(waited < NEWCOMER_MILLIS, `the newcomer waited ${waited} ms`);
  newcomer.socket.destroy();

  // Nonsense, a handshake that is broken off, a record that is too long, and a certificate that nobody asked for.
  for (const bytes of [Buffer.from("GET / HTTP/1.1\r\n\r\n"), Buffer.alloc(4096, 0xff), Buffer.from([0x16, 3, 1, 0xff, 0xff, ...Buffer.alloc(100)]), Buffer.from([0x15, 3, 3, 0, 2, 2, 0])]) {
    const socket = connectTcp(tls, "127.0.0.1");
    const over = new Promise((done) => socket.once("close", done).on("error", () => {}).resume());
    socket.write(bytes);
    socket.end();
    await over;
  }
  const odd = await shake(tls, { ca, ...selfSigned(world) });
  odd.socket.write(options("TLS"));
  assert.match(await answer(odd.socket), /^SIP\/2\.0 200 /, "a certificate of the client's concerns nobody");
  odd.socket.destroy();
  for (const socket of silent) socket.destroy();
  const after = await shake(tls, { ca });
  after.socket.destroy();
});

/** A client's certificate with a name that is none. */
function selfSigned(world) {
  const path = (name) => join(world.belfry.home, name);
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", path("odd.key"), "-out", path("odd.pem"), "-days", "1", "-subj", `/CN=${"x".repeat(64)}`], { stdio: "ignore" });
  return { cert: readFileSync(path("odd.pem")), key: readFileSync(path("odd.key")) };
}

// covers: TRN-02, TRN-06, TRN-09, SET-01
scenario("the provider works on settings, transports and the certificate in the portal", async (world) => {
  const person = await world.person("alice");
  await person.signIn(world.url, world.belfry.demo.admin);
  await person.press("nav-system");
  await person.at("field-session_timer_seconds").fill("60");
  await person.page.locator("form", { has: person.at("field-session_timer_seconds") }).getByTestId("save-settings").click();
  await person.page.getByText("Between 90 and 3600 seconds.").waitFor();
  await person.at("field-session_timer_seconds").fill("600");
  await person.page.locator("form", { has: person.at("field-session_timer_seconds") }).getByTestId("save-settings").click();
  await person.page.getByText("The settings hold from now on.").first().waitFor();
  const admin = await world.adminApi();
  assert.equal((await admin.get("/api/admin/settings")).session_timer_seconds, 600);

  await person.press("tab-transports");
  await person.press("add-transport");
  const port = await freePort();
  await person.at("field-protocol").selectOption("WSS");
  await until("the offered port", async () => (await person.at("field-port").inputValue()) === "5065");
  await person.at("field-port").fill(String(port));
  await person.press("submit");
  await person.at("added").getByText(`WSS on port ${port} listens now.`).waitFor();
  await person.at("added").getByText(`open TCP ${port} in it`).waitFor();
  await person.press("done");
  const line = person.at(`transport-WSS-${port}`);
  await line.getByText("Listening").waitFor();
  await line.getByTestId("remove-transport").click();
  await person.page.getByText("No device is connected by it.").waitFor();
  await person.press("confirm");
  await line.waitFor({ state: "detached" });

  await person.press("tab-certificate");
  await person.at("field-web_domain").fill("pbx.example");
  await person.press("create-local");
  await person.at("names").getByText("pbx.example").waitFor();
  await person.at("field-chain").fill("no certificate");
  await person.press("upload-certificate");
  await person.page.getByText("Here belongs a certificate in PEM.").waitFor();
  const href = await person.at("download-root").getAttribute("href");
  assert.match(await (await fetch(world.url + href)).text(), /BEGIN CERTIFICATE/);
});
