// The sixty-second call: from the start of the process to two people who hear each other, and the record of it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { scenario } from "../lib/scenario.mjs";
import { until } from "../lib/wait.mjs";

const FIRST_SOUND_SECONDS_MAX = 60;
const SCREENS_MAX = 2;

// covers: RTC-01, RTC-02, RTC-03, CDR-01, REP-06, ACC-02, CALL-03
scenario("two browser tabs talk within a minute of the start, and the call is a row and a line of CSV", async (world) => {
  const link = (name) => new RegExp(`^.*${name} \\(\\d+ of Acme\\).*?(https?://\\S+)`, "m").exec(world.belfry.output)[1];
  const [alice, bob] = await Promise.all([world.person("alice"), world.person("bob")]);
  await Promise.all([alice.openLink(link("Alice")), bob.openLink(link("Bob"))]);
  if (!(await alice.at("dial-input").first().isVisible().catch(() => false))) await alice.page.locator('a[href="/phone"]').first().click();
  await Promise.all([alice.phoneReady(), bob.phoneReady()]);
  await alice.dial("102");
  await bob.callState("incoming");
  await bob.answer();
  await Promise.all([alice.callState("talking"), bob.callState("talking")]);
  await until("the first sound", async () => (await bob.heard(0.5)).alice > 0);
  const seconds = (performance.now() - world.belfry.startedAt) / 1000;
  console.log(`first sound ${seconds.toFixed(1)} s after the process started`);
  assert.ok(seconds <= FIRST_SOUND_SECONDS_MAX);
  const screens = alice.paths.filter((path) => path !== "/link" && path !== "/" && path !== "blank");
  assert.ok(screens.length <= SCREENS_MAX, `screens to the first call: ${screens}`);

  const [atAlice, atBob] = await Promise.all([alice.heard(3), bob.heard(3)]);
  assert.ok(atBob.alice >= 1 && atBob.bob < 0.3, `Bob heard ${JSON.stringify(atBob)}`);
  assert.ok(atAlice.bob >= 1 && atAlice.alice < 0.3, `Alice heard ${JSON.stringify(atAlice)}`);

  // The administrator's page shows the call while it runs and its end without a reload.
  const admin = await world.person("admin");
  await admin.signIn(world.url, world.belfry.tenant("Acme").admin);
  await admin.page.goto(`${world.url}/tenant/calls`);
  await alice.hangUp();
  await bob.callOver();
  const api = await world.tenantApi("Acme");
  const started = (Date.now() - 120_000) * 1000;
  const record = await until("the record is closed", async () => {
    const { rows } = await api.get(`/api/tenant/calls?from=${started}`);
    return rows.find((row) => row.ended_at !== null);
  });
  assert.deepEqual([record.caller, record.callee, record.status], ["101", "102", "answered"]);
  assert.ok(record.legs.length === 2 && record.legs.every((leg) => leg.heard), JSON.stringify(record.legs));

  const row = admin.page.getByRole("row").filter({ hasText: "101" }).filter({ hasText: "102" }).first();
  await row.waitFor();
  const [download] = await Promise.all([admin.page.waitForEvent("download"), admin.page.getByRole("button", { name: /export/i }).or(admin.page.getByRole("link", { name: /export/i })).first().click()]);
  const csv = readFileSync(await download.path(), "utf8").trim().split(/\r?\n/);
  assert.match(csv[0], /^caller,caller_name,callee,started_at,rang_at,answered_at,ended_at,ring_seconds,talk_seconds,direction,status,/);
  const line = csv.find((text) => text.includes(record.id));
  assert.ok(line, `no line of ${record.id} in\n${csv.slice(0, 5).join("\n")}`);
  assert.match(line, /^101,Alice,102,.*,ext,answered,|^101,Alice,102,.*ANSWERED/i);
});
