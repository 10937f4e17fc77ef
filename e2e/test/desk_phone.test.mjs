// A desk phone that is configured from the portal: added in the browser, fetched by its link as the phone would, registered,
// told to start anew, and its keys set by the administrator and by the person.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";
import { SipClient } from "../lib/sip_client.mjs";
import { until } from "../lib/wait.mjs";

const MAC = "00:15:65:12:34:56";
const USER_AGENT = "Yealink SIP-T46U 108.86.0.20";

/** Somebody with a browser who administers Acme. */
async function administrator(world) {
  const boss = await world.person("admin");
  await boss.signIn(world.url, world.belfry.tenant("Acme").admin);
  return boss;
}

/** What the server gives a phone that asks for this link, which may name another host than the one of the test. */
async function fetched(world, link) {
  const response = await fetch(world.url + new URL(link).pathname, { headers: { "user-agent": `${USER_AGENT} ${MAC}` } });
  return { status: response.status, text: await response.text() };
}

/** The phone itself, registered: it names its firmware in User-Agent and its MAC address in its instance. */
async function deskPhone(world, account) {
  const instance = `<urn:uuid:00000000-0000-1000-8000-${MAC.replaceAll(":", "")}>`;
  const phone = await SipClient.open(world.belfry.addresses.udp, { ...account, contact: `;+sip.instance="${instance}"` });
  world.others.push({ stop: () => phone.close() });
  assert.equal((await phone.register({ headers: [`User-Agent: ${USER_AGENT}`] })).status, 200);
  return phone;
}

// covers: PH-03, PH-04, PH-08, PH-09, PH-11, EXT-15, EXT-16
scenario("a phone is added in the browser, fetches its files by its link, registers, and is told to reboot", async (world) => {
  const account = await world.newAccount("Acme", "110");
  const api = await world.tenantApi("Acme");
  const boss = await administrator(world);
  await boss.page.goto(`${world.url}/tenant/extensions?search=110`);

  // Its keys, one of each kind, in an order that is changed by the keyboard.
  await boss.press("row-menu");
  await boss.press("menu-keys");
  for (let key = 0; key < 4; key += 1) await boss.press("add-key");
  await boss.at("field-keys.0.number").fill("101");
  await boss.at("field-keys.1.kind").selectOption("change_status");
  await boss.at("field-keys.1.status").selectOption("do_not_disturb");
  await boss.at("field-keys.2.kind").selectOption("custom_speed_dial");
  await boss.at("field-keys.2.number").fill("+4930123456");
  await boss.at("field-keys.2.label").fill("Taxi");
  await boss.at("field-keys.3.kind").selectOption("speed_dial");
  await boss.at("field-keys.3.number").fill("102");
  await boss.page.getByRole("button", { name: "Move key 4 up" }).press("Enter");
  await boss.page.locator('[aria-label="Move key 3 up"]:focus').waitFor();
  await boss.page.keyboard.press("Enter");
  await until("the speed dial is the second key", async () => (await boss.at("field-keys.1.number").count()) === 1 && (await boss.at("field-keys.1.number").inputValue()) === "102");
  await boss.press("save-phone-keys");
  await boss.page.getByText("The keys were saved.").first().waitFor();
  const id = (await api.get("/api/tenant/extensions?search=110")).rows[0].extension.id;
  assert.deepEqual((await api.get(`/api/tenant/extensions/${id}/phone-keys`)).keys, [
    { kind: "blf", number: "101" }, { kind: "speed_dial", number: "102" }, { kind: "change_status", status: "do_not_disturb" },
    { kind: "custom_speed_dial", number: "+4930123456", label: "Taxi" },
  ]);

  // The phone: a MAC address that is none is refused beside its field, a right one has a link.
  await boss.press("row-menu");
  await boss.press("menu-phones");
  await boss.at("no-phones").waitFor();
  await boss.press("add-phone");
  await boss.at("field-mac").fill("00:15:65:12:34");
  await boss.at("field-vendor").selectOption("yealink");
  await boss.at("field-model").selectOption("SIP-T46U");
  await boss.at("field-without_tls").check();
  await boss.press("make-password");
  await boss.press("save-phone");
  await boss.page.getByText("A MAC address has 12 hexadecimal digits").first().waitFor();
  await boss.at("field-mac").fill(MAC);
  await boss.press("save-phone");
  await boss.at("value-file").waitFor();
  const file = await boss.at("value-file").innerText();
  await boss.press("copy-file");
  await until("the link is copied", async () => (await boss.page.evaluate(() => navigator.clipboard.readText())) === file);
  assert.match(file, /^http:.*\/provision\/[^/]{16,}\/[^/]+$/);

  // The phone fetches it; nobody else finds it.
  const { status, text } = await fetched(world, file);
  assert.equal(status, 200);
  for (const told of ["110", "acme.localhost", account.secret, "101", "102", "+4930123456", "Taxi"]) {
    assert.ok(text.includes(told), `${told} is not in the file`);
  }
  const folder = new URL(file).pathname.split("/").at(-2);
  assert.equal((await fetched(world, file.replace(folder, "x".repeat(folder.length)))).status, 404);

  // It registers, and stands in the list.
  const phone = await deskPhone(world, account);
  await boss.page.goto(`${world.url}/tenant/phones?search=110`);
  await until("it is registered", async () => /Registered/.test(await boss.at("phone-status").first().innerText()));
  const row = await boss.at("rows").locator("tr").first().innerText();
  for (const told of ["110", "Yealink SIP-T46U", MAC, "108.86.0.20", "127.0.0.1"]) assert.ok(row.includes(told), `${told} is not in ${row}`);
  assert.equal(await boss.at("phone-status").count(), 1, "the phone and its registration are one row");

  // It is told to reboot, and has confirmed it.
  await boss.press("row-menu");
  await boss.press("menu-reboot");
  await boss.press("confirm");
  await boss.at("told-summary").getByText("The phone has confirmed it.").waitFor();
  const notify = phone.requests.find(({ method, text: said }) => method === "NOTIFY" && /^Event: *check-sync/im.test(said));
  assert.match(notify.text, /^Event: *check-sync;reboot=true/im);
  await boss.press("done");

  // The password of its own pages is shown, and the log knows.
  await boss.press("row-menu");
  await boss.press("menu-web-password");
  await boss.press("show-password");
  assert.match(await boss.at("value-password").innerText(), /^[a-km-np-z2-9]{12}$/);
  const operations = (await api.get("/api/tenant/activity?limit=20")).rows.map((one) => one.operation);
  assert.ok(operations.includes("RevealPhonePassword"), operations.join());
  await boss.press("done");

  // A new link ends the old one, and a phone that is removed has none.
  await boss.press("row-menu");
  await boss.press("menu-link");
  await boss.press("renew-link");
  await boss.press("renew-link-confirm");
  await until("there is another link", async () => (await boss.at("value-file").innerText()) !== file);
  const renewed = await boss.at("value-file").innerText();
  assert.deepEqual([(await fetched(world, file)).status, (await fetched(world, renewed)).status], [404, 200]);
  await boss.press("done");
  await boss.press("row-menu");
  await boss.press("menu-remove");
  await boss.press("confirm");
  await boss.page.getByText("The phone is gone.").first().waitFor();
  assert.equal((await fetched(world, renewed)).status, 404);
});

