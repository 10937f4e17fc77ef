// Every page for everybody: a name for each control, text that can be read in both schemes, a focus that is seen, one
// heading, no sideways scrolling on a phone, and nothing said to the console.
import assert from "node:assert/strict";

import { faint, unnamed, walk } from "../lib/access.mjs";
import { Person } from "../lib/browser.mjs";
import { allPages, byPerson, openPage } from "../lib/pages.mjs";
import { scenario } from "../lib/scenario.mjs";

const DESK = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

/** What is wrong with the page that is open, as `what: where`. */
async function faults(person) {
  const { page } = person;
  const found = (await unnamed(page)).map((line) => `no name: ${line}`);
  const headings = await page.locator("h1").count();
  if (headings !== 1) found.push(`${headings} first headings`);
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    // Colours pass over into each other; what is judged is where they end.
    await page.evaluate(() => document.getAnimations().forEach((animation) => {
      try { animation.finish(); } catch { animation.cancel(); }
    }));
    found.push(...(await faint(page)).map((text) => `${colorScheme}: ${text}`));
  }
  const { stops, hidden } = await walk(page);
  if (stops === 0) found.push("the Tab key finds nothing");
  found.push(...hidden.map((name) => `focus unseen: ${name}`));
  await page.setViewportSize(PHONE);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) found.push(`scrolls ${wide} px sideways`);
  return found;
}

/** Nothing is wrong with any of these, each opened by the one whom it is for. */
async function judge(world, pages) {
  const wrong = await Promise.all([...byPerson(pages)].map(async ([as, group], index) => {
    const person = await Person.start(world.belfry.home, `judge-${index}`, { viewport: DESK });
    world.people.push(person);
    if (as) await person.signIn(world.url, as);
    const found = [];
    for (const page of group) {
      await person.page.setViewportSize(DESK);
      const close = await openPage(world, person, page);
      found.push(...(await faults(person)).map((fault) => `${page.name}: ${fault}`));
      await close();
    }
    return [...found, ...person.said.map((text) => `console: ${text}`)];
  }));
  assert.deepEqual(wrong.flat(), []);
}

// Each page takes about a second, and there are some hundred: in parts, so that each part has time to spare.
const PARTS = 3;
for (let part = 0; part < PARTS; part++) {
  const mine = (pages) => pages.filter((_, place) => place % PARTS === part);
  const counted = `(part ${part + 1} of ${PARTS})`;
  scenario(`every page has names, contrast, a visible focus and one heading, in light and dark ${counted}`, async (world) => {
    await judge(world, mine((await allPages(world)).pages));
  });
  scenario(`so has every page whose list fails, waits, is empty or has long names ${counted}`, async (world) => {
    await judge(world, mine((await allPages(world)).states));
  });
}
