// Queues in the portal: set up by hand, watched while somebody waits, and told of afterwards.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { until } from "../lib/wait.mjs";

//
scenario("an administrator makes a queue, sees who waits in it, and finds the call that was lost", async (world) => {
  const boss = await world.person("boss");
  await boss.signIn(world.url, world.belfry.tenant("Acme").admin);
  await boss.page.goto(`${world.url}/tenant/queues`);
  await boss.press("add-queue");
  await boss.at("field-number").fill("8000");
  await boss.at("field-name").fill("Sales");
  await boss.at("field-waits_without_members").check({ force: true });
  await boss.press("part-members");
  await boss.at("field-member").selectOption({ label: "102 Bob" }).catch(() => boss.at("field-member").selectOption({ index: 2 }));
  await boss.press("submit");
  await boss.page.locator('[data-testid="queue-row"][data-number="8000"]').waitFor();

  await boss.page.goto(`${world.url}/tenant/wallboard`);
  const queue = boss.page.locator('[data-testid="queue"][data-number="8000"]');
  await queue.getByTestId("nobody-waits").waitFor();
  const caller = await world.phone("Acme", "101", { tone: "phone" });
  await caller.dial("sip:8000@acme.localhost");
  await queue.getByTestId("waiting-caller").waitFor();
  assert.equal(await queue.getByTestId("queue-waiting").innerText(), "1");
  const wait = queue.getByTestId("queue-longest");
  const first = await wait.innerText();
  await until("the wait ticks", async () => (await wait.innerText()) !== first);
  await caller.hangUp();
  await queue.getByTestId("nobody-waits").waitFor();
  await until("the lost call is counted", async () => (await queue.getByTestId("queue-lost").innerText()) === "1");

  await boss.page.goto(`${world.url}/tenant/queue-history?lost=yes`);
  await boss.at("queue-call").first().waitFor();
  await boss.page.getByText("Hung up while waiting").first().waitFor();
});