// covers: PH-09, PH-10
scenario("phones that do not answer are shown as not confirmed, with the reason", async (world) => {
  const account = await world.newAccount("Acme", "111");
  const api = await world.tenantApi("Acme");
  const id = (await api.get("/api/tenant/extensions?search=111")).rows[0].extension.id;
  const settings = { mac: MAC, vendor: "yealink", model: "SIP-T46U", without_tls: true };
  await api.post("/api/tenant/phones", { extension_id: id, settings });
  const off = { ...settings, mac: "00:15:65:12:34:57" };
  await api.post("/api/tenant/phones", { extension_id: id, settings: off });
  await deskPhone(world, account);
  const boss = await administrator(world);
  await boss.page.goto(`${world.url}/tenant/phones?search=111`);
  await until("both are there", async () => (await boss.at("select-phone").count()) === 2);
  await boss.press("select-all");
  await boss.at("selected").getByText("2 selected").waitFor();
  await boss.press("reprovision-selected");
  await boss.at("told-summary").getByText("1 of 2 phones confirmed it, 1 did not.").waitFor();
  const rows = await boss.at("told").evaluateAll((all) => all.map((one) => [one.dataset.confirmed, one.innerText]));
  assert.deepEqual(rows.map(([confirmed]) => confirmed), ["false", "true"]);
  assert.match(rows[0][1], /Not confirmed/);
  assert.ok(rows[0][1].split("\n").length > 2, `no reason: ${rows[0][1]}`);
});

// covers: EXT-16, EXT-22
scenario("a person sets the keys of their own phone, and a number that nobody has is refused at its row", async (world) => {
  const bob = await world.user("Acme", "102", "bob");
  await bob.page.goto(`${world.url}/settings/phone-keys`);
  await bob.press("add-key");
  await bob.press("add-key");
  await bob.at("field-keys.0.number").fill("101");
  await bob.at("field-keys.1.number").fill("119");
  await bob.at("key").nth(1).getByText("No extension has this number.").waitFor();
  await bob.press("save-phone-keys");
  await until("the second key is refused", async () => (await bob.at("field-keys.1.number").getAttribute("aria-invalid")) === "true");
  assert.equal(await bob.at("field-keys.0.number").getAttribute("aria-invalid"), null);
  await bob.at("key-remove").nth(1).click();
  await bob.press("save-phone-keys");
  await bob.page.getByText("Your keys were saved.").first().waitFor();
  await bob.page.reload();
  await until("the key stands there", async () => (await bob.at("field-keys.0.number").inputValue()) === "101");
  const keys = await (await world.userApi("Acme", "102")).get("/api/user/phone-keys");
  assert.deepEqual(keys, { keys: [{ kind: "blf", number: "101" }], room: null });
});
