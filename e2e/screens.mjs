// Pictures of every page at a desk's and a phone's width, light and dark, into e2e/out. `node e2e/screens.mjs [WORD]` takes
// only pages whose name contains the word; those of lists that fail, wait, are empty or have long names end in that word.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { Belfry } from "./lib/belfry.mjs";
import { Person } from "./lib/browser.mjs";
import { allPages, byPerson, openPage } from "./lib/pages.mjs";
import { OUT, World } from "./lib/scenario.mjs";
import { pause } from "./lib/wait.mjs";

const SIZES = [{ width: 1440, height: 900 }, { width: 390, height: 844 }];
const SCHEMES = ["light", "dark"];
const SETTLE_MILLIS = 400;
/** A picture that is taller ends here. */
const HEIGHT_MAX = 6000;
const only = process.argv[2] ?? "";

const world = new World(await Belfry.start());
const folder = join(OUT, "screens");
if (!only) rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
let failed = true;
try {
  const { pages, states } = await allPages(world);
  const wanted = [...pages, ...states].filter(({ name }) => name.includes(only));
  for (const [as, group] of byPerson(wanted)) await takeAll(as, group);
  failed = false;
} finally {
  await world.end("screens", failed);
}
console.log(`pictures are in ${folder}`);

async function takeAll(as, group) {
  const person = await Person.start(world.belfry.home, "bob", { viewport: SIZES[0] });
  world.people.push(person);
  if (as) await person.signIn(world.url, as);
  for (const page of group) {
    await person.page.setViewportSize(SIZES[0]);
    const close = await openPage(world, person, page);
    for (const size of SIZES) {
      for (const scheme of SCHEMES) await take(person, page.name, size, scheme);
    }
    await close();
  }
  if (person.errors.length > 0) console.log(`errors:\n${person.errors.join("\n")}`);
  await person.stop();
}

async function take({ page }, name, size, colorScheme) {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize(size);
  await pause(SETTLE_MILLIS);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  if (wide) console.log(`${name} at ${size.width} scrolls sideways`);
  // What keeps to the window's edges stands at the picture's: the window is made as tall as the page.
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ ...size, height: Math.min(Math.max(height, size.height), HEIGHT_MAX) });
  await page.screenshot({ path: join(folder, `${name}-${size.width}-${colorScheme}.png`), animations: "disabled" });
}
