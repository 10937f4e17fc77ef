// A certificate that an authority issues over ACME, served on HTTPS and SIP over TLS, and renewed without a restart.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "node:tls";

import { Api } from "../lib/api.mjs";
import { Belfry } from "../lib/belfry.mjs";
import { Pebble } from "../lib/pebble.mjs";
import { freePort } from "../lib/ports.mjs";
import { until } from "../lib/wait.mjs";

const NAME = "pbx.belfry.test";
const SERVED_SECONDS = 5;
const LIFE_SECONDS = 45;

/** The certificate that a port shows. */
function shown(port) {
  return new Promise((done, failed) => {
    const socket = connect({ host: "127.0.0.1", port, servername: NAME, rejectUnauthorized: false });
    socket.once("error", failed);
    socket.once("secureConnect", () => {
      done(socket.getPeerCertificate());
      socket.destroy();
    });
  });
}

// covers: TRN-07, OPS-03, SYS-06, LOG-01, LOG-03, HOME-03
test("a certificate is issued by ACME, served on HTTPS and TLS within seconds, and renewed while the server runs", async () => {
  const home = mkdtempSync(join(tmpdir(), "belfry-acme-"));
  const redirect = await freePort();
  const pebble = await Pebble.start(home, { httpPort: redirect, lifeSeconds: LIFE_SECONDS });
  const belfry = await Belfry.start({ secure: true, args: ["--http-redirect", `127.0.0.1:${redirect}`, "--acme-root", pebble.root] });
  try {
    const { admin: provider } = belfry.demo;
    const admin = await Api.signIn(belfry.url, provider.email, provider.password);
    await admin.put("/api/admin/settings", { log_level: "debug" });
    // What is no question of an authority leads to the portal.
    const led = await fetch(`http://127.0.0.1:${redirect}/admin?x=1`, { redirect: "manual" });
    assert.equal(led.status, 307);
    assert.ok(led.headers.get("location").endsWith("/admin?x=1"));

    const before = await shown(belfry.secure.https);
    const order = { web_domain: NAME, contact: "ops@belfry.test", directory: pebble.url, terms_accepted: true };
    await assert.rejects(admin.post("/api/admin/certificate/acme", { ...order, terms_accepted: false }), /422/);
    await admin.post("/api/admin/certificate/acme", order);
    const issued = await until("the authority has issued", async () => {
      const now = await admin.get("/api/admin/certificate");
      assert.equal(now.acme.last_failure, null, pebble.output.slice(-2000));
      return now.source === "acme" && now;
    }, 40);
    assert.deepEqual(issued.description.names, [NAME]);
    for (const port of [belfry.secure.https, belfry.secure.tls]) {
      const served = await until("the new certificate is served", async () => {
        const one = await shown(port);
        return one.fingerprint256 !== before.fingerprint256 && one;
      }, SERVED_SECONDS);
      assert.equal(served.subjectaltname, `DNS:${NAME}`);
    }
    const first = await shown(belfry.secure.https);
    await until("it is renewed by itself", async () => {
      const one = await shown(belfry.secure.https);
      return one.subjectaltname === `DNS:${NAME}` && one.fingerprint256 !== first.fingerprint256;
    }, LIFE_SECONDS);

    const events = (await admin.get("/api/admin/events?source=certificate")).rows.map((row) => row.code);
    assert.ok(events.filter((code) => code === "certificate_issued").length >= 1, events.join());
    const services = await admin.get("/api/admin/services");
    assert.ok(services.length > 6 && services.every((row) => row.state === "running"), JSON.stringify(services));
    await keepsNoSecret(belfry, admin);
  } finally {
    await belfry.stop();
    pebble.stop();
    rmSync(home, { recursive: true, force: true });
  }
});

/** What was written into the log is downloaded, and is nobody's secret. */
async function keepsNoSecret(belfry, admin) {
  const [file] = await admin.get("/api/admin/log-files");
  assert.equal(file.name, "belfry.log");
  const text = await admin.get(`/api/admin/log-files/${file.name}/text`);
  assert.ok(text.includes(" DEBUG "), text.slice(0, 200));
  const secrets = belfry.demo.tenants.flatMap((tenant) => tenant.extensions.map((one) => one.sip.secret));
  assert.ok(secrets.length > 2 && secrets.every(Boolean));
  const folder = join(belfry.data, "log");
  for (const name of readdirSync(folder)) {
    const written = readFileSync(join(folder, name), "utf8");
    for (const secret of secrets) assert.ok(!written.includes(secret), `${name} holds a password`);
  }
}
