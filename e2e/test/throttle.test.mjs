// One phone with a wrong password does not take its neighbours offline.
import assert from "node:assert/strict";

import { scenario } from "../lib/scenario.mjs";

const ATTEMPTS = 100;

// covers: SEC-02
scenario("a hundred wrong passwords from one device leave its neighbours on the same address untouched", async (world) => {
  const culprit = await world.client("Acme", "101", { secret: "wrong" });
  const neighbour = await world.client("Acme", "102");
  const stranger = await world.client("Globex", "101");
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const { status } = await culprit.register();
    assert.notEqual(status, 200);
    if (attempt % 10 === 0) {
      assert.equal((await neighbour.register()).status, 200, `the neighbour after ${attempt} attempts`);
      assert.equal((await stranger.register()).status, 200, `the other tenant's phone after ${attempt} attempts`);
    }
  }
  // The right device of the same extension is not the one that guessed.
  const owner = await world.client("Acme", "101");
  assert.equal((await owner.register()).status, 200, "the extension's own phone");
});
