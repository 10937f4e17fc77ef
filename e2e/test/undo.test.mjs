// What was changed is undone from the activity log in the page, and holds for the next call.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { until } from "../lib/wait.mjs";

// covers: LOG-02
scenario("an administrator undoes a change in the page, and does it again", async (world) => {
  const api = await world.tenantApi("Acme");
  const bob = (await api.get("/api/tenant/extensions?search=102")).rows[0].extension;
  const phone = await world.phone("Acme", "102", { answer: "auto" });
  const client = await world.client("Acme", "101");
  const call = async () => (await client.talk("600"))[0];
  await api.post("/api/tenant/ring-groups", { number: "600", name: "Sales", members: [bob.id] });
  assert.equal(await call(), 200);
  await phone.event("CALL_ESTABLISHED");

  const boss = await world.person("boss");
  await boss.signIn(world.url, world.belfry.tenant("Acme").admin);
  await boss.page.goto(`${world.url}/tenant/activity?search=600`);
  const undo = async (operation) => {
    await boss.page.getByText(operation, { exact: true }).first().waitFor();
    await boss.at("undo").first().click();
    await boss.press("confirm");
    await boss.page.getByText(`Undone: ${operation}, ring group 600.`).waitFor();
  };
  await undo("Create ring group");
  assert.equal((await api.get("/api/tenant/ring-groups")).total, 0);
  assert.equal(await call(), 404, "nobody has the number any more");
  await undo("Delete ring group");
  await until("the group rings again", async () => (await call()) === 200);
});
