// What is known of a person: its own to change, the administrator's too, and the company's name above it.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { until } from "../lib/wait.mjs";

// covers: EXT-18, T-12
scenario("a person says what it does, the administrator sees it, and the company is inherited", async (world) => {
  const boss = await world.tenantApi("Acme");
  await boss.put("/api/tenant/profile", { website: "https://acme.example" });
  const bob = await world.user("Acme", "102", "bob");
  await bob.page.goto(`${world.url}/settings`);
  await until("the company is shown", async () => /Acme · https:\/\/acme\.example/.test(await bob.at("inherited").innerText()));
  assert.equal(await bob.at("inherited").locator("input").count(), 0, "it is only read");
  await bob.at("field-mobile").fill("mine");
  await bob.press("save-personal");
  await bob.page.getByText("A number outside has 2 to 64 digits").waitFor();
  await bob.at("field-mobile").fill("+4915112345678");
  await bob.at("field-position").fill("Head of sales");
  await bob.press("save-personal");
  await bob.page.getByText("Saved.").first().waitFor();

  const admin = await world.person("admin");
  await admin.signIn(world.url, world.belfry.tenant("Acme").admin);
  await admin.page.goto(`${world.url}/tenant/extensions?search=102`);
  await admin.press("row-menu");
  await admin.press("menu-personal");
  await until("it is what the person has said", async () => (await admin.at("field-position").inputValue()) === "Head of sales");
  await admin.at("field-department").fill("Sales");
  await admin.press("submit");
  await admin.page.getByText("Saved.").first().waitFor();
  const [activity] = (await boss.get("/api/tenant/activity?limit=1")).rows;
  assert.equal(activity.operation, "UpdatePersonalProfile", JSON.stringify(activity));
});
