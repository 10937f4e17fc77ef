// Waiting for something to become true, with a bound and a name.

const POLL_MILLIS = 50;

/** Asks until `ask` answers something truthy, and gives that back; fails with `what` after `seconds`. */
export async function until(what, ask, seconds = 20) {
  const end = performance.now() + seconds * 1000;
  let last;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}${last ? `: ${last.message}` : ""}`);
    await pause(POLL_MILLIS);
  }
}

/** For sound that has to pass, and for showing that something does not happen meanwhile. */
export function pause(millis) {
  return new Promise((done) => setTimeout(done, millis));
}
