// The set-up wizard: from an empty data folder to a company whose phones register, with the keyboard alone.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "node:tls";

import { Api } from "../lib/api.mjs";
import { Belfry } from "../lib/belfry.mjs";
import { MailServer } from "../lib/mail.mjs";
import { freePort } from "../lib/ports.mjs";
import { World } from "../lib/scenario.mjs";
import { SipClient } from "../lib/sip_client.mjs";
import { until } from "../lib/wait.mjs";

const OWNER = { name: "Ada", email: "ada@provider.example", password: "Correct9Horse" };
const WEB_DOMAIN = "pbx.belfry.test";
const DOMAIN = "initech.example";
const SERVED_SECONDS = 5;
const TABS_MAX = 60;

/** A Belfry on an empty folder with HTTPS, and somebody who has just become its first administrator. */
async function fresh(name, play) {
  const [httpPort, https] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${httpPort}`;
  const world = new World(await Belfry.start({ demo: false, httpPort, args: ["--https", `127.0.0.1:${https}`, "--public-url", url] }));
  let failed = true;
  try {
    const person = await world.person("ada");
    await person.page.goto(/http:\S+\/setup#\S+/.exec(world.belfry.output)[0]);
    for (const field of ["name", "email", "password"]) await person.at(`field-${field}`).fill(OWNER[field]);
    await person.press("submit");
    await person.at("wizard-title").waitFor();
    await play({ world, person, https, api: await Api.signIn(url, OWNER.email, OWNER.password) });
    world.assertNoPageErrors();
    failed = false;
  } finally {
    await world.end(name, failed);
  }
}

/** Presses Tab, or the keys that are given, until the control has the focus. */
async function reach({ page }, testId, keys = "Tab") {
  for (let count = 0; count < TABS_MAX; count += 1) {
    const here = await page.evaluate(() => document.activeElement?.dataset?.testid);
    if (here === testId) return;
    await page.keyboard.press(keys);
  }
  throw new Error(`the Tab key does not reach ${testId}`);
}

async function type(person, testId, text) {
  await reach(person, testId);
  await person.page.keyboard.press("Control+a");
  await person.page.keyboard.insertText(text);
}

async function press(person, testId) {
  await reach(person, testId);
  await person.page.keyboard.press("Enter");
}

/** Waits for a step; its title has the focus, so that the keyboard goes on there. */
async function standsAt(person, title) {
  await until(`the wizard is at ${title}`, async () => (await person.at("wizard-title").innerText()).endsWith(title));
  await until("the title has the focus", () => person.page.evaluate(() => document.activeElement?.id === "wizard-step"));
}

/** A certificate and its key, PEM, as somebody buys them. */
function certificate(folder, name) {
  const path = (end) => join(folder, `${name}.${end}`);
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", path("key"), "-out", path("crt"), "-days", "90",
    "-subj", `/CN=${WEB_DOMAIN}`, "-addext", `subjectAltName=DNS:${WEB_DOMAIN}`], { stdio: "ignore" });
  return { chain: readFileSync(path("crt"), "utf8"), key: readFileSync(path("key"), "utf8") };
}

/** The names in the certificate that a port shows. */
function shown(port) {
  return new Promise((done, failed) => {
    const socket = connect({ host: "127.0.0.1", port, servername: WEB_DOMAIN, rejectUnauthorized: false });
    socket.once("error", failed);
    socket.once("secureConnect", () => {
      done(socket.getPeerCertificate().subjectaltname);
      socket.destroy();
    });
  });
}

/** The first line that a UDP port answers to OPTIONS with. */
function options(port) {
  return new Promise((done, failed) => {
    const socket = createSocket("udp4");
    const timer = setTimeout(() => failed(new Error("no answer to OPTIONS")), 2000);
    socket.once("message", (bytes) => {
      clearTimeout(timer);
      socket.close();
      done(bytes.toString().split("\r\n")[0]);
    });
    socket.bind(0, "127.0.0.1", () => socket.send([
      `OPTIONS sip:${DOMAIN} SIP/2.0`, `Via: SIP/2.0/UDP 127.0.0.1:${socket.address().port};branch=z9hG4bK1;rport`, "Max-Forwards: 70",
      `From: <sip:t@${DOMAIN}>;tag=1`, `To: <sip:${DOMAIN}>`, "Call-ID: wizard", "CSeq: 1 OPTIONS", "Content-Length: 0", "", "",
    ].join("\r\n"), port, "127.0.0.1"));
  });
}

// covers: WIZ-01, WIZ-02, WIZ-03, WIZ-04, WIZ-05, WIZ-06, WIZ-07, WIZ-10, MAIL-01, MAIL-02
test("an empty installation is set up in five steps by the keyboard, and everything holds at once", { timeout: 120_000 }, () =>
  fresh("wizard", async ({ world, person, https, api }) => {
    const mail = await MailServer.start(["--login", "pbx", "app password"]);
    world.others.push(mail);
    const [udp, wss] = [await freePort(), await freePort()];
    const bought = certificate(world.belfry.home, "bought");
    const before = await shown(https);

    assert.equal(new URL(person.page.url()).pathname, "/admin/wizard", "it opens at the first sign-in");
    await type(person, "field-network.private_ipv4", "127.0.0.1");
    await press(person, "wizard-next");
    await person.page.getByText("An IPv4 address that others reach").waitFor();
    await until("the wrong field has the focus", () => person.page.evaluate(() => document.activeElement?.name === "network.private_ipv4"));
    await type(person, "field-network.private_ipv4", "");
    await reach(person, "field-network.web_domain", "Shift+Tab");
    await type(person, "field-network.web_domain", WEB_DOMAIN);
    await press(person, "wizard-next");

    await standsAt(person, "SIP domain");
    await type(person, "field-domain.name", "Initech");
    await type(person, "field-domain.domain", DOMAIN);
    await press(person, "wizard-next");

    await standsAt(person, "Transport");
    assert.equal(await person.at("field-transport.protocol").inputValue(), "UDP", "today's is filled in");
    await type(person, "field-transport.port", String(udp));
    await press(person, "wizard-next");

    await standsAt(person, "Certificate");
    await press(person, "wizard-previous");
    await standsAt(person, "Transport");
    assert.equal(await person.at("field-transport.port").inputValue(), String(udp), "what was typed is kept");
    await press(person, "wizard-next");
    await standsAt(person, "Certificate");
    await type(person, "field-certificate.chain", bought.chain);
    await type(person, "field-certificate.key", bought.key);
    await type(person, "field-certificate.wss_port", String(wss));
    await press(person, "wizard-next");

    await standsAt(person, "Mail server");
    await type(person, "field-mail.server", "127.0.0.1");
    await reach(person, "field-mail.security");
    await person.page.keyboard.press("End");
    await type(person, "field-mail.port", mail.port);
    await type(person, "field-mail.user", "pbx");
    await type(person, "field-mail.password", "wrong");
    await type(person, "field-mail.sender", "pbx@provider.example");
    await press(person, "test-mail");
    await person.at("mail-test-failed").getByText("does not accept this user name and password").waitFor();
    await person.at("mail-test-answer").getByText("535").waitFor();
    assert.deepEqual(mail.mails, []);
    await reach(person, "field-mail.password", "Shift+Tab");
    await type(person, "field-mail.password", "app password");
    await press(person, "test-mail");
    await person.at("mail-test-taken").waitFor();
    await person.at("mail-test-answer").getByText("250 2.0.0 queued as 4711").waitFor();
    const [arrived] = mail.mails;
    assert.deepEqual([arrived.from, arrived.to], ["pbx@provider.example", OWNER.email]);
    assert.match(arrived.text, /Subject: Test mail from Belfry/);
    assert.equal((await api.get("/api/admin/mail-server")).server, "", "nothing is kept before Apply");
    assert.equal(await shown(https), before);

    const lines = await person.at("wizard-review").getByRole("listitem").allInnerTexts();
    assert.equal(lines.length, 6, lines.join("; "));
    await press(person, "wizard-apply");
    const applied = performance.now();
    await until("the certificate is served", async () => (await shown(https)) === `DNS:${WEB_DOMAIN}`, SERVED_SECONDS);
    console.log(`the certificate was served ${Math.round(performance.now() - applied)} ms after Apply`);
    // The answer to Apply comes when the transports listen.
    await until("the portal opens", () => new URL(person.page.url()).pathname === "/admin");
    assert.equal(await shown(wss), `DNS:${WEB_DOMAIN}`, "and on the new port for secure WebSockets");
    assert.match(await options(udp), /^SIP\/2\.0 200 /);

    const { tenant } = (await api.get("/api/admin/tenants")).rows[0];
    assert.equal(tenant.domain, DOMAIN);
    const manager = new Api(api.url);
    manager.token = (await api.post(`/api/admin/tenants/${tenant.id}/act`, { tenant_id: tenant.id })).access_token;
    const { sip } = await manager.post("/api/tenant/extensions", { number: "101", name: "Milton" });
    const phone = await SipClient.open(`127.0.0.1:${udp}`, sip);
    assert.equal((await phone.register()).status, 200, "101 of the new domain registers on the new transport");
    phone.close();

    // Again, from the home page: every field holds what counts today.
    await person.page.reload();
    await person.at("stat-tenants").waitFor();
    assert.equal(await person.at("wizard-offer").count(), 0);
    await person.press("open-wizard");
    await until("the web domain is filled in", async () => (await person.at("field-network.web_domain").inputValue()) === WEB_DOMAIN);
    await person.press("wizard-step-domain");
    assert.equal(await person.at("field-domain.domain").inputValue(), DOMAIN);
    await person.press("wizard-step-mail");
    assert.equal(await person.at("field-mail.server").inputValue(), "127.0.0.1");
    assert.equal(await person.at("field-mail.password").inputValue(), "");
    await person.at("wizard-review").getByText("Nothing: everything stays as it is.").waitFor();
    const log = (await api.get("/api/admin/activity")).rows.map((row) => row.operation);
    assert.ok(log.includes("ApplyWizard") && log.includes("TestMailServer"), log.join());
  }));

// covers: WIZ-01, WIZ-05, WIZ-07
test("a wizard that was left is offered on the home page, and a wrong key changes nothing at all", { timeout: 120_000 }, () =>
  fresh("wizard-left", async ({ world, person, https, api }) => {
    await person.press("wizard-skip");
    await person.at("wizard-offer").waitFor();
    assert.equal((await api.get("/api/admin/wizard")).state, "skipped");
    await person.page.context().clearCookies();
    await person.page.goto(world.url);
    await person.signIn(world.url, OWNER);
    await person.at("wizard-offer").waitFor();
    assert.equal(new URL(person.page.url()).pathname, "/admin", "it opens by itself only once");

    const [one, other] = [certificate(world.belfry.home, "one"), certificate(world.belfry.home, "other")];
    const before = await shown(https);
    const settings = await api.get("/api/admin/settings");
    await person.press("wizard-begin");
    await person.at("field-network.web_domain").fill(WEB_DOMAIN);
    await person.press("wizard-step-domain");
    await person.at("field-domain.name").fill("Initech");
    await person.at("field-domain.domain").fill(DOMAIN);
    await person.press("wizard-step-certificate");
    await person.at("field-certificate.chain").fill(one.chain);
    await person.at("field-certificate.key").fill(other.key);
    await person.press("wizard-step-mail");
    await person.press("wizard-apply");
    await person.page.getByText("This is the key of another certificate.").waitFor();
    assert.ok((await person.at("wizard-title").innerText()).endsWith("Certificate"), "it leads to the step");
    assert.equal(await person.at("field-certificate.key").getAttribute("aria-invalid"), "true");
    await until("the wrong field has the focus", () => person.page.evaluate(() => document.activeElement?.name === "certificate.key"));
    assert.deepEqual(await api.get("/api/admin/settings"), settings);
    assert.equal((await api.get("/api/admin/tenants")).total, 0);
    assert.equal(await shown(https), before);
    assert.equal((await api.get("/api/admin/wizard")).state, "skipped");

    // Put right, all of it holds.
    await person.at("field-certificate.key").fill(one.key);
    await person.press("wizard-step-mail");
    await person.press("wizard-apply");
    await until("the portal opens", () => new URL(person.page.url()).pathname === "/admin");
    await until("the certificate is served", async () => (await shown(https)) === `DNS:${WEB_DOMAIN}`, SERVED_SECONDS);
    assert.equal((await api.get("/api/admin/tenants")).total, 1);
    assert.equal((await api.get("/api/admin/wizard")).state, "done");
  }));
