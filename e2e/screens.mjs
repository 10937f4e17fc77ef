// Pictures of every page at a desk's and a phone's width, light and dark, into e2e/out. `node e2e/screens.mjs [WORD]` takes
// only pages whose name contains the word.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { Belfry } from "./lib/belfry.mjs";
import { Person } from "./lib/browser.mjs";
import { OUT, World } from "./lib/scenario.mjs";
import { pause } from "./lib/wait.mjs";

const SIZES = [{ width: 1440, height: 900 }, { width: 390, height: 844 }];
const SCHEMES = ["light", "dark"];
const SETTLE_MILLIS = 600;
const only = process.argv[2] ?? "";

const belfry = await Belfry.start();
const world = new World(belfry);
const folder = join(OUT, "screens");
if (!only) rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
let failed = true;
try {
  const pages = await allPages();
  for (const scheme of SCHEMES) {
    for (const viewport of SIZES) await takeAll(pages, viewport, scheme);
  }
  failed = false;
} finally {
  await world.end("screens", failed);
}
console.log(`pictures are in ${folder}`);

/** Who sees what: `{as, name, path, act}`; `act` does what a picture needs beyond its address. */
async function allPages() {
  const admin = await world.adminApi();
  const tenantId = (await admin.get("/api/admin/tenants?search=Acme")).rows[0].tenant.id;
  const tenant = await world.tenantApi("Acme");
  const callId = (await tenant.get("/api/tenant/calls")).rows[0].id;
  const acme = belfry.tenant("Acme");
  // Something to see: a phone that is registered, one with a wrong password, a call that is refused.
  await world.phone("Acme", "101");
  await (await world.client("Acme", "102", { secret: "wrong" })).register();
  const alice = await world.client("Acme", "101");
  await alice.invite("sip:999@acme.localhost");
  const bob = await world.client("Acme", "102");
  for (const [from, to, text] of [[alice, "102", "Lunch at one?"], [bob, "101", "Yes.\nThe usual place?"], [alice, "102", "I have booked a table for four, by the window this time, because it was so loud at the bar."]]) {
    await from.message(to, text);
  }
  const page = (as, name, path, act) => ({ as, name, path, act });
  const user = acme.extensions[1];
  return [
    page(null, "sign-in", "/sign-in"), page(null, "setup", "/setup"), page(null, "link", "/link#wrong"),
    page(belfry.demo.admin, "admin-home", "/admin"), page(belfry.demo.admin, "admin-tenants", "/admin/tenants"),
    page(belfry.demo.admin, "admin-tenant", `/admin/tenants/${tenantId}`), page(belfry.demo.admin, "admin-activity", "/admin/activity"),
    page(belfry.demo.admin, "admin-refusals", "/admin/refusals"),
    page(belfry.demo.admin, "admin-system", "/admin/system"), page(belfry.demo.admin, "admin-advanced", "/admin/system/advanced"), page(belfry.demo.admin, "not-found", "/nowhere"),
    page(acme.admin, "tenant-home", "/tenant"), page(acme.admin, "tenant-extensions", "/tenant/extensions"),
    page(acme.admin, "tenant-calls", "/tenant/calls"), page(acme.admin, "tenant-call", `/tenant/calls/${callId}`),
    page(acme.admin, "tenant-registrations", "/tenant/registrations"), page(acme.admin, "tenant-refusals", "/tenant/refusals"),
    page(acme.admin, "tenant-activity", "/tenant/activity"),
    page(acme.admin, "palette", "/tenant", (person) => person.page.keyboard.press("Control+k")),
    page(user, "phone", "/phone", (person) => person.phoneReady()),
    page(user, "phone-call", "/phone", async (person) => {
      await person.phoneReady();
      await person.dial("101");
      await person.callState("ringing");
    }),
    page(user, "calls", "/calls"), page(user, "settings", "/settings"), page(user, "messages", "/messages"),
    page(user, "messages-talk", "/messages", async (person) => {
      await person.page.locator('[data-testid="chat-person"][data-number="101"]').click();
      await person.at("chat-talk").waitFor();
    }),
  ].filter(({ name }) => name.includes(only));
}

async function takeAll(pages, viewport, scheme) {
  for (const [as, group] of byPerson(pages)) {
    const person = await Person.start(belfry.home, "bob", { viewport, scheme });
    world.people.push(person);
    if (as) await person.signIn(world.url, as);
    for (const { name, path, act } of group) {
      await person.page.goto(world.url + path);
      await person.page.waitForLoadState("networkidle").catch(() => {});
      await act?.(person);
      await pause(SETTLE_MILLIS);
      await person.page.screenshot({ path: join(folder, `${name}-${viewport.width}-${scheme}.png`), fullPage: true, animations: "disabled" });
      const wide = await person.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      if (wide) console.log(`${name} at ${viewport.width} scrolls sideways`);
    }
    if (person.errors.length > 0) console.log(`errors:\n${person.errors.join("\n")}`);
    await person.stop();
  }
}

function byPerson(pages) {
  const groups = new Map();
  for (const page of pages) groups.set(page.as, [...(groups.get(page.as) ?? []), page]);
  return groups;
}
