/**
 * Follows the console's stories in a real browser, by role and label. COFFER_CONTROL_URL, COFFER_OWNER_EMAIL and
 * COFFER_OWNER_PASSWORD name a server that was just started for the first time; without them the mock is used.
 */
import { keyStory } from './keys.ts';
import { objectStory } from './objects.ts';
import { peopleStory } from './people.ts';
import { play } from './runner.ts';
import { signInStory } from './signin.ts';
import { tour } from './tour.ts';

const key = Promise.withResolvers<void>();

// The tour only looks; it begins when there is something to see.
await play(
  async (step, page, browser, server) => {
    await signInStory(step, page, server);
    await keyStory(step, page);
    key.resolve();
    await objectStory(step, page);
    await peopleStory(step, page, browser, server);
  },
  async (step, _, browser, server) => {
    await key.promise;
    await tour(step, browser, server);
  },
);
