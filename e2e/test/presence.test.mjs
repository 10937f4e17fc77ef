// What a person says of themselves in the page reaches lamps and colleagues, and is kept.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { until } from "../lib/wait.mjs";

const SECONDS_MAX = 1;

// covers: EXT-21, MSG-01
scenario("a status set in the page reaches the watcher and the colleague's page, is kept over kill -9, and refuses calls", async (world) => {
  const bob = await world.user("Acme", "102", "bob");
  const watcher = await world.client("Acme", "101");
  assert.equal((await watcher.subscribe("presence", "102")).status, 200);
  const carol = await world.person("carol");
  await carol.signIn(world.url, world.belfry.extension("Acme", "101"));
  await carol.page.goto(`${world.url}/messages`);
  const light = (word) => until(`the page shows ${word}`, async () =>
    (await carol.page.locator('[data-testid="chat-person"][data-number="102"]').getAttribute("data-light")) === word);
  const told = (element) => until(`the watcher is told ${element}`, () => watcher.requests.some(({ body }) => body.includes(element)));
  await light("Online");

  const at = Date.now();
  await bob.at("presence-status").selectOption("Away");
  await told("<rpid:away/>");
  await light("Away");
  assert.ok(Date.now() - at < SECONDS_MAX * 1000, `it took ${Date.now() - at} ms`);
  await bob.at("presence-note").fill("Back at two");
  await bob.at("presence-note").blur();
  await told("<note>Back at two</note>");

  await bob.at("presence-status").selectOption("Do not disturb");
  await told("<rpid:busy/>");
  await light("Do not disturb");
  const caller = await world.client("Acme", "101");
  assert.equal((await caller.invite("sip:102@acme.localhost")).status, 480);
  const api = await world.tenantApi("Acme");
  await until("the call is in the list with its reason", async () =>
    (await api.get("/api/tenant/calls?search=102")).rows.some((call) => call.ended_reason === "callee_not_disturbed"));

  await world.belfry.kill();
  await world.belfry.run();
  await bob.page.reload();
  await until("the status is kept", async () => (await bob.at("own-presence").getAttribute("data-status")) === "Do not disturb");
  assert.equal(await bob.at("presence-note").inputValue(), "Back at two");
});
