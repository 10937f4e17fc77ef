// Open: linphonec 5.1 reads its settings and never registers.
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

scenario("linphone over TLS, which checks the name too, is called and heard", SECURE, async (world) => {
  const ca = await rootFile(world);
  const callee = await world.linphone("Acme", "102", { tone: "desk", answer: "auto", ca });
  const caller = await world.phone("Acme", "101", { tone: "phone", transport: "tls", ca });
  await caller.dial("sip:102@acme.localhost");
  await caller.event("CALL_ESTABLISHED");
  await pause(3000);
  await caller.hangUp();
  await callee.said(/ended/i);
  assert.ok(caller.heard().desk >= HEARD_SECONDS_MIN, JSON.stringify(caller.heard()));
  assert.ok(callee.heard().phone >= HEARD_SECONDS_MIN, JSON.stringify(callee.heard()));
});
