// What a person with a keyboard, a screen reader or weak eyes needs of a page: names, contrast, a focus that is seen.

/** Roles that must have a name (WCAG 2.2, 4.1.2). */
const NAMED = ["button", "link", "textbox", "searchbox", "combobox", "checkbox", "switch", "radio", "tab", "menuitem", "option",
  "slider", "spinbutton", "dialog", "table", "navigation", "img"];
/** How many stops of the Tab key are followed on a page. */
const STOPS_MAX = 40;

/** The lines of the accessibility tree that have a role but no name. */
export async function unnamed(page) {
  const tree = await page.locator("body").ariaSnapshot();
  const nameless = new RegExp(`^\\s*- (${NAMED.join("|")})(?! ")(\\W|$)`);
  return tree.split("\n").filter((line) => nameless.test(line)).map((line) => line.trim());
}

/** Texts whose contrast with what lies behind is too small (WCAG 2.2, 1.4.3): `ratio of least: text`. */
export function faint(page) {
  return page.evaluate(inPage);
}

/** Runs in the page. */
function inPage() {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map();
  /** Any colour that CSS can write as red, green, blue and opacity from 0 to 1. */
  const parsed = (color) => {
    if (!known.has(color)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      known.set(color, [...canvas.getImageData(0, 0, 1, 1).data].map((part) => part / 255));
    }
    return known.get(color);
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((part, index) => part * a + under[index] * (1 - a));
  const light = (color) => {
    const [r, g, b] = color.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      layers.push(parsed(getComputedStyle(at).backgroundColor));
      // A dialog floats above all; what lies behind it is not behind its text.
      if (layers.at(-1)[3] === 1) break;
    }
    return layers.reverse().reduce((under, layer) => over(layer, under), dark ? [0, 0, 0] : [1, 1, 1]);
  };
  const opacity = (element, style) => {
    let all = Number(style.opacity);
    for (let at = element.parentElement; at; at = at.parentElement) all *= Number(getComputedStyle(at).opacity);
    return all;
  };
  const modal = document.querySelector("dialog:modal");
  const found = [];
  const judge = (element, style, text) => {
    // What is switched off may be faint (1.4.3, incidental), and what lies behind an open dialog is dimmed.
    if (element.closest(":disabled, [aria-disabled='true'], [inert]") || (modal && !modal.contains(element))) return;
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || !element.checkVisibility({ visibilityProperty: true })) return;
    const under = behind(element);
    const color = parsed(style.color);
    const seen = over([...color.slice(0, 3), color[3] * opacity(element, style)], under);
    const size = Number.parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const value = ratio(seen, under);
    if (value < least) found.push(`${value.toFixed(2)} of ${least}: ${text.trim().slice(0, 40)}`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() && !["SCRIPT", "STYLE", "TITLE", "OPTION"].includes(element.tagName)) judge(element, getComputedStyle(element), node.data);
  }
  for (const field of document.querySelectorAll("input[placeholder], textarea[placeholder]")) {
    if (!field.value) judge(field, getComputedStyle(field, "::placeholder"), field.placeholder);
  }
  return [...new Set(found)];
}

/** To the next stop and back: what has the focus has it by the keyboard then, whatever opened the dialog. */
async function byKeyboard(page) {
  await page.keyboard.press("Tab");
  await page.keyboard.press("Shift+Tab");
}

/** Follows the Tab key from the top: the stops whose focus is not to be seen, and how many stops there were. */
export async function walk(page) {
  // An open dialog has the focus already; a page begins at its top.
  const open = await page.evaluate(() => {
    const modal = document.querySelector("dialog:modal");
    if (!modal) {
      // The next Tab would go on from where somebody has clicked.
      const top = document.createElement("span");
      top.tabIndex = -1;
      document.body.prepend(top);
      top.focus();
      top.remove();
    }
    scrollTo(0, 0);
    return Boolean(modal?.contains(document.activeElement));
  });
  const hidden = [];
  let stops = 0;
  for (; stops < STOPS_MAX; stops += 1) {
    if (stops > 0 || !open) await page.keyboard.press("Tab");
    else await byKeyboard(page);
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body || element.dataset.seen) return null;
      element.dataset.seen = "yes";
      const look = () => {
        for (const animation of element.getAnimations({ subtree: true })) if (animation.effect.getTiming().iterations === 1) animation.finish();
        return ["", "::before", "::after"].map((part) => {
          const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderBottomColor } = getComputedStyle(element, part || null);
          return [outlineStyle === "none" ? "" : outlineWidth + outlineColor, boxShadow, borderBottomColor].join();
        }).join();
      };
      const focused = look();
      element.blur();
      const plain = look();
      element.focus({ focusVisible: true, preventScroll: true });
      const box = element.getBoundingClientRect();
      const inside = box.bottom > 0 && box.top < innerHeight && box.width > 0;
      return { name: element.getAttribute("aria-label") || element.textContent.trim().slice(0, 40) || element.tagName, seen: focused !== plain && inside };
    });
    if (!stop) break;
    if (!stop.seen) hidden.push(stop.name);
  }
  return { stops, hidden };
}
