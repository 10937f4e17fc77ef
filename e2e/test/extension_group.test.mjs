// A tenant's administrator puts somebody into a group, and what the group forbids is forbidden.
import { scenario } from "../lib/scenario.mjs";
import { until } from "../lib/wait.mjs";

/** Opens the form of a group from its row. */
async function edit(person, name) {
  const row = person.page.locator("tr").filter({ has: person.page.locator(`[data-testid="group"][data-name="${name}"]`) });
  await row.getByTestId("edit-group").click();
  const dialog = person.page.getByRole("dialog");
  await dialog.getByTestId("picks-members").waitFor();
  return dialog;
}

async function save(person, dialog) {
  await dialog.getByTestId("submit").click();
  await dialog.waitFor({ state: "hidden" });
}

// covers: GRP-01, GRP-02, GRP-03, GRP-05, EXT-13
scenario("an administrator makes a group without the portal, moves somebody into it, and the person is told why", async (world) => {
  const acme = world.belfry.tenant("Acme");
  const boss = await world.person("boss");
  await boss.signIn(world.url, acme.admin);
  await boss.press("nav-groups");
  await boss.press("add-group");
  const dialog = boss.page.getByRole("dialog");
  await dialog.getByTestId("field-name").fill("Phones");
  await dialog.getByTestId("field-external").check();
  const members = dialog.getByTestId("picks-members");
  const option = members.locator("option").filter({ hasText: /^102 / });
  await option.waitFor({ state: "attached" });
  await members.locator("select").selectOption(await option.getAttribute("value"));
  await save(boss, dialog);

  const everybody = await edit(boss, "__DEFAULT__");
  await everybody.getByRole("button", { name: /^Take 102 .* out$/ }).click();
  await save(boss, everybody);
  const phones = await edit(boss, "Phones");
  await phones.getByRole("button", { name: /^Take 102 .* out$/ }).click();
  await phones.getByTestId("submit").click();
  await phones.getByText(/^Extension 102 .* would be in no group/).waitFor();
  await boss.page.keyboard.press("Escape");

  await boss.press("nav-extensions");
  await boss.page.locator("tr").filter({ hasText: "102" }).getByTestId("edit").click();
  const rights = boss.at("inherited-rights");
  await until("the rights stand there", async () => /Phones[\s\S]*External calls/.test(await rights.innerText()));

  const bob = await world.person("bob");
  await bob.page.goto(`${world.url}/sign-in`);
  await bob.at("sign-in-email").fill(acme.extensions[1].email);
  await bob.at("sign-in-password").fill(acme.extensions[1].password);
  await bob.at("sign-in-submit").click();
  await bob.page.getByText("Your extension may not use the portal.").waitFor();
});
