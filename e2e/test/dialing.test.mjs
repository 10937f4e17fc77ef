// A tenant's administrator says which numbers may be called, and blocks some.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { until } from "../lib/wait.mjs";

/** Types a number into the panel once and waits for what it says. */
async function says(person, number, words) {
  await person.at("field-trial").fill(number);
  const answer = person.at("trial-answer");
  await answer.waitFor();
  await until(`${number} is ${words}`, async () => (await answer.innerText()).includes(words));
}

// covers: E164-01, E164-02, E164-03, EXT-10
scenario("an administrator sets codes and countries, tries numbers before saving, and finds them again", async (world) => {
  const boss = await world.person("boss");
  await boss.signIn(world.url, world.belfry.tenant("Acme").admin);
  await boss.page.goto(`${world.url}/tenant/dialing`);
  await boss.page.locator('select[name="country"]').selectOption("US");
  await says(boss, "+12345678910", "Allowed");
  await boss.at("field-remove_if_same_country").check();
  await boss.at("field-international_code").fill("011");
  await boss.at("field-add_prefix").fill("2");
  await says(boss, "+1 (234) 567-8910", "22345678910");
  await says(boss, "+44123456789", "United Kingdom is not among the allowed countries.");
  await says(boss, "8765550100", "Jamaica");
  await says(boss, "911", "Emergency");
  const countries = boss.at("dialing-countries");
  await countries.getByTestId("search").fill("kingdom");
  await boss.at("country-GB").check();
  await says(boss, "+44123456789", "201144123456789");
  await boss.at("field-forbidden_prefixes").fill("+4490");
  await says(boss, "01144901", "Numbers that begin with +4490 are forbidden.");
  await boss.press("save-dialing");
  await until("it is said that it holds", () => boss.page.getByText("The codes hold for calls from now on.").isVisible());

  await boss.page.reload();
  await says(boss, "+44123456789", "201144123456789");
  assert.match(await boss.at("countries-count").innerText(), /^2 of /);
  await boss.press("only-own-country");
  assert.match(await boss.at("countries-count").innerText(), /^1 of /);
  await boss.at("field-emergency_numbers").fill("police");
  await boss.press("save-dialing");
  await until("the wrong number is named", () => boss.page.getByText("police is no emergency number").isVisible());
});

// covers: NBL-01, NBL-02
scenario("an administrator blocks a number, imports a list whose bad rows are shown, and lifts a block", async (world) => {
  const boss = await world.person("boss");
  await boss.signIn(world.url, world.belfry.tenant("Acme").admin);
  await boss.page.goto(`${world.url}/tenant/blocked-numbers`);
  await boss.at("empty").waitFor();
  await boss.press("block-number");
  const dialog = boss.page.getByRole("dialog");
  await dialog.getByTestId("field-number").fill("+44 20 7946 0000");
  await boss.page.keyboard.press("Enter");
  const row = boss.page.getByTestId("edit").filter({ hasText: "+442079460000" });
  await row.waitFor();
  await boss.press("block-number");
  await dialog.getByTestId("field-number").fill("+442079460000");
  await boss.page.keyboard.press("Enter");
  await dialog.getByText("The list has +442079460000 already.").waitFor();
  await boss.page.keyboard.press("Escape");

  await boss.press("blocked-more");
  await boss.press("import-blocked");
  await dialog.getByTestId("field-csv").fill("number,description\n0900*,Expensive\n*,Everybody\n");
  await dialog.getByTestId("submit").click();
  const failing = dialog.getByTestId("failing-rows");
  await failing.waitFor();
  assert.match(await failing.innerText(), /Line 3[\s\S]*\*,Everybody/);
  await dialog.getByTestId("field-csv").fill("number,description\n0900*,Expensive\n");
  await dialog.getByTestId("submit").click();
  await dialog.getByText("All rows are right").waitFor();
  await dialog.getByTestId("submit").click();
  await boss.page.getByTestId("edit").filter({ hasText: "0900*" }).waitFor();

  await boss.page.goto(`${world.url}/tenant/dialing`);
  await says(boss, "09001234", "blocked by the entry 0900*");
  await boss.page.goto(`${world.url}/tenant/blocked-numbers?search=0900`);
  await boss.press("row-menu");
  await boss.press("menu-delete");
  await boss.press("confirm");
  await boss.at("empty").waitFor();
});
