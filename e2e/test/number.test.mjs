// The inventory of numbers: the provider gives them away in the portal, the tenant sees what they lead to.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { until } from "../lib/wait.mjs";

/** The words of the row with these numbers. */
async function row(person, numbers) {
  const found = person.page.getByRole("row").filter({ has: person.page.locator(`[data-numbers="${numbers}"]`) });
  await found.first().waitFor();
  return found.first();
}

// covers: TRK-08, TRK-13
scenario("the provider gives a tenant numbers, the tenant leads one of them, and a used block is not taken back", async (world) => {
  const admin = await world.adminApi();
  const trunk = await admin.post("/api/admin/trunks", { name: "Carrier", host: "127.0.0.1", port: 9, options_seconds: null });
  const ada = await world.person("ada");
  await ada.signIn(world.url, world.belfry.demo.admin);
  await ada.page.goto(`${world.url}/admin/trunks`);
  await ada.press("tab-numbers");
  await ada.press("add-numbers");
  const dialog = ada.page.getByRole("dialog");
  await dialog.getByTestId("submit").click();
  assert.equal(await dialog.getByText("Choose one.").count(), 2, "what is missing is named");
  await ada.at("field-trunk_id").selectOption({ label: "Carrier" });
  await ada.at("field-tenant_id").selectOption({ label: "Acme" });
  await ada.at("field-numbers").fill("4930888000-4930888009;49308x");
  await dialog.getByTestId("submit").click();
  await dialog.getByText("49308x: A number has digits").waitFor();
  await ada.at("field-numbers").fill("4930888000-4930888009");
  await dialog.getByTestId("submit").click();
  assert.match(await (await row(ada, "4930888000-4930888009")).innerText(), /10 numbers[^]*Carrier[^]*Acme[^]*0 of 10[^]*Next free: 4930888000/);

  const tenant = await world.tenantApi("Acme");
  const alice = (await tenant.get("/api/tenant/extensions?search=101")).rows[0].extension;
  await tenant.post("/api/tenant/inbound-rules", {
    name: "Desk", trunk_id: trunk.id, did_mask: "4930888000", open: { kind: "extension", extension_id: alice.id },
  });
  const boss = await world.person("boss");
  await boss.signIn(world.url, world.belfry.tenant("Acme").admin);
  await boss.page.goto(`${world.url}/tenant/numbers`);
  const own = await row(boss, "4930888000-4930888009");
  await until("it leads to Alice", async () => /1 of 10[^]*Next free: 4930888001[^]*4930888000 → 101 Alice/.test(await own.innerText()));

  // Whose is it?
  await ada.page.getByLabel(/Whose is it/).fill("+4930888005");
  const found = await row(ada, "4930888000-4930888009");
  await until("one block has the number", async () => (await ada.page.locator("[data-numbers]").count()) === 1);
  const withdraw = async () => {
    await found.getByTestId("row-menu").click();
    await ada.press("menu-remove");
    await ada.press("confirm");
  };
  await withdraw();
  await ada.page.getByText(/in use by the inbound rule Desk/).first().waitFor();
  const [rule] = (await tenant.get("/api/tenant/inbound-rules?search=Desk")).rows;
  await tenant.delete(`/api/tenant/inbound-rules/${rule.id}`);
  await withdraw();
  await until("the block is gone", async () => (await ada.page.locator("[data-numbers]").count()) === 0);
});
