// A provider onboards a customer in the browser, and the customer's people talk.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { until } from "../lib/wait.mjs";

const PASSWORD = "Long-enough-4-everybody";

/** The one-time link that the open dialog shows. */
function linkIn(person) {
  return until("the dialog shows a link", async () => {
    const html = await person.page.getByRole("dialog").first().innerHTML();
    return /https?:\/\/[^\s"'<]+\/link#[\w-]+/.exec(html)?.[0];
  });
}

async function fill(person, fields) {
  for (const [name, value] of Object.entries(fields)) await person.page.getByRole("dialog").getByTestId(`field-${name}`).fill(value);
  await person.page.getByRole("dialog").getByTestId("submit").click();
}

/** Opens an invitation and chooses a password, or puts that off. */
async function accept(person, link, password) {
  await person.page.goto(link);
  if (password) {
    await person.at("field-new").fill(password);
    await person.at("set-password").click();
  } else {
    await person.at("skip-password").click();
  }
  await until(`${person.name} is in`, () => !person.page.url().includes("/link"));
}

function figure(person, testId, expected) {
  return until(`${testId} is ${expected}`, async () => (await person.at(testId).first().innerText()).trim().startsWith(expected));
}

// covers: T-01, T-09, EXT-01, HOME-01, CALL-01, CALL-03, ACC-01, ACC-04
scenario("a tenant made in three fields, two people invited, and they talk; open pages move without a reload", async (world) => {
  const watcher = await world.person("watcher");
  await watcher.signIn(world.url, world.belfry.demo.admin);
  await figure(watcher, "stat-tenants", "2");

  const provider = await world.person("provider");
  await provider.signIn(world.url, world.belfry.demo.admin);
  await provider.page.goto(`${world.url}/admin/tenants`);
  await provider.press("create-tenant");
  await fill(provider, { name: "Initech", domain: "initech.localhost", admin_email: "bill@initech.localhost" });
  const invitation = await linkIn(provider);
  await figure(watcher, "stat-tenants", "3");

  const bill = await world.person("bill");
  await accept(bill, invitation, PASSWORD);
  await bill.page.goto(`${world.url}/tenant/extensions`);
  const links = [];
  for (const [number, name] of [["201", "Alice"], ["202", "Bob"]]) {
    await bill.press("create-extension");
    await fill(bill, { number, name, email: `${name.toLowerCase()}@initech.localhost` });
    links.push(await linkIn(bill));
    await bill.page.getByRole("dialog").getByTestId("done").click();
  }
  await bill.page.goto(`${world.url}/tenant`);

  const [alice, bob] = [await world.person("alice"), await world.person("bob")];
  await accept(alice, links[0]);
  await accept(bob, links[1]);
  await Promise.all([alice.phoneReady(), bob.phoneReady()]);
  await figure(bill, "stat-online", "2");
  await figure(watcher, "stat-registrations", "2");
  await alice.dial("202");
  await bob.callState("incoming");
  await bob.answer();
  await Promise.all([alice.callState("talking"), bob.callState("talking")]);
  await figure(bill, "stat-live-calls", "1");
  await figure(watcher, "stat-live-calls", "1");
  const [atAlice, atBob] = await Promise.all([alice.heard(3), bob.heard(3)]);
  assert.ok(atBob.alice >= 1, `Bob heard ${JSON.stringify(atBob)}`);
  assert.ok(atAlice.bob >= 1, `Alice heard ${JSON.stringify(atAlice)}`);
  await bob.hangUp();
  await alice.callOver();
  await figure(bill, "stat-live-calls", "0");
});

// covers: ACC-07, T-09
scenario("the provider manages a tenant without its password, under a banner, and goes back", async (world) => {
  const provider = await world.person("provider");
  await provider.signIn(world.url, world.belfry.demo.admin);
  await provider.page.goto(`${world.url}/admin/tenants`);
  await provider.page.getByRole("row").filter({ hasText: "Globex" }).getByTestId("manage").click();
  await provider.at("acting-banner").waitFor();
  await provider.page.goto(`${world.url}/tenant/extensions`);
  await provider.at("acting-banner").waitFor();
  await provider.page.getByText("101").first().waitFor();
  await provider.press("stop-acting");
  await until("the administrator is back", () => new URL(provider.page.url()).pathname.startsWith("/admin"));
  const globex = await world.tenantApi("Globex");
  const { rows } = await globex.get("/api/tenant/activity");
  assert.ok(rows.some((row) => JSON.stringify(row).includes(world.belfry.demo.admin.email)), JSON.stringify(rows));
});

// covers: EXT-19
scenario("extensions leave as CSV and come into an empty tenant", async (world) => {
  const acme = await world.tenantApi("Acme");
  const csv = await acme.get("/api/tenant/extensions.csv");
  const text = typeof csv === "string" ? csv : csv.text;
  assert.match(text, /^number,name,email\r?\n/);
  const admin = await world.adminApi();
  const made = await admin.post("/api/admin/tenants", { name: "Empty", domain: "empty.localhost", admin_email: "e@empty.localhost" });
  admin.token = (await admin.post(`/api/admin/tenants/${made.tenant.id}/act`, { tenant_id: made.tenant.id })).access_token;
  const fresh = text.replaceAll("acme.localhost", "empty.localhost");
  assert.equal((await admin.post("/api/tenant/extensions/import", { csv: fresh, dry_run: true })).created, 2);
  assert.equal((await admin.post("/api/tenant/extensions/import", { csv: fresh })).created, 2);
  assert.equal((await admin.get("/api/tenant/extensions")).total, 2);
});

/** Chooses what contains some words in a list of the dialog that is open. */
async function choose(person, testId, words) {
  const list = person.page.getByRole("dialog").getByTestId(testId).last();
  const option = list.locator("option", { hasText: words }).first();
  await option.waitFor({ state: "attached" });
  await list.selectOption(await option.getAttribute("value"));
}

/** Fills fields of the dialog that is open and saves it. */
async function save(person, fields) {
  const dialog = person.page.getByRole("dialog");
  for (const [name, value] of Object.entries(fields)) await dialog.getByTestId(`field-${name}`).first().fill(value);
  await dialog.getByTestId("submit").click();
  await dialog.waitFor({ state: "hidden" });
}

// covers: TRK-05, INB-01, OUT-01, RG-01
scenario("a tenant is built from nothing in the browser: people, a trunk, rules, a ring group, tried out and called", async (world) => {
  const begun = performance.now();
  const screens = [];
  const open = async (person, path) => {
    screens.push(path);
    await person.page.goto(`${world.url}${path}`);
  };
  const carrier = (await (await world.adminApi()).get("/api/admin/trunks")).rows[0];
  const provider = await world.person("provider");
  await provider.signIn(world.url, world.belfry.demo.admin);
  await open(provider, "/admin/tenants");
  await provider.press("create-tenant");
  await fill(provider, { name: "Initech", domain: "initech.localhost", admin_email: "bill@initech.localhost" });
  const invitation = await linkIn(provider);
  await open(provider, "/admin/trunks");
  await provider.press("add-trunk");
  await provider.page.getByRole("dialog").getByTestId("add-share").click();
  await choose(provider, "field-tenant", "Initech");
  await save(provider, { name: "Carrier for Initech", host: "127.0.0.1", port: String(carrier.port), pool: "49301110-49301119" });

  const bill = await world.person("bill");
  await accept(bill, invitation, PASSWORD);
  await open(bill, "/tenant/extensions");
  let link;
  for (const [number, name] of [["201", "Alice"], ["202", "Bob"]]) {
    await bill.press("create-extension");
    await fill(bill, { number, name, email: `${name.toLowerCase()}@initech.localhost` });
    link = await linkIn(bill);
    await bill.page.getByRole("dialog").getByTestId("done").click();
  }
  await open(bill, "/tenant/outbound-rules");
  await bill.press("add-rule");
  await choose(bill, "field-trunk", "Carrier for Initech");
  await save(bill, { name: "Outside", prefixes: "0", strip: "1", caller_id: "49301110" });
  await open(bill, "/tenant/ring-groups");
  await bill.press("add-group");
  await choose(bill, "field-member", "201");
  await choose(bill, "field-member", "202");
  await save(bill, { number: "600", name: "Sales" });
  await open(bill, "/tenant/inbound-rules");
  await bill.press("add-rule");
  await choose(bill, "field-trunk_id", "Carrier for Initech");
  await choose(bill, "field-open", "600 Sales");
  await save(bill, { name: "Main number", did_mask: "49301110" });

  const bob = await world.person("bob");
  await accept(bob, link);
  await bob.phoneReady();
  await open(bill, "/tenant/simulation");
  await bill.at("field-dialled").fill("01001");
  await bill.press("try");
  assert.equal(await bill.at("simulation").getAttribute("data-status"), "200");
  assert.match(await bill.at("rung").innerText(), /1001 by Carrier for Initech[^]*49301110/);
  const seconds = Math.round((performance.now() - begun) / 1000);
  console.log(`a tenant from nothing: ${screens.length} screens, ${seconds} s by a script`);

  await bob.dial("01001");
  await bob.callState("talking");
  await bob.hangUp();
  await bob.callOver();
  // The carrier calls the number back: the group rings, and Bob's browser with it.
  await bob.dial("02001");
  await bob.callState("incoming", 30);
  await bob.answer();
  await bob.callState("talking");
});
